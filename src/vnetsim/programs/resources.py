"""Texts that programs print (usage, help, tables), kept as package data in files beside the code.

    process.error(resource("iputils", "arping"))

The texts of a package are in its `usage.txt`, each below a heading as tail(1) writes it, `==> NAME <==`; the name is
`NAME.RELEASE` where releases differ.  Files are read at first use, also out of a zip archive.
"""

from __future__ import annotations

from functools import cache

from vnetsim.packagedata import data_text

_BEGIN, _END = "==> ", " <==\n"


def resource(package: str, name: str) -> str:
    """The text with its last newline; KeyError where `package` (relative to `vnetsim.programs`) has no such text."""
    return texts(package)[name]


@cache
def texts(package: str) -> dict[str, str]:
    """All texts of a package, by their names."""
    whole = "\n" + data_text("vnetsim.programs", f"{package}/usage.txt".removeprefix("/")).removesuffix("\n")
    parted = (section.partition(_END) for section in whole.split("\n" + _BEGIN)[1:])
    return {name: text + "\n" for name, _, text in parted}
