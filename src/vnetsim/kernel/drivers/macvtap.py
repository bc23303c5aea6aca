"""A macvlan whose frames a program could read, too (drivers/net/macvtap.c, tap.c): no program opens its /dev/tapN.

Without a reader it is a macvlan with a queueing discipline; no bridge and no other device can take its frames, because
the tap has its rx_handler.  Not modelled: readers.  Follows recordings of Linux 6.18 (macvtap_basic, macvtap_more).
"""

from __future__ import annotations

from typing import ClassVar

from vnetsim.kernel.drivers.macvlan import Macvlan
from vnetsim.kernel.netdev.device import QdiscOps
from vnetsim.kernel.qdisc.fair import FqCodel
from vnetsim.kernel.qdisc.fifo import PfifoFast


class Macvtap(Macvlan):
    kind: str | None = "macvtap"
    default_qlen: ClassVar[int | None] = 500

    def link(self) -> None:
        """macvtap_newlink: the tap before the macvlan."""
        self.register_rx_handler(self.pass_up, self)
        super().link()

    def open(self) -> None:
        super().open()
        if self.qdisc == "noop":
            super().graft_qdisc(self._default_qdisc())

    def graft_qdisc(self, discipline: QdiscOps | None) -> None:
        super().graft_qdisc(self._default_qdisc() if discipline is None and self.up else discipline)

    def _default_qdisc(self) -> FqCodel | PfifoFast:
        """attach_one_default_qdisc: that of distributions, or of a kernel without it."""
        kind = PfifoFast if "fq_codel" in self.namespace.host.missing_modules else FqCodel
        discipline = kind(self, 0)
        discipline.configure({})
        return discipline
