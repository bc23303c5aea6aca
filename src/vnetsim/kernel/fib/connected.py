"""The routes that addresses and devices make and unmake by themselves (net/ipv4/fib_frontend.c, net/ipv6/addrconf.c).

    address_added / address_deleted / device_up / device_down / device_gone / carrier_changed  # IPv4
    address_added6 / address_usable6 / address_deleted6 / device_up6 / device_ready6           # IPv6; else as above

Pure functions (`routes_of`, `obsolete`, `local_route6`, `prefix_routes6`) tell which routes an address makes; the
others call them and change the tables.  Addresses are values as `ip addr` shows them, devices the Devices of
kernel.fib.semantics.

Not modelled: routes learned from router advertisements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from vnetsim.errors import KernelError
from vnetsim.kernel.fib.info import (
    HOST,
    LINK,
    LOCAL,
    LOOPBACK_INDEX,
    MAIN,
    NOWHERE,
    FibConfig,
    FibEntry,
    FibNexthop,
    HopPattern,
)
from vnetsim.kernel.fib.semantics import Devices
from vnetsim.kernel.fib.tables import Fib
from vnetsim.observations import AddressEntry
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import BROADCAST4, LOOPBACK6, Address, IPv6, Prefix

_KERNEL: Final = 2  # RTPROT_KERNEL
_PREFIX_METRIC6: Final = 256  # IP6_RT_PRIO_ADDRCONF
_GROUPS6: Final = Prefix(IPv6.parse("ff00::"), 8)


def network_of(address: AddressEntry) -> Prefix:
    """What the connected route of an address leads to: the subnet of its far end."""
    return Prefix.of(address.peer if address.peer is not None else address.address, address.length)


def is_secondary(address: AddressEntry) -> bool:
    return "secondary" in address.flags


def _has_zero_network(address: AddressEntry) -> bool:
    return not network_of(address).address


def _alone(address: Address) -> Prefix:
    return Prefix(address, address.bits)


def _primary(address: AddressEntry, addresses: Iterable[AddressEntry]) -> AddressEntry | None:
    """The address whose subnet a secondary is in (inet_ifa_byprefix): the first one of that subnet."""
    if not is_secondary(address):
        return address
    return next((known for known in addresses if network_of(known) == network_of(address)), None)


# --- what an IPv4 address means --------------------------------------------------------------------------------------


def routes_of(address: AddressEntry, primary: AddressEntry, *, up: bool, loopback: bool) -> list[FibEntry]:
    """The routes that an address makes (fib_add_ifaddr), to be appended; `primary` is their source."""
    index, network = address.index, network_of(address)
    made = [_local(_alone(address.address), index, primary)]
    if not up:
        return made
    if address.broadcast not in (None, BROADCAST4):
        assert address.broadcast is not None
        made.append(_near("broadcast", _alone(address.broadcast), index, primary, LOCAL))
    if _has_zero_network(address) or is_secondary(address) or _is_alone(address):
        return made
    if "noprefixroute" not in address.flags and loopback:
        made.append(_local(network, index, primary, address.metric))
    elif "noprefixroute" not in address.flags:
        made.append(_near("unicast", network, index, primary, MAIN, address.metric))
    if address.length < 31:
        made.append(_near("broadcast", _alone(network.last), index, primary, LOCAL))
    return made


def _is_alone(address: AddressEntry) -> bool:
    """A /32 that is its own network needs no route besides the local one."""
    return address.length == 32 and network_of(address).address == address.address


def _local(destination: Prefix, index: int, primary: AddressEntry, metric: int | None = None) -> FibEntry:
    return FibEntry(
        destination=destination, kind="local", hops=(FibNexthop(index=index, scope=NOWHERE),), source=primary.address,
        metric=metric or 0, table=LOCAL, protocol=_KERNEL, scope=HOST,
    )  # fmt: skip


def _near(
    kind: str, destination: Prefix, index: int, primary: AddressEntry, table: int, metric: int | None = None
) -> FibEntry:
    return FibEntry(
        destination=destination, kind=kind, hops=(FibNexthop(index=index, scope=HOST),), source=primary.address,
        metric=metric or 0, table=table, protocol=_KERNEL, scope=LINK,
    )  # fmt: skip


def obsolete(
    address: AddressEntry,
    primary: AddressEntry | None,
    remaining: Sequence[AddressEntry],
    *,
    loopback: bool,
    promoting: bool = False,
) -> list[FibConfig]:
    """The routes that go with an address (fib_del_ifaddr), given those that remain on its device.

    While another address of the subnet is promoted, `promoting`, those of the subnet keep nothing.
    """
    network = network_of(address)
    others = [known for known in remaining if not (promoting and network_of(known) == network)]
    keeping = others if primary is None else _sharing_source(primary, others)
    kept = {known.broadcast for known in keeping}
    for known in keeping:
        if not is_secondary(known) and known.length < 31 and not _has_zero_network(known):
            kept |= {network_of(known).first, network_of(known).last}
    gone: list[FibConfig] = []
    subnet = not (is_secondary(address) or _has_zero_network(address) or _is_alone(address))
    if subnet and "noprefixroute" not in address.flags:
        gone.append(_magic("local" if loopback else "unicast", network, address, primary))
    groups = [address.broadcast, *((network.last, network.first) if subnet and address.length < 31 else ())]
    gone += [
        _magic("broadcast", _alone(group), address, primary)
        for group in dict.fromkeys(groups)
        if group is not None and group not in kept
    ]
    if not any(known.address == address.address for known in keeping):
        gone.append(_magic("local", _alone(address.address), address, primary))
    return gone


def _sharing_source(primary: AddressEntry, others: Sequence[AddressEntry]) -> list[AddressEntry]:
    """The addresses whose routes have the same source as those of `primary`."""
    sharing: list[AddressEntry] = []
    for known in others:
        if is_secondary(known) and network_of(known) == network_of(primary):
            sharing.append(known)
            continue
        source = _primary(known, others)
        if source is not None and source.address == primary.address:
            sharing.append(known)
    return sharing


def _magic(kind: str, destination: Prefix, address: AddressEntry, primary: AddressEntry | None) -> FibConfig:
    """fib_magic(RTM_DELROUTE)."""
    return FibConfig(
        destination=destination,
        kind=kind,
        table=MAIN if kind == "unicast" else LOCAL,
        protocol=_KERNEL,
        scope=HOST if kind == "local" else LINK,
        source=None if primary is None else primary.address,
        hops=(HopPattern(index=address.index),),
    )


# --- what happens: IPv4 ----------------------------------------------------------------------------------------------


def address_added(fib: Fib, devices: Devices, address: AddressEntry) -> None:
    """An address is in the list of its device now (fib_inetaddr_event)."""
    index = address.index
    _add_routes(fib, devices, address)
    if devices.is_up(index):
        fib.device_up(index, carrier=devices.has_carrier(index))


def _add_routes(fib: Fib, devices: Devices, address: AddressEntry) -> None:
    index = address.index
    primary = _primary(address, devices.addresses_of(index)) if is_secondary(address) else address
    if primary is not None:
        up, loopback = devices.is_up(index), devices.is_loopback(index)
        _append(fib, devices, index, routes_of(address, primary, up=up, loopback=loopback))


def address_deleted(fib: Fib, devices: Devices, address: AddressEntry, primary: AddressEntry | None = None) -> bool:
    """An address is out of the list of its device; True if it was the last one, so that its neighbours are flushed.

    With `primary`, while a secondary is promoted to primary, the address stays and its routes are added again.
    """
    index = address.index
    remaining, promoting = devices.addresses_of(index), primary is not None
    source = primary or _primary(address, remaining)
    loopback = devices.is_loopback(index)
    for pattern in obsolete(address, source, remaining, loopback=loopback, promoting=promoting):
        _discard(fib, devices, pattern)
    table = devices.l3_table(index)
    if not promoting and fib.address_type(address.address, table=table or LOCAL) != "local":
        fib.source_gone(address.address, table or MAIN)
    if not remaining:
        fib.device_down(index, force=True)
    return not remaining


def device_up(fib: Fib, devices: Devices, index: int, has_routes: Address | None = None) -> None:
    """NETDEV_UP: the addresses make their routes, but one that has them; dead next hops lose RTNH_F_DEAD."""
    for address in devices.addresses_of(index):
        if address.address != has_routes:
            _add_routes(fib, devices, address)
    fib.device_up(index, carrier=devices.has_carrier(index))


def device_down(fib: Fib, devices: Devices, index: int) -> None:  # noqa: ARG001
    """NETDEV_DOWN: every route by the device goes, but IPv4's local ones."""
    fib.device_down(index)


