"""iptables for bridged packets (net/bridge/br_netfilter_hooks.c): fragmentation, and DNAT to another station."""

from __future__ import annotations

import pytest

from tests.kernel.wires import device, echo, lost, packets, put, watched
from tests.machines import bridged, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason


@pytest.mark.parametrize(("df", "pieces"), [(True, []), (False, [1396, 44])])
def test_a_bridged_packet_longer_than_the_mtu_is_fragmented_or_dropped(df: bool, pieces: list[int]) -> None:
    """br_nf_dev_queue_xmit: with bridge-nf-call-iptables 1."""
    lab = bridged(2, watch=True)
    assert ping(lab, "h1", "10.0.0.2")
    typed(lab, "ip link set p2 mtu 1400")
    seen = watched(lab, "h2", "eth0")
    put(lab, "h1", "eth0", echo("10.0.0.1", "10.0.0.2", size=1392, df=df), device(lab, "h2", "eth0").mac)
    assert [each.length for each in packets(each for each in seen if not each.outgoing)] == pieces


def publishing(to: str) -> Lab:
    """The bridge's host, 10.0.0.254, sends to another address what is for 10.0.0.2."""
    lab = bridged(3, watch=True)
    typed(
        lab,
        f"""
        ip addr add 10.0.0.254/24 dev br0
        sysctl -qw net.ipv4.ip_forward=1
        ip netns exec h1 ping -c 1 10.0.0.2
        iptables -t nat -A PREROUTING -d 10.0.0.2 -p icmp -j DNAT --to-destination {to}
    """,
    )
    return lab


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_bridged_packet_goes_to_the_station_that_dnat_names(asked_before: bool) -> None:
    """br_nf_pre_routing_finish; the first packet waits until the host has asked who that is."""
    lab = publishing("10.0.0.3")
    if asked_before:
        typed(lab, "ping -c 1 10.0.0.3")
    there = watched(lab, "h3", "eth0")
    result = ping(lab, "h1", "10.0.0.2")
    assert "64 bytes from 10.0.0.2: icmp_seq=1" in result.stdout
    assert [str(each.destination) for each in packets(each for each in there if not each.outgoing)] == ["10.0.0.3"]


def test_a_bridged_packet_that_is_sent_to_the_host_itself_is_answered_by_it() -> None:
    lab = publishing("10.0.0.254")
    there = watched(lab, "h2", "eth0")
    assert "64 bytes from 10.0.0.2: icmp_seq=1" in ping(lab, "h1", "10.0.0.2").stdout
    assert packets(there) == []


@pytest.mark.parametrize(
    ("to", "forward", "answered", "reasons"),
    [
        ("10.0.0.3", 1, True, []),
        ("10.0.0.3", 0, False, [DropReason.IP_INADDRERRORS]),
        ("10.0.0.254", 0, True, []),
        ("10.9.9.9", 1, False, [DropReason.ROUTE_BLACKHOLE]),
        ("10.9.9.9", 0, False, [DropReason.IP_INADDRERRORS]),
        ("127.0.0.1", 1, False, [DropReason.IP_INVALID_SOURCE]),
        ("0.0.0.0", 1, False, [DropReason.IP_INNOROUTES]),
    ],
)
def test_where_a_bridged_packet_may_be_sent_to(
    to: str, forward: int, answered: bool, reasons: list[DropReason]
) -> None:
    """Captured: whether ping is answered; a host that does not forward sends nothing to another station either."""
    lab = publishing(to)
    typed(
        lab,
        f"""
        sysctl -qw net.ipv4.ip_forward={forward}
        ip route add blackhole 10.9.9.9
    """,
    )
    assert bool(ping(lab, "h1", "10.0.0.2")) is answered
    assert lost(lab, namespace="host")[: len(reasons)] == reasons


def test_a_packet_that_waited_while_its_port_left_the_bridge_is_lost() -> None:
    """With an address of its own, which does not change with its ports: that would make it forget whom it asks."""
    lab = publishing("10.0.0.200")
    typed(lab, "ip link set br0 address 02:00:00:00:00:77")
    lab.run("ip netns exec h1 ping -c 1 -W 0.1 10.0.0.2")
    typed(
        lab,
        """
        ip link set p1 nomaster
        ip -n h3 addr add 10.0.0.200/24 dev eth0
    """,
    )
    there = watched(lab, "h3", "eth0")
    lab.events.clear()
    lab.sleep(2)
    assert lost(lab, namespace="host") == [DropReason.NO_TX_TARGET]
    assert all(str(each.source) != "10.0.0.1" for each in packets(there))
