"""What IPv4 and IPv6 keep of a device, as values (include/linux/inetdevice.h, include/net/if_inet6.h).

kernel.ipv4.devinet and kernel.ipv6.addrconf fill and change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import attrs

from vnetsim.clock import SECOND, Timer
from vnetsim.observations import AddressEntry
from vnetsim.values import define
from vnetsim.wire.inet import IPv4, IPv6, Prefix


class NamedLink(Protocol):
    """The name and number of a device."""

    name: str
    index: int


@define(eq=False)
class Ifa4:
    """An IPv4 address of a device (struct in_ifaddr).  `peer` is the far end of a point-to-point address."""

    local: IPv4
    length: int
    peer: IPv4 | None = None
    broadcast: IPv4 | None = None
    scope: int = 0
    label: str | None = None
    secondary: bool = False
    noprefixroute: bool = False
    autojoin: bool = False
    metric: int | None = None
    protocol: int = 0
    valid_seconds: int | None = None
    preferred_seconds: int | None = None
    since: int = 0
    timer: Timer | None = None

    @property
    def destination(self) -> IPv4:
        """ifa_address: the far end, or the address itself."""
        return self.peer or self.local

    @property
    def network(self) -> Prefix:
        """What the connected route leads to."""
        return Prefix.of(self.destination, self.length)

    def flags(self, now: int) -> tuple[str, ...]:
        """The flags of `ip addr`, in its order."""
        if self.preferred_seconds is None and self.valid_seconds is None and not (
            self.secondary or self.noprefixroute or self.autojoin
        ):  # fmt: skip
            return ()
        preferred = self.remaining(self.preferred_seconds, now)
        flags = (
            ("secondary", self.secondary),
            ("deprecated", preferred == 0),
            ("dynamic", self.valid_seconds is not None),
            ("noprefixroute", self.noprefixroute),
            ("autojoin", self.autojoin),
        )
        return tuple(name for name, is_set in flags if is_set)

    def remaining(self, lifetime: int | None, now: int) -> int | None:
        """Seconds left of a lifetime, None for ever."""
        return _remaining(lifetime, self.since, now)

    def entry(self, device: NamedLink, now: int) -> AddressEntry:
        return AddressEntry(
            index=device.index, device=device.name, address=self.local, length=self.length, peer=self.peer,
            broadcast=self.broadcast, scope=self.scope, flags=self.flags(now), label=self.label,
            protocol=self.protocol, metric=self.metric,
            valid_seconds=None if self.valid_seconds is None else self.remaining(self.valid_seconds, now),
            preferred_seconds=None if self.preferred_seconds is None else self.remaining(self.preferred_seconds, now),
        )  # fmt: skip


@define(eq=False)
class Ifa6:
    """An IPv6 address of a device (struct inet6_ifaddr).

    A `tentative` address is not used yet: duplicate address detection is running, or has found a duplicate
    (`dadfailed`).  `nonce` was in its last solicitation, `probes` solicitations are still to be sent.
    """

    address: IPv6
    length: int
    scope: int
    protocol: int = 0
    tentative: bool = False
    dadfailed: bool = False
    deprecated: bool = False
    nodad: bool = False
    home: bool = False
    noprefixroute: bool = False
    autojoin: bool = False
    metric: int | None = None
    valid_seconds: int | None = None
    preferred_seconds: int | None = None
    peer: IPv6 | None = None
    since: int = 0
    #: The timers of its lifetimes, and the one of duplicate address detection.
    timers: tuple[Timer, ...] = ()
    dad_timer: Timer | None = None
    nonce: bytes = b""
    probes: int = 0

    def flags(self) -> tuple[str, ...]:
        """The flags of `ip addr`, in its order."""
        flags = (
            ("nodad", self.nodad),
            ("dadfailed", self.dadfailed),
            ("home", self.home),
            ("deprecated", self.deprecated),
            ("tentative", self.tentative),
            ("dynamic", self.valid_seconds is not None),
            ("noprefixroute", self.noprefixroute),
            ("autojoin", self.autojoin),
        )
        return tuple(name for name, is_set in flags if is_set)

    def stop_timers(self) -> None:
        """Cancel the end of its lifetimes."""
        for timer in self.timers:
            timer.cancel()
        self.timers = ()

    def stop_dad(self) -> None:
        if self.dad_timer is not None:
            self.dad_timer.cancel()
        self.dad_timer = None

    def entry(self, device: NamedLink, now: int) -> AddressEntry:
        """As a dump shows it."""
        return AddressEntry(
            index=device.index, device=device.name, address=self.address, length=self.length, peer=self.peer,
            scope=self.scope, flags=self.flags(), protocol=self.protocol, metric=self.metric,
            valid_seconds=None if self.valid_seconds is None else _remaining(self.valid_seconds, self.since, now),
            preferred_seconds=
                None if self.preferred_seconds is None else _remaining(self.preferred_seconds, self.since, now),
        )  # fmt: skip


#: The settings of a device that no namespace has yet.
_UNREGISTERED: Final[Mapping[str, int]] = {}


@define(eq=False)
class Inet4Dev:
    """Of IPv4 (struct in_device): `conf` is net.ipv4.conf.DEVICE."""

    addresses: list[Ifa4] = attrs.field(factory=list)
    conf: Mapping[str, int] = _UNREGISTERED


@define(eq=False)
class Inet6Dev:
    """Of IPv6 (struct inet6_dev): `conf` is net.ipv6.conf.DEVICE; `ready`: the link came up (IF_READY)."""

    addresses: list[Ifa6] = attrs.field(factory=list)
    conf: Mapping[str, int] = _UNREGISTERED
    addr_gen_mode: str = "eui64"
    ready: bool = False


def _remaining(lifetime: int | None, since: int, now: int) -> int | None:
    """Seconds left of a lifetime that began at `since`; None is for ever."""
    return None if lifetime is None else max(0, lifetime - (now - since) // SECOND)