def device_gone(fib: Fib, devices: Devices, index: int) -> None:  # noqa: ARG001
    """NETDEV_UNREGISTER."""
    fib.device_gone(index)


def carrier_changed(fib: Fib, devices: Devices, index: int) -> None:
    """NETDEV_CHANGE of a device that is up."""
    fib.carrier(index, on=devices.has_carrier(index))


def _append(fib: Fib, devices: Devices, index: int, entries: Iterable[FibEntry]) -> None:
    """Routes with one hop, by this device; existing routes stay as they are."""
    table, linkdown = devices.l3_table(index), not devices.has_carrier(index)
    for entry in entries:
        entry.table = table or entry.table
        entry.hops[0].linkdown = linkdown and entry.hops[0].scope != NOWHERE
        try:
            fib.insert(entry, Verb.APPEND)
        except KernelError:
            continue


def _discard(fib: Fib, devices: Devices, pattern: FibConfig) -> None:
    table = devices.l3_table(pattern.hops[0].index or 0)
    try:
        fib.delete(pattern if table is None else attrs.evolve(pattern, table=table))
    except KernelError:
        return


# --- IPv6 ------------------------------------------------------------------------------------------------------------


def local_route6(address: AddressEntry) -> FibEntry:
    """How an address of this host is found in table local."""
    return _own_route6(address.address, address.index, "local")


