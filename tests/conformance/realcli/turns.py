"""A thread and an event loop that run by turns: code that blocks uses a lab that a server owns, without locks."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Turns:
    """While the thread computes the loop stands still; while the thread waits in `wait` the loop runs."""

    def __init__(self) -> None:
        self._wanted: queue.SimpleQueue[Callable[[], Coroutine[Any, Any, Any]] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    async def run(self, function: Callable[[], T]) -> T:
        """Run `function` in a thread to its end; what it raises is raised."""
        outcome: list[T] = []
        failure: list[BaseException] = []

        def body() -> None:
            try:
                outcome.append(function())
            except BaseException as error:  # it is the caller's
                failure.append(error)
            finally:
                self._wanted.put(None)

        thread = threading.Thread(target=body, daemon=True)
        thread.start()
        while (wanted := self._wanted.get()) is not None:
            self._answers.put(await _settled(wanted))
        thread.join()
        if failure:
            raise failure[0]
        return outcome[0]

    def wait(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """In the thread: let the loop run until the coroutine has ended."""
        self._wanted.put(make)
        answer, error = self._answers.get()
        if error is not None:
            raise error
        found: T = answer
        return found


async def _settled(make: Callable[[], Coroutine[Any, Any, Any]]) -> tuple[Any, BaseException | None]:
    try:
        return await make(), None
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # it is the thread's
        return None, error
