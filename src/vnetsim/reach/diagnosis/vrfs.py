"""What came in by a VRF, and the programs outside of it that do not hear it (net.ipv4.tcp_l3mdev_accept)."""

from __future__ import annotations

from vnetsim.observations import SocketEntry
from vnetsim.reach.endpoints.netns import LabNetns, listeners
from vnetsim.reach.walks.loss import Loss


def vrf_of(netns: LabNetns, loss: Loss) -> str | None:
    """The VRF of the device where a packet was lost: itself, or its master."""
    link = netns.link(loss.event.device)
    if link is None or link.kind == "vrf":
        return None if link is None else link.name
    master = netns.link(link.master) if link.master else None
    return master.name if master is not None and master.kind == "vrf" else None


def listener_outside(netns: LabNetns, loss: Loss, protocol: str, port: int) -> SocketEntry | None:
    """Who listens on that port in no VRF, where the packet came in by one."""
    if vrf_of(netns, loss) is None:
        return None
    heard = (entry for entry in listeners(netns) if entry.local_port == port and entry.protocol == protocol)
    return next((entry for entry in heard if entry.device is None), None)


def accepting(protocol: str) -> str:
    """The sysctl by which listeners in no VRF hear what comes in by all."""
    return f"net.ipv4.{protocol}_l3mdev_accept"
