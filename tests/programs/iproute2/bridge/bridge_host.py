"""A bridge with two ports, for tests of `bridge`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork, FakeProcess, run
from tests.programs.iproute2.ip.ip_host import LO, device, veth
from vnetsim.observations import FdbEntry
from vnetsim.programs.iproute2 import bridge
from vnetsim.wire.mac import Mac

PORT = {"state": "forwarding", "priority": 32, "cost": 2}
BR0 = device(2, "br0", "bridge", flags=("BROADCAST", "MULTICAST", "UP", "LOWER_UP"), state="UP")
BR1 = device(3, "br1", "bridge")
#: The other end of pa is in another namespace, with the number that br0 has here.
PA = veth(4, "pa", 2, master="br0", port=PORT)
PBX = veth(5, "pbx", "pb", peer_index=6, flags=("BROADCAST", "MULTICAST"), state="DOWN")
PB = veth(
    6, "pb", "pbx", peer_index=5, flags=("BROADCAST", "MULTICAST", "UP"), state="LOWERLAYERDOWN", lower_down=True,
    master="br0", port={**PORT, "state": "disabled"},
)  # fmt: skip


@attrs.define
class Bridged(FakeNetwork):
    entries: Sequence[FdbEntry] = ()

    def fdb(self) -> Sequence[FdbEntry]:
        return self.entries


def entry(mac: str, dev: str, state: str = "permanent", **changes: Any) -> FdbEntry:
    return FdbEntry(**{"mac": Mac.parse(mac), "device": dev, "state": state, **changes})


ENTRIES = [
    entry("33:33:00:00:00:01", "br0", itself=True),
    entry("96:b7:b1:2f:88:29", "br0", master="br0"),
    entry("33:33:00:00:00:01", "br1", itself=True),
    entry("02:00:00:00:00:57", "pa", "", master="br0", used_seconds=3, updated_seconds=7),
    entry("02:00:00:00:00:56", "pa", "static", master="br0"),
    entry("02:00:00:00:01:0a", "pa", master="br0"),
    entry("01:00:5e:00:00:01", "pa", itself=True),
    entry("02:00:00:00:01:0b", "pb", master="br0"),
]


def bridge_(command: str, *, refuse: Callable[[Any], None] = lambda _: None) -> tuple[Ended, list[Any]]:
    """Run `bridge ...`: how it ended, and what it asked of the kernel."""
    network = Bridged((LO, BR0, BR1, PA, PBX, PB), (), refuse, entries=ENTRIES)
    process = FakeProcess(shlex.split(command), FakeContext(network=network, files=FakeFiles()))
    return run(bridge.main, process), network.executed


def said(command: str) -> str:
    """What a command prints that must succeed without a word on standard error."""
    ended, _ = bridge_(command)
    assert (ended.status, ended.err) == (0, "")
    return ended.out