def _own_route6(address: Address, index: int, kind: str) -> FibEntry:
    return FibEntry(
        destination=_alone(address),
        kind=kind,
        hops=(FibNexthop(index=index, scope=NOWHERE),),
        table=LOCAL,
        protocol=_KERNEL,
        preference="medium",
    )


def prefix_routes6(address: AddressEntry) -> list[FibEntry]:
    """The connected routes of an address while its device is up: of both ends, if it has a peer; lo's ::1 has none."""
    if "noprefixroute" in address.flags or (address.address == LOOPBACK6 and address.index == LOOPBACK_INDEX):
        return []
    ends = [address.address] if address.peer is None else [address.address, address.peer]
    metric = address.metric or _PREFIX_METRIC6
    return [_prefix_route6(Prefix.of(end, address.length), address.index, metric) for end in ends]


def _prefix_route6(prefix: Prefix, index: int, metric: int, kind: str = "unicast", table: int = MAIN) -> FibEntry:
    return FibEntry(
        destination=prefix, kind=kind, hops=(FibNexthop(index=index),), metric=metric, table=table, protocol=_KERNEL,
        preference="medium",
    )  # fmt: skip


def address_added6(fib: Fib, devices: Devices, address: AddressEntry, expires: int | None = None) -> None:
    """An address is in the list of its device; it may be used now, or once it is not tentative any more.

    Its connected routes end with it, at `expires`; those of one that stays for ever stay as well.
    """
    if "tentative" not in address.flags:
        address_usable6(fib, devices, address)
    if devices.is_up(address.index):
        prefix_added6(fib, devices, address, expires)


def prefix_added6(fib: Fib, devices: Devices, address: AddressEntry, expires: int | None = None) -> None:
    """The connected routes of an address, unless they are there; their end is that of the newest address."""
    for route in prefix_routes6(address):
        route.table = devices.l3_table(address.index) or route.table
        known = fib.twin(route)
        if known is None:
            route.expires = expires
            _append(fib, devices, address.index, [route])
        elif known.expires is not None:
            known.expires = expires


def address_usable6(fib: Fib, devices: Devices, address: AddressEntry) -> None:
    """DAD is complete: packets to the address are for this host."""
    _insert6(fib, devices, local_route6(address))


def _insert6(fib: Fib, devices: Devices, entry: FibEntry) -> None:
    """Existing routes stay as they are."""
    entry.table = devices.l3_table(entry.hops[0].index) or entry.table
    try:
        fib.insert(entry, Verb.APPEND)
    except KernelError:
        return


def address_deleted6(fib: Fib, devices: Devices, address: AddressEntry) -> None:
    """An address is out of the list of its device; another one of its subnet keeps the connected route."""
    hops = (HopPattern(index=address.index),)
    _discard(fib, devices, FibConfig(destination=_alone(address.address), kind="local", table=LOCAL, hops=hops))
    prefix_deleted6(fib, devices, address)


def set_prefix_end6(fib: Fib, devices: Devices, address: AddressEntry, expires: int | None) -> None:
    """The address has another lifetime than before, and so have its connected routes (modify_prefix_route)."""
    for route in prefix_routes6(address):
        route.table = devices.l3_table(address.index) or route.table
        known = fib.twin(route)
        if known is not None:
            known.expires = expires


def prefix_deleted6(fib: Fib, devices: Devices, address: AddressEntry) -> None:
    """The connected routes of an address go, unless another one of its subnet keeps them.

    Those of an address with a lifetime end by themselves.
    """
    if "dynamic" in address.flags:
        return
    others = [known for known in devices.addresses_of(address.index) if known.address != address.address]
    kept = [route.destination for known in others for route in prefix_routes6(known)]
    for route in prefix_routes6(address):
        if route.destination not in kept:
            hops = (HopPattern(index=address.index),)
            _discard(fib, devices, FibConfig(destination=route.destination, protocol=_KERNEL, hops=hops))


def device_up6(fib: Fib, devices: Devices, index: int) -> None:
    """NETDEV_UP: the addresses that are there make their routes."""
    for address in devices.addresses_of(index):
        address_added6(fib, devices, address)
    fib.device_up(index, carrier=devices.has_carrier(index))


def device_ready6(fib: Fib, devices: Devices, index: int) -> None:
    """A device is ready for IPv6: add the multicast route and those of its addresses."""
    if not devices.is_loopback(index) and not devices.is_l3_master(index):
        _append(fib, devices, index, [_prefix_route6(_GROUPS6, index, _PREFIX_METRIC6, "multicast", LOCAL)])
    device_up6(fib, devices, index)


def set_anycast6(fib: Fib, devices: Devices, index: int, address: IPv6, *, there: bool) -> None:
    """Add or delete the anycast address of a router's subnet (__ipv6_dev_ac_inc, __ipv6_dev_ac_dec)."""
    if there:
        _insert6(fib, devices, _own_route6(address, index, "anycast"))
    else:
        hops = (HopPattern(index=index),)
        _discard(fib, devices, FibConfig(destination=_alone(address), kind="anycast", table=LOCAL, hops=hops))
