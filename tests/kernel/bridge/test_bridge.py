"""The learning bridge: where a frame goes, what is remembered, what a port's flags and the bridge's states change.

The facts are those of the recordings bridge_learning, bridge_port_flags, bridge_link_local_groups, bridge_host_and_mac,
bridge_down, bridge_mtu and nf_bridge (Linux 6.18).
"""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.wires import EXPERIMENT, device, echo, ip, lost, packets, put, watched
from tests.laws import examples
from tests.machines import bridged, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.sockets import Captured
from vnetsim.wire.ethernet import Frame, Tagged
from vnetsim.wire.mac import BROADCAST, UNKNOWN, Mac

HELLO = b"hello" * 10
GROUP = Mac.parse("01:00:5e:01:02:03")
STRANGER = Mac.parse("02:00:00:00:00:99")


@attrs.define
class Switch:
    """A bridge br0 with hosts h1, h2, ... on p1, p2, ..., of which every frame is seen."""

    lab: Lab
    seen: dict[str, list[Captured]]

    @classmethod
    def of(cls, hosts: int) -> Switch:
        lab = bridged(hosts, watch=True)
        seen = {f"h{number}": watched(lab, f"h{number}", "eth0") for number in range(1, hosts + 1)}
        return cls(lab, {**seen, "br0": watched(lab, None, "br0")})

    def mac(self, host: str) -> Mac:
        return device(self.lab, None, "br0").mac if host == "br0" else device(self.lab, host, "eth0").mac

    def send(self, host: str, to: Mac | str, *, source: Mac | None = None, data: bytes = HELLO) -> set[str]:
        """Who gets a frame that a host sends; br0 is the host of the bridge itself."""
        for each in self.seen.values():
            each.clear()
        station = self.mac(to) if isinstance(to, str) else to
        put(self.lab, None if host == "br0" else host, "br0" if host == "br0" else "eth0", data, station, source=source)
        return {name for name, frames in self.seen.items() if any(map(_is_it, frames))}

    def learn(self, *hosts: str) -> None:
        for host in hosts:
            self.send(host, STRANGER)

    def set(self, port: str, flag: str) -> None:
        typed(self.lab, f"bridge link set dev {port} {flag}")


def _is_it(each: Captured) -> bool:
    """Received, and not the bridge's own report of its groups."""
    return not each.outgoing and each.frame.ethertype == EXPERIMENT


# --- forwarding and learning -----------------------------------------------------------------------------------------


def test_a_broadcast_goes_everywhere_and_an_unknown_address_everywhere_but_up() -> None:
    """bridge_learning: an unknown unicast is seen on br0 only because somebody captures there."""
    switch = Switch.of(3)
    assert switch.send("h1", BROADCAST) == {"h2", "h3", "br0"}
    assert switch.send("h1", GROUP) == {"h2", "h3", "br0"}
    assert switch.send("h1", STRANGER) == {"h2", "h3", "br0"}
    assert switch.send("br0", BROADCAST) == {"h1", "h2", "h3"}


def test_a_known_address_is_sent_to_its_port_only() -> None:
    switch = Switch.of(3)
    switch.learn("h2")
    assert switch.send("h1", "h2") - {"br0"} == {"h2"}
    assert switch.send("br0", "h2") == {"h2"}
    assert switch.send("h2", "h1") - {"br0"} == {"h1"}


def test_the_bridges_own_addresses_are_for_the_host_itself() -> None:
    switch = Switch.of(2)
    assert switch.send("h1", "br0") == {"br0"}
    assert switch.send("h1", device(switch.lab, None, "p2").mac) == {"br0"}


def test_what_the_host_sends_to_the_address_of_a_port_leaves_by_it_and_to_the_bridges_own_is_lost() -> None:
    """Captured: br_dev_xmit forwards to the port of a local entry, and the bridge's own has none."""
    switch = Switch.of(2)
    typed(switch.lab, "ip link set br0 address 02:00:00:00:00:77")
    assert switch.send("br0", device(switch.lab, None, "p1").mac) == {"h1"}
    assert switch.send("br0", "br0") == set()
    assert lost(switch.lab) == [DropReason.NO_TX_TARGET]


