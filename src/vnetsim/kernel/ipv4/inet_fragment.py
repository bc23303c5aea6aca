"""Fragment queues of both families (net/ipv4/inet_fragment.c).

Overlapping fragments, and those that disagree about the end, discard the whole datagram (RFC 5722).
Not modelled: memory limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

import attrs

from vnetsim.clock import SECOND, Timer
from vnetsim.dropreason import DropReason
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.values import define

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns

_Key = tuple[int, int, int, int]


@define
class FragmentQueue:
    """The pieces of one datagram that have come so far: by offset, what they carry and whether more follows."""

    timer: Timer
    pieces: dict[int, tuple[bytes, bool]] = attrs.field(factory=dict)
    #: The one with the start of the datagram, and the newest one.
    first: Skb | None = None
    newest: Skb | None = None
    #: Bytes of the longest packet that a piece came in.
    longest: int = 0

    def add(self, offset: int, data: bytes, *, more: bool) -> bool:
        """A piece came (inet_frag_queue_insert): False where it contradicts the others; once more changes nothing."""
        if more:
            data = data[: len(data) & ~7]
        end = offset + len(data)
        final = next((at + len(piece) for at, (piece, goes_on) in self.pieces.items() if not goes_on), None)
        longest = max((at + len(piece) for at, (piece, _) in self.pieces.items()), default=0)
        if not data or (final is not None and (end > final or (not more and end != final))):
            return False
        if not more and end < longest:
            return False
        for first, last in self._runs():
            if first <= offset and end <= last:
                return True
            if offset < last and first < end:
                return False
        self.pieces[offset] = data, more
        return True

    def _runs(self) -> Iterator[tuple[int, int]]:
        """From where to where the payload has come, without gaps in between."""
        begin = end = 0
        for offset in sorted(self.pieces):
            if offset != end:
                if end > begin:
                    yield begin, end
                begin = offset
            end = offset + len(self.pieces[offset][0])
        if end > begin:
            yield begin, end

    def whole(self) -> bytes | None:
        """The payload, if nothing is missing."""
        data, more = b"", True
        for offset in sorted(self.pieces):
            if offset != len(data):
                return None
            piece, more = self.pieces[offset]
            data += piece
        return None if more else data


class FragmentQueues:
    """The fragment queues of one namespace and family (struct fqdir).

    `seconds` is the sysctl of their timeout, `longest` how many bytes a datagram can carry.  `report` gets the first
    fragment of a datagram whose time is over.
    """

    seconds: ClassVar[str]
    longest: ClassVar[int]

    def __init__(self, namespace: Netns, report: Callable[[Skb], None]) -> None:
        self._namespace = namespace
        self._report = report
        self._queues: dict[_Key, FragmentQueue] = {}

    def put(self, skb: Skb, key: _Key, offset: int, data: bytes, *, more: bool) -> tuple[FragmentQueue, bytes] | None:
        """One more fragment; its queue and the whole payload when it was the last one missing."""
        queue = self._queues.get(key)
        if queue is None:
            wait = self._namespace.sysctls.number(self.seconds) * SECOND
            queue = self._queues[key] = FragmentQueue(self._namespace.host.engine.after(wait, self._expired, key))
        if not queue.add(offset, data, more=more) or offset + len(data) > self.longest:
            queue.timer.cancel()
            del self._queues[key]
            self._namespace.drop(skb, skb.device, DropReason.FRAG_REASM_TIMEOUT, "the fragments contradict each other")
            return None
        queue.longest = max(queue.longest, skb.frame.length - 14)
        queue.newest = skb
        if offset == 0:
            queue.first = skb.clone()
        whole = queue.whole()
        if whole is None:
            return None
        queue.timer.cancel()
        del self._queues[key]
        return queue, whole

    def _expired(self, key: _Key) -> None:
        queue = self._queues.pop(key)
        skb = queue.first or queue.newest
        assert skb is not None
        self._namespace.drop(skb, skb.device, DropReason.FRAG_REASM_TIMEOUT)
        if queue.first is not None:
            self._report(skb)
