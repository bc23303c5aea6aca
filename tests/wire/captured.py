"""Real frames, and what a real tcpdump said about them (captured.txt tells how they were made)."""

from __future__ import annotations

from pathlib import Path


def _read() -> dict[str, tuple[str, bytes]]:
    frames = {}
    for block in Path(__file__).with_suffix(".txt").read_text().split("\n\n")[1:]:
        name, *words, octets = block.splitlines()
        frames[name] = "\n".join(line.removeprefix("    ") for line in words), bytes.fromhex(octets)
    return frames


FRAMES = _read()


def octets(name: str, skip: int = 0) -> bytes:
    """The frame of that name without its first `skip` bytes."""
    return FRAMES[name][1][skip:]