def test_a_frame_for_a_station_behind_the_port_it_came_by_ends_there() -> None:
    switch = Switch.of(2)
    switch.send("h1", BROADCAST, source=STRANGER)
    assert switch.send("h1", STRANGER) - {"br0"} == set()
    assert DropReason.NO_TX_TARGET in lost(switch.lab)


def test_a_station_that_moves_is_followed() -> None:
    switch = Switch.of(3)
    switch.send("h2", BROADCAST, source=STRANGER)
    assert switch.send("h1", STRANGER) - {"br0"} == {"h2"}
    switch.send("h3", BROADCAST, source=STRANGER)
    assert switch.send("h1", STRANGER) - {"br0"} == {"h3"}


def test_a_station_is_forgotten_after_three_hundred_seconds_of_silence() -> None:
    switch = Switch.of(3)
    switch.learn("h2")
    switch.lab.sleep(299)
    assert switch.send("h1", "h2") - {"br0"} == {"h2"}
    switch.lab.sleep(2)
    assert switch.send("h1", "h2") - {"br0"} == {"h2", "h3"}


def test_a_station_that_speaks_is_remembered() -> None:
    switch = Switch.of(3)
    for _ in range(4):
        switch.learn("h2")
        switch.lab.sleep(200)
    assert switch.send("h1", "h2") - {"br0"} == {"h2"}


@pytest.mark.parametrize(("ageing", "silence", "known"), [(1000, 9, True), (1000, 11, False), (0, 0, False)])
def test_ageing_time_counts_in_hundredths_of_a_second(ageing: int, silence: int, known: bool) -> None:
    switch = Switch.of(3)
    typed(switch.lab, f"ip link set br0 type bridge ageing_time {ageing}")
    switch.learn("h2")
    switch.lab.sleep(silence)
    assert switch.send("h1", "h2") - {"br0"} == ({"h2"} if known else {"h2", "h3"})


#: What makes a bridge forget the station behind p2.
FORGETTING = [
    "ip link set p2 down && ip link set p2 up",
    "ip -n h2 link set eth0 down && ip -n h2 link set eth0 up",
    "ip link set br0 down && ip link set br0 up",
    "ip link set p2 nomaster && ip link set p2 master br0",
    "ip link set br0 type bridge fdb_flush",
]


@pytest.mark.parametrize("event", FORGETTING)
def test_events_that_make_a_bridge_forget(event: str) -> None:
    switch = Switch.of(3)
    switch.learn("h2")
    typed(switch.lab, event)
    assert switch.send("h1", "h2") - {"br0"} == {"h2", "h3"}


def test_a_static_address_is_kept_for_ever_and_follows_the_station_all_the_same() -> None:
    switch = Switch.of(3)
    typed(switch.lab, f"bridge fdb add {STRANGER} dev p2 master static")
    switch.lab.sleep(1000)
    assert switch.send("h1", STRANGER) - {"br0"} == {"h2"}
    switch.send("h3", BROADCAST, source=STRANGER)
    assert switch.send("h1", STRANGER) - {"br0"} == {"h3"}
    assert f"{STRANGER} dev p3 master br0 static" in switch.lab.run("bridge fdb").stdout


# --- flags of a port -----------------------------------------------------------------------------------------------

