"""Quoting of text for a shell, as in the output of `set -x`, `export -p` and `declare -p`."""

from __future__ import annotations

import re
from typing import Final

_SAFE: Final = re.compile(r"[\w@%+=:,./!^-]+", re.ASCII)


def quote(text: str) -> str:
    """In single quotes if necessary."""
    return text if _SAFE.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"


def double_quote(text: str) -> str:
    return '"' + re.sub(r'([$`"\\])', r"\\\1", text) + '"'
