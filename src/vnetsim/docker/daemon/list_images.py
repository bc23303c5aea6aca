"""Which images `docker images` shows (daemon/images/images.go of moby 28.5; path.Match of Go for references).

Images of the catalogue have no labels, and none is dangling.  `before` and `since` go by the order in which the
store lists its images, as if they had been built one after the other.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.docker import images
from vnetsim.docker.api.types import Filters, Json
from vnetsim.docker.daemon.filters import Matcher, read_until
from vnetsim.docker.gotypes import parse_bool
from vnetsim.docker.images.store import ImageStore
from vnetsim.errors import EngineError

KEYS: Final = ("before", "dangling", "label", "reference", "since", "until")


def select_images(store: ImageStore, created: int, now: int, filters: Filters) -> list[Json]:
    """Entries of `docker images`; times in nanoseconds since 1970.  EngineError 400 or 404 for a bad filter."""
    matcher = Matcher(filters, KEYS)
    dangling = _dangling(matcher)
    until = read_until(matcher, now)
    chosen = _built_between(store, matcher)
    if dangling or matcher.has("label") or (until is not None and created > until):
        return []
    entries = [images.summary(image, store.names(image), created // 1_000_000_000) for image in chosen]
    for entry in entries if matcher.has("reference") else ():
        entry["RepoTags"] = [tag for tag in entry["RepoTags"] if _named(tag, matcher.values("reference"))]
    return [entry for entry in entries if entry["RepoTags"]]


def _dangling(matcher: Matcher) -> bool:
    values = matcher.values("dangling")
    try:
        wanted = {parse_bool(value) for value in values}
    except ValueError:
        wanted = {False, True}
    if len(wanted) > 1:
        raise EngineError(400, f"invalid filter 'dangling=[{' '.join(sorted(values))}]'")
    return wanted == {True}


def _built_between(store: ImageStore, matcher: Matcher) -> list[images.Image]:
    """Those built before the earliest `before` and after the latest `since`."""
    order = store.every_image()
    before = [_place(store, order, reference) for reference in matcher.values("before")]
    since = [_place(store, order, reference) for reference in matcher.values("since")]
    return order[max(since, default=-1) + 1 : min(before, default=len(order))]


def _place(store: ImageStore, order: list[images.Image], reference: str) -> int:
    wanted = store.find(reference).id
    return next(index for index, image in enumerate(order) if image.id == wanted)


def _named(tag: str, patterns: list[str]) -> bool:
    """reference.FamiliarMatch: the whole name, or the name without its tag."""
    found = [path_match(pattern, text) for pattern in patterns for text in (tag, tag.rpartition(":")[0])]
    return any(found)


def path_match(pattern: str, name: str) -> bool:
    """Go's path.Match; EngineError for a malformed pattern, even if the match ends before it."""
    translated, rest = "", pattern
    while rest:
        if rest[0] == "[":
            piece, rest = _character_class(rest)
        elif rest[0] == "\\":
            if len(rest) < 2:
                raise _bad_pattern()
            piece, rest = re.escape(rest[1]), rest[2:]
        else:
            piece, rest = {"*": "[^/]*", "?": "[^/]"}.get(rest[0], re.escape(rest[0])), rest[1:]
        translated += piece
    return re.fullmatch(translated, name, re.DOTALL) is not None


#: A range of characters, each of which may be escaped.
_CLASS: Final = re.compile(r"\[(\^?)((?:(?:\\.|[^\\\]-])(?:-(?:\\.|[^\\\]-]))?)+)\]", re.DOTALL)
_RANGE: Final = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\]))?", re.DOTALL)


def _character_class(text: str) -> tuple[str, str]:
    """A regular expression for the class at the beginning of `text`, and what follows it."""
    match = _CLASS.match(text)
    if match is None:
        raise _bad_pattern()
    ranges = []
    for low, high in _RANGE.findall(match[2]):
        first, last = low[-1], (high or low)[-1]
        if first <= last:
            ranges.append(f"{re.escape(first)}-{re.escape(last)}")
    inside = "".join(ranges)
    if match[1]:
        return (f"[^{inside}]" if inside else "."), text[match.end() :]
    return (f"[{inside}]" if inside else "(?!)"), text[match.end() :]


def _bad_pattern() -> EngineError:
    return EngineError(400, "syntax error in pattern")
