"""The table of extensions: those of `extensions/`, imported when a rule first names them, and those only iptables has.

A new extension is a module there, with its MATCHES or TARGETS, and its line in _MODULES.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.options import Extension

#: Module of `extensions/`: the names of its MATCHES, and those of its TARGETS in capitals.
_MODULES: Final = {
    "ip6t_headers": "ah dst eui64 frag hbh ipv6header mh rt srh",
    "ip6t_npt": "DNPT SNPT",
    "ipt_reject": "REJECT",
    "xt_addrtype": "addrtype",
    "xt_audit": "AUDIT",
    "xt_checksum": "CHECKSUM",
    "xt_classify": "CLASSIFY",
    "xt_cluster": "cluster",
    "xt_comment": "comment",
    "xt_connbytes": "connbytes",
    "xt_connlabel": "connlabel",
    "xt_connlimit": "connlimit",
    "xt_connmark": "connmark CONNMARK",
    "xt_conntrack": "conntrack state",
    "xt_ct": "CT NOTRACK",
    "xt_cpu": "cpu",
    "xt_dscp": "dscp tos DSCP TOS",
    "xt_ecn": "ecn ECN",
    "xt_esp": "ah esp ipcomp",
    "xt_hashlimit": "hashlimit",
    "xt_helper": "helper",
    "xt_hl": "hl ttl HL TTL",
    "xt_hmark": "HMARK",
    "xt_icmp": "icmp icmp6",
    "xt_iprange": "iprange",
    "xt_ipvs": "ipvs",
    "xt_length": "length",
    "xt_limit": "limit",
    "xt_log": "LOG",
    "xt_mac": "mac",
    "xt_mark": "mark MARK",
    "xt_multiport": "multiport",
    "xt_nat": "DNAT MASQUERADE NETMAP REDIRECT SNAT",
    "xt_nflog": "NFLOG",
    "xt_nfqueue": "NFQUEUE",
    "xt_owner": "owner",
    "xt_physdev": "physdev",
    "xt_pkttype": "pkttype",
    "xt_policy": "policy",
    "xt_quota": "quota",
    "xt_rateest": "rateest RATEEST",
    "xt_realm": "realm",
    "xt_recent": "recent",
    "xt_rpfilter": "rpfilter",
    "xt_sctp": "dccp sctp",
    "xt_set": "set SET",
    "xt_socket": "socket TPROXY",
    "xt_statistic": "statistic",
    "xt_string": "string",
    "xt_tcpmss": "tcpmss TCPMSS",
    "xt_tcpoptstrip": "TCPOPTSTRIP",
    "xt_tcpudp": "tcp udp",
    "xt_tee": "TEE",
    "xt_time": "time",
    "xt_trace": "TRACE",
    "xt_u32": "u32",
}


def _modules_of() -> dict[str, list[str]]:
    """By the name of a match or target; `ah` is in two, one for each family."""
    found: dict[str, list[str]] = {}
    for module, names in _MODULES.items():
        for name in names.split():
            found.setdefault(name, []).append(module)
    return found


_MODULES_OF: Final = _modules_of()

#: Names that iptables 1.8.9 has: by family, and under 0 for both.
_OTHER_MATCHES: Final = {
    4: "",
    6: "",
    0: "bpf cgroup cluster devgroup nfacct osf",
}
_OTHER_TARGETS: Final = {
    4: "CLUSTERIP ULOG",
    6: "",
    0: "CONNSECMARK IDLETIMER LED QUEUE SECMARK SYNPROXY",
}
#: The match that an option is looked for in when `-p` names its protocol.
PROTOCOL_MATCHES: Final = {
    1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 50: "esp", 51: "ah", 58: "icmp6", 132: "sctp", 135: "mh",
}  # fmt: skip
_ALIASES: Final = {"icmpv6": "icmp6", "ipv6-icmp": "icmp6"}


def find_match(name: str, version: int) -> Extension | None:
    """None if iptables has no such match for this family; NotModelled if only we have not."""
    return _find(_ALIASES.get(name, name), version, "MATCHES", _OTHER_MATCHES, "-m")


def find_target(name: str, version: int) -> Extension | None:
    """As find_match; ACCEPT, DROP and RETURN are no extensions."""
    return _find(name, version, "TARGETS", _OTHER_TARGETS, "-j")


def is_target(name: str, version: int) -> bool:
    """Whether a chain must not have this name."""
    if name in ("ACCEPT", "DROP", "RETURN") or name in _names(_OTHER_TARGETS, version):
        return True
    return any(version in extension.versions for extension in _extensions("TARGETS", name))


def modules() -> list[str]:
    """The full names of all that may be imported."""
    return [f"vnetsim.netfilter.extensions.{module}" for module in _MODULES]


@cache
def _extensions(kind: str, name: str) -> tuple[Extension, ...]:
    """Those of MATCHES or TARGETS of this name; their modules are imported."""
    modules = [importlib.import_module(f"vnetsim.netfilter.extensions.{each}") for each in _MODULES_OF.get(name, ())]
    every = [extension for module in modules for extension in getattr(module, kind, ())]
    return tuple(extension for extension in every if extension.name == name)


def _names(others: dict[int, str], version: int) -> list[str]:
    return f"{others[0]} {others[version]}".split()


def _find(name: str, version: int, kind: str, others: dict[int, str], option: str) -> Extension | None:
    found = _extensions(kind, name)
    if found:
        return next((extension for extension in found if version in extension.versions), None)
    if name in _names(others, version):
        raise NotModelled(f"ip{'6' * (version == 6)}tables {option} {name}")
    return None
