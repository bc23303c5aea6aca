"""The watchers log and nflog of ebtables (extensions/libebt_log.c, libebt_nflog.c; net/bridge/netfilter/ebt_log.c).

A watcher is a condition that always holds: log writes a line to the kernel's log, nflog is for a program that listens,
of which there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.ebtables.errors import usage
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.match_option import EbMatchOption
from vnetsim.netfilter.ebtables.rules import EbCondition
from vnetsim.netfilter.extensions.xt_log import in_full
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

_LEVELS: Final = ("emerg", "alert", "crit", "error", "warning", "notice", "info", "debug")
_DEFAULT_LEVEL: Final = "notice"
_LONGEST: Final = {"log": 29, "nflog": 63}
#: The order in which nflog shows its options.
_NFLOG: Final = ("--nflog-prefix", "--nflog-group", "--nflog-range", "--nflog-threshold")


def _given(option: str, text: str, negated: bool) -> EbCondition:
    if negated:
        raise usage("The use of '!' makes no sense for the nflog watcher")
    return EbCondition(option, text, lambda: lambda _frame: True)


def _flag(name: str, place: int, *, repeats: bool) -> EbMatchOption:
    extension = name.partition("-")[0]

    def build(_text: str, negated: bool) -> EbCondition:
        return _given(f"--{name}", "", negated)

    return EbMatchOption(extension, place, build, takes=False, repeats=repeats)


def _level(text: str, negated: bool) -> EbCondition:
    name = _LEVELS[int(text)] if text in map(str, range(len(_LEVELS))) else text
    found = _given("--log-level", name, negated)
    if name not in _LEVELS:
        raise usage("Problem with the log-level")
    return found


def _prefix(extension: str, text: str, negated: bool) -> EbCondition:
    found = _given(f"--{extension}-prefix", text, negated)
    if '"' in text:
        raise NotModelled(f"ebtables --{extension}-prefix with a quotation mark")
    if len(text) > _LONGEST[extension]:
        raise usage("Prefix too long" if extension == "log" else "Prefix too long for nflog-prefix")
    return found


def _number(option: str, text: str, negated: bool) -> EbCondition:
    """Of 16 bits, but for the range."""
    found, value = _given(option, text, negated), options.number(text)
    if not value:
        raise usage(f"{option} must be a number!")
    kept = value & (options.UINT32_MAX if option == "--nflog-range" else 0xFFFF)
    return EbCondition(option, str(kept), found.make)


def _numeric(name: str, place: int) -> EbMatchOption:
    return EbMatchOption("nflog", place, lambda text, negated: _number(f"--{name}", text, negated))


WATCHERS: Final[dict[str, EbMatchOption]] = {
    "log": _flag("log", 0, repeats=True),
    "log-level": EbMatchOption("log", 1, _level, repeats=True),
    "log-prefix": EbMatchOption("log", 2, lambda text, negated: _prefix("log", text, negated), repeats=True),
    "log-ip": _flag("log-ip", 3, repeats=True),
    "log-arp": _flag("log-arp", 4, repeats=True),
    "log-ip6": _flag("log-ip6", 5, repeats=True),
    "nflog": _flag("nflog", 0, repeats=False),
    "nflog-prefix": EbMatchOption("nflog", 1, lambda text, negated: _prefix("nflog", text, negated)),
    "nflog-group": _numeric("nflog-group", 2),
    "nflog-range": _numeric("nflog-range", 3),
    "nflog-threshold": _numeric("nflog-threshold", 4),
}


def nflog_conditions(given: dict[str, EbCondition]) -> list[EbCondition]:
    """All options of nflog as one condition."""
    texts = {"--nflog-group": "1"} | {option: condition.text for option, condition in given.items()}
    texts = {option: f'"{text}"' if option.endswith("prefix") else text for option, text in texts.items()}
    shown = " ".join(f"{option} {texts[option]}" for option in _NFLOG if option in texts)
    option, _, text = shown.partition(" ")
    return [EbCondition(option, text, lambda: lambda _frame: True)]


def log_conditions(given: dict[str, EbCondition]) -> list[EbCondition]:
    """All options of log as one condition."""
    level = given["--log-level"].text if "--log-level" in given else _DEFAULT_LEVEL
    prefix = given["--log-prefix"].text if "--log-prefix" in given else ""
    details = frozenset(option for option in ("--log-ip", "--log-arp", "--log-ip6") if option in given)
    shown = [level, *([f'--log-prefix "{prefix}"'] if prefix else [])]
    shown += [option for option in ("--log-ip", "--log-arp", "--log-ip6") if option in details]

    def test(frame: FrameInfo) -> bool:
        frame.log(_LEVELS.index(level), f"{prefix} {' '.join([_where(frame), *_what(frame, details)])}")
        return True

    return [EbCondition("--log-level", " ".join(shown), lambda: test)]


# --- the line ---------------------------------------------------------------------------------------------------------


def _where(frame: FrameInfo) -> str:
    inner = frame.tag.ethertype if frame.tag is not None else frame.frame.ethertype
    addresses = f"MAC source = {frame.frame.source} MAC dest = {frame.frame.destination}"
    return f"IN={frame.in_device} OUT={frame.out_device} {addresses} proto = 0x{inner:04x}"


def _what(frame: FrameInfo, details: frozenset[str]) -> Iterator[str]:
    payload = frame.frame.payload if frame.tag is None else frame.tag.payload
    match payload:
        case ipv4.Packet() if "--log-ip" in details:
            head = f"IP SRC={payload.source} IP DST={payload.destination}, IP tos=0x{payload.tos:02X}"
            yield f"{head}, IP proto={payload.protocol}"
            yield from _ports(payload.payload)
        case ipv6.Packet() if "--log-ip6" in details:
            head = f"IPv6 SRC={in_full(payload.source)} IPv6 DST={in_full(payload.destination)}"
            yield f"{head}, IPv6 priority=0x{payload.traffic_class:X}, Next Header={payload.next_header}"
            yield from _ports(payload.payload)
        case Arp() if "--log-arp" in details:
            yield f"ARP HTYPE=1, PTYPE=0x0800, OPCODE={int(payload.operation)}"
            yield f"ARP MAC SRC={payload.sender_mac} ARP IP SRC={payload.sender_ip}"
            yield f"ARP MAC DST={payload.target_mac} ARP IP DST={payload.target_ip}"


def _ports(payload: object) -> Iterator[str]:
    if isinstance(payload, (Tcp, Udp)):
        yield f"SPT={payload.source_port} DPT={payload.destination_port}"
