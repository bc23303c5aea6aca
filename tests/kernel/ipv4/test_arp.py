"""ARP on the wire: who is asked, who answers, what is remembered for how long.

The facts are those of the recordings arp_first_ping, arp_states, arp_unresolved, arp_link_events, arp_flux,
arp_duplicate_ip, arp_arping and route_gateway_cases (Linux 6.18).  The machine of states has tests of its own.
"""

from __future__ import annotations

import re
from unittest.mock import Mock

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.wires import arps, device, ip, lost, packets, put, watched
from tests.laws import examples
from tests.machines import bridged, pair, ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.kernel.drivers.veth import ignored
from vnetsim.sockets import Captured
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.mac import BROADCAST, UNKNOWN, Mac


def state(lab: Lab, namespace: str, address: str) -> str:
    """The last word of its line in `ip neigh`; "" if there is none."""
    lines = [line.split() for line in lab.run(f"ip -n {namespace} neigh show {address}").stdout.splitlines()]
    return lines[0][-1] if lines else ""


def asked(seen: list[Captured], target: str) -> list[Captured]:
    """The requests for an address that left."""
    return [
        each
        for each in seen
        if each.outgoing and [(a.operation, str(a.target_ip)) for a in arps([each])] == [(ArpOperation.REQUEST, target)]
    ]


def answers_to(lab: Lab, namespace: str, request: Arp, *, seconds: float = 1.0) -> list[Arp]:
    """The replies that come to a broadcast request within a second."""
    seen = watched(lab, namespace, "eth0")
    put(lab, namespace, "eth0", request, BROADCAST)
    lab.sleep(seconds)
    return arps(each for each in seen if not each.outgoing)


def request(lab: Lab, target: str, sender: str = "10.0.0.1", *, namespace: str = "a") -> Arp:
    return Arp.request(device(lab, namespace, "eth0").mac, ip(sender), ip(target))


# --- asking ------------------------------------------------------------------------------------------------------


def test_the_first_packet_waits_for_one_request_and_one_answer() -> None:
    lab = pair()
    seen = watched(lab, "a", "eth0")
    assert ping(lab, "a", "10.0.0.2")
    mine, theirs = device(lab, "a", "eth0").mac, device(lab, "b", "eth0").mac
    kinds = [(type(each.frame.payload).__name__, each.frame.source, each.frame.destination) for each in seen]
    assert kinds == [
        ("Arp", mine, BROADCAST),
        ("Arp", theirs, mine),
        ("Packet", mine, theirs),
        ("Packet", theirs, mine),
    ]


def test_what_waits_leaves_in_order_once_the_neighbour_speaks() -> None:
    lab = pair()
    typed(lab, "ip -n b link set eth0 arp off")
    lab.start("ip netns exec a ping -c 5 -i 0.2 10.0.0.2")
    seen = watched(lab, "a", "eth0")
    lab.sleep(1.5)
    assert packets(seen) == []
    lab.run("ip -n b link set eth0 arp on")
    lab.sleep(1)
    sent = [each.payload for each in packets(each for each in seen if each.outgoing)]
    assert [getattr(message, "sequence", None) for message in sent] == [1, 2, 3, 4, 5]


def test_three_requests_then_every_waiting_packet_is_refused_at_once() -> None:
    """arp_unresolved: at 0, 1.02 and 2.05 s; the errors at 3.06..3.07 s."""
    lab = pair()
    seen = watched(lab, "a", "eth0")
    began = lab.now()
    result = ping(lab, "a", "10.0.0.99", "-c 3 -W 5")
    times = [(each.at - began) / 1e9 for each in asked(seen, "10.0.0.99")]
    assert [round(time, 1) for time in times] == [0.0, 1.0, 2.0]
    assert 3.0 < result.seconds < 3.2
    assert re.findall(r"From 10\.0\.0\.1 icmp_seq=(\d) Destination Host Unreachable", result.stdout) == ["1", "2", "3"]
    assert state(lab, "a", "10.0.0.99") == "FAILED"


