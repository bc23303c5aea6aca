"""A VLAN group as a table: which frames it admits, and how they leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import KernelError
from vnetsim.kernel.bridge.vlan import BridgeTag, VlanGroup, protocol_name, protocol_number
from vnetsim.wire.ethernet import SERVICE_VLAN, VLAN, Frame, Tagged
from vnetsim.wire.mac import Mac

A, B = Mac.parse("02:00:00:00:00:0a"), Mac.parse("02:00:00:00:00:0b")
PLAIN = Frame.build(A, B, 0x1234, b"data")


def tagged(vlan: int, protocol: int = VLAN, priority: int = 0) -> Frame:
    return Frame.build(A, B, protocol, Tagged.build(vlan, priority, 0x1234, b"data"))


GROUP = VlanGroup({1: True, 10: False, 20: True}, 1)


@pytest.mark.parametrize(
    ("frame", "vlan"),
    [
        (PLAIN, 1),
        (tagged(10), 10),
        (tagged(20), 20),
        (tagged(1), 1),  # recorded: a port takes its own PVID with a tag
        (tagged(0), 1),  # a priority only
        (tagged(11), None),
        (tagged(10, SERVICE_VLAN), 1),  # of the other protocol: payload
    ],
)
def test_a_frame_belongs_to_the_vlan_of_its_tag_or_to_the_pvid(frame: Frame, vlan: int | None) -> None:
    found = GROUP.admit(frame, VLAN)
    assert (None if found is None else found[0].vlan) == vlan


def test_without_a_pvid_untagged_frames_belong_to_none() -> None:
    assert VlanGroup({10: False}).admit(PLAIN, VLAN) is None


def test_a_tag_of_the_other_protocol_stays_in_the_frame() -> None:
    found = GROUP.admit(tagged(10, SERVICE_VLAN), VLAN)
    assert found is not None
    assert found[1] == tagged(10, SERVICE_VLAN)


@pytest.mark.parametrize(("vlan", "left"), [(20, PLAIN), (10, tagged(10)), (11, None)])
def test_a_frame_leaves_with_its_tag_unless_the_vlan_is_untagged(vlan: int, left: Frame | None) -> None:
    assert GROUP.emit(PLAIN, BridgeTag(vlan), VLAN) == left


@given(st.integers(1, 4094), st.integers(0, 7), st.booleans())
def test_what_comes_in_and_leaves_by_tagged_ports_is_the_same(vlan: int, priority: int, eligible: bool) -> None:
    frame = Frame.build(A, B, VLAN, Tagged.build(vlan, priority, 0x1234, b"data", drop_eligible=eligible))
    group = VlanGroup({vlan: False})
    found = group.admit(frame, VLAN)
    assert found is not None
    assert group.emit(found[1], found[0], VLAN) == frame


def test_a_new_pvid_takes_the_flag_from_the_old_one() -> None:
    group = VlanGroup()
    assert group.add(1, untagged=True, pvid=True)
    assert group.add(10, untagged=True, pvid=True)
    assert str(group) == "1 untagged, 10 PVID untagged"
    assert not group.add(10, untagged=False, pvid=False)
    assert (str(group), group.pvid) == ("1 untagged, 10", 0)
    assert group.remove(10)
    assert not group.remove(10)


@pytest.mark.parametrize("vlan", [0, 4095, -1])
def test_a_number_that_no_vlan_has_is_refused(vlan: int) -> None:
    with pytest.raises(KernelError, match="Vlan id is invalid"):
        VlanGroup().add(vlan, untagged=False, pvid=False)


def test_protocols_have_names() -> None:
    assert [protocol_name(protocol_number(name)) for name in ("802.1Q", "802.1ad")] == ["802.1Q", "802.1ad"]
    with pytest.raises(KernelError):
        protocol_number("802.1X")
