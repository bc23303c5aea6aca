"""What is drawn is a network that works, prints as commands, and shrinks to something small."""

from __future__ import annotations

from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from vnetsim import Lab
from vnetsim.scenario import parse
from vnetsim.strategies import (
    Scenario,
    Topology,
    host_addresses,
    interfaces,
    ipv4_addresses,
    ipv6_addresses,
    macs,
    pairs,
    prefixes,
    scenarios,
    topologies,
)
from vnetsim.strategies.topologies import unused_address
from vnetsim.wire.inet import Address, InterfaceAddress, Prefix
from vnetsim.wire.mac import Mac

LAN = Prefix.parse("192.0.2.0/28")
few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@given(ipv4_addresses(LAN), host_addresses(LAN), interfaces(LAN), prefixes(LAN))
def test_addresses_are_of_the_network_that_was_asked_for(
    any_one: Address, host: Address, interface: InterfaceAddress, prefix: Prefix
) -> None:
    assert any_one in LAN
    assert host in LAN
    assert host not in (LAN.first, LAN.last)
    assert interface.network == LAN
    assert LAN.overlaps(prefix)
    assert prefix.length >= LAN.length


@given(macs(), ipv6_addresses())
def test_macs_are_of_one_station_and_read_back(mac: Mac, address: Address) -> None:
    assert not mac.is_multicast
    assert Mac.parse(str(mac)) == mac
    assert address in Prefix.parse("fd00::/8")


@few
@given(topologies() | topologies(version=6))
def test_everybody_reaches_everybody_before_anything_is_changed(topology: Topology) -> None:
    lab = Lab(docker=False)
    for line in topology.commands():
        assert lab.run(line), line
    for place in topology.probing_namespaces:
        for assigned in topology.addresses:
            prefix = "" if place is None else f"ip netns exec {place} "
            assert lab.run(f"{prefix}ping -c 1 -W 1 {assigned.interface.address}"), (place, topology)


@given(topologies(version=6))
@settings(few, max_examples=20)
def test_networks_of_ipv6_have_no_address_of_ipv4(topology: Topology) -> None:
    assert {assigned.interface.address.version for assigned in topology.addresses} == {6}
    assert not any("10.0." in line for line in topology.commands())
    assert unused_address(topology) not in {assigned.interface.address for assigned in topology.addresses}


@few
@given(scenarios() | scenarios(topologies(version=6)))
def test_a_scenario_is_a_session_whose_setup_succeeds(scenario: Scenario) -> None:
    commands = parse("drawn.session", scenario.session()).commands
    assert tuple(command.text for command in commands) == scenario.lines
    lab = Lab(docker=False)
    for line in scenario.lines:
        answer = lab.run(line)
        assert line not in scenario.setup or answer, line
        assert "internal error" not in answer.output, line


def test_what_is_found_shrinks_to_a_cable_one_change_and_one_probe() -> None:
    def switches(scenario: Scenario) -> bool:
        return any("sysctl" in line for line in scenario.changes)

    smallest = find(scenarios(pairs()), switches, settings=settings(few, max_examples=200, database=None))
    assert smallest.changes == ("ip netns exec a sysctl -w net.ipv4.ip_forward=0",)
    assert [probe.command() for probe in smallest.probes] == ["ip netns exec a ping -c 1 -W 0.4 10.0.0.1"]


@given(st.data())
def test_prefixes_have_the_lengths_that_were_asked_for(data: st.DataObject) -> None:
    shortest = data.draw(st.integers(8, 30))
    prefix = data.draw(prefixes(min_length=shortest, max_length=30))
    assert shortest <= prefix.length <= 30