def test_the_requests_go_on_after_a_ping_that_did_not_wait() -> None:
    lab = pair()
    seen = watched(lab, "a", "eth0")
    result = ping(lab, "a", "10.0.0.99", "-c 1 -W 1")
    assert "errors" not in result.stdout
    assert state(lab, "a", "10.0.0.99") == "INCOMPLETE"
    lab.sleep(5)
    assert len(asked(seen, "10.0.0.99")) == 3
    assert state(lab, "a", "10.0.0.99") == "FAILED"


def test_a_stale_neighbour_that_is_gone_is_asked_in_person_and_then_by_everybody() -> None:
    lab = pair()
    assert ping(lab, "a", "10.0.0.2")
    lab.sleep(60)
    assert state(lab, "a", "10.0.0.2") == "STALE"
    typed(lab, "ip -n b addr del 10.0.0.2/24 dev eth0")
    seen = watched(lab, "a", "eth0")
    ping(lab, "a", "10.0.0.2")
    assert state(lab, "a", "10.0.0.2") == "DELAY"
    assert asked(seen, "10.0.0.2") == []
    lab.sleep(9)
    theirs = device(lab, "b", "eth0").mac
    assert [each.frame.destination for each in asked(seen, "10.0.0.2")] == [theirs] * 3
    assert state(lab, "a", "10.0.0.2") == "FAILED"
    ping(lab, "a", "10.0.0.2")
    assert asked(seen, "10.0.0.2")[-1].frame.destination == BROADCAST


def test_the_answerer_learns_who_asked_and_checks_it_after_five_seconds() -> None:
    lab = pair()
    seen = watched(lab, "b", "eth0")
    assert ping(lab, "a", "10.0.0.2")
    assert (state(lab, "a", "10.0.0.2"), state(lab, "b", "10.0.0.1")) == ("REACHABLE", "DELAY")
    lab.sleep(6)
    [check] = asked(seen, "10.0.0.1")
    assert check.frame.destination == device(lab, "a", "eth0").mac
    assert state(lab, "b", "10.0.0.1") == "REACHABLE"
    lab.sleep(60)
    assert state(lab, "b", "10.0.0.1") == "STALE"


#: What happens, and who is left of a learned neighbour (.2) and one said by hand (.50).
EVENTS = [
    ("ip -n b link set eth0 down", ["10.0.0.50"]),
    (
        "ip netns exec a sysctl -qw net.ipv4.conf.eth0.arp_evict_nocarrier=0; ip -n b link set eth0 down",
        ["10.0.0.2", "10.0.0.50"],
    ),
    ("ip -n a link set eth0 down", []),
    ("ip -n a link set eth0 address 02:00:00:00:00:91", []),
    ("ip -n b link set eth0 address 02:00:00:00:00:92", ["10.0.0.2", "10.0.0.50"]),
    ("ip -n a link set eth0 mtu 1400", ["10.0.0.2", "10.0.0.50"]),
    ("ip -n a addr add 10.0.0.7/24 dev eth0", ["10.0.0.2", "10.0.0.50"]),
    ("ip -n a neigh flush all", ["10.0.0.50"]),
    ("ip -n a link set eth0 name lan0", ["10.0.0.2", "10.0.0.50"]),
]


@pytest.mark.parametrize(("event", "left"), EVENTS)
def test_events_that_make_a_host_forget_its_neighbours(event: str, left: list[str]) -> None:
    """arp_link_events."""
    lab = pair()
    assert ping(lab, "a", "10.0.0.2")
    typed(lab, "ip -n a neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev eth0")
    typed(lab, event)
    lab.sleep(1)  # the link watch tells of carriers once a second
    assert sorted(line.split()[0] for line in lab.run("ip -n a neigh").stdout.splitlines()) == left


def test_a_neighbour_with_a_new_address_is_missed_until_it_is_asked_in_vain() -> None:
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2")
    typed(lab, "ip -n b link set eth0 address 02:00:00:00:00:92")
    assert not ping(lab, "a", "10.0.0.2")
    assert DropReason.OTHERHOST in lost(lab)
    result = ping(lab, "a", "10.0.0.2", "-c 60 -q")
    missed = 60 - int(re.findall(r"(\d+) received", result.stdout)[0])
    assert 15 < missed < 45 + 5 + 4  # reachable, in doubt, asked in vain


