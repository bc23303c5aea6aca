"""Acts: what is done one after the other in a scenario, whoever does it."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from vnetsim.values import frozen

#: Programs that find out whether something answers.
_PROBES: Final = re.compile(r"\b(ping[46]?|arping|nc|curl|wget|traceroute|tracepath|dig|nslookup|host|getent)\b")


def is_probe(line: str) -> bool:
    """Whether a command finds out if something answers: no answer from a machine that is too slow proves nothing."""
    return _PROBES.search(line) is not None


@frozen
class CommandAct:
    """A command line, run to its end.  `background`: it is started, runs on, and is killed when all is over."""

    line: str
    background: bool = False


@frozen
class CaptureAct:
    """From now on, look at the frames of a device in a named namespace (`-`: the host's own)."""

    namespace: str
    device: str


@frozen
class StopAct:
    """All captures end, and tell what they saw."""


@frozen
class PauseAct:
    """Time passes."""

    seconds: float


Act: TypeAlias = CommandAct | CaptureAct | StopAct | PauseAct
