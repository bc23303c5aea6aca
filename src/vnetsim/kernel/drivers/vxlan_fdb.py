"""Which far end leads to which address: the forwarding database of a VXLAN device (drivers/net/vxlan/vxlan_core.c).

Unlike a bridge's, an entry can have several far ends if it is for a group, or for what is not known
(00:00:00:00:00:00): a copy goes to each.  Not modelled: nexthop groups, external learning.  As in devices.fdb, a
learned entry is gone when its time is over.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.operations.verb import Verb
from vnetsim.values import define, frozen
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import UNKNOWN, Mac

AGEING: Final = 300 * SECOND


@frozen
class FarEnd:
    """Where frames are sent: `port`, `vni` are the device's own where None; `via` is a device's index, 0 for any."""

    address: Address
    port: int | None = None
    vni: int | None = None
    via: int = 0


@define(eq=False)
class VxlanFdbEntry:
    """`state` is permanent, static or "" (dynamic, or learned)."""

    mac: Mac
    state: str
    far_ends: list[FarEnd]
    used: int
    updated: int

    @property
    def for_many(self) -> bool:
        return self.mac == UNKNOWN or self.mac.is_multicast


@define(eq=False)
class VxlanDatabase:
    """`ageing` is in nanoseconds, 0: for ever; `limit` is how many entries there may be, 0: any number."""

    ageing: int = AGEING
    limit: int = 0
    _entries: dict[Mac, VxlanFdbEntry] = attrs.field(factory=dict, init=False)

    # --- lookup and learning -----------------------------------------------------------------------------------------

    def find(self, mac: Mac, now: int) -> VxlanFdbEntry | None:
        entry = self._entries.get(mac)
        if entry is not None and self._expired(entry, now):
            del self._entries[mac]
            return None
        return entry

    def lookup(self, mac: Mac, now: int) -> VxlanFdbEntry | None:
        """The entry of a destination, or the default entry for an unknown one."""
        entry = self.find(mac, now) or self.find(UNKNOWN, now)
        if entry is not None:
            entry.used = now
        return entry

    def learn(self, mac: Mac, address: Address, now: int) -> bool:
        """vxlan_snoop: learn that `mac` is behind `address`; False if a permanent entry differs: drop the frame."""
        if mac == UNKNOWN or mac.is_multicast:
            return False
        entry = self.find(mac, now)
        if entry is None:
            if not self.limit or len(self._entries) < self.limit:
                self._entries[mac] = VxlanFdbEntry(mac, "", [FarEnd(address)], now, now)
            return True
        entry.updated = now
        if entry.far_ends[0].address == address and not entry.far_ends[0].via:
            return True
        if entry.state:
            return False
        entry.far_ends[0] = FarEnd(address)
        return True

    def _expired(self, entry: VxlanFdbEntry, now: int) -> bool:
        return not entry.state and bool(self.ageing) and now >= entry.updated + self.ageing

    # --- people -----------------------------------------------------------------------------------------------------

    def add(self, mac: Mac, far_end: FarEnd, state: str, verb: Verb, now: int) -> None:
        """vxlan_fdb_update: KernelError(EEXIST, ENOENT, EOPNOTSUPP, ENOSPC) as the kernel refuses."""
        entry = self.find(mac, now)
        if entry is None:
            self._create(mac, far_end, state, verb, now)
            return
        if verb is Verb.ADD:
            raise KernelError(Errno.EEXIST)
        if entry.state != state:
            entry.state, entry.updated = state, now
        if verb is Verb.REPLACE:
            if entry.for_many:
                raise KernelError(Errno.EOPNOTSUPP, "Cannot replace non-unicast fdb entries")
            entry.far_ends, entry.updated = [far_end], now
        elif entry.for_many and far_end not in entry.far_ends:
            entry.far_ends.append(far_end)

    def _create(self, mac: Mac, far_end: FarEnd, state: str, verb: Verb, now: int) -> None:
        if verb is Verb.CHANGE:
            raise KernelError(Errno.ENOENT)
        entry = VxlanFdbEntry(mac, state, [far_end], now, now)
        if verb is Verb.REPLACE and entry.for_many:
            raise KernelError(Errno.EOPNOTSUPP)
        if self.limit and len(self._entries) >= self.limit:
            raise KernelError(Errno.ENOSPC)
        self._entries[mac] = entry

    def delete(self, mac: Mac, far_end: FarEnd | None, now: int) -> None:
        """Without a far end all of the entry goes; one that it has not changes nothing.  KernelError(ENOENT)."""
        entry = self.find(mac, now)
        if entry is None:
            raise KernelError(Errno.ENOENT)
        if far_end is not None and far_end not in entry.far_ends:
            return
        if far_end is not None and len(entry.far_ends) > 1:
            entry.far_ends.remove(far_end)
        else:
            del self._entries[mac]

    def flush(self) -> None:
        """The device goes down: what was not fixed is forgotten (vxlan_flush)."""
        for entry in [entry for entry in self._entries.values() if not entry.state]:
            del self._entries[entry.mac]

    def dump(self, now: int) -> list[VxlanFdbEntry]:
        """Newest first."""
        return [entry for entry in reversed(self._entries.values()) if not self._expired(entry, now)]
