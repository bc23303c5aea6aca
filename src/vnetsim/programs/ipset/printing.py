"""Sets as `ipset list` and `ipset save` print them, as text and as XML (lib/session.c, lib/print.c)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vnetsim.netfilter.ipset.elements import Element, text_of
from vnetsim.netfilter.ipset.entry import SetEntry
from vnetsim.netfilter.ipset.hashset import HashSet
from vnetsim.netfilter.ipset.ipsets import IpSets
from vnetsim.netfilter.ipset.request import AddressGroup
from vnetsim.netfilter.ipset.setbase import IpSet
from vnetsim.values import define

_FULL_MASK: Final = 0xFFFF_FFFF


def header(found: IpSet) -> list[tuple[str, str]]:
    """The options of a set in the order of its type; a flag has no value.  forceadd is not printed."""
    options, names = found.options, found.type.options
    words: list[tuple[str, str]] = []
    if isinstance(options.range, AddressGroup):
        low, high = options.range.bounds
        kind = type(options.range.first)
        words.append(("range", f"{kind(low)}-{kind(high)}"))
    elif options.range is not None:
        words.append(("range", f"{min(options.range)}-{max(options.range)}"))
    words += [("family", "inet" if found.version == 4 else "inet6")] if "family" in names else []
    words += [("markmask", f"0x{options.markmask:08x}")] if options.markmask is not None else []
    if isinstance(found, HashSet):
        words += [("hashsize", str(1 << found.bits)), ("maxelem", str(options.maxelem))]
    words += [("size", str(options.size))] if "size" in names else []
    words += [("netmask", str(options.netmask))] if options.netmask is not None else []
    words += [("timeout", str(options.timeout))] if options.timeout is not None else []
    words += [(name, "") for name in ("counters", "comment", "skbinfo") if getattr(options, name)]
    if isinstance(found, HashSet):
        words += [("bucketsize", str(options.bucketsize)), ("initval", f"0x{options.initval:08x}")]
    return words


def details(found: IpSet, entry: SetEntry, now: int) -> list[tuple[str, str]]:
    """What follows an element; a flag has no value."""
    options = found.options
    words = [("timeout", str(entry.remaining(now)))] if options.timeout is not None else []
    words += [("nomatch", "")] if entry.nomatch else []
    words += [("packets", str(entry.packets)), ("bytes", str(entry.bytes))] if options.counters else []
    words += [("comment", f'"{entry.comment}"')] if entry.comment else []
    if options.skbinfo:
        value, mask = entry.mark
        if value or mask:
            words.append(("skbmark", f"0x{value:x}" + ("" if mask == _FULL_MASK else f"/0x{mask:x}")))
        if entry.priority != (0, 0):
            words.append(("skbprio", f"{entry.priority[0]:x}:{entry.priority[1]:x}"))
        words += [("skbqueue", str(entry.queue))] if entry.queue else []
    return words


def _flat(words: list[tuple[str, str]]) -> str:
    return " ".join(f"{name} {value}" if value else name for name, value in words)


@define
class Printer:
    """`mode` is plain, save or xml; `terse`: without members; `ordered`: members sorted."""

    sets: IpSets
    mode: str
    terse: bool = False
    ordered: bool = False

    def text(self, names: Sequence[str]) -> str:
        if self.mode == "xml":
            return "<ipsets>\n" + "".join(self._xml(name) for name in names) + "</ipsets>\n"
        one = self._saved if self.mode == "save" else self._plain
        return ("" if self.mode == "save" else "\n").join(one(name) for name in names)

    def _members(self, name: str) -> list[tuple[Element, SetEntry]]:
        members = list(self.sets.members(name))
        if self.ordered:
            members.sort(key=lambda member: tuple(member[0]))
        return members

    def _lines(self, name: str) -> Iterator[str]:
        found = self.sets.named(name)
        for element, entry in self._members(name):
            yield " ".join(filter(None, (text_of(element), _flat(details(found, entry, self.sets.now())))))

    def _plain(self, name: str) -> str:
        found = self.sets.named(name)
        lines = [
            f"Name: {name}", f"Type: {found.type.name}", f"Revision: {found.type.revision}",
            f"Header: {_flat(header(found))}", f"Size in memory: {found.memory}",
            f"References: {self.sets.references(name)}", f"Number of entries: {len(self._members(name))}",
        ]  # fmt: skip
        lines += [] if self.terse else ["Members:", *self._lines(name)]
        return "".join(f"{line}\n" for line in lines)

    def _saved(self, name: str) -> str:
        found = self.sets.named(name)
        first = f"create {name} {found.type.name} {_flat(header(found))}\n"
        return first + "".join(f"add {name} {line}\n" for line in self._lines(name))

    def _xml(self, name: str) -> str:
        found = self.sets.named(name)
        members = self._members(name)
        lines = [
            f'<ipset name="{name}">', f"<type>{found.type.name}</type>", f"<revision>{found.type.revision}</revision>",
            f"<header>{_tags(header(found))}", f"<memsize>{found.memory}</memsize>",
            f"<references>{self.sets.references(name)}</references>", f"<numentries>{len(members)}</numentries>",
            "</header>",
        ]  # fmt: skip
        if not self.terse:
            each = [
                _tags([("elem", text_of(element)), *details(found, entry, self.sets.now())])
                for element, entry in members
            ]
            lines += ["<members>", *(f"<member>{tags}</member>" for tags in each), "</members>"]
        return "\n".join([*lines, "</ipset>", ""])


def _tags(words: list[tuple[str, str]]) -> str:
    return "".join(f"<{name}>{value}</{name}>" if value else f"<{name}/>" for name, value in words)


def names_only(names: Sequence[str], mode: str) -> str:
    """`-n`."""
    if mode == "xml":
        return "<ipsets>\n" + "".join(f'<ipset name="{name}"/>\n' for name in names) + "</ipsets>\n"
    return "".join(f"{name}\n" for name in names)
