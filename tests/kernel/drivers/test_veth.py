"""The two ends of a cable: carrier, states, lengths, counters.

Recordings: link_operstate_netns, link_mtu_mismatch, link_counters.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.wires import device, echo, lost, put, watched
from tests.laws import examples
from tests.machines import bridged, pair, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.engine import FRAME_NS, HOP_NS, MAX_BACKLOG
from vnetsim.errors import Errno, KernelError
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.mac import BROADCAST


def cable(*commands: str, watch: bool = False) -> Lab:
    """a0 and a1 in the host's own namespace, and the namespaces one and two."""
    lab = Lab(docker=False, watch=watch)
    typed(lab, "ip netns add one\nip netns add two\nip link add a0 type veth peer name a1")
    for command in commands:
        typed(lab, command)
    return lab


def words(lab: Lab, name: str, namespace: str | None = None) -> str:
    """State of an end as `ip -br link` tells it, with M-DOWN and NO-CARRIER where those are."""
    told = lab.run(f"ip {'' if namespace is None else '-n ' + namespace} -br link show {name}").stdout.split()
    marks = [mark for mark in ("NO-CARRIER", "M-DOWN") if mark in told[3]]
    return " ".join([told[1], *marks])


#: What is done with a pair a0, a1, and what its ends look like then.
STATES = [
    ((), "DOWN M-DOWN", "DOWN M-DOWN"),
    (("a0 up",), "LOWERLAYERDOWN NO-CARRIER M-DOWN", "DOWN"),
    (("a0 up", "a1 up"), "UP", "UP"),
    (("a0 up", "a1 up", "a1 down"), "LOWERLAYERDOWN NO-CARRIER M-DOWN", "DOWN"),
    (("a0 up", "a1 up", "a1 down", "a1 up"), "UP", "UP"),
    (("a0 up", "a0 down"), "DOWN M-DOWN", "DOWN M-DOWN"),
]


@pytest.mark.parametrize(("changes", "one", "other"), STATES)
def test_the_states_of_both_ends_in_one_namespace(changes: tuple[str, ...], one: str, other: str) -> None:
    lab = cable(*(f"ip link set {change}" for change in changes))
    assert (words(lab, "a0"), words(lab, "a1")) == (one, other)


#: The same with the ends in two namespaces: what was made together and moved keeps LOWERLAYERDOWN until it had carrier.
MOVED = [
    (("one link set a0 up",), "LOWERLAYERDOWN NO-CARRIER"),
    (("one link set a0 up", "two link set a1 up"), "UP"),
    (("one link set a0 up", "two link set a1 up", "two link set a1 down"), "DOWN NO-CARRIER"),
    (("two link set a1 up",), "DOWN"),
]


@pytest.mark.parametrize(("changes", "state"), MOVED)
def test_the_state_of_an_end_whose_peer_is_elsewhere(changes: tuple[str, ...], state: str) -> None:
    """link_operstate_netns."""
    lab = cable("ip link set a0 netns one", "ip link set a1 netns two", *(f"ip -n {change}" for change in changes))
    assert words(lab, "a0", "one") == state


def test_an_end_made_with_its_peer_elsewhere_is_down_without_carrier() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip netns add one\nip link add b0 type veth peer name b1 netns one\nip link set b0 up")
    assert words(lab, "b0") == "DOWN NO-CARRIER"


@pytest.mark.parametrize("gone", ["ip link del a0", "ip link del a1", "ip netns del one"])
def test_an_end_does_not_go_alone(gone: str) -> None:
    lab = cable("ip link set a1 netns one") if "netns" in gone else cable()
    typed(lab, gone)
    assert lab.run("ip -br link").stdout.split()[0] == "lo"
    assert len(lab.run("ip -br link").stdout.splitlines()) == 1


