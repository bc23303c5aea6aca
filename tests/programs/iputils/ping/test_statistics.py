"""What ping counts: laws of the numbers in its last lines."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.programs.fake import process_of
from tests.programs.iputils.ping.far import Answers, Request, echo, ping_, reply
from vnetsim.clock import MICROSECOND
from vnetsim.programs.iputils.ping.options import PingOptions
from vnetsim.programs.iputils.ping.statistics import PingStatistics, age, reply_time, stamp

OPTIONS = PingOptions(process_of("ping"))
TIMES = st.lists(st.integers(0, 500_000), min_size=1, max_size=20)


@given(TIMES)
def test_the_average_lies_between_the_extremes(times: list[int]) -> None:
    count = PingStatistics()
    for sequence, time in enumerate(times, 1):
        count.sent()
        assert count.replied(sequence)
        count.timed(time)
    line = count.lines("x", OPTIONS, 1000, 0).splitlines()[2]
    found = re.fullmatch(r"rtt min/avg/max/mdev = ([\d.]+)/([\d.]+)/([\d.]+)/([\d.]+) ms", line)
    assert found is not None
    shortest, average, longest, deviation = (round(float(text) * 1000) for text in found.groups())
    assert (shortest, longest) == (min(times), max(times))
    assert shortest <= average <= longest
    assert deviation <= longest - shortest


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_every_request_is_answered_or_lost(answered: list[bool]) -> None:
    def some(request: Request) -> Answers:
        return [(50 * MICROSECOND, reply(request))] if answered[request.sequence - 1] else []

    session = ping_(f"ping -c {len(answered)} -i 0.1 -W 1 10.0.0.2", some)
    line = next(line for line in session.ended.out.splitlines() if "transmitted" in line)
    received, sent = sum(answered), len(answered)
    loss = f"{(sent - received) * 100 / sent:.6g}"
    assert line.startswith(f"{sent} packets transmitted, {received} received, {loss}% packet loss, time ")
    assert session.ended.status == int(not received)
    assert session.ended.out.count("64 bytes from") == received


@given(st.permutations(range(1, 9)))
def test_replies_may_come_in_any_order(order: list[int]) -> None:
    count = PingStatistics()
    for _ in order:
        count.sent()
    assert count.in_flight == len(order)
    assert all(count.replied(sequence) for sequence in order)
    assert (count.received, count.repeated, count.in_flight) == (len(order), 0, 0)
    assert not any(count.replied(sequence) for sequence in order)
    assert count.repeated == len(order)


def test_sequence_numbers_start_again_after_65535() -> None:
    count = PingStatistics()
    for sequence in range(1, 65539):
        count.sent()
        assert count.replied(sequence % 65536)
    assert (count.received, count.repeated, count.in_flight) == (65538, 0, 0)


@given(st.integers(0, 2**62), st.integers(0, 10**12))
def test_a_time_stamp_tells_its_age_in_microseconds(now: int, later: int) -> None:
    assert abs(age(stamp(now), now + later) - later // 1000) <= 1
    assert age(stamp(now + later), now) == 0


@given(st.integers(0, 10**7))
def test_the_time_of_a_reply_is_rounded_to_what_is_shown(microseconds: int) -> None:
    text = reply_time(microseconds).removeprefix(" time=").removesuffix(" ms")
    shown = 10 ** -len(text.partition(".")[2]) * 1000
    assert abs(float(text) * 1000 - microseconds) <= shown / 2 + 1e-6
    assert len(text.replace(".", "").lstrip("0")) <= max(3, len(str((microseconds + 500) // 1000)))


def test_no_line_of_times_without_replies() -> None:
    count = PingStatistics()
    assert count.lines("x", OPTIONS, 1000, 0) == "--- x ping statistics ---\n0 packets transmitted, 0 received\n\n"
    assert ping_("ping -c 1 10.0.0.2", echo(3)).ended.out.endswith(" ms\n")
