"""Sockets that listen to changes of the tables of nft (nfnetlink, NFNLGRP_NFTABLES)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnetsim.kernel.transport.sock import ReceiveQueue

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.netfilter.nft.events import NftChanges
    from vnetsim.netfilter.nft.trace import NftTrace


class RulesetEvents:
    """One of them; it receives NftChanges, and None for what iptables changes; with `traces` also NftTrace."""

    def __init__(self, namespace: NetworkNamespace, *, traces: bool = False) -> None:
        self._tracers = namespace.netfilter.tracers
        if traces:
            self._tracers.append(self._trace)
        self._native = namespace.netfilter.native
        self._queue = ReceiveQueue(namespace.host.engine)
        #: All of it, for who does not wait.
        self.heard: list[NftChanges | None] = []
        self._native.listeners += (self.hear,)

    def hear(self, changes: NftChanges | None) -> None:
        self.heard.append(changes)
        self._queue.put((changes,))

    def _trace(self, trace: NftTrace) -> None:
        self._queue.put((trace,))

    def receive(self, timeout: int | None = None) -> Any:
        return self._queue.get(timeout)

    def close(self) -> None:
        self._tracers[:] = [known for known in self._tracers if known != self._trace]
        self._native.listeners = tuple(known for known in self._native.listeners if known != self.hear)
