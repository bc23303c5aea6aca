"""The commands of `ipset`, carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.netfilter.ipset import operations as ops
from vnetsim.netfilter.ipset.elements import SetName
from vnetsim.netfilter.ipset.entry import Extensions
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.ipset.request import ElementRequest
from vnetsim.netfilter.ipset.settypes import TYPES, SetType
from vnetsim.netfilter.operations import IpsetOperation
from vnetsim.process import Process
from vnetsim.programs.ipset.arguments import IpsetCommand, read
from vnetsim.programs.ipset.errors import said, syntax
from vnetsim.programs.ipset.options import create_options, element_options
from vnetsim.programs.ipset.parse import ElementParser
from vnetsim.programs.ipset.printing import Printer, names_only
from vnetsim.programs.libc.streams import absolute, create
from vnetsim.values import define
from vnetsim.wire.inet import Address

#: Names of types that ipset 4 had.
_OLD_NAMES: Final = {
    "iphash": "hash:ip", "nethash": "hash:net", "ipporthash": "hash:ip,port", "ipportiphash": "hash:ip,port,ip",
    "ipportnethash": "hash:ip,port,net", "ipmap": "bitmap:ip", "macipmap": "bitmap:ip,mac", "portmap": "bitmap:port",
    "setlist": "list:set",
}  # fmt: skip
_QUIET: Final = ("-q", "-quiet", "--quiet", "--q")


@define
class IpsetSession:
    """The program with the command that it carries out; `where` is the line of what it restores."""

    process: Process
    command: IpsetCommand = attrs.field(factory=IpsetCommand)
    hosts: dict[tuple[str, int], Sequence[Address]] = attrs.field(factory=dict)
    where: str = ""
    quiet: bool = False
    exist: bool = False

    def read(self, words: Sequence[str], *, restoring: bool = False) -> None:
        self.quiet = self.quiet or any(word in _QUIET for word in words)
        self.command = read(words, restoring=restoring)
        self.exist = self.exist or "exist" in self.command.switches

    def run(self) -> int:
        """The exit status."""
        if self.command.name in ("list", "save"):
            return self._list()
        if self.command.name == "test":
            return self._test()
        self.execute(self.operation())
        return 0

    def execute(self, operation: IpsetOperation) -> None:
        try:
            self.process.network.execute(operation)
        except IpsetRefusal as refused:
            raise said(refused.code, self.command.name) from None

    def operation(self) -> IpsetOperation:
        command = self.command
        if command.name == "create":
            return self._create()
        if command.name in ("add", "del"):
            return self._change()
        if command.name in ("rename", "swap"):
            two = ops.RenameSet if command.name == "rename" else ops.SwapSets
            return two(name=command.first, other=command.second)
        one = ops.DestroySet if command.name == "destroy" else ops.FlushSet
        return one(name=command.first or None)

    def _create(self) -> ops.CreateSet:
        name = _OLD_NAMES.get(self.command.second, self.command.second)
        if name not in TYPES:
            raise syntax(f"typename '{self.command.second}' is unknown")
        options = create_options(TYPES[name], self.command.rest, self.hosts, self._warn)
        return ops.CreateSet(name=self.command.first, type=name, options=options, exist=self.exist)

    def _warn(self, text: str) -> None:
        if not self.quiet:
            self.process.error(f"Warning: {text}")

    # --- elements ---------------------------------------------------------------------------------------------------

    def _set(self) -> tuple[SetType, int]:
        try:
            found = self.process.network.ipsets().named(self.command.first)
        except IpsetRefusal as refused:
            raise said(refused.code, self.command.name) from None
        return found.type, found.version

    def _element(self) -> tuple[ElementRequest, Extensions]:
        kind, version = self._set()
        element = ElementParser(kind, version, self.hosts, self.command.name).element(self.command.second)
        given, place = element_options(kind, self.command.name, self.command.rest)
        if place is not None:
            element = ElementRequest((*element.parts, SetName(place[0]), SetName(place[1])))
        return element, given

    def _change(self) -> ops.AddElement | ops.DeleteElement:
        element, given = self._element()
        if self.command.name == "del":
            return ops.DeleteElement(name=self.command.first, element=element, exist=self.exist)
        return ops.AddElement(name=self.command.first, element=element, extensions=given, exist=self.exist)

    def _test(self) -> int:
        element, given = self._element()
        sets, name = self.process.network.ipsets(), self.command.first
        try:
            found = sets.contains(name, element, nomatch=given.nomatch)
        except IpsetRefusal as refused:
            raise said(refused.code, "test") from None
        if not self.quiet:
            text = str(element) if not isinstance(element.parts[0], SetName) else _placed(element)
            words = f"Warning: {text} is in set {name}.\n" if found else f"{text} is NOT in set {name}.\n"
            self.process.error(words)
        return 0 if found else 1

    # --- listing ----------------------------------------------------------------------------------------------------

    def _list(self) -> int:
        command, sets = self.command, self.process.network.ipsets()
        if command.first:
            self._set()
        names = [command.first] if command.first else sets.names()
        mode = command.output or ("save" if command.name == "save" else "plain")
        if "name" in command.switches and mode != "save":
            self._write(names_only(names, mode))
            return 0
        terse = "terse" in command.switches
        if names or mode == "xml":
            self._write(Printer(sets, mode, terse, "sorted" in command.switches).text(names))
        return 0

    def _write(self, text: str) -> None:
        if not self.command.file:
            self.process.write(text)
            return
        create(self.process.context, absolute(self.process, self.command.file), append=False).write(text)


def _placed(element: ElementRequest) -> str:
    """A member of a list with its neighbour: `before` is printed as `after` with the names exchanged."""
    names = [part.name for part in element.parts if isinstance(part, SetName)]
    if len(names) == 1:
        return names[0]
    return f"{names[0]} after {names[2]}" if names[1] == "after" else f"{names[2]} after {names[0]}"
