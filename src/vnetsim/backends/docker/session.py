"""The client of `engine_runner`: starts it, sends it scenarios; closing it waits until all is removed again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from vnetsim.backends.docker.engine import HostAccess, RealEngine
from vnetsim.backends.docker.ownership import LABEL, Ownership
from vnetsim.backends.linux.kernel import Kernel, KernelDied

_DIRECTORY: Final = Path(__file__).parent
#: What removing takes at most that can be waited for, in seconds.
_LEAVING_SECONDS: Final = 300.0


class EngineSession(Kernel):
    """A session at a real engine; one scenario at a time.  What is played there is removed after each."""

    _unavailable = "scenarios cannot be played on this engine"
    _slack = 180.0

    def __init__(self, engine: RealEngine) -> None:
        enters = engine.residence.access is HostAccess.OPEN
        opening = {
            "host": engine.host,
            "docker": engine.docker,
            "client": str(_DIRECTORY / "client.sh"),
            "pid": engine.residence.pid if enters else 0,
        }
        #: Whether scenarios are played on a host with a machine outside.
        self.wants_lan = False
        #: What could not be removed.
        self.left: tuple[str, ...] = ()
        self._start([str(_DIRECTORY / "engine_runner.py"), json.dumps(opening)], apart=True)

    def _read_hello(self) -> bool:
        #: Whether there is a machine outside already.
        self.has_lan = False
        #: The number that the first new device of the latest scenario's host got; 0 if that is not known.
        self.next_index = 0
        #: The devices that were there, and their numbers.
        self.indexes: dict[str, int] = {}
        return super()._read_hello()

    def _read(self, deadline: float) -> dict[str, Any]:
        answer = super()._read(deadline)
        self.has_lan = bool(answer.get("lan", self.has_lan))
        self.next_index = answer.get("next_index", self.next_index)
        self.indexes = answer.get("indexes", self.indexes)
        self.left += tuple(answer.get("left", ()))
        return answer

    def _send(self, request: Mapping[str, Any]) -> None:
        super()._send({**request, "lan": self.wants_lan})

    def close(self) -> None:
        """Wait until the engine runner has removed everything and gone."""
        pipe = self._process.stdin
        try:
            if pipe is not None and not pipe.closed:
                pipe.close()
        except OSError:
            pass
        try:
            self._process.wait(_LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            raise KernelDied(f"what a scenario made is still being removed (label {LABEL})") from None
        super().close()


def remove_abandoned(engine: RealEngine) -> tuple[str, ...]:
    """Remove what runs have left that were killed with their engine runner; their labels."""
    owners = engine.abandoned()
    ownership = Ownership(engine.docker, engine.host, nothing_before=True) if owners else None
    for owner in owners:
        assert ownership is not None
        ownership.remove(owner)
    return owners
