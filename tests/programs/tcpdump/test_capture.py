"""Captures on a simulated machine; what real ones answer is in tests/programs/captured/tcpdump.json."""

from __future__ import annotations

from typing import Final

import pytest

from tests.machines import pair, typed
from vnetsim import Lab

_PINGS: Final = "(sleep 0.4; ping -c 10 -i 0.3 -q 10.0.0.2 > /dev/null) & "
_HEAD: Final = (
    "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n"
    "listening on {}, link-type {}, snapshot length 262144 bytes\n"
)
_ETHERNET: Final = "EN10MB (Ethernet)"


@pytest.fixture
def lab() -> Lab:
    made = pair()
    # Neither of them has to ask for the other during a test.
    typed(made, "ip netns exec a ping -c 1 -q 10.0.0.2")
    return made


def counts(captured: int, received: int) -> str:
    numbers = [f"{number} packet{'s' * (number != 1)}" for number in (captured, received)]
    return f"{numbers[0]} captured\n{numbers[1]} received by filter\n0 packets dropped by kernel\n"


def in_a(lab: Lab, line: str) -> tuple[int, str, str]:
    done = lab.run(f"ip netns exec a bash -c {line!r}")
    return done.exit_code, done.stdout, done.stderr


def test_packets_are_handed_over_once_a_second(lab: Lab) -> None:
    """What is in the last block when tcpdump is stopped is counted, but never seen (captured from Linux 6.1)."""
    status, out, err = in_a(lab, _PINGS + "timeout -s INT 3.5 tcpdump -n -i eth0 icmp")
    # Pings at 0.4, 0.7, ... 3.1; the block that holds those after 3.0 is not full.
    assert len(out.splitlines()) == 18 + 1
    assert err.endswith(counts(18, 20))
    assert status == 124


@pytest.mark.parametrize("option", ["-l", "--immediate-mode"])
def test_some_want_them_at_once(lab: Lab, option: str) -> None:
    err = in_a(lab, _PINGS + f"timeout -s INT 3.5 tcpdump {option} -n -i eth0 icmp")[2]
    assert err.endswith(counts(20, 20))


def test_a_number_of_packets_is_enough(lab: Lab) -> None:
    began = lab.now()
    status, out, err = in_a(lab, _PINGS + "tcpdump -n -c 3 -i eth0 icmp")
    assert (status, len(out.splitlines())) == (0, 3)
    assert err == _HEAD.format("eth0", _ETHERNET) + counts(3, 4)
    assert lab.now() - began < 1_100_000_000


def test_lo_carries_a_packet_once_but_it_is_counted_twice(lab: Lab) -> None:
    _, out, err = in_a(lab, "(sleep 0.3; ping -c 1 -q 127.0.0.1 > /dev/null) & timeout -s INT 1.1 tcpdump -n -i lo")
    assert len(out.splitlines()) == 2 + 1
    assert err.endswith(counts(2, 4))


def test_what_is_written_is_read_again(lab: Lab) -> None:
    _, told, _ = in_a(lab, _PINGS + "tcpdump -n -c 4 --print -w /tmp/x -i eth0 icmp")
    status, out, err = in_a(lab, "tcpdump -n -r /tmp/x")
    assert (status, out) == (0, told)
    assert err == "reading from file /tmp/x, link-type EN10MB (Ethernet), snapshot length 262144\n"
    assert in_a(lab, "tcpdump -n -r /tmp/x --count icmp[0]=8")[1] == "2 packets\n"
    assert len(in_a(lab, "tcpdump -n -r /tmp/x -c 1")[1].splitlines()) == 1
    assert in_a(lab, "tcpdump -n -r /tmp/x -w - icmp[0]=0 | tcpdump -n -r - 2>/dev/null")[1] == "".join(
        line for line in told.splitlines(keepends=True) if "reply" in line
    )


def test_nothing_is_printed_while_packets_are_written(lab: Lab) -> None:
    status, out, err = in_a(lab, _PINGS + "timeout -s INT 2.2 tcpdump -n -w /tmp/x -i eth0 icmp")
    assert (status, out) == (124, "")
    assert err.startswith("tcpdump: listening on eth0")


