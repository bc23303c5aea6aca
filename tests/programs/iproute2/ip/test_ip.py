"""`ip` itself: options, objects and their abbreviations, batches.  Captured from iproute2 6.1."""

from __future__ import annotations

import shlex

import pytest

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeInput, FakeMachine, FakeNetwork, FakeProcess, run
from tests.programs.iproute2.ip.ip_host import LO, V0, V1, cases, ip_, out
from vnetsim.operations import DeleteLink, SetLink
from vnetsim.programs.iproute2 import ip

BRIEF_LO = "lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n"


def test_the_version_is_iproute2s() -> None:
    assert out("ip -V") == out("ip -Version link") == "ip utility, iproute2-6.1.0, libbpf 1.1.2\n"


@pytest.mark.parametrize("command", ["ip", "ip help", "ip -help", "ip --help", "ip -he", "ip -f", "ip -l", "ip -b"])
def test_how_to_use_it_goes_to_standard_error(command: str) -> None:
    ended, _ = ip_(command)
    assert (ended.status, ended.out) == (255, "")
    assert ended.err.startswith(
        "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n       ip [ -force ] -batch filename\n"
    )


SAID = cases(
    """\
$ ip frob  [1]
Object "frob" is unknown, try "ip help".
$ ip -frob link  [255]
Option "-frob" is unknown, try "ip -help".
$ ip -c=bogus link  [255]
Option "-c=bogus" is unknown, try "ip -help".
$ ip -e link  [255]
Option "-e" is unknown, try "ip -help".
$ ip -f bogus link  [255]
Error: argument "bogus" is wrong: invalid protocol family
$ ip -rc abc link  [255]
Invalid rcvbuf size 'abc'
$ ip xfrm  [2]
vnetsim: not modelled: ip xfrm
"""
)


@pytest.mark.parametrize(("command", "status", "text"), SAID)
def test_what_ip_does_not_know_or_have(command: str, status: int, text: str) -> None:
    ended, _ = ip_(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)


@pytest.mark.parametrize("word", ["l", "li", "lin", "link"])
def test_objects_may_be_abbreviated(word: str) -> None:
    assert out(f"ip -br {word}", [LO]) == BRIEF_LO


@pytest.mark.parametrize("word", ["a", "ad", "add", "addr", "addre", "address"])
def test_addresses_are_the_first_object(word: str) -> None:
    assert out(f"ip -br {word}", [LO]) == "lo               UNKNOWN        \n"


@pytest.mark.parametrize("options", ["-br", "-brief", "--brief", "-4 -br", "-6 -br", "-f inet -br", "-br --", "-h -br"])
def test_options_may_be_abbreviated_and_link_ignores_the_family(options: str) -> None:
    assert out(f"ip {options} link", [LO]) == BRIEF_LO


def test_family_link_leaves_addresses_out() -> None:
    assert out("ip -0 -br addr", [LO]) == BRIEF_LO


def batch(command: str, text: str, files: dict[str, str] | None = None) -> tuple[Ended, FakeNetwork]:
    network = FakeNetwork([LO, V1, V0])
    context = FakeContext(network=network, files=FakeFiles(files or {}), environment={"PWD": "/tmp"})
    programs = {"true": (0, ""), "false": (1, "")}
    machine = FakeMachine({"red": FakeNetwork()})
    process = FakeProcess(shlex.split(command), context, machine, FakeInput(text), programs)
    return run(ip.main, process), network


def test_a_batch_runs_line_after_line() -> None:
    text = '# comment\n\nlink set v0 up # trailing\n  link set v1 \\\n   down\nlink del "v0"\nlink show lo\n'
    ended, network = batch("ip -br -b -", text)
    assert ended == Ended(0, BRIEF_LO)
    assert network.executed == [
        SetLink(device="v0", up=True),
        SetLink(device="v1", up=False),
        DeleteLink(device="v0"),
    ]


def test_a_batch_ends_at_the_first_failure_and_names_its_line() -> None:
    ended, network = batch("ip -b -", "link set v0 up\nlink set \\\nnosuch up\nlink set v1 up\n")
    assert ended == Ended(1, "", 'Cannot find device "nosuch"\nCommand failed -:3\n')
    assert network.executed == [SetLink(device="v0", up=True)]


def test_force_goes_on() -> None:
    ended, network = batch("ip -force -batch -", "link set nosuch up\nlink set v1 up\n")
    assert ended == Ended(1, "", 'Cannot find device "nosuch"\nCommand failed -:1\n')
    assert network.executed == [SetLink(device="v1", up=True)]


@pytest.mark.parametrize(
    ("line", "ended"),
    [
        ("link bogus", Ended(255, "", 'Command "bogus" is unknown, try "ip link help".\n')),
        ("addr add hello dev lo", Ended(1, "", 'Error: any valid prefix is expected rather than "hello".\n')),
        ('link show "lo', Ended(1, "", "Unterminated quoted string\n")),
    ],
)
def test_what_ends_the_program_ends_the_batch_without_a_word_about_it(line: str, ended: Ended) -> None:
    assert batch("ip -force -b -", f"{line}\nlink show lo\n")[0] == ended


def test_a_batch_may_be_a_file() -> None:
    ended, network = batch("ip -b cmds", "", {"/tmp/cmds": "link set v0 up\n"})
    assert (ended, network.executed) == (Ended(0), [SetLink(device="v0", up=True)])
    text = 'Cannot open file "/nosuch" for reading: No such file or directory\n'
    assert batch("ip -b /nosuch", "")[0] == Ended(1, "", text)


def test_a_batch_goes_on_behind_a_program_that_it_ran() -> None:
    assert batch("ip -br -b -", "netns exec red true\nlink show lo\n")[0] == Ended(0, BRIEF_LO)
    assert batch("ip -br -b -", "netns exec red false\nlink show lo\n")[0] == Ended(1, "", "Command failed -:1\n")
