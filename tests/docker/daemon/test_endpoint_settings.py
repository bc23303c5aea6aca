"""Endpoint settings that an engine refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.simulated import Simulated


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def refused(host: Simulated, network: str, container: str, **settings: Any) -> str:
    return host.refusal(host.engine.network_connect(network, {"Container": container, "EndpointConfig": settings}))


NO_SUBNET = "user specified IP address is supported only when connecting to networks with user configured subnets"


@pytest.mark.parametrize(
    ("network", "told", "words"),
    [
        ("plain", {"IPAMConfig": {"IPv4Address": "172.18.0.9"}}, NO_SUBNET),
        ("app", {"IPAMConfig": {"IPv4Address": "10.0.1.1"}},
         "no configured subnet or ip-range contain the IP address 10.0.1.1"),
        ("app", {"IPAMConfig": {"IPv4Address": "x"}},
         "* invalid IPv4 address: x\n* no configured subnet or ip-range contain the IP address x"),
        ("app", {"IPAMConfig": {"IPv6Address": "fd00::9"}}, NO_SUBNET),
        ("app", {"IPAMConfig": {"LinkLocalIPs": ["x"]}}, "invalid link-local IP address: x"),
        ("bridge", {"IPAMConfig": {"IPv4Address": "172.17.0.9"}, "Aliases": ["a"]},
         ("* user specified IP address is supported on user defined networks only\n"
         "* network-scoped alias is supported only for containers in user defined networks\n"
         f"* {NO_SUBNET}")),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(host: Simulated, network: str, told: dict[str, Any], words: str) -> None:
    host.network("plain")
    host.network("app", IPAM={"Config": [{"Subnet": "10.0.0.0/24"}]})
    host.run("web", NetworkMode="none")
    assert refused(host, network, "web", **told) == f"400 invalid endpoint settings:\n{words}"


def test_what_is_no_mac_address(host: Simulated) -> None:
    host.network("app")
    host.run("web")
    assert refused(host, "app", "web", MacAddress="xx") == "400 invalid MAC address xx"
