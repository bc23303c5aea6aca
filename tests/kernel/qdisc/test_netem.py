"""A worse network: what the words of `tc qdisc add ... netem` do to frames."""

from __future__ import annotations

import re

import pytest

from tests.kernel.wires import device, watched
from tests.machines import pair, ping
from vnetsim import Lab
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.wire.ethernet import Frame

KIND = 0x88B5


def worse(words: str) -> Lab:
    lab = pair()
    ping(lab, "a", "10.0.0.2")
    assert lab.run(f"ip netns exec a tc qdisc add dev eth0 root netem {words}")
    return lab


def send(lab: Lab, count: int, *, every: int = 0, size: int = 86) -> list[tuple[int, int]]:
    """The numbers of frames that were sent `every` nanoseconds, as they arrived, and how long each took."""
    seen = watched(lab, "b", "eth0")
    eth0, there = device(lab, "a", "eth0"), device(lab, "b", "eth0").mac
    sent = []
    for number in range(count):
        sent.append(lab.now())
        eth0.transmit(eth0.new_skb(Frame.build(there, eth0.mac, KIND, number.to_bytes(size, "big"))))
        lab.sleep(every / SECOND)
    lab.sleep(20)
    arrived = [each for each in seen if each.frame.ethertype == KIND and not each.outgoing]
    numbers = [int.from_bytes(each.frame.payload, "big") for each in arrived]  # type: ignore[arg-type]
    return [(number, each.at - sent[number]) for number, each in zip(numbers, arrived, strict=True)]


