"""Filters of lists: one value of a key suffices, all keys must match (api/types/filters)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.docker.api.types import Filters
from vnetsim.docker.gotypes import parse_timestamp
from vnetsim.errors import EngineError
from vnetsim.regex import BadExpression, compile_posix


class Matcher:
    """Matches objects against filters; EngineError 400 for a key that is none of `accepted`."""

    def __init__(self, filters: Filters, accepted: Collection[str]) -> None:
        for key in filters:
            if key not in accepted:
                raise EngineError(400, f"invalid filter '{key}'")
        self._filters = {key: list(values) for key, values in filters.items()}

    def __bool__(self) -> bool:
        """Whether there is any filter."""
        return bool(self._filters)

    def values(self, key: str) -> list[str]:
        return self._filters.get(key, [])

    def has(self, key: str) -> bool:
        return bool(self.values(key))

    def exactly(self, key: str, *candidates: str) -> bool:
        return not self.has(key) or any(candidate in self.values(key) for candidate in candidates)

    def matches(self, key: str, *candidates: str) -> bool:
        """Filters are regular expressions that match anywhere; an invalid one must be equal."""
        values = self.values(key)
        return not values or any(_search(value, candidate) for value in values for candidate in candidates)

    def begins(self, key: str, *candidates: str) -> bool:
        values = self.values(key)
        return not values or any(candidate.startswith(value) for value in values for candidate in candidates)

    def labels(self, key: str, labels: Mapping[str, str]) -> bool:
        """All of `name` or `name=value`."""
        return all(_has_label(wanted, labels) for wanted in self.values(key))


def _search(pattern: str, candidate: str) -> bool:
    if pattern == candidate:
        return True
    try:
        return compile_posix(pattern, extended=True, dialect="re2").occurs(candidate)
    except BadExpression:
        return False


def _has_label(wanted: str, labels: Mapping[str, str]) -> bool:
    name, equals, value = wanted.partition("=")
    return name in labels and (not equals or labels[name] == value)


def labelled(matcher: Matcher, labels: Mapping[str, str]) -> bool:
    """`label=` must match and `label!=` must not."""
    return matcher.labels("label", labels) and not (matcher.has("label!") and matcher.labels("label!", labels))


_UNITS: Final = {"h": 3600, "m": 60, "s": 1}


def read_until(matcher: Matcher, now: int, status: int = 400) -> int | None:
    """Of the one `until` (getUntilFromPruneFilters); EngineError `status`."""
    values = matcher.values("until")
    if not values:
        return None
    if len(values) > 1:
        raise EngineError(status, "more than one until filter specified")
    return moment(values[0], now, status)


def moment(text: str, now: int, status: int) -> int:
    """A duration before `now` like 24h, or an RFC 3339 time, in nanoseconds since 1970; EngineError `status`."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return now - int(sum(float(number) * _UNITS[unit] for number, unit in parts) * SECOND)
    try:
        return parse_timestamp(text)
    except ValueError:
        raise EngineError(status, f'failed to parse value as time or duration: "{text}"') from None


def wanted_dangling(matcher: Matcher) -> bool | None:
    """filters.Args.GetBoolOrDefault: what is neither true nor false is passed over if another value is one of them."""
    values = matcher.values("dangling")
    if not values:
        return None
    is_true, is_false = (any(value in texts for value in values) for texts in (("1", "true"), ("0", "false")))
    if is_true == is_false:
        raise EngineError(400, f"invalid filter 'dangling=[{' '.join(sorted(values))}]'")
    return is_true
