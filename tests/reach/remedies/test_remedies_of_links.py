"""Remedies for entries, proxies, tunnels and addresses: what the walk does not point to is not even tried.

What they heal is in `questions/` (stale neighbours, static entries, duplicate addresses, proxies, several cards).
"""

from __future__ import annotations

import pytest

from tests.reach.labs import made_by
from vnetsim import Lab
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.remedies import proposals
from vnetsim.reach.remedies.trials import situation_of
from vnetsim.reach.why.why import Why
from vnetsim.wire.inet import Prefix

BRIDGE = (
    "ip link add br0 type bridge", "ip link set br0 up", "ip netns add red", "ip netns add blue",
    "ip link add to-red type veth peer name eth0 netns red", "ip link add to-blue type veth peer name eth0 netns blue",
    "ip link set to-red master br0 up", "ip link set to-blue master br0 up",
    "ip -n red address add 10.0.0.2/24 dev eth0", "ip -n blue address add 10.0.0.3/24 dev eth0",
    "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
    "ip -n red link set eth0 address 02:00:00:00:00:02", "ip -n blue link set eth0 address 02:00:00:00:00:03",
)  # fmt: skip
ROUTER = (
    "ip netns add red", "ip netns add blue", "ip link add to-red type veth peer name eth0 netns red",
    "ip link add to-blue type veth peer name eth0 netns blue", "ip link set to-red up", "ip link set to-blue up",
    "ip -n red link set eth0 up", "ip -n blue link set eth0 up", "ip address add 10.0.0.1/24 dev to-red",
    "ip -n red address add 10.0.0.2/24 dev eth0", "ip -n blue address add 10.0.0.77/32 dev eth0",
    "ip route add 10.0.0.77 dev to-blue", "ip -n blue route add 10.0.0.1 dev eth0",
    "ip -n blue route add default via 10.0.0.1", "sysctl -w net.ipv4.ip_forward=1",
)  # fmt: skip
PERMANENT = "ip -n red neigh add 10.0.0.3 lladdr {} dev eth0 nud permanent"
STATIC = "bridge fdb replace 02:00:00:00:00:03 dev {} master static"
WALL = "ip netns exec blue iptables -A INPUT -p icmp -j DROP"


def lines(answer: Why) -> list[str]:
    """The commands of all remedies."""
    return [line for remedy in answer.remedies for line in remedy.commands]


def proposed(answer: Why, words: str) -> list[str]:
    return [line for line in lines(answer) if words in line]


def tried(lab: Lab, sender: str, target: str, words: str) -> list[str]:
    """The commands with these words of all changes that are made from how the question is answered."""
    answer = lab.why(sender, target, change=False)
    assert not answer
    situation = situation_of(lab.fork(), answer.question)
    return [line for change in proposals.healing(situation) for line in change.commands if words in line]


# --- neighbour entries -----------------------------------------------------------------------------------------------


def test_a_wrong_entry_is_deleted_and_no_other_one() -> None:
    answer = made_by(
        *BRIDGE,
        PERMANENT.format("02:00:00:00:00:99"),
        "ip -n red neigh add 10.0.0.9 lladdr 02:00:00:00:00:98 dev eth0 nud permanent",
    ).why("red", "blue")
    assert answer.remedies[0].commands == ("ip -n red neigh del 10.0.0.3 dev eth0",)
    assert not proposed(answer, "10.0.0.9")


def test_an_entry_of_the_gateway_is_one_of_the_way() -> None:
    answer = made_by(
        *ROUTER,
        "ip -n red route add default via 10.0.0.1",
        "ip address add 10.1.0.1/24 dev to-blue",
        "ip -n blue address add 10.1.0.2/24 dev eth0",
        "ip -n red neigh replace 10.0.0.1 lladdr 02:00:00:00:00:99 dev eth0 nud permanent",
    ).why("red", "10.1.0.2")
    assert answer.remedies[0].commands == ("ip -n red neigh del 10.0.0.1 dev eth0",)


def test_a_right_entry_stays_where_a_rule_drops() -> None:
    lab = made_by(*BRIDGE, PERMANENT.format("02:00:00:00:00:03"), WALL)
    assert not tried(lab, "red", "blue", "neigh")
    assert not tried(lab, "red", "blue", "arping")


