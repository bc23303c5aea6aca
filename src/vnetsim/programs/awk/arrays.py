"""Arrays of awk, in the order in which `for (k in a)` finds the elements: that of the tables of mawk and of busybox.

In both an element is in the list of its hash, the newest first.  mawk (array.c, FNV-1a) moves what it finds to the
front of the list; it finds integers in lists of their own, until a text is looked for; what split() made is no table
at first.  So the dictionary is kept in the order of use, the latest last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.budget import OBJECT_BYTES
from vnetsim.programs.awk.values import MAWK_LARGEST, UNSET, Value, integral

_MASK: Final = 63
_LIST: Final = 12
_PRIMES: Final = (61, 251, 1021, 4093)
_BUSYBOX_LIST: Final = 8


class AwkArray(dict[str, Value]):
    """As in mawk; `grow` is called with the bytes that are added, `text` makes a subscript of a value."""

    def __init__(self, grow: Callable[[int], None], text: Callable[[Value], str]) -> None:
        super().__init__()
        self._grow, self._text = grow, text
        self._reset()

    def _reset(self) -> None:
        self._mask = _MASK
        self._split = self._strings = False
        #: What is in the lists of integers, once there are others.
        self._integers: set[str] = set()

    # --- access ------------------------------------------------------------------------------------------------------

    def at(self, subscript: Value) -> Value:
        """An element that is looked at is there from then on."""
        key = self._touch(subscript, create=True)
        if key not in self:
            self._new(key, UNSET)
        return self[key]

    def made(self, subscript: Value) -> Value:
        """The subscript of an element that is there before its value is computed."""
        self.at(subscript)
        return subscript

    def put(self, subscript: Value, value: Value) -> Value:
        key = self._touch(subscript, create=True)
        if key in self:
            self._grow(len(value) if isinstance(value, str) else 0)
            self[key] = value
        else:
            self._new(key, value)
        return value

    def has(self, subscript: Value) -> bool:
        return self._touch(subscript, create=False) in self

    def drop(self, subscript: Value) -> None:
        key = self._touch(subscript, create=key_of(subscript) in self)
        self._integers.discard(key)
        if self.pop(key, None) is not None and not self:
            self._reset()

    def empty(self) -> None:
        self.clear()
        self._reset()

    def fill(self, values: list[Value]) -> None:
        """split()."""
        self.empty()
        for index, value in enumerate(values, 1):
            self._new(str(index), value)
        self._split = bool(values)

    def _new(self, key: str, value: Value) -> None:
        self._grow(len(key) + 2 * OBJECT_BYTES + (len(value) if isinstance(value, str) else 0))
        self[key] = value
        if len(self) > (self._mask + 1) * _LIST:
            self._mask = 2 * self._mask + 1

    # --- the order ---------------------------------------------------------------------------------------------------

    def _touch(self, subscript: Value, *, create: bool) -> str:
        """The key; its element is found, and moved to the front."""
        key = key_of(subscript)
        if key is None:
            key = self._text(subscript)
            if not self._strings:
                self._associate()
        elif self._split and (key in self or not create):
            return key
        elif self._strings:
            if key in self._integers:
                return key
            if create or key in self:
                self._integers.add(key)
        self._split = False
        if key in self:
            self[key] = self.pop(key)
        return key

    def _associate(self) -> None:
        """What was found by integers becomes what can be found by texts (add_string_associations)."""
        self._order(_newest_first(self, lambda key: int(key) & self._mask))
        self._integers = set(self)
        self._strings, self._split = True, False

    def _order(self, keys: list[str]) -> None:
        items = [(key, self[key]) for key in keys]
        self.clear()
        self.update(items)

    def walk(self) -> list[str]:
        """The subscripts as a loop gets them."""
        if self and not self._strings:
            self._associate()
        return _newest_first(self, lambda key: _fnv(key) & self._mask)


class BusyboxArray(AwkArray):
    """As in busybox, whose lists change with new elements only."""

    def _reset(self) -> None:
        super()._reset()
        self._size = 0

    def _touch(self, subscript: Value, *, create: bool) -> str:  # noqa: ARG002
        return self._text(subscript)

    def _new(self, key: str, value: Value) -> None:
        if len(self) >= _PRIMES[self._size] * _BUSYBOX_LIST and self._size < len(_PRIMES) - 1:
            self._order(self.walk())
            self._size += 1
        super()._new(key, value)

    def walk(self) -> list[str]:
        return _newest_first(self, lambda key: _busybox_hash(key) % _PRIMES[self._size])


def _newest_first(array: AwkArray, bucket: Callable[[str], int]) -> list[str]:
    """By the bucket, and in it from the newest on."""
    newest = list(reversed(array))
    newest.sort(key=bucket)
    return newest


def key_of(subscript: Value) -> str | None:
    """The subscript if it is an integer."""
    return integral(subscript, MAWK_LARGEST) if isinstance(subscript, float) else None


def _fnv(text: str) -> int:
    found = 0x811C9DC5
    for byte in text.encode("latin-1"):
        found = ((found ^ byte) * 0x01000193) & 0xFFFFFFFF
    return found


def _busybox_hash(text: str) -> int:
    found = 0
    for byte in text.encode("latin-1"):
        found = (byte + 63 * found) & 0xFFFFFFFF
    return found
