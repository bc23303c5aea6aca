"""Targets of iptables in the language of nft (the `xlate` functions of iptables 1.8.9's extensions)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from vnetsim.netfilter.extensions.ipt_reject import RejectTarget
from vnetsim.netfilter.extensions.xt_audit import Audit
from vnetsim.netfilter.extensions.xt_classify import Classify
from vnetsim.netfilter.extensions.xt_connmark import RestoreConnMark, SaveConnMark, SetConnMark
from vnetsim.netfilter.extensions.xt_ct import NoTrack
from vnetsim.netfilter.extensions.xt_dscp import SetDscp, SetTos
from vnetsim.netfilter.extensions.xt_log import Log
from vnetsim.netfilter.extensions.xt_mark import SetMark
from vnetsim.netfilter.extensions.xt_nat import Dnat, Masquerade, Redirect, Snat
from vnetsim.netfilter.extensions.xt_nflog import NfLog
from vnetsim.netfilter.extensions.xt_nfqueue import NfQueue
from vnetsim.netfilter.extensions.xt_tcpmss import TcpMss
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.output import STATELESS
from vnetsim.netfilter.options import UINT32_MAX
from vnetsim.netfilter.verdicts import Addresses, Ports

_REJECTS: Final = {
    "icmp-port-unreachable": "reject",
    "icmp6-port-unreachable": "reject",
    "tcp-reset": "reject with tcp reset",
    "icmp-net-unreachable": "reject with icmp type net-unreachable",
    "icmp-host-unreachable": "reject with icmp type host-unreachable",
    "icmp-proto-unreachable": "reject with icmp type prot-unreachable",
    "icmp-net-prohibited": "reject with icmp type net-prohibited",
    "icmp-host-prohibited": "reject with icmp type host-prohibited",
    "icmp-admin-prohibited": "reject with icmp type admin-prohibited",
    "icmp6-no-route": "reject with icmpv6 type no-route",
    "icmp6-adm-prohibited": "reject with icmpv6 type admin-prohibited",
    "icmp6-addr-unreachable": "reject with icmpv6 type addr-unreachable",
    "icmp6-policy-fail": "reject with icmpv6 type policy-fail",
    "icmp6-reject-route": "reject with icmpv6 type reject-route",
}


def _notrack(_target: NoTrack, _family: str) -> str:
    return "notrack"


def _set_mark(target: SetMark, _family: str) -> str:
    return f"meta mark set {_changed('mark', target.value, target.mask, f'and {~target.mask & UINT32_MAX:#x} xor')}"


def _set_connmark(target: SetConnMark, _family: str) -> str:
    value, mask = target.value, target.mask
    if mask not in (UINT32_MAX, 0, value) and value:
        return f"ct mark set ct mark xor {value:#x} and {~mask & UINT32_MAX:#x}"
    return f"ct mark set {_changed('ct mark', value, mask, '')}"


def _changed(mark: str, value: int, mask: int, otherwise: str) -> str:
    if mask == UINT32_MAX:
        return f"{value:#x}"
    if value == 0:
        return f"{mark} and {~mask & UINT32_MAX:#x}"
    if mask == 0:
        return f"{mark} xor {value:#x}"
    return f"{mark} or {value:#x}" if value == mask else f"{mark} {otherwise} {value:#x}"


def _save_mark(target: SaveConnMark, _family: str) -> str | None:
    return _copied("ct mark set mark", target.nfmask, target.ctmask)


def _restore_mark(target: RestoreConnMark, _family: str) -> str | None:
    return _copied("meta mark set ct mark", target.nfmask, target.ctmask)


def _copied(text: str, nfmask: int, ctmask: int) -> str | None:
    if nfmask != ctmask:
        return None
    return text if nfmask == UINT32_MAX else f"{text} and {nfmask:#x}"


def _set_dscp(target: SetDscp, family: str) -> str:
    return f"{family} dscp set {target.value:#04x}"


def _set_tos(target: SetTos, _family: str) -> str:
    """Of IPv6, whatever the family."""
    value, mask = target.value >> 2, target.mask >> 2
    if target.mask == 0:
        return f"ip6 dscp set ip6 dscp xor {value:#04x}"
    if target.value == 0:
        return f"ip6 dscp set ip6 dscp and {~mask & 0x3F:#04x}"
    if target.value == target.mask:
        return f"ip6 dscp set ip6 dscp or {value:#04x}"
    if target.mask == 0xFF:
        return f"ip6 dscp set {value:#04x}"
    return f"ip6 dscp set ip6 dscp and {~mask & 0x3F:#04x} xor {value:#04x}"


def _log(target: Log, _family: str) -> str:
    level = st.LOG_LEVELS[target.level]
    return st.LogStmt(target.prefix or None, level, target.details).to_text(None, STATELESS)


def _reject(target: RejectTarget, _family: str) -> str:
    return _REJECTS[target.kind]


def _mss(target: TcpMss, _family: str) -> str:
    return f"tcp option maxseg size set {'rt mtu' if target.size is None else target.size}"


def _nat(target: Snat | Dnat | Masquerade | Redirect, _family: str) -> str | None:
    verdict = target.verdict
    if verdict.ports is not None and verdict.ports.base is not None:
        return None
    text = target.name.lower()
    if verdict.addresses is not None or verdict.ports is not None:
        text += f" to {_to(verdict.addresses, verdict.ports)}"
    flags = [
        flag
        for flag, chosen in (
            ("random", verdict.random),
            ("fully-random", verdict.random_fully),
            ("persistent", verdict.persistent),
        )
        if chosen
    ]
    return f"{text} {','.join(flags)}" if flags else text


def _to(addresses: Addresses | None, ports: Ports | None) -> str:
    text = "" if addresses is None else f"{addresses}"
    if ports is None:
        return text
    if ":" in text:
        text = f"[{text}]"
    return f"{text}:{ports}"


def _nflog(target: NfLog, _family: str) -> str:
    parts = [f'log prefix "{target.prefix}"' if target.prefix else "log", f"group {target.group}"]
    parts += [f"snaplen {target.size}"] if target.size is not None else []
    return " ".join([*parts, *([f"queue-threshold {target.threshold}"] if target.threshold else [])])


def _nfqueue(target: NfQueue, _family: str) -> str:
    queues = f"{target.first}" if target.first == target.last else f"{target.first}-{target.last}"
    flags = [flag for flag, is_set in (("bypass", target.bypass), ("fanout", target.fanout)) if is_set]
    return " ".join(["queue num", queues, *([",".join(flags)] if flags else [])])


def _audit(_target: Audit, _family: str) -> str:
    return "log level audit"


def _classify(target: Classify, _family: str) -> str:
    return f"meta priority set {target.major:x}:{target.minor:x}"


TRANSLATIONS: Final[dict[type[Any], Callable[..., str | None]]] = {
    NoTrack: _notrack, SetMark: _set_mark, SetConnMark: _set_connmark, SaveConnMark: _save_mark,
    RestoreConnMark: _restore_mark, SetDscp: _set_dscp, SetTos: _set_tos, Log: _log, RejectTarget: _reject,
    TcpMss: _mss,
    Snat: _nat, Dnat: _nat, Masquerade: _nat, Redirect: _nat, NfLog: _nflog, NfQueue: _nfqueue, Audit: _audit,
    Classify: _classify,
}  # fmt: skip