def test_an_entry_that_names_a_router_is_right_if_that_answers_for_the_address() -> None:
    lab = made_by(*ROUTER, "sysctl -w net.ipv4.conf.to-red.proxy_arp=1", WALL)
    assert lab.why("red", "blue", change=False).reason == "NETFILTER_DROP"
    assert not tried(lab, "red", "blue", "neigh")


def moved(*more: str) -> Lab:
    """blue has another card than red knows."""
    return made_by(*BRIDGE, *more, "ip -n blue link set eth0 address 02:00:00:00:00:77")


def test_a_machine_with_a_new_card_may_announce_itself() -> None:
    answer = moved("ip netns exec red ping -c 1 10.0.0.3").why("red", "blue")
    assert [remedy.commands for remedy in answer.remedies] == [
        ("ip -n red neigh del 10.0.0.3 dev eth0",),
        ("ip netns exec blue arping -U -c 1 -I eth0 10.0.0.3",),
    ]


def test_what_was_said_by_hand_is_not_changed_by_an_announcement() -> None:
    lab = moved(PERMANENT.format("02:00:00:00:00:03"))
    assert tried(lab, "red", "blue", "neigh del")
    assert not tried(lab, "red", "blue", "arping")
    # eth0 can ask, and needs nobody who writes entries.
    assert not tried(lab, "red", "blue", "neigh replace")


def test_neighbours_of_ipv6_are_not_announced_by_arp() -> None:
    addresses = [
        f"ip -n {name} address add fd00::{number}/64 dev eth0 nodad" for name, number in (("red", 2), ("blue", 3))
    ]
    lab = made_by(*BRIDGE, *addresses, "ip netns exec red ping -c 1 fd00::3")
    assert lab.run("ip -n blue link set eth0 address 02:00:00:00:00:77")
    assert lab.why("red", "fd00::3").remedies[0].commands == ("ip -n red neigh del fd00::3 dev eth0",)
    assert not tried(lab, "red", "fd00::3", "arping")


def test_nothing_is_forgotten_where_the_machine_is_off() -> None:
    lab = made_by(*BRIDGE, "ip netns exec red ping -c 1 10.0.0.3", "ip -n blue link set eth0 down")
    assert not tried(lab, "red", "blue", "neigh")


@pytest.mark.parametrize(("lost", "words"), [("the request", []), ("the question for its neighbour", ["ip link set"])])
def test_a_link_is_changed_only_where_the_request_did_not_come_to_its_machine(lost: str, words: list[str]) -> None:
    unplugged = ("ip link set to-blue nomaster",) if lost != "the request" else ()
    second = ("ip link add br1 type bridge", "ip link set br1 up")
    found = tried(made_by(*BRIDGE, *second, *unplugged), "red", "blue:80", "master")
    assert [line[:11] for line in found[:1]] == words


# --- fdb entries -----------------------------------------------------------------------------------------------------


SPARE = ("ip link add spare type veth peer name spare2", "ip link set spare master br0 up", "ip link set spare2 up")


def test_a_static_entry_at_the_wrong_port_is_deleted() -> None:
    # A static entry moves with the card when that speaks (br_fdb_update): it is silent by now, and red does not ask.
    known = PERMANENT.format("02:00:00:00:00:03")
    answer = made_by(*BRIDGE, *SPARE, known, "sleep 30", STATIC.format("spare")).why("red", "blue")
    assert not answer
    assert answer.remedies[0].commands == ("bridge fdb del 02:00:00:00:00:03 dev spare master",)


def test_an_entry_that_a_bridge_learned_is_deleted_if_the_card_is_elsewhere_now() -> None:
    answer = made_by(
        *BRIDGE, "ip netns add green", "ip link add to-green type veth peer name eth0 netns green",
        "ip link set to-green master br0 up", "ip -n green link set eth0 up", "sleep 30",
        "ip netns exec red ping -c 1 10.0.0.3", "ip -n blue address del 10.0.0.3/24 dev eth0",
        "ip -n blue link set eth0 address 02:00:00:00:00:77", "ip -n green link set eth0 address 02:00:00:00:00:03",
        "ip -n green address add 10.0.0.3/24 dev eth0",
        PERMANENT.format("02:00:00:00:00:03").replace("neigh add", "neigh replace"),
    ).why("red", "green")  # fmt: skip
    assert answer.remedies[0].commands == (
        "bridge fdb del $(ip netns exec green cat /sys/class/net/eth0/address) dev to-blue master",
    )
    assert not proposed(answer, "neigh del")


