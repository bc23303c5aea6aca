"""The functions of jq that come with it, and those that get filters (builtin.c, builtin.jq of jq 1.6).

Not modelled, and refused: dates, `input` and `inputs`, `debug`, filters without an end (while, until, repeat), streams,
SQL, `@base32d`, and mathematics beyond floor, ceil, round, sqrt, fabs, log and pow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.jq.functions import FUNCTIONS, deleted, entries, from_entries, listed, walked
from vnetsim.programs.jq.nodes import (
    Found,
    Identity,
    JqFilter,
    JqIndex,
    JqLiteral,
    Native,
    Path,
    Recurse,
    Scope,
    Special,
    charge,
)
from vnetsim.programs.jq.regexes import capture, match, scan, substituted
from vnetsim.programs.jq.values import (
    JqError,
    Value,
    dumps,
    is_true,
    items,
    kind,
    order,
)

#: As many numbers `range` may give.
_MOST_NUMBERS: Final = 1_000_000


def _select(scope: Scope, path: Path, value: Value, test: JqFilter) -> Found:
    for found in test.run(scope, value):
        if is_true(found):
            yield path, value


def _map(scope: Scope, _path: Path, value: Value, body: JqFilter) -> Found:
    yield None, [found for _, each in items(value) for found in body.run(scope, each)]


def _map_values(scope: Scope, _path: Path, value: Value, body: JqFilter) -> Found:
    changed = [(key, list(body.run(scope, each))[:1]) for key, each in items(value)]
    kept = [(key, found[0]) for key, found in changed if found]
    yield None, dict(kept) if isinstance(value, dict) else [each for _, each in kept]


def _recurse(scope: Scope, path: Path, value: Value, body: JqFilter) -> Found:
    charge(scope)
    yield path, value
    for where, found in body.at(scope, path, value):
        yield from _recurse(scope, where, found, body)


def _first(scope: Scope, path: Path, value: Value, body: JqFilter) -> Found:
    yield from _limited(body.at(scope, path, value), 1)


def _limited(found: Found, count: int) -> Found:
    for number, each in enumerate(found, 1):
        yield each
        if number >= count:
            return


def _limit(scope: Scope, path: Path, value: Value, count: JqFilter, body: JqFilter) -> Found:
    for number in count.run(scope, value):
        found = body.at(scope, path, value)
        yield from _limited(found, number) if number > 0 else found


def _last(scope: Scope, path: Path, value: Value, body: JqFilter) -> Found:
    yield from list(body.at(scope, path, value))[-1:]


def _range(scope: Scope, _path: Path, value: Value, *bounds: JqFilter) -> Found:
    first, last, step = (JqLiteral(0), *bounds, JqLiteral(1)) if len(bounds) == 1 else (*bounds, JqLiteral(1))[:3]
    for start in first.run(scope, value):
        for end in last.run(scope, value):
            for by in step.run(scope, value):
                for number in _numbers(start, end, by):
                    charge(scope)
                    yield None, number


def _numbers(start: Value, end: Value, by: Value) -> Iterator[Value]:
    for number in (start, end, by):
        if kind(number) != "number":
            raise JqError("Range bounds must be numeric")
    if not by or not (end - start) / by <= _MOST_NUMBERS:
        raise NotModelled(f"jq: range({dumps(start)};{dumps(end)};{dumps(by)})")
    while start < end if by > 0 else start > end:
        yield start
        start += by


def _tested(everything: bool) -> Callable[..., Found]:
    def test(scope: Scope, _path: Path, value: Value, *filters: JqFilter) -> Found:
        body = filters[-1] if filters else None
        values = filters[0].run(scope, value) if len(filters) == 2 else (each for _, each in items(value))
        found = (is_true(one) for each in values for one in (body.run(scope, each) if body is not None else (each,)))
        yield None, all(found) if everything else any(found)

    return test


def _by(choose: Callable[[list[Value], list[Value]], Value]) -> Callable[..., Found]:
    def by(scope: Scope, _path: Path, value: Value, key: JqFilter) -> Found:
        keys = [list(key.run(scope, each)) for _, each in items(value)]
        yield None, choose(listed(value), keys)

    return by


def _sorted(values: list[Value], keys: list[Value]) -> list[Value]:
    return [values[at] for at in sorted(range(len(values)), key=lambda at: order(keys[at]))]


def _grouped(values: list[Value], keys: list[Value]) -> list[Value]:
    groups: dict[str, list[Value]] = {}
    for at in sorted(range(len(values)), key=lambda at: order(keys[at])):
        groups.setdefault(dumps(keys[at], sort=True), []).append(values[at])
    return list(groups.values())


def _paths(scope: Scope, _path: Path, value: Value, body: JqFilter) -> Found:
    yield from ((None, where) for where, _ in body.at(scope, [], value))


def _all_paths(scope: Scope, _path: Path, value: Value, test: JqFilter | None = None) -> Found:
    for where, found in Recurse().at(scope, [], value):
        if where and (test is None or any(map(is_true, test.run(scope, found)))):
            yield None, where


def _delete(scope: Scope, _path: Path, value: Value, body: JqFilter) -> Found:
    yield None, deleted(value, [where for where, _ in body.at(scope, [], value) if where is not None])


def _getpath(scope: Scope, path: Path, value: Value, keys: JqFilter) -> Found:
    for wanted in keys.run(scope, value):
        yield None if path is None else [*path, *wanted], walked(value, wanted)


def _with_entries(scope: Scope, _path: Path, value: Value, body: JqFilter) -> Found:
    yield None, from_entries([found for each in entries(value) for found in body.run(scope, each)])


def _walk(scope: Scope, _path: Path, value: Value, body: JqFilter) -> Found:
    inner: Value = value
    if isinstance(value, dict):
        inner = {key: next(found for _, found in _walk(scope, None, value[key], body)) for key in sorted(value)}
    elif isinstance(value, list):
        inner = [found for each in value for _, found in _walk(scope, None, each, body)]
    yield from ((None, found) for found in body.run(scope, inner))


def _error(scope: Scope, _path: Path, value: Value, message: JqFilter | None = None) -> Found:
    """An error of null is none: there is just no value."""
    for found in message.run(scope, value) if message is not None else (value,):
        if found is not None:
            raise JqError(found)
    yield from ()


def _of_kind(*kinds: str) -> Callable[..., Found]:
    def choose(_scope: Scope, path: Path, value: Value) -> Found:
        if kind(value) in kinds:
            yield path, value

    return choose


def _nothing(_scope: Scope, _path: Path, _value: Value) -> Found:
    yield from ()


def environment(scope: Scope, _path: Path, _value: Value) -> Found:
    yield None, scope["$ENV"]


_SPECIAL: Final[dict[str, Callable[..., Found]]] = {
    "empty/0": _nothing, "error/0": _error, "error/1": _error, "select/1": _select, "map/1": _map,
    "map_values/1": _map_values, "recurse/1": _recurse,
    "first/1": _first, "last/1": _last, "limit/2": _limit, "range/1": _range, "range/2": _range, "range/3": _range,
    "any/0": _tested(False), "any/1": _tested(False), "any/2": _tested(False), "all/0": _tested(True),
    "all/1": _tested(True), "all/2": _tested(True), "sort_by/1": _by(_sorted), "group_by/1": _by(_grouped),
    "unique_by/1": _by(lambda values, keys: [each[0] for each in _grouped(values, keys)]),
    "min_by/1": _by(lambda values, keys: next(iter(_sorted(values, keys)), None)),
    "max_by/1": _by(lambda values, keys: next(iter(_sorted(values, keys)[::-1]), None)),
    "path/1": _paths, "paths/0": _all_paths, "paths/1": _all_paths, "del/1": _delete, "getpath/1": _getpath,
    "with_entries/1": _with_entries, "walk/1": _walk, "env/0": environment, "match/1": match, "match/2": match,
    "capture/1": capture, "capture/2": capture, "scan/1": scan, "sub/2": substituted(False),
    "sub/3": substituted(False), "gsub/2": substituted(True), "gsub/3": substituted(True),
    "arrays/0": _of_kind("array"), "objects/0": _of_kind("object"), "strings/0": _of_kind("string"),
    "numbers/0": _of_kind("number"), "booleans/0": _of_kind("boolean"), "nulls/0": _of_kind("null"),
    "iterables/0": _of_kind("array", "object"), "scalars/0": _of_kind("null", "boolean", "number", "string"),
    "values/0": _of_kind("boolean", "number", "string", "array", "object"),
}  # fmt: skip
_SAME: Final[dict[str, JqFilter]] = {
    "recurse/0": Recurse(),
    "first/0": JqIndex(Identity(), JqLiteral(0)),
    "last/0": JqIndex(Identity(), JqLiteral(-1)),
}


def find(name: str, arguments: tuple[JqFilter, ...]) -> JqFilter | None:
    """None if there is no such function."""
    key = f"{name}/{len(arguments)}"
    if key in _SAME:
        return _SAME[key]
    if key in _SPECIAL:
        return Special(_SPECIAL[key], arguments)
    return Native(FUNCTIONS[key], arguments, name) if key in FUNCTIONS else None
