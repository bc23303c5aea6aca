"""`docker info` (docker/cli, system/info.go).

Not modelled: warnings, swarm, proxies, registries with mirrors, the plugins of the client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.go.encode import marshal
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.template import ExecutionError
from vnetsim.programs.docker.go.times import bytes_size
from vnetsim.programs.docker.go.values import GoValue, decode
from vnetsim.programs.docker.session import VERSION, DockerSession
from vnetsim.programs.docker.templates import template
from vnetsim.programs.docker.types import go_type
from vnetsim.programs.docker.version import CLIENT

Json = dict[str, Any]


def run(session: DockerSession, options: ParsedFlags) -> Program:
    form = options.text("format")
    try:
        parsed = template(form)
    except TemplateError as error:
        raise CommandError(f"template parsing error: {error}", 64) from None
    answer, complaint = _answer(session)
    if not form:
        session.process.write("".join(f"{line}\n" for line in _lines(answer)))
    elif form == "json":
        session.line(marshal(_data(answer), escape_html=False))
    elif complaint:
        session.line()
    else:
        try:
            session.line(parsed.execute(_data(answer)))
        except ExecutionError as error:
            session.line(error.written)
            raise CommandError(str(error)) from None
    if complaint:
        raise CommandError(complaint)
    return 0


def _answer(session: DockerSession) -> tuple[Json | None, str]:
    try:
        return session.engine.system_info(), ""
    except EngineError as error:
        return None, str(error)


def _data(answer: Json | None) -> GoValue:
    client = {name: value for name, value in CLIENT.items() if name != "ApiVersion"}
    return decode(go_type("system.dockerInfo"), {**(answer or {}), "ClientInfo": {**client, "Plugins": []}})


def _lines(info: Json | None) -> Iterator[str]:
    yield from ("Client:", f" Version:    {VERSION}", " Context:    default", " Debug Mode: false", "", "Server:")
    if info is None:
        return
    yield from _counts(info)
    yield from _drivers(info)
    yield from _runtimes(info)
    yield from _machine(info)
    yield ""


_COUNTS: Final = (
    ("Containers", "Containers"), (" Running", "ContainersRunning"), (" Paused", "ContainersPaused"),
    (" Stopped", "ContainersStopped"), ("Images", "Images"), ("Server Version", "ServerVersion"),
)  # fmt: skip


def _counts(info: Json) -> Iterator[str]:
    for label, key in _COUNTS:
        yield f" {label}: {info[key]}"


def _drivers(info: Json) -> Iterator[str]:
    yield f" Storage Driver: {info['Driver']}"
    for name, value in info.get("DriverStatus") or []:
        yield f"  {name}: {value}"
    yield f" Logging Driver: {info['LoggingDriver']}"
    yield f" Cgroup Driver: {info['CgroupDriver']}"
    yield f" Cgroup Version: {info['CgroupVersion']}"
    yield " Plugins:"
    for kind in ("Volume", "Network", "Log"):
        yield f"  {kind}: {' '.join(info['Plugins'].get(kind) or [])}"
    if info.get("CDISpecDirs"):
        yield " CDI spec directories:"
        yield from (f"  {path}" for path in info["CDISpecDirs"])
    yield f" Swarm: {info['Swarm']['LocalNodeState']}"


def _runtimes(info: Json) -> Iterator[str]:
    yield f" Runtimes: {' '.join(sorted(info['Runtimes']))}"
    yield f" Default Runtime: {info['DefaultRuntime']}"
    yield f" Init Binary: {info['InitBinary']}"
    yield f" containerd version: {info['ContainerdCommit']['ID']}"
    yield f" runc version: {info['RuncCommit']['ID']}"
    yield f" init version: {info['InitCommit']['ID']}"
    if info.get("SecurityOptions"):
        yield " Security Options:"
        for option in info["SecurityOptions"]:
            yield from _security_option(option)


def _security_option(option: str) -> Iterator[str]:
    """`name=seccomp,profile=builtin`."""
    pairs = dict(pair.partition("=")[::2] for pair in option.split(","))
    yield f"  {pairs.pop('name', option)}"
    for name, value in pairs.items():
        yield f"   {name.capitalize()}: {value}"


def _machine(info: Json) -> Iterator[str]:
    yield f" Kernel Version: {info['KernelVersion']}"
    yield f" Operating System: {info['OperatingSystem']}"
    yield f" OSType: {info['OSType']}"
    yield f" Architecture: {info['Architecture']}"
    yield f" CPUs: {info['NCPU']}"
    yield f" Total Memory: {bytes_size(info['MemTotal'])}"
    yield f" Name: {info['Name']}"
    yield f" ID: {info['ID']}"
    yield f" Docker Root Dir: {info['DockerRootDir']}"
    yield f" Debug Mode: {'true' if info['Debug'] else 'false'}"
    yield f" Experimental: {'true' if info['ExperimentalBuild'] else 'false'}"
    yield " Insecure Registries:"
    yield from (f"  {network}" for network in (info.get("RegistryConfig") or {}).get("InsecureRegistryCIDRs") or [])
    yield f" Live Restore Enabled: {'true' if info['LiveRestoreEnabled'] else 'false'}"
