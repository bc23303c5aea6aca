"""Interfaces: addresses, MACs, names, and links with tc."""

from __future__ import annotations

import pytest

from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.hosts import Host
from vnetsim.mininet.interfaces import Intf
from vnetsim.mininet.link import Link, TCLink
from vnetsim.mininet.tcintf import TCIntf


def pair(**params: object) -> tuple[Host, Host, Link]:
    one, other = Host("h1"), Host("h2")
    link = TCLink(one, other, **params)
    one.setIP("10.0.0.1", 24)
    other.setIP("10.0.0.2", 24)
    return one, other, link


def test_a_link_is_a_veth_pair(emulation: Emulation) -> None:
    one, other, link = pair()
    emulation.lab.sleep(2)
    assert (str(link), link.status(), link.intf1.IP(), link.intf1.isUp()) == (
        "h1-eth0<->h2-eth0", "(OK OK)", "10.0.0.1", True)  # fmt: skip
    assert "1 received" in one.cmd("ping -c1 10.0.0.2")
    assert one.connectionsTo(other) == [(link.intf1, link.intf2)]
    link.delete()
    assert one.intfList() == other.intfList() == []


def test_addresses_are_read_back(emulation: Emulation) -> None:
    del emulation
    one, _, link = pair()
    one.cmd("ifconfig h1-eth0 10.0.0.9/24")
    assert (link.intf1.IP(), link.intf1.updateIP(), one.IP()) == ("10.0.0.1", "10.0.0.9", "10.0.0.9")
    link.intf1.setMAC("02:00:00:00:00:09")
    assert link.intf1.updateAddr() == ("10.0.0.9", "02:00:00:00:00:09")
    with pytest.raises(Exception, match=r"No prefix length set for IP address 10.0.0.7"):
        link.intf1.setIP("10.0.0.7")


def test_an_interface_gets_another_name(emulation: Emulation) -> None:
    del emulation
    one, _, link = pair()
    link.intf1.rename("uplink")
    assert (one.intfNames(), one.intf("uplink"), "uplink" in one.cmd("ip link")) == (["uplink"], link.intf1, True)


def test_an_interface_that_cannot_be_set_up(emulation: Emulation, capsys: pytest.CaptureFixture[str]) -> None:
    del emulation
    host = Host("h1")
    assert Intf("nosuch0", node=host, moveIntfFn=lambda *_: None).status() == "MISSING"
    assert "Error setting nosuch0 up" in capsys.readouterr().err


def test_delay_and_loss(emulation: Emulation) -> None:
    one, _, _ = pair(delay="5ms")
    emulation.lab.sleep(2)
    assert "delay 5ms" in one.cmd("tc qdisc show dev h1-eth0")
    assert "time=20.0 ms" in one.cmd("ping -c1 10.0.0.2") or "time=10.0 ms" in one.cmd("ping -c1 10.0.0.2")
    assert emulation.lab.failures == ()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"bw": 10}, ["htb default 1", "htb rate 10.000000Mbit burst 15k"]),
        ({"bw": 10, "use_tbf": True}, ["tbf rate 10.000000Mbit burst 15000 latency 12.000000ms"]),
        ({"bw": 10, "use_hfsc": True}, ["hfsc default 1", "hfsc sc rate 10.000000Mbit ul rate 10.000000Mbit"]),
        ({"bw": 2000}, []),
        ({"bw": 10, "enable_ecn": True}, ["htb default 1", "burst 15k", "probability 1 ecn"]),
    ],
)
def test_commands_of_tc(emulation: Emulation, params: dict[str, float], words: list[str]) -> None:
    del emulation
    intf = TCIntf("h1-eth0", node=Host("h1"), moveIntfFn=lambda *_: None)
    commands, _ = intf.bwCmds(**params)  # type: ignore[arg-type]
    assert [command.endswith(word) for command, word in zip(commands, words, strict=True)] == [True] * len(words)


@pytest.mark.parametrize("params", [{"use_hfsc": True}, {"enable_ecn": True}, {"enable_red": True}])
def test_other_disciplines_of_links(emulation: Emulation, params: dict[str, bool]) -> None:
    one, *_ = pair(bw=10, **params)
    assert "1 received" in one.cmd("ping -c1 10.0.0.2")
    assert emulation.lab.failures == ()


def test_what_tc_does_not_model_makes_the_lab_incomplete(
    emulation: Emulation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TCIntf, "bwCmds", lambda *_args, **_kwargs: (["%s qdisc add dev %s root multiq"], ""))
    pair(bw=10)
    assert "*** Error: vnetsim: not modelled: the queueing discipline multiq" in capsys.readouterr().err
    assert {failure.message for failure in emulation.lab.failures} >= {
        "vnetsim: not modelled: the queueing discipline multiq"
    }
