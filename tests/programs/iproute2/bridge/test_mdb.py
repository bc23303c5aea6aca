"""`bridge mdb` as iproute2 6.1 prints it (mdb_snooping, Linux 6.18)."""

from __future__ import annotations

from tests.kernel.bridge.test_mdb import bridged
from tests.machines import typed


def test_forms() -> None:
    lab = bridged()
    typed(
        lab,
        """
        bridge mdb add dev br0 port pa grp 239.3.3.3 permanent
        bridge mdb add dev br0 port br0 grp 239.4.4.4
        bridge mdb add dev br0 port pa grp 239.5.5.6 src 10.0.0.9 temp
        bridge mdb add dev br0 port pa grp 239.5.5.5 vid 10
    """,
    )
    assert lab.run("bridge mdb").stdout == (
        "dev br0 port pa grp 239.5.5.5 temp vid 10\ndev br0 port pa grp 239.5.5.6 src 10.0.0.9 temp\n"
        "dev br0 port br0 grp 239.4.4.4 temp\ndev br0 port pa grp 239.3.3.3 permanent\n"
    )
    assert lab.run("bridge -d -s mdb show").stdout.splitlines()[-2:] == [
        "dev br0 port br0 grp 239.4.4.4 temp  259.99",
        "dev br0 port pa grp 239.3.3.3 permanent proto static     0.00",
    ]
    typed(lab, "bridge link set dev pb mcast_router 2")
    assert lab.run("bridge -d mdb show").stdout.endswith("router ports on br0: pb \n")
    assert lab.run("bridge -d -j mdb show").exit_code == 2
    assert lab.run("bridge mdb bogus").stderr == 'Command "bogus" is unknown, try "bridge mdb help".\n'