def test_a_verbose_one_counts_while_it_writes(lab: Lab) -> None:
    err = in_a(lab, _PINGS + "timeout -s INT 3.7 tcpdump -n -v -w /tmp/x -i eth0 icmp")[2]
    assert "bytes\nGot 4\rGot 12\rGot 18\r18 packets captured\n" in err


def test_any_listens_to_all_devices_and_to_new_ones(lab: Lab) -> None:
    later = (
        "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip addr add 10.9.0.1/24 dev v0"
    )
    line = f"(sleep 0.2; ping -c 1 -q 10.0.0.2; {later}; ping -c 1 -W 0.1 10.9.0.2) > /dev/null & "
    _, out, err = in_a(lab, line + "timeout -s INT 0.9 tcpdump -l -n -i any arp or icmp")
    assert err.startswith("tcpdump: data link type LINUX_SLL2\n")
    words = [line.split(" ", 1)[1][:14].strip() for line in out.splitlines()[:-1]]
    assert words == ["eth0  Out IP 1", "eth0  In  IP 1", "v0    Out ARP,", "v1    B   ARP,"]


def test_it_ends_when_its_device_goes(lab: Lab) -> None:
    status, out, err = in_a(lab, "(sleep 0.5; ip link del eth0) & tcpdump -n -i eth0")
    assert (status, out) == (1, "")
    assert err == (_HEAD.format("eth0", _ETHERNET) + "tcpdump: pcap_loop: The interface disappeared\n" + counts(0, 0))


def test_it_goes_on_when_its_device_is_down_for_a_while(lab: Lab) -> None:
    line = "(sleep 0.3; ip link set eth0 down; ip link set eth0 up; ping -c 1 -q 10.0.0.2 > /dev/null) & "
    out = in_a(lab, line + "timeout -s INT 1.5 tcpdump -l -n -i eth0 icmp")[1]
    assert len(out.splitlines()) == 2 + 1


@pytest.mark.parametrize(
    ("direction", "kinds"), [("in", ["reply"]), ("out", ["request"]), ("inout", ["request", "reply"])]
)
def test_a_direction_may_be_chosen(lab: Lab, direction: str, kinds: list[str]) -> None:
    line = f"(sleep 0.3; ping -c 1 -q 10.0.0.2 > /dev/null) & timeout -s INT 1.5 tcpdump -l -n -i eth0 -Q {direction}"
    out = in_a(lab, line)[1]
    assert [word for line in out.splitlines() for word in line.split() if word in ("request,", "reply,")] == [
        f"{kind}," for kind in kinds
    ]


def test_names_are_asked_for(lab: Lab) -> None:
    typed(lab, "echo '10.0.0.2 far' >> /etc/hosts")
    line = "(sleep 0.3; ping -c 1 -q far > /dev/null) & tcpdump -l -c 1 -i eth0 src host far"
    out = in_a(lab, line)[1]
    assert " IP far > 10.0.0.1: ICMP echo reply" in out


def test_it_ends_when_nobody_reads_any_more(lab: Lab) -> None:
    """As tcpdump 4.99.3 does: no end of the line."""
    _, out, err = in_a(lab, _PINGS + "(tcpdump -n -l -i eth0 icmp 2> /tmp/err; echo $? > /tmp/status) | head -1")
    assert out.count("ICMP echo request") == 1
    lab.sleep(1)
    assert in_a(lab, "cat /tmp/err /tmp/status")[1].endswith("tcpdump: Unable to write output: Broken pipe14\n")
    assert err == ""


@pytest.mark.parametrize(("signal", "status"), [("INT", 0), ("TERM", 0), ("HUP", 0), ("QUIT", 131), ("KILL", 137)])
def test_a_signal_ends_it_with_or_without_counts(lab: Lab, signal: str, status: int) -> None:
    _, out, err = in_a(lab, f"tcpdump -n -i lo & sleep 0.5; kill -{signal} $!; wait $!; echo $?")
    ends = signal in ("INT", "TERM", "HUP")
    assert out == ("\n" if ends else "") + f"{status}\n"
    assert err.endswith(counts(0, 0)) == ends
