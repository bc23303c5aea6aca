"""Containers and their networks: addresses, names, ways out, and what does not go together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.docker.simulated import Simulated
from vnetsim.docker.api.network import EndpointSettings
from vnetsim.docker.container.container import Attachments


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def connect(host: Simulated, network: str, container: str, **settings: Any) -> None:
    host.do(host.engine.network_connect(network, {"Container": container, "EndpointConfig": settings or None}))


def disconnect(host: Simulated, network: str, container: str, force: bool = False) -> None:
    host.do(host.engine.network_disconnect(network, {"Container": container, "Force": force}))


def refused(host: Simulated, network: str, container: str, **settings: Any) -> str:
    return host.refusal(host.engine.network_connect(network, {"Container": container, "EndpointConfig": settings}))


# --- addresses -----------------------------------------------------------------------------------------------------


def test_addresses_are_the_lowest_free_ones(host: Simulated) -> None:
    for name in ("one", "two", "three"):
        host.run(name)
    host.do(host.engine.container_delete("two", force=True))
    host.run("four")
    host.run("five")
    assert [host.address(name, "bridge")[-1] for name in ("one", "four", "three", "five")] == ["2", "3", "4", "5"]


@given(st.lists(st.integers(0, 4), max_size=12))
@settings(max_examples=10, deadline=None)
def test_no_two_containers_have_the_same_address(steps: list[int]) -> None:
    """A step starts the container of that number, or stops it."""
    host = Simulated()
    host.network("app", IPAM={"Config": [{"Subnet": "10.0.0.0/29"}]})
    for number in range(5):
        host.create(f"c{number}", networks=["app"])
    for number in steps:
        name = f"c{number}"
        if host.engine.container_inspect(name)["State"]["Running"]:
            host.do(host.engine.container_stop(name, 0))
        else:
            host.do(host.engine.container_start(name))
        given_out = [host.address(f"c{other}", "app") for other in range(5)]
        used = sorted(filter(None, given_out))
        assert len(set(used)) == len(used)
        assert not {"10.0.0.0", "10.0.0.1", "10.0.0.7"} & set(used)
        if address := host.address(name, "app"):
            others = {other for other in used if other != address}
            assert address == next(f"10.0.0.{i}" for i in range(2, 7) if f"10.0.0.{i}" not in others)


def test_a_network_that_is_full(host: Simulated) -> None:
    made = host.network("tiny", IPAM={"Config": [{"Subnet": "10.0.0.0/30"}]})
    host.run("one", networks=["tiny"])
    host.create("two", networks=["tiny"])
    words = f"no available IPv4 addresses on this network's address pools: tiny ({made})"
    assert host.refusal(host.engine.container_start("two")) == f"500 failed to set up container networking: {words}"


def test_a_chosen_address_is_kept(host: Simulated) -> None:
    host.network("app", IPAM={"Config": [{"Subnet": "10.0.0.0/24"}]})
    host.run("web")
    connect(host, "app", "web", IPAMConfig={"IPv4Address": "10.0.0.99"}, MacAddress="02-42-AC-11-00-63")
    host.do(host.engine.container_restart("web", 0))
    told = host.networks_of("web")["app"]
    assert (told["IPAddress"], told["MacAddress"]) == ("10.0.0.99", "02:42:ac:11:00:63")
    host.create("two")
    assert refused(host, "app", "web") == "403 endpoint with name web already exists in network app"
    host.do(host.engine.container_start("two"))
    assert refused(host, "app", "two", IPAMConfig={"IPv4Address": "10.0.0.99"}) == "403 Address already in use"


# --- several networks ----------------------------------------------------------------------------------------------


def test_the_default_route_goes_by_name_unless_somebody_says_otherwise(host: Simulated) -> None:
    for name in ("bb", "aa", "cc"):
        host.network(name)
    host.network("inner", Internal=True)
    host.run("web", networks=["bb"])
    connect(host, "inner", "web")
    for network, gateway in (("aa", "172.19.0.1"), ("cc", "172.19.0.1")):
        connect(host, network, "web")
        assert host.exec("web", "ip", "route", "show", "default").split()[2] == gateway
    disconnect(host, "cc", "web")
    connect(host, "cc", "web", GwPriority=1)
    assert host.exec("web", "ip", "route", "show", "default").split()[2] == "172.20.0.1"
    disconnect(host, "cc", "web")
    disconnect(host, "aa", "web")
    assert host.exec("web", "ip", "route", "show", "default").split()[2] == "172.18.0.1"
    disconnect(host, "bb", "web")
    assert host.exec("web", "ip", "route", "show", "default") == ""


def test_devices_keep_their_names_and_a_gap_is_filled(host: Simulated) -> None:
    for name in ("aa", "bb"):
        host.network(name)
    host.run("web")
    connect(host, "aa", "web")
    connect(host, "bb", "web")
    disconnect(host, "aa", "web")
    connect(host, "aa", "web")
    names = [line.split("@")[0] for line in host.exec("web", "ip", "-br", "link").splitlines()[1:]]
    assert names == ["eth0", "eth2", "eth1"]


def test_a_device_may_have_a_name_of_ones_choice(host: Simulated) -> None:
    host.network("app")
    host.run("web")
    connect(host, "app", "web", DriverOpts={"com.docker.network.endpoint.ifname": "front0"})
    assert "front0@" in host.exec("web", "ip", "-br", "link")


def test_connecting_what_does_not_run_is_for_later(host: Simulated) -> None:
    host.network("app")
    host.create("web")
    connect(host, "app", "web", Aliases=["www"])
    assert host.networks_of("web")["app"]["IPAddress"] == ""
    host.do(host.engine.container_start("web"))
    told = host.networks_of("web")
    assert list(told) == ["app", "bridge"]
    assert told["app"]["DNSNames"][:2] == ["web", "www"]
    assert told["bridge"]["DNSNames"] is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcd"))))
def test_a_freed_place_is_the_next_ones(steps: list[tuple[bool, str]]) -> None:
    attachments, model = Attachments(), list[str | None]()
    for add, name in steps:
        if add:
            attachments.set(name, EndpointSettings())
            if name not in model:
                model[model.index(None) if None in model else len(model) :][:1] = [name]
                where = model.index(None) if None in model else len(model)
                model[where : where + 1] = [name]
        else:
            attachments.remove(name)
            model = [None if other == name else other for other in model]
        assert [name for name, _ in attachments] == [name for name in model if name]
        assert (len(attachments), "a" in attachments) == (sum(map(bool, model)), "a" in model)


# --- disconnecting -------------------------------------------------------------------------------------------------


def test_disconnecting(host: Simulated) -> None:
    host.network("app")
    made = host.run("web", networks=["app"])
    disconnect(host, "app", "web")
    assert host.networks_of("web") == {}
    assert host.exec("web", "ip", "-br", "link").split()[0] == "lo"
    assert host.refusal(host.engine.network_disconnect("app", {"Container": "web"})) == (
        f"500 container {made} is not connected to network app"
    )
    assert (
        host.refusal(host.engine.network_disconnect("nosuch", {"Container": "web"})) == "404 network nosuch not found"
    )
    assert (
        host.refusal(host.engine.network_disconnect("app", {"Container": "nobody"})) == "404 No such container: nobody"
    )
    host.create("idle", networks=["app"])
    disconnect(host, "app", "idle")
    assert host.refusal(host.engine.network_disconnect("app", {"Container": "idle"})).endswith(
        "is not connected to the network app"
    )


# --- modes ---------------------------------------------------------------------------------------------------------


def test_a_container_on_the_host_is_the_host(host: Simulated) -> None:
    host.run("web", NetworkMode="host")
    assert host.exec("web", "ip", "-br", "addr") == host.lab.run("ip -br addr").stdout
    assert host.exec("web", "hostname") == host.lab.run("hostname").stdout
    assert host.engine.container_inspect("web")["NetworkSettings"]["SandboxKey"] == "/var/run/docker/netns/default"


def test_a_container_without_a_network_has_its_loopback(host: Simulated) -> None:
    host.run("web", NetworkMode="none")
    assert host.exec("web", "ip", "-br", "addr").split() == ["lo", "UNKNOWN", "127.0.0.1/8", "::1/128"]


def test_two_containers_in_one_network_namespace(host: Simulated) -> None:
    host.network("app")
    owner = host.run("owner", "nginx", ["app"])
    host.run("side", NetworkMode="container:owner")
    assert host.exec("side", "ip", "-br", "addr") == host.exec("owner", "ip", "-br", "addr")
    assert host.exec("side", "cat", "/etc/hosts") == host.exec("owner", "cat", "/etc/hosts")
    shown = host.engine.container_inspect("side")
    assert (shown["HostConfig"]["NetworkMode"], shown["NetworkSettings"]["Networks"]) == (f"container:{owner}", {})
    host.do(host.engine.container_stop("owner", 0))
    assert host.engine.container_inspect("side")["State"]["Running"]
    assert host.exec("side", "ip", "-br", "link").split()[0] == "lo"
    host.do(host.engine.container_stop("side", 0))
    words = "409 cannot join network namespace of a non running container: container owner is exited"
    assert host.refusal(host.engine.container_start("side")) == words


SHARED = "container sharing network namespace with another container or host cannot be connected to any other network"


@pytest.mark.parametrize(
    ("mode", "network", "refusal"),
    [
        ("host", "app", f"400 {SHARED}"),
        ("bridge", "host",
         "400 cannot connect container to host network - container must be created in host network mode"),
        ("none", "app", ("400 container cannot be connected to multiple networks with one of the networks in private "
         "(none) mode")),
        ("container:other", "app", f"400 {SHARED}"),
        ("bridge", "nosuch", "404 network nosuch not found"),
    ],
)  # fmt: skip
def test_modes_that_do_not_go_together(host: Simulated, mode: str, network: str, refusal: str) -> None:
    host.network("app")
    host.run("other")
    host.run("web", NetworkMode=mode)
    assert refused(host, network, "web") == refusal


def test_a_host_mode_container_stays(host: Simulated) -> None:
    host.run("web", NetworkMode="host")
    assert host.refusal(host.engine.network_disconnect("host", {"Container": "web"})) == (
        "400 cannot disconnect container from host network - container was created in host network mode"
    )


CONFLICTS = [
    ({"NetworkMode": "container:other", "Dns": ["1.1.1.1"]}, {}, "dns and the network mode"),
    ({"NetworkMode": "container:other", "ExtraHosts": ["a:1.1.1.1"]}, {},
     "custom host-to-IP mapping and the network mode"),
    ({"NetworkMode": "container:other", "PublishAllPorts": True}, {},
     "port publishing and the container type network mode"),
    ({"NetworkMode": "container:other"}, {"ExposedPorts": {"80/tcp": {}}},
     "port exposing and the container type network mode"),
    ({"NetworkMode": "container:other"}, {"Hostname": "h"}, "hostname and the network mode"),
    ({"NetworkMode": "host", "Links": ["other"]}, {},
     ("host type networking can't be used with links. This would result "
     "in undefined behavior")),
    ({"UTSMode": "host"}, {"Hostname": "h"}, "hostname and the UTS mode"),
]  # fmt: skip


@pytest.mark.parametrize(("host_config", "config", "words"), CONFLICTS)
def test_options_that_conflict(
    host: Simulated, host_config: dict[str, Any], config: dict[str, Any], words: str
) -> None:
    host.run("other")
    body = {"Image": "alpine", "HostConfig": host_config, **config}
    assert host.refusal(host.engine.container_create(body)) == f"400 conflicting options: {words}"


def test_a_host_that_does_not_forward_warns() -> None:
    host = Simulated("--ip-forward=false")
    answer = host.do(host.engine.container_create({"Image": "alpine"}))
    assert answer["Warnings"] == ["IPv4 forwarding is disabled. Networking will not work."]
