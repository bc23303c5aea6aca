"""A lab that is asked the same does the same: forks are equal, and touch nothing of where they came from."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim import Lab
from vnetsim.errors import KernelError, UsageError
from vnetsim.journal import JournalRequest, Ran, Slept
from vnetsim.operations import AddAddress, AddLink, Peer, SetLink
from vnetsim.prompt.session import PromptSession
from vnetsim.record import Recorder, lab_for
from vnetsim.scenario.load import parse
from vnetsim.scenario.play import play
from vnetsim.wire.inet import InterfaceAddress

LOOKS = (
    "ip -d -s address",
    "ip route show table all",
    "iptables-save -c",
    "ip neigh",
    "ss -tuna",
    "bridge fdb",
    "docker ps -a",
)
COMMANDS = (
    "ip netns add red",
    "ip link add v0 type veth peer name v1 netns red",
    "ip address add 10.0.0.1/24 dev v0",
    "ip link set v0 up",
    "ip -n red link set v1 up",
    "ip -n red address add 10.0.0.2/24 dev v1",
    "ping -c 1 -W 1 10.0.0.2",
    "iptables -A INPUT -s 10.0.0.2 -j DROP",
    "docker network create app",
    "docker run -d --network app alpine sleep infinity",
    "docker run -d --name web -p 8080:80 nginx",
    "curl -s localhost:8080",
    "docker stop web",
)


def looks(lab: Lab) -> list[str]:
    """What there is to be seen, by which nothing changes that the next look shows."""
    return [lab.run(line).output for line in LOOKS]


def assert_same(one: Lab, other: Lab) -> None:
    assert one.now() == other.now()
    assert one.machine.random.getstate() == other.machine.random.getstate()
    assert looks(one) == looks(other)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(COMMANDS), max_size=8))
def test_a_fork_is_the_same_lab(commands: list[str]) -> None:
    lab = Lab(seed=3)
    for line in commands:
        lab.run(line)
    assert_same(lab.fork(), lab)


def test_a_fork_goes_its_own_way() -> None:
    lab = Lab()
    lab.run("ip netns add red")
    fork = lab.fork()
    fork.run("ip netns add blue")
    assert lab.run("ip netns list").stdout == "red\n"
    assert fork.run("ip netns list").stdout == "blue\nred\n"


def test_a_fork_of_a_fork() -> None:
    lab = Lab()
    lab.run("ip netns add red")
    fork = lab.fork()
    fork.run("ip netns add blue")
    assert fork.fork().run("ip netns list").stdout == "blue\nred\n"


def test_time_and_programs_in_the_background_are_forked() -> None:
    lab = Lab()
    lab.run("ip link set lo up")
    server = lab.start("nc -lk 5000")
    lab.sleep(1.5)
    assert lab.fork().run("nc -zv 127.0.0.1 5000")
    lab.stop(server)
    assert_same(lab.fork(), lab)
    assert not lab.fork().run("nc -zv 127.0.0.1 5000")


def test_operations_are_forked_refused_ones_too() -> None:
    lab = Lab()
    lab.machine.add_namespace("red")
    lab = Lab()
    lab.run("ip netns add red")
    lab.network().execute(AddLink(kind="veth", name="v0", peer=Peer(name="v1", netns="red")))
    with pytest.raises(KernelError):
        lab.network().execute(AddLink(kind="veth", name="v0", peer=Peer(name="v1", netns="red")))
    lab.network("red").execute(AddAddress(device="v1", interface=InterfaceAddress.parse("10.0.0.2/24")))
    lab.network("red").execute(SetLink(device="v1", up=True))
    assert_same(lab.fork(), lab)


def test_operations_of_the_engine_are_forked() -> None:
    lab = Lab()
    body: dict[str, Any] = {"Name": "app", "Labels": {"a": "b"}}
    lab.docker.network_create(body)
    body["Name"] = "other"
    assert lab.fork().docker.network_inspect("app")["Labels"] == {"a": "b"}


@pytest.mark.parametrize("kind", ["kernel", "docker"])
def test_scripts_are_forked(kind: str) -> None:
    script = "ip netns add red\nip netns exec red nc -l 80 &\n@sleep 2\nip link set lo up\nping -c 1 127.0.0.1\n"
    lab = lab_for(kind, script)
    Recorder(lab).play(script)
    assert_same(lab.fork(), lab)


def test_a_fork_of_a_script_is_forked() -> None:
    lab = Lab()
    Recorder(lab).play("ip netns add red")
    assert lab.fork().fork().run("ip netns").stdout == "red\n"


def test_the_prompt_is_forked_with_its_memory() -> None:
    lab = Lab()
    printed: list[str] = []
    session = PromptSession(lab, printed.append)
    session.run("NAME=red\n")
    session.run("ip netns add $NAME\n")
    assert lab.fork().run("ip netns list").stdout == "red\n"


@pytest.mark.parametrize(
    ("met", "tells"),
    [(Ran("why a b", None), True), (Ran("why web db:5432 tcp/5432", None), True), (Ran("why a b; true", None), False),
     (Ran("why $(id) b", None), False), (Ran("ip link set x up; why a b", None), False),
     (Ran("why a b > x", None), False), (Slept(1), False)],
)  # fmt: skip
def test_a_journal_tells_all_but_what_is_being_met(met: JournalRequest, tells: bool) -> None:
    journal = Lab(docker=False).journal
    assert journal.tells_all
    with journal.record(met):
        assert journal.tells_all is tells
    assert journal.tells_all


def test_what_cannot_be_repeated_says_so() -> None:
    lab = Lab()

    def nothing() -> Generator[Any, Any, None]:
        yield lab.machine.sleep(1)

    lab.do(nothing())
    with pytest.raises(UsageError, match=r"cannot be repeated: the Python generator .*nothing"):
        lab.fork()


def test_a_program_from_outside_cannot_be_repeated() -> None:
    lab = Lab()
    lab.machine.run(lambda _process: 0, ["mine"], lab.machine.host)
    with pytest.raises(UsageError, match="cannot be repeated: the program mine"):
        lab.fork()


def test_a_session_says_what_was_typed_and_plays_the_same() -> None:
    lab = Lab()
    for line in ("echo '$ no command'", "echo '[3]'\nfalse", "ip link set lo up", "ping -c 1 127.0.0.1", "echo '> a'"):
        lab.run(line)
    lab.sleep(2.25)
    lab.network().execute(SetLink(device="lo", up=False))
    document = parse("written.session", lab.session())
    again = Lab()
    played = play(document, again)
    assert [each.lines[: len(each.command.output)] for each in played] == [each.output for each in document.commands]
    assert [each.status for each in played] == [each.status for each in document.commands]
    assert again.run("ip -s link").output == lab.run("ip -s link").output


def test_a_session_cannot_tell_what_the_api_was_asked() -> None:
    lab = Lab()
    lab.docker.network_create({"Name": "app"})
    with pytest.raises(UsageError, match="network_create was asked of the engine by its API"):
        lab.session()
