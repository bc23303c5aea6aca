"""The real client's answers (`recorded/client.jsonl`), and what may differ between it and any other client.

The first line of the file is the body of `docker create alpine`; bodies of creations are kept as what they have
beyond that.  The rest of the lines are cases: words, standard input, the time, what was printed, what was asked.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from typing import Any

import attrs

from tests.programs.docker.canned import RECORDED

Json = dict[str, Any]

_POINTER = re.compile(r"0xc000[0-9a-f]+")
#: Commands that work on several containers at a time.
_PARALLEL = frozenset({"stop", "kill", "pause", "unpause", "rm", "attach"})
#: Lists that the client keeps in a map, so that their order is another one every time.
_UNORDERED = ("Env", "Binds")


@attrs.frozen
class Case:
    argv: tuple[str, ...]
    now: int
    status: int
    out: str
    err: str
    asked: list[Any]
    stdin: str = ""


@functools.cache
def base() -> Json:
    with (RECORDED / "client.jsonl").open() as lines:
        return dict(json.loads(next(lines)))


def cases() -> list[Case]:
    with (RECORDED / "client.jsonl").open() as lines:
        next(lines)
        return [_case(json.loads(line)) for line in lines]


def _case(line: Json) -> Case:
    line["argv"] = tuple(line["argv"])
    return Case(**line)


def beyond(base: Json, body: Json) -> Json:
    """What a body has that the base has not; a key it lacks is `(none)`."""
    found: Json = {}
    for key in sorted({*base, *body}):
        ours, theirs = body.get(key, "(none)"), base.get(key, "(none)")
        if isinstance(ours, dict) and isinstance(theirs, dict):
            inner = beyond(theirs, ours)
            if inner:
                found[key] = inner
        elif ours != theirs:
            found[key] = sorted(ours) if key in _UNORDERED and isinstance(ours, list) else ours
    return found


def comparable_text(text: str) -> str:
    return _POINTER.sub("0xc000012345", text)


def comparable_log(log: Sequence[Sequence[Any]], argv: Sequence[str], against: Json) -> list[Any]:
    """Operations and arguments, without what chance, parallel work or the API's defaults decide."""
    found = [_operation(list(json.loads(json.dumps(entry))), against) for entry in log]
    names = [entry[0] for entry in found]
    if "container_create" in names and "container_attach" not in names:
        # The real client watches a detached container in the background.
        found = [entry for entry in found if entry[0] != "container_wait"]
    return sorted(found, key=json.dumps) if argv[0] in _PARALLEL else found


def _operation(entry: list[Any], against: Json) -> list[Any]:
    if entry[0] == "container_kill":
        entry[2] = entry[2] or "KILL"
    elif entry[0] == "image_create":
        entry[1] = entry[1].removeprefix("docker.io/library/")
    elif entry[0] == "container_update":
        entry[2] = {"RestartPolicy": entry[2]["RestartPolicy"]}
    elif entry[0] == "container_create":
        entry[1] = beyond(against, entry[1])
    return entry
