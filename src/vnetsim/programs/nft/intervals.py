"""Elements that are intervals: joining them, finding overlaps, taking them out (src/intervals.c of nftables 1.0.6).

Elements are in the order of where they begin; `stored` ones are in the kernel already.
"""

from __future__ import annotations

from collections.abc import Sequence

from vnetsim.programs.nft.cache import CachedElem
from vnetsim.programs.nft.erec import Location, NftError


def _together(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> list[CachedElem]:
    return sorted([*stored, *new], key=lambda element: element.first)


def merged(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> tuple[list[CachedElem], list[CachedElem]]:
    """What has to be added instead of `new`, and which stored elements have to go for that (setelem_automerge)."""
    kept: list[CachedElem] = []
    gone: list[CachedElem] = []
    for element in _together(stored, new):
        before = kept[-1] if kept else None
        if before is None or element.first > before.last + 1:
            kept.append(element)
            continue
        if element.last <= before.last:
            if element.stored:
                gone.append(element)
            continue
        if before.stored:
            gone.append(before)
            element.first = before.first
            kept[-1] = element
            continue
        if element.stored:
            gone.append(element)
        before.last = element.last
    return [element for element in kept if not element.stored], gone


def check_overlaps(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> None:
    """Refused where two elements have something in common and are not the same (setelem_overlap)."""
    before: CachedElem | None = None
    for element in _together(stored, new):
        if before is not None and element.first <= before.last and _ends(element) != _ends(before):
            if before.stored or element.stored:
                one = element if before.stored else before
                raise NftError("interval overlaps with an existing one", one.location)
            others: list[Location] = [] if before.location is None else [before.location]
            raise NftError("conflicting intervals specified", element.location, *others)
        before = element


def take_out(stored: list[CachedElem], gone: Sequence[CachedElem]) -> None:
    """Refused for an interval that is not there just so.  nft 1.0.6 cannot take a part out of one (setelem_delete)."""
    for element in gone:
        same = next((known for known in stored if _ends(known) == _ends(element)), None)
        if same is None:
            raise NftError("element does not exist", element.location)
        stored.remove(same)


def _ends(element: CachedElem) -> tuple[int, int]:
    return element.first, element.last
