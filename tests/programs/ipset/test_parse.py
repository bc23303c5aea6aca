"""Elements as `ipset` 7.17 reads them."""

from __future__ import annotations

import pytest

from vnetsim.netfilter.ipset.elements import text_of
from vnetsim.netfilter.ipset.settypes import TYPES
from vnetsim.programs.ipset.errors import IpsetError, UnresolvedName
from vnetsim.programs.ipset.parse import ElementParser


def elements(kind: str, text: str, version: int = 4, command: str = "add") -> list[str]:
    request = ElementParser(TYPES[kind], version, {}, command).element(text)
    return [text_of(element) for element in request.elements(TYPES[kind].parts)]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("hash:ip", "10.0.0.2-10.0.0.4", ["10.0.0.2", "10.0.0.3", "10.0.0.4"]),
        ("hash:ip", "10.0.0.4-10.0.0.3", ["10.0.0.3", "10.0.0.4"]),
        ("hash:ip", "10.0.1.1/31", ["10.0.1.0", "10.0.1.1"]),
        ("hash:ip", "1.2.3", ["1.2.0.3"]),
        ("hash:net", "10.0.9.9/24", ["10.0.9.0/24"]),
        ("hash:net", "10.0.0.1-10.0.0.7", ["10.0.0.1", "10.0.0.2/31", "10.0.0.4/30"]),
        ("hash:net", "1.2.3.4/32", ["1.2.3.4"]),
        ("hash:ip,port", "10.0.0.1,80", ["10.0.0.1,tcp:80"]),
        ("hash:ip,port", "10.0.0.1,udp:domain", ["10.0.0.1,udp:53"]),
        ("hash:ip,port", "10.0.0.1,tcp:81-80", ["10.0.0.1,tcp:80", "10.0.0.1,tcp:81"]),
        ("hash:ip,port", "10.0.0.1,icmp:8/0", ["10.0.0.1,icmp:echo-request"]),
        ("hash:ip,port", "10.0.0.1,icmp:200/1", ["10.0.0.1,icmp:200/1"]),
        ("hash:ip,port", "10.0.0.1,47:0", ["10.0.0.1,gre:0"]),
        ("hash:mac", "02:00:00:00:00:0a", ["02:00:00:00:00:0A"]),
        ("hash:ip,mark", "10.0.0.1,0x10", ["10.0.0.1,0x00000010"]),
        ("hash:net,iface", "10.0.0.0/8,physdev:eth1", ["10.0.0.0/8,physdev:eth1"]),
        ("bitmap:port", "22-24", ["22", "23", "24"]),
        ("bitmap:ip,mac", "10.0.0.1", ["10.0.0.1"]),
        ("list:set", "other", ["other"]),
    ],
)
def test_an_element_stands_for(kind: str, text: str, expected: list[str]) -> None:
    assert elements(kind, text) == expected


def test_ipv6_has_no_ranges() -> None:
    assert elements("hash:ip,port", "[fd00::2],icmpv6:ping", 6) == ["fd00::2,ipv6-icmp:echo-request"]
    with pytest.raises(IpsetError, match="IP address or IP/cidr must be specified: fd00::1-fd00::5"):
        elements("hash:net", "fd00::1-fd00::5", 6)
    with pytest.raises(IpsetError, match="plain IP address must be supplied: 2001:db8::/64"):
        elements("hash:ip", "2001:db8::/64", 6)


PORT = "Syntax error: 'tcp' is invalid as number\ncannot parse '{0}' as a tcp port"


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("hash:ip", "10.0.0.0/33", "Syntax error: '33' is out of range 0-32"),
        ("hash:ip", "10.0.0.0/x", "Syntax error: 'x' is invalid as number"),
        ("hash:ip,port", "10.0.0.1", "Syntax error: Second element is missing from 10.0.0.1."),
        ("hash:ip,port,ip", "1.1.1.1,80", "Syntax error: Third element is missing from 1.1.1.1,80."),
        ("hash:ip,port", "1.1.1.1,80,9",
         "Syntax error: Two elem separators in 1.1.1.1,80,9, but settype hash:ip,port supports one."),
        ("hash:ip,port,ip", "1.1.1.1,80,1.1.1.2-1.1.1.4",
         "Syntax error: plain IP address must be supplied: 1.1.1.2-1.1.1.4"),
        ("hash:ip,port", "1.1.1.1,tcp:x", "Syntax error: 'x' is invalid as number\n" + PORT.format("x")),
        ("hash:ip,port", "1.1.1.1,70000", "Syntax error: '70000' is out of range 0-65535\n" + PORT.format("70000")),
        ("hash:ip,port", "1.1.1.1,tcp:", "Syntax error: 'tcp:' is invalid as number\n" + PORT.format("tcp:")),
        ("hash:ip,port", "1.1.1.1,foo:80", "Syntax error: cannot parse 'foo' as a protocol"),
        ("hash:ip,port", "1.1.1.1,gre:5", "Syntax error: Protocol gre can be used with pseudo port value 0 only."),
        ("hash:ip,port", "1.1.1.1,icmp:8", "Cannot parse 8 as an ICMP type/code."),
        ("hash:ip,port", "1.1.1.1,icmpv6:1",
         "Syntax error: Protocol ICMPv6 can be used with family inet6 only\nInvalid add command: missing setname"),
        ("hash:mac", "02:00:00", "Syntax error: cannot parse '02:00:00' as ethernet address"),
        ("hash:net,iface", "10.0.0.0/8,aaaaaaaaaaaaaaaaaaaa",
         "Syntax error: interface name 'aaaaaaaaaaaaaaaaaaaa' is longer than 15 characters"),
        ("list:set", "a,b", "you must specify elements as setname,[before|after],setname"),
    ],
)  # fmt: skip
def test_an_element_is_no_element(kind: str, text: str, message: str) -> None:
    with pytest.raises(IpsetError) as refused:
        elements(kind, text)
    assert (str(refused.value), refused.value.status) == (message, 1)


def test_a_range_cannot_be_tested() -> None:
    with pytest.raises(IpsetError, match="IP/CIDR range is not allowed in command test with set type hash:ip"):
        elements("hash:ip", "10.0.0.0/24", command="test")


def test_a_name_has_to_be_asked_for() -> None:
    with pytest.raises(UnresolvedName):
        elements("hash:ip", "my-host.example")
