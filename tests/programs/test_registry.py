"""Programs by name: those that are there, those that Linux has and vnetsim has not, those that nobody has."""

from __future__ import annotations

import attrs
import pytest

from tests.shell.machine import Machine
from vnetsim.programs import registry


@pytest.mark.parametrize("name", ["cat", "/bin/cat", "/usr/bin/grep", "sh", "bash", "[", "ip"])
def test_a_program_is_found_by_its_name_or_path(name: str) -> None:
    assert registry.find(name) is not None


@pytest.mark.parametrize("name", ["nosuch", "ifup", "/opt/cat", "", "/bin/"])
def test_what_nobody_has_is_not_found(name: str) -> None:
    assert registry.find(name) is None


@pytest.mark.parametrize("name", ["tmux", "/usr/bin/strace", "firewall-cmd"])
def test_what_vnetsim_has_not_says_so(name: str) -> None:
    outcome = Machine().run("bash", "-c", f"{name} --some words")
    assert outcome.status == 127
    assert outcome.stderr == f"vnetsim: not modelled: the program {name.rpartition('/')[2]}\n"


def test_names_for_completion_are_those_that_can_be_run() -> None:
    names = registry.names()
    assert names == sorted(names)
    assert {"ip", "cat", "grep", "sh"} <= set(names)
    assert not {"strace", "tmux", "nosuch"} & set(names)


def test_every_module_of_the_registry_that_exists_has_a_main() -> None:
    for name in registry.names():
        assert callable(registry.find(name))


def test_a_program_that_a_context_has_not_is_not_installed_there() -> None:
    host = Machine().host
    assert registry.path_of("ip", host) == "/usr/sbin/ip"
    assert registry.path_of("cat", host) == "/usr/bin/cat"
    assert registry.path_of("cat", attrs.evolve(host, available=frozenset(("ls",)))) is None
    assert registry.path_of("nosuch", host) is None