@pytest.mark.parametrize("port", ["to-blue", ""])
def test_an_entry_at_the_right_port_stays(port: str) -> None:
    static = [STATIC.format(port)] if port else []
    assert not tried(made_by(*BRIDGE, *static, WALL), "red", "blue", "fdb")


def test_a_wrong_entry_of_somebody_else_stays() -> None:
    other = STATIC.format("spare").replace(":03", ":55")
    assert not tried(made_by(*BRIDGE, *SPARE, other, WALL), "red", "blue", "fdb")


# --- proxies ---------------------------------------------------------------------------------------------------------


def test_the_proxy_entry_is_narrower_than_the_sysctl() -> None:
    answer = made_by(*ROUTER).why("red", "blue")
    assert [remedy.commands for remedy in answer.remedies[:2]] == [
        ("ip neigh add proxy 10.0.0.77 dev to-red",),
        ("sysctl -w net.ipv4.conf.to-red.proxy_arp=1",),
    ]


@pytest.mark.parametrize("spoiled", ["ip route del 10.0.0.77", "ip link set to-red down"])
def test_nobody_answers_for_what_it_does_not_reach(spoiled: str) -> None:
    assert not tried(made_by(*ROUTER, spoiled), "red", "10.0.0.77", "proxy")


def test_nobody_answers_for_an_address_that_nobody_has() -> None:
    assert not tried(made_by(*ROUTER, "ip route add 10.0.0.99 dev to-blue"), "red", "10.0.0.99", "proxy")


def test_nobody_answers_for_a_machine_of_the_same_link() -> None:
    host = ("ip address add 10.0.0.1/24 dev br0", "sysctl -w net.ipv4.ip_forward=1", "ip -n blue link set eth0 down")
    assert not tried(made_by(*BRIDGE, *host), "red", "10.0.0.3", "proxy")


def test_no_proxy_of_the_other_family() -> None:
    lab = made_by(*ROUTER)
    assert not tried(lab, "red", "blue", "ndp")
    assert not tried(lab, "red", "blue", "ip -6")


# --- tunnels ---------------------------------------------------------------------------------------------------------


CABLE = (
    "ip netns add red",
    "ip netns add blue",
    "ip link add eth0 netns red type veth peer name eth0 netns blue",
    "ip -n red address add 10.0.0.2/24 dev eth0",
    "ip -n blue address add 10.0.0.3/24 dev eth0",
    "ip -n red link set eth0 up",
    "ip -n blue link set eth0 up",
)


def tunnel(red: str, blue: str, *more: str, network: int = 7) -> Lab:
    ends = (("red", 2, 7, red), ("blue", 3, network, blue))
    made = [
        line
        for name, number, vni, words in ends
        for line in (
            f"ip -n {name} link add vx0 type vxlan id {vni} local 10.0.0.{number} dstport 4789 {words}",
            f"ip -n {name} address add 172.16.7.{number}/24 dev vx0",
            f"ip -n {name} link set vx0 up",
        )
    ]
    return made_by(*CABLE, *made, *more)


def test_both_ends_flood_if_none_learns() -> None:
    answer = tunnel("nolearning", "nolearning").why("red", "172.16.7.3")
    assert answer.remedies[0].commands == (
        "ip netns exec red bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.3",
        "ip netns exec blue bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.2",
    )


@pytest.mark.parametrize("blue", ["learning", "nolearning remote 10.0.0.2"])
def test_one_entry_is_enough_if_the_far_end_can_answer(blue: str) -> None:
    answer = tunnel("nolearning", blue).why("red", "172.16.7.3")
    assert answer.remedies[0].commands == (
        "ip netns exec red bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.3",
    )


def test_an_end_of_another_network_is_no_far_end() -> None:
    assert not tried(tunnel("nolearning", "nolearning", network=8), "red", "172.16.7.3", "fdb")


def test_a_tunnel_that_arrives_gets_no_entries() -> None:
    wall = "ip netns exec blue iptables -A INPUT -i vx0 -j DROP"
    assert not tried(tunnel("remote 10.0.0.3", "remote 10.0.0.2", wall), "red", "172.16.7.3", "fdb")


