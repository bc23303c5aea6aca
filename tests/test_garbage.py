"""When garbage is looked for in a process of vnetsim's own."""

from __future__ import annotations

import atexit
import gc

import pytest

from vnetsim.garbage import collect_seldom


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
