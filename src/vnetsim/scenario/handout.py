"""Lab files (`.vlab`): a lesson for students, with its seed, as one JSON document.

    {"vlab": 1, "title": "A router", "seed": 0, "lesson": "# A router\\n..."}

The text is Markdown (vnetsim.lesson.document) without the solutions and the tasks that students must not see.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from vnetsim.errors import UsageError
from vnetsim.values import frozen

SUFFIX: Final = ".vlab"
#: The form of the document; a later one says so.
_FORM: Final = 1
_LARGEST_BYTES: Final = 4_000_000


@frozen
class Handout:
    """What a lab file holds."""

    title: str
    seed: int
    lesson: str


def is_handout(name: str) -> bool:
    return name.endswith(SUFFIX)


def opened(name: str) -> Handout:
    """UsageError, in one sentence, if there is no such file, or it is none."""
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST_BYTES:
        raise UsageError(f"{name}: expected a lab file of up to {_LARGEST_BYTES} bytes, found {len(data)}")
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UsageError(f"{name}: expected a lab file, which is JSON") from None
    return _handout(name, value)


def _handout(name: str, value: Any) -> Handout:
    if not isinstance(value, dict) or "vlab" not in value:
        raise UsageError(f"{name}: expected a lab file, a JSON object with `vlab`")
    if value["vlab"] != _FORM:
        raise UsageError(f"{name}: a lab file of form {value['vlab']!r}; this vnetsim reads form {_FORM}")
    title, seed, lesson = value.get("title"), value.get("seed"), value.get("lesson")
    if not isinstance(title, str) or type(seed) is not int or not isinstance(lesson, str):
        raise UsageError(f"{name}: expected `title` and `lesson`, which are texts, and `seed`, a number")
    return Handout(title, seed, lesson)


def encoded(handout: Handout) -> str:
    """The text of the file."""
    document = {"vlab": _FORM, "title": handout.title, "seed": handout.seed, "lesson": handout.lesson}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
