"""The collector of garbage (module gc), which walks all objects that there are: when it does not run."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: So many objects are made, and not freed, until those are looked at, instead of 700 (gc.set_threshold).
_YOUNG: Final = 200_000


@contextmanager
def no_collector() -> Iterator[None]:
    """While so much is made and nothing of it is garbage yet: looking for it takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def collect_young() -> None:
    """What was just given up is freed while it is in the processor's caches: later it takes three times as long.

    Older garbage is looked for as often as usual (`gc.get_threshold`), and none where the collector is off.
    """
    if gc.isenabled():
        older = [each for each in (2, 1) if gc.get_count()[each] > gc.get_threshold()[each]]
        gc.collect(older[0] if older else 0)


def collect_seldom() -> None:
    """In a process that is vnetsim's own: garbage is looked for less often, and not at all when the process ends.

    Never more often than whoever made the process has chosen.
    """
    young, *older = gc.get_threshold()
    if 0 < young < _YOUNG:
        gc.set_threshold(_YOUNG, *older)
    atexit.register(gc.freeze)
