"""Bonds by packets.  The sessions of tests/recorded/kernel-vm/bond_* were recorded on Linux 6.18."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.wires import device, watched
from tests.laws import examples
from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.kernel.drivers.bonding.bond import Bond
from vnetsim.trace import Dropped
from vnetsim.wire.ipv4 import Packet

CABLES = """
    {quiet}
    ip netns add s
    ip netns exec s {quiet}
    ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns s address 02:00:00:00:00:a1
    ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns s address 02:00:00:00:00:a2
    ip -n s link set p1 up
    ip -n s link set p2 up
"""


def bonded(options: str, *, other: str = "bridge mcast_snooping 0", watch: bool = False) -> Lab:
    """bond0 (10.0.0.1) of e1 and e2; in s, x (10.0.0.9) of their other ends, a bridge or a bond."""
    lab = Lab(docker=False, watch=watch)
    typed(lab, CABLES.format(quiet=QUIET))
    typed(
        lab,
        f"""
        ip link add bond0 type bond {options}
        ip link set e1 master bond0
        ip link set e2 master bond0
        ip -n s link set p1 down
        ip -n s link set p2 down
        ip -n s link add x type {other}
        ip -n s link set p1 master x
        ip -n s link set p2 master x
        ip -n s link set p1 up
        ip -n s link set p2 up
        ip -n s link set x up
        ip link set bond0 up
        ip -n s addr add 10.0.0.9/24 dev x
        ip addr add 10.0.0.1/24 dev bond0
    """,
    )
    lab.sleep(1.2)
    return lab


def sent(lab: Lab, names: Sequence[str], line: str) -> list[int]:
    """How many IPv4 packets went out by each of the devices while a command ran."""
    seen = [watched(lab, None, name) for name in names]
    lab.run(line)
    return [sum(isinstance(each.frame.payload, Packet) and each.outgoing for each in frames) for frames in seen]


@pytest.mark.parametrize(("mode", "other"), [
    ("balance-rr", "bond mode balance-rr miimon 100"), ("active-backup", "bridge mcast_snooping 0"),
    ("balance-xor", "bond mode balance-xor miimon 100"),
])  # fmt: skip
def test_a_bond_carries_packets_with_each_of_its_cables_alone(mode: str, other: str) -> None:
    lab = bonded(f"mode {mode} miimon 100", other=other)
    assert lab.run("ping -c 1 -W 1 10.0.0.9")
    for lost in ("e1", "e2"):
        lab.run(f"ip link set {lost} down")
        lab.sleep(0.3)
        assert lab.run("ping -c 1 -W 1 10.0.0.9")
        lab.run(f"ip link set {lost} up")
        lab.sleep(0.3)


def test_before_the_monitor_looks_at_a_lost_link_frames_are_lost() -> None:
    lab = bonded("mode active-backup miimon 1000", watch=True)
    lab.sleep(0.9)
    lab.run("ip -n s link set p1 down")
    assert not lab.run("ping -c 1 -W 1 10.0.0.9")
    lab.sleep(1)
    assert lab.run("ping -c 1 -W 1 10.0.0.9")


def test_a_bond_without_a_link_drops_by_name() -> None:
    lab = bonded("mode balance-rr miimon 100", watch=True)
    typed(lab, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:b0 dev bond0")
    bond = device(lab, None, "bond0")
    assert isinstance(bond, Bond)
    for slave in bond.slaves:
        slave.backup = True
    lab.events.clear()
    lab.run("ping -c 1 -W 1 10.0.0.9")
    drops = [event for event in lab.events if isinstance(event, Dropped)]
    assert (drops[0].device, drops[0].reason) == ("bond0", DropReason.NO_TX_TARGET)
    assert drops[0].detail == "no slave of the bond can send"


def test_what_a_backup_receives_is_dropped_by_name_and_counted() -> None:
    lab = bonded("mode active-backup miimon 100", watch=True)
    lab.events.clear()
    before = device(lab, None, "bond0").get_stats().rx_packets
    lab.run("ip netns exec s arping -c 1 -I x 10.0.0.200")
    drops = [event for event in lab.events if isinstance(event, Dropped) and event.device == "e2"]
    assert [(drop.reason, drop.detail) for drop in drops] == [
        (DropReason.UNHANDLED_PROTO, "an inactive slave of bond0")
    ]
    assert device(lab, None, "bond0").get_stats().rx_packets == before + 2


def test_round_robin_takes_the_cables_in_turn() -> None:
    lab = bonded("mode balance-rr miimon 100", other="bond mode balance-rr")
    assert sent(lab, ("e1", "e2"), "ping -c 6 -i 0.1 10.0.0.9") == [3, 3]
    typed(lab, "ip link set bond0 type bond packets_per_slave 3")
    assert sorted(sent(lab, ("e1", "e2"), "ping -c 6 -i 0.1 10.0.0.9")) == [3, 3]


def test_broadcast_sends_a_copy_by_each() -> None:
    lab = bonded("mode broadcast miimon 100")
    typed(lab, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:b0 dev bond0")
    assert sent(lab, ("e1", "e2"), "ping -c 2 -i 0.1 -W 0.2 10.0.0.9") == [2, 2]


def test_neighbours_learn_of_a_fail_over_by_gratuitous_arp() -> None:
    lab = bonded("mode active-backup miimon 100")
    lab.run("ping -c 1 -W 1 10.0.0.9")
    frames = watched(lab, "s", "p2")
    lab.run("ip -n s link set p1 down")
    lab.sleep(0.3)
    assert "Request who-has 10.0.0.1 tell 10.0.0.1" in " ".join(str(each.frame) for each in frames)
    assert "02:00:00:00:00:01 dev p2" in lab.run("ip netns exec s bridge fdb show br x dynamic").stdout


def test_slaves_get_their_addresses_and_mtu_back() -> None:
    lab = bonded("mode balance-rr")
    typed(lab, "ip link set bond0 mtu 1400\nip link del bond0")
    e2 = device(lab, None, "e2")
    assert (str(e2.mac), e2.mtu, e2.up, e2.master, e2.is_slave) == ("02:00:00:00:00:02", 1500, False, None, False)


REFUSED = {
    "ip link set bond0 master bond0": "Error: Cannot enslave bond to itself.\n",
    "ip link set e1 nomaster && ip link set e1 up && ip link set e1 master bond0":
        "Error: Device can not be enslaved while up.\n",
    "ip link set lo down && ip link set lo master bond0": "Error: Device type is different from other slaves.\n",
    "ip link add link bond0 name v5 type vlan id 5 && ip link set v5 master bond0":
        "RTNETLINK answers: Device or resource busy\n",
    "ip link set bond0 netns s": "Error: The interface netns is immutable.\n",
    "ip link add m0 link e1 type macvlan": "RTNETLINK answers: Device or resource busy\n",
    "ip link set e1 master e2": "RTNETLINK answers: Operation not supported\n",
    "ip link add bb type bond && ip link set lo down && ip link set lo master bb":
        "vnetsim: not modelled: a bond of devices that are no Ethernet devices (lo)\n",
    "ip link add bb type bond mode balance-alb": "vnetsim: not modelled: bond mode balance-alb\n",
    "ip link add bb type bond mode balance-tlb": "vnetsim: not modelled: bond mode balance-tlb\n",
}  # fmt: skip


@pytest.mark.parametrize("line", REFUSED)
def test_what_a_bond_refuses(line: str) -> None:
    assert bonded("mode active-backup miimon 100").run(line).stderr == REFUSED[line]


def test_a_kernel_without_the_module_knows_no_bonds() -> None:
    assert Lab(docker=False, without=["bond"]).run("ip link add type bond").stderr == "Error: Unknown device type.\n"


@settings(max_examples=examples(30), deadline=None)
@given(
    mode=st.sampled_from(["balance-rr", "active-backup", "balance-xor"]),
    policy=st.sampled_from(["layer2", "layer2+3", "layer3+4", "vlan+srcmac"]),
    changes=st.lists(st.tuples(st.sampled_from(["e1", "e2"]), st.booleans()), max_size=4),
    monitored=st.booleans(),
)
def test_a_bond_never_duplicates_or_returns_a_frame(
    mode: str, policy: str, changes: list[tuple[str, bool]], monitored: bool
) -> None:
    """Each broadcast of the bond leaves by at most one cable, and its own frames do not come back to it."""
    other = f"bond mode {mode} miimon 100" if mode != "active-backup" else "bridge mcast_snooping 0"
    lab = bonded(f"mode {mode} xmit_hash_policy {policy} miimon {100 * monitored}", other=other)
    for name, up in changes:
        lab.run(f"ip link set {name} {'up' if up else 'down'}")
    lab.sleep(0.3)
    out = [watched(lab, None, "e1"), watched(lab, None, "e2")]
    above, far = watched(lab, None, "bond0"), watched(lab, "s", "x")
    lab.run("arping -c 3 -w 3 -I bond0 10.0.0.77")
    own = device(lab, None, "bond0").mac
    asked = sum(each.outgoing for each in above)
    assert sum(each.outgoing and each.frame.source == own for frames in out for each in frames) <= asked
    assert not [each for each in above if each.frame.source == own and not each.outgoing]
    assert sum(each.frame.source == own and not each.outgoing for each in far) <= asked
