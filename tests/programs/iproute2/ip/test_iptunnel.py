"""`ip tunnel` as iproute2 6.1.0 on Linux 6.18 answers (recording tun_errors, and the same questions asked singly)."""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab

_SHOWN = """\
gre0: gre/ip remote any local any ttl inherit nopmtudisc
g4: gre/ip remote 10.0.0.3 local 10.0.0.1 ttl inherit ikey 5 okey 6
  Drop packets out of sequence.
  Checksum in received packet is required.
  Sequence packets on output.
  Checksum output packets.
tunl0: any/ip remote any local any ttl inherit nopmtudisc
ti: ip/ip remote 10.0.0.2 local 10.0.0.1 ttl inherit tos inherit
sit0: ipv6/ip remote any local any ttl 64 nopmtudisc 6rd-prefix 2002::/16
ts: ipv6/ip remote 10.0.0.2 local 10.0.0.1 ttl 64 6rd-prefix 2002::/16
"""
_COUNTED = """\
ts: ipv6/ip remote 10.0.0.2 local 10.0.0.1 ttl 64 6rd-prefix 2002::/16
RX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts
    0          0            0      0        0        0       
TX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs
    0          0            0      0        0        0     
"""  # noqa: W291 (as printed)


@pytest.fixture(scope="module")
def lab() -> Lab:
    machine = Lab(docker=False)
    typed(
        machine,
        """
        ip link add v0 type veth peer name v1
        ip link add g4 type gre local 10.0.0.1 remote 10.0.0.3 ikey 5 okey 6 csum seq
        ip tunnel add ti mode ipip remote 10.0.0.2 local 10.0.0.1 tos inherit
        ip tunnel add ts mode sit remote 10.0.0.2 local 10.0.0.1 ttl 64
    """,
    )
    return machine


def test_all_tunnels_are_listed_with_their_fallback_devices(lab: Lab) -> None:
    assert lab.run("ip tunnel").stdout == _SHOWN
    assert lab.run("ip -s tunnel show ts").stdout == _COUNTED
    assert lab.run("ip tunnel show remote 10.0.0.3").stdout == "\n".join(_SHOWN.splitlines()[1:6]) + "\n"


def test_json_has_the_zero_address_where_text_says_any(lab: Lab) -> None:
    answer = lab.run("ip -j tunnel show tunl0").stdout
    assert answer == '[{"ifname":"tunl0","mode":"any/ip","remote":"0.0.0.0","local":"0.0.0.0","nopmtudisc":null}\n]\n'


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        ("add x mode gre remote nosuch", 'Error: an IP address is expected rather than "nosuch"', 1),
        ("add x mode bogus", 'Unknown tunnel mode "bogus"', 255),
        ("add x mode gre mode sit", "You managed to ask for more than one tunnel mode.", 255),
        ("add foo", "cannot determine tunnel mode (ipip, gre, vti or sit)", 1),
        ("add x mode gre remote 10.0.0.9 ttl 300", 'Error: argument "300" is wrong: invalid TTL\n', 255),
        ("add x mode gre remote 10.0.0.9 nopmtudisc ttl 3", "ttl != 0 and nopmtudisc are incompatible", 1),
        ("add x mode ipip remote 10.0.0.9 key 4", "Keys are not allowed with ipip and sit tunnels", 1),
        ("add x mode gre key abc", 'invalid value for "key": "abc"; it should be an unsigned integer', 255),
        ("add x mode gre remote 10.0.0.9 dev nosuch", 'Cannot find device "nosuch"', 1),
        ("add x mode gre bogus", 'Error: either "name" is duplicate, or "bogus" is a garbage.', 255),
        ("add x mode sit", 'add tunnel "sit0" failed: No buffer space available', 1),
        ("add x mode ipip remote 10.0.0.2 local 10.0.0.1", 'add tunnel "tunl0" failed: File exists', 1),
        ("change nosuch ttl 4", 'get tunnel "nosuch" failed: No such device', 1),
        ("del gre0", 'delete tunnel "gre0" failed: Operation not permitted', 1),
        ("del v0", 'delete tunnel "v0" failed: Operation not supported', 1),
        ("del", 'delete tunnel "" failed: No such device', 1),
        ("bogus", 'Command "bogus" is unknown, try "ip tunnel help"', 255),
    ],
)
def test_it_refuses_as_the_real_one(lab: Lab, arguments: str, message: str, status: int) -> None:
    answer = lab.run(f"ip tunnel {arguments}")
    assert (answer.stderr, answer.exit_code) == (f"{message}\n", status)


@pytest.mark.parametrize(
    "arguments", ["prl", "6rd", "add x mode isatap", "add isatap1 remote 1.2.3.4", "show mode vti"]
)
def test_what_is_left_out_says_so(lab: Lab, arguments: str) -> None:
    answer = lab.run(f"ip tunnel {arguments}")
    assert answer.stderr.startswith("vnetsim: not modelled: ip tunnel")
    assert not answer


def test_change_keeps_what_it_does_not_name() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip tunnel add g1 mode gre remote 10.0.0.2 local 10.0.0.1 ttl 64 key 42
        ip tunnel change g1 key 43
    """,
    )
    assert lab.run("ip tunnel show g1").stdout == "g1: gre/ip remote 10.0.0.2 local 10.0.0.1 ttl 64 key 43\n"
    typed(lab, "ip tunnel del g1")
    assert lab.run("ip tunnel show g1").stdout == ""
