"""What the caller of a lab does besides command lines, as requests of its journal."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from vnetsim.journal import EngineCall, Executed, Journal, JournalRequest, Unrepeatable

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.lab.simulation import Simulation


def record_change(journal: Journal, simulation: Simulation, namespace: NetworkNamespace | None, what: Any) -> None:
    """Record the operation `what` in a namespace; without one, a Python function of that name runs as a program."""
    if journal.inside:
        return
    if namespace is None:
        journal.unrepeatable(f"the program {what}, which was started as a Python function,")
        return
    host = simulation.host
    name = "" if namespace is host.root else host.name_of(namespace)
    with journal.record(Executed(host.namespaces.index(namespace), name, what)):
        pass


def request_of(engine: object, steps: Generator[Any, Any, Any]) -> JournalRequest:
    """The request that a generator makes."""
    name = getattr(steps, "__qualname__", "")
    return _engine_request(engine, steps) or Unrepeatable(f"the Python generator {name}")


def _engine_request(engine: object, steps: Generator[Any, Any, Any]) -> EngineCall | None:
    """The request that a generator of the engine makes, before its first step; None for other generators.

    A generator function's arguments are its local variables until it runs.
    """
    if engine is None or inspect.getgeneratorstate(steps) != inspect.GEN_CREATED:
        return None
    arguments = dict(inspect.getgeneratorlocals(steps))
    name = getattr(steps, "__name__", "")
    if arguments.pop("self", None) is not engine or not _is_data(arguments):
        return None
    return EngineCall(name, copy.deepcopy(arguments))


def _is_data(value: object) -> bool:
    """Whether it consists of strings, numbers, lists and mappings only."""
    if isinstance(value, Mapping):
        return all(_is_data(key) and _is_data(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_data, value))
    return value is None or isinstance(value, str | int | float | bool)