#: A flag of p2, who sends what to whom, and who gets it.
FLAGS = [
    ("flood off", "h1", STRANGER, {"h3"}), ("flood off", "h1", BROADCAST, {"h2", "h3", "br0"}),
    ("flood off", "h1", GROUP, {"h2", "h3", "br0"}), ("flood off", "br0", STRANGER, {"h1", "h3"}),
    ("bcast_flood off", "h1", BROADCAST, {"h3", "br0"}), ("bcast_flood off", "h1", STRANGER, {"h2", "h3"}),
    ("bcast_flood off", "br0", BROADCAST, {"h1", "h2", "h3"}),
    ("mcast_flood off", "h1", GROUP, {"h3", "br0"}), ("mcast_flood off", "h1", BROADCAST, {"h2", "h3", "br0"}),
    ("mcast_flood off", "br0", GROUP, {"h1", "h2", "h3"}),
    ("hairpin on", "h2", BROADCAST, {"h1", "h2", "h3", "br0"}), ("hairpin on", "h2", STRANGER, {"h1", "h2", "h3"}),
    ("isolated on", "h1", BROADCAST, {"h2", "h3", "br0"}), ("isolated on", "h2", BROADCAST, {"h1", "h3", "br0"}),
    ("state 0", "h1", BROADCAST, {"h3", "br0"}), ("state 0", "h2", BROADCAST, set()),
    ("state 1", "h2", BROADCAST, set()), ("state 2", "h1", BROADCAST, {"h3", "br0"}),
    ("state 2", "h2", BROADCAST, set()),
    ("state 3", "h2", BROADCAST, {"h1", "h3", "br0"}), ("state 4", "h2", BROADCAST, {"h1", "h3", "br0"}),
    ("locked on", "h2", BROADCAST, set()), ("locked on", "h1", BROADCAST, {"h2", "h3", "br0"}),
]  # fmt: skip


@pytest.mark.parametrize(("flag", "sender", "to", "who"), FLAGS)
def test_what_a_flag_of_a_port_holds_back(flag: str, sender: str, to: Mac, who: set[str]) -> None:
    """bridge_port_flags."""
    switch = Switch.of(3)
    switch.set("p2", flag)
    got = switch.send(sender, to)
    assert (got if "br0" in who else got - {"br0"}) == who


def test_a_known_address_is_reached_though_its_port_is_not_flooded() -> None:
    switch = Switch.of(3)
    switch.learn("h2")
    switch.set("p2", "flood off")
    assert switch.send("h1", "h2") - {"br0"} == {"h2"}


def test_without_learning_answers_are_flooded() -> None:
    switch = Switch.of(3)
    switch.set("p2", "learning off")
    switch.learn("h2")
    assert switch.send("h1", "h2") - {"br0"} == {"h2", "h3"}


def test_a_port_that_learns_does_not_forward_but_learns() -> None:
    switch = Switch.of(3)
    switch.set("p2", "state 2")
    switch.learn("h2")
    switch.set("p2", "state 3")
    assert switch.send("h1", "h2") - {"br0"} == {"h2"}


def test_isolated_ports_reach_the_others_and_the_host_but_not_each_other() -> None:
    switch = Switch.of(4)
    switch.set("p1", "isolated on")
    switch.set("p2", "isolated on")
    assert switch.send("h1", BROADCAST) == {"h3", "h4", "br0"}
    assert switch.send("h3", BROADCAST) == {"h1", "h2", "h4", "br0"}
    switch.learn("h2", "h3")
    assert switch.send("h1", "h2") - {"br0"} == set()
    assert DropReason.BRIDGE_PORT_POLICY in lost(switch.lab)
    assert switch.send("h1", "h3") - {"br0"} == {"h3"}
    assert switch.send("h1", "br0") == {"br0"}


def test_hairpin_sends_a_frame_back_to_the_port_it_came_by() -> None:
    switch = Switch.of(2)
    switch.send("h1", BROADCAST, source=STRANGER)
    switch.set("p1", "hairpin on")
    assert switch.send("h1", STRANGER) - {"br0"} == {"h1"}


def test_a_locked_port_lets_in_whom_the_bridge_was_told_about() -> None:
    switch = Switch.of(2)
    switch.set("p1", "locked on")
    assert switch.send("h1", BROADCAST) == set()
    assert lost(switch.lab) == [DropReason.BRIDGE_PORT_POLICY]
    typed(switch.lab, f"bridge fdb add {switch.mac('h1')} dev p1 master static")
    assert switch.send("h1", BROADCAST) == {"h2", "br0"}


# --- frames that a bridge does not forward -------------------------------------------------------------------------

#: The last byte of 01:80:c2:00:00:xx, the mask of the bridge, whether it is forwarded.
LINK_LOCAL = [(0x00, 0, True), (0x01, 0, False), (0x02, 0, False), (0x03, 0, False), (0x0E, 0, False), (0x0F, 0, False),
              (0x10, 0, True), (0x0E, 0x4000, True), (0x03, 0x4000, False), (0x03, 0x8, True)]  # fmt: skip


