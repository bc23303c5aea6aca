"""When garbage is looked for."""

from __future__ import annotations

import atexit
import gc
import weakref
from collections.abc import Iterator

import pytest

from vnetsim.garbage import collect_seldom, collect_young


@pytest.mark.parametrize(("chosen", "then"), [(700, 200_000), (500_000, 500_000), (0, 0)])
def test_it_is_not_looked_for_more_often_than_was_chosen(
    chosen: int, then: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atexit, "register", lambda _function: None)
    before = gc.get_threshold()
    gc.set_threshold(chosen)
    try:
        collect_seldom()
        assert gc.get_threshold()[0] == then
    finally:
        gc.set_threshold(*before)


class Cycle:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    yield
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("enabled", [True, False])
def test_what_was_given_up_is_freed_at_once_unless_the_collector_is_off(*, enabled: bool) -> None:
    given_up = weakref.ref(Cycle())
    if enabled:
        gc.enable()
    collect_young()
    assert (given_up() is None) is enabled


@pytest.mark.parametrize(("count", "generation"), [((9, 0, 0), 0), ((9, 11, 0), 1), ((9, 10, 10), 0), ((9, 11, 11), 2)])
def test_older_garbage_is_looked_for_as_often_as_usual(
    count: tuple[int, int, int], generation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[int] = []
    monkeypatch.setattr(gc, "isenabled", lambda: True)
    monkeypatch.setattr(gc, "get_count", lambda: count)
    monkeypatch.setattr(gc, "get_threshold", lambda: (700, 10, 10))
    monkeypatch.setattr(gc, "collect", collected.append)
    collect_young()
    assert collected == [generation]
