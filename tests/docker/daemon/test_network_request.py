"""Requests for networks: what an engine refuses, in its own text, and what inspect shows of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.simulated import Simulated


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def ipam(*configs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"IPAM": {"Config": list(configs)}, **more}


BRIDGE = "com.docker.network.bridge."


LOOK = "ip -br link; ip -br addr; iptables -S; iptables -t nat -S; ip6tables -S"


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"Name": "host"}, "403 operation is not permitted on predefined host network"),
    ({"Name": " "}, "400 invalid name: name is empty"),
    ({"Name": "taken"}, "409 network with name taken already exists"),
    ({"Driver": "overlay"}, ('403 This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to '
     "connect this node to swarm and try again.")),
    ({"Driver": "nosuch"}, '404 plugin "nosuch" not found'),
    ({"Driver": "host"}, '403 only one instance of "host" network is allowed'),
    ({"Driver": "null"}, '403 only one instance of "null" network is allowed'),
    ({"IPAM": {"Driver": "nosuch"}}, '404 plugin "nosuch" not found'),
    ({"EnableIPv4": False}, "400 IPv4 or IPv6 must be enabled"),
    (ipam({"Subnet": "10.0.0.0"}), "400 invalid network config:\ninvalid subnet 10.0.0.0: invalid CIDR block notation"),
    (ipam({"Subnet": "10.0.0.1/24"}),
     "400 invalid network config:\ninvalid subnet 10.0.0.1/24: it should be 10.0.0.0/24"),
    (ipam({"Subnet": "10.0.0.0/24", "Gateway": "10.0.1.1"}), ("400 invalid network config:\ninvalid gateway 10.0.1.1: "
     "parent subnet 10.0.0.0/24 doesn't contain this address")),
    (ipam({"Subnet": "10.0.0.0/24", "IPRange": "10.0.0.0/16"}), ("400 invalid network config:\ninvalid ip-range "
     "10.0.0.0/16: CIDR block is bigger than its parent subnet 10.0.0.0/24")),
    (ipam({"Subnet": "10.0.0.0/24", "IPRange": "10.0.0.9/29", "Gateway": "x"}), ("400 invalid network config:\n"
     "* invalid ip-range 10.0.0.9/29: it should be 10.0.0.8/29\n* invalid gateway x: invalid address")),
    (ipam({"Subnet": "10.2.0.0/x"}),
     "400 invalid network config:\ninvalid subnet 10.2.0.0/x: invalid CIDR block notation"),
    (ipam({"Subnet": "10.2.0.0/24", "IPRange": "foo"}),
     "400 invalid network config:\ninvalid ip-range foo: invalid CIDR block notation"),
    (ipam({"Subnet": "10.2.0.0/24", "IPRange": "fd00::/80"}),
     "400 invalid network config:\ninvalid ip-range fd00::/80: parent subnet is an IPv4 block"),
    ({**ipam({"Subnet": "fd01::/64", "IPRange": "10.3.0.0/28"}), "EnableIPv6": True},
     "400 invalid network config:\ninvalid ip-range 10.3.0.0/28: parent subnet is an IPv6 block"),
    (ipam({"Subnet": "10.2.0.0/24", "IPRange": "10.3.0.0/28"}), ("400 invalid network config:\ninvalid ip-range "
     "10.3.0.0/28: parent subnet 10.2.0.0/24 doesn't contain ip-range")),
    (ipam({"Subnet": "10.0.0.0/24", "AuxiliaryAddresses": {"r": "fd00::1"}}), ("400 invalid network config:\n"
     "invalid auxiliary address r: parent subnet is an IPv4 block")),
    (ipam({"Subnet": "172.18.0.0/24"}), "403 invalid pool request: Pool overlaps with other one on this address space"),
    (ipam({"Subnet": "10.1.0.0/24"}, {"Subnet": "10.2.0.0/24"}), "403 bridge driver doesn't support multiple subnets"),
    (ipam({"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.0"}),
     "500 failed to allocate gateway (10.0.0.0): Address already in use"),
    (ipam({"Subnet": "10.0.0.0/24", "AuxiliaryAddresses": {"r": "10.0.0.1"}}),
     "500 failed to allocate secondary ip address (r:10.0.0.1): Address already in use"),
    ({"Options": {BRIDGE + "enable_icc": "maybe"}}, (f'400 failed to parse {BRIDGE}enable_icc value: maybe '
     '(strconv.ParseBool: parsing "maybe": invalid syntax)')),
    ({"Options": {BRIDGE + "gateway_mode_ipv4": "direct"}},
     (f"400 failed to parse {BRIDGE}gateway_mode_ipv4 value: direct "
     "(unknown gateway mode direct)")),
    ({"Options": {BRIDGE + "gateway_mode_ipv4": "isolated"}},
     "500 gateway mode 'isolated' can only be used for an internal network"),
    ({"Options": {"com.docker.network.driver.mtu": "-1"}}, "400 invalid MTU number: -1"),
    ({"Options": {BRIDGE + "name": "eth0"}}, "500 existing interface eth0 is not a bridge"),
    ({"Options": {BRIDGE + "name": "a-very-long-name"}}, "500 numerical result out of range"),
    ({"Options": {"com.docker.network.enable_ipv6": "x"}},
     '400 driver-opt "com.docker.network.enable_ipv6" is not a valid bool'),
    ({"ConfigFrom": {"Network": "nobody"}}, '404 configuration network "nobody" does not exist'),
    ({"ConfigOnly": True, "Internal": True},
     ("403 configuration network can only contain network specific fields. Network "
     "operator fields like [ ingress | internal | attachable | scope ] are not supported.")),
    ({"ConfigOnly": True, "ConfigFrom": {"Network": "x"}},
     "403 a configuration network cannot depend on another configuration network"),
    ({"ConfigFrom": {"Network": "x"}, "Options": {"a": "b"}},
     "403 network driver options are not supported if the network depends on a configuration network"),
    ({"Ingress": True}, "403 Ingress network can only be global scope network"),
    ({"Scope": "swarm"}, "403 cannot create a swarm scoped network when swarm is not active"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "refusal"), REFUSALS)
def test_what_is_refused_leaves_nothing(body: dict[str, Any], refusal: str) -> None:
    host = Simulated()
    host.network("taken")
    before = host.lab.run(LOOK).stdout
    networks = host.engine.network_list()
    assert host.refusal(host.engine.network_create({"Name": "x", **body})) == refusal
    assert host.engine.network_list() == networks
    assert host.lab.run(LOOK).stdout == before
    host.network("next")
    assert host.engine.network_inspect("next")["IPAM"]["Config"][0]["Subnet"] == "172.19.0.0/16"


def test_subnets_of_a_family_that_is_off_are_not_looked_at(host: Simulated) -> None:
    """Captured: the engine takes `fd01::5/64` with the range `foo` of a network without IPv6."""
    host.network("v", **ipam({"Subnet": "fd01::5/64", "IPRange": "foo"}))
    assert [each["Subnet"] for each in host.engine.network_inspect("v")["IPAM"]["Config"] if ":" not in each["Subnet"]]


def test_what_was_asked_for_is_shown_as_it_was_asked(host: Simulated) -> None:
    asked = {
        "Subnet": "10.0.0.0/16",
        "IPRange": "10.0.5.0/24",
        "AuxiliaryAddresses": {"z": "10.0.5.9", "a": "10.0.5.8"},
    }
    host.network("app", **ipam(asked))
    shown = host.engine.network_inspect("app")["IPAM"]["Config"]
    assert shown == [{**asked, "AuxiliaryAddresses": {"a": "10.0.5.8", "z": "10.0.5.9"}}]
    assert list(shown[0]["AuxiliaryAddresses"]) == ["a", "z"]
    host.run("web", networks=["app"])
    assert host.address("web", "app") == "10.0.5.1", "10.0.5.0 is the gateway: the lowest of the range"


def test_options_for_all_networks_of_a_driver() -> None:
    host = Simulated("--default-network-opt", "bridge=com.docker.network.driver.mtu=1234")
    host.network("app", Options={"a": "b"})
    assert host.engine.network_inspect("app")["Options"] == {"a": "b", "com.docker.network.driver.mtu": "1234"}


def test_a_network_made_from_a_configuration(host: Simulated) -> None:
    host.network("plan", ConfigOnly=True, **ipam({"Subnet": "10.7.0.0/24"}), Labels={"a": "b"})
    assert host.engine.network_inspect("plan")["Driver"] == "null"
    host.network("app", ConfigFrom={"Network": "plan"})
    shown = host.engine.network_inspect("app")
    assert (shown["IPAM"]["Config"], shown["Labels"]) == ([{"Subnet": "10.7.0.0/24"}], {"a": "b"})
    assert host.refusal(host.engine.network_delete("plan")) == (
        '403 error while removing network: configuration network "plan" is in use'
    )
    host.create("web", networks=["plan"])
    assert "cannot create endpoint on configuration-only network" in host.refusal(host.engine.container_start("web"))
