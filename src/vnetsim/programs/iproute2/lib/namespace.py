"""Going to a named network namespace, and the files that a program sees there (iproute2: lib/namespace.c).

A program that is started inside sees the files of /etc/netns/NAME instead of those of /etc, and has a mount namespace
of its own: what it mounts is seen by itself and its children.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Context, Process
from vnetsim.process.files import Mount
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error
from vnetsim.programs.libc.setns import check_names

_BINDINGS: Final = "/etc/netns"


def switch(process: Process, name: str) -> Network:
    """netns_switch(): the namespace of that name; Iproute2Error (status 255) if one cannot get in."""
    check_names(process)
    try:
        network = process.machine.namespace(name)
    except KernelError as error:
        if error.errno is Errno.EINVAL:
            raise _setting_failed(name, error.errno) from None
        raise Iproute2Error(255, f'Cannot open network namespace "{name}": {error.errno.strerror}') from None
    if not process.context.privileged:
        raise _setting_failed(name, Errno.EPERM)
    _bind(process, name, report=True)
    return network


def _setting_failed(name: str, errno: Errno) -> Iproute2Error:
    return Iproute2Error(255, f'setting the network namespace "{name}" failed: {errno.strerror}')


def _bind(process: Process, name: str, *, report: bool) -> dict[str, str]:
    """bind_etc(): which files of /etc are replaced by which; a file without a counterpart is reported."""
    files, directory = process.files, f"{_BINDINGS}/{name}"
    if not files.is_directory(directory):
        return {}
    bound = {}
    for entry in files.list(directory):
        source, target = f"{directory}/{entry}", f"/etc/{entry}"
        if files.exists(target):
            bound[target] = source
        elif report:
            process.error(f"Bind {source} -> {target} failed: {Errno.ENOENT.strerror}\n")
    return bound


def inside(process: Process, name: str) -> Context:
    """Where a program runs that is started in the namespace."""
    network = switch(process, name)
    files = process.machine.network_files(process.files, network)
    bound = [Mount(target, files, source) for target, source in _bind(process, name, report=False).items()]
    return attrs.evolve(process.context, network=network, files=process.machine.mounted_files(files, bound))