#: Whose address stands in a request for 10.0.0.77 about a packet from 10.1.0.1, which another device has.
ANNOUNCED = [("0", "10.1.0.1"), ("1", "10.0.0.1"), ("2", "10.0.0.1")]


@pytest.mark.parametrize(("level", "sender"), ANNOUNCED)
def test_arp_announce_chooses_in_whose_name_is_asked(level: str, sender: str) -> None:
    lab = pair()
    typed(
        lab,
        f"""
        ip -n a addr add 10.1.0.1/32 dev lo
        ip netns exec a sysctl -qw net.ipv4.conf.all.arp_announce={level}
    """,
    )
    seen = watched(lab, "a", "eth0")
    ping(lab, "a", "10.0.0.77", "-c 1 -W 1 -I 10.1.0.1")
    [first, *_] = asked(seen, "10.0.0.77")
    assert [str(each.sender_ip) for each in arps([first])] == [sender]


# --- answering ---------------------------------------------------------------------------------------------------

#: Settings of the answerer, the address asked for, whether the device that does not have it, and the one that has,
#: answer.  eth0 has 10.0.0.2, eth1 10.1.0.2, lo 10.0.0.200; both devices are on the same link.
FLUX = [
    ("", "10.0.0.2", {"eth0", "eth1"}), ("", "10.1.0.2", {"eth0", "eth1"}), ("", "10.0.0.200", {"eth0", "eth1"}),
    ("", "127.0.0.1", set()), ("", "10.0.0.77", set()), ("arp_ignore=1", "10.0.0.200", set()),
    ("arp_ignore=1", "10.0.0.2", {"eth0"}), ("arp_ignore=1", "10.1.0.2", {"eth1"}),
    ("arp_ignore=2", "10.0.0.2", {"eth0"}), ("arp_ignore=2", "10.1.0.2", set()),
    ("arp_ignore=8", "10.0.0.2", set()),
    ("arp_filter=1", "10.0.0.2", {"eth0"}), ("arp_filter=1", "10.1.0.2", {"eth0"}),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "target", "who"), FLUX)
def test_which_of_two_devices_on_one_link_answers(setting: str, target: str, who: set[str]) -> None:
    """arp_flux."""
    lab = bridged(2)
    typed(
        lab,
        """
        ip link add eth1 netns h2 type veth peer name p9
        ip link set p9 master br0 up
        ip -n h2 addr add 10.1.0.2/24 dev eth1
        ip -n h2 link set eth1 up
        ip -n h2 addr add 10.0.0.200/32 dev lo
    """,
    )
    if setting:
        typed(lab, f"ip netns exec h2 sysctl -qw net.ipv4.conf.all.{setting}")
    names = {device(lab, "h2", name).mac: name for name in ("eth0", "eth1")}
    came = answers_to(lab, "h1", request(lab, target, namespace="h1"))
    assert {names[each.sender_mac] for each in came} == who


def test_the_first_of_two_answers_counts_and_the_second_within_a_second_does_not() -> None:
    """arp_duplicate_ip, and locktime."""
    lab = bridged(3)
    typed(lab, "ip -n h3 addr add 10.0.0.2/24 dev eth0")
    assert ping(lab, "h1", "10.0.0.2")
    first = lab.run("ip -n h1 neigh").stdout
    other = next(
        device(lab, name, "eth0").mac for name in ("h2", "h3") if str(device(lab, name, "eth0").mac) not in first
    )
    reply = Arp.reply(other, ip("10.0.0.2"), device(lab, "h1", "eth0").mac, ip("10.0.0.1"))
    put(lab, "h3", "eth0", reply, device(lab, "h1", "eth0").mac)
    assert lab.run("ip -n h1 neigh").stdout == first
    lab.sleep(1.1)
    put(lab, "h3", "eth0", reply, device(lab, "h1", "eth0").mac)
    assert str(other) in lab.run("ip -n h1 neigh").stdout


