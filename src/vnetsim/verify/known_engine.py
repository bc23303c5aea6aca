"""Known differences of real engines: what an engine and its host do at random."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.scenario.blur import Blur
from vnetsim.verify.known import Difference, KnownDifference, first_reason
from vnetsim.verify.known_kernel import KERNEL

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


def _other_interfaces(difference: Difference) -> bool:
    """Whether lines agree but for the names of interfaces."""
    theirs, ours = (
        [re.sub(r"^\d+: |@if\d+", "", line) for line in lines] for lines in (difference.real, difference.simulated)
    )
    return sorted(theirs) != sorted(ours) and _without_interfaces(theirs) == _without_interfaces(ours)


def _without_interfaces(lines: Sequence[str]) -> list[str]:
    return sorted(re.sub(r"\beth\d+", "", line) for line in lines)


def _same_tokens(difference: Difference) -> bool:
    real, simulated = (
        Counter(re.split(r"[\s,{}\[\]]+", " ".join(lines))) for lines in (difference.real, difference.simulated)
    )
    return bool(difference.real) and real == simulated


def _without(about: str, meaningless: str) -> Callable[[Difference], bool]:
    """Whether, of such commands, the output is the same line by line without what means nothing in it."""
    command, part = re.compile(about), re.compile(meaningless)

    def explains(difference: Difference) -> bool:
        real, simulated = ([part.sub("", line) for line in lines] for lines in (difference.real, difference.simulated))
        return command.search(difference.command) is not None and bool(real) and real == simulated

    return explains


#: In the order in which they are tried.
ENGINE: Final = (
    KnownDifference(ANNOUNCED, lambda d: d.command.startswith("@capture") and all(
        map(_ANNOUNCEMENT.search, (*d.real, *d.simulated)))),
    KnownDifference(MAPS, lambda d: _INSPECT.search(d.command) is not None and _same_tokens(d)),
    KnownDifference(SHUFFLED, lambda d: _LOOKUP.search(d.command) is not None and _same_tokens(d)),
    KnownDifference(INTERFACES, lambda d: _INSIDE.search(d.command) is not None and _other_interfaces(d)),
    KnownDifference(RULES, _without(
        r"\bip6?tables\b.* -\w*v",
        r"^ *\d+[KMG]? +\d+[KMG]? |(?<=ACCEPT )\d+ packets, \d+ bytes|(?<=DROP )\d+ packets, \d+ bytes")),
    KnownDifference(NAMES, _without(r"\bdocker (container )?(ps|ls)\b", r"\b[a-z]+_[a-z]+\d?\b")),
    KnownDifference(PROCESSES, _without(r"\b(pgrep|pidof|ps)\b", r"^ *\d+")),
    KnownDifference(NUMBERED, _without("", r"(?<=@)\w+(?=[: ])|^\d+(?=: )")),
)  # fmt: skip


def reason(command: str, diff: Sequence[str], *, numbered: bool = False) -> str | None:
    """As that of known_kernel, which is tried first; `numbered`: the engine's devices have numbers of their own."""
    difference, blur = Difference.of(command, diff), Blur([command])
    blurred = Difference(
        command,
        *(tuple(blur.line(line).skeleton for line in lines) for lines in (difference.real, difference.simulated)),
    )
    return (
        first_reason(KERNEL, difference)
        or (None if blurred.is_order else first_reason(KERNEL, blurred))
        or first_reason((each for each in ENGINE if numbered or each.reason != NUMBERED), blurred)
    )
