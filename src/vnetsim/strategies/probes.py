"""Probes as strategies: what is sent to find out who reaches whom; each prints as the command that sends it.

They are impatient (a fraction of a second), so that a real machine can run thousands of them: an unanswered ARP
request shows as no answer, not yet as an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from hypothesis import strategies as st

from vnetsim.strategies.topologies import Topology, inside, unused_address
from vnetsim.values import frozen

#: Seconds that a ping waits for its answer.
PATIENCE: Final = 0.4


@frozen(kw_only=True)
class Ping:
    """Echo requests from `namespace` (None: the host) to `target`; `size` in bytes, `df` forbids fragments."""

    namespace: str | None
    target: str
    count: int = 1
    size: int | None = None
    df: bool = False
    ttl: int | None = None
    device: str | None = None
    broadcast: bool = False

    def command(self) -> str:
        args = ["ping", f"-c {self.count}", f"-W {PATIENCE}"]
        args += ["-i 0.2"] if self.count > 1 else []
        args += [f"-s {self.size}"] if self.size is not None else []
        args += ["-M do"] if self.df else []
        args += [f"-t {self.ttl}"] if self.ttl is not None else []
        args += [f"-I {self.device}"] if self.device is not None else []
        args += ["-b"] if self.broadcast else []
        return inside(self.namespace, " ".join([*args, self.target]))


@frozen(kw_only=True)
class Connect:
    """A TCP or UDP port tried with nc, for a time that ends when the kernel does nothing (it tries again after 1 s)."""

    namespace: str | None
    target: str
    port: int
    udp: bool = False

    def command(self) -> str:
        args = ["nc", "-n", "-z", "-v", "-w 2", *(["-u"] if self.udp else []), self.target, str(self.port)]
        return inside(self.namespace, " ".join(args))


@frozen(kw_only=True)
class Arping:
    """Who has `target`, on the link of `device`?"""

    namespace: str | None
    target: str
    device: str

    def command(self) -> str:
        return inside(self.namespace, f"arping -c 1 -w 1 -I {self.device} {self.target}")


@frozen(kw_only=True)
class RouteLookup:
    """What the kernel would do with a packet: `ip route get`; with `source` and `device`, one that came in there."""

    namespace: str | None
    target: str
    source: str | None = None
    device: str | None = None

    def command(self) -> str:
        origin = f" from {self.source} iif {self.device}" if self.source and self.device else ""
        return inside(self.namespace, f"ip route get {self.target}{origin}")


Probe: TypeAlias = Ping | Connect | Arping | RouteLookup


@st.composite
def probes(draw: st.DrawFn, topology: Topology, kinds: Sequence[type[Probe]] = (Ping, RouteLookup)) -> Probe:
    """A probe from one of the topology's namespaces to an address of it, an unused address, or a broadcast address."""
    namespace = draw(st.sampled_from(topology.probing_namespaces))
    devices = topology.devices(namespace)
    target = draw(_targets(topology))
    kind = draw(st.sampled_from([kind for kind in kinds if topology.version == 4 or kind is not Arping]))
    if kind is Connect:
        return Connect(
            namespace=namespace, target=target, port=draw(st.sampled_from([80, 81])), udp=draw(st.booleans())
        )
    if kind is Arping:
        return Arping(namespace=namespace, target=target, device=draw(st.sampled_from(devices)))
    if kind is RouteLookup:
        source = draw(st.one_of(st.none(), _targets(topology)))
        return RouteLookup(namespace=namespace, target=target, source=source, device=draw(st.sampled_from(devices)))
    return Ping(
        namespace=namespace,
        target=target,
        count=draw(st.sampled_from([1, 1, 1, 2])),
        size=draw(st.sampled_from([None, None, None, 0, 1000, 1472, 1473, 3000])),
        df=draw(st.sampled_from([False, False, True])),
        ttl=draw(st.sampled_from([None, None, None, 1, 2])),
        device=draw(st.one_of(st.none(), st.none(), st.sampled_from(devices))),
        broadcast=target.endswith(".255"),
    )


@st.composite
def _targets(draw: st.DrawFn, topology: Topology) -> str:
    own = [str(assigned.interface.address) for assigned in topology.addresses]
    network = topology.addresses[0].interface.network
    if topology.version == 6:
        odd = ["::1", str(unused_address(topology)), "2001:db8::1"]
    else:
        odd = ["127.0.0.1", str(network.last), str(unused_address(topology)), "192.0.2.1"]
    return draw(st.sampled_from([*own, *own, *odd]))
