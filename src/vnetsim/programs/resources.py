"""Texts that programs print (usage, help, tables), kept as package data in files beside the code.

    process.error(resource("iputils/usage/arping.txt"))

A path is relative to `vnetsim/programs`.  The texts of a program are in `usage/` of its package, one file a text,
`NAME.RELEASE.txt` where releases differ.  Files are read at first use, also out of a zip archive.
"""

from __future__ import annotations

from functools import cache

from vnetsim.packagedata import data_text


@cache
def resource(path: str) -> str:
    """The whole file, with its last newline."""
    return data_text("vnetsim.programs", path)