@pytest.mark.parametrize(("last", "mask", "forwarded"), LINK_LOCAL)
def test_groups_of_the_bridge_itself_are_not_forwarded(last: int, mask: int, forwarded: bool) -> None:
    """bridge_link_local_groups."""
    switch = Switch.of(2)
    typed(switch.lab, f"ip link set br0 type bridge group_fwd_mask {mask:#x}")
    assert ("h2" in switch.send("h1", Mac(0x0180C2000000 + last))) is forwarded


@pytest.mark.parametrize(
    ("setting", "learned"),
    [
        ("", True),
        ("ip link set br0 type bridge no_linklocal_learn 1", False),
        ("bridge link set dev p1 learning off", False),
    ],
)
def test_who_speaks_to_a_link_local_group_is_learned_unless_that_is_off(setting: str, learned: bool) -> None:
    """__br_handle_local_finish."""
    switch = Switch.of(2)
    if setting:
        typed(switch.lab, setting)
    switch.send("h1", Mac.parse("01:80:c2:00:00:0e"), source=STRANGER)
    assert (str(STRANGER) in switch.lab.run("bridge fdb show").stdout) is learned


@pytest.mark.parametrize("mask", ["1", "2", "4", "7", "0xffff"])
def test_the_groups_of_stp_pause_and_lacp_cannot_be_let_through(mask: str) -> None:
    lab = bridged(1)
    result = lab.run(f"ip link set br0 type bridge group_fwd_mask {mask}")
    assert (result.exit_code, result.stderr) == (2, "RTNETLINK answers: Invalid argument\n")


@pytest.mark.parametrize("source", [UNKNOWN, GROUP, BROADCAST])
def test_a_frame_from_nobody_is_dropped(source: Mac) -> None:
    switch = Switch.of(2)
    assert switch.send("h1", BROADCAST, source=source) == set()
    assert lost(switch.lab) == [DropReason.MAC_INVALID_SOURCE]


def test_tags_pass_unchanged() -> None:
    switch = Switch.of(2)
    mac = switch.mac("h1")
    tagged = Frame.build(BROADCAST, mac, 0x8100, Tagged.build(10, 0, EXPERIMENT, HELLO))
    switch.lab.network("h1").packet_socket("eth0").send(tagged)
    switch.lab.sleep(0.01)
    assert [each.frame for each in switch.seen["h2"]] == [tagged]


# --- states of the bridge ------------------------------------------------------------------------------------------


def state(lab: Lab, name: str = "br0") -> str:
    """State, mark of no carrier, as `ip -br link` tells."""
    words = lab.run(f"ip -br link show {name}").stdout.split()
    return words[1] + (" NO-CARRIER" if "NO-CARRIER" in words[3] else "")


def test_the_carrier_of_a_bridge_is_that_of_its_ports() -> None:
    """bridge_host_and_mac."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link add br0 type bridge
        ip link add p1 type veth peer name e1
    """,
    )
    assert state(lab) == "DOWN"
    typed(lab, "ip link set br0 up")
    assert state(lab) == "UNKNOWN"  # it never had a port
    typed(lab, "ip link set p1 master br0")
    assert state(lab) == "DOWN NO-CARRIER"
    typed(lab, "ip link set p1 up")
    assert state(lab) == "DOWN NO-CARRIER"
    typed(lab, "ip link set e1 up")
    assert state(lab) == "UP"
    typed(lab, "ip link set e1 down")
    assert state(lab) == "DOWN NO-CARRIER"
    typed(lab, "ip link set p1 nomaster")
    assert state(lab) == "DOWN NO-CARRIER"  # it had one once


def test_a_bridge_that_is_down_forwards_nothing() -> None:
    """bridge_down."""
    switch = Switch.of(2)
    switch.learn("h2")
    typed(switch.lab, "ip link set br0 down")
    assert switch.send("h1", "h2") == set()
    assert lost(switch.lab) == [DropReason.BRIDGE_INGRESS_STP_STATE]
    assert switch.lab.run("bridge link show dev p1").stdout.count("state disabled") == 1
    typed(switch.lab, "ip link set br0 up")
    assert "h2" in switch.send("h1", "h2")


