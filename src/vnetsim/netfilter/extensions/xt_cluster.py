"""Which node of a cluster a connection belongs to: cluster (xt_cluster.c), by the hash of its first source address.

Every node sees all packets and takes its share.  Not modelled: that frames to a multicast address of Ethernet count as
sent to this host.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.jhash import jhash_1word
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

_MOST_NODES: Final = 32
_WORD: Final = 32
_NAMES: Final = ("cluster-total-nodes", "cluster-local-node", "cluster-local-nodemask")


@frozen
class ClusterMatch(XtMatch):
    name = "cluster"
    tracks = True
    nodes: int
    mask: int
    seed: int
    negated: bool = False

    def fits(self, _rule: object) -> bool:
        """xt_cluster_mt_checkentry"""
        return self.nodes <= _MOST_NODES and self.mask < 1 << self.nodes

    def matches(self, packet: PktInfo) -> bool:
        connection = packet.connection
        if connection is None:
            return False
        node = node_of(connection.original.source, self.nodes, self.seed)
        return bool(self.mask >> node & 1) != self.negated

    def listing(self, _numeric: bool) -> str:
        mask = f"{'!' if self.negated else ''}node_mask=0x{self.mask:08x}"
        return f"cluster {mask} total_nodes={self.nodes} hash_seed=0x{self.seed:08x}"

    def __str__(self) -> str:
        mask = f"{negation(self.negated)}--cluster-local-nodemask 0x{self.mask:08x}"
        return f"-m cluster {mask} --cluster-total-nodes {self.nodes} --cluster-hash-seed 0x{self.seed:08x}"


def node_of(source: Address, nodes: int, seed: int) -> int:
    """xt_cluster_hash: jhash of the first 32 bits of the address, in the order of their bytes in memory."""
    octets = int(source).to_bytes(source.bits // 8, "big")
    hashed = jhash_1word(int.from_bytes(octets[:4], "little"), seed)
    return hashed * nodes >> _WORD


def _check(parsed: ParsedOptions) -> None:
    """cluster_check"""
    nodes, node, mask = (parsed.get(name) for name in _NAMES)
    if node is None and mask is None:
        raise ArgumentError("cluster match: `--cluster-local-node' or`--cluster-local-nodemask' is missing")
    if nodes is not None and node is not None and node > nodes:
        raise ArgumentError("cluster match: `--cluster-local-node' must be <= `--cluster-total-nodes'")
    if nodes is not None and mask is not None and mask >= 1 << nodes:
        raise ArgumentError("cluster match: `--cluster-local-nodemask' too big for `--cluster-total-nodes'")


def _build(parsed: ParsedOptions) -> ClusterMatch:
    node = "cluster-local-node" in parsed
    option = "cluster-local-node" if node else "cluster-local-nodemask"
    mask = 1 << parsed.get(option) - 1 if node else parsed.get(option)
    return ClusterMatch(
        parsed.get("cluster-total-nodes"), mask, parsed.get("cluster-hash-seed"), parsed.negated(option)
    )


MATCHES: Final = (
    Extension(
        "cluster",
        (
            XtOption("cluster-total-nodes", options.integer(1, _MOST_NODES), mandatory=True),
            XtOption("cluster-local-node", options.integer(1, _MOST_NODES), inverts=True,
                     excludes=("cluster-local-nodemask",)),
            XtOption("cluster-local-nodemask", options.integer(1, _MOST_NODES), inverts=True,
                     excludes=("cluster-local-node",)),
            XtOption("cluster-hash-seed", options.integer(0, UINT32_MAX), mandatory=True),
        ),
        _build,
        _check,
    ),
)  # fmt: skip
