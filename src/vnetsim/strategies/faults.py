"""Faults as strategies: what goes wrong with a host by itself, or by a user's mistake, as commands.

    @given(docker_hosts().flatmap(faults))
    def test_it_survives(fault: Fault) -> None: ...

A fault is one command or a few: a link goes down, a cable loses packets, a container is killed or moved to another
network, the engine restarts, the host reboots, the rules are flushed.  `mends` undoes it where that is a command, too.
"""

from __future__ import annotations

from typing import Final

import attrs
from hypothesis import strategies as st

from vnetsim.strategies.docker import DockerHost
from vnetsim.strategies.topologies import Topology, ip
from vnetsim.values import frozen

#: How an engine is restarted, and a machine.
ENGINE_RESTART: Final = "systemctl restart docker"
REBOOT: Final = "reboot"


@frozen(kw_only=True)
class Fault:
    """What happens, as text and as command lines; `mends` are those that undo it."""

    what: str
    commands: tuple[str, ...]
    mends: tuple[str, ...] = ()


def faults(system: DockerHost | Topology) -> st.SearchStrategy[Fault]:
    """Something that goes wrong with a Docker host or with a topology."""
    if isinstance(system, DockerHost):
        return st.one_of(container_faults(system), moved_containers(system), host_faults())
    return st.one_of(links_down(system), lossy_cables(system))


def links_down(topology: Topology) -> st.SearchStrategy[Fault]:
    """A device is down, and up again when it is mended."""
    return st.sampled_from(topology.ports).map(
        lambda port: Fault(
            what=f"{port.device} goes down",
            commands=(f"{ip(port.namespace)} link set {port.device} down",),
            mends=(f"{ip(port.namespace)} link set {port.device} up",),
        )
    )


@st.composite
def lossy_cables(draw: st.DrawFn, topology: Topology) -> Fault:
    """A cable loses so many of a hundred packets (netem)."""
    port = draw(st.sampled_from(topology.ports))
    percent = draw(st.sampled_from([100, 50, 10]))
    before = "" if port.namespace is None else f"ip netns exec {port.namespace} "
    return Fault(
        what=f"{port.device} loses {percent} % of what it sends",
        commands=(f"{before}tc qdisc add dev {port.device} root netem loss {percent}%",),
        mends=(f"{before}tc qdisc del dev {port.device} root",),
    )


def container_faults(host: DockerHost) -> st.SearchStrategy[Fault]:
    """A container dies and comes back."""
    names = st.sampled_from([container.name for container in host.containers])
    return names.map(
        lambda name: Fault(what=f"{name} is killed", commands=(f"docker kill {name}",), mends=(f"docker start {name}",))
    )


@st.composite
def moved_containers(draw: st.DrawFn, host: DockerHost) -> Fault:
    """A container is removed and made anew, on one network of the host instead of its own."""
    container = draw(st.sampled_from(host.containers))
    network = draw(st.sampled_from([network.name for network in host.networks]))
    elsewhere = attrs.evolve(container, networks=(network,), mode="")
    return Fault(
        what=f"{container.name} moves to {network}",
        commands=(f"docker rm -f {container.name}", *elsewhere.commands()),
        mends=(f"docker rm -f {container.name}", *container.commands()),
    )


def host_faults() -> st.SearchStrategy[Fault]:
    """The engine restarts, the host reboots, the rules are flushed."""
    return st.sampled_from([
        Fault(what="the engine restarts", commands=(ENGINE_RESTART,)),
        Fault(what="the host reboots", commands=(REBOOT,)),
        Fault(what="the rules are flushed", commands=("iptables -F",), mends=(ENGINE_RESTART,)),
        Fault(what="forwarding is off", commands=("sysctl -w net.ipv4.ip_forward=0",),
              mends=("sysctl -w net.ipv4.ip_forward=1",)),
    ])  # fmt: skip
