"""Options of ip and ip6 of ebtables."""

from __future__ import annotations

import pytest

from tests.netfilter.ebtables import bridged_frames as frames
from vnetsim.netfilter.ebtables.errors import EbtablesRefusal
from vnetsim.netfilter.ebtables.ip_options import family

OPTIONS = {**family("ip", 4), **family("ip6", 6)}
FRAMES = {"segment": frames.segment(), "ping": frames.ping(), "ping6": frames.ping6(), "request": frames.request()}


@pytest.mark.parametrize(
    ("option", "text", "printed", "found"),
    [
        ("ip-src", "10.0.0.0/255.255.255.0", "--ip-src 10.0.0.0/24", {"segment", "ping"}),
        ("ip-destination", "10.0.0.2", "--ip-dst 10.0.0.2", {"segment", "ping"}),
        ("ip-dst", "10.0.0.3", "--ip-dst 10.0.0.3", set()),
        ("ip-tos", "10", "--ip-tos 0x10", {"segment"}),
        ("ip-protocol", "6", "--ip-proto tcp", {"segment"}),
        ("ip-dport", "http", "--ip-dport 80", {"segment"}),
        ("ip-sport", ":1023", "--ip-sport 0:1023", set()),
        ("ip-icmp-type", "8", "--ip-icmp-type echo-request", {"ping"}),
        ("ip-icmp-type", "0:3", "--ip-icmp-type 0:3/0:255", set()),
        ("ip6-src", "fd00::/64", "--ip6-src fd00::/64", {"ping6"}),
        ("ip6-proto", "ipv6-icmp", "--ip6-proto ipv6-icmp", {"ping6"}),
        ("ip6-tclass", "0", "--ip6-tclass 0x00", {"ping6"}),
        ("ip6-icmp-type", "128/0", "--ip6-icmp-type 128/0", {"ping6"}),
    ],
)
def test_an_option_is_printed_and_fits_some_frames(option: str, text: str, printed: str, found: set[str]) -> None:
    condition = OPTIONS[option].build(text, False)
    assert str(condition) == printed
    assert {name for name, frame in FRAMES.items() if condition.test()(frame)} == found


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("ip-src", "10.0.0.1/99"), ("ip-dst", "nothing"), ("ip-tos", "100"), ("ip-proto", "nothing"),
        ("ip-dport", "80:70"), ("ip-dport", "nothing"), ("ip-icmp-type", "nothing"), ("ip-icmp-type", "9:3"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(option: str, text: str) -> None:
    with pytest.raises(EbtablesRefusal):
        OPTIONS[option].build(text, False)
