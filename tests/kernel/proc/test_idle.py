"""A process that holds its namespaces ends as one whose program sleeps for ever."""

from __future__ import annotations

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim import Lab
from vnetsim.kernel.proc.machine import SIGCONT, SIGINT, SIGSTOP, SIGTERM
from vnetsim.process import Process, Program

SIGKILL = 9


def asleep(process: Process) -> Program:
    while True:
        yield process.sleep(10**18)


@settings(max_examples=examples(60))
@given(st.lists(st.lists(st.sampled_from((SIGINT, SIGTERM, SIGKILL, SIGSTOP, SIGCONT, 0)), max_size=3), max_size=4))
def test_signals_do_the_same_to_it(moments: list[list[int]]) -> None:
    lab = Lab(docker=False)
    machine = lab.machine
    child, slow = machine.hold(("idle",), machine.host), machine.run(asleep, ("idle",), machine.host)
    lab.sleep(1)
    for signals in moments:
        for signal in signals:
            for each in (child, slow):
                if each.status is None:
                    machine.kill(each.pid, signal)
        lab.sleep(1)
        assert (child.status, child.signal) == (slow.status, slow.signal)
        left = {entry.pid: entry.stopped for entry in machine.processes()}
        assert left.get(child.pid) == left.get(slow.pid)
        if child.status is not None:
            assert child.wait().is_set
            return


def test_it_keeps_its_namespace_as_long_as_it_lives() -> None:
    lab = Lab(docker=False)
    machine = lab.machine
    network = machine.new_network("held")
    child = machine.hold(("idle",), attrs.evolve(machine.host, network=network))
    machine.release_network(network)
    namespace = machine.kernel.namespace_of(child.pid)
    child.kill()
    assert namespace.alive
    lab.sleep(0.001)
    assert not namespace.alive
