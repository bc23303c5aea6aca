"""macvlan and ipvlan: what they are refused, and what they ask of a host that only remembers it."""

from __future__ import annotations

import random
from typing import Any

import attrs
import pytest

from tests.docker.simulated import Simulated
from vnetsim.docker.api.ipam import IpamConfig
from vnetsim.docker.api.network import EndpointSettings
from vnetsim.docker.ipamutils import DEFAULT_POOLS
from vnetsim.docker.libnetwork.allocation import allocate
from vnetsim.docker.libnetwork.drivers.ipvlan import IpvlanDriver
from vnetsim.docker.libnetwork.drivers.macvlan import MacvlanDriver
from vnetsim.docker.libnetwork.drivers.parent import ParentDriver
from vnetsim.docker.libnetwork.ipam import AddressSpace
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.nlwrap import EngineHost
from vnetsim.errors import EngineError, Errno, KernelError
from vnetsim.operations import AddLink, DeleteLink
from vnetsim.wire.inet import InterfaceAddress


@attrs.frozen
class Named:
    name: str


@attrs.define(eq=False)
class Notebook:
    """A machine whose only namespace has an eth0 and writes down what is done to it."""

    names: list[str] = attrs.field(factory=lambda: ["lo", "eth0"])
    commands: list[str] = attrs.field(factory=list)
    refuses: str = ""
    random: random.Random = attrs.field(factory=lambda: random.Random(0))

    @property
    def host(self) -> Notebook:
        return self

    @property
    def network(self) -> Notebook:
        return self

    def links(self) -> list[Named]:
        return [Named(name) for name in self.names]

    def link(self, name: str) -> Named | None:
        return Named(name) if name in self.names else None

    def ask_link(self, name: str) -> None:
        """What the kernel does then is not of interest here."""

    def execute(self, operation: Any) -> None:
        if isinstance(operation, AddLink):
            if operation.kind == self.refuses:
                raise KernelError(Errno.EOPNOTSUPP)
            self.names.append(operation.name or "")
        if isinstance(operation, DeleteLink):
            self.names.remove(operation.device)
        self.commands.append(operation.command().strip())


def network(number: int = 1, **options: Any) -> DockerNetwork:
    told = {"subnet": "192.168.56.0/24", "internal": False, **options}
    made = DockerNetwork(
        id=f"{number:064x}",
        name=f"net{number}",
        created="",
        driver="",
        internal=told.pop("internal"),
        options={key: str(value) for key, value in told.items() if key != "subnet"},
    )
    made.config[4] = [IpamConfig(subnet=told["subnet"], gateway=told["subnet"].replace("0/24", "1"))]
    allocate(made, {4: AddressSpace(DEFAULT_POOLS)}, {4: []}, {4: False})
    return made


def endpoint(of: DockerNetwork) -> NetworkEndpoint:
    own = {4: InterfaceAddress.parse("192.168.56.5/24")}
    return NetworkEndpoint(id="e", name="web", network=of, settings=EndpointSettings(), addresses=own)


def driver(kind: type[ParentDriver], notebook: Notebook) -> ParentDriver:
    return kind(EngineHost(notebook))  # type: ignore[arg-type]


# --- networks ------------------------------------------------------------------------------------------------------

