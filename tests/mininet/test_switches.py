"""Switches: what forwards, by which assumption, and what is refused."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.mininet.controllers import Controller, RemoteController, Ryu
from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.net import Mininet
from vnetsim.mininet.switches import IVSSwitch, OVSBridge, OVSSwitch, Switch, UserSwitch
from vnetsim.mininet.topo import SingleSwitchTopo

LEARNING = "switches of the class OVSSwitch forward as learning switches, by the default controller"


@pytest.mark.parametrize(
    ("switch", "controller", "lost", "assumed"),
    [
        (OVSSwitch, Controller, 0, LEARNING),
        (OVSSwitch, None, 100, "s1 forwards nothing: OVSSwitch has no controller, and its fail mode is secure"),
        (OVSBridge, None, 0, "switches of the class OVSBridge forward as Linux bridges do"),
        (OVSBridge, Controller, 0, "switches of the class OVSBridge forward as Linux bridges do"),
    ],
)  # fmt: skip
def test_who_forwards(emulation: Emulation, switch: type[Switch], controller: object, lost: int, assumed: str) -> None:
    net = Mininet(topo=SingleSwitchTopo(2), switch=switch, controller=controller)
    net.start()
    assert net.pingAll(timeout=1) == lost
    assert emulation.lab.shortfall.assumptions == (assumed,)


@pytest.mark.parametrize("kind", [RemoteController, Ryu])
def test_other_controllers_are_refused(emulation: Emulation, kind: type[Controller]) -> None:
    with pytest.raises(NotModelled, match=f"{kind.__name__} c0: an OpenFlow controller"):
        kind("c0", ip="192.0.2.1")
    with pytest.raises(NotModelled, match="the controller c1: python"):
        Controller("c1", command="python")
    assert len(emulation.lab.failures) == 2


@pytest.mark.parametrize("kind", [UserSwitch, IVSSwitch])
def test_switches_in_user_space_are_refused(emulation: Emulation, kind: type[Switch]) -> None:
    with pytest.raises(NotModelled, match=f"{kind.__name__} s1"):
        kind("s1")
    del emulation


def test_flow_rules_are_refused(emulation: Emulation) -> None:
    switch = OVSSwitch("s1")
    with pytest.raises(NotModelled, match="ovs-ofctl dump-flows: the flow table of s1"):
        switch.dpctl("dump-flows")
    with pytest.raises(NotModelled, match="ovs-vsctl show"):
        switch.vsctl("show")
    assert [failure.command for failure in emulation.lab.failures] == ["", ""]


def test_the_datapath_id_comes_from_the_name(emulation: Emulation) -> None:
    del emulation
    assert Switch("s18").dpid == "0000000000000012"
    assert Switch("edge", dpid="00:0a").dpid == "000000000000000a"
    with pytest.raises(Exception, match="Unable to derive default datapath ID"):
        Switch("core")


def test_an_interface_is_attached_later(emulation: Emulation) -> None:
    net = Mininet(topo=SingleSwitchTopo(2), switch=OVSBridge, controller=None)
    net.start()
    host, switch = net.addHost("h3"), net["s1"]
    link = net.addLink(host, switch)
    host.setIP("10.0.0.3", 8)
    assert host.cmd("ping -c1 -W1 10.0.0.1").count("1 received") == 0
    switch.attach(link.intf2)
    emulation.lab.sleep(2)
    assert "1 received" in host.cmd("ping -c1 -W1 10.0.0.1")
    switch.detach(link.intf2)
    assert "s1-eth3" not in emulation.run("brctl show")


def test_ports_of_open_vswitch_by_its_database(emulation: Emulation) -> None:
    net = Mininet(topo=SingleSwitchTopo(2), switch=OVSBridge, controller=None)
    net.start()
    host, switch = net.addHost("h3"), net["s1"]
    link = net.addLink(host, switch, port2=9)
    host.setIP("10.0.0.3", 8)
    assert switch.cmd("ovs-vsctl get Interface", link.intf2, "ofport") == "9\r\n"
    assert switch.cmd(f"ovs-vsctl add-port s1 {link.intf2} -- set Interface {link.intf2} ofport_request=9") == ""
    assert "1 received" in host.cmd("ping -c1 -W1 10.0.0.1")
    learned = emulation.run("bridge fdb show br s1")
    assert host.MAC() in learned
    assert switch.dpctl("del-flows") == ""
    assert host.MAC() not in emulation.run("bridge fdb show br s1")
    assert switch.cmd("ovs-vsctl del-port s1", link.intf2) == ""
    assert "s1-eth9" not in emulation.run("brctl show")
    for line in (
        "ovs-vsctl get Interface nosuch ofport",
        "ovs-vsctl add-port s2 s1-eth9",
        "ovs-vsctl set-fail-mode s1 secure",
    ):
        with pytest.raises(NotModelled, match=line):
            switch.cmd(line)
