"""Bytes that wait: a queue that copies nothing is the same as one that copies everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.protocols.tcp.byte_queue import ByteQueue

STEPS = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.tuples(st.sampled_from(["part", "drop", "take"]), st.integers(0, 60), st.integers(0, 60)),
    ),
    max_size=200,
)


@given(STEPS)
def test_it_is_a_queue_of_bytes(steps: list[bytes | tuple[str, int, int]]) -> None:
    stored, plain = ByteQueue(), b""
    for step in steps:
        match step:
            case bytes():
                stored.append(step)
                plain += step
            case ("part", start, size):
                assert stored.part(start, start + size) == plain[start : start + size]
            case ("drop", count, _):
                stored.drop(count)
                plain = plain[count:]
            case ("take", count, _):
                assert stored.take(count) == plain[:count]
                plain = plain[count:]
        assert len(stored) == len(plain)


def test_many_small_ones_come_and_go() -> None:
    stored = ByteQueue()
    for number in range(1000):
        stored.append(bytes([number & 0xFF]) * 3)
        assert stored.take(3) == bytes([number & 0xFF]) * 3
    assert len(stored) == 0
