"""The hash table of a discipline's classes (include/net/sch_generic.h, Qdisc_class_hash), whose order dumps have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Generic, TypeVar

_Class = TypeVar("_Class")

_FIRST_SIZE: Final = 4


class ClassHash(Generic[_Class]):
    """Classes by their minor numbers; it grows when it is filled by three quarters."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._buckets: list[list[int]] = [[] for _ in range(_FIRST_SIZE)]
        self._classes: dict[int, _Class] = {}

    def __getitem__(self, minor: int) -> _Class:
        return self._classes[minor]

    def __contains__(self, minor: int) -> bool:
        return minor in self._classes

    def __len__(self) -> int:
        return len(self._classes)

    def get(self, minor: int) -> _Class | None:
        return self._classes.get(minor)

    def values(self) -> Iterator[_Class]:
        return (self._classes[minor] for bucket in self._buckets for minor in bucket)

    def add(self, minor: int, each: _Class) -> None:
        self._classes[minor] = each
        self._bucket(minor).insert(0, minor)
        if len(self._classes) * 4 > len(self._buckets) * 3:
            self._grow()

    def remove(self, minor: int) -> _Class:
        self._bucket(minor).remove(minor)
        return self._classes.pop(minor)

    def _grow(self) -> None:
        before = [minor for bucket in self._buckets for minor in bucket]
        self._buckets = [[] for _ in range(2 * len(self._buckets))]
        for minor in before:
            self._bucket(minor).insert(0, minor)

    def _bucket(self, minor: int) -> list[int]:
        """qdisc_class_hash"""
        number = self._handle << 16 | minor
        number ^= number >> 8
        number ^= number >> 4
        return self._buckets[number & len(self._buckets) - 1]
