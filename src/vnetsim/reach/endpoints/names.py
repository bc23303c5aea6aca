"""The addresses of names: each sender's own resolver queries its own servers, by packets of the simulation.

meanings = resolve_all(lab, {Endpoint("container", "web"): ["web", "db"]})
meanings[Endpoint("container", "web"), "db"].addresses
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from vnetsim.errors import UsageError
from vnetsim.garbage import no_collector
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.reach.endpoints.endpoints import Endpoint, context_of
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: The answer of each sender's resolver for each name.
Meanings: TypeAlias = dict[tuple[Endpoint, str], Resolved]
#: Names that one sender resolves at once.
_AT_ONCE: Final = 50


@frozen
class Resolving:
    """Questions for names in a lab's journal."""

    count: int

    def replay(self, lab: BaseLab) -> None:
        del lab
        raise UsageError(f"this lab cannot be repeated: {self.count} machines resolved names in it by the Python API")

    def session(self) -> list[str]:
        raise UsageError("a session holds commands, and names were resolved by the Python API")


def resolve_all(lab: BaseLab, names: Mapping[Endpoint, Sequence[str]]) -> Meanings:
    """What its names mean to each sender that runs."""
    found: Meanings = {}
    machine = lab.machine
    with lab.journal.record(Resolving(len(names))), no_collector():
        for sender, some in names.items():
            child = machine.run(_program(sender, some, found), ["reach"], context_of(lab, sender))
            machine.engine.run(child.wait())
    return found


def _program(sender: Endpoint, names: Sequence[str], found: Meanings) -> Callable[[Process], Coroutine[int]]:
    def main(process: Process) -> Coroutine[int]:
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            lookups = [process.resolve(name) for name in some]
            for name, answer in zip(some, lookups, strict=True):
                found[sender, name] = yield answer
        return 0

    return main
