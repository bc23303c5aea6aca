"""Addresses: `ip addr add` and `ip addr del` (net/ipv4/devinet.c, net/ipv6/addrconf.c).

Group addresses that a user adds to a device: `ip maddress` (SIOCADDMULTI, SIOCDELMULTI).
"""

from __future__ import annotations

from vnetsim.operations.verb import Verb, command_line, option
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, InterfaceAddress
from vnetsim.wire.mac import Mac


@frozen(kw_only=True)
class AddAddress:
    """`interface` is the local address and the length; with a peer, the length is the peer's.

    `scope` is the number (0 global, 253 link, 254 host); `flags` are names as `ip addr` prints them
    (`nodad`, `noprefixroute`, `home`, `mngtmpaddr`); lifetimes are in seconds, None for ever.
    """

    device: str
    interface: InterfaceAddress
    peer: Address | None = None
    broadcast: Address | None = None
    label: str | None = None
    scope: int | None = None
    flags: tuple[str, ...] = ()
    valid_seconds: int | None = None
    preferred_seconds: int | None = None
    metric: int | None = None
    verb: Verb = Verb.ADD

    def command(self) -> str:
        what = (
            self.interface
            if self.peer is None
            else (f"{self.interface.address} peer {self.peer}/{self.interface.length}")
        )
        return command_line(
            "ip addr", self.verb, what, option("broadcast", self.broadcast), "dev", self.device,
            option("label", self.label), option("scope", self.scope), option("metric", self.metric), *self.flags,
            option("valid_lft", self.valid_seconds), option("preferred_lft", self.preferred_seconds),
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteAddress:
    """Without a length (`wildcard`) the first entry of that address goes, whatever its length."""

    device: str
    interface: InterfaceAddress
    peer: Address | None = None
    label: str | None = None
    wildcard: bool = False

    def command(self) -> str:
        what = str(self.interface.address if self.wildcard else self.interface)
        if self.peer is not None:
            what = f"{self.interface.address} peer {self.peer}/{self.interface.length}"
        return command_line("ip addr del", what, "dev", self.device, option("label", self.label))


@frozen(kw_only=True)
class AddGroup:
    device: str
    mac: Mac

    def command(self) -> str:
        return f"ip maddress add {self.mac} dev {self.device}"


@frozen(kw_only=True)
class DeleteGroup:
    device: str
    mac: Mac

    def command(self) -> str:
        return f"ip maddress del {self.mac} dev {self.device}"
