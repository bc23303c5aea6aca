"""What namespaces say of others: addresses and MAC addresses, alone or in ranges, and names of devices in rules.

mentions = Mentions()
mentions.read(dumps, own, others)    # what it says of itself is left out, and rules for an address
mentions.ranges(address)             # equal for addresses that are in the same ranges, whoever names them
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from vnetsim.reach.equivalence.dumps import Dumps
from vnetsim.reach.equivalence.runs import single_address, without
from vnetsim.reach.translation.boundaries import Ranges, field_names
from vnetsim.wire.inet import Address, Prefix, is_address, parse_address
from vnetsim.wire.mac import Mac

#: What the kernel and getaddrinfo(3) know of addresses (net/ipv6/addrlabel.c, RFC 6724, RFC 6890).
_KNOWN: Final = tuple(map(Prefix.parse, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "::/96", "::ffff:0:0/96", "2001::/32", "2001:10::/28",
    "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)))  # fmt: skip
#: States of a neighbour whose MAC address is known and used, and no timer is to change that soon.
CERTAIN: Final = ("REACHABLE", "STALE")
_WORD: Final = re.compile(r"[0-9A-Fa-f:.]+")


class _Ranges(Ranges):
    """Ranges of addresses as such; those that are one address are in `single`."""

    def __init__(self) -> None:
        super().__init__()
        self.single: dict[int, set[int]] = {4: set(), 6: set()}
        self._ends: dict[int, set[tuple[int, int]]] = {4: set(), 6: set()}
        self._known: dict[tuple[int, int], Hashable] = {}

    def range_of_addresses(self, version: int, first: int, last: int) -> None:
        if first == last:
            self.single[version].add(first)
        else:
            self._ends[version].add((first, last))

    @cached_property
    def _starts(self) -> dict[int, list[int]]:
        return {v: sorted({n for first, last in ends for n in (first, last + 1)}) for v, ends in self._ends.items()}

    def around(self, address: Address) -> Hashable:
        """Equal for addresses that are in the same ranges."""
        version, number = address.version, int(address)
        key = version, bisect_right(self._starts[version], number)
        if key not in self._known:
            self._known[key] = frozenset(ends for ends in self._ends[version] if ends[0] <= number <= ends[1])
        return self._known[key]


class Mentions:
    """`strings` are those of rules, and names of devices in policy rules, by the namespace's number."""

    def __init__(self) -> None:
        self._ranges = _Ranges()
        self.macs: set[Mac] = set()
        #: The namespaces and devices that know the MAC address of an address.
        self.known_by: dict[Address, list[object]] = {}
        self.strings: dict[int, set[str]] = {}
        #: The longest prefix of an IPv6 address: RFC 6724 compares so many bits of a source with a destination.
        self.longest6 = 0
        for known in _KNOWN:
            self._range(known)

    def ranges(self, address: Address) -> object:
        """The ranges that an address is in, and the address itself where it is named alone."""
        return self._ranges.around(address), address if int(address) in self._ranges.single[address.version] else None

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, dumps: Dumps, own: Collection[Address], others: Mapping[Address, Dumps]) -> None:
        """`own` are addresses that are left out where the namespace itself names them alone, `others` those that are
        left out where a rule is for them alone, or a neighbour is known rightly, and whose they are.
        """
        self._addresses(dumps, own)
        for route in dumps.routes:
            self._range(route.destination, own)
            self._alone([route.source], own)
            self._alone([hop.via for hop in route.hops])
        for policy in dumps.routing_rules:
            self._range(policy.source)
            self._range(policy.destination)
        for entry in dumps.neighbours:
            owner = others.get(entry.address)
            if owner is None or entry.state not in CERTAIN or entry.mac not in owner.macs:
                self._alone([entry.address])
                self.macs.update([entry.mac] if entry.mac is not None else [])
            else:
                self.known_by.setdefault(entry.address, []).append((dumps.number, entry.device, entry.router))
        for socket in dumps.sockets:
            self._alone([socket.local, socket.remote if socket.remote_port else None], own)
        self._stations(dumps)
        self._rules(dumps, others)

    def _addresses(self, dumps: Dumps, own: Collection[Address]) -> None:
        for entry in dumps.addresses:
            self._range(Prefix.of(entry.address, entry.length), own)
            self._alone([entry.address, entry.peer], own)
            if entry.address.version == 6 and not entry.address.is_loopback:
                self.longest6 = max(self.longest6, entry.length)

    def _stations(self, dumps: Dumps) -> None:
        """What bridges know, but where a port is the station itself, or its cable ends there."""
        devices = {device.name: device for device in dumps.devices}
        for entry in dumps.network.fdb():
            device = devices[entry.device]
            if not entry.itself and entry.mac not in (device.mac, None if device.peer is None else device.peer.mac):
                self.macs.add(entry.mac)

    def _rules(self, dumps: Dumps, others: Collection[Address]) -> None:
        words = {name for policy in dumps.routing_rules for name in (policy.in_device, policy.out_device) if name}
        for rule in dumps.rules():
            words.update(_strings(rule))
            single = single_address(rule)
            private = single is not None and single[1] in others
            self._ranges.named_by(without(rule, single[1]) if private and single is not None else rule)
        self.strings[dumps.number] = words

    def read_text(self, text: str) -> None:
        """Command lines and files: whatever is written as an address."""
        for word in _WORD.findall(text):
            if is_address(word):
                self._alone([parse_address(word)])

    # --- what is found -----------------------------------------------------------------------------------------------

    def _range(self, prefix: Prefix | None, own: Collection[Address] = ()) -> None:
        if prefix is not None and not (prefix.length == prefix.address.bits and prefix.address in own):
            self._ranges.range_of_addresses(prefix.version, int(prefix.first), int(prefix.last))

    def _alone(self, addresses: Iterable[Address | None], own: Collection[Address] = ()) -> None:
        for address in addresses:
            if address is not None and address not in own:
                self._ranges.range_of_addresses(address.version, int(address), int(address))


def _strings(value: Any) -> Iterator[str]:
    """Every string in a rule."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list | frozenset):
        for part in value:
            yield from _strings(part)
    else:
        for name in field_names(type(value)):  # type: ignore[arg-type]  # a type is hashable
            yield from _strings(getattr(value, name))
