"""traceroute(8) and tracepath(8) along IPv6 routers, as recorded on a real machine (Linux 6.18)."""

from __future__ import annotations

import re

import pytest

from tests.kernel.six import cable, namespace, reaches
from tests.machines import typed
from vnetsim import Lab


def chain() -> Lab:
    """h1 (fd01::2), the routers r (fd01::1, fd02::1) and q (fd02::2, fd03::1), and h2 (fd03::2), all of them warm."""
    lab = Lab(docker=False)
    namespace(lab, "h1", "r", "q", "h2")
    cable(lab, "h1", "eth0", "r", "r1", 1)
    cable(lab, "r", "r2", "q", "q1", 2)
    cable(lab, "q", "q2", "h2", "eth0", 3)
    typed(
        lab,
        """
        ip -n h1 addr add fd01::2/64 dev eth0
        ip -n r addr add fd01::1/64 dev r1
        ip -n r addr add fd02::1/64 dev r2
        ip -n q addr add fd02::2/64 dev q1
        ip -n q addr add fd03::1/64 dev q2
        ip -n h2 addr add fd03::2/64 dev eth0
        ip -n h1 -6 route add default via fd01::1
        ip -n r -6 route add fd03::/64 via fd02::2
        ip -n q -6 route add fd01::/64 via fd02::1
        ip -n h2 -6 route add default via fd03::1
        ip -n r -6 route add prohibit fd06::/64
        ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=1
        ip netns exec q sysctl -qw net.ipv6.conf.all.forwarding=1
    """,
    )
    lab.sleep(4)
    assert reaches(lab, "h1", "fd03::2")
    return lab


def told(lab: Lab, command: str) -> list[str]:
    """The lines, without the first one and times."""
    lines = lab.run(f"ip netns exec h1 {command}").stdout.splitlines()[1:]
    return [re.sub(r" +[\d.]+ ?ms", "", line).strip() for line in lines]


#: What traceroute tells of a target, hop by hop.
TRACES = [
    ("-6 -q 3 fd03::2", ["1  fd01::1", "2  fd02::2", "3  fd03::2"]),
    ("-I fd03::2", ["1  fd01::1", "2  fd02::2", "3  fd03::2"]),
    ("-s fd01::2 fd03::2", ["1  fd01::1", "2  fd02::2", "3  fd03::2"]),
    ("fd09::1", ["1  fd01::1 !N"]),
    ("fd06::1", ["1  fd01::1 !X"]),
    ("fd02::1", ["1  fd02::1"]),
    ("-m 4 fd03::99", ["1  fd01::1", "2  fd02::2", "3  *", "4  *"]),
    ("fe80::ff:fe00:201%eth0", ["1  fe80::ff:fe00:201%eth0"]),
    ("::1", ["1  ::1"]),
]


@pytest.mark.parametrize(("words", "lines"), TRACES)
def test_traceroute_names_the_routers(words: str, lines: list[str]) -> None:
    count = "" if "-q" in words else "-N 1 -q 1 "
    assert told(chain(), f"traceroute -n {count}-w 1 {words}") == lines


def test_a_program_tells_why_it_cannot_trace() -> None:
    lab = chain()
    for words, why in [
        ("-s fd01::9 fd03::2", "bind: Cannot assign requested address\n"),
        ("-4 fd03::2", "fd03::2: Address family for hostname not supported\n"),
        ("-6 10.0.0.1", "10.0.0.1: Address family for hostname not supported\n"),
    ]:
        assert lab.run(f"ip netns exec h1 traceroute -n {words}").stderr.lstrip().startswith(why)


PATH = ["1:  fd01::1", "1:  fd01::1", "2:  fd02::2"]
#: What tracepath tells of a target.
PATHS = [
    ("-n fd03::2", [*PATH, "3:  fd03::2 reached", "Resume: pmtu 1500 hops 3 back 3"]),
    ("-b fd03::2", ["1:  ??? (fd01::1)", "1:  ??? (fd01::1)", "2:  ??? (fd02::2)", "3:  ??? (fd03::2) reached",
                    "Resume: pmtu 1500 hops 3 back 3"]),
    ("-n -m 2 fd03::2", [*PATH, "Too many hops: pmtu 1500", "Resume: pmtu 1500"]),
    ("-n fd09::1", ["1:  fd01::1 !N", "1:  fd01::1 !N", "Resume: pmtu 1500"]),
    ("-n fd06::1", ["1:  fd01::1 !A", "1:  fd01::1 !A", "Resume: pmtu 1500"]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "lines"), PATHS)
def test_tracepath_names_the_routers(words: str, lines: list[str]) -> None:
    assert told(chain(), f"tracepath {words}") == lines


def test_tracepath_finds_the_narrow_link() -> None:
    lab = chain()
    typed(lab, "ip -n r link set r2 mtu 1300\nip -n q link set q1 mtu 1300")
    narrow = ["1:  fd01::1", "1:  fd01::1", "2:  fd01::1 pmtu 1300", "2:  fd02::2", "3:  fd03::2 reached"]
    assert told(lab, "tracepath -n fd03::2") == [*narrow, "Resume: pmtu 1300 hops 3 back 3"]
    assert told(lab, "traceroute -n -N 1 -q 1 -w 1 fd03::2 1400") == ["1  fd01::1", "2  fd02::2", "3  fd03::2"]


def test_what_a_filter_answers_is_told() -> None:
    lab = chain()
    typed(lab, "ip netns exec q ip6tables -A FORWARD -j REJECT --reject-with icmp6-adm-prohibited")
    assert told(lab, "traceroute -n -N 1 -q 1 -w 1 fd03::2") == ["1  fd01::1", "2  fd02::2", "3  fd02::2 !X"]
    assert told(lab, "tracepath -n fd03::2")[2:4] == ["2:  fd02::2", "3:  fd02::2 !A"]
