"""`vnetsim serve` as a process: a lab, its server, signals, and the command that runs beside it (cmd/dockerd).

Not modelled: the flags of dockerd for its log and its data, which a simulated engine has none of.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Unpack

from vnetsim.boot import cable
from vnetsim.errors import KernelError, UsageError, go_errno
from vnetsim.lab import Lab
from vnetsim.scenario.build import LabOptions, load
from vnetsim.serve.bridged import LAN, BridgedName, add_names, addresses_of
from vnetsim.serve.exposed import Origin
from vnetsim.serve.listeners import DEFAULT_HOST, Host, Tls, parse_host
from vnetsim.serve.server import APIServer
from vnetsim.values import frozen

#: The exit status of a shell for a command that is not there.
_NOT_FOUND: Final = 127


@frozen(kw_only=True)
class ServeOptions:
    """The command line; `speed` None: clients do not wait for simulated time."""

    hosts: Sequence[str] = ()
    command: Sequence[str] = ()
    scenario: Path | None = None
    speed: float | None = 1.0
    once: bool = False
    anywhere: bool = False
    tls: Tls | None = None
    expose: Origin | None = None
    bridge: Sequence[str] = ()

    @property
    def needs_lan(self) -> bool:
        return bool(self.bridge) or self.expose is Origin.LAN

    def names(self) -> list[BridgedName]:
        """UsageError."""
        return [BridgedName.parse(text, anywhere=self.anywhere) for text in self.bridge]

    def addresses(self) -> list[Host]:
        """UsageError.  A command alone gets a port of its own."""
        default = "tcp://127.0.0.1:0" if self.command else DEFAULT_HOST
        return [parse_host(text, tls=self.tls is not None, anywhere=self.anywhere) for text in self.hosts or (default,)]


def serve_lab(options: ServeOptions, **lab_options: Unpack[LabOptions]) -> int:
    """Serve until the end; the exit status.  UsageError for what cannot be served."""
    hosts = options.addresses()
    if options.tls is not None:
        options.tls.context()
    addresses_of(options.names())
    lab = make_lab(options, lab_options)
    return asyncio.run(_serve(lab, hosts, options))


def make_lab(options: ServeOptions, lab_options: LabOptions) -> Lab:
    """A machine with an engine, or the scenario, and the names that stand for real servers; UsageError."""
    if options.scenario is not None:
        return _of_scenario(options.scenario, options, lab_options)
    lab = Lab(
        lab_options.get("seed") or 0, docker=False, docker_flags=lab_options.get("docker_flags", ()),
        budget=lab_options.get("budget"), images=lab_options.get("images"),
    )  # fmt: skip
    # Clients compare times with their own clock: CREATED of `docker ps`, --since 10m.
    lab.machine.set_wall_clock(time.time_ns())
    if options.needs_lan:
        lab.machine.add_namespace(LAN)
        cable(lab.machine.host.network, lab.machine.namespace(LAN))
    if options.bridge:
        add_names(lab.machine, options.names())
    lab.start_docker()
    return lab


def _of_scenario(scenario: Path, options: ServeOptions, lab_options: LabOptions) -> Lab:
    lab = load(scenario, **lab_options)
    if options.needs_lan and LAN not in lab.machine.named_namespaces():
        raise UsageError(f"{scenario}: it has no machine `{LAN}`, which --bridge and --expose=lan need")
    if options.bridge:
        add_names(lab.machine, options.names())
    return lab


async def _serve(lab: Lab, hosts: Sequence[Host], options: ServeOptions) -> int:
    try:
        server = APIServer(lab, speed=options.speed, once=options.once, complain=_complain, expose=options.expose)
    except KernelError as error:
        raise UsageError(f"--expose: a published port cannot be opened: {go_errno(error.errno)}") from None
    if options.bridge:
        server.bridge(options.names())
    closing = asyncio.ensure_future(server.wait_closed())
    with _signals(server):
        try:
            listening = await server.listen(hosts, options.tls)
        except OSError as error:
            server.close()
            await closing
            raise UsageError(f"failed to load listeners: {error.strerror or error}") from None
        for host in listening:
            _complain(f"API listen on {host}")
        status = await _beside(server, options, listening[0], closing) if options.command else 0
        await closing
    return status


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 -- the log of a daemon


@contextlib.contextmanager
def _signals(server: APIServer):  # type: ignore[no-untyped-def]
    """SIGINT and SIGTERM end the server in order."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    with contextlib.suppress(NotImplementedError):  # Windows
        for number in numbers:
            loop.add_signal_handler(number, server.close)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


async def _beside(server: APIServer, options: ServeOptions, host: Host, closing: asyncio.Future[Any]) -> int:
    """Run the command with DOCKER_HOST set; its exit status."""
    environment = {**os.environ, "DOCKER_HOST": str(host)}
    environment.pop("DOCKER_CONTEXT", None)
    if options.tls is None:
        environment.pop("DOCKER_TLS_VERIFY", None)
    try:
        process = await asyncio.create_subprocess_exec(*options.command, env=environment)
    except OSError as error:
        _complain(f"vnetsim: {options.command[0]}: {error.strerror}")
        server.close()
        return _NOT_FOUND
    ended: asyncio.Future[Any] = asyncio.ensure_future(process.wait())
    await asyncio.wait({ended, closing}, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    status: int = await ended
    server.close()
    return status if status >= 0 else 128 - status
