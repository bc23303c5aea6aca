"""The one program that no real machine has: `why` [-v], of the latest packets, or `why FROM TO [PROTOCOL]`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from vnetsim.errors import UsageError
from vnetsim.journal import Journal
from vnetsim.lab.lost_packets import lost_packets, no_loss
from vnetsim.process import Process
from vnetsim.trace import Event

UNWATCHED: Final = "nobody watches the packets of this machine (Lab(watch=True) does)"
#: The exit status of a question that makes no sense.
_BAD_QUESTION: Final = 2
_USAGE: Final = (
    "usage: why [-v], or why FROM TO [icmp|tcp/PORT|udp/PORT] [size=BYTES] [df] [sport=PORT] [established]\n"
)


class WhyAnswer(Protocol):
    """The answer to a question with ends; `str` of it is the output of the program."""

    @property
    def arrives(self) -> bool: ...


class WhyProgram:
    """`ask` answers a question with ends; `watched` is whether `events` hold the latest packets."""

    def __init__(
        self, journal: Journal, events: Iterable[Event], watched: Callable[[], bool], ask: Callable[..., WhyAnswer]
    ) -> None:
        self._journal, self._events, self._watched, self._ask = journal, events, watched, ask

    def main(self, process: Process) -> int:
        if len(process.argv) > 2:
            return self._between(process)
        if process.argv[1:] not in ((), ("-v",)):
            process.error(_USAGE)
            return 2
        if not self._watched():
            process.error(f"why: {UNWATCHED}\n")
            return 1
        verbose = "-v" in process.argv
        process.write(lost_packets(self._events, verbose=verbose) or f"why: {no_loss(self._events)}\n")
        return 0

    def _between(self, process: Process) -> int:
        """A lab that replays the requests of another one gives its recorded answers: they are costly, and the same."""
        known = self._journal.replayed_answers
        text, status = known.popleft() if known else self._answer(process)
        self._journal.why_answers.append((text, status))
        (process.error if status == _BAD_QUESTION else process.write)(text)
        return status

    def _answer(self, process: Process) -> tuple[str, int]:
        try:
            answer = self._ask(*process.argv[1:])
        except UsageError as error:
            return f"why: {error}\n", _BAD_QUESTION
        return str(answer), 0 if answer.arrives else 1
