"""`ip netns`: names, programs inside, ids.  Texts and statuses were captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import shlex

import pytest

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeMachine, FakeNetwork, FakeProcess, run
from tests.programs.iproute2.ip.ip_host import LO, cases
from vnetsim.programs.iproute2 import ip

PROGRAMS = {"true": (0, ""), "false": (1, ""), "sh": (7, ""), "hostname": (0, "vm\n")}


def process(
    command: str, machine: FakeMachine, network: FakeNetwork | None = None, files: dict[str, str] | None = None
) -> FakeProcess:
    context = FakeContext(network=network or FakeNetwork([LO]), files=FakeFiles(files or {}))
    return FakeProcess(shlex.split(command), context, machine, programs=PROGRAMS)


def do(command: str, machine: FakeMachine) -> Ended:
    return run(ip.main, process(command, machine))


def machine(*names: str) -> FakeMachine:
    return FakeMachine({name: FakeNetwork([LO]) for name in names})


def test_namespaces_are_listed_newest_first_with_their_ids() -> None:
    host = machine()
    for name in ("a", "b", "c"):
        assert do(f"ip netns add {name}", host) == Ended(0)
    assert do("ip netns", host) == Ended(0, "c\nb\na\n")
    assert do("ip netns set a 5", host) == Ended(0)
    assert do("ip netns set b auto", host) == Ended(0)
    assert do("ip netns list", host) == Ended(0, "c\nb (id: 0)\na (id: 5)\n")
    assert do("ip netns ls", host).out == do("ip netns show", host).out == do("ip netns s", host).out
    assert do("ip -j netns", host) == Ended(0, '[{"name":"c"},{"name":"b","id":0},{"name":"a","id":5}]\n')
    assert do("ip netns list-id", host) == Ended(
        0, "nsid 0 (iproute2 netns name: b)\nnsid 5 (iproute2 netns name: a)\n"
    )
    assert do("ip -j netns list-id nsid 5", host) == Ended(0, '[{"nsid":5,"name":"a"}]\n')
    assert do("ip netns del c", host) == Ended(0)
    assert do("ip -all netns del", host) == Ended(0)
    assert do("ip netns list", host) == Ended(0)


SAID = cases(
    """\
