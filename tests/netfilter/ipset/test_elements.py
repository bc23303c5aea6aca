"""Elements, as they are printed."""

from __future__ import annotations

import pytest

from vnetsim.netfilter.ipset.elements import Element, Ether, Iface, MarkPart, Net, Port, is_null, kind_of_name, text_of
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac

HOST = Net(IPv4.parse("10.0.0.1"), 32)


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ((HOST,), "10.0.0.1"),
        ((Net(IPv4.parse("10.0.0.0"), 8), Port(17, 53)), "10.0.0.0/8,udp:53"),
        ((HOST, Port(1, 0x0800)), "10.0.0.1,icmp:echo-request"),
        ((HOST, Port(58, 0x8700)), "10.0.0.1,ipv6-icmp:neighbour-solicitation"),
        ((HOST, Port(1, 0xC801)), "10.0.0.1,icmp:200/1"),
        ((HOST, Ether(Mac(0x02000000000A))), "10.0.0.1,02:00:00:00:00:0A"),
        ((HOST, Ether(None)), "10.0.0.1"),
        ((HOST, MarkPart(16)), "10.0.0.1,0x00000010"),
        ((HOST, Iface("eth1", True)), "10.0.0.1,physdev:eth1"),
    ],
)
def test_an_element_is_printed(element: Element, text: str) -> None:
    assert text_of(element) == text


def test_nothing_is_no_element() -> None:
    assert is_null((Net(IPv4(0), 32),))
    assert is_null((Ether(Mac(0)),))
    assert not is_null((HOST,))


def test_names_may_be_shortened() -> None:
    assert kind_of_name("echo-req", v6=False) == (8, 0)
    assert kind_of_name("neigh", v6=True) == (135, 0)
    assert kind_of_name("nothing", v6=True) is None
