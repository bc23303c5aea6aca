"""VLAN filtering of a bridge (net/bridge/br_vlan.c): to which VLAN a frame belongs, and where it may leave.

    tagged = group.admit(frame, protocol)       # br_allowed_ingress: its tag, and the frame without it
    group.emit(frame, tag, protocol)            # br_handle_vlan: as it leaves; None: not in this VLAN

Each port has a group, and the bridge has one for its own stack.  Not modelled: tunnels (`vlan_tunnel`), states and
statistics of single VLANs, multicast snooping in VLANs, MST.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.values import define, frozen
from vnetsim.wire.ethernet import SERVICE_VLAN, TAG_LENGTH, VLAN, Frame, Tagged

#: The module by whose name a kernel without CONFIG_BRIDGE_VLAN_FILTERING is made.
MODULE: Final = "bridge_vlan_filtering"
#: VLAN_N_VID - 1: no VLAN has it, nor the number 0.
HIGHEST: Final = 4094
_PROTOCOLS: Final = {VLAN: "802.1Q", SERVICE_VLAN: "802.1ad"}


@frozen
class BridgeTag:
    """The VLAN of a frame inside a bridge, and what else its tag holds."""

    vlan: int
    priority: int = 0
    drop_eligible: bool = False


@define
class VlanGroup:
    """struct net_bridge_vlan_group: the VLANs by their numbers, True for those that leave untagged.

    `pvid` is the VLAN of untagged frames, 0 for none.
    """

    vlans: dict[int, bool] = attrs.field(factory=dict)
    pvid: int = 0

    def add(self, vlan: int, *, untagged: bool, pvid: bool) -> bool:
        """__vlan_add, __vlan_add_flags: whether it is new; EINVAL for a number that none has."""
        if not 0 < vlan <= HIGHEST:
            raise KernelError(Errno.EINVAL, "bridge: Vlan id is invalid")
        new = vlan not in self.vlans
        self.vlans[vlan] = untagged
        if pvid:
            self.pvid = vlan
        elif self.pvid == vlan:
            self.pvid = 0
        return new

    def remove(self, vlan: int) -> bool:
        """__vlan_del: whether it was there."""
        if self.pvid == vlan:
            self.pvid = 0
        return self.vlans.pop(vlan, None) is not None

    def is_default(self, vlan: int) -> bool:
        """vlan_default_pvid: whether it has the flags that the default one of a bridge has."""
        return self.pvid == vlan and self.vlans.get(vlan, False)

    def admit(self, frame: Frame, protocol: int) -> tuple[BridgeTag, Frame] | None:
        """br_allowed_ingress: None for a frame that belongs to no VLAN of the group.

        A tag of the other protocol is part of the payload; one with the number 0 has a priority only.
        """
        vlan = self.vlan_of(frame, protocol)
        if vlan not in self.vlans:
            return None
        outer = frame.payload
        if frame.ethertype != protocol or not isinstance(outer, Tagged):
            return BridgeTag(vlan), frame
        length = frame.length - TAG_LENGTH
        inner = Frame(frame.destination, frame.source, outer.ethertype, outer.payload, length)
        return BridgeTag(vlan, outer.priority, outer.drop_eligible), inner

    def vlan_of(self, frame: Frame, protocol: int) -> int:
        """The number in its tag, or the PVID; 0 for none."""
        tag = frame.payload if frame.ethertype == protocol else None
        return (tag.vlan if isinstance(tag, Tagged) else 0) or self.pvid

    def emit(self, frame: Frame, tag: BridgeTag, protocol: int) -> Frame | None:
        """br_allowed_egress and br_handle_vlan: the frame as it leaves, None if it does not."""
        untagged = self.vlans.get(tag.vlan)
        if untagged is None or untagged:
            return frame if untagged else None
        eligible = tag.drop_eligible
        payload = Tagged.build(tag.vlan, tag.priority, frame.ethertype, frame.payload, drop_eligible=eligible)
        return Frame(frame.destination, frame.source, protocol, payload, frame.length + TAG_LENGTH)

    def __str__(self) -> str:
        """`10 PVID untagged, 20`: the whole of it, in the order of the numbers."""
        return ", ".join(
            f"{vlan}{' PVID' * (vlan == self.pvid)}{' untagged' * self.vlans[vlan]}" for vlan in sorted(self.vlans)
        )


def protocol_name(protocol: int) -> str:
    return _PROTOCOLS[protocol]


def protocol_number(name: str) -> int:
    """KernelError(EPROTONOSUPPORT) for another protocol."""
    found = next((number for number, known in _PROTOCOLS.items() if known == name), None)
    if found is None:
        raise KernelError(Errno.EPROTONOSUPPORT)
    return found
