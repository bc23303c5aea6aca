"""The mark of a connection: connmark, CONNMARK (xt_connmark.c)."""

from __future__ import annotations

from typing import ClassVar, Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_mark import SETTERS, mark_text, parsed_xmark, setter_options, xmark_listing
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch, XtTarget
from vnetsim.values import frozen


@frozen
class ConnMark(XtMatch):
    name = "connmark"
    tracks = True
    value: int
    mask: int = UINT32_MAX
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        if packet.connection is None:
            return False
        return (packet.connection.mark & self.mask == self.value) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"connmark match {'!' if self.negated else ''} {mark_text(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"-m connmark {negation(self.negated)}--mark {mark_text(self.value, self.mask)}"


def _connmark(parsed: ParsedOptions) -> ConnMark:
    value, mask = parsed.get("mark")
    return ConnMark(value, UINT32_MAX if mask is None else mask, parsed.negated("mark"))


@frozen(str=False)
class SetConnMark(XtTarget):
    """The connection's mark loses the bits of `mask` and has those of `value` turned."""

    name = "CONNMARK"
    tracks = True
    value: int
    mask: int = UINT32_MAX

    def act(self, packet: PktInfo) -> None:
        if packet.connection is not None:
            packet.connection.mark = (packet.connection.mark & ~self.mask) ^ self.value

    def listing(self, _numeric: bool) -> str:
        return f"CONNMARK {xmark_listing(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"CONNMARK --set-xmark {self.value:#x}/{self.mask:#x}"


@frozen(str=False)
class _CopyMark(XtTarget):
    name = "CONNMARK"
    tracks = True
    nfmask: int = UINT32_MAX
    ctmask: int = UINT32_MAX
    verb: ClassVar[str]

    def _listed_masks(self) -> str:
        raise NotImplementedError

    def listing(self, _numeric: bool) -> str:
        if self.nfmask == self.ctmask:
            return f"CONNMARK {self.verb}" + ("" if self.nfmask == UINT32_MAX else f" mask {self.nfmask:#x}")
        return f"CONNMARK {self.verb} {self._listed_masks()}"

    def __str__(self) -> str:
        return f"CONNMARK --{self.verb}-mark --nfmask {self.nfmask:#x} --ctmask {self.ctmask:#x}"


@frozen(str=False)
class SaveConnMark(_CopyMark):
    """The connection gets the packet's mark."""

    verb = "save"

    def act(self, packet: PktInfo) -> None:
        if packet.connection is not None:
            packet.connection.mark = (packet.connection.mark & ~self.ctmask) ^ (packet.mark & self.nfmask)

    def _listed_masks(self) -> str:
        return f"nfmask {self.nfmask:#x} ctmask ~{self.ctmask:#x}"


@frozen(str=False)
class RestoreConnMark(_CopyMark):
    """The packet gets the connection's mark."""

    verb = "restore"

    def act(self, packet: PktInfo) -> None:
        if packet.connection is not None:
            packet.mark = (packet.mark & ~self.nfmask) ^ (packet.connection.mark & self.ctmask)

    def _listed_masks(self) -> str:
        return f"ctmask {self.ctmask:#x} nfmask ~{self.nfmask:#x}"


def _set_connmark_check(parsed: ParsedOptions) -> None:
    if parsed_xmark(parsed) is None and "save-mark" not in parsed and "restore-mark" not in parsed:
        raise ArgumentError("CONNMARK target: No operation specified")


def _set_connmark(parsed: ParsedOptions) -> XtTarget:
    xmark = parsed_xmark(parsed)
    if xmark is not None:
        last = parsed.last(*SETTERS, "mask", "ctmask")
        return SetConnMark(xmark[0], parsed.get(last) if last in ("mask", "ctmask") else xmark[1])
    both = parsed.get("mask", UINT32_MAX)
    masks = parsed.get("nfmask", both), parsed.get("ctmask", both)
    return SaveConnMark(*masks) if "save-mark" in parsed else RestoreConnMark(*masks)


_COPIES: Final = ("save-mark", "restore-mark")


MATCHES: Final = (Extension("connmark", (XtOption("mark", options.marks, inverts=True, mandatory=True),), _connmark),)


TARGETS: Final = (
    Extension(
        "CONNMARK",
        (
            *setter_options(*_COPIES),
            *(XtOption(copy, excludes=(*SETTERS, *(o for o in _COPIES if o != copy))) for copy in _COPIES),
            *(XtOption(mask, options.mark, excludes=("mask",)) for mask in ("ctmask", "nfmask")),
            XtOption("mask", options.mark, excludes=("ctmask", "nfmask")),
        ),
        _set_connmark,
        _set_connmark_check,
    ),
)
