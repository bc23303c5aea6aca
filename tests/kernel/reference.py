"""A plain reading of iptables rules: what forwarded packets of UDP and ICMP meet, counted rule by rule.

It knows nothing of the simulator: addresses are texts, a packet is a handful of fields, a rule is what was typed.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import attrs


@attrs.define
class Packet:
    source: str
    destination: str
    protocol: str
    ports: tuple[int, int] = (0, 0)
    type: int = 8
    arrives: str = ""
    leaves: str = ""
    mark: int = 0
    state: str = "INVALID"
    connection: Connection | None = None
    direction: int = 0

    def flow(self) -> tuple[Any, ...]:
        """What its connection is found by; a reply of ICMP has the identifier of its request."""
        return self.protocol, self.source, self.destination, *self.ports, self.type


@attrs.define
class Connection:
    """`ends`: the source and the destination as they leave the router, and as they came."""

    came: tuple[str, str]
    ends: list[str]
    ports: tuple[int, int]
    mark: int = 0
    confirmed: bool = False
    answered: bool = False


@attrs.define(eq=False)
class Rule:
    """`tests` are (option, value, whether it is negated); `target` as behind -j or -g, in words."""

    tests: list[tuple[str, str, bool]]
    target: list[str]
    hits: int = 0

    def words(self) -> str:
        said = (f"{'! ' * negated}{option} {value}" for option, value, negated in self.tests)
        return " ".join([*(re.sub(r"^! (-m \S+) ", r"\1 ! ", words) for words in said), *self.target])

    def fits(self, packet: Packet) -> bool:
        return all(_holds(option, value, packet, negated=negated) for option, value, negated in self.tests)


def _masked(text: str, value: int) -> bool:
    wanted, _, mask = text.partition("/")
    return value & int(mask or "0xffffffff", 0) == int(wanted, 0)


def _in_ports(text: str, port: int) -> bool:
    return any(int(one.split(":")[0]) <= port <= int(one.split(":")[-1]) for one in text.split(","))


def _holds(option: str, value: str, packet: Packet, *, negated: bool) -> bool:
    if option == "-m connmark --mark":
        return packet.connection is not None and _masked(value, packet.connection.mark) != negated
    found = {
        "-s": lambda: ipaddress.ip_address(packet.source) in ipaddress.ip_network(value),
        "-d": lambda: ipaddress.ip_address(packet.destination) in ipaddress.ip_network(value),
        "-i": lambda: packet.arrives == value,
        "-o": lambda: packet.leaves == value,
        "-p": lambda: packet.protocol == value,
        "-m udp --sport": lambda: _in_ports(value, packet.ports[0]),
        "-m udp --dport": lambda: _in_ports(value, packet.ports[1]),
        "-m multiport --dports": lambda: _in_ports(value, packet.ports[1]),
        "-m icmp --icmp-type": lambda: packet.type == int(value),
        "-m mark --mark": lambda: _masked(value, packet.mark),
        "-m conntrack --ctstate": lambda: packet.state in value.split(","),
    }[option]()
    return found != negated


@attrs.define
class Reference:
    """Chains by table and name, policies, and the connections so far."""

    chains: dict[tuple[str, str], list[Rule]]
    policies: dict[tuple[str, str], str]
    connections: dict[tuple[Any, ...], tuple[Connection, int]] = attrs.field(factory=dict)

    def forward(self, packet: Packet, device_to: dict[str, str]) -> bool:
        """Whether it gets out; its addresses are then those with which it leaves."""
        if not self._passes("raw", "PREROUTING", packet):
            return False
        if packet.state != "UNTRACKED":
            self._track(packet)
        if not self._passes("mangle", "PREROUTING", packet):
            return False
        self._translate("PREROUTING", packet)
        packet.leaves = device_to[packet.destination]
        if not (self._passes("mangle", "FORWARD", packet) and self._passes("filter", "FORWARD", packet)):
            return False
        packet.arrives = ""
        if not self._passes("mangle", "POSTROUTING", packet):
            return False
        self._translate("POSTROUTING", packet)
        self._confirm(packet)
        return True

    # --- rules --------------------------------------------------------------------------------------------------------

    def _passes(self, table: str, hook: str, packet: Packet) -> bool:
        verdict = self._chain(table, hook, packet)
        return (verdict or [self.policies.get((table, hook), "ACCEPT")])[0] != "DROP"

    def _chain(self, table: str, chain: str, packet: Packet) -> list[str] | None:
        for rule in self.chains.get((table, chain), []):
            if not rule.fits(packet):
                continue
            rule.hits += 1
            if not rule.target:
                continue
            how, name, *rest = rule.target
            if name in ("ACCEPT", "DROP", "DNAT", "SNAT"):
                return [name, *rest]
            if name == "RETURN":
                return None
            if name in ("MARK", "CONNMARK", "NOTRACK"):
                _change(name, rest, packet)
            else:
                verdict = self._chain(table, name, packet)
                if verdict is not None or how == "-g":
                    return verdict
        return None

    # --- connections --------------------------------------------------------------------------------------------------

    def _track(self, packet: Packet) -> None:
        found = self.connections.get(packet.flow())
        if found is None:
            if packet.protocol == "icmp" and packet.type == 0:
                return
            ends = (packet.source, packet.destination)
            packet.connection, packet.state = Connection(ends, list(ends), packet.ports), "NEW"
            return
        packet.connection, packet.direction = found
        packet.connection.answered |= packet.direction == 1
        packet.state = "ESTABLISHED" if packet.connection.answered else "NEW"

    def _translate(self, hook: str, packet: Packet) -> None:
        connection = packet.connection
        if connection is None:
            return
        before = hook == "PREROUTING"
        if not connection.confirmed and packet.state == "NEW":
            verdict = self._chain("nat", hook, packet) or ["ACCEPT"]
            if verdict[0] in ("DNAT", "SNAT"):
                connection.ends[before] = verdict[2]
        if packet.direction == 0:
            if before:
                packet.destination = connection.ends[1]
            else:
                packet.source = connection.ends[0]
        elif before:
            packet.destination = connection.came[0]
        else:
            packet.source = connection.came[1]

    def _confirm(self, packet: Packet) -> None:
        connection = packet.connection
        if connection is None or connection.confirmed:
            return
        connection.confirmed = True
        one, other = connection.ports
        kinds = (8, 0) if packet.protocol == "icmp" else (8, 8)
        back = (one, other) if packet.protocol == "icmp" else (other, one)
        self.connections[packet.protocol, *connection.came, one, other, kinds[0]] = connection, 0
        self.connections[packet.protocol, connection.ends[1], connection.ends[0], *back, kinds[1]] = connection, 1


def _change(name: str, rest: list[str], packet: Packet) -> None:
    connection = packet.connection
    if name == "NOTRACK":
        packet.state = "UNTRACKED"
    elif name == "MARK":
        packet.mark = _set(packet.mark, rest[1])
    elif connection is not None and rest[0] == "--set-xmark":
        connection.mark = _set(connection.mark, rest[1])
    elif connection is not None and rest[0] == "--save-mark":
        connection.mark = packet.mark
    elif connection is not None:
        packet.mark = connection.mark


def _set(old: int, text: str) -> int:
    value, mask = (int(part, 0) for part in text.split("/"))
    return old & ~mask ^ value
