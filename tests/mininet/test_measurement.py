"""What pings and iperf say is read as Mininet reads it."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.failures import FailureKind
from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.link import TCLink
from vnetsim.mininet.measurement import Measurement
from vnetsim.mininet.net import Mininet
from vnetsim.mininet.nodelib import LinuxBridge
from vnetsim.mininet.topo import SingleSwitchTopo


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3 packets transmitted, 2 received, 33% packet loss", (3, 2)),
        ("ping: connect: Network is unreachable", (1, 0)),
        ("1 packets transmitted, 1 packets received, 0% loss", (1, 1)),
        ("nonsense", (1, 0)),
    ],
)
def test_pings(text: str, found: tuple[int, int]) -> None:
    assert Measurement._parsePing(text) == found


def test_speeds() -> None:
    assert Measurement._parseIperf("a 1 Gbits/sec\nb 9.5 Mbits/sec\n") == "9.5 Mbits/sec"
    assert Measurement._parseIperf("nothing") == ""


def test_times_of_all_pairs(emulation: Emulation, capsys: pytest.CaptureFixture[str]) -> None:
    del emulation
    net = Mininet(topo=SingleSwitchTopo(2), switch=LinuxBridge, controller=None)
    net.start()
    results = net.pingAllFull()
    assert [(node.name, dest.name, found[:2]) for node, dest, found in results] == [
        ("h1", "h2", (1, 1)),
        ("h2", "h1", (1, 1)),
    ]
    assert " h1->h2: 1/1, rtt min/avg/max/mdev 0.0" in capsys.readouterr().err
    net["h2"].cmd("ifconfig h2-eth0 down")
    assert net.pingPairFull()[0][2] == (1, 0, 0, 0, 0, 0)


def test_nothing_to_ping(emulation: Emulation, capsys: pytest.CaptureFixture[str]) -> None:
    del emulation
    assert Mininet(controller=None).pingAll() == 0
    assert "*** Warning: No packets sent" in capsys.readouterr().err


def test_the_cpu_is_not_measured(emulation: Emulation) -> None:
    with pytest.raises(NotModelled, match="a measurement of the CPU"):
        Mininet(controller=None).runCpuLimitTest(0.5)
    assert emulation.lab.failures


@pytest.mark.parametrize("kind", ["TCP", "UDP"])
def test_the_speed_of_a_link(emulation: Emulation, kind: str) -> None:
    net = Mininet(topo=SingleSwitchTopo(2, lopts={"bw": 5}), link=TCLink, switch=LinuxBridge, controller=None)
    net.start()
    speeds = net.iperf(l4Type=kind, udpBw="3M", seconds=2)
    expected = {"TCP": 4.7, "UDP": 3.15}[kind]
    assert [float(speed.split()[0]) for speed in speeds[-2:]] == pytest.approx([expected] * 2, rel=0.05)
    assert all(speed.endswith(" Mbits/sec") for speed in speeds[-2:])
    assert emulation.lab.failures == ()


def test_a_link_without_a_limit_has_no_speed(emulation: Emulation, capsys: pytest.CaptureFixture[str]) -> None:
    net = Mininet(topo=SingleSwitchTopo(2), switch=LinuxBridge, controller=None)
    net.start()
    net.iperf()
    assert "vnetsim: not modelled: the speed of a path without a limit" in capsys.readouterr().err
    assert [failure.kind for failure in emulation.lab.failures] == [FailureKind.NOT_MODELLED]