#: What b is sent, whether it answers, and what it knows of 10.0.0.1 then (it knew nothing).
HEARD = [
    ("who-has", True, "STALE"), ("probe", True, ""), ("gratuitous request", False, ""), ("gratuitous reply", False, ""),
    ("reply", False, ""), ("somebody else", False, ""), ("from its own address", False, ""),
]  # fmt: skip


def message(lab: Lab, kind: str) -> Arp:
    asks = request(lab, "10.0.0.2")
    return {
        "who-has": asks,
        "probe": attrs.evolve(asks, sender_ip=ip("0.0.0.0")),
        "gratuitous request": attrs.evolve(asks, target_ip=ip("10.0.0.1")),
        "gratuitous reply": attrs.evolve(asks, target_ip=ip("10.0.0.1"), operation=ArpOperation.REPLY),
        "reply": attrs.evolve(asks, operation=ArpOperation.REPLY),
        "somebody else": attrs.evolve(asks, target_ip=ip("10.0.0.77")),
        "from its own address": attrs.evolve(asks, sender_ip=ip("10.0.0.2")),
    }[kind]


@pytest.mark.parametrize(("kind", "answered", "known"), HEARD)
def test_what_is_answered_and_what_is_learned_from_it(kind: str, answered: bool, known: str) -> None:
    """arp_arping: a gratuitous announcement creates no entry, a probe (-D) is answered and teaches nothing."""
    lab = pair()
    assert bool(answers_to(lab, "a", message(lab, kind))) is answered
    assert state(lab, "b", "10.0.0.1") == known


@pytest.mark.parametrize("kind", ["gratuitous request", "gratuitous reply", "reply", "somebody else"])
def test_what_is_told_to_everybody_changes_a_neighbour_that_is_known(kind: str) -> None:
    lab = pair()
    assert ping(lab, "a", "10.0.0.2")
    lab.sleep(100)
    new = Mac.parse("02:00:00:00:00:77")
    put(lab, "a", "eth0", attrs.evolve(message(lab, kind), sender_mac=new), BROADCAST)
    assert lab.run("ip -n b neigh").stdout.strip() == f"10.0.0.1 dev eth0 lladdr {new} STALE"


@pytest.mark.parametrize(("accept", "known"), [("0", ""), ("1", "STALE")])
def test_arp_accept_welcomes_strangers(accept: str, known: str) -> None:
    lab = pair()
    typed(lab, f"ip netns exec b sysctl -qw net.ipv4.conf.eth0.arp_accept={accept}")
    put(lab, "a", "eth0", message(lab, "gratuitous request"), BROADCAST)
    assert state(lab, "b", "10.0.0.1") == known


def test_a_host_announces_nothing_by_itself() -> None:
    """arp_notify 0: neither a new address nor a new MAC nor coming up."""
    lab = pair()
    seen = watched(lab, "b", "eth0")
    typed(
        lab,
        """
        ip -n a addr add 10.0.0.8/24 dev eth0
        ip -n a link set eth0 address 02:00:00:00:00:91
        ip -n a link set eth0 down
        ip -n a link set eth0 up
    """,
    )
    lab.sleep(5)
    assert arps(seen) == []


def test_the_two_ends_of_a_cable_in_one_namespace_do_not_answer_each_other() -> None:
    """route_same_namespace_veth: whoever asks with one's own address gets no answer, unless accept_local is 1."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link add v0 type veth peer name v1
        ip addr add 10.0.0.1/24 dev v0
        ip addr add 10.0.0.2/24 dev v1
        ip link set v0 up
        ip link set v1 up
        ip link set lo up
    """,
    )
    assert not lab.run("ping -c 1 -W 1 -I v0 10.0.0.2")
    typed(lab, "sysctl -qw net.ipv4.conf.all.accept_local=1")
    lab.run("ping -c 1 -W 1 -I v0 10.0.0.2")
    assert "10.0.0.2 dev v0 lladdr" in lab.run("ip neigh").stdout


# --- standing in ---------------------------------------------------------------------------------------------------


