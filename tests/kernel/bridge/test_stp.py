"""The spanning tree on real bridges: what `bridge link`, captures and addresses show of it.

The facts are those of the recordings bridge_stp and bridge_down (Linux 6.18); the protocol has tests of its own.
"""

from __future__ import annotations

import pytest

from tests.kernel.wires import device, lost, watched
from tests.machines import QUIET, bridged, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.wire.bpdu import GROUP, Config, TopologyChange
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.mac import BROADCAST, Mac

FAST = "stp_state 1 forward_delay 200 hello_time 100 max_age 600"


def doubly_joined(*, watch: bool = False) -> Lab:
    """Two bridges joined by the cables s0-s1 and t0-t1, and the hosts a (port pa) and b (port pb)."""
    lab = Lab(docker=False, watch=watch)
    typed(
        lab,
        f"""
        {QUIET}
        ip link add br0 address 02:00:00:00:0b:00 type bridge mcast_snooping 0 {FAST}
        ip link add br1 address 02:00:00:00:0b:01 type bridge mcast_snooping 0 {FAST}
        ip link add s0 type veth peer name s1
        ip link add t0 type veth peer name t1
        ip link set s0 master br0 up
        ip link set t0 master br0 up
        ip link set s1 master br1 up
        ip link set t1 master br1 up
    """,
    )
    for host, number, bridge in (("a", 1, "br0"), ("b", 2, "br1")):
        typed(
            lab,
            f"""
            ip netns add {host}
            ip netns exec {host} {QUIET}
            ip link add eth0 netns {host} type veth peer name p{host}
            ip link set p{host} master {bridge} up
            ip -n {host} link set eth0 up
            ip -n {host} addr add 10.0.0.{number}/24 dev eth0
        """,
        )
    typed(lab, "ip link set br0 up\nip link set br1 up")
    return lab


def states(lab: Lab) -> dict[str, str]:
    """By port, as `bridge link` tells them."""
    lines = [line.split() for line in lab.run("bridge link").stdout.splitlines()]
    return {line[1].split("@")[0].rstrip(":"): line[line.index("state") + 1] for line in lines}


def bridge(lab: Lab, name: str = "br0") -> Bridge:
    found = device(lab, None, name)
    assert isinstance(found, Bridge)
    return found


def test_ports_listen_then_learn_then_forward() -> None:
    lab = doubly_joined()
    assert set(states(lab).values()) == {"listening"}
    lab.sleep(2.1)
    assert set(states(lab).values()) == {"learning", "blocking"}
    lab.sleep(2.1)
    assert set(states(lab).values()) == {"forwarding", "blocking"}


def test_one_end_of_the_second_cable_blocks_on_the_bridge_that_is_not_the_root() -> None:
    lab = doubly_joined()
    lab.sleep(5)
    assert states(lab) == {
        "s0": "forwarding",
        "t0": "forwarding",
        "pa": "forwarding",
        "s1": "forwarding",
        "t1": "blocking",
        "pb": "forwarding",
    }


def test_hosts_reach_each_other_once_ports_forward_and_not_before() -> None:
    lab = doubly_joined()
    assert not ping(lab, "a", "10.0.0.2")
    lab.sleep(4)
    assert ping(lab, "a", "10.0.0.2")


def test_when_the_cable_in_use_breaks_the_other_one_takes_over_after_two_forward_delays() -> None:
    lab = doubly_joined()
    lab.sleep(5)
    lab.run("ip link set s1 down")
    assert states(lab)["t1"] == "listening"
    assert not ping(lab, "a", "10.0.0.2")
    lab.sleep(3.5)
    assert states(lab)["t1"] == "forwarding"
    assert ping(lab, "a", "10.0.0.2")


def test_the_bridge_that_is_the_root_speaks_on_every_port_each_hello_time() -> None:
    lab = doubly_joined()
    lab.sleep(5)
    seen = watched(lab, None, "t1")
    lab.sleep(3.0)
    said = [each for each in seen if isinstance(each.frame.payload, Config)]
    assert len(said) == 3
    assert {each.frame.destination for each in said} == {GROUP}
    assert {each.frame.source for each in said} == {device(lab, None, "t0").mac}
    assert {each.frame.length for each in said} == {14 + 38}


