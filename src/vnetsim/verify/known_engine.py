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
NAMES: Final = "names of containers that nobody named are random"
SHUFFLED: Final = "an engine's name server shuffles the addresses of a name"

INTERFACES: Final = "which of a container's networks gets which interface is decided by the order of maps (Go)"
ANNOUNCED: Final = "what the engine and new bridges announce by themselves comes before a capture or into it"

#: IGMP, and an ARP request for oneself.
_ANNOUNCEMENT: Final = re.compile(r"igmp v3 report|Request who-has (\S+) tell \1,")
_INSPECT: Final = re.compile(r"\bdocker( \w+)? inspect\b")
_LOOKUP: Final = re.compile(r"\b(dig|getent|nslookup|host)\b")
_INSIDE: Final = re.compile(r"\bdocker exec \S+ ip\b")
#: Commands, what of their output means nothing, and why.
_MEANINGLESS: Final = (
    (
        re.compile(r"\bip6?tables\b.* -\w*v"),
        re.compile(r"^ *\d+[KMG]? +\d+[KMG]? |(?<=ACCEPT )\d+ packets, \d+ bytes|(?<=DROP )\d+ packets, \d+ bytes"),
        RULES,
    ),
    (re.compile(r"\bdocker (container )?(ps|ls)\b"), re.compile(r"\b[a-z]+_[a-z]+\d?\b"), NAMES),
    (re.compile(r"\b(pgrep|pidof|ps)\b"), re.compile(r"^ *\d+"), PROCESSES),
)
_NUMBERS: Final = (re.compile(""), re.compile(r"(?<=@)\w+(?=[: ])|^\d+(?=: )"), NUMBERED)


def reason(command: str, diff: Sequence[str], *, numbered: bool = False) -> str | None:
    """As `known.reason`; `numbered`: the engine's devices have numbers of their own."""
    if (why := known.reason(command, diff)) is not None:
        return why
    blur = Blur([command])
    missing, added = ([blur.line(line[1:]).skeleton for line in diff if line[0] == sign] for sign in "-+")
    if Counter(missing) != Counter(added) and (why := known.reason(command, _diff(missing, added))) is not None:
        return why
    if command.startswith("@capture") and all(map(_ANNOUNCEMENT.search, (*missing, *added))):
        return ANNOUNCED
    if missing and _words(missing) == _words(added):
        if _INSPECT.search(command):
            return MAPS
        if _LOOKUP.search(command):
            return SHUFFLED
    if _INSIDE.search(command) and _other_interfaces(missing, added):
        return INTERFACES
    for about, meaningless, why in (*_MEANINGLESS, *([_NUMBERS] if numbered else [])):
        left, right = ([meaningless.sub("", line) for line in lines] for lines in (missing, added))
        if about.search(command) and missing and left == right:
            return why
    return None


def _diff(missing: Sequence[str], added: Sequence[str]) -> list[str]:
    return [*(f"-{line}" for line in missing), *(f"+{line}" for line in added)]


def _other_interfaces(missing: Sequence[str], added: Sequence[str]) -> bool:
    """Whether lines say the same of interfaces with other names."""
    theirs, ours = ([re.sub(r"^\d+: |@if\d+", "", line) for line in lines] for lines in (missing, added))
    return sorted(theirs) != sorted(ours) and _without_interfaces(theirs) == _without_interfaces(ours)


def _without_interfaces(lines: Sequence[str]) -> list[str]:
    return sorted(re.sub(r"\beth\d+", "", line) for line in lines)


def _words(lines: Sequence[str]) -> Counter[str]:
    return Counter(re.split(r"[\s,{}\[\]]+", " ".join(lines)))
