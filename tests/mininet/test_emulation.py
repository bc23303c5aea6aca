"""The machine of a script: its commands as steps, and where in the script they come from."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled, UsageError
from vnetsim.lab import Lab
from vnetsim.mininet.emulation import Emulation, EmulationStep, current, require_name, using
from vnetsim.mininet.hosts import Host


def test_steps_are_what_succeeded(emulation: Emulation) -> None:
    assert emulation.run("ip link add red0 type dummy") == ""
    assert "Cannot find device" in emulation.run("ip link set nosuch up")
    assert emulation.steps == [EmulationStep("ip link add red0 type dummy")]
    assert emulation.lab.failures == ()


def test_a_script_of_the_shell_names_assumptions(emulation: Emulation) -> None:
    emulation.assume("all is well")
    Host("h1").cmd("true")
    assert emulation.text() == (
        "#!/bin/bash\n# assumed: all is well\nip netns add h1\nip netns exec h1 bash -c true\nsleep 2\n"
    )
    assert emulation.is_text
    Host("h2").cmd("cd /")
    assert not emulation.is_text


def test_an_assumption_is_said_once() -> None:
    said: list[str] = []
    emulation = Emulation(Lab(docker=False), tell=said.append)
    for _ in range(2):
        emulation.assume("all is well")
    assert said == ["vnetsim: assumed: all is well\n"]


def test_the_line_of_the_script(emulation: Emulation) -> None:
    assert emulation.location() == ("", 0)
    emulation.script = __file__
    file, line = emulation.location()
    assert file == __file__
    assert line > 0


def test_one_machine_at_a_time(emulation: Emulation) -> None:
    assert current() is emulation
    with using(Emulation(Lab(docker=False))) as inner:
        assert current() is inner
    assert current() is emulation


@pytest.mark.parametrize("name", ["", "a/b", ".", "..", "a\nb"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(UsageError, match="expected the name of a node"):
        require_name(name)


def test_a_script_that_waits_for_what_is_not_modelled_ends(emulation: Emulation) -> None:
    del emulation
    host = Host("h1")
    for _ in range(100):
        host.cmd("ovs-vsctl show")
    with pytest.raises(NotModelled, match="the program ovs-vsctl, 101 times: the script waits for it"):
        host.cmd("ovs-vsctl show")
