"""Making, finding and removing networks: what is refused, in the words of an engine, and what inspect shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.simulated import Simulated


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def ipam(*configs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"IPAM": {"Config": list(configs)}, **more}


def test_a_refused_network_gives_its_gateway_back(host: Simulated) -> None:
    """Two ranges of one subnet are one pool; the driver refuses the second network after its gateway was taken."""
    host.network("a", **ipam({"Subnet": "10.1.0.0/16", "IPRange": "10.1.1.0/24", "Gateway": "10.1.1.1"}))
    body = ipam({"Subnet": "10.1.0.0/16", "IPRange": "10.1.2.0/24", "Gateway": "10.1.2.1"})
    for _ in range(2):
        refusal = host.refusal(host.engine.network_create({"Name": "b", **body}))
        assert refusal is not None
        assert "networks have overlapping IPv4" in refusal


# --- what inspect shows --------------------------------------------------------------------------------------------


def test_the_keys_of_a_network_in_their_order(host: Simulated) -> None:
    made = host.network("app", Labels={"b": "2", "a": "1"}, Attachable=True)
    shown = host.engine.network_inspect("app")
    assert " ".join(shown) == (
        "Name Id Created Scope Driver EnableIPv4 EnableIPv6 IPAM Internal Attachable Ingress ConfigFrom ConfigOnly "
        "Containers Options Labels"
    )
    assert shown["Id"] == made
    assert list(shown["Labels"]) == ["a", "b"]
    assert shown["IPAM"] == {
        "Driver": "default",
        "Options": None,
        "Config": [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}],
    }


def test_the_containers_of_a_network(host: Simulated) -> None:
    host.network("app")
    web = host.run("web", networks=["app"])
    host.create("idle", networks=["app"])
    containers = host.engine.network_inspect("app")["Containers"]
    assert list(containers) == [web]
    assert list(containers[web]) == ["Name", "EndpointID", "MacAddress", "IPv4Address", "IPv6Address"]
    assert (containers[web]["Name"], containers[web]["IPv4Address"]) == ("web", "172.18.0.2/16")


def test_the_default_bridge_tells_the_flags_it_was_made_with() -> None:
    host = Simulated("--icc=false", "--mtu=1400", "--ip", "192.168.56.10")
    assert host.engine.network_inspect("bridge")["Options"] == {
        "com.docker.network.bridge.default_bridge": "true",
        "com.docker.network.bridge.enable_icc": "false",
        "com.docker.network.bridge.enable_ip_masquerade": "true",
        "com.docker.network.bridge.host_binding_ipv4": "192.168.56.10",
        "com.docker.network.bridge.name": "docker0",
        "com.docker.network.driver.mtu": "1400",
    }


def test_ipv6_comes_from_the_engines_own_block(host: Simulated) -> None:
    host.network("app", EnableIPv6=True)
    config = host.engine.network_inspect("app")["IPAM"]["Config"]
    assert config[0]["Subnet"] == "172.18.0.0/16"
    assert config[1]["Subnet"].startswith("fd")
    assert config[1]["Subnet"].endswith("::/64")


# --- finding and removing ------------------------------------------------------------------------------------------


def test_finding_by_name_id_and_the_beginning_of_an_id(host: Simulated) -> None:
    made = host.network("app")
    for term in ("app", made, made[:12], made[:5]):
        assert host.engine.network_inspect(term)["Id"] == made
    host.network(made[:6])
    assert host.engine.network_inspect(made[:6])["Name"] == made[:6], "a name is found before an id"
    assert host.lab.run("docker network inspect nosuch").stderr.endswith("network nosuch not found\n")


def test_what_cannot_be_removed(host: Simulated) -> None:
    for name in ("bridge", "host", "none"):
        assert (
            host.refusal(host.engine.network_delete(name))
            == f"403 {name} is a pre-defined network and cannot be removed"
        )
    made = host.network("app")
    host.run("web", networks=["app"])
    endpoint = host.networks_of("web")["app"]["EndpointID"][:12]
    words = f'403 error while removing network: network app has active endpoints (name:"web" id:"{endpoint}")'
    assert host.refusal(host.engine.network_delete(made)) == words
    assert host.refusal(host.engine.network_delete("nosuch")) == "404 network nosuch not found"


def test_pruning_takes_what_nobody_uses(host: Simulated) -> None:
    for name in ("one", "two", "used"):
        host.network(name, Labels={"name": name})
    host.run("web", networks=["used"])
    assert host.do(host.engine.network_prune({"label": ["name=two"]})) == {"NetworksDeleted": ["two"]}
    assert host.do(host.engine.network_prune({"label!": ["name=one"]})) == {"NetworksDeleted": None}
    assert host.do(host.engine.network_prune({"until": ["10m"]})) == {"NetworksDeleted": None}
    assert host.do(host.engine.network_prune()) == {"NetworksDeleted": ["one"]}
    assert host.refusal(host.engine.network_prune({"until": ["soon"]})).startswith("400 failed to parse value as time")


def test_a_subnet_is_free_again(host: Simulated) -> None:
    for _ in range(3):
        host.network("app")
        assert host.engine.network_inspect("app")["IPAM"]["Config"][0]["Subnet"] == "172.18.0.0/16"
        host.do(host.engine.network_delete("app"))


def test_subnets_keep_clear_of_the_hosts_networks_and_servers(host: Simulated) -> None:
    host.lab.run("ip link add d0 type veth peer name d1; ip addr add 172.18.5.1/24 dev d0; ip link set d0 up")
    host.lab.run("echo nameserver 172.19.0.53 > /etc/resolv.conf")
    host.network("app")
    assert host.engine.network_inspect("app")["IPAM"]["Config"][0]["Subnet"] == "172.20.0.0/16"


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"driver": ["bridge"]}, ["app", "bridge"]),
        ({"type": ["custom"]}, ["app"]),
        ({"type": ["builtin"]}, ["bridge", "host", "none"]),
        ({"name": ["o"]}, ["host", "none"]),
        ({"label": ["tier"]}, ["app"]),
        ({"label": ["tier=back"]}, []),
        ({"dangling": ["true"]}, ["app"]),
        ({"scope": ["local"], "name": ["^a"]}, ["app"]),
    ],
)
def test_filters(host: Simulated, filters: dict[str, list[str]], names: list[str]) -> None:
    host.network("app", Labels={"tier": "front"})
    assert sorted(network["Name"] for network in host.engine.network_list(filters)) == names