REFUSALS = [
    (MacvlanDriver, {"parent": "lo"}, "loopback interface is not a valid macvlan parent link"),
    (MacvlanDriver, {"parent": "nosuch"}, "invalid subinterface vlan name nosuch, example formatting is eth0.10"),
    (MacvlanDriver, {"parent": "eth9.10"}, "-o parent interface was not found on the host: eth9"),
    (MacvlanDriver, {"parent": "eth0.x"}, "unable to parse a valid vlan id from: x (ex. eth0.10 for vlan 10)"),
    (MacvlanDriver, {"parent": "eth0.5000"}, "vlan id must be between 1-4094, received: 5000"),
    (MacvlanDriver, {"macvlan_mode": "l2"},
     "requested macvlan mode 'l2' is not valid, 'bridge' mode is the macvlan driver default"),
    (IpvlanDriver, {"ipvlan_mode": "l9"},
     "requested ipvlan mode 'l9' is not valid, 'l2' mode is the ipvlan driver default"),
    (IpvlanDriver, {"ipvlan_flag": "loud"},
     "requested ipvlan flag 'loud' is not valid, 'bridge' is the ipvlan driver default"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options", "words"), REFUSALS)
def test_parents_and_modes_that_are_none(kind: type[ParentDriver], options: dict[str, Any], words: str) -> None:
    notebook = Notebook()
    with pytest.raises(EngineError) as refused:
        driver(kind, notebook).create(network(**options))
    assert refused.value.message == words
    assert notebook.commands == []


def test_what_the_kernel_refuses() -> None:
    with pytest.raises(EngineError, match=r"failed to create eth0\.10 vlan link: operation not supported"):
        driver(MacvlanDriver, Notebook(refuses="vlan")).create(network(parent="eth0.10"))
    with pytest.raises(EngineError, match=r"daemon: operation not supported$"):
        driver(MacvlanDriver, Notebook(refuses="dummy")).create(network())


def test_a_parent_that_was_made_goes_with_its_last_network() -> None:
    notebook = Notebook()
    macvlan = driver(MacvlanDriver, notebook)
    one, two = network(1, parent="eth0.10"), network(2, parent="eth0.10")
    macvlan.create(one)
    macvlan.create(two)
    assert notebook.commands == ["ip link add link eth0 name eth0.10 type vlan id 10", "ip link set dev eth0.10 up"]
    macvlan.delete(one)
    assert "eth0.10" in notebook.names
    macvlan.delete(two)
    assert notebook.commands[2:] == ["ip link del dev eth0.10"]


def test_a_parent_that_was_there_stays() -> None:
    notebook = Notebook()
    macvlan = driver(MacvlanDriver, notebook)
    made = network(parent="eth0")
    macvlan.create(made)
    macvlan.delete(made)
    assert notebook.commands == []


@pytest.mark.parametrize(("kind", "name"), [(MacvlanDriver, "dm-000000000000"), (IpvlanDriver, "di-000000000000")])
def test_without_a_parent_there_is_a_dummy(kind: type[ParentDriver], name: str) -> None:
    notebook = Notebook()
    driver(kind, notebook).create(network())
    assert notebook.commands == [f"ip link add name {name} type dummy", f"ip link set dev {name} up"]


def test_who_may_share_a_parent() -> None:
    macvlan, ipvlan = driver(MacvlanDriver, Notebook()), driver(IpvlanDriver, Notebook())
    for number in (1, 2):
        macvlan.create(network(number, parent="eth0"))
    with pytest.raises(
        EngineError, match=r"cannot use mode passthru, macvlan network .* is already using parent interface"
    ):
        macvlan.create(network(3, parent="eth0", macvlan_mode="passthru"))
    ipvlan.create(network(1, parent="eth0"))
    with pytest.raises(EngineError, match="network di-000000000000 is already using parent interface eth0"):
        ipvlan.create(network(2, parent="eth0"))


# --- endpoints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "command"),
    [
        (MacvlanDriver, {}, "ip link add link eth0 name veth txqueuelen 0 type macvlan mode bridge"),
        (
            MacvlanDriver,
            {"macvlan_mode": "vepa"},
            "ip link add link eth0 name veth txqueuelen 0 type macvlan mode vepa",
        ),
        (
            IpvlanDriver,
            {"ipvlan_mode": "l3"},
            "ip link add link eth0 name veth txqueuelen 0 type ipvlan mode l3 bridge",
        ),
    ],
)
def test_a_container_gets_a_device_of_its_own(kind: type[ParentDriver], options: dict[str, Any], command: str) -> None:
    notebook = Notebook()
    made = driver(kind, notebook)
    on = network(parent="eth0", **options)
    made.create(on)
    joining = endpoint(on)
    made.create_endpoint(joining, None)
    made.join(joining)
    assert notebook.commands == [command.replace("veth", joining.source)]
    assert (joining.mac is not None) == (kind is MacvlanDriver)
    made.delete_endpoint(joining)
    assert notebook.names == ["lo", "eth0"]


def test_the_gateway_is_told_unless_the_network_is_internal_or_routes_by_itself() -> None:
    for kind, options, gateways in (
        (MacvlanDriver, {"parent": "eth0"}, ["192.168.56.1"]),
        (MacvlanDriver, {"parent": "eth0", "internal": True}, []),
        (MacvlanDriver, {}, []),
        (IpvlanDriver, {"parent": "eth0"}, ["192.168.56.1"]),
    ):
        made, on = driver(kind, Notebook()), network(**options)
        made.create(on)
        joining = endpoint(on)
        made.join(joining)
        assert [str(gateway) for gateway in joining.gateways.values()] == gateways


def test_a_parent_that_has_gone() -> None:
    notebook = Notebook()
    made, on = driver(MacvlanDriver, notebook), network(parent="eth0")
    made.create(on)
    notebook.names.remove("eth0")
    with pytest.raises(EngineError, match="the requested parent interface eth0 was not found on the Docker host"):
        made.join(endpoint(on))


def test_ipvlan_devices_share_their_parents_mac_address() -> None:
    made, on = driver(IpvlanDriver, Notebook()), network(parent="eth0")
    made.create(on)
    joining = endpoint(on)
    joining.mac = Simulated().lab.network().links()[1].mac
    with pytest.raises(EngineError, match="ipvlan interfaces do not support custom mac address assignment"):
        made.create_endpoint(joining, None)


def test_a_network_through_the_api() -> None:
    host = Simulated()
    options = {"parent": "eth0"}
    host.network("mv", Driver="macvlan", Options=options, IPAM={"Config": [{"Subnet": "192.168.56.0/24"}]})
    assert host.engine.network_inspect("mv")["Options"] == options
    assert host.refusal(
        host.engine.network_create({"Name": "x", "Driver": "macvlan", "Options": {"parent": "lo"}})
    ) == ("500 loopback interface is not a valid macvlan parent link")
