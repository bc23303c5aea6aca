"""The script that is run on a live host: collect.sh."""

from __future__ import annotations

from importlib.resources import files


def collect_script() -> str:
    """What is run on the host."""
    return files("vnetsim.livehost").joinpath("collect.sh").read_text("utf-8")
