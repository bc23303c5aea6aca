"""Mutations of texts and bytes, and the bookkeeping of a fuzz run: the same seed makes the same inputs."""

from __future__ import annotations

import json
import random
import re
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from vnetsim.errors import VnetsimError

TESTS = Path(__file__).parent.parent
#: Seconds after which an input hangs, on a computer that has other things to do.
HANG_SECONDS = 60

#: What people do not type.
ODD = [
    "", "-", "--", "-1", "0", "00", "=", ":", "::", ".", "..", "/", "//", "%", "@", "*", "[", "]", "{", "}", "(", ")",
    "!", "99999999999999999999", "-99999999999999999999", "4294967296", "65536", "1e400", "nan", "inf", "0x", "0x10",
    "1.5",
    "٣", "²", "\udcff", "\ufeff", "\0", "\x1b[0m", "é" * 70, "a..b", ".a", "a.", "x" * 300, "10.0.0.0/33",
    "10.0.0.1/-1",
    "256.1.1.1", "fe80::1%eth0", "::/129", "1:2:3:4:5:6:7:8:9", "00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "lo", "eth0",
    "dev", "via", "default", "all", "any", "{1..9}", "{a,b}", "$x", "${x", "$(", "`", "'", '"', "\\", ";", "&", "&&",
    "|",
    ">", "<", ">>", "2>&1", "<<E", "\n", "\t", "-h", "-v", "--help", "--version", "-n", "-6", "-4", "json", "-j", "-s",
]  # fmt: skip
_TOKENS = re.compile(r"\s+|[\w.:/-]+|.", re.DOTALL)


def mutated(rng: random.Random, text: str, corpus: Sequence[str]) -> str:
    """The text with one to four changes, of tokens mostly."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        text = rng.choice(_CHANGES)(rng, text, corpus)
    return text


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text)


def _on_tokens(change: Callable[[random.Random, list[str], int], None]) -> Callable[..., str]:
    def changed(rng: random.Random, text: str, _corpus: Sequence[str]) -> str:
        tokens = _tokens(text)
        if not tokens:
            return rng.choice(ODD)
        change(rng, tokens, rng.randrange(len(tokens)))
        return "".join(tokens)

    return changed


def _delete(_rng: random.Random, tokens: list[str], place: int) -> None:
    del tokens[place]


def _double(_rng: random.Random, tokens: list[str], place: int) -> None:
    tokens.insert(place, tokens[place])


def _swap(rng: random.Random, tokens: list[str], place: int) -> None:
    other = rng.randrange(len(tokens))
    tokens[place], tokens[other] = tokens[other], tokens[place]


def _odd(rng: random.Random, tokens: list[str], place: int) -> None:
    tokens[place] = rng.choice(ODD)


def _odd_between(rng: random.Random, tokens: list[str], place: int) -> None:
    tokens.insert(place, f" {rng.choice(ODD)} ")


def _number(rng: random.Random, tokens: list[str], _place: int) -> None:
    numbers = [index for index, token in enumerate(tokens) if token.isdecimal()]
    if numbers:
        tokens[rng.choice(numbers)] = str(rng.choice((0, 1, 255, 256, 4094, 65535, 65536, 2**31, 2**32, 2**64, -1)))


def _borrow(rng: random.Random, text: str, corpus: Sequence[str]) -> str:
    tokens, others = _tokens(text), _tokens(rng.choice(corpus))
    if not tokens or not others:
        return text
    start = rng.randrange(len(others))
    place = rng.randrange(len(tokens))
    tokens[place : place + rng.randrange(3)] = others[start : start + rng.randrange(1, 6)]
    return "".join(tokens)


def _character(rng: random.Random, text: str, _corpus: Sequence[str]) -> str:
    place = rng.randrange(len(text) + 1)
    new = chr(rng.choice((rng.randrange(32, 127), rng.randrange(1, 256), rng.randrange(0x300, 0xD7FF))))
    return text[:place] + new + text[place + rng.randrange(2) :]


def _cut(rng: random.Random, text: str, _corpus: Sequence[str]) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _join(rng: random.Random, text: str, corpus: Sequence[str]) -> str:
    return text + rng.choice((" ; ", " | ", " && ", "\n", " & ", " || ", " > /tmp/f ", " $( ")) + rng.choice(corpus)


_CHANGES: list[Callable[..., str]] = [
    _on_tokens(_delete), _on_tokens(_double), _on_tokens(_swap), _on_tokens(_odd), _on_tokens(_odd_between),
    _on_tokens(_number), _borrow, _borrow, _character, _cut, _join,
]  # fmt: skip


def mutated_bytes(rng: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    """The bytes with some of them changed, removed, doubled or taken from another."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        place = rng.randrange(len(out)) if out else 0
        match rng.randrange(7):
            case 0 | 1:
                if out:
                    out[place] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            case 2:
                if out:
                    out[place] ^= 1 << rng.randrange(8)
            case 3:
                del out[place : place + rng.randrange(1, 9)]
            case 4:
                out[place:place] = rng.randbytes(rng.randrange(1, 9))
            case 5:
                del out[place:]
            case 6:
                other = rng.choice(corpus)
                start = rng.randrange(len(other)) if other else 0
                out[place : place + 8] = other[start : start + rng.randrange(1, 30)]
    return bytes(out)


class Hang(BaseException):
    """An input took too long."""


@attrs.define
class Run:
    """How many inputs ran, and what failed: by where it failed, how often and with which first input."""

    inputs: int = 0
    failures: Counter[str] = attrs.field(factory=Counter)
    first: dict[str, Any] = attrs.field(factory=dict)

    @contextmanager
    def one(self, shown: Callable[[], Any]) -> Iterator[None]:
        """Around one input: a refusal is fine, any other exception and a hang are failures."""
        self.inputs += 1
        try:
            yield
        except VnetsimError:
            pass
        except Hang as hang:
            self.fail(f"hang at {_place(hang)}", shown())
        except RecursionError as error:
            self.fail(f"RecursionError at {_place(error)}", shown())
        except Exception as error:
            self.fail(f"{type(error).__name__}: {str(error)[:60]!r} at {_place(error)}", shown())

    def fail(self, what: str, shown: Any) -> None:
        self.failures[what] += 1
        self.first.setdefault(what, shown)

    def report(self) -> str:
        found = [{"times": times, "what": what, "first": self.first[what]} for what, times in self.failures.items()]
        return json.dumps({"inputs": self.inputs, "failed": sum(self.failures.values()), "failures": found}, indent=1)


def _place(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "vnetsim" in frame.filename]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-4:-1])


@contextmanager
def no_hang() -> Iterator[None]:
    """Hang for what takes more than HANG_SECONDS (where there is such a timer)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(_number: int, _frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