def test_what_goes_in_at_one_end_comes_out_at_the_other_a_moment_later() -> None:
    lab = pair()
    here, there = watched(lab, "a", "eth0"), watched(lab, "b", "eth0")
    assert ping(lab, "a", "10.0.0.2")
    assert [each.frame for each in here] == [each.frame for each in there]
    assert all(abs(one.at - other.at) == HOP_NS for one, other in zip(here, there, strict=True))


#: The mtu of the receiver, and how long an IPv4 packet may be: a VLAN tag finds room.
LENGTHS = [(1500, 1504), (1400, 1404), (68, 72)]


@pytest.mark.parametrize(("mtu", "longest"), LENGTHS)
def test_a_frame_may_be_four_bytes_longer_than_the_receivers_mtu(mtu: int, longest: int) -> None:
    lab = pair(watch=True)
    typed(lab, f"ip -n a link set eth0 mtu 9000\nip -n b link set eth0 mtu {mtu}")
    to = device(lab, "b", "eth0").mac
    put(lab, "a", "eth0", echo("10.0.0.1", "10.0.0.2", size=longest - 28), to)
    assert DropReason.PKT_TOO_BIG not in lost(lab)
    assert ping(lab, "a", "10.0.0.2", "-c 1 -s 0")
    far = watched(lab, "b", "eth0")
    result = ping(lab, "a", "10.0.0.2", f"-c 1 -W 1 -s {longest - 27}")
    assert "sendmsg: No buffer space available" in result.stderr
    assert set(lost(lab)) == {DropReason.PKT_TOO_BIG}
    assert [each for each in far if each.frame.length > longest + 14] == []


def counters(lab: Lab, namespace: str) -> tuple[int, ...]:
    """Received packets, bytes and lost ones; sent packets, bytes and lost ones."""
    lines = lab.run(f"ip -n {namespace} -s link show eth0").stdout.splitlines()
    received, sent = lines[3].split(), lines[5].split()
    return (*(int(received[at]) for at in (1, 0, 3)), *(int(sent[at]) for at in (1, 0, 3)))


def test_both_ends_count_frames_with_their_headers() -> None:
    """link_counters: 42 bytes of ARP and 98 of a ping, each way."""
    lab = pair()
    assert ping(lab, "a", "10.0.0.2")
    assert counters(lab, "a") == counters(lab, "b") == (2, 140, 0, 2, 140, 0)


def test_a_frame_that_is_too_long_is_lost_at_both_ends() -> None:
    lab = pair()
    assert ping(lab, "a", "10.0.0.2")
    typed(lab, "ip -n b link set eth0 mtu 1400")
    put(lab, "a", "eth0", echo("10.0.0.1", "10.0.0.2", size=1376), BROADCAST)
    for size in (1377, 1400):
        with pytest.raises(KernelError) as refused:
            put(lab, "a", "eth0", echo("10.0.0.1", "10.0.0.2", size=size), BROADCAST)
        assert refused.value.errno is Errno.ENOBUFS
    assert (counters(lab, "a")[5], counters(lab, "b")[2]) == (2, 2)


def test_what_is_sent_without_a_carrier_is_lost_by_the_sender() -> None:
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2")
    typed(lab, "ip -n b link set eth0 down")
    put(lab, "a", "eth0", echo("10.0.0.1", "10.0.0.2"), BROADCAST)
    assert lost(lab) == [DropReason.NO_CARRIER]
    assert counters(lab, "a")[5] == 1


def test_a_cable_takes_a_thousand_frames_at_one_instant() -> None:
    lab = pair(watch=True)
    far = watched(lab, "b", "eth0")
    port, mac = lab.network("a").packet_socket("eth0"), device(lab, "a", "eth0").mac
    for number in range(MAX_BACKLOG + 10):
        port.send(Frame.build(BROADCAST, mac, 0x88B5, number.to_bytes(2, "big")))
    lab.sleep(0.1)
    assert [each.frame.payload for each in far] == [number.to_bytes(2, "big") for number in range(MAX_BACKLOG)]
    assert lost(lab, namespace="a") == [DropReason.CPU_BACKLOG] * 10
    assert [later.at - sooner.at for sooner, later in itertools.pairwise(far)] == [FRAME_NS] * (MAX_BACKLOG - 1)


