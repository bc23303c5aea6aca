"""Servers: each socket that `ss -lntup` shows is an nc that listens there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.livehost.addresses import addresses_of, interface
from vnetsim.livehost.devices import CollectedDevices
from vnetsim.livehost.directory import CollectedNamespace
from vnetsim.livehost.writer import HostScriptWriter, in_namespace
from vnetsim.values import frozen

_PROCESS: Final = re.compile(r'users:\(\("([^"]*)"')
#: Where Docker's DNS server listens in a container.
_EMBEDDED_DNS: Final = "127.0.0.11"


@frozen
class Listener:
    """A socket that waits; `address` is "" for all of both families."""

    protocol: str
    address: str
    port: int
    device: str
    process: str = attrs.field(eq=False)

    @classmethod
    def parse(cls, line: str) -> Listener | None:
        """Of a line of `ss`; None for other sockets.  ValueError for other text."""
        fields = line.split()
        if len(fields) < 5 or fields[0] not in ("tcp", "udp", "icmp6", "???", "icmp", "p_raw", "p_dgr", "mptcp"):
            raise ValueError(line)
        if fields[0] not in ("tcp", "udp"):
            return None
        address, _, port = fields[4].rpartition(":")
        address, _, device = address.partition("%")
        address = "" if address == "*" else address.strip("[]")
        found = _PROCESS.search(line)
        return cls(fields[0], address, int(port), device.rstrip("]"), found[1] if found else "")

    @property
    def is_only_ipv6(self) -> bool:
        return self.address == "::"

    @property
    def command(self) -> str:
        words = ["nc", "-6lk" if not self.address or ":" in self.address else "-4lk"]
        if self.protocol == "udp":
            words[1] += "u"
        if self.address not in ("", "::", "0.0.0.0"):
            words.append(self.address)
        return " ".join([*words, str(self.port)])


def write_listeners(devices: CollectedDevices, namespace: CollectedNamespace, script: HostScriptWriter) -> None:
    """A socket of all IPv6 addresses and no IPv4 one, which nc does not make, becomes one for each address."""
    local = [
        str(interface(record).ip)
        for device in devices.inside(namespace)
        for record in addresses_of(device)
        if record.get("family") == "inet6" and record.get("scope") != "link"
    ]
    for found in _listeners(namespace, script):
        each = [attrs.evolve(found, address=address) for address in local] if found.is_only_ipv6 else [found]
        comment = f" # {found.process}" if found.process else ""
        script.lines += [f"{in_namespace(namespace.name, one.command)} &{comment}" for one in each]


def _listeners(namespace: CollectedNamespace, script: HostScriptWriter) -> Iterator[Listener]:
    seen: set[Listener] = set()
    for number, line in enumerate(namespace.text("ss").splitlines(), 1):
        try:
            found = Listener.parse(line) if line.strip() else None
        except ValueError:
            location = f"{namespace.path / 'ss'}:{number}"
            raise UsageError(f"{location}: expected a line of `ss -lntupH`, found {line!r}") from None
        if found is None or found in seen:
            continue
        seen.add(found)
        what = f"{found.protocol} {found.address or '*'}:{found.port} of {found.process or 'a process'}"
        if found.address == _EMBEDDED_DNS:
            script.note(namespace, f"{what}: Docker's DNS server")
        elif found.device not in ("", "lo"):
            script.note(namespace, f"{what}: a socket that is bound to {found.device}")
        elif found.protocol == "udp" and found.address.startswith("fe80:"):
            script.note(namespace, f"{what}: a socket of a link-local address")
        else:
            yield found