$ ip netns add a  [1]
Cannot create namespace file "/run/netns/a": File exists
$ ip netns add ''  [255]
Invalid netns name ""
$ ip netns add a/b  [255]
Invalid netns name "a/b"
$ ip netns add ..  [255]
Invalid netns name ".."
$ ip netns add  [1]
No netns name specified
$ ip netns del  [1]
No netns name specified
$ ip netns del nosuch  [1]
Cannot remove namespace file "/run/netns/nosuch": No such file or directory
$ ip netns exec  [1]
No netns name specified
$ ip netns exec a  [1]
No command specified
$ ip -all netns exec  [1]
No command specified
$ ip netns exec nosuch true  [255]
Cannot open network namespace "nosuch": No such file or directory
$ ip netns exec a nosuchcommand  [1]
exec of "nosuchcommand" failed: No such file or directory
$ ip netns exec a -- true  [1]
exec of "--" failed: No such file or directory
$ ip netns exec broken true  [255]
setting the network namespace "broken" failed: Invalid argument
$ ip -n nosuch link  [255]
Cannot open network namespace "nosuch": No such file or directory
$ ip -n broken link  [255]
setting the network namespace "broken" failed: Invalid argument
$ ip -n  [255]
Cannot open network namespace "(null)": No such file or directory
$ ip netns pids nosuch  [1]
Cannot open network namespace: No such file or directory
$ ip netns pids a b  [1]
extra arguments specified
$ ip netns identify self  [1]
Specified string 'self' is not a pid
$ ip netns identify 99999  [1]
Cannot open network namespace: No such file or directory
$ ip netns set a  [1]
No nsid specified
$ ip netns set a abc  [255]
Error: argument "abc" is wrong: Invalid "netnsid" value
$ ip netns set a -5  [255]
Error: argument "-5" is wrong: "netnsid" value should be >= 0
$ ip netns set nosuch 8  [1]
Cannot open network namespace "nosuch": No such file or directory
$ ip netns set b 9  [2]
Error: Peer netns already has a nsid assigned.
$ ip netns set a 7  [2]
Error: The specified nsid is already used.
$ ip netns list-id nsid 99  [2]
Error: Peer netns reference is invalid.
$ ip netns attach x  [1]
No netns name and PID specified
$ ip netns attach x 0  [1]
Invalid PID: 0
$ ip netns attach x 99999  [1]
Bind /proc/99999/ns/net -> /run/netns/x failed: No such file or directory
$ ip netns attach a 1  [1]
Cannot create namespace file "/run/netns/a": File exists
$ ip netns bogus  [255]
Command "bogus" is unknown, try "ip netns help".
$ ip netns monitor  [2]
vnetsim: not modelled: ip netns monitor
"""
)


@pytest.mark.parametrize(("command", "status", "text"), SAID)
def test_what_cannot_be_done_is_said_in_ips_words(command: str, status: int, text: str) -> None:
    host = FakeMachine({"broken": None, "b": FakeNetwork(), "a": FakeNetwork()}, {"b": 7}, {1: FakeNetwork()})
    assert do(command, host) == Ended(status, "", text)


def test_a_program_runs_inside_and_gives_its_status() -> None:
    host = machine("a")
    inside = process("ip netns exec a sh -c 'exit 7'", host)
    assert run(ip.main, inside) == Ended(7)
    ((argv, context),) = inside.started
    assert argv == ("sh", "-c", "exit 7")
    assert context.network is host.namespaces["a"]


def test_a_program_runs_in_every_namespace_and_its_status_does_not_matter() -> None:
    assert do("ip -all netns exec hostname", machine("b", "a")) == Ended(0, "\nnetns: b\nvm\n\nnetns: a\nvm\n")
    assert do("ip -all netns exec false", machine("b", "a")) == Ended(0, "\nnetns: b\n\nnetns: a\n")
    said = 'exec of "nosuch" failed: No such file or directory\n'
    assert do("ip -all netns exec nosuch", machine("b", "a")) == Ended(0, "\nnetns: b\n\nnetns: a\n", said * 2)


def test_where_one_cannot_get_in_the_names_that_follow_come_twice() -> None:
    host = FakeMachine({"broken": None, "a": FakeNetwork()})
    ended = do("ip -all netns exec true", host)
    assert ended.out == "\nnetns: broken\n\nnetns: a\n\nnetns: a\n"
    assert ended.err == 'setting the network namespace "broken" failed: Invalid argument\n'


def test_a_plain_file_among_the_names_is_listed_and_complained_about_twice() -> None:
    host = FakeMachine({"broken": None, "a": FakeNetwork()})
    complaint = "Error: Peer netns reference is invalid.\n"
    assert do("ip netns list", host) == Ended(0, "broken\na\n", complaint * 2)
    assert do("ip netns pids broken", host) == Ended(0)


def test_files_of_a_namespace_replace_those_of_etc() -> None:
    host = machine("a")
    files = {"/etc/resolv.conf": "nameserver 1.1.1.1\n", "/etc/netns/a/resolv.conf": "nameserver 9.9.9.9\n"}
    inside = process("ip netns exec a true", host, files=files)
    assert run(ip.main, inside) == Ended(0)
    assert inside.started[0][1].files.read("/etc/resolv.conf") == "nameserver 9.9.9.9\n"
    assert inside.files.read("/etc/resolv.conf") == "nameserver 1.1.1.1\n"


def test_a_file_that_replaces_none_is_reported() -> None:
    text = "Bind /etc/netns/a/nosuchfile -> /etc/nosuchfile failed: No such file or directory\n"
    inside = process("ip netns exec a true", machine("a"), files={"/etc/netns/a/nosuchfile": "x\n"})
    assert run(ip.main, inside) == Ended(0, "", text)


def test_processes_and_namespaces_find_each_other() -> None:
    host = machine("b", "a")
    a = host.namespaces["a"]
    assert a is not None
    host.processes = {300: a, 20: a, 4: FakeNetwork()}
    assert do("ip netns pids a", host) == Ended(0, "20\n300\n")
    assert do("ip netns pids b", host) == Ended(0)
    assert do("ip netns identify 300", host) == Ended(0, "a\n")
    assert do("ip netns identify 4", host) == Ended(0, "\n")
    assert run(ip.main, process("ip netns identify", host, a)) == Ended(0, "a\n")
    assert do("ip -n b netns identify", host) == Ended(0, "b\n")
    assert do("ip netns attach again 300", host) == Ended(0)
    assert host.namespaces["again"] is a


def test_dash_n_goes_to_the_namespace() -> None:
    host = machine("a")
    text = "lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n"
    assert run(ip.main, process("ip -n a -br link", host, FakeNetwork())) == Ended(0, text)
    assert run(ip.main, process("ip -netns a -br link", host, FakeNetwork())) == Ended(0, text)


def test_without_privileges_there_is_no_new_namespace() -> None:
    context = FakeContext(network=FakeNetwork(), files=FakeFiles(), privileged=False)
    ended = run(ip.main, FakeProcess(["ip", "netns", "add", "foo"], context))
    assert ended == Ended(1, "", "mount --make-shared /run/netns failed: Operation not permitted\n")
