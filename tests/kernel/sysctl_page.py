"""docs/sysctls.md, which shows the lists of kernel.sysctl.support.

python -m tests.kernel.sysctl_page        writes the page anew
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from vnetsim.kernel.sysctl.support import DEVICE, Support, SysctlKind, table

PAGE = Path(__file__).parents[2] / "docs" / "sysctls.md"
INTRODUCTION = f"""\
# Sysctls

A network namespace has the sysctls of Linux 6.18 under `net.`, with the values of a new namespace; all can be read.
Each is in one of three lists. `{DEVICE}` stands for an interface, and for `all` and `default`. The lists are those of
`src/vnetsim/kernel/sysctl/support.txt`; `python -m tests.kernel.sysctl_page` makes this page from them.
"""
SECTIONS = {
    SysctlKind.MODELLED: ("Modelled", "What is simulated follows the value, as Linux does."),
    SysctlKind.NO_EFFECT: (
        "Without effect on what is simulated",
        "The value is accepted and read again. No packet, address, port or frame depends on it, for the reason given.",
    ),
    SysctlKind.REFUSED: (
        "Not modelled",
        "Any other value than the present one is refused: `vnetsim: not modelled: sysctl …`, exit status not 0.",
    ),
}


def page() -> str:
    entries = sorted(table().values(), key=lambda entry: entry.key)
    counts = {kind: sum(entry.kind is kind for entry in entries) for kind in SysctlKind}
    summary = ", ".join(f"{counts[kind]} {kind.value}" for kind in SysctlKind)
    parts = [INTRODUCTION, f"{len(entries)} keys: {summary}.\n"]
    for kind, (title, words) in SECTIONS.items():
        chosen = [entry for entry in entries if entry.kind is kind]
        parts.append("\n".join([f"## {title}\n", f"{words}\n", *_rows(chosen)]) + "\n")
    return "\n".join(parts)


def _rows(entries: list[Support]) -> Iterator[str]:
    """A line a directory and reason: the keys have both in common."""
    yield "| below | keys | |"
    yield "| --- | --- | --- |"
    by = sorted(entries, key=lambda entry: (_directory(entry), _remark(entry)))
    for (directory, remark), group in groupby(by, key=lambda entry: (_directory(entry), _remark(entry))):
        names = ", ".join(f"`{entry.key.rsplit('/', 1)[1]}`" for entry in group)
        yield f"| `{directory}` | {names} | {remark} |"


def _directory(entry: Support) -> str:
    return entry.key.rsplit("/", 1)[0].replace("/", ".")


def _remark(entry: Support) -> str:
    if not entry.values:
        return entry.reason or entry.missing
    only = ", ".join(f"{each.start}" if len(each) == 1 else f"{each.start}-{each.stop - 1}" for each in entry.values)
    return "; ".join(filter(None, (entry.reason, f"only {only}: {entry.missing} not modelled")))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
