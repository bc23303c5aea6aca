"""Which bindings are asked for, which ports they get, and what stands in their way."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.docker.api.types import Json
from vnetsim.docker.libnetwork.portallocator import EPHEMERAL, PortAllocator
from vnetsim.docker.libnetwork.portbinding import PortBinding, as_map, exposed_ports, requested_bindings
from vnetsim.docker.libnetwork.portmapper import PortMapper, Publisher
from vnetsim.docker.nat import ContainerPort
from vnetsim.errors import EngineError
from vnetsim.observations import AddressEntry, SocketEntry
from vnetsim.wire.inet import ANY4, ANY6, Address, IPv4, parse_address

CONTAINER = IPv4.parse("172.17.0.2")
HOST = IPv4.parse("192.168.56.10")
WEB = ContainerPort(number=80, protocol="tcp")


def requests(
    published: dict[str, list[tuple[str, str]]], *, exposed: Sequence[str] = (), every: bool = False
) -> list[PortBinding]:
    """`docker run -p`: by container port, pairs of host address and host port."""
    ports = {port: [{"HostIp": ip, "HostPort": host} for ip, host in told] for port, told in published.items()}
    config: Json = {"ExposedPorts": {port: {} for port in (*published, *exposed)}}
    return requested_bindings(config, {"PortBindings": ports, "PublishAllPorts": every})


# --- what is asked for ---------------------------------------------------------------------------------------------


def test_exact_ports_come_before_ranges_and_any_port() -> None:
    asked = requests(
        {
            "90/tcp": [("", "")],
            "80/tcp": [("", "8000-8010"), ("", "8080")],
            "53/udp": [("127.0.0.1", "53")],
            "53/tcp": [("", "53")],
        }
    )
    assert [str(binding) for binding in asked] == [
        "53:53/tcp",
        "127.0.0.1:53:53/udp",
        "8080:80/tcp",
        "8000-8010:80/tcp",
        "90/tcp",
    ]


def test_publish_all_is_for_what_is_exposed_and_not_published() -> None:
    asked = requests({"80/tcp": [("", "8080")]}, exposed=["443/tcp"], every=True)
    assert [str(binding) for binding in asked] == ["8080:80/tcp", "443/tcp"]


def test_exposed_ports_are_in_the_order_of_their_numbers() -> None:
    config: Json = {"ExposedPorts": {"8080/tcp": {}, "53/udp": {}, "53/tcp": {}}}
    assert [str(port) for port in exposed_ports(config)] == ["53/tcp", "53/udp", "8080/tcp"]


@pytest.mark.parametrize("text", ["x/tcp", "80-/tcp"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(EngineError, match="invalid port specification"):
        ContainerPort.parse(text)


# --- allocation ----------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["0.0.0.0", "127.0.0.1", "::"]), max_size=30))
def test_any_port_is_a_new_one_each_time(hosts: list[str]) -> None:
    allocator = PortAllocator()
    given_out = [allocator.request([parse_address(host)], "tcp", 0, 0) for host in hosts]
    v4 = [port for host, port in zip(hosts, given_out, strict=True) if ":" not in host]
    assert len(set(v4)) == len(v4), "0.0.0.0 is all of them"
    assert all(EPHEMERAL[0] <= port <= EPHEMERAL[1] for port in given_out)


def test_any_port_goes_up_and_does_not_come_back_at_once() -> None:
    allocator = PortAllocator()
    first = allocator.request([ANY4, ANY6], "tcp", 0, 0)
    allocator.release(ANY4, "tcp", first)
    allocator.release(ANY6, "tcp", first)
    assert allocator.request([ANY4, ANY6], "tcp", 0, 0) == first + 1


def test_a_range_ends() -> None:
    allocator = PortAllocator()
    assert [allocator.request([ANY4], "tcp", 8000, 8001) for _ in "ab"] == [8000, 8001]
    with pytest.raises(EngineError, match="all ports are allocated"):
        allocator.request([ANY4], "tcp", 8000, 8001)


@pytest.mark.parametrize(
    ("before", "now", "named"),
    [("0.0.0.0", "0.0.0.0", "0.0.0.0"), ("0.0.0.0", "127.0.0.1", "0.0.0.0"), ("127.0.0.1", "0.0.0.0", "127.0.0.1")],
)
def test_a_port_is_taken_for_who_would_hear_the_same(before: str, now: str, named: str) -> None:
    allocator = PortAllocator()
    allocator.request([parse_address(before)], "tcp", 80, 80)
    with pytest.raises(EngineError) as refused:
        allocator.request([parse_address(now)], "tcp", 80, 80)
    assert refused.value.message == f"Bind for {named}:80 failed: port is already allocated"


def test_other_addresses_protocols_and_families_are_free() -> None:
    allocator = PortAllocator()
    for host, protocol in (("127.0.0.1", "tcp"), ("192.168.56.10", "tcp"), ("0.0.0.0", "udp"), ("::", "tcp")):
        assert allocator.request([parse_address(host)], protocol, 80, 80) == 80


# --- mapping -------------------------------------------------------------------------------------------------------


class Rules:
    def __init__(self) -> None:
        self.bindings: list[PortBinding] = []

    def add_ports(self, bindings: Sequence[PortBinding]) -> None:
        self.bindings += bindings

    def delete_ports(self, bindings: Sequence[PortBinding]) -> None:
        self.bindings = [binding for binding in self.bindings if binding not in bindings]


class Listeners:
    def __init__(self) -> None:
        self.started: list[str] = []

    def start(self, binding: PortBinding) -> None:
        self.started.append(f"{binding.host}:{binding.host_port}")

    def stop(self, binding: PortBinding) -> None:
        self.started.remove(f"{binding.host}:{binding.host_port}")


@attrs.define
class HostNetwork:
    """As much of a namespace as a mapper looks at."""

    listening: list[SocketEntry] = attrs.field(factory=list)

    def sockets(self, port: int) -> list[SocketEntry]:
        return [entry for entry in self.listening if entry.local_port == port]

    def addresses(self) -> list[AddressEntry]:
        return [AddressEntry(index=2, device="eth0", address=HOST, length=24)]


@attrs.define
class Mapping:
    """A mapper, and what it tells others to do."""

    network: HostNetwork = attrs.field(factory=HostNetwork)
    proxy: bool = True
    rules: Rules = attrs.field(factory=Rules)
    listeners: Listeners = attrs.field(factory=Listeners)
    mapper: PortMapper = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.mapper = PortMapper(self.network, self.listeners, userland_proxy=self.proxy)  # type: ignore[arg-type]

    def publisher(self, binding: Address = ANY4, *, routed: bool = False) -> Publisher:
        return Publisher(rules=self.rules, binding=binding, routed4=routed)

    def add(self, *asked: tuple[str, str], port: str = "80/tcp", publisher: Publisher | None = None) -> list[str]:
        made = self.mapper.add(requests({port: list(asked)}), (CONTAINER, None), publisher or self.publisher())
        return [f"{binding.host}:{binding.host_port}" for binding in made]

    def refusal(self, *asked: tuple[str, str], port: str = "80/tcp") -> str:
        with pytest.raises(EngineError) as refused:
            self.add(*asked, port=port)
        return refused.value.message


def test_a_port_is_bound_for_both_families_where_there_is_a_proxy() -> None:
    mapping = Mapping()
    assert mapping.add(("", "8080")) == ["0.0.0.0:8080", ":::8080"]
    assert mapping.listeners.started == ["0.0.0.0:8080", ":::8080"]
    assert Mapping(proxy=False).add(("", "8080")) == ["0.0.0.0:8080"]


def test_both_families_get_the_same_free_port() -> None:
    mapping = Mapping()
    assert mapping.add(("", "")) == ["0.0.0.0:32768", ":::32768"]
    assert mapping.add(("", "")) == ["0.0.0.0:32769", ":::32769"]


def test_the_networks_address_is_bound_where_none_was_told() -> None:
    mapping = Mapping()
    assert mapping.add(("", "8080"), publisher=mapping.publisher(HOST)) == ["192.168.56.10:8080"]
    assert mapping.add(("127.0.0.1", "8080"), publisher=mapping.publisher(HOST)) == ["127.0.0.1:8080"]


def test_a_routed_network_opens_the_port_and_binds_none() -> None:
    mapping = Mapping(proxy=False)
    assert mapping.add(("", "8080"), publisher=mapping.publisher(routed=True)) == ["0.0.0.0:0"]
    assert mapping.listeners.started == []
    assert len(mapping.rules.bindings) == 1


def listener(text: str, port: int, state: str = "LISTEN", *, dual_stack: bool = False) -> SocketEntry:
    address = parse_address(text)
    return SocketEntry(
        protocol="tcp", state=state, local=address, local_port=port, remote=ANY4, remote_port=0, dual_stack=dual_stack
    )


@pytest.mark.parametrize(
    ("socket", "asked", "words"),
    [
        (listener("0.0.0.0", 80), "",
         "failed to bind host port for 0.0.0.0:80:172.17.0.2:80/tcp: address already in use"),
        (listener("127.0.0.1", 80), "",
         "failed to bind host port for 0.0.0.0:80:172.17.0.2:80/tcp: address already in use"),
        (listener("::", 80, dual_stack=True), "127.0.0.1",
         "failed to bind host port for 127.0.0.1:80:172.17.0.2:80/tcp: address already in use"),
        (None, "10.9.9.9",
         "failed to bind host port for 10.9.9.9:80:172.17.0.2:80/tcp: cannot assign requested address"),
    ],
)  # fmt: skip
def test_what_the_host_refuses(socket: SocketEntry | None, asked: str, words: str) -> None:
    mapping = Mapping(HostNetwork([] if socket is None else [socket]))
    assert mapping.refusal((asked, "80")) == words
    assert mapping.rules.bindings == []


def test_after_a_refusal_nothing_is_left() -> None:
    mapping = Mapping(HostNetwork([listener("0.0.0.0", 81)]))
    with pytest.raises(EngineError):
        mapping.mapper.add(
            requests({"80/tcp": [("", "80")], "81/tcp": [("", "81")]}), (CONTAINER, None), mapping.publisher()
        )
    assert mapping.rules.bindings == []
    assert mapping.add(("", "80")) == ["0.0.0.0:80", ":::80"]


def test_of_a_range_the_next_port_is_tried() -> None:
    mapping = Mapping(HostNetwork([listener("0.0.0.0", 8000)]))
    assert mapping.add(("", "8000-8002")) == ["0.0.0.0:8001", ":::8001"]


def test_sctp_is_not_in_this_kernel() -> None:
    words = "error starting userland proxy: failed to listen on 0.0.0.0:80: protocol not supported"
    assert Mapping().refusal(("", "80"), port="80/sctp") == words
    assert Mapping(proxy=False).refusal(("", "80"), port="80/sctp") == "protocol not supported"


def test_what_was_bound_is_free_again() -> None:
    mapping = Mapping()
    asked = requests({"80/tcp": [("", "8080")]})
    made = mapping.mapper.add(asked, (CONTAINER, None), mapping.publisher())
    mapping.mapper.remove(made, mapping.publisher())
    assert mapping.rules.bindings == []
    assert mapping.listeners.started == []
    assert mapping.add(("", "8080")) == ["0.0.0.0:8080", ":::8080"]


def test_the_map_in_inspect_is_sorted_and_has_what_is_only_exposed() -> None:
    bound = PortBinding(port=WEB, host=ANY4, host_port=8080)
    shown: dict[str, list[Json] | None] = as_map([bound], [WEB, ContainerPort(number=443, protocol="tcp")])
    assert list(shown.items()) == [("443/tcp", None), ("80/tcp", [{"HostIp": "0.0.0.0", "HostPort": "8080"}])]
