"""Differences that are known, of real engines: what an engine and its host do that nobody decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from vnetsim.scenario.blur import Blur
from vnetsim.verify import known

RULES: Final = "rules count what machines say by themselves, and whether an acknowledgement travels alone"
MAPS: Final = "an engine's maps have no order (Go)"
NUMBERED: Final = "an engine that had devices before numbers new ones on from there"
PROCESSES: Final = "processes have other numbers there"

_INSPECT: Final = re.compile(r"\bdocker( \w+)? inspect\b")
#: Commands, what of their output means nothing, and why.
_MEANINGLESS: Final = (
    (
        re.compile(r"\bip6?tables\b.* -\w*v"),
        re.compile(r"^ *\d+[KMG]? +\d+[KMG]? |(?<=ACCEPT )\d+ packets, \d+ bytes|(?<=DROP )\d+ packets, \d+ bytes"),
        RULES,
    ),
    (re.compile(r"\b(pgrep|pidof|ps)\b"), re.compile(r"^ *\d+"), PROCESSES),
)
_NUMBERS: Final = (re.compile(""), re.compile(r"(?<=@if)\d+|^\d+(?=: )"), NUMBERED)


def reason(command: str, diff: Sequence[str], *, numbered: bool = False) -> str | None:
    """As `known.reason`; `numbered`: the engine's devices have numbers of their own."""
    if (why := known.reason(command, diff)) is not None:
        return why
    blur = Blur([command])
    missing, added = ([blur.line(line[1:]).skeleton for line in diff if line[0] == sign] for sign in "-+")
    if _INSPECT.search(command) and missing and _words(missing) == _words(added):
        return MAPS
    for about, meaningless, why in (*_MEANINGLESS, *([_NUMBERS] if numbered else [])):
        left, right = ([meaningless.sub("", line) for line in lines] for lines in (missing, added))
        if about.search(command) and missing and left == right:
            return why
    return None


def _words(lines: Sequence[str]) -> Counter[str]:
    return Counter(re.split(r"[\s,{}\[\]]+", " ".join(lines)))