def test_a_better_priority_makes_another_root() -> None:
    lab = doubly_joined()
    lab.sleep(5)
    assert bridge(lab, "br0").spanning.tree.is_root
    lab.run("ip link set br1 type bridge priority 4096")
    lab.sleep(2)
    assert bridge(lab, "br1").spanning.tree.is_root
    assert "root_port 2" not in lab.run("ip -d -o link show br1").stdout
    assert not bridge(lab, "br0").spanning.tree.is_root


def test_addresses_live_for_the_forward_delay_while_the_topology_changes() -> None:
    lab = doubly_joined()
    lab.sleep(5)
    assert " ageing_time 400 " in lab.run("ip -d -o link show br0").stdout
    lab.run("ip link set br0 type bridge ageing_time 30000")
    ping(lab, "a", "10.0.0.2")
    assert lab.run("bridge fdb show br br0 dynamic").stdout
    lab.sleep(2.5)
    assert not lab.run("bridge fdb show br br0 dynamic").stdout


def test_ageing_is_as_it_was_when_the_topology_has_settled() -> None:
    lab = doubly_joined()
    lab.sleep(60)
    assert " ageing_time 30000 " in lab.run("ip -d -o link show br1").stdout
    assert bridge(lab, "br1").fdb.ageing == 300_000_000_000


def test_without_the_protocol_ports_forward_at_once() -> None:
    assert set(states(bridged(2)).values()) == {"forwarding"}


def test_switching_the_protocol_on_leaves_ports_that_forward_alone() -> None:
    lab = bridged(2)
    lab.run("ip link set br0 type bridge stp_state 1")
    assert set(states(lab).values()) == {"forwarding"}
    assert ping(lab, "h1", "10.0.0.2")


def test_a_bridge_that_goes_down_disables_its_ports_and_forgets_what_it_learned() -> None:
    lab = bridged(2)
    ping(lab, "h1", "10.0.0.2")
    lab.run("ip link set br0 down")
    assert set(states(lab).values()) == {"disabled"}
    assert not lab.run("bridge fdb show br br0 dynamic").stdout


def test_bpdus_are_forwarded_like_any_group_while_the_protocol_is_off_and_end_in_the_bridge_while_it_is_on() -> None:
    for enabled, passes in ((0, True), (1, False)):
        lab = bridged(2)
        lab.run(f"ip link set br0 type bridge stp_state {enabled}")
        seen = watched(lab, "h2", "eth0")
        bpdu = TopologyChange()
        frame = Frame.build(GROUP, device(lab, "h1", "eth0").mac, bpdu.length, bpdu)
        lab.network("h1").packet_socket("eth0").send(frame)
        lab.sleep(0.1)
        assert any(isinstance(each.frame.payload, TopologyChange) for each in seen) is passes


def test_a_guarded_port_is_closed_by_the_first_bpdu() -> None:
    lab = bridged(2)
    lab.run("ip link set br0 type bridge stp_state 1")
    lab.run("bridge link set dev p1 guard on")
    frame = Frame.build(GROUP, device(lab, "h1", "eth0").mac, 7, TopologyChange())
    lab.network("h1").packet_socket("eth0").send(frame)
    lab.sleep(0.1)
    assert states(lab)["p1"] == "disabled"


@pytest.mark.parametrize(
    ("last", "mask", "passes"),
    [(0x0, 0, True), (0x1, 0, False), (0x2, 0, False), (0xE, 0, False), (0xE, 0x4000, True), (0x10, 0, True)],
)
def test_link_local_groups_stay_on_their_link_unless_the_mask_says_otherwise(
    last: int, mask: int, passes: bool
) -> None:
    lab = bridged(2, watch=True)
    lab.run(f"ip link set br0 type bridge group_fwd_mask {mask}")
    seen = watched(lab, "h2", "eth0")
    group = Mac(GROUP + last)
    lab.network("h1").packet_socket("eth0").send(Frame.build(group, device(lab, "h1", "eth0").mac, 0x88B5, b"x" * 46))
    lab.sleep(0.1)
    assert (group in [each.frame.destination for each in seen]) is passes


