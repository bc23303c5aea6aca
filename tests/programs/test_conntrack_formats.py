"""Connections as XML, as what makes them anew, and in /proc (conntrack 1.4.7 on Linux 6.18: nf_conntrack_more)."""

from __future__ import annotations

import re

import pytest

from tests.machines import router, typed
from vnetsim import Lab

TCP_AS_XML = (
    '<flow><meta direction="original"><layer3 protonum="2" protoname="ipv4"><src>10.0.1.2</src><dst>10.0.1.1</dst>'
    '</layer3><layer4 protonum="6" protoname="tcp"><sport>40001</sport><dport>8080</dport></layer4></meta>'
    '<meta direction="reply"><layer3 protonum="2" protoname="ipv4"><src>10.0.2.2</src><dst>10.0.2.1</dst></layer3>'
    '<layer4 protonum="6" protoname="tcp"><sport>80</sport><dport>40001</dport></layer4></meta>'
    '<meta direction="independent"><state>ESTABLISHED</state><timeout>431999</timeout><mark>0</mark><use>1</use>'
    "<id>N</id><assured/></meta></flow>"
)
TCP_SAVED = (
    "-A -t 431999 -u SEEN_REPLY,ASSURED -s 10.0.1.2 -d 10.0.1.1 -g 10.0.2.2 -n 10.0.2.1 -p tcp --sport 40001 "
    "--dport 8080 --reply-port-src 80 --reply-port-dst 40001 --state ESTABLISHED"
)
UDP_SAVED = (
    "-A -t 29 -u UNSET -s 10.0.1.2 -d 10.0.2.2 -r 10.0.2.2 -n 10.0.2.1 -p udp --sport 5000 --dport 53 "
    "--reply-port-src 53 --reply-port-dst 5000"
)
PROC = (
    "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.1.2 dst=10.0.1.1 sport=40001 dport=8080 src=10.0.2.2 "
    "dst=10.0.2.1 sport=80 dport=40001 [ASSURED] mark=0 zone=0 use=2\n"
    "ipv4     2 udp      17 29 src=10.0.1.2 dst=10.0.2.2 sport=5000 dport=53 [UNREPLIED] src=10.0.2.2 dst=10.0.2.1 "
    "sport=53 dport=5000 mark=0 zone=0 use=2\n"
)


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = router()
    typed(
        lab,
        """
        ip netns exec r iptables -t nat -A POSTROUTING -o r2 -j MASQUERADE
        ip netns exec r iptables -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.2.2:80
        ip netns exec h2 iptables -A INPUT -p udp -j DROP
    """,
    )
    lab.run("ip netns exec h2 nc -lk -p 80 &")
    lab.sleep(0.1)
    lab.run('ip netns exec h1 sh -c "sleep 20 | nc -p 40001 10.0.1.1 8080" &')
    lab.sleep(0.1)
    lab.run('ip netns exec h1 sh -c "echo x | nc -u -w 0 -p 5000 10.0.2.2 53" &')
    lab.sleep(0.1)
    return lab


def told(lab: Lab, command: str) -> str:
    return re.sub(r"<id>\d+</id>", "<id>N</id>", lab.run(f"ip netns exec r {command}").stdout)


def test_as_xml(lab: Lab) -> None:
    found = told(lab, "conntrack -L -p tcp -o xml")
    assert found == f'<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n{TCP_AS_XML}\n</conntrack>\n'


def test_as_options(lab: Lab) -> None:
    assert told(lab, "conntrack -L -o save") == f"{TCP_SAVED}\n{UDP_SAVED}\n"


def test_in_proc(lab: Lab) -> None:
    assert told(lab, "cat /proc/net/nf_conntrack") == PROC
