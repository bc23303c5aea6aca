"""Addresses of devices (struct in_ifaddr, struct inet6_ifaddr)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from vnetsim.clock import SECOND, Timer
from vnetsim.observations import AddressEntry
from vnetsim.wire.inet import IPv4, IPv6, Prefix

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


@attrs.define(eq=False)
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
    metric: int | None = None
    protocol: int = 0
    valid_seconds: int | None = None
    preferred_seconds: int | None = None
    since: int = 0
    timer: Timer | None = None

    @property
    def network(self) -> Prefix:
        """What the connected route leads to."""
        return Prefix.of(self.peer or self.local, self.length)

    def flags(self, now: int) -> tuple[str, ...]:
        """The words of `ip addr`, in its order."""
        preferred = self.remaining(self.preferred_seconds, now)
        words = (
            ("secondary", self.secondary),
            ("deprecated", preferred == 0),
            ("dynamic", self.valid_seconds is not None),
            ("noprefixroute", self.noprefixroute),
        )
        return tuple(word for word, there in words if there)

    def remaining(self, lifetime: int | None, now: int) -> int | None:
        """Seconds left of a lifetime, None for ever."""
        return _remaining(lifetime, self.since, now)

    def entry(self, device: Device, now: int) -> AddressEntry:
        return AddressEntry(
            index=device.index, device=device.name, address=self.local, length=self.length, peer=self.peer,
            broadcast=self.broadcast, scope=self.scope, flags=self.flags(now), label=self.label,
            protocol=self.protocol, metric=self.metric, valid_seconds=self.remaining(self.valid_seconds, now),
            preferred_seconds=self.remaining(self.preferred_seconds, now),
        )  # fmt: skip


@attrs.define(eq=False)
class Ifa6:
    """An IPv6 address of a device (struct inet6_ifaddr).

    While it is `tentative` nobody may use it: it is not known yet that nobody else has it, and with `dadfailed` it is
    known that somebody has.  `nonce` is what the question for it carried, `probes` how many are still to be asked.
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
    metric: int | None = None
    valid_seconds: int | None = None
    preferred_seconds: int | None = None
    peer: IPv6 | None = None
    since: int = 0
    #: What ends its lifetimes, and what asks for it next.
    timers: list[Timer] = attrs.field(factory=list)
    check: Timer | None = None
    nonce: bytes = b""
    probes: int = 0

    def flags(self) -> tuple[str, ...]:
        """The words of `ip addr`, in its order."""
        words = (
            ("nodad", self.nodad),
            ("dadfailed", self.dadfailed),
            ("home", self.home),
            ("deprecated", self.deprecated),
            ("tentative", self.tentative),
            ("dynamic", self.valid_seconds is not None),
            ("noprefixroute", self.noprefixroute),
        )
        return tuple(word for word, there in words if there)

    def stop_timers(self) -> None:
        """Its lifetimes end no more."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def stop_check(self) -> None:
        if self.check is not None:
            self.check.cancel()
        self.check = None

    def entry(self, device: Device, now: int) -> AddressEntry:
        """As a dump shows it."""
        return AddressEntry(
            index=device.index, device=device.name, address=self.address, length=self.length, peer=self.peer,
            scope=self.scope, flags=self.flags(), protocol=self.protocol, metric=self.metric,
            valid_seconds=_remaining(self.valid_seconds, self.since, now),
            preferred_seconds=_remaining(self.preferred_seconds, self.since, now),
        )  # fmt: skip


def _remaining(lifetime: int | None, since: int, now: int) -> int | None:
    """Seconds left of a lifetime that began at `since`, None for ever."""
    return None if lifetime is None else max(0, lifetime - (now - since) // SECOND)
