"""Kathará's options `bridged` and `port`: a further interface in Docker's default network, and published ports.

docker0 gives devices 172.17.0.2 and on, in the order of lab.conf; the host masquerades what they send further.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.errors import UsageError
from vnetsim.scenario.labs.lab_conf import KatharaMachine
from vnetsim.scenario.labs.publishing import published
from vnetsim.scenario.labs.steps import LabStep
from vnetsim.values import define

_BRIDGE: Final = "docker0"
_GATEWAY: Final = "172.17.0.1"
_FIRST_HOST: Final = 2
_LAST_HOST: Final = 254
#: What Kathará publishes a port on if none is given.
_HOST_PORT: Final = "3000"


@define
class Uplinks:
    """How many devices are bridged so far."""

    count: int = 0

    def steps(self, file: str, machine: KatharaMachine) -> Iterator[LabStep]:
        option = machine.last("bridged")
        line = option.line if option else machine.line
        if not self.count:
            yield from (LabStep(command, file, line) for command in _NETWORK)
        address = f"172.17.0.{_FIRST_HOST + self.count}"
        if self.count > _LAST_HOST - _FIRST_HOST:
            raise UsageError(f"{file}:{line}: expected at most {self.count} devices that are bridged")
        eth, port = f"eth{len(machine.interfaces)}", f"uplink{self.count}"
        self.count += 1
        name = machine.name
        yield LabStep(f"ip link add {port} type veth peer name {eth} netns {name}", file, line)
        yield LabStep(f"ip link set {port} master {_BRIDGE} up", file, line)
        yield LabStep(f"ip -n {name} addr add {address}/16 dev {eth}", file, line)
        yield LabStep(f"ip -n {name} link set {eth} up", file, line)
        yield LabStep(f"ip -n {name} route add default via {_GATEWAY}", file, line)
        for option in machine.values("port"):
            yield from published(option.value, address, _HOST_PORT, file, option.line)


_NETWORK: Final = (
    f"ip link add {_BRIDGE} type bridge",
    f"ip addr add {_GATEWAY}/16 dev {_BRIDGE}",
    f"ip link set {_BRIDGE} up",
    "sysctl -qw net.ipv4.ip_forward=1",
    f"iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o {_BRIDGE} -j MASQUERADE",
)