@pytest.mark.parametrize("source", ["03:00:00:00:00:0a", "00:00:00:00:00:00"])
def test_a_source_that_cannot_be_one_is_dropped(source: str) -> None:
    lab = bridged(2, watch=True)
    seen = watched(lab, "h2", "eth0")
    lab.network("h1").packet_socket("eth0").send(Frame.build(BROADCAST, Mac.parse(source), 0x88B5, b"y" * 46))
    lab.sleep(0.1)
    assert seen == []
    assert DropReason.MAC_INVALID_SOURCE in lost(lab)


@pytest.mark.parametrize(
    ("command", "words_of_refusal"),
    [
        ("bridge link set dev p1 state 5", "Invalid argument"),
        ("bridge link set dev p1 cost 70000", "Numerical result out of range"),
        ("bridge link set dev p1 priority 64", "Numerical result out of range"),
        ("ip link set br0 type bridge hello_time 50", "Numerical result out of range"),
        ("ip link set br0 type bridge max_age 100", "Numerical result out of range"),
        ("ip link set br0 type bridge mcast_igmp_version 4", "Invalid argument"),
        ("ip link set br0 type bridge group_fwd_mask 1", "Invalid argument"),
        ("ip link set br0 type bridge group_address 01:80:c2:00:00:01", "Invalid argument"),
    ],
)
def test_what_a_port_or_a_bridge_does_not_take_is_refused(command: str, words_of_refusal: str) -> None:
    result = bridged(1).run(command)
    assert (bool(result), words_of_refusal in result.output) == (False, True)


def test_the_forward_delay_is_free_until_the_protocol_runs() -> None:
    lab = bridged(1)
    assert lab.run("ip link set br0 type bridge forward_delay 100")
    lab.run("ip link set br0 type bridge stp_state 1")
    assert "forward_delay 200" in lab.run("ip -d -o link show br0").stdout, "the shortest that is allowed"
    assert not lab.run("ip link set br0 type bridge forward_delay 100")


def test_options_of_one_command_are_taken_in_the_kernels_order() -> None:
    lab = Lab(docker=False)
    assert lab.run("ip link add br2 type bridge stp_state 1 forward_delay 100")


@pytest.mark.parametrize(("state", "then"), [(0, "disabled"), (1, "listening"), (2, "learning"), (4, "forwarding")])
def test_states_can_be_set_by_hand_while_the_protocol_is_off(state: int, then: str) -> None:
    lab = bridged(1)
    assert lab.run(f"bridge link set dev p1 state {state}")
    assert states(lab) == {"p1": then}


def test_no_state_can_be_set_by_hand_while_the_protocol_runs() -> None:
    lab = bridged(1)
    lab.run("ip link set br0 type bridge stp_state 1")
    assert "Device or resource busy" in lab.run("bridge link set dev p1 state 3").output


def test_a_port_that_learns_by_hand_forwards_when_its_forward_delay_is_over() -> None:
    lab = bridged(1)
    lab.run("bridge link set dev p1 state 2")
    lab.sleep(16)
    assert states(lab) == {"p1": "forwarding"}


def test_a_new_bridge_has_no_address_in_its_id() -> None:
    lab = Lab(docker=False)
    lab.run("ip link add br0 type bridge")
    assert "bridge_id 8000.0:0:0:0:0:0 " in lab.run("ip -d -o link show br0").stdout
    lab.run("ip link set br0 address 02:00:00:00:00:05")
    assert "bridge_id 8000.2:0:0:0:0:5 " in lab.run("ip -d -o link show br0").stdout


@pytest.mark.parametrize(
    ("kind", "cost"),
    [("veth peer name x1", 2), ("vxlan id 1 dstport 4789", 100), ("vxlan id 1 dstport 4789 dev p1", 2)],
)
def test_a_port_costs_what_the_speed_of_its_device_is_worth(kind: str, cost: int) -> None:
    lab = bridged(1)
    typed(lab, f"ip link add x0 type {kind}\nip link set x0 master br0")
    assert f"cost {cost} " in lab.run("bridge link show dev x0").stdout
