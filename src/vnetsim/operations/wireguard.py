"""The configuration of a WireGuard device: `wg set` and `wg setconf` (drivers/net/wireguard/netlink.c)."""

from __future__ import annotations

import base64
from typing import NamedTuple

from vnetsim.operations.verb import command_line, option
from vnetsim.wire.inet import Address, Prefix


def _key(value: bytes | None) -> str | None:
    """The file that `wg set` reads it from."""
    return None if value is None else f"<(echo {base64.b64encode(value).decode()})"


class SetWireguardPeer(NamedTuple):
    """A peer is made if there is none of the public key, unless it is to be removed.

    Keys have 32 bytes; one of zeros is none.  `persistent_keepalive` is in seconds, 0 for never.  `allowed_ips` are
    added; None with `replace_allowed_ips` leaves none.
    """

    public_key: bytes
    remove: bool = False
    preshared_key: bytes | None = None
    endpoint: tuple[Address, int] | None = None
    persistent_keepalive: int | None = None
    replace_allowed_ips: bool = False
    allowed_ips: tuple[Prefix, ...] = ()

    def words(self) -> str:
        """As they follow `wg set DEV`."""
        networks = ",".join(map(str, self.allowed_ips)) or ('""' if self.replace_allowed_ips else None)
        return command_line(
            option("peer", base64.b64encode(self.public_key).decode()), "remove" if self.remove else None,
            option("preshared-key", _key(self.preshared_key)),
            option("endpoint", None if self.endpoint is None else endpoint(*self.endpoint)),
            option("persistent-keepalive", self.persistent_keepalive), option("allowed-ips", networks),
        )  # fmt: skip


class SetWireguard(NamedTuple):
    """With `replace_peers` those that are not named are removed first, as by `wg setconf`."""

    device: str
    private_key: bytes | None = None
    listen_port: int | None = None
    fwmark: int | None = None
    replace_peers: bool = False
    peers: tuple[SetWireguardPeer, ...] = ()

    def command(self) -> str:
        return command_line(
            "wg set", self.device, option("private-key", _key(self.private_key)),
            option("listen-port", self.listen_port), option("fwmark", self.fwmark),
            *(peer.words() for peer in self.peers),
        )  # fmt: skip


def endpoint(address: Address, port: int) -> str:
    """`10.0.0.2:51820` or `[fd00::2]:51820`."""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
