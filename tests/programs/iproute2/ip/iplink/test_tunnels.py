"""`ip link add type gre`, `ipip`, `sit`: what `ip -d` shows and what is refused (iproute2 6.1.0 on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    machine = Lab(docker=False)
    typed(machine, "ip link add v0 type veth peer name v1\nip link add taken type gre remote 9.9.9.9")
    return machine


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ("gre remote 10.0.0.3", "gre remote 10.0.0.3 local any ttl inherit addrgenmode"),
        (
            "gre remote 10.0.0.3 key 7 ttl 9",
            "gre remote 10.0.0.3 local any ttl 9 ikey 0.0.0.7 okey 0.0.0.7 addrgenmode",
        ),
        ("gre remote 10.0.0.3 seq icsum nopmtudisc", "local any ttl inherit nopmtudisc iseq oseq icsum addrgenmode"),
        ("gre remote 10.0.0.3 key 7 nookey tos 10", "ttl inherit tos 0x10 ikey 0.0.0.7 addrgenmode"),
        ("gre remote 10.0.0.3 dev v0 tos inherit", "gre remote 10.0.0.3 local any dev v0 ttl inherit tos inherit "),
        ("gre remote 10.0.0.3 ignore-df fwmark 5", "ttl inherit ignore-df fwmark 0x5 addrgenmode"),
        ("ipip remote 10.0.0.3", "ipip any remote 10.0.0.3 local any ttl inherit pmtudisc addrgenmode"),
        ("ipip remote 10.0.0.3 mode ipip", "ipip ipip remote 10.0.0.3 local any ttl inherit pmtudisc addrgenmode"),
        (
            "sit remote 10.0.0.3 mode ip6ip",
            "sit ip6ip remote 10.0.0.3 local any ttl inherit pmtudisc 6rd-prefix 2002::/16 ",
        ),
    ],
)
def test_options_are_shown(lab: Lab, options: str, shown: str) -> None:
    typed(lab, f"ip link add t0 type {options}")
    assert shown in lab.run("ip -d -o link show t0").stdout
    typed(lab, "ip link del t0")


@pytest.mark.parametrize(
    ("options", "message", "status"),
    [
        ("gre remote bogus", 'Error: inet address is expected rather than "bogus".', 1),
        ("gre ttl 300", 'Error: argument "300" is wrong: invalid TTL\n', 255),
        ("gre key 300.1", 'Error: an IP address is expected rather than "300.1"', 1),
        ("gre remote 9.9.9.9", "RTNETLINK answers: File exists", 2),
        ("ipip mode bogus", 'Error: argument "bogus" is wrong: Cannot guess tunnel mode.', 255),
        ("ipip remote 9.9.9.9 ttl 3 nopmtudisc", "ttl != 0 and nopmtudisc are incompatible", 255),
    ],
)
def test_it_refuses_as_the_real_one(lab: Lab, options: str, message: str, status: int) -> None:
    answer = lab.run(f"ip link add t0 type {options}")
    assert (answer.stderr, answer.exit_code) == (f"{message}\n", status)


@pytest.mark.parametrize("kind", ["gre", "ipip", "sit"])
def test_what_it_does_not_know_is_answered_with_the_usage(lab: Lab, kind: str) -> None:
    answer = lab.run(f"ip link add t0 type {kind} bogus")
    assert answer.stderr.startswith(f"Usage: ... {kind}")
    assert answer.exit_code == 1


@pytest.mark.parametrize("options", ["gre encap fou", "ipip external", "sit 6rd-prefix 2001::/32"])
def test_what_is_left_out_says_so(lab: Lab, options: str) -> None:
    kind, what = options.split()[:2]
    assert lab.run(f"ip link add t0 type {options}").stderr == f"vnetsim: not modelled: {kind} {what}\n"
