"""among is about packets of IPv4 where it has IP addresses, negated or not (recorded on Linux 6.18: eb_watchers)."""

from __future__ import annotations

import pytest

from tests.netfilter.ebtables import bridged_frames as frames
from vnetsim.netfilter.ebtables.among_options import AMONG
from vnetsim.wire.bpdu import TopologyChange
from vnetsim.wire.mac import Mac


@pytest.mark.parametrize(
    ("option", "text", "of_ping", "of_arp"),
    [
        ("among-src", "02:00:00:00:00:0a", (True, False), (True, False)),
        ("among-src", "02:00:00:00:00:0b", (False, True), (False, True)),
        ("among-src", "02:00:00:00:00:0a=10.0.0.1,02:00:00:00:00:0b=10.0.0.2", (True, False), (False, False)),
        ("among-src", "02:00:00:00:00:0a=10.0.0.9", (False, True), (False, False)),
        ("among-dst", "02:00:00:00:00:0b=10.0.0.2", (True, False), (False, False)),
        ("among-dst", "ff:ff:ff:ff:ff:ff", (False, True), (True, False)),
    ],
)
def test_which_frames_are_among(option: str, text: str, of_ping: tuple[bool, bool], of_arp: tuple[bool, bool]) -> None:
    for negated in (False, True):
        test = AMONG[option].build(text, negated).test()
        assert (test(frames.ping()), test(frames.request())) == (of_ping[negated], of_arp[negated])


@pytest.mark.parametrize(("text", "found"), [("0x42", (True, False)), ("aa", (False, True))])
def test_both_service_access_points_are_compared(text: str, found: tuple[bool, bool]) -> None:
    notification = TopologyChange()
    frame = frames.framed(notification.encode().__len__(), notification, Mac.parse("01:80:c2:00:00:00"))
    for negated in (False, True):
        assert AMONG["802_3-sap"].build(text, negated).test()(frame) == found[negated]
