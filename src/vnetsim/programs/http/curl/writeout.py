"""`curl -w`: a line about a finished transfer (src/tool_writeout.c)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def write_out(text: str, variables: Mapping[str, str], complain: Callable[[str], object]) -> str:
    """`%{name}` is replaced; unknown names are reported and replaced by nothing."""

    def replace(found: re.Match[str]) -> str:
        if found[1] is not None:
            if found[1] not in variables:
                complain(f"curl: unknown --write-out variable: '{found[1]}'\n")
            return variables.get(found[1], "")
        if found[0] == "%%":
            return "%"
        return _ESCAPES.get(found[2], found[0])

    return re.sub(r"%\{([^}]*)\}|%%|\\(.)", replace, text, flags=re.DOTALL)
