"""Filters in their order: what becomes of a packet (net/sched/cls_api.c, cls_u32.c, cls_flower.c, cls_fw.c,
cls_matchall.c).

A block is the filters of one parent.  Filters of one preference have one kind and one protocol.  Not modelled: chains,
shared blocks, hash tables of u32, masks of flower that a preference shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.kernel.netdev.gso import wire_length
from vnetsim.kernel.qdisc.tcaction import DROP, LOST, PASS, STOLEN, TcAction
from vnetsim.kernel.qdisc.tcmatch import View, matches
from vnetsim.operations.tcfilter import ALL_PROTOCOLS, Match, U32Match
from vnetsim.values import define, frozen
from vnetsim.wire.ethernet import HEADER_LENGTH, TAG_LENGTH, Tagged

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb

#: Verdicts that let no other action see the packet, and what they come to.
_ENDS: Final = {"pipe": PASS, LOST: DROP}
_AGAIN: Final = "reclassify"
_NEXT: Final = "continue"
#: How often a packet is classified again before it is dropped (max_reclassify_loop).
_MOST_TURNS: Final = 16
#: Of u32.
_FIRST_TABLE: Final = 0x800
_LAST_TABLE: Final = 0xFFF


@define
class TcFilter:
    """One filter: `hits` counts the packets that it looked at, `successes` those that it matched."""

    handle: int
    match: Match
    classid: int
    actions: tuple[TcAction, ...]
    old_police: bool = False
    hits: int = 0
    successes: int = 0
    key_successes: list[int] = attrs.field(factory=list)

    @property
    def terminal(self) -> bool:
        return not isinstance(self.match, U32Match) or bool(self.classid or self.actions)

    def applies(self, view: View) -> bool:
        self.hits += 1
        if isinstance(self.match, U32Match):
            found = self._u32(self.match, view)
        else:
            found = matches(self.match, view)
        self.successes += found
        return found and self.terminal

    def _u32(self, match: U32Match, view: View) -> bool:
        """u32_classify: each key is counted by itself."""
        for index, key in enumerate(match.keys):
            word = view.word(key.offset)
            if word is None or word & key.mask != key.value & key.mask:
                return False
            self.key_successes[index] += 1
        return True


@define
class TcProto:
    """Filters of one preference (struct tcf_proto)."""

    preference: int
    protocol: int
    kind: str
    #: Of u32: the number of its hash table.
    table: int = 0
    filters: list[TcFilter] = attrs.field(factory=list)


@frozen
class Decision:
    """What a filter decided: a verdict (pass, drop, stolen) and a class; `action` is the last one that was taken."""

    verdict: str
    proto: TcProto | None = None
    filter: TcFilter | None = None
    action: TcAction | None = None

    @property
    def classid(self) -> int:
        return 0 if self.filter is None else self.filter.classid

    def __str__(self) -> str:
        """`flower pref 5 handle 0x1: drop`."""
        if self.proto is None or self.filter is None:
            return "classified again and again"
        spec = None if self.action is None else self.action.spec
        done = "" if spec is None else f": {spec.verdict if spec.kind == 'gact' else spec.kind}"
        return f"{self.proto.kind} pref {self.proto.preference} handle {self.filter.handle:#x}{done}"


class Block:
    """struct tcf_block: all filters of a parent, by preference; `parent` is the number that was given last."""

    def __init__(self, device: Device, parent: int, ingress: bool) -> None:
        self.device, self.parent, self.ingress = device, parent, ingress
        self.protos: list[TcProto] = []
        self._table = 0

    def new_table(self) -> int:
        """gen_new_htid: the number behind the last one; they begin anew when there are no more of u32."""
        taken = {each.table for each in self.protos if each.kind == "u32"}
        last = self._table if taken else _FIRST_TABLE - 1
        following = (*range(last + 1, _LAST_TABLE), *range(_FIRST_TABLE, last + 1))
        self._table = next(number for number in following if number not in taken)
        return self._table

    def classify(self, skb: Skb) -> Decision | None:
        """tcf_classify: what the first filter that decides says; None if none does."""
        for _ in range(_MOST_TURNS + 1):
            decision = self._once(skb)
            if decision is None or decision.verdict != _AGAIN:
                return decision
        return Decision(DROP)

    def _once(self, skb: Skb) -> Decision | None:
        view = View(skb)
        for proto in self.protos:
            if proto.protocol not in (ALL_PROTOCOLS, view.protocol):
                continue
            for each in proto.filters:
                if each.applies(view) and (decision := self._act(proto, each, skb)) is not None:
                    return decision
        return None

    def _act(self, proto: TcProto, each: TcFilter, skb: Skb) -> Decision | None:
        """tcf_exts_exec: None to go on with the next filter."""
        if skb.skip_classify:
            skb.skip_classify = False
            return Decision(PASS, proto, each)
        length = skb.frame.length - HEADER_LENGTH if self.ingress else wire_length(skb)
        if isinstance(skb.frame.payload, Tagged):
            length -= TAG_LENGTH
        verdict, action = PASS, None
        for action in each.actions:
            verdict = action.run(skb, self, length)
            if verdict != "pipe":
                break
        return None if verdict == _NEXT else Decision(_ENDS.get(verdict, verdict), proto, each, action)

    def drop(self, skb: Skb, decision: Decision, above: str = "") -> None:
        """The packet ends here; `above` names the discipline that has the filter."""
        reason = DropReason.TC_INGRESS if self.ingress else DropReason.TC_EGRESS
        self.device.namespace.drop(skb, self.device, reason, f"{above}{decision}")

    def chooser(self, kind: str, dropped: int, stolen: int) -> Callable[[Skb], int | None]:
        """For a discipline: the class, or one of the two numbers; None if no filter decides."""

        def choose(skb: Skb) -> int | None:
            decision = self.classify(skb)
            if decision is None:
                return None
            if decision.verdict == DROP:
                self.drop(skb, decision, f"{kind}, ")
                return dropped
            return stolen if decision.verdict == STOLEN else decision.classid

        return choose

    def chosen(self) -> frozenset[int]:
        """The classes that its filters name."""
        return frozenset(each.classid & 0xFFFF for proto in self.protos for each in proto.filters if each.classid)

    def actions(self) -> list[TcAction]:
        return [action for proto in self.protos for each in proto.filters for action in each.actions]
