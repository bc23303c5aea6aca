"""`ss`: which sockets are listed and how.  Captured from iproute2 6.1, and 7.3 where it says newer."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from tests.machines import pair, typed
from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork, FakeProcess, run
from vnetsim.errors import NotModelled
from vnetsim.observations import SocketEntry
from vnetsim.programs.iproute2 import ss
from vnetsim.programs.iproute2.ss.info import _time
from vnetsim.wire.inet import parse_address


@attrs.define
class Sockets(FakeNetwork):
    entries: Sequence[SocketEntry] = ()

    def sockets(self) -> Sequence[SocketEntry]:
        return self.entries


def socket(protocol: str, state: str, local: str, remote: str = "0.0.0.0:0", **changes: Any) -> SocketEntry:
    values: dict[str, Any] = {"protocol": protocol, "state": state}
    for side, text in (("local", local), ("remote", remote)):
        address, _, port = text.rpartition(":")
        values |= {side: parse_address(address.strip("[]")), f"{side}_port": int(port)}
    return SocketEntry(**{**values, **changes})


NC: dict[str, Any] = {"process": "nc", "pid": 773, "descriptor": 3}
LISTENING = socket("tcp", "LISTEN", "0.0.0.0:9005", send_queue=1, **NC)
ESTABLISHED = socket("tcp", "ESTAB", "10.0.0.2:9005", "10.0.0.1:36990", **NC)
TIME_WAIT = socket("tcp", "TIME-WAIT", "10.0.0.2:9001", "10.0.0.1:40001")
DUAL = socket(
    "tcp", "LISTEN", "0.0.0.0:9000", send_queue=2, dual_stack=True, process="busybox", pid=32582, descriptor=3
)
UDP = socket("udp", "UNCONN", "127.0.0.11:37405")
CONNECTED = socket("udp", "ESTAB", "10.0.0.2:9002", "10.0.0.1:40002", device="eth0")
ALL = [DUAL, TIME_WAIT, LISTENING, ESTABLISHED, CONNECTED, UDP]


def ss_(command: str, entries: Sequence[SocketEntry] = ALL, *, newer: bool = False) -> Ended:
    context = FakeContext(network=Sockets(entries=entries), files=FakeFiles(), release="forky" if newer else "bookworm")
    return run(ss.main, FakeProcess(shlex.split(command), context))


def lines(command: str, entries: Sequence[SocketEntry] = ALL, *, newer: bool = False) -> list[str]:
    ended = ss_(command, entries, newer=newer)
    assert (ended.status, ended.err) == (0, "")
    return ended.out.splitlines()


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    assert lines("ss -tan") == [
        "State     Recv-Q Send-Q Local Address:Port Peer Address:Port Process",
        "LISTEN    0      1            0.0.0.0:9005      0.0.0.0:*           ",
        "TIME-WAIT 0      0           10.0.0.2:9001     10.0.0.1:40001       ",
        "ESTAB     0      0           10.0.0.2:9005     10.0.0.1:36990       ",
        "LISTEN    0      2                  *:9000            *:*           ",
    ]
    assert lines("ss -H -tln", [LISTENING]) == ["LISTEN 0      1      0.0.0.0:9005 0.0.0.0:*"]


def test_processes_are_the_last_column() -> None:
    assert lines("ss -tlnp") == [
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess                     ",
        'LISTEN 0      1            0.0.0.0:9005      0.0.0.0:*    users:(("nc",pid=773,fd=3))',
        'LISTEN 0      2                  *:9000            *:*    users:(("busybox",pid=32582,fd=3))',
    ]


def test_newer_versions_leave_the_last_column_as_it_is() -> None:
    resolver = socket("tcp", "LISTEN", "127.0.0.11:35013", send_queue=4096)
    assert lines("ss -lnut", [resolver, UDP], newer=True) == [
        "Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port",
        "udp   UNCONN 0      0         127.0.0.11:37405      0.0.0.0:*",
        "tcp   LISTEN 0      4096      127.0.0.11:35013      0.0.0.0:*",
    ]
    assert lines("ss -tlnp", [LISTENING, resolver], newer=True) == [
        "State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess",
        'LISTEN 0      1            0.0.0.0:9005       0.0.0.0:*    users:(("nc",pid=773,fd=3))',
        "LISTEN 0      4096      127.0.0.11:35013      0.0.0.0:*   ",
    ]


def test_ports_have_names_if_wanted() -> None:
    http = socket("tcp", "LISTEN", "0.0.0.0:80", send_queue=1)
    assert lines("ss -tl", [http]) == [
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess",
        "LISTEN 0      1            0.0.0.0:http      0.0.0.0:*          ",
    ]


def test_ipv6_addresses_are_in_brackets() -> None:
    mapped = socket("tcp", "TIME-WAIT", "10.0.0.2:80", "10.0.0.1:41000", dual_stack=True)
    only6 = socket("tcp", "LISTEN", "[::]:8080", "[::]:0")
    printed = lines("ss -tan", [mapped, only6])
    assert printed[1] == "LISTEN    0      0                   [::]:8080              [::]:*           "
    assert printed[2] == "TIME-WAIT 0      0      [::ffff:10.0.0.2]:80   [::ffff:10.0.0.1]:41000       "


#: A command, and the local ports that it lists.
LISTED: list[tuple[str, list[int]]] = [
    ("ss -ta", [9005, 9001, 9005, 9000]),
    ("ss -t", [9005]),
    ("ss -tl", [9005, 9000]),
    ("ss -u", [9002]),
    ("ss -ua", [9002, 37405]),
    ("ss -ul", [37405]),
    ("ss -tuln", [37405, 9005, 9000]),
    ("ss", [9002, 9005]),
    ("ss -4 -tl", [9005]),
    ("ss -6 -tl", [9000]),
    ("ss -f inet6 -tl", [9000]),
    ("ss -A udp -a", [9002, 37405]),
    ("ss -w", []),
    ("ss -x", []),
    ("ss -tan state listening", [9005, 9000]),
    ("ss -tan state time-wait state established", [9001, 9005]),
    ("ss -tan exclude listening", [9001, 9005]),
    ("ss -t state bucket", [9001]),
    ("ss -tan sport = :9001", [9001]),
    ("ss -tan 'sport = :9000'", [9000]),
    ("ss -tan sport gt 9001", [9005, 9005]),
    ("ss -tan dport :36990", [9005]),
    ("ss -tan src 10.0.0.2", [9001, 9005]),
    ("ss -tan src 10.0.0.0/8 and dst 10.0.0.1:40001", [9001]),
    ("ss -tan dst = 10.0.0.9", []),
]


@pytest.mark.parametrize(("command", "ports"), LISTED)
def test_options_and_filters_choose(command: str, ports: list[int]) -> None:
    address = "*:" if "-6" in command or "inet6" in command else ":"
    words = [line.split() for line in lines(f"{command} -n -H")]
    found = [int(next(word for word in line if address in word).rpartition(":")[2]) for line in words]
    assert found == ports


def test_a_column_that_says_nothing_is_left_out() -> None:
    tail = "Recv-Q Send-Q Local Address:Port Peer Address:PortProcess"
    heads = {command: lines(command, [])[0] for command in ("ss -u", "ss -t", "ss -x", "ss -0", "ss -tu", "ss")}
    assert heads == {
        "ss -u": tail,
        "ss -t": f"State {tail}",
        "ss -x": f"Netid State {tail}",
        "ss -0": f"Netid {tail}",
        "ss -tu": f"Netid State {tail}",
        "ss": f"Netid State {tail}",
    }


REFUSED: list[tuple[str, int, str]] = [
    ("ss -tan state bogus", 255, "ss: wrong state name: bogus\n"),
    ("ss -tan state", 255, 'Command line is not complete. Try option "help"\n'),
    ("ss -tan sport = :bogus", 1, 'Error: "bogus" does not look like a port.\nCannot parse dst/src address.\n'),
    ("ss -tan bogus", 1, 'Error: an inet prefix is expected rather than "bogus".\nCannot parse dst/src address.\n'),
    ("ss -tan src bogus", 1, 'Error: an inet prefix is expected rather than "bogus".\nCannot parse dst/src address.\n'),
]


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_filters_that_make_no_sense(command: str, status: int, text: str) -> None:
    ended = ss_(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)


def test_how_to_use_it() -> None:
    assert ss_("ss -h").out.startswith("Usage: ss [ OPTIONS ]\n       ss [ OPTIONS ] [ FILTER ]\n")
    unknown = ss_("ss -g")
    assert (unknown.status, unknown.err) == (255, "ss: invalid option -- 'g'\n" + ss_("ss -h").out)
    assert ss_("ss -tan sport").err.startswith(
        'ss: bison bellows (while parsing filter): "syntax error!" Sorry.\nUsage'
    )
    assert ss_("ss -V").out == "ss utility, iproute2-6.1.0\n"


@pytest.mark.parametrize("command", ["ss -s", "ss -te", "ss -a", "ss -l", "ss -tan not sport = :5", "ss -A netlink"])
def test_what_is_not_modelled_is_said(command: str) -> None:
    with pytest.raises(NotModelled):
        ss_(command)


def test_what_a_connection_is_told_of() -> None:
    """Recorded on Linux 6.18 (reno, an idle pair of nc) as far as the fields go; the times are the simulator's."""
    lab = pair()
    typed(lab, "ip netns exec a sysctl -qw net.ipv4.tcp_congestion_control=reno")
    lab.start("ip netns exec b nc -l 80")
    lab.start("(sleep 0.3; echo hello; sleep 5) | ip netns exec a nc -p 4000 10.0.0.2 80")
    lab.sleep(1)
    told = lab.run("ip netns exec a ss -tinH").stdout.splitlines()[1].split()
    names = [word.partition(":")[0] for word in told if not word.endswith("bps")]
    assert " ".join(names) == (
        "reno wscale rto rtt mss pmtu rcvmss advmss cwnd bytes_sent bytes_acked segs_out segs_in data_segs_out send "
        "lastsnd lastrcv lastack pacing_rate delivered rcv_space rcv_ssthresh minrtt snd_wnd"
    )
    assert {"wscale:10,10", "rto:204", "mss:1448", "pmtu:1500", "rcvmss:536", "advmss:1448", "cwnd:10", "bytes_sent:6",
            "bytes_acked:7", "segs_out:3", "segs_in:2", "data_segs_out:1", "delivered:2", "rcv_space:14480",
            "rcv_ssthresh:64088", "snd_wnd:65536"} <= set(told)  # fmt: skip


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, ""), (8_000_000, "008ms"), (204_000_000, "204ms"), (1_200_000_000, "1.200ms"), (59_900_000_000, "59sec"),
     (61_000_000_000, "1min1sec"), (7_199_000_000_000, "119min")],
)  # fmt: skip
def test_how_long_a_timer_still_takes(nanoseconds: int, text: str) -> None:
    """print_ms_timer of iproute2 6.1."""
    assert _time(nanoseconds) == text
