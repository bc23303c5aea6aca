"""The engine's rules for one network at a time, as `iptables-save` on a real host has them; and that they go again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.docker.libnetwork.drivers.iptabler import Firewall, NetworkRules
from vnetsim.docker.libnetwork.portbinding import PortBinding
from vnetsim.docker.libnetwork.resolver_rules import ResolverRules
from vnetsim.docker.nat import ContainerPort
from vnetsim.netfilter.operations import NewChain
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.wire.inet import ANY4, ANY6, InterfaceAddress, IPv4, Prefix, parse_address

WEB = ContainerPort(number=80, protocol="tcp")
ADDRESSES = {4: InterfaceAddress.parse("10.0.0.2/24"), 6: InterfaceAddress.parse("fd00::2/64")}
CONNTRACK = "-m conntrack --ctstate RELATED,ESTABLISHED"


@attrs.define(eq=False)
class Namespace:
    """Only rules."""

    rulesets: dict[int, Ruleset] = attrs.field(factory=lambda: {4: Ruleset(4), 6: Ruleset(6)})

    def execute(self, operation: Any) -> None:
        self.rulesets[operation.version].apply(operation)

    def ruleset(self, version: int = 4) -> Ruleset:
        return self.rulesets[version]

    def rules(self, version: int = 4) -> list[str]:
        """Lines of iptables-save, with the table in front where it is not filter."""
        return list(self._lines(version))

    def _lines(self, version: int) -> Iterator[str]:
        for table in self.rulesets[version].saved():
            where = "" if table.name == "filter" else f"-t {table.name} "
            for name in sorted(table.chains):
                for entry in table.chains[name].entries:
                    yield f"{where}-A {name} {entry.rule}"


@attrs.define
class Host:
    """A namespace with the engine's chains; `since` gives what has come to them."""

    hairpin: bool = False
    allow_direct_routing: bool = False
    namespace: Namespace = attrs.field(factory=Namespace)
    firewall: Firewall = attrs.field(init=False)
    skeleton: list[str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.firewall = Firewall(
            self.namespace,  # type: ignore[arg-type]
            ipv4=True,
            ipv6=True,
            hairpin=self.hairpin,
            allow_direct_routing=self.allow_direct_routing,
        )
        self.firewall.setup()
        self.skeleton = self.namespace.rules()

    def since(self, version: int = 4) -> list[str]:
        begun = self.skeleton if version == 4 else [line.replace("127.0.0.0/8", "::1/128") for line in self.skeleton]
        return [line for line in self.namespace.rules(version) if line not in begun]


def rules(**options: Any) -> NetworkRules:
    return NetworkRules(device="br0", **{"prefixes": {4: Prefix.parse("10.0.0.0/24")}, **options})


def network(options: NetworkRules, **host: Any) -> list[str]:
    made = Host(**host)
    made.firewall.network(options).add()
    return made.since()


ISOLATION = [
    "-A DOCKER-ISOLATION-STAGE-1 -i br0 ! -o br0 -j DOCKER-ISOLATION-STAGE-2",
    "-A DOCKER-ISOLATION-STAGE-2 -o br0 -j DROP",
]
ORDINARY = [
    "-A DOCKER ! -i br0 -o br0 -j DROP",
    "-A DOCKER-BRIDGE -o br0 -j DOCKER",
    f"-A DOCKER-CT -o br0 {CONNTRACK} -j ACCEPT",
    "-A DOCKER-FORWARD -i br0 -j ACCEPT",
    *ISOLATION,
    "-t nat -A DOCKER -i br0 -j RETURN",
    "-t nat -A POSTROUTING -s 10.0.0.0/24 ! -o br0 -j MASQUERADE",
]


def without(lines: Sequence[str], *words: str) -> list[str]:
    return [line for line in lines if not any(word in line for word in words)]


# --- the skeleton --------------------------------------------------------------------------------------------------


def test_the_chains_and_the_ways_to_them() -> None:
    assert Host().skeleton == [
        "-A DOCKER-FORWARD -j DOCKER-CT",
        "-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1",
        "-A DOCKER-FORWARD -j DOCKER-BRIDGE",
        "-A FORWARD -j DOCKER-USER",
        "-A FORWARD -j DOCKER-FORWARD",
        "-t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
        "-t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
    ]


def test_without_a_proxy_the_hosts_own_loopback_is_translated_too() -> None:
    assert "-t nat -A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER" in Host(hairpin=True).skeleton


def test_what_the_user_had_stays() -> None:
    namespace = Namespace()
    namespace.execute(NewChain(chain="DOCKER-USER"))
    host = Host(namespace=namespace)
    host.firewall.setup()
    assert host.namespace.rules() == host.skeleton, "nothing is there twice"


# --- networks ------------------------------------------------------------------------------------------------------


def test_an_ordinary_network() -> None:
    assert network(rules()) == ORDINARY


def test_the_newest_network_is_translated_first_and_isolated_first() -> None:
    host = Host()
    host.firewall.network(rules()).add()
    host.firewall.network(NetworkRules(device="br1", prefixes={4: Prefix.parse("10.0.1.0/24")})).add()
    first = [line for line in host.since() if "POSTROUTING" in line or "STAGE-2 -o" in line or "nat -A DOCKER" in line]
    assert [("br1" in line) for line in first] == [True, False] * 3


def test_no_communication_between_containers() -> None:
    plain = "-A DOCKER-FORWARD -i br0 -j ACCEPT"
    strict = ["-A DOCKER-FORWARD -i br0 -o br0 -j DROP", "-A DOCKER-FORWARD -i br0 ! -o br0 -j ACCEPT"]
    at = ORDINARY.index(plain)
    assert network(rules(icc=False)) == [*ORDINARY[:at], *strict, *ORDINARY[at + 1 :]]


def test_no_masquerading() -> None:
    assert network(rules(masquerade=False)) == without(ORDINARY, "nat")


def test_an_address_to_leave_with() -> None:
    expected = [line.replace("MASQUERADE", "SNAT --to-source 192.168.56.10") for line in ORDINARY]
    assert network(rules(snat={4: IPv4.parse("192.168.56.10")})) == expected


def test_without_a_proxy_the_hosts_own_connections_leave_with_that_address_too() -> None:
    lines = network(rules(snat={4: IPv4.parse("192.168.56.11")}), hairpin=True)
    assert [line for line in lines if "POSTROUTING" in line] == [
        "-t nat -A POSTROUTING -o br0 -m addrtype --src-type LOCAL -j SNAT --to-source 192.168.56.11",
        "-t nat -A POSTROUTING -s 10.0.0.0/24 ! -o br0 -j SNAT --to-source 192.168.56.11",
    ]


@pytest.mark.parametrize(("icc", "verdict"), [(True, "ACCEPT"), (False, "DROP")])
def test_an_internal_network(icc: bool, verdict: str) -> None:
    assert network(rules(internal=True, icc=icc)) == [
        f"-A DOCKER-FORWARD -i br0 -o br0 -j {verdict}",
        "-A DOCKER-ISOLATION-STAGE-1 ! -s 10.0.0.0/24 -o br0 -j DROP",
        "-A DOCKER-ISOLATION-STAGE-1 ! -d 10.0.0.0/24 -i br0 -j DROP",
    ]


def test_a_routed_network_answers_pings_and_keeps_its_addresses() -> None:
    routed = network(rules(modes={4: "routed", 6: "nat"}))
    assert routed[:2] == ["-A DOCKER -o br0 -p icmp -j ACCEPT", "-A DOCKER ! -i br0 -o br0 -j DROP"]
    assert [line for line in routed if "ISOLATION" in line] == [
        f"-A DOCKER-ISOLATION-STAGE-1 -i br0 {CONNTRACK} -j ACCEPT",
        "-A DOCKER-ISOLATION-STAGE-1 -o br0 -j RETURN",
        *ISOLATION,
    ]
    assert [line for line in routed if "nat" in line] == ["-t nat -A DOCKER -i br0 -j RETURN"]


def test_an_unprotected_network_lets_everybody_in() -> None:
    expected = ["-A DOCKER ! -i br0 -o br0 -j ACCEPT", *ORDINARY[1:]]
    assert network(rules(modes={4: "nat-unprotected", 6: "nat"})) == expected


def test_without_a_proxy_there_is_no_return_and_the_host_is_masqueraded() -> None:
    hairpin = "-t nat -A POSTROUTING -o br0 -m addrtype --src-type LOCAL -j MASQUERADE"
    assert network(rules(), hairpin=True) == [*without(ORDINARY, "RETURN", "POSTROUTING"), hairpin, ORDINARY[-1]]


def test_both_families_have_their_rules() -> None:
    host = Host()
    host.firewall.network(rules(prefixes={6: Prefix.parse("fd00::/64")})).add()
    assert host.since() == []
    assert host.since(6) == [line.replace("10.0.0.0/24", "fd00::/64") for line in ORDINARY]


def test_an_engine_that_is_to_leave_a_family_alone_does() -> None:
    namespace = Namespace()
    firewall = Firewall(namespace, ipv4=False, ipv6=True, hairpin=False, allow_direct_routing=False)  # type: ignore[arg-type]
    firewall.setup()
    firewall.network(rules()).add()
    firewall.drop_forwarded(4)
    assert namespace.rules() == []
    assert namespace.rulesets[4].tables == {}


# --- endpoints -----------------------------------------------------------------------------------------------------


def endpoint(options: NetworkRules, **host: Any) -> list[str]:
    made = Host(**host)
    made.firewall.network(options).add_endpoint(ADDRESSES)
    return made.since()


def test_a_container_is_reached_by_its_bridge_only() -> None:
    assert endpoint(rules()) == ["-t raw -A PREROUTING -d 10.0.0.2/32 ! -i br0 -j DROP"]


def test_and_by_devices_that_are_trusted() -> None:
    assert endpoint(rules(trusted=("eth0", "eth1"))) == [
        "-t raw -A PREROUTING -d 10.0.0.2/32 -i eth0 -j ACCEPT",
        "-t raw -A PREROUTING -d 10.0.0.2/32 -i eth1 -j ACCEPT",
        "-t raw -A PREROUTING -d 10.0.0.2/32 ! -i br0 -j DROP",
    ]


@pytest.mark.parametrize("mode", ["routed", "nat-unprotected"])
def test_not_where_everybody_may_route_there(mode: str) -> None:
    assert endpoint(rules(modes={4: mode, 6: mode})) == []
    assert endpoint(rules(), allow_direct_routing=True) == []
    assert endpoint(rules(internal=True)) == []


# --- ports ---------------------------------------------------------------------------------------------------------


def ports(*bindings: PortBinding, options: NetworkRules | None = None, version: int = 4, **host: Any) -> list[str]:
    made = Host(**host)
    made.firewall.network(options or rules()).add_ports(bindings)
    return made.since(version)


def binding(
    host: str = "0.0.0.0", port: int = 8080, address: str = "10.0.0.2", container_port: ContainerPort = WEB
) -> PortBinding:
    return PortBinding(port=container_port, host=parse_address(host), address=parse_address(address), host_port=port)


ACCEPTED = "-A DOCKER -d 10.0.0.2/32 ! -i br0 -o br0 -p tcp -m tcp --dport 80 -j ACCEPT"
TRANSLATED = "-t nat -A DOCKER ! -i br0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80"


def test_a_published_port() -> None:
    assert ports(binding()) == [ACCEPTED, TRANSLATED]


def test_a_host_address_is_named() -> None:
    assert ports(binding("192.168.56.10"))[1] == TRANSLATED.replace("! -i", "-d 192.168.56.10/32 ! -i")


def test_ports_on_the_loopback_do_not_come_from_elsewhere() -> None:
    assert (
        ports(binding("127.0.0.1"))[0]
        == "-t raw -A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8080 -j DROP"
    )


def test_what_only_the_proxy_can_do_has_no_rules() -> None:
    assert ports(binding("::")) == []
    assert ports(binding(), options=rules(internal=True)) == []


def test_ipv6_ports_are_not_for_link_local_clients() -> None:
    both = {4: Prefix.parse("10.0.0.0/24"), 6: Prefix.parse("fd00::/64")}
    assert ports(binding("::", address="fd00::2"), options=rules(prefixes=both), version=6) == [
        ACCEPTED.replace("10.0.0.2/32", "fd00::2/128"),
        TRANSLATED.replace("DOCKER !", "DOCKER ! -s fe80::/10 !").replace("10.0.0.2", "[fd00::2]"),
    ]


def test_without_a_proxy_the_container_reaches_itself_by_the_host() -> None:
    assert ports(binding(), hairpin=True) == [
        ACCEPTED,
        TRANSLATED.replace("! -i br0 ", ""),
        "-t nat -A POSTROUTING -s 10.0.0.2/32 -d 10.0.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE",
    ]


def test_a_routed_port_is_opened_and_not_translated() -> None:
    assert ports(binding(port=0), options=rules(modes={4: "routed", 6: "nat"})) == [ACCEPTED]


def test_links_open_the_exposed_ports_both_ways() -> None:
    host = Host()
    parent, child = IPv4.parse("10.0.0.3"), IPv4.parse("10.0.0.2")
    made = host.firewall.network(rules(icc=False))
    made.add_link(parent, child, [WEB])
    assert host.since() == [
        "-A DOCKER -s 10.0.0.3/32 -d 10.0.0.2/32 -i br0 -o br0 -p tcp -m tcp --dport 80 -j ACCEPT",
        "-A DOCKER -s 10.0.0.2/32 -d 10.0.0.3/32 -i br0 -o br0 -p tcp -m tcp --sport 80 -j ACCEPT",
    ]
    made.delete_link(parent, child, [WEB])
    made.delete_link(parent, child, [WEB])
    assert host.since() == []


def test_where_names_are_asked() -> None:
    namespace = Namespace()
    for operation in ResolverRules(udp_port=40_001, tcp_port=40_002).operations():
        namespace.execute(operation)
    there, back = "-d 127.0.0.11/32", "-s 127.0.0.11/32"
    assert namespace.rules() == [
        f"-t nat -A DOCKER_OUTPUT {there} -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:40002",
        f"-t nat -A DOCKER_OUTPUT {there} -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:40001",
        f"-t nat -A DOCKER_POSTROUTING {back} -p tcp -m tcp --sport 40002 -j SNAT --to-source :53",
        f"-t nat -A DOCKER_POSTROUTING {back} -p udp -m udp --sport 40001 -j SNAT --to-source :53",
        f"-t nat -A OUTPUT {there} -j DOCKER_OUTPUT",
        f"-t nat -A POSTROUTING {there} -j DOCKER_POSTROUTING",
    ]


# --- laws ----------------------------------------------------------------------------------------------------------

MODES = st.sampled_from(["nat", "nat-unprotected", "routed"])
NETWORKS = st.builds(
    rules, internal=st.booleans(), icc=st.booleans(), masquerade=st.booleans(),
    trusted=st.sampled_from([(), ("eth0",)]), modes=st.fixed_dictionaries({4: MODES, 6: MODES}),
    prefixes=st.sampled_from([
        {4: Prefix.parse("10.0.0.0/24")}, {4: Prefix.parse("10.0.0.0/24"), 6: Prefix.parse("fd00::/64")},
    ]),
)  # fmt: skip
BINDINGS = st.lists(
    st.builds(
        lambda host, port, number: PortBinding(
            port=ContainerPort(number=number, protocol="tcp"),
            host=host,
            host_port=port,
            address=ADDRESSES[host.version].address,
        ),
        st.sampled_from([ANY4, ANY6, IPv4.parse("127.0.0.1")]),
        st.integers(1, 9),
        st.integers(1, 9),
    ),
    max_size=4,
)


@given(NETWORKS, BINDINGS, st.booleans(), st.booleans())
def test_what_was_made_can_be_undone(
    options: NetworkRules, bindings: list[PortBinding], hairpin: bool, direct: bool
) -> None:
    host = Host(hairpin=hairpin, allow_direct_routing=direct)
    made = host.firewall.network(options)
    for again in range(2):
        made.add()
        made.add_endpoint(ADDRESSES)
        made.add_ports(bindings)
        once = [host.namespace.rules(version) for version in (4, 6)]
        assert all(len(set(lines)) == len(lines) for lines in once), f"round {again}: nothing is there twice"
    made.delete_ports(bindings)
    made.delete_endpoint(ADDRESSES)
    made.delete()
    assert host.since(4) == host.since(6) == []
