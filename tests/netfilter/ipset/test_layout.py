"""The order of hashes, as Linux 6.18 listed sets that were created with this initval."""

from __future__ import annotations

import pytest

from vnetsim.netfilter.ipset.elements import Element, Ether, Iface, MarkPart, Net, Port
from vnetsim.netfilter.ipset.layout import jhash2, key_of
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac

INITVAL = 0x12345678
UDP53 = Port(17, 53)
TEN = Net(IPv4.parse("10.0.0.0"), 8)


def host(number: int) -> Net:
    return Net(IPv4.parse(f"10.0.0.{number}"), 32)


def net(number: int) -> Net:
    return Net(IPv4.parse(f"10.0.{number}.0"), 24)


def elements(name: str) -> list[Element]:
    """The ones that were added, in their order."""
    one: dict[str, list[Element]] = {
        "hash:ip": [(host(n),) for n in range(1, 9)],
        "hash:net": [(net(n),) for n in range(1, 9)],
        "hash:ip,port": [(host(n), UDP53) for n in range(1, 9)],
        "hash:net,port": [(net(n), UDP53) for n in range(1, 9)],
        "hash:ip,port,ip": [(host(n), UDP53, Net(IPv4.parse("1.2.3.4"), 32)) for n in range(1, 9)],
        "hash:ip,port,net": [(host(n), Port(6, 1), TEN) for n in range(1, 9)],
        "hash:net,net": [(net(n), TEN) for n in range(1, 9)],
        "hash:net,port,net": [(net(n), Port(6, 1), TEN) for n in range(1, 9)],
        "hash:mac": [(Ether(Mac(0x020000000000 + n)),) for n in range(1, 9)],
        "hash:net,iface": [(net(n), Iface("eth0")) for n in range(1, 9)],
        "hash:ip,mac": [(host(n), Ether(Mac(0x020000000001))) for n in range(1, 9)],
        "hash:ip,mark": [(host(n), MarkPart(1)) for n in range(1, 9)],
    }
    return one[name]


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("hash:ip", "72483615"),
        ("hash:net", "51678324"),
        ("hash:ip,port", "81362457"),
        ("hash:net,port", "17853624"),
        ("hash:ip,port,ip", "63845172"),
        ("hash:ip,port,net", "62357814"),
        ("hash:net,net", "36287154"),
        ("hash:net,port,net", "54321786"),
        ("hash:mac", "56371284"),
        ("hash:net,iface", "37412658"),
        ("hash:ip,mac", "34657821"),
        ("hash:ip,mark", "21487563"),
    ],
)
def test_elements_are_in_the_order_of_their_buckets(name: str, order: str) -> None:
    added = elements(name)
    places = {str(n): jhash2(key_of(name, element), INITVAL) & 1023 for n, element in enumerate(added, start=1)}
    assert "".join(sorted(places, key=lambda n: places[n])) == order


def test_so_are_those_of_ipv6() -> None:
    added = {str(n): (Net(IPv6.parse(f"fd00::{n}"), 128),) for n in range(1, 9)}
    places = {n: jhash2(key_of("hash:ip", element), INITVAL) & 1023 for n, element in added.items()}
    assert "".join(sorted(places, key=lambda n: places[n])) == "62415378"
    nets = {str(n): (Net(IPv6.parse(f"fd00:{n}::"), 32),) for n in range(1, 9)}
    places = {n: jhash2(key_of("hash:net", element), INITVAL) & 1023 for n, element in nets.items()}
    assert "".join(sorted(places, key=lambda n: places[n])) == "31645278"