def test_the_address_of_a_bridge_is_the_lowest_of_its_ports_until_it_is_set_by_hand() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 type bridge")
    first = device(lab, None, "br0").mac
    assert first >> 40 & 3 == 2
    for number, mac in ((1, 0x31), (2, 0x22), (3, 0x13)):
        typed(
            lab,
            f"""
            ip link add p{number} address 02:00:00:00:00:{mac:02x} type veth peer name e{number}
            ip link set p{number} master br0
        """,
        )
    told = []
    for change in ("true", "ip link set p3 nomaster", "ip link set p2 address 02:00:00:00:00:44",
                   "ip link del p1", "ip link set p2 nomaster", "ip link set p3 master br0",
                   "ip link set br0 address 02:00:00:00:00:bb", "ip link set p2 master br0",
                   "ip link set p3 nomaster"):  # fmt: skip
        typed(lab, change)
        told.append(str(device(lab, None, "br0").mac)[-2:])
    assert told == ["13", "22", "31", "44", "00", "13", "bb", "bb", "bb"]


def test_the_mtu_of_a_bridge_is_the_smallest_of_its_ports_until_it_is_set_by_hand() -> None:
    """bridge_mtu."""
    lab = bridged(2)
    told = []
    for change in ("true", "ip link set p1 mtu 1400", "ip link set p2 mtu 9000", "ip link set p1 mtu 9000",
                   "ip link set p1 nomaster", "ip link set p1 mtu 1300", "ip link set p1 master br0",
                   "ip link set p2 nomaster", "ip link set p1 nomaster", "ip link set p1 master br0",
                   "ip link set br0 mtu 1200", "ip link set p1 mtu 1000"):  # fmt: skip
        typed(lab, change)
        told.append(device(lab, None, "br0").mtu)
    assert told == [1500, 1400, 1400, 9000, 9000, 9000, 1300, 1300, 1500, 1300, 1200, 1200]


def test_a_frame_that_is_too_long_for_its_port_vanishes() -> None:
    lab = bridged(2, watch=True)
    typed(
        lab, "sysctl -qw net.bridge.bridge-nf-call-iptables=0\nip link set p2 mtu 1400\nip -n h2 link set eth0 mtu 1400"
    )
    assert ping(lab, "h1", "10.0.0.2", "-c 1 -W 1 -s 1372")
    assert not ping(lab, "h1", "10.0.0.2", "-c 1 -W 1 -s 1400")
    assert lost(lab, namespace="host") == [DropReason.PKT_TOO_BIG]


def test_a_port_belongs_to_one_bridge_and_moves_without_being_released() -> None:
    lab = bridged(2)
    typed(lab, "ip link add br1 type bridge\nip link set p2 master br1")
    assert "master br1" in lab.run("bridge link show dev p2").stdout
    assert not ping(lab, "h1", "10.0.0.2")


def test_an_address_on_a_port_is_of_no_use() -> None:
    lab = bridged(1)
    typed(lab, "ip addr add 10.5.0.1/24 dev p1\nip -n h1 addr add 10.5.0.2/24 dev eth0")
    assert not lab.run("ping -c 1 -W 1 10.5.0.2")
    typed(lab, "ip addr add 10.0.0.9/24 dev br0")
    assert lab.run("ping -c 1 -W 1 10.0.0.1")


def test_deleting_a_bridge_frees_its_ports() -> None:
    lab = bridged(2)
    typed(lab, "ip link del br0")
    assert "master" not in lab.run("ip link").stdout


# --- laws --------------------------------------------------------------------------------------------------------

PORTS = ("h1", "h2", "h3", "h4")
_flag = st.sampled_from(["flood", "bcast_flood", "mcast_flood", "learning", "isolated", "hairpin"])
_station = st.sampled_from([Mac(0x020000000001 + number) for number in range(5)])
_target = st.one_of(_station, st.sampled_from([BROADCAST, GROUP]))


