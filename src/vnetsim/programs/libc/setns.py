"""Network namespaces by the paths that name them: /run/netns/NAME, /proc/PID/ns/net."""

from __future__ import annotations

import re

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Process
from vnetsim.process.machine import ProcessEntry
from vnetsim.process.network import Network


def check_names(process: Process) -> None:
    """NotModelled where /run/netns is not the host's: a mount namespace has names of its own."""
    if process.context.own_mounts:
        raise NotModelled("named network namespaces in a container")


def check_numbers(process: Process) -> None:
    """NotModelled where process numbers are not the host's: a PID namespace has numbers of its own."""
    if process.context.pid_namespace:
        raise NotModelled("namespaces by process number in a container (other than with --pid host)")


def visible(process: Process) -> list[ProcessEntry]:
    """The processes of this PID namespace; the host sees all."""
    own = process.context.pid_namespace
    return [entry for entry in process.machine.processes() if own in ("", entry.pid_namespace)]


def by_path(process: Process, path: str) -> Network:
    """The namespace that open(2) and setns(2) would give; KernelError where there is none."""
    named = re.fullmatch(r"(?:/var)?/run/netns/([^/]+)", path)
    if named:
        check_names(process)
        return process.machine.namespace(named[1])
    of_process = re.fullmatch(r"/proc/(\d+|self)/ns/net", path)
    if of_process:
        if of_process[1] == "self":
            return process.network
        if process.context.pid_namespace and of_process[1] == "1":
            return process.network
        check_numbers(process)
        try:
            return process.machine.network_of(int(of_process[1]))
        except KernelError:
            raise KernelError(Errno.ENOENT) from None
    if re.match(r"(?:/var)?/run/docker/netns/", path):
        raise NotModelled(f"the namespace file {path}")
    raise KernelError(Errno.EINVAL if process.files.exists(path) else Errno.ENOENT)
