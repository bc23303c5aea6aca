"""Daemons by the names of their units and scripts, as Debian 12's packages and Kathará's image have them.

    systemctl start|stop|restart|try-restart|is-active UNIT
    service NAME start|stop|restart|status
    /etc/init.d/NAME start|stop|restart|status

In Kathará's devices systemctl is the replacement for containers (gdraheim/docker-systemctl-replacement), which starts
the program of the unit in the container; /etc/kathara-image says that this is one.  Elsewhere systemd would start it
on the host, also from a namespace, which is modelled on the host itself only.

Not modelled: other units; what the replacement prints; that a unit is enabled.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.bind import named
from vnetsim.programs.http import apache2
from vnetsim.programs.libc.running import kathara_image, named_here
from vnetsim.values import frozen

_INACTIVE: Final = 3
_ROUTING: Final = frozenset((
    "frr", "quagga", "zebra", "ripd", "ripngd", "ospfd", "ospf6d", "bgpd", "isisd", "bird", "bird6", "openbgpd",
    "watchquagga",
))  # fmt: skip


@frozen
class SystemDaemon:
    """`program` is its name as a process, `start` and `stop` are what its unit runs, `title` what its script calls
    it.  Without `stop` it gets SIGTERM."""

    program: str
    start: tuple[str, ...]
    stop: tuple[str, ...]
    title: str


_APACHE: Final = SystemDaemon(apache2.PROGRAM, ("apachectl", "start"), ("apachectl", "graceful-stop"),
                        "Apache httpd web server: apache2")  # fmt: skip
_NAMED: Final = SystemDaemon(named.PROGRAM, (named.PROGRAM, "-u", "bind"), (), "domain name service...: named")
DAEMONS: Final = {"apache2": _APACHE, "named": _NAMED, "bind9": _NAMED}


def unit(process: Process, name: str) -> SystemDaemon:
    """The daemon of a unit or a script; NotModelled for others, and where the daemon would run elsewhere."""
    if name in _ROUTING:
        raise NotModelled(f"the unit {name}: no routing daemon runs here, add its routes with `ip route`")
    if name not in DAEMONS:
        raise NotModelled(f"the unit {name}")
    own = process.context.own_mounts or process.machine.name_of(process.network) is not None
    if own and not kathara_image(process).startswith("kathara/"):
        raise NotModelled(f"the unit {name} in a namespace or a container: systemd would start it on the host")
    return DAEMONS[name]


def systemctl(process: Process, verb: str, name: str, *, quiet: bool) -> Coroutine[int]:
    daemon = unit(process, name)
    running = bool(named_here(process, daemon.program))
    if verb == "is-active":
        process.write("" if quiet else "active\n" if running else "inactive\n")
        return 0 if running else _INACTIVE
    if verb not in ("start", "stop", "restart", "try-restart"):
        raise NotModelled(f"systemctl {verb} {name}")
    if running and verb != "start":
        yield from _stop(process, daemon)
    if verb == "stop" or (verb == "try-restart" and not running) or (verb == "start" and running):
        return 0
    status: int = yield process.spawn(daemon.start).wait()
    return status


def _stop(process: Process, daemon: SystemDaemon) -> Coroutine[None]:
    for pid in named_here(process, daemon.program) if not daemon.stop else ():
        process.machine.kill(pid)
    if daemon.stop:
        yield process.spawn(daemon.stop).wait()


def script(process: Process, name: str, action: str) -> Coroutine[int]:
    """`/etc/init.d/NAME ACTION`, and `service NAME ACTION`."""
    daemon = unit(process, name)
    running = bool(named_here(process, daemon.program))
    match action:
        case "start" | "restart" | "stop":
            word = {"start": "Starting", "restart": "Restarting", "stop": "Stopping"}[action]
            process.write(f"{word} {daemon.title}")
            if running and action != "start":
                yield from _stop(process, daemon)
            if action != "stop" and not (running and action == "start"):
                yield process.spawn(daemon.start).wait()
            process.write(".\n")
            return 0
        case "status":
            process.write(f"{name} is {'running' if running else 'not running'}.\n")
            return 0 if running else _INACTIVE
    raise NotModelled(f"/etc/init.d/{name} {action}")
