"""The routing tables of one namespace and family (net/ipv4/fib_frontend.c, fib_semantics.c, net/ipv6/ip6_fib.c).

    fib = Fib(version, index_of, ignores_linkdown)
    fib.lookup(Flowi(destination, ...)) -> FibResult   # rules, then tables, longest prefix first
    fib.generation                                     # changes whenever a lookup could have another result
    fib.insert(entry, verb) / fib.delete(config)       # KernelError: EEXIST, ENOENT, ESRCH
    fib.dump(table)                                    # in the kernel's order
    fib.device_down / device_gone / device_up / carrier / source_gone    # events; return the routes that are deleted

kernel.fib.semantics checks entries.  As long as the rules are the default ones, IPv4's tables local and main are one
trie, so that a longer prefix in main matches before a shorter one in local.

Not modelled: encapsulation, route classification (realms), choosing among several default routes of
one metric by the state of their gateways, IPv6's source-specific routes and choice among equal routes.
kernel.ipv6.addrconf collects expired routes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import (
    DEFAULT,
    ERRORS,
    LOCAL,
    MAIN,
    NOWHERE,
    TOS_MASK,
    FibConfig,
    FibEntry,
    FibNexthop,
    FibResult,
    Flowi,
    NexthopException,
)
from vnetsim.kernel.fib.rules import ACTIONS, RuleTable
from vnetsim.kernel.fib.trie import Nodes, Table
from vnetsim.observations import RoutingRule
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import Address, IPv4

NO_ROUTE: Final = FibResult(None, None, Errno.ENETUNREACH)

#: What a choice among hops may depend on (FIB_MULTIPATH_HASH_FIELD_*).
ADDRESSES: Final = 0x03
PROTOCOL: Final = 0x04
PORTS: Final = 0x30

#: A prefix length: how far to shift an address, the one to put before what is left of it, and the routes of that key.
Level: TypeAlias = tuple[int, int, Nodes]

#: Among so many prefixes of one length one is searched for.
_FEW: Final = 8

#: The default rules: tables that are looked up together, and the number of the result.
_BY_DEFAULT: Final = {
    4: (((LOCAL, MAIN), MAIN), ((DEFAULT,), DEFAULT)),
    6: (((LOCAL,), LOCAL), ((MAIN,), MAIN)),
}


class Fib:
    """All tables of a namespace for one family; `version` is 4 or 6."""

    def __init__(
        self,
        version: int = 4,
        index_of: Callable[[str], int | None] = lambda _: None,
        ignores_linkdown: Callable[[int], bool] = lambda _: False,
        clock: Callable[[], int] = lambda: 0,
        hash_fields: Callable[[], int] = lambda: ADDRESSES,
        l3mdev_of: Callable[[int], tuple[int, int] | None] = lambda _: None,
    ) -> None:
        self.version = version
        self.generation = 0
        self._bits = 32 if version == 4 else 128
        self.rules = RuleTable(version, index_of)  #: `touch` is to be called after a change
        self.ignores_linkdown = ignores_linkdown
        self._clock = clock
        self._hash_fields = hash_fields
        #: The index and the table of the VRF of a device.
        self._l3mdev_of = l3mdev_of
        self._tables: dict[int, Table] = {MAIN: Table(self._bits)}
        #: Whether table main has come into being: until then nothing can be deleted from it.
        self._has_main = version == 6
        if version == 6:
            self._tables[LOCAL] = Table(self._bits)
        self._levels: dict[tuple[int, ...], list[Level]] = {}
        #: Destinations of type local that there are or were, by their length, once asked for.
        self.own: list[tuple[int, Collection[int]]] | None = None
        #: Whether any hop has exceptions.
        self._has_exceptions = False
        #: The listener to routes that come and to those that are deleted (rtmsg_fib, inet6_rt_notify).
        self.listener: Callable[[FibEntry, bool], None] | None = None

    @property
    def has_main(self) -> bool:
        """Whether table main has come into being."""
        return self._has_main

    def touch(self) -> None:
        """Something outside the tables changed what a lookup finds (rules, sysctls, names of devices)."""
        self.generation += 1
        self._levels.clear()

    @property
    def needs_transport(self) -> bool:
        """Whether lookups depend on protocol and ports."""
        return bool(self._hash_fields() & (PROTOCOL | PORTS)) or self.rules.needs_transport

    # --- looking up -----------------------------------------------------------------------------------------------

    def lookup(self, flow: Flowi) -> FibResult:
        """The route of a flow; among equal hops the hash of the flow chooses."""
        found = self._lookup_by_rules(flow) if self.rules.custom else self._lookup_by_default(flow)
        if found.error is Errno.EAGAIN:
            return NO_ROUTE
        if found.entry is not None and len(found.entry.hops) > 1 and not flow.oif and found.hop is not None:
            return FibResult(found.entry, self._choose(found.entry, flow) or found.hop, None, found.table)
        return found

    def lookup_table(self, number: int, flow: Flowi) -> FibResult | None:
        """The same in one table only; None if nothing matches."""
        found = self._search((number,), flow, number)
        return None if found is None or found.error is Errno.EAGAIN else found

    def _lookup_by_default(self, flow: Flowi) -> FibResult:
        found = NO_ROUTE
        for tables, number in _BY_DEFAULT[self.version]:
            if number in self._tables:
                found = self._search(tables, flow, number) or NO_ROUTE
            if found.error is None or (self.version == 6 and found.entry is not None and found.error != Errno.EAGAIN):
                break
        return found

    def _lookup_by_rules(self, flow: Flowi) -> FibResult:
        flow = self._in_vrf(flow)
        for rule in self.rules.matching(flow):
            found = self._follow(rule, flow)
            if found is not None and found.error is not Errno.EAGAIN:
                return found
        return NO_ROUTE

    def _in_vrf(self, flow: Flowi) -> Flowi:
        """l3mdev_update_flow: an `oif` that is a VRF leads into its table, and matches no hop."""
        for index in (flow.oif, flow.iif):
            found = self._l3mdev_of(index) if index else None
            if found is not None:
                master, table = found
                return flow._replace(oif=0 if flow.oif == master else flow.oif, l3_table=flow.l3_table or table)
        return flow

    def _follow(self, rule: RoutingRule, flow: Flowi) -> FibResult | None:
        error = ACTIONS[rule.action]
        if error is not None:
            return FibResult(None, None, error)
        table = flow.l3_table if rule.l3mdev else rule.table
        assert table is not None
        found = self._search((table,), flow, table)
        suppressed = rule.suppress_prefix_length
        if found is None or found.entry is None or suppressed is None or found.error is not None:
            return found
        return found if found.entry.destination.length > suppressed else None

    def _search(self, tables: tuple[int, ...], flow: Flowi, number: int) -> FibResult | None:
        destination = flow.destination
        for shift, one, nodes in self._levels_of(tables):
            for entry in nodes.get(destination >> shift | one, ()):
                if entry.scope < flow.scope or (entry.tos and entry.tos != flow.tos & TOS_MASK):
                    continue
                if entry.expires is not None and self.is_over(entry):
                    continue
                error = ERRORS.get(entry.kind)
                if error is not None:
                    if self.version == 6 and flow.oif:
                        continue  # a route of lo, and the flow wants another device
                    return FibResult(entry, None, error, number)
                for hop in entry.hops:
                    if flow.oif in (0, hop.index) and self._is_usable(hop, flow):
                        return FibResult(entry, hop, None, number)
        return None

    def _levels_of(self, tables: tuple[int, ...]) -> list[Level]:
        """Longest prefixes first, as if the tables were one; at the same length the first table comes first."""
        levels = self._levels.get(tables)
        if levels is None:
            ordered = sorted(
                (-length, rank)
                for rank, number in enumerate(tables)
                if number in self._tables
                for length in self._tables[number].lengths()
            )
            levels = self._levels[tables] = [
                (self._bits + length, 1 << -length, self._tables[tables[rank]].nodes) for length, rank in ordered
            ]
        return levels

    def _is_usable(self, hop: FibNexthop, flow: Flowi) -> bool:
        if hop.dead or not hop.linkdown or flow.without_carrier:
            return not hop.dead
        return not self.ignores_linkdown(hop.index)

    def _choose(self, entry: FibEntry, flow: Flowi) -> FibNexthop | None:
        """The hop of this flow (fib_multipath_hash), by weight.

        The kernel's hash has a random key, so that only the proportions are the same.
        """
        usable = [hop for hop in entry.hops if self._is_usable(hop, flow)]
        total = sum(hop.weight for hop in usable)
        point = _hash(*self._hash_keys(flow)) * total >> 32
        for hop in usable:
            point -= hop.weight
            if point < 0:
                return hop
        return None

    def _hash_keys(self, flow: Flowi) -> tuple[int, ...]:
        """The fields of fib_multipath_hash_policy."""
        fields, addresses = self._hash_fields(), (int(flow.source or 0), int(flow.destination))
        if fields == ADDRESSES:
            return addresses
        values = (*addresses, flow.protocol, 0, flow.sport or 0, flow.dport or 0)
        return tuple(value if fields >> bit & 1 else 0 for bit, value in enumerate(values))

    def may_be_local(self, address: Address) -> bool:
        """False if no table has a route of type local to it."""
        for shift, prefixes in self.own or self.own_prefixes():  # noqa: SIM110 -- called for each request of ARP
            if address >> shift in prefixes:
                return True
        return False

    def own_prefixes(self) -> list[tuple[int, Collection[int]]]:
        """Finds `own`."""
        found: dict[int, list[int]] = {}
        for entry in self.entries():
            if entry.kind == "local":
                shift = self._bits - entry.destination.length
                found.setdefault(shift, []).append(entry.destination.address >> shift)
        self.own = [
            (shift, frozenset(prefixes) if len(prefixes) > _FEW else tuple(prefixes))
            for shift, prefixes in found.items()
        ]
        return self.own

    def address_type(self, address: Address, index: int | None = None, table: int = LOCAL) -> str:
        """What an address is to this host: unicast, local, broadcast or multicast (inet_addr_type).

        With `index`, only as far as that device is concerned.
        """
        if isinstance(address, IPv4) and address in (0, 0xFFFF_FFFF):
            return "broadcast"
        if address.is_multicast:
            return "multicast"
        merged = self.version == 4 and table == LOCAL and not self.rules.custom
        if table not in self._tables:
            return "broadcast"  # as long as this host never had an address
        found = self._search((LOCAL, MAIN) if merged else (table,), Flowi(address), table)
        if found is None or found.entry is None or found.hop is None:
            return "unicast"
        return found.entry.kind if index in (None, found.entry.hops[0].index) else "unicast"

    # --- changing -------------------------------------------------------------------------------------------------

    def new_table(self, number: int) -> None:
        """Tables come into being with the first attempt to put something in, and stay."""
        if number not in self._tables:
            self._tables[number] = Table(self._bits)
        # With the default rules local and main are one trie (fib_new_table).
        self._has_main = self._has_main or number == MAIN or (number == LOCAL and not self.rules.custom)

    def has_table(self, number: int) -> bool:
        return number in self._tables

    def insert(self, entry: FibEntry, verb: Verb) -> None:
        """Put a route among those of its prefix.

        KernelError: EEXIST if one of the same prefix, TOS and metric forbids it, ENOENT if there is none to change.
        """
        if not self._has_main or entry.table not in self._tables:
            self.new_table(entry.table)
        if self._has_exceptions and self.version == 4:
            self._share_exceptions(entry)
        self._tables[entry.table].insert(entry, verb)
        if entry.kind == "local":
            self.own = None
        self.touch()
        if self.listener is not None:
            self.listener(self._tables[entry.table].holding(entry), False)

    def delete(self, pattern: FibConfig) -> FibEntry:
        """Delete the first route that matches: KernelError(ESRCH) if there is none."""
        if pattern.table not in self._tables or (pattern.table == MAIN and not self._has_main):
            raise KernelError(Errno.ESRCH, "FIB table does not exist")
        table = self._tables[pattern.table]
        before = [(entry, entry.hops) for entry in table.at(pattern.destination)]
        found = table.delete(pattern)
        self.touch()
        if self.listener is not None:
            hops = next(hops for entry, hops in before if entry is found)
            gone = hops if hops == found.hops else tuple(hop for hop in hops if hop not in found.hops)
            self.listener(attrs.evolve(found, hops=gone), True)
        return found

    def twin(self, entry: FibEntry) -> FibEntry | None:
        """The route with the same prefix, type and next hops, if there is one."""
        table = self._tables.get(entry.table)
        return None if table is None else table.same_nexthops(entry)

    def is_over(self, entry: FibEntry) -> bool:
        """Whether it has expired: it is still dumped until it is collected, but does not match."""
        return entry.expires is not None and entry.expires <= self._clock()

    def collect(self) -> bool:
        """fib6_run_gc: remove expired routes; whether others will expire."""
        self._bury(self.is_over, self.entries())
        return any(entry.expires is not None for entry in self.entries())

    def dump(self, table: int | None = None) -> list[FibEntry]:
        """The routes of one table (KernelError(ENOENT) if it does not exist), or of all by their numbers."""
        if table is not None and table not in self._tables:
            raise KernelError(Errno.ENOENT, f"ipv{self.version}: FIB table does not exist")
        numbers = sorted(self._tables, key=lambda number: (number & 0xFF, number)) if table is None else [table]
        return [
            entry for number in numbers for entry in sorted(self._tables[number].entries(), key=self._listing_order)
        ]

    def _listing_order(self, entry: FibEntry) -> tuple[int, int]:
        """A trie walks IPv4 by network, longer prefixes of the same one first; IPv6's tree has its leaves before it."""
        prefix = entry.destination
        return (prefix.address if self.version == 4 else prefix.last, -prefix.length)

    # --- exceptions -----------------------------------------------------------------------------------------------

    def learn(self, match: FibResult, destination: Address) -> NexthopException | None:
        """The exception for a destination beyond the hop of a match, a new one if there is none.

        It is gone with the hop; IPv4 keeps it for all routes of the same fib_info, as long as one of them is left.
        None where no route leads there.
        """
        if match.entry is None or match.hop is None:
            return None
        if match.hop.exceptions is None:
            self._has_exceptions = True
            match.hop.exceptions = {}
            if self.version == 4:
                for entry in self.entries():
                    if entry is not match.entry and entry.same_info(match.entry):
                        entry.hops[match.entry.hops.index(match.hop)].exceptions = match.hop.exceptions
        return match.hop.exceptions.setdefault(destination, NexthopException())

    def _share_exceptions(self, entry: FibEntry) -> None:
        known = next((known for known in self._tables[entry.table].entries() if known.same_info(entry)), None)
        if known is not None:
            for hop, other in zip(entry.hops, known.hops, strict=True):
                hop.exceptions = other.exceptions

    def exceptions(self, index: int | None = None) -> list[tuple[FibEntry, FibNexthop, Address, NexthopException]]:
        """All exceptions, or those beyond one device; an exception that routes share is listed once."""
        if not self._has_exceptions:
            return []
        found = {
            (id(hop.exceptions), destination): (entry, hop, destination, exception)
            for entry in (self.entries() if index is None else self._by_device(index))
            for hop in entry.hops
            if index in (None, hop.index)
            for destination, exception in (hop.exceptions or {}).items()
        }
        return list(found.values())

    def flush_exceptions(self) -> None:
        """`ip route flush cache`."""
        for entry in self.entries():
            for hop in entry.hops:
                hop.exceptions = None
        self._has_exceptions = False

    # --- events ---------------------------------------------------------------------------------------------------

    def device_down(self, index: int, *, force: bool = False) -> list[FibEntry]:
        """A device went down: hops by it are dead, and routes without another hop are deleted (fib_sync_down_dev).

        IPv4's local addresses stay, unless `force`: the device has lost its last address.
        """
        reported = self._copies(index)
        for hop in self._hops(index):
            if force or hop.scope != NOWHERE or self.version == 6:
                hop.dead = hop.linkdown = True
        return self._bury(lambda entry: all(hop.dead for hop in entry.hops), self._by_device(index), reported)

    def device_gone(self, index: int) -> list[FibEntry]:
        """A device is deleted or moved (NETDEV_UNREGISTER): no route has a hop by it afterwards.

        IPv4 deletes a multipath route as a whole (fib_sync_down_dev); IPv6 keeps the other hops (fib6_ifdown).
        """
        if self.version == 6:
            self.touch()
            reported = self._copies(index)
            gone = [entry for table in self._tables.values() for entry in table.remove_hops(index)]
            self._tell_gone(gone, reported)
            return gone
        return self._bury(lambda entry: bool(entry.hops), self._by_device(index))

    def device_up(self, index: int, *, carrier: bool) -> None:
        """A device came up, or got an address: its next hops lose RTNH_F_DEAD (fib_sync_up)."""
        for hop in self._hops(index):
            hop.dead, hop.linkdown = False, hop.linkdown and not carrier
        self.touch()

    def carrier(self, index: int, *, on: bool) -> None:
        """A device that is up lost or got its carrier."""
        for hop in self._hops(index):
            if not hop.dead:
                hop.linkdown = not on and hop.scope != NOWHERE
        self.touch()

    def source_gone(self, address: Address, table: int = MAIN) -> list[FibEntry]:
        """fib_sync_down_addr: delete routes of the main table, or a VRF's, with a source that is not local any more."""
        return self._bury(lambda entry: entry.source == address and entry.table == table, self.entries())

    def mtu_changed(self, index: int, before: int, mtu: int) -> None:
        """NETDEV_CHANGEMTU: a path MTU is never above the device's, and rises with it if the device was the bottleneck.

        IPv4: fib_nhc_update_mtu; IPv6, also for MTUs of routes: rt6_mtu_change_route_allowed.
        """
        for *_, exception in self.exceptions(index):
            known = exception.mtu
            if known is not None and (known > mtu or (known == before and not exception.mtu_locked)):
                exception.mtu, exception.mtu_locked = mtu, False
        if self.version == 6:
            for entry in self._by_device(index):
                if entry.mtu and entry.hops[0].index == index and (entry.mtu > mtu or entry.mtu == before):
                    entry.mtu = mtu

    def nexthop_gone(self, number: int) -> list[FibEntry]:
        """Delete the routes by a nexthop object."""
        return self._bury(lambda entry: entry.nhid == number, self.entries())

    def entries(self) -> Iterator[FibEntry]:
        return (entry for table in self._tables.values() for entry in table.entries())

    def has_gateway(self, gateway: Address, index: int) -> bool:
        """Whether a route leads to that gateway by that device (ip_fib_check_default)."""
        return any(hop.via == gateway and not hop.dead for hop in self._hops(index))

    def _hops(self, index: int) -> list[FibNexthop]:
        found: list[FibNexthop] = []
        for table in self._tables.values():
            for entry in table.by_device(index):
                for hop in entry.hops:
                    if hop.index == index:
                        found.append(hop)
        return found

    def _by_device(self, index: int) -> list[FibEntry]:
        return [entry for table in self._tables.values() for entry in table.by_device(index)]

    def _bury(
        self,
        doomed: Callable[[FibEntry], bool],
        among: Iterable[FibEntry],
        reported: Mapping[int, FibEntry] | None = None,
    ) -> list[FibEntry]:
        gone = list(filter(doomed, among))
        for entry in gone:
            self._tables[entry.table].remove(entry)
        self.touch()
        self._tell_gone(gone, reported or {})
        return gone

    def _copies(self, index: int) -> Mapping[int, FibEntry]:
        """The routes by a device as they are now, for messages about them later."""
        if self.listener is None:
            return {}
        return {
            id(entry): attrs.evolve(entry, hops=tuple(attrs.evolve(hop) for hop in entry.hops))
            for entry in self._by_device(index)
        }

    def _tell_gone(self, gone: Iterable[FibEntry], reported: Mapping[int, FibEntry]) -> None:
        """fib6_del tells of each route, in the order of the tree, as it was `reported`; fib_table_flush of none."""
        if self.listener is not None and self.version == 6:
            for entry in sorted(gone, key=lambda entry: (entry.table & 0xFF, entry.table, *self._listing_order(entry))):
                self.listener(reported.get(id(entry), entry), True)


def _hash(*values: int) -> int:
    """32 bits that depend on all of `values` and on nothing else (FNV-1a, its bits mixed once more)."""
    state = 0x811C_9DC5
    for octet in b"".join(value.to_bytes(16, "big") for value in values):
        state = (state ^ octet) * 0x0100_0193 & 0xFFFF_FFFF
    state = (state ^ state >> 15) * 0x2C1B_3C6D & 0xFFFF_FFFF
    return state ^ state >> 16
