"""Cake (net/sched/sch_cake.c): it shapes to a bandwidth, divides by DSCP, and shares among hosts and flows.

Not modelled: the filter of acknowledgements, autorate-ingress, filters that choose flows, flows that share a queue
because their hashes are equal, dithering of turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import attrs

from vnetsim.clock import MICROSECOND
from vnetsim.kernel.netdev.gso import single_frames, wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.cake_tin import PLANS, TimePerByte, Tin, TinFlow, ewma
from vnetsim.kernel.qdisc.classify import priority_of
from vnetsim.kernel.qdisc.codel import congestion_experienced
from vnetsim.kernel.qdisc.fair import flow_of
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline
from vnetsim.wire import arp, ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH

if TYPE_CHECKING:
    from vnetsim.errors import Errno
    from vnetsim.kernel.netdev.device import Device

_LIMIT: Final = 10240
_LEAST_MEMORY: Final = 4 << 20
#: CS7, as which ARP counts.
_NETWORK_CONTROL: Final = 0x38
_ECN: Final = 3
#: CAKE_FLOW_*: what has queues of its own.
_FLOWBLIND, _SRCHOST, _DSTHOST, _HOSTS, _FLOWS, _DUAL_SRC, _DUAL_DST, _TRIPLE = range(8)
_ATM, _PTM = 1, 2
#: sizeof(struct sk_buff), of its end, and of the smallest buffer; what is before the data.
_SKB, _SHARED_INFO, _SMALL, _HEADROOM = 256, 320, 704, 32
_NO_LENGTH: Final = 65535


def true_size(length: int) -> int:
    """skb->truesize of a frame that a socket has built: its buffer is the smallest one of the slab allocator."""
    size = length + _HEADROOM + _SHARED_INFO
    return _SKB + (_SMALL if size <= _SMALL else 1 << (size - 1).bit_length())


class Cake(QueueingDiscipline):
    """Options are those of netlink, `rtt` and `target_of_rtt` in microseconds; `raw` is 1 without an overhead."""

    kind: ClassVar[str] = "cake"

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.options: dict[str, int] = {
            "bandwidth": 0, "diffserv_mode": 0, "flow_mode": _TRIPLE, "nat": 0, "wash": 0, "ingress": 0,
            "ack_filter": 0, "split_gso": 1, "rtt": 100_000, "target_of_rtt": 5000, "raw": 1, "atm": 0, "overhead": 0,
            "mpu": 0, "memlimit": 0, "fwmark": 0,
        }  # fmt: skip
        self._tins: list[Tin] = []
        self._order: tuple[int, ...] = ()
        self._index = ""
        self._pace = TimePerByte(0)
        self._next_packet = self._failsafe = self._current = 0
        self._memory = self._most_memory = self._memory_limit = 0
        self._capacity = -1
        self._header = 0
        self._lengths = (_NO_LENGTH, 0, _NO_LENGTH, 0)

    def configure(self, options: Mapping[str, int]) -> None:
        """cake_change, cake_reconfigure"""
        self.options |= options
        if "overhead" in options and not options.get("raw"):
            self.options["raw"] = 0
        if "overhead" in options:
            self._lengths = (_NO_LENGTH, 0, _NO_LENGTH, 0)
        known, mtu = self.options, self.device.mtu + HEADER_LENGTH
        plan = PLANS[known["diffserv_mode"]]
        self._order, self._index = plan.order, plan.by_dscp
        for gone in self._tins[len(plan.shares) :]:
            self._empty(gone)
        self._tins = self._tins[: len(plan.shares)]
        self._tins += [Tin() for _ in plan.shares[len(self._tins) :]]
        rate, weight = known["bandwidth"], plan.quantum
        for index, tin in enumerate(self._tins):
            tin.configure(_share(rate, plan.shares, index), mtu, known["target_of_rtt"] * MICROSECOND,
                          known["rtt"] * MICROSECOND)  # fmt: skip
            tin.quantum = max(1, _share(weight, plan.shares, index))
        self._pace = self._tins[0].pace
        self._current = min(self._current, len(self._tins) - 1)
        self._capacity = rate if self._capacity < 0 else self._capacity
        self._memory_limit = self._limit(mtu)

    def _limit(self, mtu: int) -> int:
        known = self.options
        limit = (
            max(known["bandwidth"] * known["rtt"] * 4 // 1_000_000, _LEAST_MEMORY) if known["bandwidth"] else 1 << 32
        )
        return min(known["memlimit"] or limit, max(_LIMIT * mtu, known["memlimit"]))

    def details(self) -> Mapping[str, int]:
        found = {**self.options, "memory_used": self._most_memory, "memory_limit": self._memory_limit}
        found |= dict(zip(("min_net", "max_net", "min_adj", "max_adj"), self._lengths, strict=True))
        found |= {"capacity": self._capacity, "hdr_offset": self._header + 0x8000 >> 16, "tins": len(self._tins)}
        for place, index in enumerate(self._order):
            found |= {f"{place} {key}": value for key, value in self._tins[index].statistics().items()}
        return found

    # --- frames that come ---------------------------------------------------------------------------------------------

    def enqueue(self, skb: Skb) -> Errno | None:
        tin = self._tins[self._tin_of(skb)]
        flow = self._flow_of(tin, skb)
        now = self.device.engine.now()
        self._wake_up(tin, now)
        length = wire_length(skb)
        tin.counts["max_len"] = max(tin.counts["max_len"], length)
        split = skb.gso and self.options["split_gso"]
        for frame in single_frames(skb, skb.frame.payload) if split else (skb,):  # type: ignore[arg-type]
            self._add(tin, flow, frame, now)
        self._joins(tin, flow)
        self._most_memory = max(self._most_memory, self._memory)
        while self._memory > self._memory_limit:
            self._drop_longest(now)
        return None

    def _wake_up(self, tin: Tin, now: int) -> None:
        """The shaper's times are not of the past."""
        if tin.backlog:
            return
        tin.next_packet = max(tin.next_packet, now)
        if self.length:
            return
        if self._next_packet < now:
            self._failsafe = self._next_packet = now
        elif min(self._next_packet, self._failsafe) > now:
            self.overlimits += 1
            self.watch(min(self._next_packet, self._failsafe))

    def _add(self, tin: Tin, flow: TinFlow, skb: Skb, now: int) -> None:
        length = wire_length(skb)
        flow.queue.add(skb, now)
        self.came(skb)
        tin.backlog += length
        tin.counts["pkts"] += 1
        tin.counts["bytes"] += length
        self._memory += true_size(length)

    def _joins(self, tin: Tin, flow: TinFlow) -> None:
        """The flow has its turn: a new one before the others."""
        if flow.state in (None, "decaying"):
            if flow.state is not None:
                tin.decaying.remove(flow)
            tin.new.append(flow)
            flow.state, flow.deficit = "sparse", tin.turn(flow)
        elif flow.state == "sparse_wait":
            flow.state = "bulk"
            tin.becomes_bulk(flow, 1)

    def _tin_of(self, skb: Skb) -> int:
        """cake_select_tin"""
        dscp = self._dscp(skb)
        mask = self.options["fwmark"]
        mark = (skb.mark & mask) // (mask & -mask) if mask else 0
        if len(self._tins) == 1:
            return 0
        if 0 < mark <= len(self._tins):
            return self._order[mark - 1]
        priority = priority_of(skb)
        if priority >> 16 == self.handle and 0 < priority & 0xFFFF <= len(self._tins):
            return self._order[(priority & 0xFFFF) - 1]
        return int(self._index[dscp])

    def _dscp(self, skb: Skb) -> int:
        """cake_handle_diffserv: it is taken off the packet where `wash` says so."""
        packet = skb.frame.payload
        if isinstance(packet, arp.Arp):
            return _NETWORK_CONTROL
        if not isinstance(packet, (ipv4.Packet, ipv6.Packet)):
            return 0
        field = packet.tos if isinstance(packet, ipv4.Packet) else packet.traffic_class
        if self.options["wash"] and field >> 2:
            skb.frame = attrs.evolve(skb.frame, payload=_washed(packet, field & _ECN))
        return field >> 2

    def _flow_of(self, tin: Tin, skb: Skb) -> TinFlow:
        """cake_hash: flows, hosts, or both; with `nat` the addresses of before the translation."""
        mode, whole = self.options["flow_mode"], flow_of(skb)
        ends = whole[:2] if len(whole) > 1 else (None, None)
        if self.options["nat"] and skb.connection is not None and isinstance(skb.frame.payload, ipv4.Packet):
            before = skb.connection.flow(skb.direction)
            ends = (before.source, before.destination)
        keys: dict[int, object] = {_FLOWBLIND: None, _SRCHOST: ends[0], _DSTHOST: ends[1], _HOSTS: ends}
        key = keys.get(mode, (ends, whole))
        flow = tin.flows.get(key)
        if flow is None:
            hosts = (
                ends[0] if mode in (_DUAL_SRC, _TRIPLE) else None,
                ends[1] if mode in (_DUAL_DST, _TRIPLE) else None,
            )
            flow = tin.flows[key] = TinFlow(hosts)
            tin.counts["way_miss"] += mode != _FLOWBLIND
        return flow

    # --- frames that leave --------------------------------------------------------------------------------------------

    def dequeue(self) -> Skb | None:
        """cake_dequeue"""
        now, first = self.device.engine.now(), True
        while self.length:
            if min(self._next_packet, self._failsafe) > now:
                self.overlimits += 1
                self.watch(min(self._next_packet, self._failsafe))
                return None
            tin = self._choose(now)
            skb = None if tin is None else self._serve(tin, now, decaying_first=first)
            if skb is not None or tin is None:
                return skb
            first = False
        return None

    def _choose(self, now: int) -> Tin | None:
        """The tin that is in time, of the highest priority; else the earliest.  Without a bandwidth they take turns."""
        if not self.options["bandwidth"]:
            return self._next_turn()
        best: tuple[int, Tin] | None = None
        for tin in self._tins:
            if tin.has_flows and (best is None or tin.next_packet <= now or tin.next_packet - now <= best[0]):
                best = tin.next_packet - now, tin
        return None if best is None else best[1]

    def _next_turn(self) -> Tin | None:
        if not any(tin.has_flows for tin in self._tins):
            return None
        while (tin := self._tins[self._current]).deficit < 0 or not tin.has_flows:
            if tin.deficit <= 0:
                tin.deficit += tin.quantum
            self._current = (self._current + 1) % len(self._tins)
        return tin

    def _serve(self, tin: Tin, now: int, *, decaying_first: bool) -> Skb | None:
        """A frame of the flow whose turn it is; None after a flow had nothing."""
        while (found := tin.first(decaying_first=decaying_first)) is not None:
            decaying_first = False
            chain, flow = found
            if flow.deficit > 0:
                skb = self._take(tin, flow, now)
                if skb is None:
                    chain.remove(flow)
                    self._rests(tin, flow, now)
                return skb
            if flow.state == "sparse":
                flow.state = "bulk" if flow.queue else "sparse_wait"
                tin.becomes_bulk(flow, bool(flow.queue))
            flow.deficit += tin.turn(flow)
            chain.remove(flow)
            tin.old.append(flow)
        return None

    def _rests(self, tin: Tin, flow: TinFlow, now: int) -> None:
        """Its queue is empty: it stays until the state of its congestion has decayed."""
        tin.counts["un_flows"] -= flow.cobalt.empty(tin.parameters, now)
        if flow.state == "bulk":
            tin.becomes_bulk(flow, -1)
        rests = flow.cobalt.rests(now)
        flow.state = None if rests else "decaying"
        if not rests:
            tin.decaying.append(flow)

    def _take(self, tin: Tin, flow: TinFlow, now: int) -> Skb | None:
        """The next frame that COBALT lets pass; the last one is not dropped."""
        bulk = tin.number_of("bulk") if self.options["ingress"] else 0
        while flow.queue:
            skb, came = flow.queue.remove()
            self._removed(tin, skb)
            drop, marked = flow.cobalt.judge(tin.parameters, now, now - came, bulk, partial(_mark, skb), self._draw)
            if drop and flow.queue:
                tin.counts["drops"] += 1
                if self.options["ingress"]:
                    self._charge(tin, flow, skb, now, sent=False)
                self.lost(skb)
                continue
            tin.counts["marks"] += marked
            self.went(skb)
            tin.waited(now - came)
            self._charge(tin, flow, skb, now, sent=True)
            return skb
        return None

    def _draw(self) -> int:
        return self.device.namespace.host.random.getrandbits(32)

    def _removed(self, tin: Tin, skb: Skb) -> None:
        tin.backlog -= wire_length(skb)
        self._memory -= true_size(wire_length(skb))

    def _charge(self, tin: Tin, flow: TinFlow, skb: Skb, now: int, *, sent: bool) -> None:
        """cake_advance_shaper"""
        length = self._adjusted(skb)
        flow.deficit -= length
        tin.deficit -= length
        if not self.options["bandwidth"]:
            return
        own, whole = tin.pace.duration(length), self._pace.duration(length)
        tin.next_packet = tin.next_packet + own if tin.next_packet < now else max(tin.next_packet, now + own)
        self._next_packet += whole
        if sent:
            self._failsafe += whole + (whole >> 1)
        if self._next_packet > now and self.length:
            self.watch(min(self._next_packet, self._failsafe))

    def _adjusted(self, skb: Skb) -> int:
        """cake_overhead: how long a frame is on the wire that the bandwidth is of."""
        known, length = self.options, wire_length(skb)
        self._header = ewma(self._header, HEADER_LENGTH << 16, 8)
        net = length if known["raw"] else length - HEADER_LENGTH
        adjusted = max(net + (0 if known["raw"] else known["overhead"]), known["mpu"])
        if known["atm"] == _ATM:
            adjusted = -(-adjusted // 48) * 53
        elif known["atm"] == _PTM:
            adjusted += -(-adjusted // 64)
        low, high, low_adjusted, high_adjusted = self._lengths
        self._lengths = (min(low, net), max(high, net), min(low_adjusted, adjusted), max(high_adjusted, adjusted))
        return adjusted

    def _drop_longest(self, now: int) -> None:
        """cake_drop: the oldest frame of the flow with most bytes."""
        waiting = ((tin, flow) for tin in self._tins for flow in tin.flows.values() if flow.queue)
        tin, flow = max(waiting, key=lambda entry: entry[1].queue.backlog)
        skb, _ = flow.queue.remove()
        tin.counts["un_flows"] += flow.cobalt.full(tin.parameters, now)
        self._removed(tin, skb)
        tin.counts["drops"] += 1
        if self.options["ingress"]:
            self._charge(tin, flow, skb, now, sent=False)
        self.lost(skb)

    def _empty(self, tin: Tin) -> None:
        for flow in tin.flows.values():
            while flow.queue:
                skb, _ = flow.queue.remove()
                self._removed(tin, skb)
                self.length -= 1
                self.backlog -= wire_length(skb)

    def reset(self) -> None:
        for tin in self._tins:
            self._empty(tin)
        super().reset()


def _share(whole: int, shares: tuple[tuple[int, int], ...], index: int) -> int:
    """A share of the rate; of eight tins, each is seven eighths of the one before, rounded down each time."""
    if len(shares) == 8:
        for _ in range(index):
            whole = whole * 7 >> 3
        return whole
    return whole * shares[index][0] // shares[index][1]


def _washed(packet: ipv4.Packet | ipv6.Packet, field: int) -> ipv4.Packet | ipv6.Packet:
    if isinstance(packet, ipv4.Packet):
        return attrs.evolve(packet, tos=field)
    return attrs.evolve(packet, traffic_class=field)


def _mark(skb: Skb) -> bool:
    marked = congestion_experienced(skb.frame)
    if marked is not None:
        skb.frame = marked
    return marked is not None
