"""Asking other servers, beside what `test_named` shows: those that do not answer (BIND 9.18.49 on Linux 6.18)."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab

CONF = (
    'options {{ recursion {}; dnssec-validation no; }}; zone "." {{ type {}; file "/root.{}"; }};'
    ' zone "here" {{ type master; file "/here"; }};'
)
SOA = "$TTL 60\n@ SOA here. here. 1 2 3 4 0\n"
HINT = ". NS ns.\nns. A 10.0.0.2\n"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("ip netns add far; ip link add eth0 type veth peer eth0 netns far; ip link set eth0 up; ip link set lo up")
    lab.run("ip addr add 10.0.0.1/24 dev eth0; ip -n far addr add 10.0.0.2/24 dev eth0; ip -n far link set eth0 up")
    lab.run(f"printf '{SOA}@ NS ns.\nout CNAME a.far.' > /here; printf '{HINT}' > /root.hint")
    assert lab.run(f"echo '{CONF.format('yes', 'hint', 'hint')}' > /c; named -c /c")
    return lab


def dig(lab: Lab, question: str) -> tuple[str, ...]:
    found = re.search(
        r"status: (\w+).*\n;; flags: ([a-z ]*);(?s:.*)time: (\d+) msec", lab.run(f"dig {question}").stdout
    )
    return found.groups() if found else ()


def test_a_server_that_refuses_is_asked_once_and_one_that_is_silent_for_ten_seconds(lab: Lab) -> None:
    assert dig(lab, "@10.0.0.1 a.far") == ("SERVFAIL", "qr rd ra", "2")
    lab.run("ip netns exec far iptables -A INPUT -p udp -j DROP")
    status, flags, time = dig(lab, "@10.0.0.1 b.far +timeout=20")
    assert (status, flags, round(int(time), -2)) == ("SERVFAIL", "qr rd ra", 10000)
    assert dig(lab, "@10.0.0.1 c.far +tries=3")[0] == "SERVFAIL"


def test_what_the_other_server_knows_is_taken(lab: Lab) -> None:
    lab.run("ip netns exec far iptables -F; mkdir -p /etc/netns/far")
    lab.run(f"printf '{SOA}@ NS ns.\nns A 10.0.0.2\na.far A 10.9.9.9\nempty.far TXT hi' > /root.master")
    lab.run(f"echo '{CONF.format('no', 'master', 'master')}' > /d; sleep 2; ip netns exec far named -c /d")
    assert lab.run("dig +short @10.0.0.1 out.here").stdout == "a.far.\n10.9.9.9\n"
    assert dig(lab, "@10.0.0.1 empty.far")[:2] == ("NOERROR", "qr rd ra")
    assert dig(lab, "@10.0.0.1 none.far")[:2] == ("NXDOMAIN", "qr rd ra")
    assert dig(lab, "@10.0.0.2 a.far")[:2] == ("NOERROR", "qr aa rd")
