"""`vnetsim mn` as Mininet's command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main

#: Two hosts at each of two switches in a row.
CUSTOM = """
from mininet.topo import Topo

class Mine(Topo):
    def build(self, count=2):
        last = None
        for number in range(1, count + 1):
            switch = self.addSwitch(f"s{number}")
            self.addLink(self.addHost(f"h{number}"), switch)
            if last:
                self.addLink(last, switch)
            last = switch

topos = {"mine": Mine}
tests = {"mytest": lambda net: print("tested", len(net.hosts))}
"""


def mn(*args: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["mn", *args], input=stdin)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("topology", "sent"),
    [("minimal", 2), ("single,3", 6), ("reversed,3", 6), ("linear,3", 6), ("linear,2,2", 12), ("tree,2", 12),
     ("tree,depth=1,fanout=3", 6)],
)  # fmt: skip
@pytest.mark.parametrize("switch", ["lxbr", "ovsbr"])
def test_all_hosts_of_a_topology_reach_each_other(topology: str, sent: int, switch: str) -> None:
    status, _, err = mn("--topo", topology, "--switch", switch, "--test", "pingall")
    assert status == 0
    assert f"*** Results: 0% dropped ({sent}/{sent} received)" in err


def test_a_torus_with_spanning_tree() -> None:
    status, _, err = mn("--topo", "torus,3,3", "--switch", "lxbr,stp=1", "--test", "pingpair")
    assert status == 0
    assert "0% dropped (2/2 received)" in err


def test_the_default_switch_learns_by_assumption() -> None:
    status, _, err = mn("--test", "pingall")
    assert status == 0
    assert err.count("vnetsim: assumed: switches of the class OVSSwitch forward as learning switches") == 1


def test_a_secure_switch_without_a_controller_forwards_nothing() -> None:
    status, _, err = mn("--controller", "none", "--test", "pingall")
    assert status == 0
    assert "vnetsim: assumed: s1 forwards nothing" in err
    assert "100% dropped (0/2 received)" in err


def test_macs_and_neighbours() -> None:
    lines = "h1 cat /sys/class/net/h1-eth0/address\nh2 arp -n\npy h2.MAC()\n"
    _, _, err = mn("--mac", "--arp", "--ipbase", "10.7.0.0/16", "--switch", "lxbr", stdin=lines)
    assert "00:00:00:00:00:02\n" in err
    assert "10.7.0.1                 ether   00:00:00:00:00:01   CM                    h2-eth0" in err


def test_a_link_with_a_delay() -> None:
    status, _, err = mn("--switch", "lxbr", "--link", "tc,delay=10ms", stdin="h1 ping -c2 h2\n")
    assert status == 0
    assert "(10ms delay) (10ms delay) (h1, s1)" in err
    assert "rtt min/avg/max/mdev = 40.0" in err


def test_the_cli_goes_on_after_a_refusal() -> None:
    status, _, err = mn("--switch", "lxbr", stdin="xterm h1\nnosuch\npingall\n")
    assert status == 1
    assert "vnetsim: not modelled: xterm of h1" in err
    assert "*** Unknown command: nosuch" in err
    assert "0% dropped (2/2 received)" in err
    assert "the network is not what the script asked for" in err


def test_custom_files(tmp_path: Path) -> None:
    custom = tmp_path / "custom.py"
    custom.write_text(CUSTOM, "utf-8")
    status, out, err = mn("--custom", str(custom), "--topo", "mine,3", "--switch", "lxbr", "--test", "mytest")
    assert (status, out) == (0, "tested 3\n")
    assert "(s1, h1) (s1, s2) (s2, h2)" in err or "(h1, s1) (h2, s2) (h3, s3)" in err
    custom.write_text("x = 1 / 0\n", "utf-8")
    status, _, err = mn("--custom", str(custom))
    assert (status, err) == (2, f"vnetsim: {custom}:1: ZeroDivisionError: division by zero\n")


def test_nat_gives_hosts_a_way_out() -> None:
    lines = "h1 ip route\nnat0 iptables -t nat -S POSTROUTING\n"
    status, _, err = mn("--nat", "--switch", "lxbr", stdin=lines)
    assert status == 0
    assert "default via 10.0.0.3 dev h1-eth0" in err
    assert "-A POSTROUTING -s 10.0.0.0/8 ! -d 10.0.0.0/8 -j MASQUERADE" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--topo", "nosuch"], "mn: Invalid topo name nosuch"),
        (["--switch", "nosuch"], "mn: error: nosuch is unknown - please specify one of"),
        (["--test", "nosuch"], "mn: Test nosuch is unknown"),
        (["--nosuch"], "mn: no such option: --nosuch"),
        (["more"], "mn: expected options, or `run SCRIPT.py`, found 'more'"),
        (["--custom", "nosuch.py"], "mn: could not find custom file: nosuch.py"),
        (["--controller", "remote,ip=10.1.1.1"], "vnetsim: not modelled: RemoteController"),
        (["--controller", "ryu"], "vnetsim: not modelled: Ryu c0"),
        (["--switch", "user"], "vnetsim: not modelled: UserSwitch s1"),
        (["--innamespace"], "vnetsim: not modelled: mn --innamespace"),
        (["-x"], "vnetsim: not modelled: mn -x"),
        (["--cluster", "a,b"], "vnetsim: not modelled: mn --cluster"),
        (["run"], "expected the name of a script"),
        (["run", "nosuch.py"], "nosuch.py: there is no such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(args: list[str], said: str) -> None:
    status, _, err = mn(*args)
    assert status == 2
    assert said in err.splitlines()[-1]
    assert "Traceback" not in err


def test_clean_and_version() -> None:
    assert mn("-c") == (0, "", "")
    assert mn("--version")[2] == "2.3.0\n"