def test_an_entry_that_leads_to_the_right_machine_stays() -> None:
    right = "ip netns exec red bridge fdb replace $(ip netns exec blue cat /sys/class/net/vx0/address) dev vx0 dst "
    wall = "ip netns exec blue iptables -A INPUT -i vx0 -p icmp -j DROP"
    lab = tunnel("nolearning remote 10.0.0.3", "remote 10.0.0.2", right + "10.0.0.3", wall)
    assert not tried(lab, "red", "172.16.7.3", "fdb")
    wrong = tunnel("nolearning remote 10.0.0.3", "remote 10.0.0.2", right + "10.0.0.99")
    assert tried(wrong, "red", "172.16.7.3", "fdb replace")


# --- addresses -------------------------------------------------------------------------------------------------------


def test_an_address_that_somebody_has_on_another_link_is_no_duplicate() -> None:
    apart = (
        "ip netns add green",
        "ip netns add white",
        "ip link add eth0 netns green type veth peer name eth0 netns white",
        "ip -n green address add 10.0.0.3/24 dev eth0",
        "ip -n green link set eth0 up",
        "ip -n white link set eth0 up",
    )
    assert not tried(made_by(*BRIDGE, *apart, "ip link set to-blue down"), "red", "blue", "-n green address del")


def test_the_other_one_of_two_gets_a_mac_address_of_its_own_if_they_share_that_too() -> None:
    green = (
        "ip netns add green",
        "ip link add to-green type veth peer name eth0 netns green",
        "ip link set to-green master br0 up",
    )
    more = ("ip -n green address add 10.0.0.3/24 dev eth0", "ip -n green link set eth0 up")
    apart = made_by(*BRIDGE, *green, *more)
    assert not any(" address 02:" in line for line in lines(apart.why("red", "green")))
    same = made_by(*BRIDGE, *green, "ip -n green link set eth0 address 02:00:00:00:00:03", *more)
    answer = same.why("red", "green")
    assert proposed(answer, "link set eth0 address 02:00:00:00:00:04") or not answer.remedies


def test_a_container_is_connected_anew_with_its_aliases() -> None:
    lab = Lab.docker_host()
    for line in (
        "docker network create --subnet 10.9.0.0/24 shared",
        "docker create --name fixed --network shared --ip 10.9.0.2 nginx",
        "docker run -d --name first --network shared --network-alias db alpine sleep infinity",
    ):
        assert lab.run(line), line
    assert not lab.fork().run("docker start fixed")
    lab.run("docker start fixed || true")
    answer = lab.why("host", "fixed:80")
    assert answer.remedies[0].commands == (
        "docker network disconnect shared first",
        "docker network connect --ip 10.9.0.3 --alias db shared first",
        "docker start fixed",
    )


def test_nobody_is_connected_anew_if_the_address_is_free() -> None:
    lab = Lab.docker_host()
    for line in (
        "docker network create --subnet 10.9.0.0/24 shared",
        "docker create --name fixed --network shared --ip 10.9.0.9 nginx",
        "docker run -d --name first --network shared alpine sleep infinity",
    ):
        assert lab.run(line), line
    assert not tried(lab, "host", "fixed:80", "docker network")


# --- neighbour discovery ---------------------------------------------------------------------------------------------


SIX = ("ip -n red address add fd00::2/64 dev eth0 nodad", "ip -n blue address add fd00::3/64 dev eth0 nodad")
SOLICITATION = "-p icmpv6 --icmpv6-type neighbour-solicitation -j ACCEPT"
ADVERTISEMENT = "-p icmpv6 --icmpv6-type neighbour-advertisement -j ACCEPT"


def test_solicitations_and_advertisements_are_accepted_above_what_drops() -> None:
    lab = made_by(*CABLE, *SIX, "ip netns exec blue ip6tables -A INPUT -p icmpv6 -j DROP")
    found = lab.why("red", "fd00::3")
    assert found.reason == "NEIGH_FAILED"
    assert [line.partition(" -I ")[2] for line in found.remedies[0].commands[:2]] == [
        f"INPUT {SOLICITATION}",
        f"INPUT {ADVERTISEMENT}",
    ]


