"""A script of Mininet is a scenario: questions are asked about the network that it builds."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.failures import IncompleteLab
from vnetsim.scenario.build import load
from vnetsim.scenario.checkpoint import load_checkpoint
from vnetsim.scenario.script import ScenarioScript

HEAD = """from mininet.cli import CLI
from mininet.net import Mininet
from mininet.node import OVSBridge, RemoteController
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo, Topo
"""
TWO = "net = Mininet(topo=SingleSwitchTopo(2), switch=LinuxBridge, controller=None)\nnet.start()\n"


def script(folder: Path, *lines: str) -> str:
    path = folder / "net.py"
    path.write_text(HEAD + "".join(lines), "utf-8")
    return str(path)


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, args)
    return result.exit_code, result.stdout, result.stderr


def test_its_hosts_are_asked_about_by_name(tmp_path: Path) -> None:
    lab = load(script(tmp_path, TWO, "net['h2'].cmd('nc -l -p 7 &')\nCLI(net)\nnet.stop()\n"))
    assert lab.reaches("h1", "h2")
    assert lab.reaches("h1", "h2", "tcp/7")
    assert not lab.reaches("h1", "h2", "tcp/8", allow_vacuous=True)


@pytest.mark.parametrize("end", ["CLI(net)", "net.stop()", ""])
def test_the_network_is_that_before_its_cli_or_its_end(tmp_path: Path, end: str) -> None:
    lab = load(script(tmp_path, TWO, f"{end}\nnet['h1'].cmd('ifconfig h1-eth0 down')\n" if end else ""))
    assert lab.reaches("h1", "h2")


def test_a_rule_of_the_script_stops_packets(tmp_path: Path) -> None:
    lab = load(script(tmp_path, TWO, "net['h2'].cmd('iptables -A INPUT -p icmp -j DROP')\n"))
    assert "delete rule 1 of INPUT: -p icmp -j DROP" in str(lab.why("h1", "h2"))


def test_the_shells_of_nodes_are_copied_with_the_lab(tmp_path: Path) -> None:
    lab = load(script(tmp_path, TWO, "net['h1'].cmd('PORT=7')\nnet['h1'].cmd('nc -l -p $PORT &')\n"))
    copy = lab.fork()
    assert copy.fork().reaches("h2", "h1", "tcp/7")


def test_a_script_that_prints_does_not_spoil_the_answer(tmp_path: Path) -> None:
    status, out, _ = run("reach", script(tmp_path, TWO, "print('hello')\nCLI(net)\n"))
    assert (status, out.splitlines()[0].split()) == (0, ["from", "\\", "to", "h1", "h2"])


def test_declared_topologies_are_built(tmp_path: Path) -> None:
    name = script(tmp_path, "topos = {'mine': lambda: SingleSwitchTopo(3)}\n")
    assert load(name).reaches("h1", "h3")
    assert load(name).shortfall.assumptions == (
        "switches of the class OVSSwitch forward as learning switches, by the default controller",
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("topos = {'a': SingleSwitchTopo, 'b': SingleSwitchTopo}\n", "net.py: expected one topology, found a, b"),
        ("x = 1\n", "net.py: this script makes no node"),
        ("print(nosuch)\n", "net.py:6: NameError: name 'nosuch' is not defined"),
        ("def (\n", "net.py:6: invalid syntax"),
        ("import mininet.wifi\n", "net.py:6: vnetsim: not modelled: the module mininet.wifi"),
        ("raise SystemExit('no')\n", "net.py: the script ended with no"),
        (f"{TWO}net['h9']\n", "net.py:8: KeyError: 'h9'"),
        ("Mininet(controller=RemoteController).addController('c1')\n",
         "net.py:6: vnetsim: not modelled: RemoteController c1"),
        (f"{TWO}import threading\nthreading.Thread(target=print).start()\n",
         "net.py:9: vnetsim: not modelled: threads of a script"),
    ],
)  # fmt: skip
def test_a_script_that_builds_nothing_is_one_sentence(tmp_path: Path, lines: str, said: str) -> None:
    status, out, err = run("reach", script(tmp_path, lines))
    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_failed_command_is_located_in_the_script(tmp_path: Path) -> None:
    name = script(tmp_path, TWO, "net['h1'].cmd('ip route add default via 9.9.9.9')\n")
    with pytest.raises(IncompleteLab, match=r"net.py:8: `ip route add default via 9.9.9.9` ended with 2"):
        load(name)
    assert load(name, incomplete=True).reaches("h1", "h2")


def test_what_the_script_asks_of_its_machine_is_asked_of_the_simulated_one(tmp_path: Path) -> None:
    lines = (
        "import os, subprocess, time\n",
        TWO,
        "os.system('ip link add lan0 type dummy')\n",
        "assert 'lan0' in subprocess.check_output(['ip', 'link'], text=True)\n",
        "before = time.time()\ntime.sleep(100)\nassert 100 <= time.time() - before < 101\n",
        "assert os.system('mn -c') == 0 and os.popen('echo hi').read() == 'hi\\n'\n",
    )
    assert load(script(tmp_path, *lines)).run("ip link show lan0").exit_code == 0


def test_the_import_is_a_script_that_makes_the_same_network(tmp_path: Path) -> None:
    name = script(tmp_path, TWO, "net['h2'].cmd('nc -l -p 7 &')\n")
    status, out, _ = run("import", name)
    made = tmp_path / "made.sh"
    made.write_text(out, "utf-8")
    assert status == 0
    assert f"# {name}:8\nip netns exec h2 bash -c 'nc -l -p 7 &'" in out
    assert run("reach", str(made))[1] == run("reach", name)[1]


def test_an_import_tells_what_only_the_shell_of_a_node_understands(tmp_path: Path) -> None:
    name = script(tmp_path, TWO, "net['h2'].cmd('cd /tmp')\n")
    status, out, _ = run("import", name)
    assert status == 1
    assert "# h2: ip netns exec h2 cd /tmp\n" in out
    with pytest.raises(UsageError, match=r"net.py:8: h2: .* depends on the shell of its node"):
        ScenarioScript.load(name)


def test_there_are_no_moments_in_a_script(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no moments in it"):
        load_checkpoint(f"{script(tmp_path, TWO)}@2")


def test_run_plays_the_whole_script(tmp_path: Path) -> None:
    status, out, err = run("run", script(tmp_path, TWO, "print(net.pingAll())\nnet.stop()\nprint('end')\n"))
    assert (status, out) == (0, "0.0\nend\n")
    assert "*** Results: 0% dropped (2/2 received)" in err


def test_another_python_program_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("print('hello')\n", "utf-8")
    assert run("reach", str(other))[0] == 2
    assert "this is a Python program" in run("reach", str(other))[2]
    assert run("import", str(other))[0] == 2
