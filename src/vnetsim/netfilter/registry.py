"""The table of extensions: those of `extensions/`, and the names of those that only iptables has.

A new extension is a module there, with its MATCHES or TARGETS, and its name in _MODULES.
"""

from __future__ import annotations

import importlib
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.options import Extension

#: Modules of `extensions/`, each with the MATCHES and TARGETS that it defines.
_MODULES: Final = """
    ipt_reject xt_addrtype xt_audit xt_checksum xt_classify xt_comment xt_connlimit xt_connmark xt_conntrack xt_ct
    xt_dscp xt_ecn xt_hashlimit xt_hl xt_icmp xt_iprange xt_length xt_limit xt_log xt_mac xt_mark xt_multiport xt_nat
    xt_nflog xt_nfqueue xt_owner xt_physdev xt_pkttype xt_quota xt_recent xt_statistic xt_string xt_tcpmss xt_tcpudp
    xt_time
"""


def _extensions(kind: str) -> dict[str, Extension]:
    modules = (importlib.import_module(f"vnetsim.netfilter.extensions.{name}") for name in _MODULES.split())
    return {extension.name: extension for module in modules for extension in getattr(module, kind, ())}


_MATCHES: Final = _extensions("MATCHES")
_TARGETS: Final = _extensions("TARGETS")

#: Names that iptables 1.8.9 has: by family, and under 0 for both.
_OTHER_MATCHES: Final = {
    4: "realm",
    6: "dst eui64 frag hbh ipv6header mh rt srh",
    0: "ah bpf cgroup cluster connbytes connlabel cpu dccp devgroup esp helper ipcomp ipvs nfacct osf policy rateest "
    "rpfilter sctp set socket u32",
}
_OTHER_TARGETS: Final = {
    4: "CLUSTERIP ULOG",
    6: "DNPT SNPT",
    0: "CONNSECMARK HMARK IDLETIMER LED QUEUE RATEEST SECMARK SET SYNPROXY TCPOPTSTRIP TEE TPROXY TRACE",
}
#: The match that an option is looked for in when `-p` names its protocol.
PROTOCOL_MATCHES: Final = {
    1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 50: "esp", 51: "ah", 58: "icmp6", 132: "sctp", 135: "mh",
}  # fmt: skip
_ALIASES: Final = {"icmpv6": "icmp6", "ipv6-icmp": "icmp6"}


def find_match(name: str, version: int) -> Extension | None:
    """None if iptables has no such match for this family; NotModelled if only we have not."""
    return _find(_ALIASES.get(name, name), version, _MATCHES, _OTHER_MATCHES, "-m")


def find_target(name: str, version: int) -> Extension | None:
    """As find_match; ACCEPT, DROP and RETURN are no extensions."""
    return _find(name, version, _TARGETS, _OTHER_TARGETS, "-j")


def is_target(name: str, version: int) -> bool:
    """Whether a chain must not have this name."""
    if name in ("ACCEPT", "DROP", "RETURN") or (name in _TARGETS and version in _TARGETS[name].versions):
        return True
    return name in _names(_OTHER_TARGETS, version)


def _names(others: dict[int, str], version: int) -> list[str]:
    return f"{others[0]} {others[version]}".split()


def _find(
    name: str, version: int, known: dict[str, Extension], others: dict[int, str], option: str
) -> Extension | None:
    extension = known.get(name)
    if extension is not None:
        return extension if version in extension.versions else None
    if name in _names(others, version):
        raise NotModelled(f"ip{'6' * (version == 6)}tables {option} {name}")
    return None