def test_neighbour_discovery_is_not_accepted_where_it_works() -> None:
    lab = made_by(*CABLE, *SIX, "ip netns exec blue ip6tables -A INPUT -p icmpv6 --icmpv6-type echo-request -j DROP")
    assert lab.why("red", "fd00::3", change=False).reason == "NETFILTER_DROP"
    assert not tried(lab, "red", "fd00::3", "neighbour")


def test_both_messages_are_accepted_even_if_one_would_do_for_a_while() -> None:
    lab = made_by(*CABLE, *SIX, "ip netns exec blue ip6tables -A INPUT -p icmpv6 -j DROP")
    lab.start("ip netns exec blue nc -6 -l -k -p 22")
    lab.sleep(1)
    change = lab.why("red", "[fd00::3]:22").remedies[0]
    assert [line.partition(" -I INPUT ")[2] for line in change.commands] == [SOLICITATION, ADVERTISEMENT]


# --- cards -----------------------------------------------------------------------------------------------------------


def test_a_table_for_a_card_is_about_the_way_back() -> None:
    silent = made_by(*CABLE, "ip netns exec blue sysctl -w net.ipv4.conf.all.arp_ignore=8")
    assert tried(silent, "red", "blue", "arp_ignore=0")
    assert not tried(silent, "red", "blue", " rule add ")
    other = (
        "ip netns exec blue sysctl -w net.ipv4.conf.all.rp_filter=1",
        "ip -n blue link set lo up",
        "ip -n blue route replace 10.0.0.2 dev lo",
    )
    assert tried(made_by(*CABLE, *other), "red", "blue", " rule add ")


def test_a_source_that_is_not_on_the_segment_gets_no_table() -> None:
    lab = made_by(
        *CABLE,
        "ip -n red address add 172.16.0.1/32 dev eth0",
        "ip -n blue link set lo up",
        "ip -n red route replace 10.0.0.0/24 dev eth0 src 172.16.0.1",
        "ip -n blue route add default dev lo",
        "ip netns exec blue sysctl -w net.ipv4.conf.all.rp_filter=1",
    )
    assert tried(lab, "red", "blue", "rp_filter=2")
    assert not tried(lab, "red", "blue", " rule add ")


# --- macvlan ---------------------------------------------------------------------------------------------------------


MACVLAN = (
    "ip netns add lan", "ip netns add c1", "ip link add eth9 type veth peer name eth0 netns lan",
    "ip address add 192.168.56.10/24 dev eth9", "ip link set eth9 up", "ip -n lan link set eth0 up",
    "ip -n lan address add 192.168.56.20/24 dev eth0", "ip link add mv0 link eth9 netns c1 type macvlan mode bridge",
    "ip -n c1 address add 192.168.56.30/24 dev mv0", "ip -n c1 link set mv0 up",
)  # fmt: skip


def test_who_is_upon_a_card_is_answered_by_a_device_beside_it() -> None:
    answer = made_by(*MACVLAN).why("c1", "192.168.56.10")
    change = answer.remedies[0]
    assert change.commands[0] == "ip link add shim0 link eth9 type macvlan mode bridge"
    assert change.commands[-1] == "ip route replace 192.168.56.30/32 dev shim0"
    assert change.question is None
    assert not change.closes


def test_no_device_is_put_beside_it_for_a_machine_that_is_off() -> None:
    lab = made_by(*MACVLAN, "ip -n lan link set eth0 down")
    assert tried(lab, "c1", "192.168.56.10", "shim0")
    assert not tried(lab, "c1", "192.168.56.20", "shim0")


def test_a_free_address_is_not_the_gateway_that_somebody_looks_for() -> None:
    lab = made_by(*CABLE, "ip -n red route add default via 10.0.0.1")
    prefix = Prefix.parse("10.0.0.0/24")
    assert str(LabNamespaces(lab).free_address(prefix)) == "10.0.0.4"
    assert str(LabNamespaces(lab).free_address(prefix, last=True)) == "10.0.0.253"
    assert str(LabNamespaces(lab).free_address(Prefix.parse("10.0.0.0/30"))) == "None"
    assert str(LabNamespaces(lab).free_address(Prefix.parse("fd00::/64"), last=True)) == "fd00::ffff:ffff:ffff:fffd"
