"""systemctl, service, reboot, shutdown -r, journalctl, where they are about the Docker engine or the machine's power.

systemctl(1) of systemd 252: start, stop, restart, try-restart, is-active, is-failed and is-enabled of docker.service,
and reboot.  The journal contains the message of a dockerd that does not start (`journalctl -u docker`).  Scripts of
/etc/init.d and other units are in `daemons`.

Not modelled: other verbs, docker.socket (an engine that was stopped stays so), switching the machine off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, cast

from vnetsim.digits import is_digits
from vnetsim.docker.service import UNIT, DockerService, EngineFailure
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program
from vnetsim.process.machine import DOCKER_SOCKET, INIT
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, arguments, flag
from vnetsim.programs.systemd import daemons
from vnetsim.values import define

_FAILED: Final = (
    "Job for docker.service failed because the control process exited with error code.\n"
    'See "systemctl status docker.service" and "journalctl -xeu docker.service" for details.\n'
)
_SCRIPTS: Final = "/etc/init.d/"
_INACTIVE: Final = 3
_VERBS: Final = ("start", "stop", "restart", "try-restart", "is-active", "is-failed", "is-enabled")


def _modelled(option: str, is_known: Callable[[str], bool], text: str) -> str:
    if not is_known(text):
        raise NotModelled(f"journalctl {option} {text}")
    return text


@define
class SystemdOptions(Options):
    ignored = "--no-pager"

    quiet: bool = flag("-q", "--quiet")

    def misused(self, problem: str) -> Exit:
        raise NotModelled(f"{self.program}: {problem}")


@define
class SystemctlOptions(SystemdOptions):
    force: bool = flag("-f", "--force")


@define
class JournalctlOptions(SystemdOptions):
    ignored = "--no-pager -x|--catalog -e|--pager-end"

    units: tuple[str, ...] = arguments("-u", "--unit")
    lines: str = argument("-n", "--lines", default="", convert=partial(_modelled, "-n", is_digits))
    output: str = argument("-o", "--output", default="", convert=partial(_modelled, "-o", "cat".__eq__))


@ends_by_exit
def main(process: Process) -> Program:
    name, *args = process.argv
    if name.startswith(_SCRIPTS):
        if len(args) != 1:
            raise NotModelled(" ".join(process.argv))
        return daemons.script(process, name.removeprefix(_SCRIPTS), args[0])
    match name.rsplit("/", 1)[-1]:
        case "systemctl":
            return _systemctl(process, args)
        case "service":
            return _service(process, args)
        case "journalctl":
            return _journal(process, args)
        case "shutdown" if args[:2] == ["-r", "now"]:
            return _reboot(process, [])
        case "reboot":
            return _reboot(process, args)
    raise NotModelled(" ".join((name, *args)))


def _reboot(process: Process, args: Sequence[str]) -> int:
    if any(arg not in ("-f", "--force") for arg in args):
        raise NotModelled(f"reboot {' '.join(args)}")
    process.machine.service(INIT)("forced" if args else "orderly")
    return 0


def _systemctl(process: Process, args: Sequence[str]) -> Program:
    options = SystemctlOptions.read(process, args)
    verb, *units = options.operands or ("",)
    if verb == "reboot":
        return _reboot(process, [arg for arg in args if arg.startswith("-")])
    if verb not in _VERBS or options.force:
        raise NotModelled(f"systemctl {' '.join(args)}")
    if not units:
        process.error("Too few arguments.\n")
        return 1
    names = [unit.removesuffix(".service") for unit in units]
    if names == ["docker"]:
        return _docker(process, verb, quiet=options.quiet)
    if len(names) > 1:
        raise NotModelled(f"systemctl {verb} of several units")
    return daemons.systemctl(process, verb, names[0], quiet=options.quiet)


def _service(process: Process, args: Sequence[str]) -> Program:
    if len(args) == 2 and args[0] == "docker" and args[1] in ("start", "stop", "restart"):
        return _docker(process, args[1], quiet=False)
    if len(args) != 2:
        raise NotModelled(f"service {' '.join(args)}")
    return daemons.script(process, *args)


def _docker(process: Process, verb: str, *, quiet: bool) -> Program:
    """An engine that would start by itself as soon as it is used runs on such a machine."""
    if _has(process, DOCKER_SOCKET):
        yield from process.machine.service(DOCKER_SOCKET)()
    if not _has(process, UNIT):
        process.error(f"Failed to {verb} docker.service: Unit docker.service not found.\n")
        return 5
    service = cast("DockerService", process.machine.service(UNIT))
    if verb.startswith("is-"):
        return _state(process, service, verb, quiet=quiet)
    return (yield from _act(process, service, verb))


def _has(process: Process, service: str) -> bool:
    try:
        process.machine.service(service)
    except KernelError:
        return False
    return True


def _state(process: Process, service: DockerService, verb: str, *, quiet: bool) -> int:
    arg = "active" if service.engine is not None else "failed" if service.failure else "inactive"
    arg = "enabled" if verb == "is-enabled" else arg
    if not quiet:
        process.write(f"{arg}\n")
    wanted = {"is-active": "active", "is-failed": "failed", "is-enabled": "enabled"}[verb]
    return 0 if arg == wanted else 1 if verb == "is-failed" else _INACTIVE


def _act(process: Process, service: DockerService, verb: str) -> Coroutine[int]:
    was_running = service.engine is not None
    if verb != "start":
        yield from service.stop()
    if verb == "stop" or (verb == "try-restart" and not was_running):
        return 0
    try:
        yield from service.start()
    except EngineFailure:
        process.error(_FAILED)
        return 1
    return 0


def _journal(process: Process, args: Sequence[str]) -> int:
    options = JournalctlOptions.read(process, args)
    if options.operands or [unit.removesuffix(".service") for unit in options.units] != ["docker"]:
        raise NotModelled(f"journalctl {' '.join(args)}")
    try:
        service = cast("DockerService", process.machine.service(UNIT))
    except KernelError:
        service = None
    if service is None or not service.failure:
        process.write("" if options.quiet else "-- No entries --\n")
        return 0
    process.write(f"{'' if options.output else f'{process.context.hostname} dockerd: '}{service.failure}\n")
    return 0