@attrs.define
class Reference:
    """A switch in a few lines: what IEEE 802.1D and the manual of `bridge link` say."""

    flags: dict[str, dict[str, bool]]
    table: dict[Mac, str] = attrs.field(factory=dict)

    def send(self, sender: str, source: Mac, to: Mac) -> set[str]:
        flags = self.flags[sender]
        if flags["learning"]:
            self.table[source] = sender
        known = self.table.get(to)
        if known is not None and not to.is_multicast:
            return {known} if self.may_go(sender, known) else set()
        flag = "bcast_flood" if to == BROADCAST else "mcast_flood" if to.is_multicast else "flood"
        return {port for port in PORTS if self.flags[port][flag] and self.may_go(sender, port)}

    def may_go(self, sender: str, port: str) -> bool:
        if port == sender:
            return self.flags[port]["hairpin"]
        return not (self.flags[port]["isolated"] and self.flags[sender]["isolated"])


DEFAULTS = {"flood": True, "bcast_flood": True, "mcast_flood": True, "learning": True, "isolated": False,
            "hairpin": False}  # fmt: skip


@settings(max_examples=examples(30), deadline=None)
@given(
    changed=st.lists(st.tuples(st.sampled_from(PORTS), _flag), max_size=5),
    frames=st.lists(st.tuples(st.sampled_from(PORTS), _station, _target), max_size=20),
)
def test_a_bridge_does_what_a_switch_does(changed: list[tuple[str, str]], frames: list[tuple[str, Mac, Mac]]) -> None:
    switch, reference = Switch.of(len(PORTS)), Reference({port: dict(DEFAULTS) for port in PORTS})
    for host, flag in changed:
        reference.flags[host][flag] = value = not DEFAULTS[flag]
        switch.set(host.replace("h", "p"), f"{flag} {'on' if value else 'off'}")
    for sender, source, to in frames:
        expected = reference.send(sender, source, to)
        assert switch.send(sender, to, source=source) - {"br0"} == expected


@settings(max_examples=examples(20), deadline=None)
@given(count=st.integers(2, 6), pairs=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=6))
def test_nobody_overhears_a_conversation_of_two(count: int, pairs: list[tuple[int, int]]) -> None:
    """After the first exchange no third host sees what two say to each other."""
    switch = Switch.of(count)
    for one, other in pairs:
        if one == other or max(one, other) > count:
            continue
        assert ping(switch.lab, f"h{one}", f"10.0.0.{other}")
        for each in switch.seen.values():
            each.clear()
        assert ping(switch.lab, f"h{one}", f"10.0.0.{other}")
        heard = {host for host, frames in switch.seen.items() if frames}
        assert heard - {"br0"} == {f"h{one}", f"h{other}"}


def test_a_loop_is_a_storm_and_spanning_tree_prevents_it() -> None:
    lab = Lab(docker=False, frame_limit=20_000)
    typed(
        lab,
        """
        ip link add br0 type bridge forward_delay 200 stp_state 1
        ip link add br1 type bridge forward_delay 200 stp_state 1
        ip link add a0 type veth peer name a1
        ip link add b0 type veth peer name b1
        ip link set a0 master br0 up
        ip link set b0 master br0 up
        ip link set a1 master br1 up
        ip link set b1 master br1 up
        ip addr add 10.0.0.1/24 dev br0
        ip link set br0 up
        ip link set br1 up
    """,
    )
    lab.sleep(10)
    result = lab.run("ping -c 1 -W 1 10.0.0.2")
    assert "circle" not in result.stderr
    assert sorted(line.split("state ")[1].split()[0] for line in lab.run("bridge link").stdout.splitlines()) == [
        "blocking",
        "forwarding",
        "forwarding",
        "forwarding",
    ]
    typed(lab, "ip link set br0 type bridge stp_state 0\nip link set br1 type bridge stp_state 0")
    lab.sleep(10)
    typed(lab, "ip neigh flush all")
    assert "circle" in lab.run("ping -c 1 -W 60 10.0.0.2").stderr


