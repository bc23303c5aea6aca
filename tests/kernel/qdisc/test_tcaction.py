"""Actions: what they do to a packet and what they count."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.qdisc.test_hooks import INSIDE, drops, filtered
from tests.laws import examples
from tests.machines import ping
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.kernel.qdisc.tcaction import TcAction
from vnetsim.operations.tcfilter import Police, VlanTag
from vnetsim.wire.ethernet import Frame, Tagged
from vnetsim.wire.mac import Mac

TALK = "We have an error talking to the kernel\n"
HERE, THERE = Mac.parse("02:00:00:00:00:01"), Mac.parse("02:00:00:00:00:02")
#: Nanoseconds for a byte at 1 Mbit/s.
BYTE_NS = 8000


class Clock:
    """What an action asks of the device."""

    time = 0

    def now(self) -> int:
        return self.time


class Place:
    def __init__(self) -> None:
        self.engine, self.device, self.ingress = Clock(), self, True


class Plain:
    """A packet."""

    frame = Frame.build(HERE, THERE, 0x0800, b"\0" * 46)
    gso = 0


@settings(max_examples=examples(40))
@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(40, 1500)), max_size=30), st.integers(1500, 5000))
def test_no_more_passes_than_the_burst_and_what_the_rate_gives(arrivals: list[tuple[int, int]], burst: int) -> None:
    spec = Police(rate=125_000, burst=burst * BYTE_NS, mtu=2047, verdict="drop")
    place, passed = Place(), 0
    action = TcAction(spec=spec, index=1, installed=0, tokens=spec.burst)
    for after, length in arrivals:
        place.engine.time += after
        if action.run(Plain(), place, length) == "pass":  # type: ignore[arg-type]
            passed += length
        assert passed <= burst + place.engine.time // BYTE_NS
    assert action.packets == len(arrivals)
    assert action.drops == action.overlimits


@pytest.mark.parametrize(
    ("spec", "tags"),
    [
        (VlanTag(what="push", vlan=7, priority=0), [(7, 0), (5, 3)]),
        (VlanTag(what="pop"), []),
        (VlanTag(what="modify", vlan=9), [(9, 3)]),
        (VlanTag(what="modify", vlan=9, priority=1), [(9, 1)]),
    ],
)
def test_tags_are_put_on_taken_off_and_changed(spec: VlanTag, tags: list[tuple[int, int]]) -> None:
    packet = Plain()
    packet.frame = Frame.build(HERE, THERE, 0x8100, Tagged.build(5, 3, 0x0800, b"\0" * 46))
    assert TcAction(spec=spec, index=1, installed=0).run(packet, Place(), 46) == "pipe"  # type: ignore[arg-type]
    found, inner = [], packet.frame.payload
    while isinstance(inner, Tagged):
        found.append((inner.vlan, inner.priority))
        inner = inner.payload
    assert found == tags


@pytest.mark.parametrize("what", ["pop", "modify"])
def test_what_has_no_tag_stays_as_it_is(what: str) -> None:
    packet = Plain()
    TcAction(spec=VlanTag(what=what, vlan=3), index=1, installed=0).run(packet, Place(), 46)  # type: ignore[arg-type]
    assert packet.frame is Plain.frame


def test_a_mark_may_be_changed_in_part() -> None:
    lab = filtered("egress pref 1 matchall action skbedit mark 0xff/0x0f continue")
    assert lab.run(f"{INSIDE}iptables -t mangle -A POSTROUTING -j MARK --set-mark 0x30")
    assert lab.run(f"{INSIDE}tc filter add dev eth0 egress pref 2 handle 0x3f fw action drop")
    assert not ping(lab, "a", "10.0.0.2")


def redirected(words: str) -> Lab:
    """a's eth0 has a filter that redirects to a device that is not eth0."""
    lab = filtered()
    for line in ("ip link add d0 type dummy", "ip link set d0 up", f"tc filter add dev eth0 {words}"):
        assert lab.run(INSIDE + line), line
    return lab


