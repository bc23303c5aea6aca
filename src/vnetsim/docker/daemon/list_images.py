"""Which images `docker images` shows, and what is shown of an image (daemon/images of moby 28.5; Go's path.Match).

`before` and `since` go by the time at which images were made, and by the order of the store for those of one time.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.docker.api.types import Filters, Json
from vnetsim.docker.daemon.filters import Matcher, moment, wanted_dangling
from vnetsim.docker.gotypes import ZERO_TIME, timestamp
from vnetsim.docker.images import VERSION, Image
from vnetsim.docker.images.configuration import config_of
from vnetsim.docker.images.layers import directory_of
from vnetsim.docker.images.store import ImageStore
from vnetsim.errors import EngineError

KEYS: Final = ("before", "dangling", "label", "reference", "since", "until")
_SECOND: Final = 1_000_000_000


def select_images(store: ImageStore, now: int, filters: Filters, *, everything: bool = False) -> list[Json]:
    """Entries of `docker images`; `now` in nanoseconds since 1970.  EngineError 400, 404 or 500 for a bad filter."""
    matcher = Matcher(filters, KEYS)
    dangling = wanted_dangling(matcher)
    until = min((moment(text, now, 500) for text in matcher.values("until")), default=None)
    found: list[Json] = []
    chosen = _built_between(store, matcher, everything=everything)
    for image in sorted(chosen, key=lambda image: store.origin(image).created, reverse=True):
        if not matcher.labels("label", image.labels or {}):
            continue
        if until is not None and store.origin(image).created > until:
            continue
        names = store.references(image)
        is_dangling = not names and not store.children(image.id)
        if dangling is not None and dangling != (not names):
            continue
        if names or everything or is_dangling:
            entry = _summary(store, image)
            if matcher.has("reference"):
                patterns = matcher.values("reference")
                entry["RepoTags"] = [tag for tag in entry["RepoTags"] if _named(tag, patterns)]
                entry["RepoDigests"] = [one for one in entry["RepoDigests"] if _named_by_digest(one, patterns)]
                if not entry["RepoTags"] and not entry["RepoDigests"]:
                    continue
            found.append(entry)
    return found


def _summary(store: ImageStore, image: Image) -> Json:
    origin = store.origin(image)
    return {
        "Containers": -1, "Created": origin.created // _SECOND, "Id": image.id,
        "Labels": dict(sorted(image.labels.items())) if image.labels else None, "ParentId": origin.parent,
        "RepoDigests": store.digests(image), "RepoTags": store.names(image), "SharedSize": -1,
        "Size": sum(layer.size for layer in origin.layers),
    }  # fmt: skip


def inspect(store: ImageStore, image: Image) -> Json:
    """`docker image inspect`."""
    origin = store.origin(image)
    layers = [layer.digest for layer in origin.layers]
    return {
        "Id": image.id, "RepoTags": store.names(image), "RepoDigests": store.digests(image), "Parent": origin.parent,
        "Comment": origin.comment, "Created": timestamp(origin.created), "DockerVersion": VERSION,
        "Author": origin.author, "Architecture": "amd64", "Os": "linux",
        "Size": sum(layer.size for layer in origin.layers),
        "GraphDriver": {"Data": _directories(store.chain(image)), "Name": "overlay2"},
        "RootFS": {"Type": "layers", **({"Layers": layers} if layers else {})},
        "Metadata": {"LastTagTime": timestamp(store.tagged_at(image)) if store.tagged_at(image) else ZERO_TIME},
        "Config": config_of(image),
    }  # fmt: skip


def _directories(chain: list[str]) -> Json | None:
    """Those of overlay2: the layers below from the top, and what the highest has of its own; None without layers."""
    if not chain:
        return None
    *lower, own = map(directory_of, chain)
    below = {"LowerDir": ":".join(f"{each}/diff" for each in reversed(lower))} if lower else {}
    return {**below, "MergedDir": f"{own}/merged", "UpperDir": f"{own}/diff", "WorkDir": f"{own}/work"}


def history(store: ImageStore, image: Image) -> list[Json]:
    """The steps that made an image, the latest first; the ids of those that are here."""
    origin = store.origin(image)
    layers = iter(origin.layers)
    steps: list[Json] = [
        {
            "Comment": step.comment, "Created": step.created // _SECOND, "CreatedBy": step.created_by,
            "Id": "<missing>", "Size": 0 if step.empty else next(layers).size, "Tags": None,
        }
        for step in origin.history
    ][::-1]  # fmt: skip
    for step, one in zip(steps, store.ancestors(image), strict=False):
        step |= {"Id": one.id, "Tags": store.names(one) or None}
    return steps


def _built_between(store: ImageStore, matcher: Matcher, *, everything: bool) -> list[Image]:
    """Those built before the earliest `before` and after the latest `since`."""
    known = store.every_image(intermediate=everything)
    order = sorted(known, key=lambda image: store.origin(image).created)
    before = [_place(store, order, reference) for reference in matcher.values("before")]
    since = [_place(store, order, reference) for reference in matcher.values("since")]
    return order[max(since, default=-1) + 1 : min(before, default=len(order))]


def _place(store: ImageStore, order: list[Image], reference: str) -> int:
    wanted = store.find(reference).id
    return next(index for index, image in enumerate(order) if image.id == wanted)


def _named_by_digest(name: str, patterns: list[str]) -> bool:
    repository = name.partition("@")[0]
    return any(path_match(pattern, text) for pattern in patterns for text in (name, repository))


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
