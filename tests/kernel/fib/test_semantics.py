"""`ip route` as the kernel takes it: what is refused in which words, what is listed in which order, which way is taken.

Tables and words are those recorded on Linux 6.18 with iproute2 6.1.
"""

from __future__ import annotations

from functools import partial

import pytest

from tests.kernel.fake_routing import FakeNetwork
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import DEFAULT, HOST, LOCAL, UNIVERSE
from vnetsim.kernel.fib.semantics import select_source, source_of
from vnetsim.operations.route import AddPolicyRule
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import IPv4, Prefix


@pytest.fixture
def network() -> FakeNetwork:
    """10.0.0.1/24 on v0 and 10.1.0.1/24 on w0."""
    made = FakeNetwork("v0", "w0")
    made.up("v0", "w0")
    made.address("v0", "10.0.0.1/24")
    made.address("w0", "10.1.0.1/24")
    return made


def refusal(network: FakeNetwork, text: str, verb: Verb = Verb.ADD) -> tuple[Errno, str | None]:
    with pytest.raises(KernelError) as refused:
        network.add(text, verb)
    return refused.value.errno, refused.value.explanation


REFUSED = [
    ("default via 10.9.9.9", Errno.ENETUNREACH, "Nexthop has invalid gateway"),
    ("default via 10.0.0.255", Errno.EINVAL, "Nexthop has invalid gateway"),
    ("10.16.0.0/16 via 224.0.0.1", Errno.ENETUNREACH, "Nexthop has invalid gateway"),
    ("10.7.0.0/16 via 10.9.9.9 dev v0", Errno.ENETUNREACH, "Nexthop has invalid gateway"),
    ("10.19.0.0/16 via 10.0.0.2 dev w0", Errno.ENETUNREACH, "Nexthop has invalid gateway"),
    ("10.18.0.0/16 nexthop via 10.0.0.2 nexthop via 10.99.0.2", Errno.ENETUNREACH, "Nexthop has invalid gateway"),
    ("10.12.0.0/16 via 10.0.0.2 scope 253", Errno.ENETUNREACH, "Nexthop has invalid gateway"),
    ("10.5.1.0/16 via 10.0.0.2", Errno.EINVAL, "Invalid prefix for given prefix length"),
    ("10.6.0.0/16 dev nosuch", Errno.ENODEV, None),
    ("10.6.0.0/16", Errno.ENODEV, None),
    ("10.6.0.0/16 dev lo", Errno.ENETDOWN, "Device for nexthop is not up"),
    ("10.6.0.0/16 via 10.0.0.2 src 10.0.0.99", Errno.EINVAL, "Invalid prefsrc address"),
    ("blackhole 10.9.0.0/16 dev v0", Errno.EINVAL,
     "Gateway, device and multipath can not be specified for this route type"),
    ("nat 10.10.0.0/16 via 10.0.0.2", Errno.EINVAL, "Invalid scope"),
    ("10.12.0.0/16 dev v0 scope 255", Errno.EINVAL, "Invalid scope"),
    ("local 10.12.0.0/16 dev v0 scope 0", Errno.EINVAL, "Invalid scope"),
    ("10.11.0.0/16 via 10.0.0.2 scope 254", Errno.EINVAL, "Route with host scope can not have a gateway"),
    ("10.11.0.0/16 nexthop dev v0 nexthop dev w0 scope 254", Errno.EINVAL,
     "Route with host scope can not have multiple nexthops"),
    ("local 10.11.0.0/16", Errno.ENODEV, None),
    ("10.13.0.0/16 via 10.0.0.2 onlink", Errno.ENODEV, "Nexthop device required for onlink"),
    ("10.13.0.0/16 via 10.0.0.1 dev v0 onlink", Errno.EINVAL, "Nexthop has invalid gateway"),
    ("10.13.0.0/16 via 10.9.9.9 dev lo onlink", Errno.ENETDOWN, "Nexthop device is not up"),
    ("10.13.0.0/16 via 10.9.9.9 dev v0 onlink scope 253", Errno.EINVAL, "Nexthop has invalid scope"),
    ("10.13.0.0/16 via 10.0.0.2 tos 19", Errno.EINVAL, "Invalid dsfield (tos): ECN bits must be 0"),
    ("10.14.0.0/16 dev v0 onlink", Errno.EINVAL,
     "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "errno", "words"), REFUSED, ids=[text for text, _, _ in REFUSED])
def test_what_cannot_be_is_refused(network: FakeNetwork, text: str, errno: Errno, words: str | None) -> None:
    assert refusal(network, text) == (errno, words)


def test_a_gateway_onlink_is_looked_up_in_the_table_of_the_vrf_of_its_device(
    network: FakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fib_check_nh: inet_addr_type_dev_table, recorded on Linux 6.18."""
    network.add("local 10.7.0.1 dev w0 table 10")
    network.add("10.13.0.0/16 via 10.7.0.1 dev w0 onlink")
    monkeypatch.setattr(network, "l3_table", {network.index("w0"): 10}.get)
    assert refusal(network, "10.14.0.0/16 via 10.7.0.1 dev w0 onlink") == (Errno.EINVAL, "Nexthop has invalid gateway")
    network.add("10.14.0.0/16 via 10.7.0.1 dev v0 onlink")


ACCEPTED = [
    ("default via 10.0.0.1", "default via 10.0.0.1 dev v0"),
    ("10.5.0.0/16 via 10.0.0.2", "10.5.0.0/16 via 10.0.0.2 dev v0"),
    ("10.7.0.0/16 via 10.9.9.9 dev v0 onlink", "10.7.0.0/16 via 10.9.9.9 dev v0 onlink"),
    ("10.7.0.0/16 via 10.7.0.1 dev v0 onlink", "10.7.0.0/16 via 10.7.0.1 dev v0 onlink"),
    ("10.7.0.0/16 via 10.0.0.2 tos 32", "10.7.0.0/16 via 10.0.0.2 dev v0"),
    ("172.16.0.0/12 dev w0", "172.16.0.0/12 dev w0 scope link"),
    ("172.20.0.1 dev v0 src 10.1.0.1", "172.20.0.1 dev v0 scope link src 10.1.0.1"),
    ("10.50.0.0/16 via 10.0.0.9 proto 4 mtu 1400", "10.50.0.0/16 via 10.0.0.9 dev v0 proto static"),
    ("unreachable 10.5.0.0/16", "unreachable 10.5.0.0/16"),
    ("prohibit 10.6.0.0/16 metric 5", "prohibit 10.6.0.0/16 metric 5"),
    ("blackhole 10.9.0.0/16 scope 253", "blackhole 10.9.0.0/16 scope link"),
    ("10.11.0.0/16 dev v0 scope 254", "10.11.0.0/16 dev v0 scope host"),
    ("10.17.0.0/16 via 10.0.0.0", "10.17.0.0/16 via 10.0.0.0 dev v0"),
    ("multicast 224.5.0.0/16 dev v0", "multicast 224.5.0.0/16 dev v0 scope link"),
    ("local 10.8.0.0/16 dev w0", "local 10.8.0.0/16 dev w0 scope host"),
    ("broadcast 10.8.1.1 dev v0", "broadcast 10.8.1.1 dev v0 scope link"),
    (
        "10.30.0.0/16 nexthop via 10.0.0.2 nexthop via 10.1.0.2 weight 3",
        "10.30.0.0/16 nexthop via 10.0.0.2 dev v0 weight 1 nexthop via 10.1.0.2 dev w0 weight 3",
    ),
]


@pytest.mark.parametrize(("text", "listed"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_what_can_be_is_listed(network: FakeNetwork, text: str, listed: str) -> None:
    network.add(text)
    assert listed in network.table()


def test_a_gateway_on_a_link_without_carrier_is_accepted(network: FakeNetwork) -> None:
    network.carrier("v0", on=False)
    network.ignoring_linkdown = True
    network.add("10.5.0.0/16 via 10.0.0.2")
    assert "10.5.0.0/16 via 10.0.0.2 dev v0 dead linkdown" in network.table()


def test_the_listing_is_by_network_with_longer_prefixes_of_the_same_first(network: FakeNetwork) -> None:
    for text in (
        "10.20.0.0/16 via 10.0.0.2",
        "10.20.30.0/24 via 10.1.0.2",
        "10.20.30.40/32 via 10.0.0.3",
        "0.0.0.0/1 via 10.1.0.7",
        "128.0.0.0/1 via 10.1.0.8",
        "default via 10.0.0.254",
    ):
        network.add(text)
    assert network.table() == [
        "0.0.0.0/1 via 10.1.0.7 dev w0",
        "default via 10.0.0.254 dev v0",
        "10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1",
        "10.1.0.0/24 dev w0 proto kernel scope link src 10.1.0.1",
        "10.20.0.0/16 via 10.0.0.2 dev v0",
        "10.20.30.0/24 via 10.1.0.2 dev w0",
        "10.20.30.40 via 10.0.0.3 dev v0",
        "128.0.0.0/1 via 10.1.0.8 dev w0",
    ]
    ways = {"10.20.1.1": "10.0.0.2", "10.20.30.1": "10.1.0.2", "10.20.30.40": "10.0.0.3", "8.8.8.8": "10.1.0.7",
            "200.0.0.1": "10.1.0.8"}  # fmt: skip
    assert {destination: network.way(destination).split()[1] for destination in ways} == ways


# --- one prefix, several routes --------------------------------------------------------------------------------------


def ours(network: FakeNetwork) -> list[str]:
    return [line.split(" dev ")[0] for line in network.table() if line.startswith("192.168")]


def test_another_route_of_the_same_metric_exists_already(network: FakeNetwork) -> None:
    network.add("192.168.0.0/16 via 10.0.0.2")
    assert refusal(network, "192.168.0.0/16 via 10.0.0.2") == (Errno.EEXIST, None)
    assert refusal(network, "192.168.0.0/16 via 10.0.0.3") == (Errno.EEXIST, None)


def test_routes_are_appended_behind_and_prepended_before(network: FakeNetwork) -> None:
    network.add("192.168.0.0/16 via 10.1.0.254")
    network.add("192.168.0.0/16 via 10.1.0.252", Verb.APPEND)
    network.add("192.168.0.0/16 via 10.1.0.251", Verb.PREPEND)
    assert [way.split()[-1] for way in ours(network)] == ["10.1.0.251", "10.1.0.254", "10.1.0.252"]
    assert refusal(network, "192.168.0.0/16 via 10.1.0.252", Verb.APPEND) == (Errno.EEXIST, None)


def test_lower_metrics_are_listed_and_taken_first_whatever_the_order(network: FakeNetwork) -> None:
    for metric, gateway in ((100, "10.0.0.3"), (50, "10.1.0.3"), (0, "10.0.0.4"), (75, "10.1.0.5")):
        network.add(f"192.168.0.0/16 via {gateway} metric {metric}")
    assert [way.split()[-1] for way in ours(network)] == ["10.0.0.4", "10.1.0.3", "10.1.0.5", "10.0.0.3"]
    assert network.way("192.168.1.1") == "via 10.0.0.4 dev v0"


def test_replacing_keeps_the_place_and_changing_needs_something_to_change(network: FakeNetwork) -> None:
    network.add("192.168.0.0/16 via 10.1.0.1")
    network.add("192.168.0.0/16 via 10.1.0.2", Verb.APPEND)
    network.add("192.168.0.0/16 via 10.1.0.3", Verb.REPLACE)
    assert [way.split()[-1] for way in ours(network)] == ["10.1.0.3", "10.1.0.2"]
    assert refusal(network, "192.168.0.0/16 via 10.1.0.2", Verb.REPLACE) == (Errno.EEXIST, None)
    network.add("192.168.0.0/16 via 10.1.0.3", Verb.CHANGE)
    assert refusal(network, "192.168.0.0/16 via 10.1.0.4 metric 7", Verb.CHANGE) == (Errno.ENOENT, None)
    network.add("192.168.0.0/16 via 10.1.0.4 metric 7", Verb.REPLACE)
    assert len(ours(network)) == 3


def test_deleting_a_prefix_removes_its_lowest_metric(network: FakeNetwork) -> None:
    network.add("192.168.0.0/16 via 10.0.0.2 metric 20")
    network.add("192.168.0.0/16 via 10.1.0.2 metric 10")
    network.delete("192.168.0.0/16")
    assert network.way("192.168.0.1") == "via 10.0.0.2 dev v0"


NOT_THERE = [
    "192.168.0.0/17", "192.168.0.0/16 via 10.0.0.3", "192.168.0.0/16 dev w0", "192.168.0.0/16 metric 4",
    "192.168.0.0/16 proto 4", "192.168.0.0/16 scope 253", "192.168.0.0/16 src 10.0.0.1", "blackhole 192.168.0.0/16",
    "192.168.0.0/16 nexthop via 10.0.0.2 nexthop via 10.1.0.2", "192.168.0.0/16 mtu 1400",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_THERE)
def test_a_deletion_that_says_something_untrue_finds_nothing(network: FakeNetwork, text: str) -> None:
    network.add("192.168.0.0/16 via 10.0.0.2 metric 5")
    with pytest.raises(KernelError) as refused:
        network.delete(text)
    assert (refused.value.errno, refused.value.explanation) == (Errno.ESRCH, None)
    assert len(ours(network)) == 1


def test_a_deletion_that_names_bits_of_congestion_is_refused(network: FakeNetwork) -> None:
    with pytest.raises(KernelError, match="ECN bits must be 0"):
        network.delete("192.168.0.0/16 via 10.0.0.2 tos 3")


@pytest.mark.parametrize("text", ["192.168.0.0/16", "192.168.0.0/16 dev v0", "192.168.0.0/16 via 10.0.0.2 metric 5"])
def test_a_deletion_of_which_all_is_true_is_done(network: FakeNetwork, text: str) -> None:
    network.add("192.168.0.0/16 via 10.0.0.2 metric 5")
    network.delete(text)
    assert ours(network) == []


def test_a_deletion_matches_multipath_by_its_first_hop_or_by_all_in_order(network: FakeNetwork) -> None:
    network.add("192.168.0.0/16 nexthop via 10.0.0.2 nexthop via 10.1.0.2 weight 3")
    for wrong in ("via 10.1.0.2", "nexthop via 10.1.0.2 weight 3 nexthop via 10.0.0.2"):
        with pytest.raises(KernelError):
            network.delete(f"192.168.0.0/16 {wrong}")
    network.delete("192.168.0.0/16 nexthop via 10.0.0.2 nexthop via 10.1.0.2 weight 3")
    assert ours(network) == []


def test_a_table_exists_from_the_first_attempt_to_fill_it(network: FakeNetwork) -> None:
    with pytest.raises(KernelError) as missing:
        network.table(78)
    assert (missing.value.errno, missing.value.explanation) == (Errno.ENOENT, "ipv4: FIB table does not exist")
    with pytest.raises(KernelError) as refused:
        network.delete("10.9.0.0/16 table 78")
    assert (refused.value.errno, refused.value.explanation) == (Errno.ESRCH, "FIB table does not exist")
    assert refusal(network, "10.1.0.0/16 via 10.9.9.9 table 78")[1] == "Nexthop has invalid gateway"
    assert network.table(78) == []


# --- looking up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("unreachable 10.5.0.0/16", "EHOSTUNREACH"),
        ("prohibit 10.5.0.0/16", "EACCES"),
        ("blackhole 10.5.0.0/16", "EINVAL"),
        ("throw 10.5.0.0/16", "ENETUNREACH"),
        ("unreachable 10.0.0.0/8", "ENETUNREACH"),
    ],
)
def test_routes_that_lead_nowhere_say_why(network: FakeNetwork, text: str, word: str) -> None:
    network.add("default via 10.0.0.2")
    network.add(text)
    network.delete("default")
    assert network.way("10.5.0.1" if "10.5" in text else "11.0.0.1") == word


def test_a_device_that_is_asked_for_rules_out_the_other_routes(network: FakeNetwork) -> None:
    network.add("default via 10.0.0.2")
    network.add("default via 10.1.0.2 metric 100")
    assert network.way("8.8.8.8", oif=network.index("w0")) == "via 10.1.0.2 dev w0"
    assert network.way("10.0.0.1", oif=network.index("w0")) == "via 10.1.0.2 dev w0"
    assert network.way("10.0.0.1", oif=network.index("v0")) == "local dev v0"


def test_a_route_for_a_tos_is_taken_only_by_that_tos(network: FakeNetwork) -> None:
    network.add("192.168.0.0/16 via 10.0.0.2")
    network.add("192.168.0.0/16 via 10.1.0.2 tos 16")
    assert network.way("192.168.0.1") == "via 10.0.0.2 dev v0"
    assert network.way("192.168.0.1", tos=16) == "via 10.1.0.2 dev w0"
    assert network.way("192.168.0.1", tos=8) == "via 10.0.0.2 dev v0"


def test_while_the_rules_are_untouched_a_longer_prefix_in_main_beats_a_shorter_local_one(network: FakeNetwork) -> None:
    network.add("local 10.8.0.0/16 dev w0 table 255")
    network.add("10.8.5.5 via 10.0.0.2")
    assert network.way("10.8.5.5") == "via 10.0.0.2 dev v0"
    network.fib.rules.add(AddPolicyRule(source=Prefix.parse("10.99.0.0/16"), table=100))
    network.fib.touch()
    assert network.way("10.8.5.5") == "local dev w0"


def test_the_answer_names_table_local_only_where_it_is_one_of_its_own(network: FakeNetwork) -> None:
    assert network.get("10.0.0.1").table == 254
    network.fib.rules.add(AddPolicyRule(source=Prefix.parse("10.99.0.0/16"), table=100))
    network.fib.touch()
    assert network.get("10.0.0.1").table == LOCAL


def test_an_error_in_main_is_forgotten_where_a_default_table_exists(network: FakeNetwork) -> None:
    network.add("unreachable 10.5.0.0/16")
    assert network.way("10.5.0.1") == "EHOSTUNREACH"
    network.fib.new_table(DEFAULT)
    assert network.way("10.5.0.1") == "ENETUNREACH"


def test_the_generation_changes_with_every_change(network: FakeNetwork) -> None:
    seen = {network.fib.generation}
    network.add("default via 10.0.0.2")
    seen.add(network.fib.generation)
    network.carrier("v0", on=False)
    seen.add(network.fib.generation)
    network.delete("default")
    seen.add(network.fib.generation)
    assert len(seen) == 4


# --- multipath -------------------------------------------------------------------------------------------------------


def shares(network: FakeNetwork) -> list[int]:
    ways = [network.way(f"8.8.{n >> 8}.{n & 255}") for n in range(1000)]
    return [sum(way.endswith(name) for way in ways) for name in ("v0", "w0")]


def test_hops_are_used_as_often_as_their_weights_say(network: FakeNetwork) -> None:
    network.add("default nexthop via 10.0.0.2 nexthop via 10.1.0.2 weight 3")
    first, second = shares(network)
    assert 200 < first < 300
    assert first + second == 1000


def test_a_flow_keeps_its_hop(network: FakeNetwork) -> None:
    network.add("default nexthop via 10.0.0.2 nexthop via 10.1.0.2")
    ways = {network.way("8.8.8.8", source=IPv4.parse("10.0.0.1")) for _ in range(5)}
    assert len(ways) == 1


def test_a_dead_hop_is_not_used_and_one_without_carrier_is(network: FakeNetwork) -> None:
    network.add("default nexthop via 10.0.0.2 nexthop via 10.1.0.2")
    network.carrier("w0", on=False)
    assert all(shares(network))
    network.ignoring_linkdown = True
    assert shares(network) == [1000, 0]
    network.ignoring_linkdown = False
    network.down("w0")
    assert "nexthop via 10.1.0.2 dev w0 weight 1 dead linkdown" in network.table()[0]
    assert shares(network) == [1000, 0]
    network.devices[network.index("w0")].carrier = True
    network.up("w0")
    assert all(shares(network))


# --- sources ---------------------------------------------------------------------------------------------------------


def source(network: FakeNetwork, destination: str) -> str:
    return str(source_of(network.get(destination), partial(select_source, network)))


def test_the_source_is_the_routes_or_the_primary_address_of_its_device(network: FakeNetwork) -> None:
    network.address("v0", "10.0.0.9/24", flags=("secondary",))
    network.add("10.41.0.0/16 via 10.0.0.2 src 10.0.0.9")
    network.add("10.42.0.0/16 via 10.0.0.2 src 10.1.0.1")
    network.add("10.43.0.0/16 via 10.0.0.2")
    assert [source(network, f"10.{n}.0.1") for n in (41, 42, 43)] == ["10.0.0.9", "10.1.0.1", "10.0.0.1"]


def test_the_source_is_of_the_gateways_subnet_if_the_device_has_several(network: FakeNetwork) -> None:
    network.address("v0", "10.2.0.1/24")
    network.add("10.43.0.0/16 via 10.2.0.2")
    assert source(network, "10.43.0.1") == "10.2.0.1"


def test_a_device_without_addresses_borrows_one_from_another(network: FakeNetwork) -> None:
    network = FakeNetwork("v0", "w0")
    network.up("v0", "w0")
    network.address("w0", "10.1.0.1/24")
    network.add("10.44.0.0/16 dev v0")
    assert source(network, "10.44.0.1") == "10.1.0.1"


def test_an_address_of_this_host_only_is_not_told_to_the_world(network: FakeNetwork) -> None:
    network = FakeNetwork("v0")
    network.up("v0")
    network.address("v0", "10.6.0.1/24", scope=HOST)
    assert select_source(network, network.index("v0"), None, UNIVERSE) == IPv4(0)
    assert select_source(network, network.index("v0"), None, HOST) == IPv4.parse("10.6.0.1")


# --- what an address is ----------------------------------------------------------------------------------------------

TYPES = [
    ("10.0.0.1", "local"), ("10.0.0.255", "broadcast"), ("10.0.0.7", "unicast"), ("8.8.8.8", "unicast"),
    ("224.0.0.1", "multicast"), ("255.255.255.255", "broadcast"), ("0.0.0.0", "broadcast"),
]  # fmt: skip


@pytest.mark.parametrize(("address", "kind"), TYPES)
def test_addresses_are_told_apart(network: FakeNetwork, address: str, kind: str) -> None:
    assert network.fib.address_type(IPv4.parse(address)) == kind


def test_an_address_of_another_device_is_nothing_to_this_one(network: FakeNetwork) -> None:
    assert network.fib.address_type(IPv4.parse("10.0.0.1"), network.index("w0")) == "unicast"


# --- IPv6 ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def network6() -> FakeNetwork:
    made = FakeNetwork("v0", "v1", version=6)
    made.up("v0", "v1")
    made.address("v0", "fd00:1::1/64")
    return made


REFUSED6 = [
    ("fd01::/64 via fd0f::1", Errno.EHOSTUNREACH, None),
    ("fd01::/64 via fe80::5", Errno.EINVAL, "Egress device not specified"),
    ("fd01::/64 via fd00:1::1", Errno.EINVAL, "Gateway can not be a local address"),
    ("fd01::/64 via ff02::1 dev v0", Errno.EINVAL, "Invalid gateway address"),
    ("fd01::/64", Errno.ENODEV, None),
    ("fd01::/64 dev lo", Errno.ENETDOWN, "Nexthop device is not up"),
    ("fd01::/64 via fd00:1::9 src fd00:1::5", Errno.EINVAL, "Invalid source address"),
    ("default via fd00:1::8", Errno.EEXIST, None),
    ("fd01::/64 via fd00:1::9 tos 16", Errno.EINVAL, "Invalid dsfield (tos): option not available for IPv6"),
]


@pytest.mark.parametrize(("text", "errno", "words"), REFUSED6)
def test_what_cannot_be_in_ipv6_is_refused(network6: FakeNetwork, text: str, errno: Errno, words: str | None) -> None:
    network6.add("default via fd00:1::9")
    assert refusal(network6, text) == (errno, words)


def test_an_ipv6_gateway_is_looked_for_in_the_table_of_its_route_first(network6: FakeNetwork) -> None:
    network6.add("fd05::/64 dev v0")
    network6.add("fd05::/64 dev v1 table 10")
    network6.add("fd06::/64 via fd05::9 table 10")
    network6.add("fd07::/64 via fd00:1::9 table 10")
    assert network6.table(10)[1:] == [
        "fd06::/64 via fd05::9 dev v1 metric 1024",
        "fd07::/64 via fd00:1::9 dev v0 metric 1024",
    ]


def test_ipv6_lists_longer_prefixes_before_what_contains_them(network6: FakeNetwork) -> None:
    for text in (
        "default via fd00:1::9",
        "fd01::/64 via fe80::5 dev v0",
        "unreachable fd01:5::/64",
        "fd01:4::1/64 dev v0",
        "default via fd00:1::8 metric 5",
    ):
        network6.add(text)
    assert network6.table() == [
        "fd00:1::/64 dev v0 proto kernel metric 256",
        "fd01::/64 via fe80::5 dev v0 metric 1024",
        "fd01:4::/64 dev v0 metric 1024",
        "unreachable fd01:5::/64 dev lo metric 1024",
        "default via fd00:1::8 dev v0 metric 5",
        "default via fd00:1::9 dev v0 metric 1024",
    ]


def test_ipv6_gateways_of_one_metric_become_hops_of_one_route(network6: FakeNetwork) -> None:
    network6.add("default via fd00:1::9")
    network6.add("default via fd00:1::8", Verb.APPEND)
    network6.add("default via fd00:1::7", Verb.PREPEND)
    assert network6.table()[-1] == (
        "default nexthop via fd00:1::9 dev v0 weight 1 nexthop via fd00:1::8 dev v0 weight 1 "
        "nexthop via fd00:1::7 dev v0 weight 1 metric 1024"
    )
    assert refusal(network6, "default via fd00:1::8", Verb.APPEND) == (Errno.EEXIST, None)
    network6.delete("default via fd00:1::8")
    network6.delete("default via fd00:1::9")
    assert network6.table()[-1] == "default via fd00:1::7 dev v0 metric 1024"


def test_ipv6_device_routes_of_one_metric_stand_side_by_side(network6: FakeNetwork) -> None:
    network6.add("fd01:2::/64 dev v0")
    network6.add("fd01:2::/64 dev v1", Verb.APPEND)
    assert network6.table()[1:] == ["fd01:2::/64 dev v0 metric 1024", "fd01:2::/64 dev v1 metric 1024"]
    network6.add("fd01:2::/64 via fd00:1::9", Verb.CHANGE)
    assert network6.table()[1] == "fd01:2::/64 via fd00:1::9 dev v0 metric 1024"
    assert refusal(network6, "fd01:e::/64 via fd00:1::9", Verb.CHANGE) == (
        Errno.ENOENT,
        "Can not replace route - no match found",
    )


def test_ipv6_has_its_own_words_for_a_missing_table(network6: FakeNetwork) -> None:
    with pytest.raises(KernelError) as missing:
        network6.table(101)
    assert missing.value.explanation == "ipv6: FIB table does not exist"


@pytest.mark.parametrize(
    ("kind", "word"),
    [("unreachable", "EHOSTUNREACH"), ("blackhole", "EINVAL"), ("prohibit", "EACCES"), ("throw", "ENETUNREACH")],
)
def test_ipv6_routes_that_lead_nowhere_say_why(network6: FakeNetwork, kind: str, word: str) -> None:
    network6.add(f"{kind} fd01:5::/64")
    assert network6.way("fd01:5::1") == word
    assert network6.way("fd00:1::1") == "local dev v0"