def test_every_frame_is_late_by_the_delay() -> None:
    assert [took // MILLISECOND for _, took in send(worse("delay 100ms"), 3)] == [100, 100, 100]


def test_delays_are_within_the_jitter_and_differ() -> None:
    times = [took / MILLISECOND for _, took in send(worse("delay 100ms 20ms"), 200, every=SECOND)]
    assert all(80 <= time < 120.1 for time in times)
    assert 98 < sum(times) / len(times) < 102
    assert len(set(times)) > 100


def test_normal_delays_leave_the_jitter_now_and_then() -> None:
    times = [took / MILLISECOND for _, took in send(worse("delay 100ms 10ms distribution normal"), 300, every=SECOND)]
    assert 98 < sum(times) / len(times) < 102
    beyond = sum(not 90 <= time <= 110 for time in times) / len(times)
    assert 0.2 < beyond < 0.45


def test_frames_overtake_each_other_where_the_jitter_is_larger_than_their_distance() -> None:
    numbers = [number for number, _ in send(worse("delay 100ms 50ms"), 50, every=MILLISECOND)]
    assert numbers != sorted(numbers)
    assert sorted(numbers) == list(range(50))


def test_so_many_frames_are_lost_as_asked_for() -> None:
    arrived = len(send(worse("loss 30%"), 1000))
    assert 640 < arrived < 760


def test_losses_that_depend_on_each_other_come_in_rows() -> None:
    def rows(words: str) -> int:
        got = {number for number, _ in send(worse(words), 2000)}
        return sum((number in got) != (number + 1 in got) for number in range(1999))

    assert rows("loss 50% 90%") < rows("loss 50%") / 2


def test_so_many_frames_come_twice_as_asked_for() -> None:
    numbers = [number for number, _ in send(worse("duplicate 25%"), 1000, every=MILLISECOND)]
    assert 1200 < len(numbers) < 1300
    assert set(numbers) == set(range(1000))


def test_some_frames_overtake_those_that_are_delayed() -> None:
    arrived = send(worse("delay 100ms reorder 25%"), 200, every=MILLISECOND)
    at_once = [number for number, took in arrived if took < MILLISECOND]
    assert 30 < len(at_once) < 75


def test_a_frame_with_a_wrong_bit_does_not_arrive_as_it_was() -> None:
    lab = worse("corrupt 100%")
    seen = watched(lab, "b", "eth0")
    eth0, there = device(lab, "a", "eth0"), device(lab, "b", "eth0").mac
    frame = Frame.build(there, eth0.mac, KIND, b"x" * 86)
    eth0.transmit(eth0.new_skb(frame))
    lab.sleep(1)
    (arrived,) = [each.frame for each in seen]
    wrong = int.from_bytes(arrived.encode(), "big") ^ int.from_bytes(frame.encode(), "big")
    assert wrong.bit_count() == 1


def test_a_rate_sends_one_frame_after_the_other() -> None:
    times = [took for _, took in send(worse("rate 80kbit"), 4, size=986)]
    assert [round(time / MILLISECOND) for time in times] == [100, 200, 300, 400]


def test_a_rate_counts_cells_and_overhead() -> None:
    (first,) = send(worse("rate 80kbit 5 48 5"), 1, size=86)
    cells = -(-(100 + 5) // 48)
    assert first[1] == pytest.approx(cells * (48 + 5) * 100_000, abs=20_000)


def test_the_delay_and_the_time_on_the_line_overlap() -> None:
    times = [took for _, took in send(worse("delay 150ms rate 80kbit"), 3, size=986)]
    assert [round(time / MILLISECOND) for time in times] == [250, 350, 450]


def test_more_frames_than_the_limit_do_not_wait() -> None:
    assert len(send(worse("delay 100ms limit 5"), 20)) == 5


def test_the_same_machine_loses_the_same_frames() -> None:
    assert send(worse("loss 30% delay 10ms 5ms"), 100) == send(worse("loss 30% delay 10ms 5ms"), 100)


def test_ping_tells_the_delay_of_both_directions() -> None:
    lab = worse("delay 30ms")
    lab.run("ip netns exec b tc qdisc add dev eth0 root netem delay 20ms")
    found = re.search(r"time=([\d.]+) ms", ping(lab, "a", "10.0.0.2").stdout)
    assert found is not None
    assert 50 <= float(found[1]) < 51


@pytest.mark.parametrize(
    "words",
    ["delay 10ms 5ms distribution experimental", "slot distribution normal 10ms 1ms"],
)
def test_what_is_not_modelled_says_so(words: str) -> None:
    result = pair().run(f"ip netns exec a tc qdisc add dev eth0 root netem {words}")
    assert result.output.startswith("vnetsim: not modelled: netem ")
    assert not result


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        ("loss state 100% 0% 0% 0% 0%", 0, 0),
        ("loss state 10% 90%", 700, 950),
        ("loss gemodel 100% 0% 100% 100%", 0, 1),
        ("loss gemodel 5% 50% 100% 0%", 850, 980),
        ("loss gemodel 0%", 1000, 1000),
    ],
)
def test_models_with_states_lose_their_share(words: str, least: int, most: int) -> None:
    assert least <= len(send(worse(words), 1000)) <= most


def test_losses_of_a_bad_state_come_in_rows() -> None:
    got = {number for number, _ in send(worse("loss gemodel 2% 10% 100% 0%"), 2000)}
    lost = 2000 - len(got)
    begins = sum(number not in got and number - 1 in got for number in range(1, 2000))
    assert lost > 4 * begins > 0


def test_frames_wait_for_a_slot_and_leave_together() -> None:
    times = [took // MILLISECOND for _, took in send(worse("slot 20ms packets 2"), 5)]
    assert times == [20, 20, 40, 40, 60]


def test_frames_go_through_the_discipline_below_after_their_delay() -> None:
    lab = worse("delay 30ms")
    assert lab.run(
        "ip netns exec a tc qdisc add dev eth0 parent 8001:1 handle 2: tbf rate 80kbit burst 1600 limit 9000"
    )
    first, second, third = [took for _, took in send(lab, 3, size=986)]
    assert 30 * MILLISECOND <= first < 31 * MILLISECOND
    assert second > first + 30 * MILLISECOND
    assert third > second + 90 * MILLISECOND


def test_what_a_change_does_not_name_is_kept_or_forgotten_as_recorded() -> None:
    lab = worse("delay 100ms rate 1mbit loss 5%")
    assert lab.run("ip netns exec a tc qdisc change dev eth0 root netem duplicate 1%")
    assert " limit 1000 duplicate 1% rate 1Mbit\n" in lab.run("ip netns exec a tc qdisc show dev eth0").stdout