def test_a_router_stands_in_for_what_is_behind_it_after_a_moment() -> None:
    """route_gateway_cases: proxy_arp, after 0..0.8 s."""
    lab = router()
    typed(lab, "ip -n h1 route replace default dev eth0")
    assert not ping(lab, "h1", "10.0.2.2")
    typed(lab, "ip netns exec r sysctl -qw net.ipv4.conf.r1.proxy_arp=1")
    assert ping(lab, "h1", "10.0.2.2", "-c 1 -W 2")
    assert str(device(lab, "r", "r1").mac) in lab.run("ip -n h1 neigh show 10.0.2.2").stdout


#: Where the router stands in: not for the link that asks, not without a route, not if it does not forward.
PROXIED = [("10.0.2.2", "", True), ("10.0.2.99", "", True), ("10.0.1.99", "", False), ("10.99.0.1", "", False),
           ("10.0.2.2", "net.ipv4.conf.r1.forwarding=0", False)]  # fmt: skip


@pytest.mark.parametrize(("target", "setting", "answered"), PROXIED)
def test_for_whom_a_router_stands_in(target: str, setting: str, answered: bool) -> None:
    lab = router()
    typed(lab, f"ip netns exec r sysctl -qw net.ipv4.conf.r1.proxy_arp=1 {setting}")
    asks = request(lab, target, "10.0.1.2", namespace="h1")
    assert bool(answers_to(lab, "h1", asks)) is answered


def test_a_router_stands_in_for_one_address_if_told_so() -> None:
    lab = router()
    typed(lab, "ip -n r neigh add proxy 10.0.2.77 dev r1")
    asks = request(lab, "10.0.2.77", "10.0.1.2", namespace="h1")
    assert len(answers_to(lab, "h1", asks)) == 1
    assert answers_to(lab, "h1", attrs.evolve(asks, target_ip=ip("10.0.2.78"))) == []


@pytest.mark.parametrize("target", ["10.0.1.77", "10.99.0.1"])
def test_a_router_does_not_stand_in_on_the_link_of_the_address_nor_without_a_route(target: str) -> None:
    """Linux 6.18: arping gets no answer."""
    lab = router()
    typed(lab, f"ip -n r neigh add proxy {target} dev r1")
    assert answers_to(lab, "h1", request(lab, target, "10.0.1.2", namespace="h1")) == []


# --- laws --------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(40), deadline=None)
@given(
    operation=st.sampled_from(list(ArpOperation)),
    sender=st.sampled_from(["10.0.0.1", "10.0.0.2", "0.0.0.0", "8.8.8.8"]),
    target=st.sampled_from(["10.0.0.1", "10.0.0.2", "0.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1"]),
    mac=st.sampled_from([BROADCAST, UNKNOWN, Mac(2), Mac.parse("01:00:5e:00:00:01")]),
    broadcast=st.booleans(),
)
def test_no_arp_packet_makes_a_host_unreachable_that_answers(
    operation: ArpOperation, sender: str, target: str, mac: Mac, broadcast: bool
) -> None:
    """Whatever b is told, it answers at most once, and a minute later a reaches it."""
    lab = pair()
    told = Arp(operation, mac, ip(sender), UNKNOWN, ip(target))
    seen = watched(lab, "b", "eth0")
    put(lab, "a", "eth0", told, BROADCAST if broadcast else device(lab, "b", "eth0").mac)
    lab.sleep(1)
    assert len([each for each in seen if each.outgoing]) <= 1
    lab.sleep(60)
    assert ping(lab, "a", "10.0.0.2", "-c 12 -W 1")


# --- what a receiver need not look up ------------------------------------------------------------------------------

