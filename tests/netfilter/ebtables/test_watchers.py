"""Lines of ebtables' watcher log, in the form that Linux 6.18 wrote of such frames."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from tests.netfilter.ebtables import bridged_frames as frames
from vnetsim.errors import NotModelled
from vnetsim.netfilter.ebtables.errors import EbtablesRefusal
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.watchers import WATCHERS, log_conditions

_UNICAST = "IN=pa OUT=pb MAC source = 02:00:00:00:00:0a MAC dest = 02:00:00:00:00:0b proto = "


def logged(frame: FrameInfo, options: dict[str, str]) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    given = [WATCHERS[name].build(text, False) for name, text in options.items()]
    (condition,) = log_conditions({each.option: each for each in given})
    assert condition.test()(attrs.evolve(frame, log=lambda level, line: lines.append((level, line))))
    return lines


@pytest.mark.parametrize(
    ("frame", "options", "level", "line"),
    [
        (frames.ping, {"log": ""}, 5, f" {_UNICAST}0x0800"),
        (frames.ping, {"log-arp": "", "log-ip6": "", "log-prefix": "x"}, 5, f"x {_UNICAST}0x0800"),
        (frames.ping, {"log-ip": "", "log-level": "info"}, 6,
         f" {_UNICAST}0x0800 IP SRC=10.0.0.1 IP DST=10.0.0.2, IP tos=0x00, IP proto=1"),
        (frames.segment, {"log-ip": "", "log-level": "2"}, 2,
         f" {_UNICAST}0x0800 IP SRC=10.0.0.1 IP DST=10.0.0.2, IP tos=0x10, IP proto=6 SPT=40000 DPT=80"),
        (frames.ping6, {"log-ip6": ""}, 5,
         (f" {_UNICAST}0x86dd IPv6 SRC=fd00:0000:0000:0000:0000:0000:0000:0001"
         " IPv6 DST=fd00:0000:0000:0000:0000:0000:0000:0002, IPv6 priority=0x0, Next Header=58")),
        (frames.request, {"log-arp": ""}, 5,
         (" IN=pa OUT=pb MAC source = 02:00:00:00:00:0a MAC dest = ff:ff:ff:ff:ff:ff proto = 0x0806"
         " ARP HTYPE=1, PTYPE=0x0800, OPCODE=1 ARP MAC SRC=02:00:00:00:00:0a ARP IP SRC=10.0.0.1"
         " ARP MAC DST=00:00:00:00:00:00 ARP IP DST=10.0.0.2")),
    ],
)  # fmt: skip
def test_log_writes_the_line_of_linux(
    frame: Callable[[], FrameInfo], options: dict[str, str], level: int, line: str
) -> None:
    assert logged(frame(), options) == [(level, line)]


@pytest.mark.parametrize(
    ("option", "text", "negated", "message"),
    [
        ("log", "", True, "makes no sense for the nflog watcher"),
        ("log-level", "8", False, "Problem with the log-level"),
        ("log-prefix", "x" * 30, False, "Prefix too long"),
        ("nflog-group", "0", False, "--nflog-group must be a number!"),
    ],
)
def test_bad_values_are_refused(option: str, text: str, negated: bool, message: str) -> None:
    with pytest.raises(EbtablesRefusal, match=message):
        WATCHERS[option].build(text, negated)


def test_a_quotation_mark_is_not_modelled() -> None:
    with pytest.raises(NotModelled):
        WATCHERS["log-prefix"].build('"', False)
