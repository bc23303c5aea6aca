"""-m esp, -m ah, -m ipcomp, -m helper and -m realm, as iptables 1.8.9 prints them."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import CLIENT, SERVER, at
from vnetsim.errors import NotModelled
from vnetsim.netfilter.parse import parse_rule
from vnetsim.wire import ipv4


@pytest.mark.parametrize(
    ("rule", "saved", "listing"),
    [
        ("-p esp -m esp --espspi :32", "-p esp -m esp --espspi 0:32", "esp spis:0:32"),
        ("-p esp -m esp --espspi 0:4294967295", "-p esp -m esp", "esp"),
        ("-p ah -m ah ! --ahspi 5", "-p ah -m ah ! --ahspi 5", "ah spi:!5"),
        ("-p ipcomp -m ipcomp --ipcompspi 18", "-p ipcomp -m ipcomp --ipcompspi 18", "comp spi:18"),
        ("-m helper --helper ftp", "-m helper --helper ftp", 'helper match "ftp"'),
        ("-m realm --realm 0x1/0x2a", "-m realm --realm 0x1/0x2a", "realm 0x1/0x2a"),
        ("-m realm ! --realm 7", "-m realm ! --realm 0x7", "! realm 0x7"),
    ],
)
def test_a_match_is_printed(rule: str, saved: str, listing: str) -> None:
    found = parse_rule(rule)
    assert str(found) == saved
    assert [match.listing(True) for match in found.matches] == [listing]


@pytest.mark.parametrize(
    ("protocol", "header", "rule"),
    [
        (50, bytes((0, 0, 0, 9, 0, 0, 0, 1)), "-p esp -m esp --espspi"),
        (51, bytes((6, 4, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1)), "-p ah -m ah --ahspi"),
        (108, bytes((6, 0, 0, 9)), "-p ipcomp -m ipcomp --ipcompspi"),
    ],
)
def test_numbers_are_read_from_the_header(protocol: int, header: bytes, rule: str) -> None:
    packet = at(ipv4.Packet.build(CLIENT, SERVER, protocol, header))
    assert fits(f"{rule} 5:9", packet)
    assert not fits(f"{rule} 5:8", packet)
    assert not fits(f"{rule} 9", at(ipv4.Packet.build(CLIENT, SERVER, protocol, header[:3])))


def test_no_route_has_a_realm_and_no_connection_a_helper() -> None:
    assert fits("-m realm --realm 0", at())
    assert not fits("-m realm --realm 1", at())
    assert not fits("-m helper --helper ftp", at())
    assert fits("-m helper ! --helper ftp", at())


def test_reserved_bits_are_not_modelled() -> None:
    with pytest.raises(NotModelled):
        parse_rule("-p ipcomp -m ipcomp --compres")
