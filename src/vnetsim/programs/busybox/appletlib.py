"""What busybox says of itself."""

from __future__ import annotations

import textwrap
from typing import Final

from vnetsim.process import Process
from vnetsim.programs.resources import resource

APPLETS: Final = tuple(resource("busybox/usage/applets.txt").split())
#: Applets that do the same as a program of another name, or of their own.
SAME: Final = {
    "ash": "sh", "cat": "cat", "echo": "echo", "false": "false", "seq": "seq", "sh": "sh", "sleep": "sleep",
    "tee": "tee", "true": "true", "yes": "yes",
}  # fmt: skip

_VERSIONS: Final = {
    "bookworm": "v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1)",
    "forky": "v1.38.0 (Debian 1:1.38.0-3+b1)",
}


def version(process: Process) -> str:
    return f"BusyBox {_VERSIONS[process.context.release]} multi-call binary."


def listing() -> str:
    lines = textwrap.wrap(", ".join(APPLETS), 71, break_on_hyphens=False, break_long_words=False)
    return "".join(f"\t{line}\n" for line in lines)


def complain(process: Process, applet: str, problem: str, usage: str) -> int:
    """An option was wrong (bb_show_usage)."""
    process.error(f"{applet}: {problem}\n{version(process)}\n\n{usage}")
    return 1
