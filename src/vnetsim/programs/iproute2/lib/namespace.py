"""Going to a named network namespace, and the files that a program sees there (iproute2: lib/namespace.c).

A program that is started inside sees the files of /etc/netns/NAME instead of those of /etc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Context, Process
from vnetsim.process.files import Files
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error
from vnetsim.programs.libc.setns import check_names
from vnetsim.values import frozen

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
    bound = _bind(process, name, report=False)
    return attrs.evolve(process.context, network=network, files=BoundFiles(files, bound) if bound else files)


@frozen
class BoundFiles:
    """Files of which some are others, as mount(2) with MS_BIND makes them; directories are bound as a whole."""

    files: Files
    bound: dict[str, str]

    def _at(self, path: str) -> str:
        for target, source in self.bound.items():
            if path == target or path.startswith(f"{target}/"):
                return source + path.removeprefix(target)
        return path

    def read(self, path: str) -> str:
        return self.files.read(self._at(path))

    def write(self, path: str, text: str) -> None:
        self.files.write(self._at(path), text)

    def append(self, path: str, text: str) -> None:
        self.files.append(self._at(path), text)

    def remove(self, path: str) -> None:
        if path in self.bound:
            raise KernelError(Errno.EBUSY)
        self.files.remove(self._at(path))

    def remove_directory(self, path: str) -> None:
        if path in self.bound:
            raise KernelError(Errno.EBUSY)
        self.files.remove_directory(self._at(path))

    def make_directory(self, path: str) -> None:
        self.files.make_directory(self._at(path))

    def exists(self, path: str) -> bool:
        return self.files.exists(self._at(path))

    def is_directory(self, path: str) -> bool:
        return self.files.is_directory(self._at(path))

    def is_program(self, path: str) -> bool:
        return self.files.is_program(self._at(path))

    def give_away(self, path: str) -> None:
        self.files.give_away(self._at(path))

    def list(self, path: str) -> Sequence[str]:
        return self.files.list(self._at(path))
