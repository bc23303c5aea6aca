"""What a student typed in a lesson: a file that `vnetsim lesson` wrote (`.work`), a session, or a shell script.

    {"work": 1, "title": "A router", "steps": [[{"text": "ip -n server route add ...\\n", "seconds": 60.0}]]}

A `.work` file has the keys and the times of the terminal, so it holds what a session file cannot: commands typed in an
attached container, Ctrl-C and Ctrl-Z.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.journal import JournalRequest, Ran, Slept
from vnetsim.lab.base_lab import DEFAULT_TIMEOUT_SECONDS
from vnetsim.prompt.entered import CTRL_C, CTRL_D, CTRL_Z, INNER, OUTERMOST, PROGRAM, Begun, Entered, Resized
from vnetsim.scenario.document import Command, Pause
from vnetsim.scenario.load import parse
from vnetsim.scenario.shellscript import commands_of, is_shell_script
from vnetsim.scenario.source import read
from vnetsim.values import frozen

SUFFIX: Final = ".work"
_FORM: Final = 1
_SECONDS: Final = 86_400.0


@frozen
class Work:
    """The requests of each step, in order; `title` is that of the lesson, "" if the file does not say."""

    name: str
    title: str
    steps: tuple[tuple[JournalRequest, ...], ...]


def load(name: str) -> Work:
    """UsageError, in one sentence, for a file that is none."""
    text = read_text(name)
    if name.endswith(SUFFIX):
        return _of_json(name, text)
    if is_shell_script(text):
        return Work(name, "", (tuple(Ran(line, DEFAULT_TIMEOUT_SECONDS) for line in commands_of(name, text)),))
    parts = parse(name, text).parts
    return Work(name, "", (tuple(request(part) for part in parts if isinstance(part, Command | Pause)),))


def read_text(name: str) -> str:
    if not name.endswith(SUFFIX):
        return read(name)
    try:
        return Path(name).read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}: expected UTF-8 text") from None


def request(part: Command | Pause) -> JournalRequest:
    """The request that a part of a session makes."""
    return Slept(part.seconds) if isinstance(part, Pause) else Ran(part.text, DEFAULT_TIMEOUT_SECONDS)


def encoded(title: str, steps: Sequence[Sequence[JournalRequest]]) -> str:
    """The text of a `.work` file."""
    entries = [[_entry(each) for each in step if not isinstance(each, Begun | Resized)] for step in steps]
    return json.dumps({"work": _FORM, "title": title, "steps": entries}, indent=1, ensure_ascii=False) + "\n"


def _entry(request: JournalRequest) -> dict[str, Any]:
    match request:
        case Slept():
            return {"seconds": request.seconds}
        case Entered():
            return attrs.asdict(request)
    raise UsageError(f"a work cannot hold {type(request).__name__}, which nobody typed")


def _of_json(name: str, text: str) -> Work:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{name}: expected the work of a student, which is JSON") from None
    if not isinstance(value, dict) or value.get("work") != _FORM:
        raise UsageError(f'{name}: expected the work of a student, a JSON object with `"work": {_FORM}`')
    title, steps = value.get("title"), value.get("steps")
    if not isinstance(title, str) or not isinstance(steps, list) or not all(isinstance(step, list) for step in steps):
        raise UsageError(f"{name}: expected `title`, a text, and `steps`, a list of lists")
    return Work(name, title, tuple(tuple(_read(name, entry) for entry in step) for step in steps))


def _read(name: str, entry: Any) -> JournalRequest:
    seconds = entry.get("seconds") if isinstance(entry, dict) else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= _SECONDS:
        raise UsageError(f"{name}: expected an entry with `seconds` up to {_SECONDS:g}, found {entry!r:.60}")
    if "text" not in entry:
        return Slept(float(seconds))
    key, reader = entry.get("key", CTRL_C), entry.get("reader", OUTERMOST)
    known = key in (CTRL_C, CTRL_D, CTRL_Z) and reader in (OUTERMOST, INNER, PROGRAM)
    if not known or not isinstance(entry["text"], str) or not isinstance(entry.get("pressed", False), bool):
        raise UsageError(f"{name}: expected what was typed, as `vnetsim lesson` writes it, found {entry!r:.60}")
    return Entered(entry["text"], float(seconds), key, reader, entry.get("pressed", False))