# --- laws --------------------------------------------------------------------------------------------------------

_ends = st.sampled_from(["a", "b"])


@settings(max_examples=examples(40), deadline=None)
@given(changes=st.lists(st.tuples(_ends, st.sampled_from(["up", "down"])), max_size=12))
def test_there_is_a_carrier_exactly_while_both_ends_are_up(changes: list[tuple[str, str]]) -> None:
    lab = pair()
    up = {"a": True, "b": True}
    for end, change in changes:
        typed(lab, f"ip -n {end} link set eth0 {change}")
        up[end] = change == "up"
        for each in ("a", "b"):
            state = words(lab, "eth0", each)
            assert ("NO-CARRIER" in state) is (up[each] and not all(up.values()))
            assert state.startswith("UP") is all(up.values())
    assert bool(ping(lab, "a", "10.0.0.2")) is all(up.values())


@settings(max_examples=examples(25), deadline=None)
@given(data=st.lists(st.tuples(_ends, st.binary(max_size=60)), max_size=40))
def test_frames_arrive_once_in_order_and_unchanged(data: list[tuple[str, bytes]]) -> None:
    lab = pair()
    heard = {end: watched(lab, end, "eth0") for end in ("a", "b")}
    for end, payload in data:
        port = lab.network(end).packet_socket("eth0")
        port.send(Frame.build(BROADCAST, device(lab, end, "eth0").mac, 0x88B5, payload))
    lab.sleep(0.1)
    for end, other in (("a", "b"), ("b", "a")):
        came = [each.frame.payload for each in heard[other] if not each.outgoing]
        assert came == [payload for sender, payload in data if sender == end]


def test_a_request_that_a_bridge_floods_is_counted_and_answered_without_a_copy_for_each() -> None:
    """As where the frames are watched, so that each end gets a copy."""
    seen = []
    for watch in (False, True):
        lab = bridged(6, watch=watch)
        for line in (
            "ip -n h3 link add m0 link eth0 type macvlan mode bridge", "ip -n h3 link set m0 address 02:00:00:00:00:33",
            "ip -n h3 addr add 10.0.0.33/24 dev m0", "ip -n h3 link set m0 up", "ip -n h4 link set eth0 mtu 1280",
            "tc -n h5 qdisc add dev eth0 ingress", "ip -n h6 link set eth0 down",
            "ip -n h4 neigh replace 10.0.0.1 lladdr 02:00:00:00:00:99 dev eth0",
            "ip link set p4 type bridge_slave hairpin on",
        ):  # fmt: skip
            typed(lab, line)
        seen.append([lab.run(f"ip netns exec h1 ping -c 1 -W 1 10.0.0.{host}").output for host in (2, 33, 6, 77)])
        for host in range(1, 7):
            seen[-1] += [lab.run(f"ip -n h{host} -s link").stdout, lab.run(f"ip -n h{host} neigh").stdout]
        seen[-1].append(lab.run("ip -s link").stdout)
    assert seen[0] == seen[1]


def test_a_chain_for_what_leaves_by_a_port_sees_a_flooded_request_of_arp() -> None:
    lab = bridged(3)
    chain = "chain out { type filter hook egress device p2 priority 0; meta protocol arp counter drop; }"
    typed(lab, f"nft 'table netdev n {{ {chain}; }}'")
    assert not ping(lab, "h1", "10.0.0.2")
    assert ping(lab, "h1", "10.0.0.3")
    assert "packets 0" not in lab.run("nft list ruleset").stdout
    typed(lab, "nft delete table netdev n")
    assert ping(lab, "h1", "10.0.0.2")
