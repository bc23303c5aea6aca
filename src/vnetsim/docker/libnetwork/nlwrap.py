"""The engine's access to its host, with errors in the text of Go's netlink library (libnetwork/internal/nlwrap).

All access goes through the interfaces of `vnetsim.process`; no state is kept here.
"""

from __future__ import annotations

from random import Random
from typing import Final

from vnetsim.clock import Wait
from vnetsim.docker.libnetwork.netutils import interface_name
from vnetsim.errors import Errno, KernelError, go_errno
from vnetsim.observations import Link
from vnetsim.operations import AddLink, DeleteLink, SetSysctl
from vnetsim.process import Child, Context, Main, Service
from vnetsim.process.files import Files
from vnetsim.process.machine import Machine
from vnetsim.process.network import Network

#: IFNAMSIZ less the final zero.
_LONGEST_NAME: Final = 15
#: How long an idle thread sleeps.
_LONG: Final = 10**18


class NetlinkError(Exception):
    """The kernel refused; `str` is what Go's syscall.Errno says."""


class Idle(Service):
    """An idle thread that keeps its namespaces, so that they have a process number."""

    __slots__ = ()

    def wait(self) -> Wait:
        return self.process.sleep(_LONG)


class EngineHost:
    """The host of an engine; `pid` is the engine's own process."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._self: Child | None = None

    @property
    def network(self) -> Network:
        return self.machine.host.network

    @property
    def files(self) -> Files:
        return self.machine.host.files

    @property
    def random(self) -> Random:
        return self.machine.random

    @property
    def pid(self) -> int:
        if self._self is None:
            self._self = self.machine.hold(("dockerd",), self.machine.host)
        return self._self.pid

    def close(self) -> None:
        """The engine ends."""
        if self._self is not None:
            self._self.kill()
            self._self = None

    def sleep(self, nanoseconds: int) -> Wait:
        return self.machine.sleep(nanoseconds)

    # --- devices ---------------------------------------------------------------------------------------------------

    def execute(self, operation: object, network: Network | None = None) -> None:
        """Execute an operation in the host's namespace or in another one; NetlinkError."""
        network = network or self.network
        try:
            network.execute(operation)
        except KernelError as error:
            raise NetlinkError(go_errno(error.errno)) from None
        if isinstance(operation, AddLink):
            network.ask_link(operation.name or "")  # netlink's ensureIndex looks a new device up

    def try_execute(self, operation: object, network: Network | None = None) -> None:
        """Execute an operation and ignore its failure."""
        try:
            (network or self.network).execute(operation)
        except KernelError:
            return

    def link(self, name: str, network: Network | None = None) -> Link | None:
        return (network or self.network).link(name)

    def delete_link(self, name: str) -> None:
        if self.link(name) is not None:
            self.try_execute(DeleteLink(device=name))

    def check_name(self, name: str) -> None:
        """NetlinkError for names that rtnetlink refuses before it looks them up."""
        if len(name) > _LONGEST_NAME:
            raise NetlinkError(go_errno(Errno.ERANGE))
        if "/" in name or name in (".", "..") or any(character.isspace() for character in name):
            raise NetlinkError(go_errno(Errno.EINVAL))

    def new_interface_name(self) -> str:
        return interface_name(self.random, lambda name: self.link(name) is not None)

    # --- sysctls ---------------------------------------------------------------------------------------------------

    def sysctl(self, key: str, files: Files | None = None) -> str:
        """The value of `net/ipv4/ip_forward`; empty if there is no such key."""
        try:
            return (files or self.files).read(f"/proc/sys/{key}").strip()
        except KernelError:
            return ""

    def set_sysctl(self, key: str, value: str, network: Network | None = None) -> None:
        self.try_execute(SetSysctl(key=key, value=value), network)

    def ensure_sysctl(self, key: str, value: str) -> bool:
        """Set a value; whether this changed it."""
        if self.sysctl(key) == value:
            return False
        self.set_sysctl(key, value)
        return True

    # --- threads ---------------------------------------------------------------------------------------------------

    def run(self, main: Main, name: str, context: Context, *arguments: str) -> Child:
        """Run a thread or program of the engine in the namespaces of `context`."""
        return self.machine.run(main, (name, *arguments), context)


def read_file(files: Files, path: str) -> str:
    """A file's text, empty where there is none."""
    try:
        return files.read(path)
    except KernelError:
        return ""
