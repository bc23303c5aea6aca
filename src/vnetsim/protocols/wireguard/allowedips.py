"""Which peer each address belongs to: cryptokey routing (drivers/net/wireguard/allowedips.c).

A packet is sent to the peer of its destination, and accepted from the peer of its source only.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from vnetsim.wire.inet import Address, Prefix

PeerT = TypeVar("PeerT")


class AllowedIps(Generic[PeerT]):
    """Networks with their peers, of both families; each network belongs to one peer."""

    def __init__(self) -> None:
        #: By family and length, the longest first, the peers of networks by their first bits.
        self._by_length: dict[int, dict[int, dict[int, PeerT]]] = {4: {}, 6: {}}
        self._networks: dict[tuple[int, Prefix], PeerT] = {}

    def insert(self, network: Prefix, peer: PeerT) -> None:
        """It becomes the newest network of that peer, whomever it belonged to."""
        key = network.version, network
        self._networks.pop(key, None)
        self._networks[key] = peer
        lengths = self._by_length[network.version]
        if network.length not in lengths:
            lengths[network.length] = {}
            self._by_length[network.version] = dict(sorted(lengths.items(), reverse=True))
        self._by_length[network.version][network.length][_bits(network.address, network.length)] = peer

    def remove_by_peer(self, peer: PeerT) -> None:
        for version, network in [key for key, owner in self._networks.items() if owner is peer]:
            del self._networks[version, network]
            lengths = self._by_length[version]
            del lengths[network.length][_bits(network.address, network.length)]
            if not lengths[network.length]:
                del lengths[network.length]

    def lookup(self, address: Address) -> PeerT | None:
        """The peer of the longest network with that address."""
        for length, peers in self._by_length[address.version].items():
            peer = peers.get(_bits(address, length))
            if peer is not None:
                return peer
        return None

    def of(self, peer: PeerT) -> tuple[Prefix, ...]:
        """The networks of a peer, in the order in which they came to it."""
        return tuple(network for (_, network), owner in self._networks.items() if owner is peer)


def _bits(address: Address, length: int) -> int:
    return int(address) >> address.bits - length
