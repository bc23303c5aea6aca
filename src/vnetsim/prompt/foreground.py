"""Who has a terminal: the shell in the foreground, and the keys that send it a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.process import Interrupted, Suspended, Terminal

if TYPE_CHECKING:
    from vnetsim.kernel.proc.machine import KernelMachine


def foreground(terminal: Terminal) -> Terminal:
    """Where the shell in the foreground is: this terminal, or that of a container that is attached to it."""
    while terminal.inner is not None and terminal.inner.shells:
        terminal = terminal.inner
    return terminal


def press(machine: KernelMachine, terminal: Terminal, key: Interrupted | Suspended) -> None:
    """A key that sends a signal to the foreground: its shell passes it on."""
    for pid in foreground(terminal).shells[-1:]:
        task = machine.child(pid).task
        assert task is not None
        task.throw(key)
