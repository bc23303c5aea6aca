"""Questions of moby's own tests about networks, asked through the API.

Each row is named after the test of moby (integration/network and integration/networking at b985e2313a) whose questions
it asks.  Left out are the tests that need Swarm, live restore, nftables, firewalld, flags of the daemon or an API newer
than 1.51, and those that look at processes of the host.  Where engine 28.5.2 does otherwise than the later one of that
commit, a recording of 28.5.2 decides (recorded/docker/moby_integration_network), and the question says so; the others
expect what moby's tests do.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from tests.serve.clients import Client, Reply, served
from vnetsim import Lab
from vnetsim.serve.stdcopy import split

Question = Callable[[Client], Awaitable[None]]
_V6: Final = "fd54:7a1b:8269::"


async def network(client: Client, name: str, *subnets: str, v6: bool = False, **body: Any) -> str:
    """The id; each subnet is `SUBNET GATEWAY`."""
    config = [dict(zip(("Subnet", "Gateway"), each.split(), strict=False)) for each in subnets]
    made = await client.post(
        "/networks/create", {"Name": name, "EnableIPv6": v6, "IPAM": {"Config": config}, **body}
    )  # fmt: skip
    return str(made["Id"])


async def container(client: Client, name: str, on: dict[str, Any], *command: str, **host: Any) -> None:
    config = host.pop("config", {})
    await client.run(
        name, *(command or ("top",)), HostConfig={"NetworkMode": next(iter(on)), **host},
        NetworkingConfig={"EndpointsConfig": on}, **config,
    )  # fmt: skip


async def ran(client: Client, name: str, *command: str) -> tuple[int, str]:
    """The exit status and the output of a command in a container."""
    made = await client.post(
        f"/containers/{name}/exec", {"Cmd": list(command), "AttachStdout": True, "AttachStderr": True}
    )  # fmt: skip
    reply = await client.ask("POST", f"/exec/{made['Id']}/start", {})
    text = b"".join(data for _, data in split(reply.body)[0]).decode()
    found = await client.get(f"/exec/{made['Id']}/json")
    return found["ExitCode"], text


async def refused(client: Client, status: int, words: str, method: str, path: str, body: Any = None) -> None:
    reply: Reply = await client.ask(method, path, body)
    assert (reply.status, words in reply.message) == (status, True), reply


async def ends(client: Client, name: str) -> dict[str, Any]:
    """The networks of a container, by name."""
    found: dict[str, Any] = (await client.get(f"/containers/{name}/json"))["NetworkSettings"]["Networks"]
    return found


async def invalid_json(client: Client) -> None:
    for path in ("/networks/create", "/networks/bridge/connect", "/networks/bridge/disconnect"):
        reply = await client.ask("POST", path, b"{}", {"content-type": "text/plain"})
        assert "unsupported Content-Type header (text/plain): must be 'application/json'" in reply.message
        begun = "invalid JSON: invalid character 'i' looking for beginning of object key string"
        await refused(client, 400, begun, "POST", path, b"{invalid json")
        await refused(client, 400, "unexpected content after JSON", "POST", path, b"{} trailing content")
        empty = await client.ask("POST", path, b"", {"content-type": "application/json"})
        assert empty.status < 500


async def listed(client: Client) -> None:
    names = {each["Name"] for each in await client.get("/networks")}
    assert names == {"bridge", "host", "none"}
    assert await client.get('/networks?filters={"name":{"bridge":true}}') != []


async def predefined(client: Client) -> None:
    for name in ("bridge", "host", "none"):
        await refused(
            client, 403, "operation is not permitted on predefined", "POST", "/networks/create", {"Name": name}
        )
        await refused(client, 403, "is a pre-defined network and cannot be removed", "DELETE", f"/networks/{name}")
        await client.get(f"/networks/{name}")


async def duplicates(client: Client) -> None:
    await network(client, "testnet")
    taken = "network with name testnet already exists"
    await refused(client, 409, taken, "POST", "/networks/create", {"Name": "testnet"})


async def prefers_ids(client: Client) -> None:
    first = await network(client, "testNet")
    by_prefix = await network(client, first[:12])
    by_id = await network(client, first)
    assert (await client.ask("DELETE", f"/networks/{first[:12]}")).status == 204
    assert (await client.ask("DELETE", f"/networks/{first}")).status == 204
    left = {each["Id"] for each in await client.get("/networks")}
    assert (first in left, by_prefix in left, by_id in left) == (False, False, True)


async def gateway_of_pools(client: Client) -> None:
    await network(client, "pools", v6=True)
    assert all(each["Gateway"] for each in (await client.get("/networks/pools"))["IPAM"]["Config"])


async def ranges_of_64_bits(client: Client) -> None:
    for subnet in ("fd2e:b68c:ce26::/64", "fd2e:b68c:ce26::/56"):
        for more in ({}, {"IPRange": "fd2e:b68c:ce26::/64"}, {"Gateway": "fd2e:b68c:ce26::1"}):
            body = {"Name": "n", "EnableIPv6": True, "IPAM": {"Config": [{"Subnet": subnet, **more}]}}
            await client.post("/networks/create", body)
            assert (await client.ask("DELETE", "/networks/n")).status == 204


async def unique_local_prefix(client: Client) -> None:
    await network(client, "ula", v6=True)
    subnets = [each["Subnet"] for each in (await client.get("/networks/ula"))["IPAM"]["Config"]]
    assert any(re.match(r"f[cd]", each) for each in subnets)


async def several_networks(client: Client) -> None:
    await network(client, "n1")
    await network(client, "n2")
    await container(client, "c1", {"n1": {}, "n2": {}})
    found = await ends(client, "c1")
    assert sorted(found) == ["n1", "n2"]
    assert all(each["IPAddress"] for each in found.values())


async def address_of_pool(client: Client) -> None:
    """Engine 28.5.2 (recorded) refuses an address of a pool of its own; later ones do not."""
    await network(client, "pools")
    on = {"EndpointsConfig": {"pools": {"IPAMConfig": {"IPv4Address": "172.18.0.2"}}}}
    body = {"Image": "busybox", "Cmd": ["top"], "HostConfig": {"NetworkMode": "pools"}, "NetworkingConfig": on}
    told = "user specified IP address is supported only when connecting to networks with user configured subnets"
    await refused(client, 400, told, "POST", "/containers/create?name=c1", body)


async def priority(client: Client) -> None:
    for number in (1, 2, 3, 4, 5):
        await network(client, f"n{number}", f"10.100.{number}0.0/24 10.100.{number}0.1")

    async def default() -> str:
        routes = (await ran(client, "c1", "ip", "route"))[1]
        return next(line for line in routes.splitlines() if line.startswith("default")).strip()

    async def connect(number: int, wanted: int) -> None:
        body = {"Container": "c1", "EndpointConfig": {"GwPriority": wanted}}
        await client.post(f"/networks/n{number}/connect", body)

    await container(client, "c1", {"n1": {}})
    await connect(5, -100)
    assert await default() == "default via 10.100.10.1 dev eth0"
    await connect(2, 100)
    assert await default() == "default via 10.100.20.1 dev eth2"
    await connect(3, 10)
    await connect(4, 10)
    assert await default() == "default via 10.100.20.1 dev eth2"
    assert [(await ends(client, "c1"))[f"n{number}"]["GwPriority"] for number in range(1, 6)] == [0, 100, 10, 10, -100]
    await client.post("/networks/n2/disconnect", {"Container": "c1", "Force": True})
    assert await default() == "default via 10.100.30.1 dev eth3"
    await client.post("/networks/n3/disconnect", {"Container": "c1", "Force": True})
    assert await default() == "default via 10.100.40.1 dev eth4"


async def created_with_priority(client: Client) -> None:
    await network(client, "n1", "10.100.20.0/24 10.100.20.1", f"{_V6}/64 {_V6}1", v6=True)
    await network(client, "n2", "10.100.30.0/24 10.100.30.1", "fdff:6dfe:37d2::/64 fdff:6dfe:37d2::1", v6=True)
    await container(client, "c1", {"n1": {"GwPriority": 10}, "n2": {"GwPriority": 100}})
    assert "default via 10.100.30.1 dev" in (await ran(client, "c1", "ip", "route"))[1]
    assert "default via fdff:6dfe:37d2::1 dev" in (await ran(client, "c1", "ip", "-6", "route"))[1]


async def internal(client: Client) -> None:
    await network(
        client, "int", "172.30.0.0/24 172.30.0.1", "fda9:4130:4715::/64 fda9:4130:4715::1234", v6=True, Internal=True
    )
    await container(client, "c1", {"int": {}})
    for program, gateway in (("ping", "172.30.0.1"), ("ping6", "fda9:4130:4715::1234")):
        status, shown = await ran(client, "c1", program, "-c1", "-W3", gateway)
        assert (status, "1 packets transmitted, 1 packets received" in shown) == (0, True)
    status, shown = await ran(client, "c1", "ping", "-c1", "-W3", "8.8.8.8")
    assert (status, "Network is unreachable" in shown) == (1, True)


async def between_networks(client: Client) -> None:
    for inside, words in ((False, "1 packets transmitted, 0 packets received"), (True, "Network is unreachable")):
        name = f"n{inside}"
        await network(client, f"{name}1", Internal=inside)
        await network(client, f"{name}2", Internal=inside)
        await container(client, f"{name}c1", {f"{name}1": {}})
        await container(client, f"{name}c2", {f"{name}2": {}})
        target = (await ends(client, f"{name}c1"))[f"{name}1"]["IPAddress"]
        status, shown = await ran(client, f"{name}c2", "ping", "-c1", "-W3", target)
        assert (status, words in shown) == (1, True)


async def point_to_point(client: Client) -> None:
    for option, value in (("inhibit_ipv4", "true"), ("gateway_mode_ipv4", "isolated")):
        options = {f"com.docker.network.bridge.{option}": value}
        await network(client, "p2p", "192.168.135.0/31", Internal=True, Options=options)
        await container(client, "c1", {"p2p": {}})
        await container(client, "c2", {"p2p": {}})
        assert (await ran(client, "c2", "ping", "-c1", "-W3", "c1"))[0] == 0
        for name in ("c1", "c2"):
            await client.ask("DELETE", f"/containers/{name}?force=1")
        assert (await client.ask("DELETE", "/networks/p2p")).status == 204


async def interface_name(client: Client) -> None:
    await container(client, "c1", {"bridge": {"DriverOpts": {"com.docker.network.endpoint.ifname": "foobar"}}})
    assert ": foobar@if" in (await ran(client, "c1", "ip", "-o", "link", "show", "foobar"))[1]


async def port_in_use(client: Client) -> None:
    ports = {"80/tcp": [{"HostPort": "8000"}]}
    exposed: dict[str, dict[str, str]] = {"80/tcp": {}}
    await container(client, "c1", {"bridge": {}}, PortBindings=ports, config={"ExposedPorts": exposed})
    body = {
        "Image": "busybox",
        "Cmd": ["top"],
        "ExposedPorts": exposed,
        "HostConfig": {"PortBindings": ports, "RestartPolicy": {"Name": "always"}},
    }
    await client.post("/containers/create?name=c2", body)
    await refused(client, 500, "failed to set up container networking", "POST", "/containers/c2/start")
    assert (await client.get("/containers/c2/json"))["State"]["Status"] == "created"


async def sysctls_of_an_endpoint(client: Client) -> None:
    for value in ("0", "1"):
        wanted = {"com.docker.network.endpoint.sysctls": f"net.ipv4.conf.IFNAME.forwarding={value}"}
        await container(client, f"c{value}", {"bridge": {"DriverOpts": wanted}})
        assert await ran(client, f"c{value}", "sysctl", "-n", "net.ipv4.conf.eth0.forwarding") == (0, f"{value}\n")


async def without_v6(client: Client) -> None:
    await network(client, "plain")
    await container(client, "c1", {"plain": {}})
    assert "inet6" in (await ran(client, "c1", "ip", "a", "show", "dev", "lo"))[1]
    assert "inet6" not in (await ran(client, "c1", "ip", "a", "show", "dev", "eth0"))[1]
    assert await ran(client, "c1", "sysctl", "-n", "net.ipv6.conf.eth0.disable_ipv6") == (0, "1\n")


async def without_v4(client: Client) -> None:
    await network(client, "six", v6=True, EnableIPv4=False)
    await container(client, "c1", {"six": {}})
    shown = (await ran(client, "c1", "ip", "a", "show", "dev", "eth0"))[1]
    assert (" inet " in shown, " inet6 " in shown) == (False, True)
    assert " inet " in (await ran(client, "c1", "ip", "a", "show", "dev", "lo"))[1]


async def disabled_v6(client: Client) -> None:
    await network(client, "six", "fda0:ef3d:6430:abcd::/64 fda0:ef3d:6430:abcd::1", v6=True)
    await container(client, "on", {"six": {}})
    await container(client, "off", {"six": {}}, Sysctls={"net.ipv6.conf.all.disable_ipv6": "1"})
    assert "inet6" in (await ran(client, "on", "ip", "a"))[1]
    assert "inet6" not in (await ran(client, "off", "ip", "a"))[1]


async def disabled_v6_of_an_interface(client: Client) -> None:
    """Engine 28.5.2 (recorded) does not start the container; later ones do."""
    await network(client, "six", v6=True)
    wanted = {"com.docker.network.endpoint.sysctls": "net.ipv6.conf.IFNAME.disable_ipv6=1"}
    on = {"EndpointsConfig": {"six": {"DriverOpts": wanted}}}
    body = {"Image": "busybox", "Cmd": ["top"], "HostConfig": {"NetworkMode": "six"}, "NetworkingConfig": on}
    await client.post("/containers/create?name=c1", body)
    told = "failed to advertise addresses: write ip ::1->ff02::1: sendmsg: invalid argument"
    await refused(client, 500, told, "POST", "/containers/c1/start")
    found = (await ends(client, "c1"))["six"]
    assert (found["GlobalIPv6Address"], found["GlobalIPv6PrefixLen"]) == ("", 0)


async def join_error(client: Client) -> None:
    """Engine 28.5.2 (recorded) leaves the interface there, and connects no second time; later ones do not."""
    await network(client, "int", "192.168.123.0/24 192.168.123.1", Internal=True)
    await network(client, "ext")
    await container(client, "c1", {"int": {}}, Privileged=True)
    assert (await ran(client, "c1", "ip", "route", "add", "default", "via", "192.168.123.1"))[0] == 0
    told = "failed to set gateway: file exists"
    await refused(client, 500, told, "POST", "/networks/ext/connect", {"Container": "c1"})
    assert (await client.get("/networks/ext"))["Containers"] == {}
    await ran(client, "c1", "ip", "route", "del", "default", "via", "192.168.123.1")
    told = "because it conflicts with existing route"
    await refused(client, 500, told, "POST", "/networks/ext/connect", {"Container": "c1"})
    assert sorted(await ends(client, "c1")) == ["ext", "int"]


async def gateway_that_fails(client: Client) -> None:
    await network(client, "n1")
    await network(client, "n2")
    named = {"DriverOpts": {"com.docker.network.endpoint.ifname": "eth2"}}
    await container(client, "c1", {"n1": {"GwPriority": 1}, "n2": named}, CapAdd=["NET_ADMIN"])
    assert (await ran(client, "c1", "ip", "link", "set", "eth2", "down"))[0] == 0
    await client.post("/networks/n1/disconnect", {"Container": "c1"})
    await client.post("/networks/n1/connect", {"Container": "c1"})
    await client.post("/containers/c1/restart?t=0")
    assert sorted(await ends(client, "c1")) == ["n1", "n2"]


async def macs_of_a_restart(client: Client) -> None:
    await network(client, "n")
    await container(client, "c1", {"n": {}})
    await client.post("/containers/c1/stop?t=0")
    await container(client, "c2", {"n": {}})
    await client.post("/containers/c1/start")
    macs = [(await ends(client, name))["n"]["MacAddress"] for name in ("c1", "c2")]
    assert macs[0] != macs[1]


async def configured_mac(client: Client) -> None:
    await network(client, "n")
    await container(client, "c1", {"n": {"MacAddress": "02:42:ac:11:00:42"}})
    for _ in range(2):
        assert (await ends(client, "c1"))["n"]["MacAddress"] == "02:42:ac:11:00:42"
        await client.post("/containers/c1/restart?t=0")


async def mac_of_a_connection(client: Client) -> None:
    await network(client, "n")
    await container(client, "c1", {"bridge": {}})
    body = {"Container": "c1", "EndpointConfig": {"MacAddress": "02:42:ac:11:00:42"}}
    await client.post("/networks/n/connect", body)
    assert (await ends(client, "c1"))["n"]["MacAddress"] == "02:42:ac:11:00:42"
    assert await ran(client, "c1", "cat", "/sys/class/net/eth1/address") == (0, "02:42:ac:11:00:42\n")


async def parent_of_macvlan(client: Client) -> None:
    """An id where a name is expected, and an address outside the range of which nothing is free."""
    config = [{"Subnet": "172.30.0.0/29", "IPRange": "172.30.0.1/32"}]
    body = {"Name": "wtmvl", "Driver": "macvlan", "IPAM": {"Config": config}}
    identifier = (await client.post("/networks/create", body))["Id"]
    on = {"wtmvl": {"IPAMConfig": {"IPv4Address": "172.30.0.2"}, "MacAddress": "02:42:ac:11:00:42"}}
    await client.run("c1", "top", HostConfig={"NetworkMode": identifier}, NetworkingConfig={"EndpointsConfig": on})
    found = (await ends(client, "c1"))["wtmvl"]
    assert (found["IPAddress"], found["MacAddress"]) == ("172.30.0.2", "02:42:ac:11:00:42")


QUESTIONS: Final[dict[str, Question]] = {
    "network/TestNetworkInvalidJSON": invalid_json,
    "network/TestNetworkList, TestAPINetworkGetDefaults, TestAPINetworkFilter": listed,
    "network/TestCreateDeletePredefinedNetworks": predefined,
    "network/TestForbidDuplicateNetworkNames": duplicates,
    "network/TestDockerNetworkDeletePreferID": prefers_ids,
    "network/TestCreateWithPriority": created_with_priority,
    "network/TestConnectWithPriority": priority,
    "network/bridge/TestCreateWithMultiNetworks": several_networks,
    "network/bridge/TestCreateWithIPv6DefaultsToULAPrefix": unique_local_prefix,
    "network/bridge/Test64BitIPRange": ranges_of_64_bits,
    "network/bridge/TestPointToPoint": point_to_point,
    "network/bridge/TestEndpointWithCustomIfname": interface_name,
    "network/bridge/TestPublishedPortAlreadyInUse": port_in_use,
    "network/bridge/TestJoinError": join_error,
    "networking/TestInternalNwConnectivity": internal,
    "networking/TestBridgeINC": between_networks,
    "networking/TestDisableIPv6Addrs": disabled_v6,
    "networking/TestDisableIPv6OnInterface": disabled_v6_of_an_interface,
    "networking/TestDisableIPv4": without_v4,
    "networking/TestNonIPv6Network": without_v6,
    "networking/TestSetEndpointSysctl": sysctls_of_an_endpoint,
    "networking/TestNetworkInspectGateway": gateway_of_pools,
    "networking/TestSetIPWithNoConfiguredSubnet": address_of_pool,
    "networking/TestGatewayErrorOnNetDisconnect": gateway_that_fails,
    "networking/TestMACAddrOnRestart": macs_of_a_restart,
    "networking/TestCfgdMACAddrOnRestart": configured_mac,
    "networking/TestNetworkConnectWithMACAddress": mac_of_a_connection,
    "networking/TestWatchtowerCreate": parent_of_macvlan,
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_engine_answers_as_mobys_tests_expect(name: str) -> None:
    async def main() -> None:
        async with served(Lab.docker_host()) as client:
            await QUESTIONS[name](client)

    asyncio.run(main())
