"""What the kernel refuses of `bridge mdb` (recorded on Linux 6.18: brvlan_mdb_static, mdb_snooping and by hand)."""

from __future__ import annotations

import pytest

from tests.kernel.bridge.test_mdb import bridged
from tests.machines import typed


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ("dev br0 port pa grp 10.1.1.2", "Error: IPv4 entry group address is not multicast or 0.0.0.0."),
        ("dev br0 port pa grp 0.0.0.0", "Error: bridge: IPv4 entry group address 0.0.0.0 is not allowed."),
        ("dev br0 port pa grp 224.0.0.1", "Error: IPv4 entry group address is local multicast."),
        ("dev br0 port pa grp ff02::1", "Error: IPv6 entry group address is link-local all nodes."),
        ("dev br0 port pa grp 02:00:00:00:00:01", "Error: L2 entry group is not multicast."),
        ("dev br0 port pa grp 01:00:00:00:00:01", "Error: bridge: Only permanent L2 entries allowed."),
        ("dev br0 port pa grp 239.1.1.1", "Error: bridge: (*, G) group is already joined by port."),
        ("dev br0 port br0 grp 239.1.1.9", "Error: bridge: Group is already joined by host."),
        ("dev br0 port br0 grp 239.1.1.8 permanent", "Error: bridge: Flags are not allowed for host groups."),
        ("dev br0 port pa grp 239.7.7.7 src 239.1.1.1", "Error: bridge: IPv4 multicast source address is not allowed."),
        ("dev br0 port pa grp 239.7.7.7 src ff02::2", "Error: bridge: IPv4 invalid source address length."),
        ("dev br0 port pa grp 239.7.7.7 permanent vid 5000", "Error: Invalid entry VLAN id."),
        ("dev br0 port lo grp 239.7.7.7", "Error: bridge: Net device is not a bridge port."),
        ("dev br1 port pa grp 239.7.7.7", "Error: bridge: Port belongs to a different bridge device."),
        ("dev pa port pb grp 239.7.7.7", "Error: Device does not support MDB operations."),
        ("dev br2 port br2 grp 239.7.7.7", "Error: bridge: Bridge device is not running."),
        ("dev br0 port off grp 239.7.7.7", "Error: bridge: Port is in disabled state and entry is not permanent."),
        ("dev br0 port pa grp bogus", 'Invalid address "bogus"'),
        ("dev nosuch port pa grp 239.7.7.7", 'Cannot find device "nosuch"'),
        ("dev br0 grp 239.7.7.7", "Device, group address and port name are required arguments."),
    ],
)
def test_add(what: str, refusal: str) -> None:
    lab = bridged()
    typed(
        lab,
        """
        ip link add br1 up type bridge
        ip link add br2 type bridge
        ip link add off type dummy
        ip link set off master br0
        bridge mdb add dev br0 port pa grp 239.1.1.1
        bridge mdb add dev br0 port br0 grp 239.1.1.9
    """,
    )
    answer = lab.run(f"bridge mdb add {what}")
    assert (answer.exit_code, answer.stderr) == (255, f"{refusal}\n")


def test_what_is_not_there_is_not_deleted() -> None:
    answer = bridged().run("bridge mdb del dev br0 port pa grp 239.6.6.6")
    assert (answer.exit_code, answer.stderr) == (255, "RTNETLINK answers: Invalid argument\n")
