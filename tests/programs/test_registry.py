"""Programs by name: those that are there, those that Linux has and vnetsim has not, those that nobody has."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine
from vnetsim import Lab
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


def test_every_module_of_the_registry_has_a_main() -> None:
    for name in registry.names():
        assert callable(registry.find(name))


def test_a_name_is_in_the_table_once() -> None:
    listed = " ".join(registry._MODULES.values()).split()
    assert len(listed) == len(set(listed))
    assert set(registry.names()) == {*listed, "ash", "bash", "dash", "sh"}


def test_a_program_that_a_context_has_not_is_not_installed_there() -> None:
    host = Machine().host
    assert registry.path_of("ip", host) == "/usr/sbin/ip"
    assert registry.path_of("cat", host) == "/usr/bin/cat"
    assert registry.path_of("nosuch", host) is None


# --- who agrees about what is installed ------------------------------------------------------------------------------

PATHS = [
    f"{directory}/{name}"
    for directory in ("/bin", "/usr/sbin", "/usr/local/bin")
    for name in ("ip", "ping", "iptables", "strace", "nosuch")
]


@pytest.mark.parametrize("where", ["", "docker exec box "])
def test_a_program_is_executable_where_it_is_found_and_can_be_run_and_nowhere_else(where: str) -> None:
    """Recorded: tools_paths."""
    lab = Lab.docker_host()
    assert lab.run("docker run -d --name box alpine sleep 1d")

    def holds(condition: str) -> bool:
        return lab.run(f"{where}sh -c '{condition}'").exit_code == 0

    for path in PATHS:
        is_executable = holds(f"[ -x {path} ]")
        assert is_executable == holds(f"[ -f {path} ]") == holds(f"command -v {path}") == holds(f"ls {path}"), path
        outcome = lab.run(f"{where}{path} -V")
        assert is_executable == (outcome.exit_code != 127 or "not modelled" in outcome.stderr), path
    for name in ("ip", "ping", "iptables", "nosuch"):
        found = lab.run(f"{where}sh -c 'command -v {name}'").stdout.strip()
        assert bool(found) == any(holds(f"[ -x {path} ]") for path in PATHS if path.endswith(f"/{name}")), name
        assert not found or holds(f"[ -x {found} ]"), name
        # Each place where it is, and the first of them, are looked for by two functions.
        assert lab.run(f"{where}sh -c 'which -a {name}'").stdout.partition("\n")[0] == found, name


def test_a_search_follows_path() -> None:
    lab = Lab(docker=False)
    assert lab.run("PATH=/usr/bin; command -v ip; command -v sysctl").stdout == "/usr/bin/ip\n"
    assert lab.run("PATH=/nosuch ip link").exit_code == 127
    assert lab.run("cd /usr/sbin && ./ip -V && [ -x ip ]").exit_code == 0
    assert lab.run("type -a ip").stdout == "".join(
        f"ip is {directory}/ip\n" for directory in ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
    )


def test_a_program_that_was_removed_is_gone_there_and_nowhere_else() -> None:
    lab = Lab.docker_host()
    assert lab.run("docker run -d --name box alpine sleep 1d")
    lab.run("docker exec box rm /bin/ping")
    assert lab.run("docker exec box sh -c 'command -v ping; [ -e /usr/bin/ping ]; echo $?'").stdout == "1\n"
    assert lab.run("docker exec box ping -c 1 127.0.0.1").exit_code == 127
    assert lab.run("ping -c 1 127.0.0.1").exit_code == 0


@pytest.mark.parametrize("command", ["cat /usr/bin/ping", "echo > /usr/sbin/ip"])
def test_the_file_of_a_program_is_not_modelled(command: str) -> None:
    lab = Lab(docker=False)
    result = lab.run(command)
    assert result.exit_code != 0
    assert "vnetsim: not modelled: reading or writing the file of a program" in result.stderr
    assert lab.run("[ -x /usr/bin/ping ] && [ -x /usr/sbin/ip ]").exit_code == 0


#: Recorded with bash 5.2, dash and coreutils 9.1; `env` and others that know no file without a first line run it by sh.
SCRIPTS = [
    ("./no", "bash: ./no: Permission denied\n"),
    ("./ok a b", "./ok a b\n"),
    ("./plain a", "./plain a 5.2\n"),
    ("sh -c './plain a'", "./plain a none\n"),
    ("timeout 3 ./plain a", "./plain a none\n"),
    ("ip netns exec red ./ok c", "./ok c\n"),
    ("./bad", "bash: ./bad: cannot execute: required file not found\n"),
    ("sh -c ./bad", "sh: 1: ./bad: not found\n"),
    ("sh -c ./windows", "sh: 1: ./windows: not found\n"),
    ("[ -x ok ] && [ ! -x no ] && PATH=/srv:$PATH && command -v ok && ok 1", "/srv/ok\n/srv/ok 1\n"),
    ("docker run --rm -v /srv:/s alpine /s/ok 5", "/s/ok 5\n"),
    ("docker run --rm -v /srv:/s alpine /s/no 2>&1 | grep -c 'permission denied'", "1\n"),
]


def test_a_file_that_chmod_made_executable_is_run_by_what_its_first_line_names() -> None:
    lab = Lab()
    lab.run("ip netns add red")
    for name, text in (
        ("ok", "#!/bin/sh -e\\necho $0 $*\\n"), ("plain", "echo $0 $1 ${BASH_VERSION:-none}\\n"),
        ("bad", "#!/bin/nosuch\\n"), ("no", "#!/bin/sh\\n"),
        ("windows", "#!/bin/sh\\r\\n"),
    ):  # fmt: skip
        lab.run(f"printf '{text}' > /srv/{name}{'' if name == 'no' else f'; chmod +x /srv/{name}'}")
    for command, shown in SCRIPTS:
        answer = lab.run(f"cd /srv; {command}", expected=None)
        assert (answer.stdout + answer.stderr).replace("line 1: ", "").replace("5.2.15(1)-release", "5.2") == shown, (
            command
        )
