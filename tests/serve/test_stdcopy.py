"""Frames of multiplexed streams."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.serve.stdcopy import frame, split


def test_a_frame_is_what_the_real_engine_sent() -> None:
    assert frame(2, b"err\n") + frame(1, b"hi\n") == bytes.fromhex("0200000000000004 6572720a 0100000000000003 68690a")


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=20))), st.binary(max_size=7))
def test_frames_are_found_again(frames: list[tuple[int, bytes]], rest: bytes) -> None:
    assert split(b"".join(frame(*each) for each in frames) + rest) == (frames, rest)
