"""The forwarding database of a bridge: which port leads to which address (net/bridge/br_fdb.c).

    fdb = ForwardingDatabase[Port]()
    fdb.learn(mac, port, now)             # br_fdb_update
    fdb.lookup(mac, now) -> BridgeFdbEntry | None  # entry.local: for this machine; else entry.port
    fdb.add_local / delete_local          # addresses of ports and of the bridge itself (port None)
    fdb.add / delete / flush              # `bridge fdb`, `ip link set ... type bridge fdb_flush`
    fdb.flush_port(port)                  # a port is disabled or removed
    fdb.dump(port, now)                   # newest first, as the kernel lists them
    fdb.lasting(now), fdb.ends()          # of all ports, and when they end

Not modelled: hardware offload, external learning, sticky entries, the limit of learned entries.  A learned entry
is gone when its time is over; Linux still uses it until its next collection, which is due at that time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Final, Generic, TypeAlias, TypeVar

import attrs

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.operations.verb import Verb
from vnetsim.values import define
from vnetsim.wire.mac import UNKNOWN, Mac

#: How long a learned entry is kept without a frame from it (BR_DEFAULT_AGEING_TIME).
AGEING: Final = 300 * SECOND
#: Collections are never closer together than that (br_fdb_cleanup).
_COLLECTION: Final = 10 * MILLISECOND

#: The key of an entry is its VLAN and its address.
_MAC_BITS: Final = 48

Port = TypeVar("Port", bound=Hashable)
#: An address of this machine in a VLAN (0 for none), and whose it is.
LocalAddress: TypeAlias = "tuple[Mac, int, Port | None]"


def _nobody(*_: object) -> None:
    """No caller keeps entries, or wants to know of them."""


@define(eq=False)
class BridgeFdbEntry(Generic[Port]):
    """`port` is None for the bridge's own address.  `static` entries do not age, `local` ones are this machine's."""

    mac: Mac
    port: Port | None
    used: int
    updated: int
    local: bool = False
    static: bool = False
    by_user: bool = False
    #: 0 without VLAN filtering.
    vlan: int = 0

    @property
    def state(self) -> str:
        """As `bridge fdb` prints it; "" for learned ones."""
        return "permanent" if self.local else "static" if self.static else ""


@define(eq=False)
class ForwardingDatabase(Generic[Port]):
    """`ageing` is in nanoseconds; 0 means that nothing is learned, so that everything is flooded.

    `report` is called with an entry that is new or another, or with True that is deleted.
    `changed` is called when an entry is not what it was, beside the times: it has another port, or is no longer there.
    """

    changed: Callable[[], None] = _nobody
    ageing: int = AGEING
    report: Callable[[BridgeFdbEntry[Port], bool], None] = attrs.field(default=_nobody, kw_only=True)
    _entries: dict[int, BridgeFdbEntry[Port]] = attrs.field(factory=dict, init=False)

    # --- learning and lookup -----------------------------------------------------------------------------------------

    def learn(self, mac: Mac, port: Port, now: int, vlan: int = 0) -> bool:
        """br_fdb_update: `mac` is behind `port`; True for a new entry, and one that moved."""
        key = mac | vlan << _MAC_BITS
        entry = self._entries.get(key)
        if entry is None:
            if not self.ageing:
                return False
            self._entries[key] = BridgeFdbEntry(mac, port, now, now, vlan=vlan)
            self.report(self._entries[key], False)
            return True
        if entry.local or not self.ageing:
            return False
        if now >= entry.updated + self.ageing and not entry.static:
            self._delete(entry)
            return self.learn(mac, port, now, vlan)
        entry.updated = now
        if entry.port == port:
            return False
        entry.port = port
        self.changed()
        self.report(entry, False)
        return True

    def lookup(self, mac: Mac, now: int, vlan: int = 0) -> BridgeFdbEntry[Port] | None:
        """Where to send what is addressed to `mac`, or None: unknown, or too long ago."""
        entry = self._entries.get(mac | vlan << _MAC_BITS)
        if entry is None:
            return None
        if self._expired(entry, now):
            self._delete(entry)
            return None
        entry.used = now
        return entry

    def find(self, mac: Mac, now: int, vlan: int = 0) -> BridgeFdbEntry[Port] | None:
        """The same without using it: for locked ports, which take only what is known behind them."""
        entry = self._entries.get(mac | vlan << _MAC_BITS)
        return None if entry is None or self._expired(entry, now) else entry

    def _expired(self, entry: BridgeFdbEntry[Port], now: int) -> bool:
        return not entry.static and now >= entry.updated + max(self.ageing, _COLLECTION)

    def _delete(self, entry: BridgeFdbEntry[Port]) -> None:
        del self._entries[entry.mac | entry.vlan << _MAC_BITS]
        self.changed()
        self.report(entry, True)

    # --- addresses of this machine --------------------------------------------------------------------------------

    def add_local(self, mac: Mac, port: Port | None, now: int = 0, vlan: int = 0) -> None:
        """An address of a port, or of the bridge itself; the first of several that are equal counts.

        Of no station, as a bridge is called that has lost its ports, there is no entry (is_valid_ether_addr).
        """
        if not mac:
            return
        key = mac | vlan << _MAC_BITS
        known = self._entries.get(key)
        if known is not None and known.local:
            return
        self._entries.pop(key, None)
        self._entries[key] = BridgeFdbEntry(mac, port, now, now, local=True, static=True, vlan=vlan)
        self.changed()
        self.report(self._entries[key], False)

    def delete_local(
        self, mac: Mac, port: Port | None, others: Iterable[LocalAddress[Port]] = (), vlan: int = 0
    ) -> None:
        """A port has lost this address; the entry moves to one of `others` that has the same address in the VLAN."""
        entry = self._entries.get(mac | vlan << _MAC_BITS)
        if entry is not None and entry.local and entry.port == port and not entry.by_user:
            self._drop_local(entry, others)

    def _drop_local(self, entry: BridgeFdbEntry[Port], others: Iterable[LocalAddress[Port]]) -> None:
        for mac, vlan, port in others:
            if (mac, vlan) == (entry.mac, entry.vlan) and port != entry.port:
                entry.port, entry.by_user = port, False
                self.changed()
                self.report(entry, False)
                return
        self._delete(entry)

    # --- people ---------------------------------------------------------------------------------------------------

    def add(
        self, mac: Mac, port: Port | None, state: str, verb: Verb, now: int, *, port_learns: bool = True, vlan: int = 0
    ) -> None:
        """`bridge fdb VERB MAC dev PORT master STATE` (fdb_add_entry), or `... dev BRIDGE self` with port None.

        `state` is permanent, static or dynamic; `port_learns` whether the port's state is learning or forwarding.
        KernelError: EINVAL, EPERM, ENOENT, EEXIST as the kernel would.
        """
        local, static = state == "permanent", state != "dynamic"
        if mac == UNKNOWN or (port is None and not local):
            raise KernelError(Errno.EINVAL)
        if not static and not port_learns:
            raise KernelError(Errno.EPERM)
        key = mac | vlan << _MAC_BITS
        entry = self.find(mac, now, vlan)
        if entry is None:
            if verb is Verb.CHANGE:
                raise KernelError(Errno.ENOENT)
            self._entries.pop(key, None)
            self._entries[key] = BridgeFdbEntry(mac, port, now, now, local, static, by_user=True, vlan=vlan)
            self.report(self._entries[key], False)
            return
        if verb is Verb.ADD:
            raise KernelError(Errno.EEXIST)
        if (entry.port, entry.local, entry.static) != (port, local, static):
            entry.port, entry.local, entry.static, entry.updated = port, local, static, now
            self.changed()
            self.report(entry, False)
        entry.used, entry.by_user = now, True

    def delete(self, mac: Mac, port: Port | None, vlan: int = 0) -> None:
        """`bridge fdb del MAC dev PORT master`: KernelError(ENOENT) unless it is behind that very port."""
        entry = self._entries.get(mac | vlan << _MAC_BITS)
        if entry is None or entry.port != port:
            raise KernelError(Errno.ENOENT)
        self._delete(entry)

    def flush(self, port: Port | None = None) -> None:
        """Forget what was learned: everywhere, or behind `port` (br_fdb_flush)."""
        for entry in list(self._entries.values()):
            if not entry.static and port in (None, entry.port):
                self._delete(entry)

    # --- ports and listings ---------------------------------------------------------------------------------------

    def flush_port(
        self,
        port: Port,
        *,
        everything: bool = False,
        others: Iterable[LocalAddress[Port]] = (),
        vlan: int | None = None,
    ) -> None:
        """A port was disabled (learned entries go), or left the bridge (`everything` does); or one VLAN of it did.

        `others` are the addresses of the bridge and of the ports that stay: see `delete_local`.
        """
        staying = tuple(others)
        for entry in [e for e in reversed(self._entries.values()) if e.port == port and vlan in (None, e.vlan)]:
            if entry.local and everything:
                self._drop_local(entry, staying)
            elif everything or not entry.static:
                self._delete(entry)

    def report_end(self) -> None:
        """br_dev_delete: the bridge goes, with the entries that are left, the newest first."""
        for entry in reversed(self._entries.values()):
            self.report(entry, True)

    def lasting(self, now: int) -> list[BridgeFdbEntry[Port]]:
        """The entries of all ports, oldest first."""
        return [entry for entry in self._entries.values() if not self._expired(entry, now)]

    def ends(self) -> list[int]:
        """When each learned entry is gone unless a frame from it comes, in nanoseconds."""
        lasts = max(self.ageing, _COLLECTION)
        return [entry.updated + lasts for entry in self._entries.values() if not entry.static]

    def dump(self, port: Port | None, now: int) -> list[BridgeFdbEntry[Port]]:
        """The entries of one port (of the bridge itself for None), newest first."""
        return [e for e in reversed(self._entries.values()) if e.port == port and not self._expired(e, now)]
