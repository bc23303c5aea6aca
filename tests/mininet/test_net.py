"""A network built node by node: addresses, links, and what is deleted again."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.net import Mininet, MininetWithControlNet
from vnetsim.mininet.nodelib import LinuxBridge
from vnetsim.mininet.switches import OVSSwitch
from vnetsim.mininet.topo import SingleSwitchTopo


def two() -> Mininet:
    net = Mininet(topo=SingleSwitchTopo(2), switch=LinuxBridge, controller=None)
    net.start()
    return net


def test_hosts_get_the_next_address_of_the_base(emulation: Emulation) -> None:
    del emulation
    net = Mininet(ipBase="10.1.2.0/24", autoSetMacs=True, controller=None)
    hosts = [net.addHost(name) for name in ("a", "b")]
    assert [host.params["ip"] for host in hosts] == ["10.1.2.1/24", "10.1.2.2/24"]
    assert hosts[1].params["mac"] == "00:00:00:00:00:02"
    assert Mininet(ipBase="10.1.2.9/24").addHost("c").params["ip"] == "10.1.2.9/24"


def test_a_link_that_is_deleted_is_gone(emulation: Emulation) -> None:
    net = two()
    assert net.pingAll() == 0
    net.delLinkBetween(net["h1"], net["s1"])
    assert net["h1"].intfList() == []
    assert "s1-eth1" not in emulation.run("ip link")
    assert net.pingAll(timeout=1) == 100


def test_nodes_are_found_by_name_and_deleted(emulation: Emulation) -> None:
    net = two()
    assert net.get("h1", "s1") == [net["h1"], net["s1"]]
    assert (list(net), len(net), "h2" in net) == (["h1", "h2", "s1"], 3, True)
    del net["h2"]
    assert (list(net), "h2" in emulation.run("ip netns list")) == (["h1", "s1"], False)


def test_the_end_leaves_nothing(emulation: Emulation) -> None:
    net = two()
    net.stop()
    assert emulation.run("ip netns list") == ""
    assert emulation.run("ip -br link").splitlines()[1:] == []
    again = two()
    assert again.pingAll() == 0


def test_a_link_down_stops_packets(emulation: Emulation) -> None:
    del emulation
    net = two()
    net.configLinkStatus("h1", "s1", "down")
    assert net.pingAll(timeout=1) == 100
    net.configLinkStatus("h1", "s1", "up")
    assert net.pingPair() == 0


@pytest.mark.parametrize(
    ("ends", "said"), [(("h9", "s1"), "src not in network: h9"), (("h1", "s9"), "dst not in network: s9"),
                       (("h1", "h2"), "src and dst not connected: h1 h2")],
)  # fmt: skip
def test_links_that_are_not_there(
    emulation: Emulation, ends: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del emulation
    two().configLinkStatus(*ends, "down")
    assert capsys.readouterr().err == f"{said}\n"


def test_a_switch_that_never_connects_is_named(emulation: Emulation, capsys: pytest.CaptureFixture[str]) -> None:
    del emulation
    net = two()
    net.switches[0].connected = lambda: False
    assert not net.waitConnected(timeout=2)
    assert "Warning: s1 is not connected to a controller" in capsys.readouterr().err


def test_lines_of_several_hosts(emulation: Emulation) -> None:
    del emulation
    net = two()
    for host in net.hosts:
        host.sendCmd(f"ping -c2 {net.hosts[0].IP()}")
    seen = []
    for host, line in net.monitor(net.hosts, timeoutms=200):
        seen += [host.name] if host and "icmp_seq" in (line or "") else []
        if not any(each.waiting for each in net.hosts):
            break
    assert sorted(seen) == ["h1", "h1", "h2", "h2"]


def test_a_control_network_is_refused(emulation: Emulation) -> None:
    with pytest.raises(NotModelled, match="a control network"):
        MininetWithControlNet()
    with pytest.raises(NotModelled, match="a control network"):
        Mininet(inNamespace=True)
    with pytest.raises(NotModelled, match="the switch s1 in a namespace"):
        OVSSwitch("s1", inNamespace=True)
    assert len(emulation.lab.failures) == 3
