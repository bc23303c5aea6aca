"""What happens to a machine as a whole: what its operator can do, and what is set when it is switched on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.operations import AddAddress, AddLink, AddRoute, Hop, Peer, SetLink, SetSysctl
from vnetsim.process import Files, Network
from vnetsim.wire.inet import DEFAULT4, InterfaceAddress, IPv4

#: Of the first process.
ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LC_ALL": "C",
}
#: On the disk of a machine that is switched on for the first time.
FILES: Final = {
    "/etc/hosts": (
        "127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\n"
        "ff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n"
    ),
    "/etc/resolv.conf": "",
    "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "/dev/null": "",
    # What Debian's package installs, among others.
    "/usr/share/doc/iproute2/copyright": "",
}


class Operator:
    """What can be done to the machine as a whole: `lab.host.reboot()`.

    Not modelled: what runs at boot besides docker.service and systemd-sysctl, and a /run that begins empty.
    """

    def __init__(self, *, reboot: Callable[[bool], None], stop: Callable[[], None], start: Callable[[], None]) -> None:
        self._reboot, self._stop, self._start = reboot, stop, start

    def reboot(self, *, forced: bool = False) -> None:
        """Services end, the kernel begins anew, services start; `forced`: the power fails, and nobody is told.

        Files stay, and what the engine keeps: networks, containers, images.  What was typed is gone: addresses, routes,
        rules, sysctls (but for /etc/sysctl.conf and /etc/sysctl.d), named namespaces, programs that ran.  The machine
        outside (`Lab.docker_host`) is cabled anew and begins anew, too.  NotModelled, once the machine is up, if one of
        those files asks for a value that is not modelled.
        """
        self._reboot(forced)

    def restart_engine(self) -> None:
        """`systemctl restart docker`; UsageError in dockerd's words if it does not start again."""
        self._stop()
        self._start()

    def stop_engine(self) -> None:
        """`systemctl stop docker`: containers end, bridges and rules stay."""
        self._stop()

    def start_engine(self) -> None:
        """`systemctl start docker`; UsageError in dockerd's words if it does not start."""
        self._start()


@contextlib.contextmanager
def boot_sysctls(files: Files) -> Iterator[None]:
    """systemd-sysctl: sysctl.d(5), later files win; what cannot be set is passed over.

    Values that are not modelled are left out; NotModelled tells of the first one when the rest of the boot is over.
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
    """A network outside (192.168.56.0/24), and a machine on it, `lan`, that is the host's way to the world."""
    host.execute(AddLink(kind="veth", name="eth0", peer=Peer(name="eth0", netns="lan")))
    for network, address in ((host, "192.168.56.10/24"), (lan, "192.168.56.20/24")):
        network.execute(SetLink(device="lo", up=True))
        network.execute(AddAddress(device="eth0", interface=InterfaceAddress.parse(address)))
        network.execute(SetLink(device="eth0", up=True))
    gateway = Hop(via=IPv4.parse("192.168.56.20"))
    host.execute(AddRoute(destination=DEFAULT4, hops=(gateway,), protocol=3))
    host.execute(SetSysctl(key="net/ipv4/ip_forward", value="0"))
