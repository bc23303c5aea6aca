"""A process that is forked from this one, and the two pipes to it: fork(2) copies what is here for next to nothing.

What is sent and received is pickled; an exception in the process is raised by `receive`.  Nothing that it does is seen
here, but for the modules of vnetsim that it imported, and the methods that it made of classes of values: they are
imported and made here too, and not again in the next process.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import IO, Generic, NoReturn, TypeAlias, TypeVar

from vnetsim import values

Sent = TypeVar("Sent")
Got = TypeVar("Got")
#: A result, and None; or None, and the exception that was raised instead.
Reply: TypeAlias = tuple[Got | None, Exception | None]


class ForkedProcess(Generic[Sent, Got]):
    """`serve` runs there: it takes what is sent to it, and yields replies.  The collector of garbage is off."""

    def __init__(self, serve: Callable[[Iterator[Sent]], Iterator[Reply[Got]]]) -> None:
        (requests, to_child), (from_child, replies) = os.pipe(), os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            # The child keeps what it inherits of other children's pipes.  The youngest child sees its own closed when
            # the parent dies, then the one before it.
            os.close(to_child)
            os.close(from_child)
            _run(serve, requests, replies)
        os.close(requests)
        os.close(replies)
        self._requests: IO[bytes] = os.fdopen(to_child, "wb")
        self._replies: IO[bytes] = os.fdopen(from_child, "rb")

    def call(self, sent: Sent) -> Got:
        """Send, and wait for the reply."""
        with _running():
            pickle.dump(sent, self._requests)
            self._requests.flush()
        return self.receive()

    def receive(self) -> Got:
        """The next reply."""
        with _running():
            (value, error), modules, made = pickle.load(self._replies)
        for module in modules:
            importlib.import_module(module)
        values.make(made)
        if error is not None:
            raise error
        got: Got = value
        return got

    def close(self) -> None:
        """It is over, or it is killed."""
        if self._replies.closed:
            return
        with suppress(OSError):
            self._requests.close()
        self._replies.close()
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


@contextmanager
def _running() -> Iterator[None]:
    """A pipe that is closed at the other end means that the process is gone."""
    try:
        yield
    except (EOFError, OSError):
        raise RuntimeError("a process of vnetsim ended before its work was done") from None


def attempted(call: Callable[[], Got]) -> Reply[Got]:
    """What a call comes to."""
    try:
        return call(), None
    except Exception as error:
        return None, error


def _run(serve: Callable[[Iterator[Sent]], Iterator[Reply[Got]]], requests: int, replies: int) -> NoReturn:
    """What the child does from its birth to its death: nothing of its parent's is cleaned up or flushed."""
    status = 1
    try:
        gc.freeze()  # what its parent has is no garbage here
        gc.disable()
        known, made = len(sys.modules), len(values.made_later)
        with os.fdopen(requests, "rb") as request_pipe, os.fdopen(replies, "wb") as pipe:
            for reply in serve(_received(request_pipe)):
                modules = [name for name in islice(sys.modules, known, None) if name.startswith("vnetsim.")]
                known = len(sys.modules)
                news = modules, [each for each in values.made_later[made:] if _is_importable(each[0])]
                made = len(values.made_later)
                pipe.write(_pickled(reply, news))
                pipe.flush()
        status = 0
    finally:
        os._exit(status)


def _is_importable(cls: type) -> bool:
    return getattr(sys.modules.get(cls.__module__), cls.__qualname__, None) is cls


def _received(request_pipe: IO[bytes]) -> Iterator[Sent]:
    with suppress(EOFError):
        while True:
            yield pickle.load(request_pipe)


def _pickled(reply: Reply[Got], news: tuple[object, ...]) -> bytes:
    try:
        return pickle.dumps((reply, *news))
    except Exception as error:  # of a result that cannot be pickled
        return pickle.dumps(((None, error), *news))
