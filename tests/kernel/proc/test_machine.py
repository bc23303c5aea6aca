"""Processes: birth, death, pipes, signals, namespaces that live as long as somebody is inside (fork.c, exit.c)."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.servers import context, run
from tests.laws import examples
from tests.machines import pair, typed
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.proc.pipe import Pipe, PipeReader, Writer
from vnetsim.process import BrokenPipe, Child, Interrupted, Killed, Process, Program


@pytest.fixture
def lab() -> Lab:
    return Lab(docker=False)


@attrs.define
class Text:
    """An output that remembers."""

    parts: list[str] = attrs.field(factory=list)

    def write(self, text: str) -> None:
        self.parts.append(text)

    def close(self) -> None:
        """Nothing is held."""

    def __str__(self) -> str:
        return "".join(self.parts)


def done(lab: Lab, child: Child, seconds: float = 60) -> int | None:
    lab.sleep(seconds)
    return child.status


def start(lab: Lab, main: Callable[[Process], Program | int], *, out: Text | None = None) -> Child:
    """A program with its output on a Text."""
    machine = lab.machine
    text = out or Text()
    return machine.start(main, ["program"], machine.host, machine_input(lab), text, text, None)


def machine_input(lab: Lab) -> PipeReader:
    reader, writer = Pipe(lab.machine.engine).ends()
    writer.close()
    return reader


# --- birth and death -----------------------------------------------------------------------------------------------


def test_a_program_ends_with_its_status(lab: Lab) -> None:
    def waits(process: Process) -> Program:
        yield process.sleep(SECOND)
        return 7

    assert done(lab, run(lab, None, lambda _process: 3)) == 3
    assert done(lab, run(lab, None, waits)) == 7


def test_a_program_that_fails_says_so_and_nobody_else_is_hurt(lab: Lab) -> None:
    def refused(_process: Process) -> int:
        raise KernelError(Errno.EPERM)

    def missing(_process: Process) -> int:
        raise NotModelled("time travel")

    def broken(_process: Process) -> int:
        raise ZeroDivisionError

    for main, status, words in (
        (refused, 1, "Operation not permitted"),
        (missing, 1, "vnetsim: not modelled: time travel"),
        (broken, 70, "internal error in program"),
    ):
        out = Text()
        assert done(lab, start(lab, main, out=out)) == status
        assert words in str(out)
    assert lab.run("echo fine").stdout == "fine\n"


def test_a_program_that_is_not_there_cannot_be_started(lab: Lab) -> None:
    with pytest.raises(KernelError) as refused:
        lab.machine.spawn(["nosuch"], lab.machine.host)
    assert refused.value.errno is Errno.ENOENT
    bare = attrs.evolve(lab.machine.host, available=frozenset({"true"}))
    assert lab.machine.knows("/bin/true", bare)
    assert not lab.machine.knows("ping", bare)
    with pytest.raises(KernelError):
        lab.machine.spawn(["ping"], bare)


def test_processes_have_numbers_parents_and_names(lab: Lab) -> None:
    def parent(process: Process) -> Program:
        child = process.spawn(["sleep", "5"])
        yield child.wait()
        return 0

    made = run(lab, None, parent, "parent")
    lab.sleep(1)
    first, second = lab.machine.processes()
    assert (first.argv, second.argv) == (("parent",), ("sleep", "5"))
    assert (second.parent, first.pid) == (made.pid, made.pid)
    assert second.pid > first.pid
    assert done(lab, made) == 0
    assert lab.machine.processes() == []


def test_a_fork_runs_beside_its_parent_and_can_be_waited_for(lab: Lab) -> None:
    out = Text()

    def child(process: Process) -> Program:
        yield process.sleep(SECOND)
        process.write("child\n")
        return 5

    def parent(process: Process) -> Program:
        forked = process.fork(child)
        process.write("parent\n")
        status: int = yield forked.wait()
        process.write(f"{status}\n")
        return 0

    start(lab, parent, out=out)
    lab.sleep(2)
    assert str(out) == "parent\nchild\n5\n"


def test_exec_keeps_the_number_and_takes_the_name_and_the_place() -> None:
    lab = pair()

    def main(process: Process) -> Program:
        return (yield from process.exec(["sleep", "9"], context=context(lab, "a")))

    made = run(lab, "b", main, "before")
    lab.sleep(1)
    [entry] = lab.machine.processes()
    assert (entry.pid, entry.argv, entry.network) == (made.pid, ("sleep", "9"), lab.network("a"))
    assert lab.machine.pids_in(lab.network("a")) == [made.pid]
    assert lab.machine.pids_in(lab.network("b")) == []
    assert done(lab, made) == 0


def test_exec_of_nothing_goes_on(lab: Lab) -> None:
    def main(process: Process) -> Program:
        with pytest.raises(KernelError):
            yield from process.exec(["nosuch"])
        return 4

    assert done(lab, run(lab, None, main)) == 4


# --- signals -------------------------------------------------------------------------------------------------------


def patient(process: Process) -> Program:
    """Waits for ever; listens to Ctrl-C."""
    try:
        yield process.sleep(10_000 * SECOND)
    except Interrupted:
        process.write("goodbye\n")
        return 0
    return 0


def deaf(process: Process) -> Program:
    yield process.sleep(10_000 * SECOND)
    return 0


#: A program, how it is ended, its status, its signal, what it says.
ENDINGS: list[tuple[Callable[[Process], Program], Callable[[Lab, Child], None], int, int | None, str]] = [
    (patient, lambda _, child: child.interrupt(), 0, None, "goodbye\n"),
    (deaf, lambda _, child: child.interrupt(), 130, 2, ""),
    (patient, lambda _, child: child.kill(), 137, 9, ""),
    (deaf, lambda lab, child: lab.machine.kill(child.pid), 143, 15, ""),
    (patient, lambda lab, child: lab.machine.kill(child.pid, 2), 0, None, "goodbye\n"),
    (deaf, lambda lab, child: lab.machine.kill(child.pid, 1), 129, 1, ""),
]


@pytest.mark.parametrize(("main", "end", "status", "signal", "words"), ENDINGS)
def test_how_a_signal_ends_a_program(
    lab: Lab,
    main: Callable[[Process], Program],
    end: Callable[[Lab, Child], None],
    status: int,
    signal: int | None,
    words: str,
) -> None:
    out = Text()
    child = start(lab, main, out=out)
    lab.sleep(1)
    end(lab, child)
    lab.sleep(1)
    assert (child.status, child.signal, str(out)) == (status, signal, words)


def test_signal_zero_only_asks_whether_there_is_such_a_process(lab: Lab) -> None:
    child = start(lab, deaf)
    lab.machine.kill(child.pid, 0)
    lab.sleep(1)
    assert child.status is None
    child.kill()
    lab.sleep(1)
    with pytest.raises(KernelError) as refused:
        lab.machine.kill(child.pid, 0)
    assert refused.value.errno is Errno.ESRCH


def test_killing_the_dead_changes_nothing(lab: Lab) -> None:
    child = run(lab, None, lambda _process: 0)
    assert done(lab, child) == 0
    child.kill()
    child.interrupt()
    lab.sleep(1)
    assert child.status == 0


def test_a_program_that_is_killed_cleans_up(lab: Lab) -> None:
    cleaned: list[str] = []

    def main(process: Process) -> Program:
        try:
            yield process.sleep(100 * SECOND)
        except Killed:
            cleaned.append("killed")
            raise
        finally:
            cleaned.append("finally")
        return 0

    child = run(lab, None, main)
    lab.sleep(1)
    child.kill()
    assert done(lab, child) == 137
    assert cleaned == ["killed", "finally"]


def test_a_socket_is_closed_with_its_process(lab: Lab) -> None:
    def main(process: Process) -> Program:
        process.network.udp_socket(owner=process).bind(lab.machine.host.network.addresses()[0].address, 9)
        yield process.sleep(100 * SECOND)
        return 0

    typed(lab, "ip link set lo up")
    for _ in range(2):
        child = run(lab, None, main)
        lab.sleep(1)
        assert "127.0.0.1:9" in lab.run("ss -uln").stdout
        child.kill()
        lab.sleep(1)
        assert child.status == 137
    assert "127.0.0.1:9" not in lab.run("ss -uln").stdout


# --- pipes ---------------------------------------------------------------------------------------------------------


def read_lines(process: Process) -> Program:
    """Writes what it reads, a line at a time, and that it saw the end."""
    while line := (yield process.stdin.read_line()):
        process.write(f"<{line.rstrip()}>")
    process.write("end")
    return 0


def test_a_reader_sees_the_end_when_no_writer_is_left(lab: Lab) -> None:
    out = Text()

    def writer(process: Process) -> Program:
        process.write("one\ntwo")
        yield process.sleep(2 * SECOND)
        process.write(" and a half\n")
        return 0

    def parent(process: Process) -> Program:
        reader, end = process.pipe()
        process.fork(read_lines, stdin=reader)
        process.fork(writer, stdout=end)
        end.close()
        reader.close()
        yield process.sleep(SECOND)
        return 0

    start(lab, parent, out=out)
    lab.sleep(1.5)
    assert str(out) == "<one>"
    lab.sleep(2)
    assert str(out) == "<one><two and a half>end"


def test_as_long_as_somebody_may_write_there_is_no_end(lab: Lab) -> None:
    out = Text()

    def parent(process: Process) -> Program:
        reader, end = process.pipe()
        process.fork(read_lines, stdin=reader)
        yield process.sleep(5 * SECOND)
        end.close()
        end.close()
        yield process.sleep(SECOND)
        return 0

    start(lab, parent, out=out)
    lab.sleep(4)
    assert str(out) == ""
    lab.sleep(3)
    assert str(out) == "end"


def test_a_writer_that_nobody_reads_dies_of_it(lab: Lab) -> None:
    """SIGPIPE: 141."""
    statuses: list[int] = []

    def writer(process: Process) -> Program:
        for _ in range(10):
            process.write("y\n")
            yield process.sleep(SECOND)
        return 0

    def reader(process: Process) -> Program:
        yield process.stdin.read_line()
        return 0

    def parent(process: Process) -> Program:
        source, sink = process.pipe()
        first = process.fork(writer, stdout=sink)
        process.fork(reader, stdin=source)
        source.close()
        sink.close()
        statuses.append((yield first.wait()))
        return 0

    run(lab, None, parent)
    lab.sleep(20)
    assert statuses == [141]
    assert lab.run("yes | head -n 1; echo ${PIPESTATUS[0]}").stdout == "y\n141\n"


def test_a_writer_may_catch_that_nobody_reads(lab: Lab) -> None:
    def main(process: Process) -> Program:
        reader, end = process.pipe()
        reader.close()
        with pytest.raises(BrokenPipe):
            end.write("x")
        yield process.sleep(1)
        return 0

    assert done(lab, run(lab, None, main)) == 0


_pieces = st.lists(st.sampled_from(["", "a", "b\n", "\n", "cd\ne"]), max_size=12)


@settings(max_examples=examples(40), deadline=None)
@given(pieces=_pieces, how=st.lists(st.sampled_from(["line", "some", "all"]), max_size=8))
def test_a_pipe_loses_and_invents_nothing(pieces: list[str], how: list[str]) -> None:
    lab = Lab(docker=False)
    pipe = Pipe(lab.machine.engine)
    reader, writer = pipe.ends()
    assert isinstance(writer, Writer)
    got: list[str] = []

    def read(_process: Process) -> Program:
        for kind in how:
            wait = {"line": reader.read_line, "some": reader.read_some, "all": reader.read_all}[kind]()
            got.append((yield wait))
        got.append((yield reader.read_all()))
        return 0

    child = run(lab, None, read)
    for piece in pieces:
        writer.write(piece)
        lab.sleep(0.01)
    writer.close()
    assert done(lab, child) == 0
    assert "".join(got) == "".join(pieces)
    for kind, text in zip(how, got, strict=False):
        assert kind != "line" or text.count("\n") <= 1


# --- namespaces ----------------------------------------------------------------------------------------------------


def test_a_namespace_lives_while_a_process_is_inside() -> None:
    """netns_isolation: `ip netns del` takes the name only; the cable is gone when the process is."""
    lab = pair()
    child = run(lab, "b", deaf)
    lab.sleep(1)
    typed(lab, "ip netns del b")
    assert lab.run("ip netns list").stdout == "a\n"
    assert "eth0" in lab.run("ip -n a -br link").stdout
    assert "link-netnsid" in lab.run("ip -n a link show eth0").stdout
    assert lab.run("ip netns exec a ping -c 1 10.0.0.2")
    child.kill()
    lab.sleep(1)
    assert "eth0" not in lab.run("ip -n a -br link").stdout


def test_a_namespace_can_be_named_by_a_process_in_it(lab: Lab) -> None:
    network = lab.machine.new_network("container")
    child = lab.machine.run(deaf, ["sleeper"], attrs.evolve(lab.machine.host, network=network))
    lab.machine.release_network(network)
    lab.sleep(1)
    lab.machine.attach_namespace("named", child.pid)
    child.kill()
    lab.sleep(1)
    assert lab.machine.namespace("named") is network
    assert lab.machine.name_of(network) == "named"
    with pytest.raises(KernelError) as refused:
        lab.machine.attach_namespace("other", child.pid)
    assert refused.value.errno is Errno.ESRCH


def test_an_unnamed_namespace_goes_when_its_maker_and_its_processes_let_go(lab: Lab) -> None:
    network = lab.machine.new_network()
    lab.machine.add_namespace("peer")
    typed(lab, "ip link add v0 type veth peer name v1")
    child = lab.machine.run(deaf, ["sleeper"], attrs.evolve(lab.machine.host, network=network))
    lab.sleep(1)
    typed(lab, f"ip link set v1 netns {child.pid}")
    lab.machine.release_network(network)
    assert "v0" in lab.run("ip -br link").stdout
    child.kill()
    lab.sleep(1)
    assert "v0" not in lab.run("ip -br link").stdout


def test_a_container_is_a_context_of_its_own(lab: Lab) -> None:
    """Files, host name, programs and privileges are those of the context, and /proc/sys is read-only."""
    network = lab.machine.new_network("box")
    box = attrs.evolve(
        lab.machine.host,
        network=network,
        hostname="box",
        read_only_sysctls=True,
        privileged=False,
        files=lab.machine.new_files(network, {"/etc/hosts": "127.0.0.1 box\n"}),
        available=frozenset({"hostname", "cat", "sh", "echo", "ip"}),
    )
    told = {}
    for line in ("hostname", "cat /etc/hosts", "ping -c 1 127.0.0.1", "echo 1 > /proc/sys/net/ipv4/ip_forward",
                 "ip link set lo up"):  # fmt: skip
        out = Text()
        child = lab.machine.spawn(["sh", "-c", line], box, stdout=out, stderr=out)
        told[line] = (done(lab, child), str(out))
    assert told["hostname"] == (0, "box\n")
    assert told["cat /etc/hosts"] == (0, "127.0.0.1 box\n")
    assert told["ping -c 1 127.0.0.1"][0] == 127
    assert "Read-only file system" in told["echo 1 > /proc/sys/net/ipv4/ip_forward"][1]
    assert "Operation not permitted" in told["ip link set lo up"][1]


def test_services_are_found_by_their_path(lab: Lab) -> None:
    with pytest.raises(KernelError) as refused:
        lab.machine.service("/run/nobody.sock")
    assert refused.value.errno is Errno.ENOENT
    lab.machine.offer_service("/run/somebody.sock", "here")
    assert lab.machine.service("/run/somebody.sock") == "here"


def test_time_is_the_machines_own(lab: Lab) -> None:
    began = lab.machine.wall_clock()
    lab.sleep(90)
    assert lab.machine.wall_clock() - began == 90 * SECOND
    assert lab.run("date -u +%Y").stdout == "2026\n"


# --- handlers --------------------------------------------------------------------------------------------------------


def test_a_handler_gets_the_signals_that_it_takes_and_what_is_ignored_is_inherited(lab: Lab) -> None:
    lab.run(
        """(trap "echo took" USR1; trap "" TERM; sleep 3; echo end) > /taken & sleep 1; kill -USR1 $!; kill $!; wait"""
    )
    assert lab.run("cat /taken").stdout == "took\nend\n"


def test_neither_sigkill_nor_sigstop_reaches_a_handler(lab: Lab) -> None:
    words = "bash -c 'trap \"echo took\" KILL; sleep 9; echo end' & sleep 1; kill -KILL $!; wait $!; echo $?"
    assert lab.run(words).stdout == "137\n"


def test_a_process_group_is_what_a_command_started(lab: Lab) -> None:
    assert lab.run("sleep 9 & sleep 9 & kill 0").exit_code == 143
    assert lab.run("timeout 1 sh -c 'sleep 9 & echo $! > /pid; wait'; echo $?").stdout == "124\n"
    assert "No such process" in lab.run("kill -0 $(cat /pid)").stderr
