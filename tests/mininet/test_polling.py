"""select.poll and select.select of a script, in simulated time."""

from __future__ import annotations

import select
from typing import Any

import pytest

from vnetsim.errors import NotModelled
from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.hosts import Host, Node
from vnetsim.mininet.polling import SimulatedPoll, simulated_select


def test_outputs_of_processes_and_shells_are_polled(emulation: Emulation) -> None:
    h1, h2 = Host("h1"), Host("h2")
    process: Any = h1.popen("sh -c 'sleep 2; echo done; sleep 1'")
    poller = SimulatedPoll()
    poller.register(process.stdout, select.POLLIN)
    poller.register(h2.stdout.fileno())
    before = emulation.lab.now()
    assert poller.poll(500) == []
    assert emulation.lab.now() - before == pytest.approx(500_000_000, abs=20_000_000)
    h2.cmd("sh -c 'sleep 1; echo late' &")
    assert poller.poll(1500) == [(h2.stdout.fileno(), select.POLLIN)]
    assert Node.outToNode[h2.stdout.fileno()] is h2
    assert h2.monitor() == "late\r\n"
    assert poller.poll() == [(process.stdout.fileno(), select.POLLIN)]
    assert process.stdout.readline() == b"done\n"
    assert poller.poll(1500) == [(process.stdout.fileno(), select.POLLHUP)]
    poller.unregister(process.stdout)
    assert poller.poll(0) == []


def test_select_gives_what_can_be_read(emulation: Emulation) -> None:
    process: Any = Host("h1").popen("sh -c 'sleep 1; echo x'")
    assert simulated_select([process.stdout], [], [], 0.1) == ([], [], [])
    assert simulated_select([process.stdout], [], []) == ([process.stdout], [], [])
    assert emulation.lab.failures == ()


def test_what_is_refused(emulation: Emulation) -> None:
    poller = SimulatedPoll()
    with pytest.raises(NotModelled, match="poll for other events"):
        poller.register(0, select.POLLOUT)
    poller.register(0)
    with pytest.raises(NotModelled, match="poll of the descriptor 0, which is of no process"):
        poller.poll(0)
    with pytest.raises(NotModelled, match="select for writing"):
        simulated_select([], [1], [])
    assert len(emulation.lab.failures) == 3