CONFIGURED = [
    "ip -n b addr add 10.0.1.2/24 dev eth0",
    "ip -n b route add local 10.0.2.0/24 dev lo",
    "ip -n b route add local 10.0.3.9 dev eth0 table 7",
    "ip -n b rule add to 10.0.3.0/24 lookup 7 pref 0",
    "ip -n b rule add from 10.0.0.1 to 10.0.2.0/24 unreachable pref 0",
    "ip -n b route add 10.0.4.0/24 via 10.0.0.9",
    "ip -n b link add d0 type dummy",
    "ip -n b route add 10.0.5.0/24 dev lo",
    "ip -n b neigh add proxy 10.0.4.9 dev eth0",
    "ip -n b neigh replace 10.0.0.1 lladdr 02:00:00:00:00:09 dev eth0",
    *(
        f"ip netns exec b sysctl -qw net.ipv4.conf.{device}.{setting}"
        for device in ("all", "eth0")
        for setting in ("arp_accept=1", "arp_accept=2", "arp_ignore=1", "arp_ignore=2", "arp_filter=1", "rp_filter=1",
                        "forwarding=1", "proxy_arp=1", "drop_gratuitous_arp=1", "accept_local=1")
    ),
]  # fmt: skip
HOSTS = st.builds("10.0.{}.{}".format, st.integers(0, 5), st.sampled_from([0, 1, 2, 9, 255])) | st.just("0.0.0.0")


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.sampled_from(CONFIGURED), max_size=8), st.lists(st.tuples(HOSTS, HOSTS), min_size=1, max_size=4))
def test_a_request_that_is_ignored_at_once_is_ignored_by_the_whole_walk(
    lines: list[str], requests: list[tuple[str, str]]
) -> None:
    walks = []
    for looks_up_all in (False, True):
        lab, seen = pair(watch=True), list[object]()
        for line in lines:
            lab.run(line)
        fib = lab.network("b").namespace.inet.fib
        fib.may_be_local = Mock(return_value=True) if looks_up_all else fib.may_be_local  # type: ignore[method-assign]
        for target, sender in requests:
            put(lab, "a", "eth0", request(lab, target, sender), BROADCAST)
            seen += [*lab.events, lab.run("ip -n b neigh").stdout]
        walks.append(seen)
    assert walks[0] == walks[1]


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.sampled_from(CONFIGURED), max_size=4), HOSTS, HOSTS)
def test_nothing_comes_of_a_request_that_needs_no_copy(lines: list[str], target: str, sender: str) -> None:
    lab = pair()
    for line in lines:
        lab.run(line)
    end, asks = device(lab, "b", "eth0"), request(lab, target, sender)

    def is_ignored(packet: Arp) -> bool:
        return ignored([end], 0, 1, end.new_skb(Frame.build(BROADCAST, end.mac, ARP, packet))) == 1

    at_once = is_ignored(asks)
    known, sent = lab.run("ip -n b neigh").stdout, end.tx_packets
    put(lab, "a", "eth0", asks, BROADCAST)
    lab.sleep(2)
    assert not at_once or (lab.run("ip -n b neigh").stdout, end.tx_packets) == (known, sent)
    assert not is_ignored(request(lab, "10.0.0.2"))
    assert not is_ignored(attrs.evolve(asks, operation=ArpOperation.REPLY))


@pytest.mark.parametrize(("route_localnet", "known"), [(1, True), (0, False)])
def test_a_loopback_address_is_asked_for_only_with_route_localnet(route_localnet: int, known: bool) -> None:
    """Recorded on Linux 6.18, where both ends have lost 127.0.0.0/8 of lo."""
    lab = Lab(docker=False)
    typed(lab, "ip netns add a\n ip link add va type veth peer name eth0 netns a\n ip link set va up")
    typed(lab, "ip link set lo up\n ip -n a link set lo up\n sysctl -qw net.ipv4.conf.va.route_localnet=1")
    typed(lab, f"ip netns exec a sysctl -qw net.ipv4.conf.eth0.route_localnet={route_localnet}")
    for tool, end, address in (("ip", "va", "127.25.3.4/24"), ("ip -n a", "eth0", "127.25.3.14/24")):
        typed(lab, f"{tool} route del 127.0.0.0/8 dev lo table local\n {tool} addr add {address} dev {end}")
    typed(lab, "ip -n a link set eth0 up\n ip netns exec a sysctl -qw net.ipv4.conf.eth0.arp_ignore=3")
    assert bool(lab.run("ping -c 1 -W 1 -I va 127.25.3.14")) is known
    assert ("lladdr" in lab.run("ip neigh show 127.25.3.14").stdout) is known
