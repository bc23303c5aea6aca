"""Quoting of text for a shell, as in the output of `set -x`, `export -p` and `declare -p`."""

from __future__ import annotations

import re
from typing import Final

_SAFE: Final = re.compile(r"[\w@%+=:,./!^-]+", re.ASCII)


def quote(text: str) -> str:
    """In single quotes if necessary."""
    return text if _SAFE.fullmatch(text) else single_quoted(text)


def single_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def quoted_for_dash(text: str) -> str:
    """single_quote of dash: runs of quotes are in double ones."""
    parts = [each for each in re.findall("([^']*)('*)", text) if any(each)]
    return "".join(f"'{plain}'" + (f'"{quotes}"' if quotes else "") for plain, quotes in parts) or "''"


def double_quote(text: str) -> str:
    return '"' + re.sub(r'([$`"\\])', r"\\\1", text) + '"'
