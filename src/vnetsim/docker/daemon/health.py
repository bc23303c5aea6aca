"""Health checks: a container's monitor runs its probe and keeps its state (daemon/health.go of moby 28.5).

The first probe runs one interval after the start; a failure in the start period does not count.
"""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.docker.api.types import EngineOperation, Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.container.health import HEALTHY, STARTING, UNHEALTHY, Health, has_check
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.exec import Execs
from vnetsim.docker.daemon.probes import HealthProbe, probe_of
from vnetsim.docker.daemon.probetargets import command_of
from vnetsim.docker.gotypes import duration, timestamp
from vnetsim.process import Main, Process, Program

_INTERVAL: Final = 30 * SECOND
_TIMEOUT: Final = 30 * SECOND
_START_INTERVAL: Final = 5 * SECOND
_RETRIES: Final = 3
#: How long it takes to find out that a program that was killed has ended.
_KILL: Final = MILLISECOND
#: The exit status of a probe that did not end in time.
_TIMED_OUT: Final = -1
#: How many characters of a probe's output are kept.
_LONGEST: Final = 4096


class HealthMonitors:
    """The monitors of running containers that have a check."""

    def __init__(self, daemon: Daemon, execs: Execs) -> None:
        self._daemon, self._execs = daemon, execs

    def begin(self, container: Container) -> None:
        """initHealthMonitor: at each start."""
        if not has_check(container.config):
            container.health = None
            return
        container.health = container.health or Health()
        container.health.begin()
        self.go_on(container)

    def go_on(self, container: Container) -> None:
        """After a pause: the state is kept until the next probe."""
        health = container.health
        if health is None or health.monitor is not None:
            return
        machine = self._daemon.machine
        probe = probe_of(container, lambda program: machine.is_modelled(program, machine.host))
        if probe.assumed:
            machine.assume(probe.assumed)
        health.monitor = self._daemon.host.run(
            self._monitor(container, health, probe), "dockerd", self._daemon.machine.host
        )

    @staticmethod
    def end(container: Container) -> None:
        """stopHealthchecks: the container has ended, or is paused."""
        if container.health is not None:
            container.health.end()

    def _monitor(self, container: Container, health: Health, probe: HealthProbe) -> Main:
        def main(process: Process) -> Program:
            while True:
                yield process.sleep(self._interval(container, health))
                began = self._daemon.now()
                status, output = yield from self._run(process, container, probe)
                self._note(container, health, began, status, output)

        return main

    def _interval(self, container: Container, health: Health) -> int:
        check = container.config["Healthcheck"]
        in_start_period = self._daemon.now() - container.state.started_at < (check.get("StartPeriod") or 0)
        if in_start_period and health.status == STARTING:
            return int(check.get("StartInterval") or _START_INTERVAL)
        return int(check.get("Interval") or _INTERVAL)

    # --- one probe -------------------------------------------------------------------------------------------------

    def _run(self, process: Process, container: Container, probe: HealthProbe) -> EngineOperation[tuple[int, str]]:
        """The exit status, and what was printed."""
        collected = _ProbeOutput()
        body = {"Cmd": command_of(container), "AttachStdout": True, "AttachStderr": True}
        made = self._execs.create(container.id, body)
        made.played = probe
        runs = self._execs.start(made.id, None, collected, collected, detach=False)
        timeout: int = container.config["Healthcheck"].get("Timeout") or _TIMEOUT
        runner = self._daemon.host.run(_thread(runs), "dockerd", self._daemon.machine.host)
        yield process.any_of([runner.wait(), process.sleep(timeout)])
        if runner.status is not None:
            return made.exit_code or 0, "" if probe.assumed else collected.text
        if made.child is not None:
            made.child.kill()
        yield process.sleep(_KILL)
        return _TIMED_OUT, f"Health check exceeded timeout ({duration(timeout)}): {collected.text}".removesuffix(": ")

    def _note(self, container: Container, health: Health, began: int, status: int, output: str) -> None:
        """handleProbeResult."""
        check = container.config["Healthcheck"]
        before = health.status
        health.note(_result(began, self._daemon.now(), status, output))
        if status == 0:
            health.failing_streak, health.status = 0, HEALTHY
        elif before != STARTING or began - container.state.started_at >= (check.get("StartPeriod") or 0):
            health.failing_streak += 1
            if health.failing_streak >= (check.get("Retries") or _RETRIES):
                health.status = UNHEALTHY
        if health.status != before:
            self._daemon.events.container(container, f"health_status: {health.status}")


def _result(began: int, ended: int, status: int, output: str) -> Json:
    shown = output if len(output) <= _LONGEST else f"{output[:_LONGEST]}..."
    return {"Start": timestamp(began), "End": timestamp(ended), "ExitCode": status, "Output": shown}


class _ProbeOutput:
    """An output that keeps what is written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def close(self) -> None:
        """Others may still write."""


def _thread(runs: EngineOperation[int | None]) -> Main:
    def main(process: Process) -> Program:
        del process
        yield from runs
        return 0

    return main
