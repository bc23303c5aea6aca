"""Sessions of ping: what is printed, when it ends and how.  Captured from iputils 20221126, Linux 6.18.

Times of the captured sessions are given to the fake socket, so that the texts are the recorded ones.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.programs.clocked import STARTED
from tests.programs.iputils.ping.far import (
    HERE,
    IDENTIFIER,
    ROUTER,
    THERE,
    Answers,
    Request,
    echo,
    error,
    ping_,
    reply,
    unreachable,
)
from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.errors import Errno
from vnetsim.sockets import IcmpMessage
from vnetsim.wire import icmp, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.ipv4 import Packet

HEAD = "PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n"
NOTHING = "1 packets transmitted, 0 received, 100% packet loss, time 0ms\n\n"
STATISTICS = "\n--- 10.0.0.2 ping statistics ---\n"

#: What the wheel of timers adds to a wait of a second at most.
SLACK = 32 * MILLISECOND


# --- replies ----------------------------------------------------------------------------------------------------------


def test_one_reply() -> None:
    session = ping_("ping -c 1 10.0.0.2", echo(290))
    assert session.ended.out == (
        f"{HEAD}64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.290 ms\n{STATISTICS}"
        "1 packets transmitted, 1 received, 0% packet loss, time 0ms\n"
        "rtt min/avg/max/mdev = 0.290/0.290/0.290/0.000 ms\n"
    )
    assert (session.ended.status, session.ended.err) == (0, "")
    assert session.lasted == 290 * MICROSECOND


def test_several_replies_are_averaged() -> None:
    session = ping_("ping -c 3 -i 0.1 10.0.0.2", echo(32, 45, 47))
    *lines, packets, times = session.ended.out.splitlines()
    assert lines[1:4] == [
        "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.032 ms",
        "64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.045 ms",
        "64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=0.047 ms",
    ]
    assert packets.startswith("3 packets transmitted, 3 received, 0% packet loss, time 2")
    assert times == "rtt min/avg/max/mdev = 0.032/0.041/0.047/0.006 ms"


def test_requests_are_a_second_apart_and_a_tick_of_the_timer_wheel() -> None:
    session = ping_("ping -c 4 10.0.0.2", echo(50))
    gaps = [after.at - before.at for before, after in zip(session.sent, session.sent[1:], strict=False)]
    assert all(SECOND < gap <= SECOND + SLACK + 4 * MILLISECOND for gap in gaps)
    assert session.lasted == session.sent[-1].at + 50 * MICROSECOND


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(5, "0.005"), (999, "0.999"), (1000, "1.00"), (1234, "1.23"), (9994, "9.99"), (9995, "10.0"), (12345, "12.3"),
     (99949, "99.9"), (99950, "100"), (1234567, "1235")],
)  # fmt: skip
def test_a_time_has_three_digits_that_count(microseconds: int, text: str) -> None:
    assert f" time={text} ms\n" in ping_("ping -c 1 10.0.0.2", echo(microseconds)).ended.out


def test_a_reply_too_short_for_a_time_stamp_has_no_time() -> None:
    session = ping_("ping -c 1 -s 15 10.0.0.2", echo(30))
    assert session.ended.out == (
        "PING 10.0.0.2 (10.0.0.2) 15(43) bytes of data.\n23 bytes from 10.0.0.2: icmp_seq=1 ttl=64\n"
        f"{STATISTICS}1 packets transmitted, 1 received, 0% packet loss, time 0ms\n\n"
    )
    assert session.sent[0].data == bytes(range(15))


def test_a_second_reply_is_a_duplicate() -> None:
    def twice(request: Request) -> Answers:
        return [(30 * MICROSECOND, reply(request)), (40 * MICROSECOND, reply(request))]

    session = ping_("ping -c 2 -i 0.1 10.0.0.2", twice)
    assert session.ended.out.splitlines()[2] == "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.040 ms (DUP!)"
    assert "\n2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time 1" in session.ended.out


def test_a_reply_from_elsewhere_is_told() -> None:
    def elsewhere(request: Request) -> Answers:
        return [(30 * MICROSECOND, reply(request, origin=ROUTER, ttl=63))]

    assert ping_("ping -c 1 10.0.0.2", elsewhere).ended.out.splitlines()[1] == (
        "64 bytes from 10.0.0.254: icmp_seq=1 ttl=63 time=0.030 ms (DIFFERENT ADDRESS!)"
    )


def test_a_cut_reply_is_told() -> None:
    def cut(request: Request) -> Answers:
        return [(30 * MICROSECOND, reply(Request(request.at, request.sequence, request.data[:20])))]

    line = ping_("ping -c 1 10.0.0.2", cut).ended.out.splitlines()[1]
    assert line == "28 bytes from 10.0.0.2: icmp_seq=1 ttl=64 (truncated)"


def test_a_recorded_route_is_printed_once() -> None:
    route = bytes((7, 11, 12, 10, 0, 0, 1, 10, 0, 0, 2, 0))

    def recording(request: Request) -> Answers:
        return [(30 * MICROSECOND, reply(request, options=route))]

    session = ping_("ping -c 2 -i 0.1 -R 10.0.0.2", recording)
    assert session.ended.out.startswith(
        "PING 10.0.0.2 (10.0.0.2) 56(124) bytes of data.\n"
        "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.030 ms\n"
        "RR: \t10.0.0.1\n\t10.0.0.2\n\n"
        "64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.030 ms\t(same route)\n"
    )
    assert len(session.network.asked[0][1]["options"]) == 40


# --- how replies may be printed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("-n", "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.023 ms\n"),
        ("-a", "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.023 ms\a\n"),
        ("-D", f"[{STARTED // SECOND}.000023] 64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.023 ms\n"),
        ("-q", ""),
        ("-f", ".\b \b"),
    ],
)
def test_options_change_the_line_of_a_reply(options: str, line: str) -> None:
    session = ping_(f"ping -c 1 {options} 10.0.0.2", echo(23))
    assert session.ended.out.startswith(f"{HEAD}{line}{STATISTICS}")


def test_verbose_tells_of_sockets_addresses_and_identifiers() -> None:
    session = ping_("ping -c 1 -v 10.0.0.2", echo(35))
    assert session.ended.err == (
        "ping: sock4.fd: 3 (socktype: SOCK_RAW), sock6.fd: 4 (socktype: SOCK_RAW), hints.ai_family: AF_UNSPEC\n\n"
    )
    described, _, line, *_ = session.ended.out.splitlines()
    assert described == "ai->ai_family: AF_INET, ai->ai_canonname: '10.0.0.2'"
    assert line == "64 bytes from 10.0.0.2: icmp_seq=1 ident=4711 ttl=64 time=0.035 ms"
    harmless = ping_("ping -4 -c 1 -v 10.0.0.2", echo(35), group_range="0\t2147483647\n")
    assert harmless.ended.err == (
        "ping: sock4.fd: 3 (socktype: SOCK_DGRAM), sock6.fd: -1 (socktype: 0), hints.ai_family: AF_INET\n\n"
    )


def test_a_pattern_fills_the_data_behind_the_time() -> None:
    session = ping_("ping -c 1 -p 00ff 10.0.0.2", echo(35))
    assert session.ended.out.startswith(f"PATTERN: 0x00ff\n{HEAD}")
    assert session.sent[0].data[16:] == b"\x00\xff" * 20


def test_answers_that_are_missing_are_told_if_asked_for() -> None:
    def second(request: Request) -> Answers:
        return [] if request.sequence == 1 else [(20 * MICROSECOND, reply(request))]

    lines = ping_("ping -c 2 -i 0.1 -O 10.0.0.2", second).ended.out.splitlines()
    assert lines[1:3] == ["no answer yet for icmp_seq=1", "64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.020 ms"]


def test_adaptive_requests_follow_the_replies() -> None:
    session = ping_("ping -c 3 -A 10.0.0.2", echo(20))
    assert session.lasted < 2 * MILLISECOND
    assert session.ended.out.endswith(
        "3 packets transmitted, 3 received, 0% packet loss, time 0ms\n"
        "rtt min/avg/max/mdev = 0.020/0.020/0.020/0.000 ms, ipg/ewma 0.020/0.020 ms\n"
    )


def test_a_preload_is_sent_at_once() -> None:
    session = ping_("ping -c 5 -l 3 10.0.0.2", echo(34))
    assert [request.at for request in session.sent[:3]] == [0, 0, 0]
    assert session.sent[3].at >= SECOND
    assert session.ended.out.endswith(", pipe 3\n")


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_name_is_looked_up_and_so_are_those_who_answer() -> None:
    names = {"tomcat01": "10.0.0.2"}
    session = ping_("ping -c 2 -i 0.1 tomcat01", echo(30), names=names)
    assert session.ended.out.splitlines()[:2] == [
        "PING tomcat01 (10.0.0.2) 56(84) bytes of data.",
        "64 bytes from tomcat01 (10.0.0.2): icmp_seq=1 ttl=64 time=0.030 ms",
    ]
    assert "--- tomcat01 ping statistics ---" in session.ended.out
    assert session.process.looked_up == ["10.0.0.2"]


def test_an_address_without_a_name_is_printed_alone() -> None:
    session = ping_("ping -c 1 nameless", unreachable(SECOND), names={"nameless": "10.0.0.9"})
    assert session.ended.out.splitlines()[1] == "From 10.0.0.1 icmp_seq=1 Destination Host Unreachable"
    assert session.process.looked_up == ["10.0.0.1"]


@pytest.mark.parametrize("command", ["ping -c 1 10.0.0.2", "ping -n -c 1 tomcat01", "ping -f -c 1 tomcat01"])
def test_nobody_is_looked_up_for_a_number_or_if_not_wanted(command: str) -> None:
    assert ping_(command, echo(30), names={"tomcat01": "10.0.0.2"}).process.looked_up == []


def test_a_name_that_nobody_has() -> None:
    session = ping_("ping -c 1 nosuch")
    assert (session.ended.status, session.ended.out) == (2, "")
    assert session.ended.err == "ping: nosuch: Name or service not known\n"


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "word", "words"),
    [
        (3, 0, 0, "Destination Net Unreachable"),
        (3, 1, 0, "Destination Host Unreachable"),
        (3, 2, 0, "Destination Protocol Unreachable"),
        (3, 3, 0, "Destination Port Unreachable"),
        (3, 4, 1400, "Frag needed and DF set (mtu = 1400)"),
        (3, 9, 0, "Destination Net Prohibited"),
        (3, 10, 0, "Destination Host Prohibited"),
        (3, 13, 0, "Packet filtered"),
        (11, 0, 0, "Time to live exceeded"),
        (11, 1, 0, "Frag reassembly time exceeded"),
        (12, 0, 0x14000000, "Parameter problem: pointer = 20"),
        (4, 0, 0, "Source Quench"),
    ],
)
def test_an_error_has_its_words(kind: int, code: int, word: int, words: str) -> None:
    def refusing(request: Request) -> Answers:
        return [(80 * MICROSECOND, error(request, kind, code, word))]

    session = ping_("ping -c 1 10.0.0.2", refusing)
    assert session.ended.out == (
        f"{HEAD}From 10.0.0.254 icmp_seq=1 {words}\n{STATISTICS}"
        "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n\n"
    )
    assert session.ended.status == 1
    assert session.lasted == 80 * MICROSECOND


def test_errors_of_several_requests_come_together_when_the_neighbour_is_given_up() -> None:
    session = ping_("ping -c 3 10.0.0.2", unreachable(3060 * MILLISECOND))
    lines = session.ended.out.splitlines()
    assert lines[1:4] == [f"From 10.0.0.1 icmp_seq={n} Destination Host Unreachable" for n in (1, 2, 3)]
    assert lines[-2].startswith("3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 20")
    assert lines[-1] == "pipe 3"
    assert session.lasted == 3060 * MILLISECOND


def test_an_error_may_be_flooded_or_kept_quiet() -> None:
    assert ping_("ping -c 1 -f 10.0.0.2", unreachable(0)).ended.out.startswith(f"{HEAD}.\bE{STATISTICS}")
    assert ping_("ping -c 1 -q 10.0.0.2", unreachable(0)).ended.out.startswith(f"{HEAD}{STATISTICS}")


def redirecting(request: Request) -> Answers:
    redirect = Icmp.build(icmp.REDIRECT, icmp.REDIRECT_HOST, int(IPv4.parse("10.0.0.253")), b"")
    packet = Packet.build(ROUTER, HERE, icmp.PROTOCOL, redirect)
    return [
        (20 * MICROSECOND, IcmpMessage(redirect, packet, ROUTER, request.sequence)),
        (60 * MICROSECOND, reply(request)),
    ]


def test_a_redirect_is_no_error_to_a_raw_socket() -> None:
    session = ping_("ping -c 1 10.0.0.2", redirecting)
    lines = session.ended.out.splitlines()
    assert lines[1] == "From 10.0.0.254: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.253)"
    assert lines[2].startswith("64 bytes from 10.0.0.2: icmp_seq=1")
    assert "1 packets transmitted, 1 received, 0% packet loss" in session.ended.out


def test_a_redirect_is_an_error_to_a_datagram_socket() -> None:
    session = ping_("ping -c 1 10.0.0.2", redirecting, group_range="0\t2147483647\n")
    assert session.ended.out.splitlines()[1] == ("From 10.0.0.254 icmp_seq=1 Redirect Host(New nexthop: 10.0.0.253)")
    assert ", +1 errors" in session.ended.out


# --- what send(2) refuses ---------------------------------------------------------------------------------------------


def test_a_request_dropped_by_a_rule_is_lost_silently() -> None:
    session = ping_("ping -c 1 -W 1 10.0.0.2", echo(30), refusals=[Errno.EPERM])
    assert (session.ended.status, session.ended.err) == (1, "")
    assert session.ended.out == f"{HEAD}{STATISTICS}{NOTHING}"
    assert SECOND <= session.lasted <= SECOND + SLACK


def test_a_request_that_is_too_long_is_told_with_the_mtu() -> None:
    session = ping_("ping -c 1 -M do -s 3000 -W 1 10.0.0.2", refusals=[Errno.EMSGSIZE])
    assert session.ended.err == "ping: local error: message too long, mtu=1500\n"
    assert ", +1 errors, 100% packet loss" in session.ended.out
    newer = ping_("ping -c 1 -M do -s 3000 -W 1 10.0.0.2", refusals=[Errno.EMSGSIZE], release="forky")
    assert newer.ended.err == "ping: sendmsg: Message too long\n"
    assert ", +1 errors, 100% packet loss" in newer.ended.out


def test_a_full_device_is_tried_again() -> None:
    session = ping_("ping -c 1 10.0.0.2", echo(30), refusals=[Errno.ENOBUFS, Errno.ENOBUFS])
    assert (session.ended.status, session.ended.err) == (0, "")
    assert session.sent[0].at >= SECOND - SLACK


# --- when it ends -----------------------------------------------------------------------------------------------------


def test_the_first_answer_is_waited_for_as_long_as_asked() -> None:
    session = ping_("ping -c 1 -W 1 10.0.0.2")
    assert session.ended.out == f"{HEAD}{STATISTICS}{NOTHING}"
    assert (session.ended.status, session.lasted) == (1, SECOND)
    assert ping_("ping -c 1 -W 0.5 10.0.0.2").lasted == SECOND // 2
    assert ping_("ping -c 1 10.0.0.2").lasted == 10 * SECOND


def test_once_somebody_answered_the_last_one_is_waited_for_an_interval() -> None:
    def first(request: Request) -> Answers:
        return [(50 * MICROSECOND, reply(request))] if request.sequence == 1 else []

    session = ping_("ping -c 2 10.0.0.2", first)
    assert session.lasted == session.sent[1].at + SECOND
    assert session.ended.status == 0


def test_once_somebody_answered_slowly_two_round_trips_are_waited() -> None:
    def first(request: Request) -> Answers:
        return [(1500 * MILLISECOND, reply(request))] if request.sequence == 1 else []

    session = ping_("ping -c 3 10.0.0.2", first)
    assert session.lasted == session.sent[2].at + 3 * SECOND


def test_a_deadline_ends_it_whatever_happened() -> None:
    silent = ping_("ping -w 1 10.0.0.2")
    assert (silent.ended.status, silent.lasted) == (1, SECOND)
    answered = ping_("ping -w 2 10.0.0.2", echo(38))
    assert (answered.ended.status, answered.lasted) == (0, 2 * SECOND)
    assert "\n2 packets transmitted, 2 received, 0% packet loss" in answered.ended.out


def test_with_a_deadline_enough_replies_are_success() -> None:
    assert ping_("ping -w 5 -c 2 10.0.0.2", echo(38)).lasted < 2 * SECOND
    assert ping_("ping -w 5 -c 2 10.0.0.2", echo(38)).ended.status == 0
    assert ping_("ping -w 2 -c 5 10.0.0.2", echo(38)).ended.status == 1


def test_with_a_deadline_it_goes_on_sending_until_the_first_error() -> None:
    session = ping_("ping -c 1 -w 4 10.0.0.2", unreachable(3060 * MILLISECOND))
    assert session.ended.out.count("Destination Host Unreachable") == 3
    assert "3 packets transmitted, 0 received, +3 errors, 100% packet loss" in session.ended.out
    assert session.lasted == 3060 * MILLISECOND


def test_ctrl_c_ends_it_with_the_statistics() -> None:
    session = ping_("ping 10.0.0.2", echo(31, 54, 55), interrupt_at=2500 * MILLISECOND)
    assert session.ended.status == 0
    assert "\n3 packets transmitted, 3 received, 0% packet loss, time 20" in session.ended.out
    silent = ping_("ping 10.0.0.2", interrupt_at=2500 * MILLISECOND)
    assert (silent.ended.status, silent.lasted) == (1, 2500 * MILLISECOND)
    assert "\n3 packets transmitted, 0 received, 100% packet loss, time 20" in silent.ended.out


def test_the_socket_is_closed_however_it_ends() -> None:
    for session in (ping_("ping -c 1 10.0.0.2", echo(3)), ping_("ping 10.0.0.2", interrupt_at=SECOND)):
        assert all(socket.closed for socket in session.network.sockets)
        assert session.network.asked[0][0] == THERE


# --- IPv6 -------------------------------------------------------------------------------------------------------------


def reply6(origin: str, *, hop_limit: int = 64, zone: str | None = None) -> Callable[[Request], Answers]:
    def answering(request: Request) -> Answers:
        message = Icmpv6.echo_request(IDENTIFIER, request.sequence, request.data).echo_reply()
        source = IPv6.parse(origin)
        packet = ipv6.Packet.build(source, IPv6.parse("fd00::1"), 58, message, hop_limit=hop_limit)
        return [(30 * MICROSECOND, IcmpMessage(message, packet, source, request.sequence, zone=zone))]

    return answering


def test_ipv6_has_a_head_of_its_own() -> None:
    session = ping_("ping -c 1 fd00::2", reply6("fd00::2", hop_limit=63))
    assert session.ended.out.splitlines()[:2] == [
        "PING fd00::2(fd00::2) 56 data bytes",
        "64 bytes from fd00::2: icmp_seq=1 ttl=63 time=0.030 ms",
    ]
    newer = ping_("ping -c 1 fd00::2", reply6("fd00::2"), release="forky")
    assert newer.ended.out.splitlines()[0] == "PING fd00::2 (fd00::2) 56 data bytes"
    assert session.process.looked_up == []


def test_link_local_addresses_have_a_zone() -> None:
    session = ping_("ping -c 1 ff02::1%eth0", reply6("fe80::2", zone="eth0"))
    assert session.ended.out.splitlines()[:2] == [
        "PING ff02::1%eth0(ff02::1%eth0) 56 data bytes",
        "64 bytes from fe80::2%eth0: icmp_seq=1 ttl=64 time=0.030 ms",
    ]
    assert session.network.asked[0][1]["zone"] == "eth0"


@pytest.mark.parametrize(
    ("kind", "code", "word", "words"),
    [
        (1, 0, 0, "Destination unreachable: No route"),
        (1, 1, 0, "Destination unreachable: Administratively prohibited"),
        (1, 3, 0, "Destination unreachable: Address unreachable"),
        (1, 4, 0, "Destination unreachable: Port unreachable"),
        (2, 0, 1300, "Packet too big: mtu=1300"),
        (3, 0, 0, "Time exceeded: Hop limit"),
    ],
)
def test_an_error_of_ipv6_has_its_words(kind: int, code: int, word: int, words: str) -> None:
    def refusing(request: Request) -> Answers:
        message = Icmpv6.build(kind, code, word, b"")
        return [(80 * MICROSECOND, IcmpMessage(message, None, IPv6.parse("fd01::1"), request.sequence, error=True))]

    session = ping_("ping -c 1 fd00::2", refusing)
    assert session.ended.out.splitlines()[1] == f"From fd01::1 icmp_seq=1 {words}"


def test_complaints_about_ipv6_have_their_own_words() -> None:
    assert ping_("ping fd05::1", unroutable=Errno.EACCES).ended.err == "ping: connect: Permission denied\n"
    refused = ping_("ping -I fd00::9 fd00::2", unroutable=Errno.EADDRNOTAVAIL)
    assert refused.ended.err == "ping: bind icmp socket: Cannot assign requested address\n"
    too_long = ping_("ping -c 1 -W 1 -M do -s 3000 fd00::2", refusals=[Errno.EMSGSIZE])
    assert too_long.ended.err == "ping: local error: message too long, mtu: 1500\n"
    assert ping_("ping -c 1 -t 0 -R fd00::2", reply6("fd00::2")).ended.status == 0
