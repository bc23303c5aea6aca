"""The steps of something that waits in simulated time: a generator, as programs are."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

Answer = TypeVar("Answer")
#: To be run by `yield from`; gives its answer.
Steps: TypeAlias = Generator[Any, Any, Answer]
#: A part of a script that runs: it gives its exit status.
Run: TypeAlias = Steps[int]