@pytest.mark.parametrize(
    ("after", "said", "dropped"),
    [
        ("ip link set d0 down", "ping: sendmsg: No buffer space available\n", "matchall pref 49152 handle 0x1: mirred"),
        ("ip link del d0", "", "mirred: its device is gone"),
    ],
)
def test_a_redirection_needs_its_device(after: str, said: str, dropped: str) -> None:
    lab = redirected("egress matchall action mirred egress redirect dev d0")
    assert ping(lab, "a", "10.0.0.2").stderr == ""
    lab.run(INSIDE + after)
    assert ping(lab, "a", "10.0.0.2").stderr == said
    assert drops(lab)[-1] == (DropReason.TC_EGRESS, "eth0", dropped)


def test_a_copy_changes_nothing() -> None:
    lab = redirected("egress protocol ip matchall action mirred egress mirror dev d0")
    assert ping(lab, "a", "10.0.0.2")
    assert "98       1" in lab.run(f"{INSIDE}ip -s link show d0").stdout.splitlines()[5]


def test_a_loop_of_redirections_ends() -> None:
    """MIRRED_NEST_LIMIT (recorded on Linux 6.18)"""
    lab = filtered("egress protocol ip matchall action mirred egress redirect dev eth0")
    assert not ping(lab, "a", "10.0.0.2")
    shown = lab.run(f"{INSIDE}tc -s filter show dev eth0 egress").stdout
    assert "(rule hit 5)" in shown
    assert "Sent 392 bytes 4 pkt (dropped 0, overlimits 1 requeues 0)" in shown


@pytest.mark.parametrize(
    ("station", "answers", "overlimits"),
    [("02:00:00:00:00:0a", True, 0), ("02:00:00:00:00:0d", False, 1), ("ff:ff:ff:ff:ff:ff", True, 0)],
)
def test_whose_a_frame_is_was_decided_where_it_arrived(station: str, answers: bool, overlimits: int) -> None:
    """Recording: tc_mirred_ingress.  The station of the other device is another host's at the first one."""
    lab = filtered()
    for line in (
        "ip link set eth0 address 02:00:00:00:00:0a", "ip link add d0 address 02:00:00:00:00:0d type dummy",
        "ip link set d0 up",
        "tc filter add dev eth0 ingress protocol ip matchall action mirred ingress redirect dev d0",
    ):  # fmt: skip
        assert lab.run(INSIDE + line), line
    assert lab.run(f"ip netns exec b ip neigh replace 10.0.0.1 lladdr {station} dev eth0")
    assert bool(ping(lab, "b", "10.0.0.1")) is answers
    assert answers or drops(lab)[-1][0] is DropReason.OTHERHOST
    assert f"overlimits {overlimits} " in lab.run(f"{INSIDE}tc -s filter show dev eth0 ingress").stdout


def test_what_a_bridge_forwards_to_one_station_is_not_for_this_host() -> None:
    lab = Lab(docker=False, watch=True)
    for line in (
        "ip link add br0 type bridge", "ip link set br0 up", "ip link add d0 type dummy", "ip link set d0 up",
        "ip addr add 10.0.0.9/24 dev d0",
        *(
            line
            for name, address in (("a", "10.0.0.1"), ("b", "10.0.0.2"))
            for line in (
                f"ip netns add {name}", f"ip link add p{name} type veth peer name eth0 netns {name}",
                f"ip link set p{name} up master br0", f"ip -n {name} link set eth0 up",
                f"ip -n {name} addr add {address}/24 dev eth0",
            )
        ),
        "tc qdisc add dev pb clsact",
        "tc filter add dev pb egress protocol ip matchall action mirred ingress redirect dev d0",
    ):  # fmt: skip
        assert lab.run(line), line
    assert not lab.run("ip netns exec a ping -c 1 -W 1 10.0.0.2")
    assert (DropReason.OTHERHOST, "d0", "") in drops(lab)
