"""Devices without the program at their other end (recorded on Linux 6.18: tun_tap)."""

from __future__ import annotations

import pytest

from tests.machines import QUIET, typed
from vnetsim import Lab


def made(mode: str) -> Lab:
    lab = Lab(docker=False)
    typed(lab, f"{QUIET}\nip tuntap add dev x0 mode {mode}\nip link set x0 up")
    return lab


@pytest.mark.parametrize(
    ("mode", "flags", "rest"),
    [
        ("tap", "NO-CARRIER,BROADCAST,MULTICAST,UP", "qlen 1000"),
        ("tun", "NO-CARRIER,POINTOPOINT,MULTICAST,NOARP,UP", "qlen 500"),
    ],
)
def test_without_a_program_there_is_no_carrier(mode: str, flags: str, rest: str) -> None:
    shown = made(mode).run("ip link show x0").stdout
    assert f"x0: <{flags}> mtu 1500 qdisc pfifo_fast state DOWN mode DEFAULT group default {rest}" in shown


def test_a_tun_has_no_link_layer_address() -> None:
    assert "    link/none \n" in made("tun").run("ip link show x0").stdout


def test_what_is_sent_is_lost() -> None:
    lab = made("tap")
    lab.run("ip addr add 10.0.0.1/24 dev x0")
    assert not lab.run("ping -c 1 -W 1 10.0.0.2")
    assert "10.0.0.0/24 dev x0 proto kernel scope link src 10.0.0.1 linkdown" in lab.run("ip route").stdout
    counters = lab.run("ip -s link show x0").stdout.splitlines()[-1].split()
    assert counters[:4] == ["0", "0", "0", "1"]


def test_a_tap_can_be_a_bridge_port_and_a_tun_cannot() -> None:
    for mode, can in (("tap", True), ("tun", False)):
        lab = made(mode)
        lab.run("ip link add br0 type bridge")
        assert bool(lab.run("ip link set x0 master br0")) is can


def test_a_name_is_found_where_none_was_said() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip tuntap add mode tap\nip tuntap add mode tap\nip tuntap add mode tun")
    assert lab.run("ip tuntap").stdout == "tap0: tap persist\ntap1: tap persist\ntun0: tun persist\n"


def test_netlink_makes_none() -> None:
    result = Lab(docker=False).run("ip link add x0 type tun")
    assert result.output == "Error: tun/tap creation via rtnetlink is not supported.\n"


@pytest.mark.parametrize(("mode", "longest"), [("tap", 65521), ("tun", 65535)])
def test_the_longest_mtu_leaves_room_for_the_ethernet_header(mode: str, longest: int) -> None:
    lab = made(mode)
    assert f"minmtu 68 maxmtu {longest} " in lab.run("ip -d link show x0").stdout
    assert lab.run(f"ip link set x0 mtu {longest}")
    assert not lab.run(f"ip link set x0 mtu {longest + 1}")


def test_options_are_remembered() -> None:
    lab = Lab(docker=False)
    lab.run("ip tuntap add dev x0 mode tap pi vnet_hdr multi_queue user root")
    shown = lab.run("ip -d link show x0").stdout
    assert "tun type tap pi on vnet_hdr on multi_queue " in shown
    assert "numtxqueues 256 numrxqueues 256 " in shown
