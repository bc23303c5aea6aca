"""Booting a machine: its first files, sysctls and cables, and what an operator can do to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.operations import AddAddress, AddLink, AddRoute, Hop, Peer, SetLink, SetSysctl
from vnetsim.process.files import Files
from vnetsim.process.network import Network
from vnetsim.wire.inet import DEFAULT4, InterfaceAddress, IPv4

#: The environment of the first process.
ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LC_ALL": "C",
}
#: The files of a new machine.
FILES: Final = {
    "/etc/hosts": (
        "127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\n"
        "ff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n"
    ),
    "/etc/resolv.conf": "",
    "/etc/group": "root:x:0:\n",
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "/dev/null": "",
    # One of the files of Debian's package.
    "/usr/share/doc/iproute2/copyright": "",
}


class Operator:
    """Operations on the whole machine: `lab.host.reboot()`.

    Not modelled: what runs at boot besides docker.service and systemd-sysctl, and a /run that begins empty.
    """

    def __init__(self, *, reboot: Callable[[bool], None], stop: Callable[[], None], start: Callable[[], None]) -> None:
        self._reboot, self._stop, self._start = reboot, stop, start

    def reboot(self, *, forced: bool = False) -> None:
        """Stop services, boot a new kernel, start services; `forced`: the power fails, and no process can shut down.

        Files stay, and the engine's state: networks, containers, images.  The state of the kernel is lost: addresses,
        routes, rules, sysctls (except those of /etc/sysctl.conf and /etc/sysctl.d), named namespaces, processes.  The
        machine on the LAN (`Lab.docker_host`) is new, too.  NotModelled, after the boot, if one of those files sets a
        value that is not modelled.
        """
        self._reboot(forced)

    def restart_engine(self) -> None:
        """`systemctl restart docker`; UsageError with dockerd's message if it does not start again."""
        self._stop()
        self._start()

    def stop_engine(self) -> None:
        """`systemctl stop docker`: containers end, bridges and rules stay."""
        self._stop()

    def start_engine(self) -> None:
        """`systemctl start docker`; UsageError with dockerd's message if it does not start."""
        self._start()


@contextlib.contextmanager
def boot_sysctls(files: Files) -> Iterator[None]:
    """systemd-sysctl: sysctl.d(5), later files win; keys that cannot be set are skipped.

    Values that are not modelled are skipped, too; NotModelled for the first one after the rest of the boot.
    """
    refused = _set_sysctls(files)
    yield
    if refused:
        raise refused[0]


def _set_sysctls(files: Files) -> list[NotModelled]:
    refused = []
    names = files.list("/etc/sysctl.d") if files.is_directory("/etc/sysctl.d") else ()
    paths = [f"/etc/sysctl.d/{name}" for name in names if name.endswith(".conf")]
    for path in (*paths, "/etc/sysctl.conf"):
        for line in files.read(path).splitlines() if files.exists(path) else ():
            key, equals, value = line.strip().removeprefix("-").partition("=")
            if equals and key[:1] not in ("#", ";"):
                try:
                    with contextlib.suppress(KernelError):
                        files.write(f"/proc/sys/{key.strip().replace('.', '/')}", value.strip())
                except NotModelled as error:
                    refused.append(error)
    return refused


def cable(host: Network, lan: Network) -> None:
    """Cable a LAN (192.168.56.0/24) with a machine on it, `lan`, the host's default gateway."""
    host.execute(AddLink(kind="veth", name="eth0", peer=Peer(name="eth0", netns="lan")))
    for network, address in ((host, "192.168.56.10/24"), (lan, "192.168.56.20/24")):
        network.execute(SetLink(device="lo", up=True))
        network.execute(AddAddress(device="eth0", interface=InterfaceAddress.parse(address)))
        network.execute(SetLink(device="eth0", up=True))
    gateway = Hop(via=IPv4.parse("192.168.56.20"))
    host.execute(AddRoute(destination=DEFAULT4, hops=(gateway,), protocol=3))
    host.execute(SetSysctl(key="net/ipv4/ip_forward", value="0"))
