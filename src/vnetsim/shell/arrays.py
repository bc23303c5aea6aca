"""The arrays of bash: what `name[subscript]` means in one shell (bash(1), Arrays).

Indexed arrays have numbers for keys, in their order; associative ones have texts, in the order of bash's hash table
(hashlib.c: FNV-1, 1024 buckets).  A plain variable is an array whose only element is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from vnetsim.values import frozen

Key: TypeAlias = "int | str"
#: `[@]` and `[*]`: all elements.
ALL: Final = ("@", "*")
_FNV_OFFSET, _FNV_PRIME, _BUCKETS = 2166136261, 16777619, 1024


@frozen
class Array:
    """The elements of a variable, in the order of bash; `given` unless it was only declared."""

    items: Mapping[Key, str] = attrs.field(factory=dict)
    associative: bool = False
    given: bool = True

    @property
    def first(self) -> str | None:
        """The value of `$name`."""
        return self.items.get("0" if self.associative else 0)

    def with_more(self, values: Sequence[str]) -> Array:
        """The array with these values appended."""
        if self.associative:
            array = self
            for value in values:
                array = array.with_element(array.end, value)
            return array
        return attrs.evolve(self, items={**self.items, **dict(enumerate(values, self.end))}, given=True)

    def with_element(self, key: Key, value: str) -> Array:
        items = dict(self.items)
        if self.associative and key not in items:
            # The newest of a bucket comes first.
            items = {key: value, **items}
        items[key] = value
        return attrs.evolve(self, items={each: items[each] for each in sorted(items, key=self._bucket)}, given=True)

    def without(self, key: Key) -> Array:
        return attrs.evolve(self, items={each: text for each, text in self.items.items() if each != key})

    def _bucket(self, key: Key) -> int:
        return key if isinstance(key, int) else _hash(key) % _BUCKETS

    def at(self, number: int) -> int | None:
        """The key of a subscript: negative ones count from the end; None before the first element."""
        if number >= 0:
            return number
        end = max((key for key in self.items if isinstance(key, int)), default=-1) + 1
        return end + number if end + number >= 0 else None

    def numbered(self) -> list[tuple[int, str]]:
        """Pairs of number and text for a slice: keys, or positions in an associative array."""
        return [(key if isinstance(key, int) else index, text) for index, (key, text) in enumerate(self.items.items())]

    @property
    def end(self) -> int:
        """The key of the next element."""
        return max((key for key in self.items if isinstance(key, int)), default=-1) + 1


def _hash(text: str) -> int:
    number = _FNV_OFFSET
    for byte in text.encode():
        number = (number * _FNV_PRIME & 0xFFFFFFFF) ^ byte
    return number
