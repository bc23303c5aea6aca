"""`mininet.util`: commands of the machine, addresses, names of classes."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.mininet import functions
from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.hosts import Host
from vnetsim.mininet.log import info, lg, output, setLogLevel


@pytest.mark.parametrize(
    ("text", "number", "prefix"),
    [("10.0.0.0/8", 0x0A000000, 8), ("10.1", 0x0A000001, 24), ("1.2.3/30", 0x01020003, 30)],
)
def test_networks(text: str, number: int, prefix: int) -> None:
    assert functions.netParse(text) == (number, prefix)


def test_addresses() -> None:
    assert functions.ipAdd(300, 16, 0x0A010000) == "10.1.1.44"
    assert functions.ipStr(functions.ipParse("192.168.7.9")) == "192.168.7.9"
    assert functions.macColonHex(0x0102030405FF) == "01:02:03:04:05:ff"
    with pytest.raises(AssertionError, match="Not enough IP addresses"):
        functions.ipAdd(256, 24)


def test_numbers_in_arguments() -> None:
    assert functions.splitArgs("tree,2,3.5,x,fanout=4") == ("tree", [2, 3.5, "x"], {"fanout": 4})
    assert [functions.checkInt(text) for text in ("1", "1.5", "x")] == [True, False, False]
    assert functions.checkFloat("1.5")
    assert list(functions.irange(1, 3)) == [1, 2, 3]


def test_commands_run_on_the_machine(emulation: Emulation) -> None:
    assert functions.quietRun("ls /nosuch") == "ls: cannot access '/nosuch': No such file or directory\n"
    assert functions.errRun("sh", "-c", "echo out; echo err >&2; exit 3") == ("out\n", "err\n", 3)
    assert functions.which("ip") == "/usr/sbin/ip"
    assert functions.which("nosuch") is None
    assert (functions.run("true"), functions.checkRun("true")) == (0, 0)
    assert functions.isShellBuiltin("cd /tmp")
    with pytest.raises(Exception, match=r"errFail: .* failed with return code 1"):
        functions.errFail("false")
    assert [failure.command for failure in emulation.lab.failures] == []


def test_waiting_for_a_server(emulation: Emulation) -> None:
    host = Host("h1")
    host.cmd("ifconfig lo up")
    assert not functions.waitListening(host, "127.0.0.1", 7, timeout=1)
    host.cmd("nc -l -k -p 7 &")
    assert functions.waitListening(host, "127.0.0.1", 7, timeout=1)
    del emulation


def test_classes_with_other_arguments(emulation: Emulation) -> None:
    del emulation
    made = functions.customClass({"host": Host}, "host,ip=1")("h1", x=2)
    assert isinstance(made, Host)
    assert made.params == {"ip": 1, "x": 2}
    assert functions.customClass({"host": Host}, "host") is Host
    assert functions.custom(Host, x=3)("h2").params == {"x": 3}
    with pytest.raises(Exception, match="error: nosuch is unknown"):
        functions.customClass({"host": Host}, "nosuch")


def test_cgroups_are_refused(emulation: Emulation) -> None:
    with pytest.raises(NotModelled, match="cgroups"):
        functions.mountCgroups()
    assert len(emulation.lab.failures) == 1


def test_messages_have_levels(capsys: pytest.CaptureFixture[str]) -> None:
    info("hidden")
    setLogLevel("info")
    info("a", 1, "\n")
    output("b\n")
    setLogLevel("critical")
    output("hidden")
    lg.setLogLevel()
    assert capsys.readouterr().err == "a 1 \nb\n"
    with pytest.raises(Exception, match="unknown levelname loud"):
        setLogLevel("loud")
