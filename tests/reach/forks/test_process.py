"""A forked process answers what it is sent, hands on what is raised in it, and is over when it is closed."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vnetsim
from vnetsim.reach.forks.process import ForkedProcess, Reply

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def halves(numbers: Iterator[int]) -> Iterator[Reply[int]]:
    for number in numbers:
        if number % 2:
            yield None, ValueError(f"{number} is odd")
        else:
            yield number // 2, None


def test_it_answers_what_it_is_sent_in_order() -> None:
    process: ForkedProcess[int, int] = ForkedProcess(halves)
    assert [process.call(number) for number in (8, 2, 40)] == [4, 1, 20]
    process.close()


def test_what_is_raised_in_it_is_raised_here_and_it_goes_on() -> None:
    process: ForkedProcess[int, int] = ForkedProcess(halves)
    with pytest.raises(ValueError, match="3 is odd"):
        process.call(3)
    assert process.call(6) == 3
    process.close()


def test_it_is_over_when_it_is_closed() -> None:
    process: ForkedProcess[int, int] = ForkedProcess(halves)
    process.close()
    process.close()
    with pytest.raises(ValueError, match="closed file"):
        process.call(2)


def test_what_it_imports_is_imported_here_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        (tmp_path / f"{name}_there.py").touch()
    monkeypatch.setattr(vnetsim, "__path__", [*vnetsim.__path__, str(tmp_path)])

    def importing(names: Iterator[str]) -> Iterator[Reply[str]]:
        for name in names:
            importlib.import_module(f"vnetsim.{name}_there")
            yield (name, None) if name != "second" else (None, ValueError(name))

    process: ForkedProcess[str, str] = ForkedProcess(importing)
    try:
        assert process.call("first") == "first"
        with pytest.raises(ValueError, match="second"):
            process.call("second")
        assert [f"vnetsim.{name}_there" in sys.modules for name in ("first", "second", "third")] == [True, True, False]
    finally:
        process.close()
        for name in ("first", "second"):
            sys.modules.pop(f"vnetsim.{name}_there", None)
