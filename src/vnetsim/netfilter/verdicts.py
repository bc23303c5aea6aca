"""Verdicts.  A NAT verdict describes a translation, which connection tracking carries out (nf_nat_core.c)."""

from __future__ import annotations

from typing import ClassVar, Final

from vnetsim.values import frozen
from vnetsim.wire.inet import Address


class Verdict:
    """Common to all; `str` is what iptables prints."""

    __slots__ = ()


@frozen(str=False)
class AcceptVerdict(Verdict):
    """On to the next table."""

    def __str__(self) -> str:
        return "ACCEPT"


@frozen(str=False)
class DropVerdict(Verdict):
    """The packet is dropped; a local sender gets EPERM."""

    def __str__(self) -> str:
        return "DROP"


@frozen(str=False)
class StolenVerdict(Verdict):
    """The packet leaves by another device; its sender is told nothing."""

    def __str__(self) -> str:
        return "STOLEN"


ACCEPT: Final = AcceptVerdict()
DROP: Final = DropVerdict()
STOLEN: Final = StolenVerdict()


@frozen(str=False)
class RejectVerdict(Verdict):
    """The packet is dropped with an error to its sender; `kind` is the argument of `--reject-with` (tcp-reset, ...)."""

    kind: str

    def __str__(self) -> str:
        return f"REJECT --reject-with {self.kind}"


# --- translations, which end the walk through the nat table --------------------------------------------------------


@frozen
class Ports:
    """Ports (or ICMP identifiers) to choose from, both ends included.

    With `base`, port `base` becomes `first`, the next one the next, and so on (DNAT only).
    """

    first: int
    last: int
    base: int | None = None

    def __str__(self) -> str:
        end = f"-{self.last}" if self.last != self.first else ""
        return f"{self.first}{end}" + (f"/{self.base}" if self.base else "")


@frozen
class Addresses:
    """Addresses to choose from, both ends included."""

    first: Address
    last: Address

    def __str__(self) -> str:
        return f"{self.first}" + (f"-{self.last}" if self.last != self.first else "")


@frozen(str=False)
class NatVerdict(Verdict):
    """A new connection's new source or destination.

    `random` chooses the port by chance, `random_fully` too and without a hash, `persistent` the same address for the
    same client each time.
    """

    name: ClassVar[str]
    addresses: Addresses | None = None
    ports: Ports | None = None
    random: bool = False
    random_fully: bool = False
    persistent: bool = False

    def __str__(self) -> str:
        return self.name


class SnatVerdict(NatVerdict):
    """The source becomes one of `addresses` (None: stays) and one of `ports`."""

    __slots__ = ()
    name = "SNAT"


class DnatVerdict(NatVerdict):
    """The destination becomes one of `addresses` (None: stays) and one of `ports`."""

    __slots__ = ()
    name = "DNAT"


class MasqueradeVerdict(NatVerdict):
    """The source becomes the address of the device that the packet leaves by; `addresses` is None."""

    __slots__ = ()
    name = "MASQUERADE"


class RedirectVerdict(NatVerdict):
    """The destination becomes the address of the device that it came by, or loopback; `addresses` is None."""

    __slots__ = ()
    name = "REDIRECT"


@frozen(str=False)
class NetmapVerdict(Verdict):
    """The bits of `mask` become those of `address`: of the destination before routing, of the source after it."""

    address: Address
    mask: int

    def __str__(self) -> str:
        return "NETMAP"
