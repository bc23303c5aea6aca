"""`docker` on the simulated machine, played by the docker program of the computer.

Its standard streams are those of the simulated process, its working directory and the files of its arguments a copy
(mirror).  While the engine is stopped there is no socket, as on a host whose dockerd has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from tests.conformance.realcli.mirror import Mirror
from vnetsim import Lab
from vnetsim.process import BrokenPipe, Interrupted, Killed, Output, Process
from vnetsim.programs.libc.octets import Decoder, encode
from vnetsim.serve.pace import Pace

#: Variables of the simulated process that are not the program's.
_OWN: Final = frozenset(("PATH", "HOME", "PWD", "OLDPWD", "DOCKER_HOST", "DOCKER_CONFIG", "SHLVL", "_"))
_SOCKET: Final = "/var/run/docker.sock"


class DockerClient:
    """The program at `path`; `place` is a directory for its files and for the server's socket."""

    def __init__(self, path: str, place: Path) -> None:
        self._path, self._place = path, place
        self._mirror = Mirror(place / "r")
        self.socket = place / "d.sock"
        #: How often it was called, and how many run.
        self.calls = self.running = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._link_plugins()
        self.lab: Lab
        self.pace: Pace

    def _link_plugins(self) -> None:
        """The user's plugins are there (compose), and nothing else of the user's configuration."""
        own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins"
        config = self._place / "config"
        config.mkdir(parents=True)
        if own.is_dir():
            (config / "cli-plugins").symlink_to(own.resolve())

    def main(self, process: Process) -> Generator[Any, Any, int]:
        """A simulated process that waits for the real one."""
        self.calls += 1
        self.running += 1
        call = _Call(self, process)
        try:
            return (yield from self._waited(call))
        finally:
            self.running -= 1

    def _waited(self, call: _Call) -> Generator[Any, Any, int]:
        self._start(call.run())
        try:
            while not call.ended.is_set:
                yield call.ended
        except Interrupted:
            call.send(signal.SIGINT)
            yield call.ended
        except Killed:
            call.send(signal.SIGTERM)
            raise
        return call.status

    def _start(self, steps: Any) -> None:
        task = asyncio.ensure_future(steps)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def environment(self, process: Process) -> dict[str, str]:
        simulated = {name: value for name, value in process.context.environment.items() if name not in _OWN}
        found = {**simulated, "PATH": os.environ["PATH"], "HOME": str(self._place), "LC_ALL": "C.UTF-8"}
        return {**found, **self._host(), "DOCKER_CONFIG": str(self._place / "config")}

    def _host(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.socket if self.lab.has_engine else self._place / 'off.sock'}"}

    async def start(self, process: Process) -> asyncio.subprocess.Process:
        self._mirror.write(process.context)
        return await asyncio.create_subprocess_exec(
            self._path, *map(os.fsencode, self._mirror.translated(list(process.argv[1:]))),
            cwd=self._mirror.directory(process.context), env=self.environment(process),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip

    def finish(self, process: Process) -> None:
        self._mirror.read_back(process.context)

    def shown(self, text: str) -> str:
        """What the program printed, as it would have printed it on the simulated machine."""
        for socket in ("d.sock", "off.sock"):
            text = text.replace(str(self._place / socket), _SOCKET)
        return self._mirror.original(text)


class _Call:
    """One run of the program."""

    def __init__(self, client: DockerClient, process: Process) -> None:
        self._client, self._process = client, process
        self.ended = client.lab.clock.signal()
        self.status = 0
        self._real: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        try:
            await self._run()
        finally:
            if not self.ended.is_set:
                self.ended.set()
            self._client.pace.wake()

    async def _run(self) -> None:
        real = self._real = await self._client.start(self._process)
        assert real.stdin is not None
        assert real.stdout is not None
        assert real.stderr is not None
        feeding = asyncio.ensure_future(self._feed(real.stdin))
        try:
            await asyncio.gather(
                self._copy(real.stdout, self._process.stdout), self._copy(real.stderr, self._process.stderr)
            )
            status = await real.wait()
            self.status = status if status >= 0 else 128 - status
            self._client.finish(self._process)
        except asyncio.CancelledError:
            self.send(signal.SIGKILL)
            await real.communicate()
            raise
        finally:
            feeding.cancel()

    async def _copy(self, source: asyncio.StreamReader, target: Output) -> None:
        decoder = Decoder()
        while data := await source.read(65536):
            try:
                target.write(self._client.shown(decoder.decode(data)))
            except BrokenPipe:
                self.send(signal.SIGPIPE)
            self._client.pace.wake()

    async def _feed(self, target: asyncio.StreamWriter) -> None:
        def piece() -> Generator[Any, Any, str]:
            text: str = yield self._process.stdin.read_some()
            return text

        with contextlib.suppress(ConnectionError):
            while text := await self._client.pace.complete(piece(), follows_client=True, hurries=lambda: False):
                target.write(encode(text))
                await target.drain()
            target.close()

    def send(self, number: signal.Signals) -> None:
        if self._real is not None and self._real.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._real.pid, number)


def supported() -> bool:
    """Whether the computer has what this needs: sockets of the file system, signals."""
    return sys.platform != "win32"
