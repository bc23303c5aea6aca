"""The priorities of a VLAN device: those of packets and those of tags (net/8021q/vlan_dev.c, vlanproc.c).

ingress     the priority of a packet by that of its tag, one to each of the eight
egress      the priority of a tag by that of the packet, any number of them; of others it is 0
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.kernel.qdisc.classify import priority_of

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.skbuff import Skb

#: The lists of a hash table, which show in the order of what it has.
_BUCKETS: Final = 16


class PriorityMaps:
    def __init__(self) -> None:
        self.ingress: dict[int, int] = {}
        #: The latest first, as in each list of the table.
        self._egress: dict[int, int] = {}

    def change(self, ingress: str, egress: str) -> None:
        """vlan_dev_set_ingress_priority, vlan_dev_set_egress_priority: `1:4 2:0`; those of tags have three bits."""
        for tag, packet in _pairs(ingress):
            self.ingress = {**self.ingress, tag & 7: packet}
        for packet, tag in _pairs(egress):
            known = packet in self._egress
            self._egress = self._egress | {packet: tag & 7} if known else {packet: tag & 7, **self._egress}

    def tag_of(self, skb: Skb) -> int:
        """vlan_dev_get_egress_qos_mask"""
        return self._egress.get(priority_of(skb), 0) if self._egress else 0

    @property
    def egress(self) -> dict[int, int]:
        """As the hash table has it; those to 0 stay in it."""
        return {packet: self._egress[packet] for packet in sorted(self._egress, key=lambda each: each % _BUCKETS)}

    def details(self) -> dict[str, str | int]:
        """vlan_fill_info: `1:4 2:5`, without those to 0."""
        maps = {"ingress_qos": dict(sorted(self.ingress.items())), "egress_qos": self.egress}
        shown = {name: " ".join(f"{one}:{to}" for one, to in pairs.items() if to) for name, pairs in maps.items()}
        return {name: pairs for name, pairs in shown.items() if pairs}


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    for pair in text.split():
        one, _, to = pair.partition(":")
        yield int(one), int(to)
