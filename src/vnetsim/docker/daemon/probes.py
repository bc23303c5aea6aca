"""What runs as the probe of a health check.

A command of programs that vnetsim has runs as it is.  A client of a server (`pg_isready`, `mysqladmin ping`,
`redis-cli ping`, `curl http://localhost:8080/ready` where a server replaces the main process) is played as a
connection to the address that it names: who accepts it is healthy.  A `curl`
that the image does not contain fails.  Any other command is assumed to succeed.

Not modelled: what servers answer, passwords, how long a server takes until it listens.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.commandlines import name_of, programs_of, runs_others, script_of
from vnetsim.docker.daemon.mainprocess import is_replaced
from vnetsim.docker.daemon.probetargets import command_of, target_of
from vnetsim.docker.images import ImageKind, programs
from vnetsim.values import frozen

#: Clients of which it is known in which images they are.
_CLIENTS: Final = ("curl", "wget", "nc", "netcat", "ncat")


@frozen
class HealthProbe:
    """`command` runs in the container; `own` without what its image contains; `assumed` says what of it is assumed.

    An empty command: the probe succeeds.
    """

    command: tuple[str, ...]
    own: bool = False
    assumed: str = ""


def probe_of(container: Container, is_modelled: Callable[[str], bool]) -> HealthProbe:
    """`is_modelled`: whether vnetsim has a program of that name."""
    command = command_of(container)
    if container.image.kind is ImageKind.RECORDED:
        return HealthProbe(tuple(command))
    shown = shlex.join(command) if script_of(command) == "" else script_of(command)
    if _lacks_client(container, command):
        return HealthProbe(tuple(command))
    about = f"the health check `{shown}` of {container.name}"
    target = target_of(container, http=is_replaced(container))
    if target is not None:
        host, port = target
        assumed = f"{about} is assumed to succeed if tcp {host}:{port} accepts a connection"
        return HealthProbe(("nc", "-z", "-w", "5", host, str(port)), own=True, assumed=assumed)
    if _is_played(command, is_modelled):
        return HealthProbe(tuple(command))
    return HealthProbe((), assumed=f"{about} is not played: assumed to succeed")


def _lacks_client(container: Container, command: Sequence[str]) -> bool:
    """Whether the first client of the check is a program that the image does not contain: `curl` in python:3-slim."""
    contained = container.image.programs
    if programs.UNKNOWN_PROGRAM in contained or not contained:
        return False
    script = script_of(command)
    names = [name_of(argv[0]) for argv in programs_of(script) if argv] if script else [name_of(command[0])]
    client = next((name for name in names if name in _CLIENTS), "")
    return bool(client) and client not in contained


def _is_played(command: Sequence[str], is_modelled: Callable[[str], bool]) -> bool:
    """Whether vnetsim has all its programs: images contain some (`ps`) that it lacks."""
    script = script_of(command)
    names = {name_of(command[0]), *(name_of(argv[0]) for argv in programs_of(script) if argv)}
    return (
        name_of(command[0]) in programs.ALL and not runs_others(script) and all(map(is_modelled, names & programs.ALL))
    )