def test_the_ttl_does_not_change_on_a_bridge() -> None:
    lab = bridged(2)
    assert " ttl=64 " in ping(lab, "h1", "10.0.0.2").stdout
    seen = watched(lab, "h2", "eth0")
    put(lab, "h1", "eth0", echo("10.0.0.1", "10.0.0.2", ttl=1), device(lab, "h2", "eth0").mac)
    assert [each.ttl for each in packets(seen) if each.source == ip("10.0.0.1")] == [1]


# --- the fast path -----------------------------------------------------------------------------------------------


def counters(lab: Lab, hosts: int) -> list[tuple[int, int, int, int]]:
    ends = [(None, "br0"), *((f"h{n}", "eth0") for n in range(1, hosts + 1)), *((None, f"p{n}") for n in (1, 2))]
    found = [device(lab, name, end) for name, end in ends]
    return [(each.rx_packets, each.rx_bytes, each.tx_packets, each.tx_bytes) for each in found]


@pytest.mark.parametrize("rule", ["", "-t raw -A PREROUTING -d 10.0.0.254 -j DROP", "-A FORWARD -j DROP",
                                  "-A INPUT -j DROP", "-t raw -A PREROUTING -d 10.0.0.2 -j DROP"])  # fmt: skip
def test_a_bridge_that_nobody_watches_does_what_a_watched_one_does(rule: str) -> None:
    """Known stations, forgotten ones, the host itself, and rules in between: the same frames, the same counters."""
    seen = []
    for watch in (False, True):
        lab = bridged(3, watch=watch)
        typed(lab, "ip addr add 10.0.0.254/24 dev br0")
        replies = []
        for silence in (0, 0, 400, 0, 299):
            lab.sleep(silence)
            if rule and silence == 400:
                typed(lab, f"iptables {rule}")
            replies += [ping(lab, "h1", target).exit_code for target in ("10.0.0.2", "10.0.0.254", "10.0.0.2")]
        seen.append((replies, counters(lab, 3), lab.run("iptables -t raw -nvL; iptables -nvL").stdout))
    assert seen[0] == seen[1]
    assert (1 in seen[0][0]) is bool(rule)


def test_a_bridge_that_is_down_forwards_between_ports_set_to_forwarding_and_delivers_nothing() -> None:
    """Captured: `bridge link set dev PORT state 3` on a bridge that is down."""
    lab = bridged(2, watch=True)
    typed(
        lab,
        """
        ip addr add 10.0.0.254/24 dev br0
        ip link set br0 down
        bridge link set dev p1 state 3
        bridge link set dev p2 state 3
    """,
    )
    assert ping(lab, "h1", "10.0.0.2")
    assert not ping(lab, "h1", "10.0.0.254")
    assert DropReason.DEV_READY in lost(lab)


# --- rules that send a bridged packet elsewhere ------------------------------------------------------------------


# --- devices above a bridge ------------------------------------------------------------------------------------


def test_devices_above_a_bridge_follow_its_address_and_its_mtu() -> None:
    lab = bridged(1)
    typed(
        lab,
        """
        ip link add link br0 name br0.5 type vlan id 5
        ip link set p1 address 02:00:00:00:00:01
        ip link set p1 mtu 1400
    """,
    )
    assert device(lab, None, "br0").mac == device(lab, None, "br0.5").mac == Mac.parse("02:00:00:00:00:01")
    assert device(lab, None, "br0").mtu == device(lab, None, "br0.5").mtu == 1400


def test_a_bridge_can_be_no_port_of_a_bridge() -> None:
    lab = bridged(1)
    typed(lab, "ip link add br1 type bridge")
    result = lab.run("ip link set br1 master br0")
    assert (result.exit_code, result.stderr) == (2, "Error: Can not enslave a bridge to a bridge.\n")


def test_setting_the_address_that_a_bridge_has_already_fixes_it() -> None:
    lab = bridged(1)
    own = device(lab, None, "br0").mac
    typed(
        lab,
        f"""
        ip link set br0 address {own}
        ip link set p1 address 02:00:00:00:00:01
    """,
    )
    assert device(lab, None, "br0").mac == own
