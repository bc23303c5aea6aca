"""Sets to try."""

from __future__ import annotations

import random
from typing import Any

import attrs

from vnetsim.netfilter.ipset import operations as ops
from vnetsim.netfilter.ipset.elements import text_of
from vnetsim.netfilter.ipset.entry import Extensions
from vnetsim.netfilter.ipset.ipsets import IpSets
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.ipset.setbase import SetOptions
from vnetsim.netfilter.ipset.settypes import TYPES
from vnetsim.programs.ipset.parse import ElementParser, ipv4_addresses


@attrs.define
class Sets:
    """The sets of a namespace, told in the words of `ipset`; `time` is in nanoseconds."""

    time: int = 0
    used: list[str] = attrs.field(factory=list)
    sets: IpSets = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sets = IpSets(lambda: self.time, random.Random(0), lambda: self.used)

    def create(self, name: str, kind: str, *, exist: bool = False, within: str = "", **options: Any) -> None:
        given: Any = None
        if within:
            port = kind == "bitmap:port"
            given = tuple(map(int, within.split("-"))) if port else ipv4_addresses(within, TYPES[kind], {})
        operation = ops.CreateSet(name=name, type=kind, options=SetOptions(range=given, **options), exist=exist)
        self.sets.execute(operation)

    def _element(self, name: str, text: str, command: str = "add") -> Any:
        found = self.sets.named(name)
        return ElementParser(found.type, found.version, {}, command).element(text)

    def add(self, name: str, text: str, *, exist: bool = False, **given: Any) -> None:
        element = self._element(name, text)
        self.sets.execute(ops.AddElement(name=name, element=element, extensions=Extensions(**given), exist=exist))

    def delete(self, name: str, text: str, *, exist: bool = False) -> None:
        self.sets.execute(ops.DeleteElement(name=name, element=self._element(name, text), exist=exist))

    def has(self, name: str, text: str, *, nomatch: bool = False) -> bool:
        return self.sets.contains(name, self._element(name, text, "test"), nomatch=nomatch)

    def members(self, name: str) -> list[str]:
        return [text_of(element) for element, _ in self.sets.members(name)]

    def refusal(self, *command: Any, **given: Any) -> str:
        """The code with which a command is refused."""
        verb, *words = command
        try:
            getattr(self, verb)(*words, **given)
        except IpsetRefusal as refused:
            return refused.code
        return ""
