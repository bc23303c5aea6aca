"""Changes of sets, as values; each prints as the command that a person would type (lib/session.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.ipset.entry import NOTHING, Extensions
from vnetsim.netfilter.ipset.request import AddressGroup, ElementRequest
from vnetsim.netfilter.ipset.setbase import SetOptions
from vnetsim.netfilter.operations import IpsetOperation
from vnetsim.values import frozen


@frozen(kw_only=True)
class CreateSet(IpsetOperation):
    """`exist`: one of the same name and options is enough."""

    name: str
    type: str
    options: SetOptions = SetOptions()
    exist: bool = False

    def command(self) -> str:
        given = self.options
        words = [f"ipset create {self.name} {self.type}", *(["family inet6"] if given.family == 6 else [])]
        if given.range is not None:
            words.append(
                f"range {given.range if isinstance(given.range, AddressGroup) else '-'.join(map(str, given.range))}"
            )
        for name, usual in _WITH_VALUES.items():
            if getattr(given, name) != usual:
                words.append(f"{name} {getattr(given, name)}")
        words += [name for name in ("counters", "comment", "skbinfo", "forceadd") if getattr(given, name)]
        return " ".join([*words, *(["-exist"] if self.exist else [])])


_WITH_VALUES: Final = {
    "hashsize": None, "maxelem": 65536, "bucketsize": 12, "initval": 0, "netmask": None, "markmask": None,
    "timeout": None, "size": 8,
}  # fmt: skip


@frozen(kw_only=True)
class _OfSets(IpsetOperation):
    """Of one set, or of all without `name`."""

    name: str | None = None
    verb = ""

    def command(self) -> str:
        return f"ipset {self.verb}{'' if self.name is None else f' {self.name}'}"


@frozen(kw_only=True)
class DestroySet(_OfSets):
    verb = "destroy"


@frozen(kw_only=True)
class FlushSet(_OfSets):
    verb = "flush"


@frozen(kw_only=True)
class _OfTwo(IpsetOperation):
    name: str
    other: str
    verb = ""

    def command(self) -> str:
        return f"ipset {self.verb} {self.name} {self.other}"


@frozen(kw_only=True)
class RenameSet(_OfTwo):
    verb = "rename"


@frozen(kw_only=True)
class SwapSets(_OfTwo):
    verb = "swap"


@frozen(kw_only=True)
class AddElement(IpsetOperation):
    """`exist`: an element that is there is given the new values."""

    name: str
    element: ElementRequest
    extensions: Extensions = NOTHING
    exist: bool = False

    def command(self) -> str:
        words = ["ipset add", self.name, str(self.element), self.extensions.arguments(), "-exist" if self.exist else ""]
        return " ".join(filter(None, words))


@frozen(kw_only=True)
class DeleteElement(IpsetOperation):
    """`exist`: one that is not there is no error."""

    name: str
    element: ElementRequest
    exist: bool = False

    def command(self) -> str:
        return f"ipset del {self.name} {self.element}{' -exist' if self.exist else ''}"
