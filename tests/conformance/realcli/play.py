"""Recordings played on a lab behind `vnetsim serve`'s server, with the real client in place of vnetsim's own program.

The machine has the date of the computer.  Simulated time passes as outside while the client runs, unless the server
hurries an operation (`--speed max`); it is not waited for while no client runs.  Scripts that name times of the client
(`docker events --until 0s`) are played as time passes outside.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Generator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest import mock

import attrs

from tests.conformance.realcli.program import DockerClient
from tests.conformance.realcli.turns import Turns
from tests.recorded.floor import HERE, real, simulate
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.lab import simulation
from vnetsim.programs import docker as own_program
from vnetsim.record import Recorder, lab_for
from vnetsim.serve.listeners import UnixHost
from vnetsim.serve.pace import Pace
from vnetsim.serve.server import APIServer
from vnetsim.verify.judge import Judged, judge

T = TypeVar("T")
#: What the client reckons from its own clock.
_TIMES: Final = re.compile(r"--(since|until)")


class _Served:
    """Lets what runs a lab run it by the pace of its server."""

    def __init__(self, lab: Lab, client: DockerClient, turns: Turns, pace: Pace) -> None:
        self._lab, self._client, self._turns, self._pace = lab, client, turns, pace
        self._line = ""

    def begin(self, line: str) -> None:
        Lab.begin(self._lab, line)
        self._line = line

    def do(self, steps: Generator[Any, Any, T]) -> T:
        hurries = "docker" not in self._line and not self._client.running
        return self._turns.wait(lambda: self._pace.complete(steps, hurries=lambda: hurries))

    def sleep(self, seconds: float) -> None:
        def steps() -> Generator[Any, Any, None]:
            yield self._lab.clock.timeout(int(seconds * SECOND))

        self._line = ""
        self.do(steps())


@attrs.frozen
class Played:
    """A recording, how often the client was called, and what the server complained about."""

    recording: dict[str, Any]
    calls: int
    complaints: tuple[str, ...]


def _today() -> AbstractContextManager[object]:
    """Within it the date of new machines is that of the computer: the client compares with it."""
    return mock.patch.object(simulation, "EPOCH_NS", time.time_ns())


def play(scenario: str, program: str) -> Played:
    """Play the script of a recording with `program` as docker."""
    with tempfile.TemporaryDirectory(prefix="vnetsim") as place, _today():
        (Path(place) / "r").mkdir()
        return asyncio.run(_play(scenario, DockerClient(program, Path(place))))


async def _play(scenario: str, client: DockerClient) -> Played:
    kind, name = scenario.split("/")
    script = (HERE / kind / "scripts" / f"{name}.sh").read_text("utf-8")
    lab, complaints = lab_for(kind, script), list[str]()
    server = APIServer(lab, speed=1.0 if _TIMES.search(script) else None, complain=complaints.append)
    pace = server.backend.pace
    client.lab, client.pace = lab, pace
    turns = Turns()
    served: Any = _Served(lab, client, turns, pace)
    for name_ in ("begin", "do", "sleep"):
        setattr(lab, name_, getattr(served, name_))
    own, own_program.main = own_program.main, client.main
    try:
        await server.listen([UnixHost(str(client.socket))])
        steps = await turns.run(lambda: Recorder(lab).play(script))
        return Played({"name": name, "steps": steps}, client.calls, tuple(complaints))
    finally:
        own_program.main = own
        await client.close()
        server.close()
        await server.wait_closed()


def differences(scenario: str, played: Played) -> list[Judged]:
    """Each step against vnetsim's own program; one that answers as the recorded engine does is the same, too."""
    with _today():
        recorded, own = real(scenario), simulate(scenario)
    for step, theirs in zip(own["steps"], recorded["steps"], strict=False):
        if theirs.get("varies") and step.get("cmd") == theirs.get("cmd"):
            step["varies"] = True
    as_recorded = judge(recorded, played.recording)
    judged = judge(own, played.recording)
    return [
        theirs if ours.verdict != "same" and theirs.verdict == "same" else ours
        for ours, theirs in zip(judged, as_recorded, strict=True)
    ]
