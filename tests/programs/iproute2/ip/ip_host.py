"""A small host for tests of `ip`: the devices of the captured outputs, and a way to run a command against them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeMachine, FakeNetwork, FakeProcess, run
from vnetsim.observations import AddressEntry, Link, Statistics
from vnetsim.programs.iproute2 import ip
from vnetsim.wire.inet import parse_address
from vnetsim.wire.mac import BROADCAST, UNKNOWN, Mac

LO = Link(
    index=1, name="lo", kind=None, flags=("LOOPBACK", "UP", "LOWER_UP"), mtu=65536, qdisc="noqueue", state="UNKNOWN",
    qlen=1000, link_type="loopback", mac=UNKNOWN, broadcast=UNKNOWN,
)  # fmt: skip


def veth(index: int, name: str, peer: str | int, **changes: Any) -> Link:
    """One end of a pair; the peer is a name here, or an index in the namespace with id 0."""
    values: dict[str, Any] = {
        "index": index, "name": name, "kind": "veth", "flags": ("BROADCAST", "MULTICAST", "UP", "LOWER_UP"),
        "mtu": 1500, "min_mtu": 68, "max_mtu": 65535, "qdisc": "noqueue", "state": "UP", "qlen": 1000,
        "link_type": "ether", "mac": Mac(0x0200_0000_0000 + index), "broadcast": BROADCAST,
    }  # fmt: skip
    if isinstance(peer, str):
        values |= {"peer_index": 5 - index, "peer_name": peer}
    else:
        values |= {"peer_index": peer, "peer_netnsid": 0}
    return Link(**{**values, **changes})


def device(index: int, name: str, kind: str, **changes: Any) -> Link:
    """A device of any kind, down and never up."""
    values: dict[str, Any] = {
        "index": index, "name": name, "kind": kind, "flags": ("BROADCAST", "MULTICAST"), "mtu": 1500, "min_mtu": 68,
        "max_mtu": 65535, "qdisc": "noop", "state": "DOWN", "qlen": 1000, "link_type": "ether",
        "mac": Mac(0x0200_0000_0000 + index), "broadcast": BROADCAST,
    }  # fmt: skip
    return Link(**{**values, **changes})


def inet(on: Link, text: str, **changes: Any) -> AddressEntry:
    """An address of a device: `10.0.0.1/24`."""
    address, _, length = text.partition("/")
    values: dict[str, Any] = {
        "index": on.index,
        "device": on.name,
        "address": parse_address(address),
        "length": int(length),
        "label": on.name if ":" not in address else None,
    }
    return AddressEntry(**{**values, **changes})


#: v1 (2) and v0 (3) are a pair in this namespace, v0 in the bridge br0 (4).
V1 = veth(2, "v1", "v0")
V0 = veth(3, "v0", "v1", master="br0", port={"state": "forwarding"})
BR0 = device(
    4, "br0", "bridge", flags=("BROADCAST", "MULTICAST", "UP", "LOWER_UP"), qdisc="noqueue", state="UP",
    mac=Mac(0x0200_0000_00B0), details={"bridge_id": "8000.2:0:0:0:0:b0"},
)  # fmt: skip
COUNTED = Statistics(rx_bytes=577018, rx_packets=403, tx_bytes=577108, tx_packets=404)


def ip_(
    command: str,
    links: Sequence[Link] = (LO, V1, V0, BR0),
    addresses: Sequence[AddressEntry] = (),
    *,
    machine: FakeMachine | None = None,
    refuse: Callable[[Any], None] = lambda _: None,
    files: dict[str, str] | None = None,
    privileged: bool = True,
    in_container: bool = False,
) -> tuple[Ended, list[Any]]:
    """Run `ip ...`: how it ended, and what it asked of the kernel."""
    network = FakeNetwork(links, addresses, refuse)
    context = FakeContext(
        network=network,
        files=FakeFiles(files or {}),
        privileged=privileged,
        read_only_sysctls=in_container,
        release="forky" if in_container else "bookworm",
    )
    process = FakeProcess(shlex.split(command), context, machine or FakeMachine())
    return run(ip.main, process), network.executed


def out(
    command: str,
    links: Sequence[Link] = (LO, V1, V0, BR0),
    addresses: Sequence[AddressEntry] = (),
    *,
    in_container: bool = False,
) -> str:
    """What a command prints that must succeed without a word on standard error."""
    ended, _ = ip_(command, links, addresses, in_container=in_container)
    assert (ended.status, ended.err) == (0, "")
    return ended.out


def cases(text: str) -> list[tuple[str, int, str]]:
    """Commands with the status they end with (`$ ip link set  [255]`), below each what it says on standard error."""
    found = []
    for part in text.split("$ ")[1:]:
        command, _, said = part.partition("\n")
        command, _, status = command.rpartition("  [")
        found.append((command, int(status.rstrip("]")), said))
    return found
