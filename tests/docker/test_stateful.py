"""Laws of the engine, whatever is done in whatever order: addresses, devices and rules belong to what exists.

Everything is typed, as a person would; what is refused changes nothing that the laws speak of.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vnetsim import Lab

Json = dict[str, Any]

_NETWORKS = ("na", "nb", "nc")
_CONTAINERS = ("w0", "w1", "w2", "w3")
_OPTIONS = (
    "", "--internal", "--ipv6", "--subnet 10.1.0.0/29", "--subnet 10.1.0.0/24 --ip-range 10.1.0.64/30",
    "--subnet 10.2.0.0/24 --gateway 10.2.0.9 --aux-address a=10.2.0.1", "-o com.docker.network.bridge.enable_icc=false",
    "-o com.docker.network.bridge.name=br-x", "-o com.docker.network.bridge.gateway_mode_ipv4=routed",
    "--internal -o com.docker.network.bridge.gateway_mode_ipv4=isolated", "--ipv4=false --ipv6",
    "-d macvlan -o parent=eth0 --subnet 10.3.0.0/28",
)  # fmt: skip
_RUN = (
    "", "-p 8080:80", "-p 80", "-p 127.0.0.1:8081:80/udp", "--restart always", "--restart unless-stopped", "--rm",
    "--ip 10.1.0.3", "--mac-address 02:42:ac:11:00:99", "--network-alias al", "-P",
)  # fmt: skip
_ADDRESS = re.compile(r"(?: -[sd] |--to-destination )\[?(\d+(?:\.\d+){3}|[0-9a-f:]*:[0-9a-f:]+)(/\d+)?")
_DEVICE = re.compile(r"-[io] (\S+)")

networks, containers = st.sampled_from((*_NETWORKS, "bridge")), st.sampled_from(_CONTAINERS)


def _saved(lab: Lab) -> list[str]:
    lines = lab.run("iptables-save; ip6tables-save").stdout.splitlines()
    return [line for line in lines if line.startswith("-A")]


def _routes(lab: Lab) -> list[str]:
    return [line.replace(" linkdown", "") for line in lab.run("ip route; ip -6 route").stdout.splitlines()]


class Engine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab.docker_host()
        self.fresh = self._host()

    def _host(self) -> dict[str, list[str]]:
        """What removing everything must lead back to."""
        links = self.lab.run("ip -br link").stdout.splitlines()
        return {
            "rules": sorted(_saved(self.lab)),
            "links": sorted(line.split()[0].split("@")[0] for line in links),
            "routes": sorted(line for line in _routes(self.lab) if "fe80" not in line),
            "sockets": self.lab.run("ss -Hltun").stdout.splitlines(),
            "networks": self.lab.run("docker network ls --format '{{.Name}}'").stdout.splitlines(),
        }

    # --- what is done ----------------------------------------------------------------------------------------------

    @rule(name=st.sampled_from(_NETWORKS), options=st.sampled_from(_OPTIONS))
    def create_network(self, name: str, options: str) -> None:
        self.lab.run(f"docker network create {options} {name}")

    @rule(name=networks)
    def remove_network(self, name: str) -> None:
        self.lab.run(f"docker network rm {name}")

    @rule(data=st.data(), options=st.sampled_from(_OPTIONS))
    def create_another_network(self, data: st.DataObject, options: str) -> None:
        free = [name for name in _NETWORKS if name not in self._names()]
        if free:
            self.create_network(data.draw(st.sampled_from(free)), options)

    @rule(data=st.data(), flags=st.sampled_from(_RUN), image=st.sampled_from(("alpine", "nginx")))
    def run_another(self, data: st.DataObject, flags: str, image: str) -> None:
        taken = self.lab.run("docker ps -a --format '{{.Names}}'").stdout.split()
        free = [name for name in _CONTAINERS if name not in taken]
        if free:
            network = data.draw(st.sampled_from(sorted(self._names() - {"host", "none"})))
            self.run(free[0], network, flags, "run -d", image)

    def _names(self) -> set[str]:
        return {network["Name"] for network in self.lab.docker.network_list()}

    @rule(
        name=containers,
        network=networks,
        flags=st.sampled_from(_RUN),
        verb=st.sampled_from(("run -d", "create")),
        image=st.sampled_from(("alpine", "nginx")),
    )
    def run(self, name: str, network: str, flags: str, verb: str, image: str) -> None:
        self.lab.run(f"docker {verb} --name {name} --network {network} {flags} {image}")

    @rule(
        name=containers,
        what=st.sampled_from(
            ("start", "stop -t 0", "restart -t 0", "kill", "pause", "unpause", "rm", "rm -f", "update --restart no")
        ),
    )
    def do(self, name: str, what: str) -> None:
        self.lab.run(f"docker {what} {name}")

    @rule(name=containers, network=networks, flags=st.sampled_from(("", "--alias zz", "--ip 10.1.0.5")))
    def connect(self, name: str, network: str, flags: str) -> None:
        self.lab.run(f"docker network connect {flags} {network} {name}")

    @rule(name=containers, network=networks, flags=st.sampled_from(("", "-f")))
    def disconnect(self, name: str, network: str, flags: str) -> None:
        self.lab.run(f"docker network disconnect {flags} {network} {name}")

    @rule(name=containers, other=containers)
    def rename(self, name: str, other: str) -> None:
        self.lab.run(f"docker rename {name} {other}")

    @rule()
    def prune(self) -> None:
        self.lab.run("docker network prune -f")

    @rule()
    def restart_engine(self) -> None:
        assert self.lab.run("systemctl restart docker")

    @rule(forced=st.booleans())
    def reboot(self, forced: bool) -> None:
        self.lab.host.reboot(forced=forced)
        assert self.lab.has_engine

    @rule()
    def remove_everything(self) -> None:
        self.lab.run("docker ps -aq | xargs -r docker rm -f")
        assert self.lab.run("docker network prune -f")
        assert self._host() == self.fresh

    def teardown(self) -> None:
        self.remove_everything()

    # --- what holds ------------------------------------------------------------------------------------------------

    def _networks(self) -> list[Json]:
        return [self.lab.docker.network_inspect(n["Id"]) for n in self.lab.docker.network_list()]

    @invariant()
    def endpoints_of_a_network_share_nothing(self) -> None:
        for network in self._networks():
            ends: list[Json] = list(network["Containers"].values())
            for key in ("IPv4Address", "IPv6Address", "EndpointID", "Name"):
                values = [end[key] for end in ends if end[key]]
                assert len(values) == len(set(values)), (network["Name"], values)
            macs = [end["MacAddress"] for end in ends if end["MacAddress"] not in ("", "02:42:ac:11:00:99")]
            assert len(macs) == len(set(macs)), (network["Name"], macs)

    @invariant()
    def addresses_are_of_their_pool(self) -> None:
        for network in self._networks():
            pools = [ip_network(config["Subnet"]) for config in network["IPAM"]["Config"] or ()]
            gateways = [config.get("Gateway") for config in network["IPAM"]["Config"] or ()]
            for end in network["Containers"].values():
                for address in filter(None, (end["IPv4Address"], end["IPv6Address"])):
                    own = ip_address(address.split("/")[0])
                    assert any(own in pool for pool in pools), (network["Name"], address)
                    assert network["Driver"] == "macvlan" or network["Internal"] or str(own) not in gateways

    @invariant()
    def every_device_belongs_to_an_endpoint(self) -> None:
        """A veth on the host for each endpoint of a bridge, its other end in the container."""
        ends = sum(len(n["Containers"]) for n in self._networks() if n["Driver"] == "bridge")
        hosts = [line for line in self.lab.run("ip -o link show type veth").stdout.splitlines() if ": veth" in line]
        assert len(hosts) == ends, (hosts, ends)
        assert all("link-netns" in line and "master " in line for line in hosts), hosts

    @invariant()
    def every_rule_is_of_somebody(self) -> None:
        devices = {line.split()[0].split("@")[0] for line in self.lab.run("ip -br link").stdout.splitlines()}
        found = self._networks()
        pools = {config["Subnet"] for n in found for config in n["IPAM"]["Config"] or ()}
        own = {a.split("/")[0] for n in found for end in n["Containers"].values()
               for a in (end["IPv4Address"], end["IPv6Address"]) if a}  # fmt: skip
        for line in _saved(self.lab):
            for device in _DEVICE.findall(line):
                assert device in devices, line
            for address, length in _ADDRESS.findall(line):
                if address in ("127.0.0.0", "127.0.0.1", "::1", "fe80::"):
                    continue
                assert address in own or f"{address}{length}" in pools, line

    @invariant()
    def what_runs_can_be_reached_at_its_address(self) -> None:
        for container in self.lab.docker.container_list():
            told = self.lab.docker.container_inspect(container["Id"])
            for name, end in told["NetworkSettings"]["Networks"].items():
                assert (
                    end["EndpointID"]
                    in {each["EndpointID"] for each in self.lab.docker.network_inspect(name)["Containers"].values()}
                    or told["State"]["Restarting"]
                ), (told["Name"], name)


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=6, stateful_step_count=14, deadline=None)
