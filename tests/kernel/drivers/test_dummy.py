"""A device that leads nowhere."""

from __future__ import annotations

from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.record import lab_for


def test_a_dummy_is_up_without_anything_at_its_other_end() -> None:
    lab = Lab(docker=False)
    typed(lab, f"{QUIET}\nip link add dummy0 type dummy\nip link set dummy0 up")
    shown = lab.run("ip link show dummy0").stdout
    assert "dummy0: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN" in shown


def test_its_address_is_the_hosts_and_its_network_swallows_what_is_sent() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        {QUIET}
        ip link set lo up
        ip link add dummy0 type dummy
        ip link set dummy0 up
        ip addr add 10.5.0.1/24 dev dummy0
    """,
    )
    assert lab.run("ping -c 1 -W 1 10.5.0.1")
    assert not lab.run("ping -c 1 -W 1 10.5.0.2")
    assert lab.run("ip neigh").stdout == ""
    assert lab.run("ip -s link show dummy0").stdout.splitlines()[-1].split()[:2] == ["98", "1"]


def test_any_mtu_will_do() -> None:
    lab = Lab(docker=False)
    lab.run("ip link add dummy0 type dummy")
    assert lab.run("ip link set dummy0 mtu 90000")


def test_its_carrier_is_what_a_user_sets_and_that_of_others_is_not() -> None:
    """dummy_basic, recorded on Linux 6.18."""
    lab = Lab(docker=False)
    typed(lab, f"{QUIET}\nip link add dummy0 type dummy\nip link set dummy0 up\nip addr add 10.5.0.1/24 dev dummy0")
    typed(lab, "ip link set dummy0 carrier off")
    assert "dummy0: <NO-CARRIER,BROADCAST,NOARP,UP> mtu 1500 qdisc noqueue state DOWN" in lab.run("ip link").stdout
    assert "10.5.0.0/24 dev dummy0 proto kernel scope link src 10.5.0.1 linkdown" in lab.run("ip route").stdout
    typed(lab, "ip link set dummy0 carrier on")
    assert "state UP " in lab.run("ip link show dummy0").stdout
    typed(lab, "ip link add br0 type bridge")
    assert lab.run("ip link set br0 carrier off").stderr == "RTNETLINK answers: Operation not supported\n"


def test_a_kernel_without_it_does_not_know_the_kind() -> None:
    lab = lab_for("kernel", "")
    for kind in ("dummy", "vlan id 5", "ipvlan"):
        assert lab.run(f"ip link add x0 link lo type {kind}").output == "Error: Unknown device type.\n"
