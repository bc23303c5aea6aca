"""Hypothesis strategies for networks: addresses, topologies, settings, probes, and whole scenarios.

    from hypothesis import given
    from vnetsim import Lab
    from vnetsim.strategies import Scenario, scenarios

    @given(scenarios())
    def test_nothing_is_a_fault_of_the_simulator(scenario: Scenario) -> None:
        lab = Lab(docker=False)
        for line in scenario.lines:
            assert "internal error" not in lab.run(line).output, scenario.session()

Everything drawn is a value that prints as commands of `ip`, `bridge`, `iptables`, `sysctl`, `ping` and `nc`, so that
what Hypothesis shrinks to can be typed on a real machine; the differential tests of the simulator against the real
kernel (`vnetsim verify --campaign`) draw from the same strategies.  A namespace is its name in `ip netns`; the host's
own is None.

Needs Hypothesis: `pip install vnetsim[strategies]`.
"""

from vnetsim.strategies.addresses import host_addresses as host_addresses
from vnetsim.strategies.addresses import interfaces as interfaces
from vnetsim.strategies.addresses import ipv4_addresses as ipv4_addresses
from vnetsim.strategies.addresses import ipv6_addresses as ipv6_addresses
from vnetsim.strategies.addresses import macs as macs
from vnetsim.strategies.addresses import prefixes as prefixes
from vnetsim.strategies.commands import Scenario as Scenario
from vnetsim.strategies.commands import changes as changes
from vnetsim.strategies.commands import command_sequences as command_sequences
from vnetsim.strategies.commands import scenarios as scenarios
from vnetsim.strategies.docker import DockerContainer as DockerContainer
from vnetsim.strategies.docker import DockerHost as DockerHost
from vnetsim.strategies.docker import DrawnNetwork as DrawnNetwork
from vnetsim.strategies.docker import docker_changes as docker_changes
from vnetsim.strategies.docker import docker_containers as docker_containers
from vnetsim.strategies.docker import docker_hosts as docker_hosts
from vnetsim.strategies.docker import docker_networks as docker_networks
from vnetsim.strategies.docker import docker_sequences as docker_sequences
from vnetsim.strategies.faults import Fault as Fault
from vnetsim.strategies.faults import faults as faults
from vnetsim.strategies.machine import LabMachine as LabMachine
from vnetsim.strategies.machine import mutations as mutations
from vnetsim.strategies.probes import Arping as Arping
from vnetsim.strategies.probes import Connect as Connect
from vnetsim.strategies.probes import Ping as Ping
from vnetsim.strategies.probes import Probe as Probe
from vnetsim.strategies.probes import RouteLookup as RouteLookup
from vnetsim.strategies.probes import probes as probes
from vnetsim.strategies.rules import rule_sets as rule_sets
from vnetsim.strategies.rules import rules as rules
from vnetsim.strategies.topologies import Assigned as Assigned
from vnetsim.strategies.topologies import Cable as Cable
from vnetsim.strategies.topologies import DrawnBridge as DrawnBridge
from vnetsim.strategies.topologies import DrawnPort as DrawnPort
from vnetsim.strategies.topologies import Topology as Topology
from vnetsim.strategies.topologies import chains as chains
from vnetsim.strategies.topologies import in_ipv6 as in_ipv6
from vnetsim.strategies.topologies import lans as lans
from vnetsim.strategies.topologies import pairs as pairs
from vnetsim.strategies.topologies import topologies as topologies
