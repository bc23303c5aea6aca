"""Conditions of the matches of ebtables, and when the kernel wants more of a rule."""

from __future__ import annotations

import pytest

from tests.netfilter.ebtables import bridged_frames as frames
from vnetsim.clock import SECOND
from vnetsim.netfilter.ebtables import header, matches
from vnetsim.netfilter.ebtables.errors import EbtablesRefusal
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.match_option import masked_mac

FRAMES = {
    "segment": frames.segment(), "ping": frames.ping(), "ping6": frames.ping6(), "request": frames.request(),
    "gratuitous": frames.gratuitous(), "tagged": frames.tagged(),
}  # fmt: skip


def fits(option: str, text: str, frame: FrameInfo, *, negated: bool = False) -> bool:
    found = matches.find(option)
    assert found is not None
    return found.build(text, negated).test()(frame)


@pytest.mark.parametrize(
    ("option", "text", "found"),
    [
        ("arp-op", "Request", {"request", "gratuitous"}),
        ("arp-op", "2", set()),
        ("arp-htype", "1", {"request", "gratuitous"}),
        ("arp-ptype", "0x800", {"request", "gratuitous"}),
        ("arp-ip-src", "10.0.0.0/31", {"request", "gratuitous"}),
        ("arp-ip-dst", "10.0.0.2", {"request"}),
        ("arp-mac-src", "02:00:00:00:00:0a", {"request", "gratuitous"}),
        ("arp-mac-dst", "ff:ff:ff:ff:ff:ff", set()),
        ("arp-gratuitous", "", {"gratuitous"}),
        ("vlan-id", "10", {"tagged"}),
        ("vlan-prio", "2", set()),
        ("vlan-encap", "IPv4", {"tagged"}),
        ("mark", "0", set(FRAMES)),
        ("mark", "/0x1", set()),
        ("pkttype-type", "broadcast", {"request", "gratuitous"}),
        ("pkttype-type", "otherhost", {"segment", "ping", "ping6", "tagged"}),
    ],
)
def test_a_condition_fits_some_frames(option: str, text: str, found: set[str]) -> None:
    assert {name for name, frame in FRAMES.items() if fits(option, text, frame)} == found
    assert {name for name, frame in FRAMES.items() if fits(option, text, frame, negated=True)} == set(FRAMES) - found


def test_a_limit_is_one_bucket_for_both_options() -> None:
    given = {"--limit": "2/s", "--limit-burst": "1"}
    built = {option: matches._TABLE[option[2:]].build(text, False) for option, text in given.items()}
    rate, burst = matches.limit_conditions(built)
    assert (str(rate), str(burst)) == ("--limit 2/sec", "--limit-burst 1")
    test = rate.test()
    taken = []
    for now in (0, 1, SECOND // 2, SECOND // 2 + 1):
        frame = frames.ping()
        frame.now = now
        taken.append(test(frame))
    assert taken == [True, False, True, False]


@pytest.mark.parametrize(
    ("text", "address", "mask"),
    [
        ("2:0:0:0:0:a", 0x02000000000A, 0xFFFFFFFFFFFF),
        ("02:00:00:00:00:0a/ff:00:00:00:00:00", 0x020000000000, 0xFF0000000000),
        ("multicast", 1 << 40, 1 << 40),
        ("BGA", 0x0180C2000000, 0xFFFFFFFFFFFF),
    ],
)
def test_an_address_has_a_mask(text: str, address: int, mask: int) -> None:
    assert masked_mac(text) == (address, mask)


@pytest.mark.parametrize(
    ("option", "text", "fitting"),
    [
        ("-i", "pa", True), ("-i", "p+", True), ("-i", "pb", False), ("--logical-out", "br0", True),
        ("-o", "pa", False),
    ],
)  # fmt: skip
def test_devices_are_matched_by_name(option: str, text: str, fitting: bool) -> None:
    assert header.device(option, text, False).test()(frames.ping()) is fitting


@pytest.mark.parametrize(("text", "found"), [
    ("IPv4", {"segment", "ping"}), ("arp", {"request", "gratuitous"}), ("8100", {"tagged"}), ("LENGTH", set()),
])  # fmt: skip
def test_protocols_are_ethertypes(text: str, found: set[str]) -> None:
    assert {name for name, frame in FRAMES.items() if header.protocol(text, False).test()(frame)} == found


def test_addresses_are_those_of_the_frame() -> None:
    assert header.address("s", "02:00:00:00:00:0a", False).test()(frames.ping())
    assert not header.address("d", "02:00:00:00:00:0a", False).test()(frames.ping())
    with pytest.raises(EbtablesRefusal, match="Problem with specified source mac"):
        header.address("s", "nonsense", False)
