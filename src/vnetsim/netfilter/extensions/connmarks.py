"""The mark of a connection: connmark, CONNMARK (xt_connmark.c); and how marks are said and listed everywhere."""

from __future__ import annotations

from typing import ClassVar, Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Context, Extension, Option, Reader, Said, negation
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Match, Target


def mark_words(value: int, mask: int) -> str:
    return f"{value:#x}" if mask == UINT32_MAX else f"{value:#x}/{mask:#x}"


@attrs.frozen
class ConnMark(Match):
    name = "connmark"
    tracks = True
    value: int
    mask: int = UINT32_MAX
    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        if packet.connection is None:
            return False
        return (packet.connection.mark & self.mask == self.value) != self.negated

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"connmark match {'!' if self.negated else ''} {mark_words(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"-m connmark {negation(self.negated)}--mark {mark_words(self.value, self.mask)}"


def _connmark(said: Said, context: Context) -> ConnMark:
    del context
    value, mask = said.get("mark")
    return ConnMark(value, UINT32_MAX if mask is None else mask, said.negated("mark"))


def xmark_listing(value: int, mask: int) -> str:
    """How MARK and CONNMARK list `--set-xmark`."""
    if value == 0:
        return f"and {~mask & UINT32_MAX:#x}"
    if value == mask:
        return f"or {value:#x}"
    if mask == 0:
        return f"xor {value:#x}"
    return f"set {value:#x}" if mask == UINT32_MAX else f"xset {value:#x}/{mask:#x}"


@attrs.frozen(str=False)
class SetConnMark(Target):
    """The connection's mark loses the bits of `mask` and has those of `value` turned."""

    name = "CONNMARK"
    tracks = True
    value: int
    mask: int = UINT32_MAX

    def act(self, packet: Packet) -> None:
        if packet.connection is not None:
            packet.connection.mark = (packet.connection.mark & ~self.mask) ^ self.value

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"CONNMARK {xmark_listing(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"CONNMARK --set-xmark {self.value:#x}/{self.mask:#x}"


@attrs.frozen(str=False)
class _CopyMark(Target):
    name = "CONNMARK"
    tracks = True
    nfmask: int = UINT32_MAX
    ctmask: int = UINT32_MAX
    verb: ClassVar[str]

    def _listed_masks(self) -> str:
        raise NotImplementedError

    def listing(self, numeric: bool) -> str:
        del numeric
        if self.nfmask == self.ctmask:
            return f"CONNMARK {self.verb}" + ("" if self.nfmask == UINT32_MAX else f" mask {self.nfmask:#x}")
        return f"CONNMARK {self.verb} {self._listed_masks()}"

    def __str__(self) -> str:
        return f"CONNMARK --{self.verb}-mark --nfmask {self.nfmask:#x} --ctmask {self.ctmask:#x}"


@attrs.frozen(str=False)
class SaveConnMark(_CopyMark):
    """The connection gets the packet's mark."""

    verb = "save"

    def act(self, packet: Packet) -> None:
        if packet.connection is not None:
            packet.connection.mark = (packet.connection.mark & ~self.ctmask) ^ (packet.mark & self.nfmask)

    def _listed_masks(self) -> str:
        return f"nfmask {self.nfmask:#x} ctmask ~{self.ctmask:#x}"


@attrs.frozen(str=False)
class RestoreConnMark(_CopyMark):
    """The packet gets the connection's mark."""

    verb = "restore"

    def act(self, packet: Packet) -> None:
        if packet.connection is not None:
            packet.mark = (packet.mark & ~self.nfmask) ^ (packet.connection.mark & self.ctmask)

    def _listed_masks(self) -> str:
        return f"ctmask {self.ctmask:#x} nfmask ~{self.nfmask:#x}"


#: The ways to say what MARK and CONNMARK set, each excluding the others.
SETTERS: Final = ("set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark")


def setter_options(*others: str) -> tuple[Option, ...]:
    def option(name: str) -> Option:
        read: Reader = options.marks if name.startswith("set-") else options.mark
        return Option(name, read, excludes=tuple(o for o in (*SETTERS, *others) if o != name))

    return tuple(option(name) for name in SETTERS)


def said_xmark(said: Said) -> tuple[int, int] | None:
    """Value and mask of `--set-xmark`, whichever way it was said."""
    key = next((key for key in SETTERS if key in said), None)
    if key is None:
        return None
    if key in ("set-xmark", "set-mark"):
        value, mask = said.get(key)
        if mask is None:
            return value, UINT32_MAX
        return value, mask if key == "set-xmark" else value | mask
    bits = said.get(key)
    return {"and-mark": (0, ~bits & UINT32_MAX), "or-mark": (bits, bits), "xor-mark": (bits, 0)}[key]


def _set_connmark_check(said: Said, context: Context) -> None:
    del context
    if said_xmark(said) is None and "save-mark" not in said and "restore-mark" not in said:
        raise ArgumentError("CONNMARK target: No operation specified")


def _set_connmark(said: Said, context: Context) -> Target:
    del context
    xmark = said_xmark(said)
    if xmark is not None:
        last = said.last(*SETTERS, "mask", "ctmask")
        return SetConnMark(xmark[0], said.get(last) if last in ("mask", "ctmask") else xmark[1])
    both = said.get("mask", UINT32_MAX)
    masks = said.get("nfmask", both), said.get("ctmask", both)
    return SaveConnMark(*masks) if "save-mark" in said else RestoreConnMark(*masks)


_COPIES: Final = ("save-mark", "restore-mark")

MATCHES: Final = (Extension("connmark", (Option("mark", options.marks, inverts=True, mandatory=True),), _connmark),)

TARGETS: Final = (
    Extension(
        "CONNMARK",
        (
            *setter_options(*_COPIES),
            *(Option(copy, excludes=(*SETTERS, *(o for o in _COPIES if o != copy))) for copy in _COPIES),
            *(Option(mask, options.mark, excludes=("mask",)) for mask in ("ctmask", "nfmask")),
            Option("mask", options.mark, excludes=("ctmask", "nfmask")),
        ),
        _set_connmark,
        _set_connmark_check,
    ),
)
