"""`mininet.topolib`: trees and tori."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.mininet.net import Mininet
from vnetsim.mininet.topo import Topo

_SMALLEST_TORUS: Final = 3


class TreeTopo(Topo):
    """A tree of switches with hosts as leaves."""

    def build(self, depth: int = 1, fanout: int = 2, **_opts: Any) -> None:
        self.hostNum = 1
        self.switchNum = 1
        self.addTree(depth, fanout)

    def addTree(self, depth: int, fanout: int) -> str:
        """The root of the new subtree."""
        if depth <= 0:
            node = self.addHost(f"h{self.hostNum}")
            self.hostNum += 1
            return node
        node = self.addSwitch(f"s{self.switchNum}")
        self.switchNum += 1
        for _ in range(fanout):
            self.addLink(node, self.addTree(depth - 1, fanout))
        return node


def TreeNet(depth: int = 1, fanout: int = 2, **kwargs: Any) -> Mininet:
    return Mininet(TreeTopo(depth, fanout), **kwargs)


class TorusTopo(Topo):
    """x times y switches with n hosts each; the loops need switches with spanning tree."""

    def build(self, x: int, y: int, n: int = 1, **_opts: Any) -> None:
        if x < _SMALLEST_TORUS or y < _SMALLEST_TORUS:
            raise Exception("Please use 3x3 or greater for compatibility with 2.1")
        switches = {}
        for i in range(x):
            for j in range(y):
                at = f"{i + 1}x{j + 1}"
                switch = switches[i, j] = self.addSwitch(f"s{at}", dpid=f"{(i + 1) * 256 + (j + 1):x}")
                for k in range(n):
                    self.addLink(self.addHost(f"h{at}" if n == 1 else f"h{at}x{k + 1}"), switch)
        for i in range(x):
            for j in range(y):
                self.addLink(switches[i, j], switches[i, (j + 1) % y])
                self.addLink(switches[i, j], switches[(i + 1) % x, j])
