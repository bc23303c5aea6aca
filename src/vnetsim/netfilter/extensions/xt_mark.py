"""The mark of a packet: mark, MARK (xt_mark.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, Reader, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch, XtTarget
from vnetsim.values import frozen


def mark_text(value: int, mask: int) -> str:
    return f"{value:#x}" if mask == UINT32_MAX else f"{value:#x}/{mask:#x}"


def xmark_listing(value: int, mask: int) -> str:
    """How MARK and CONNMARK list `--set-xmark`."""
    if value == 0:
        return f"and {~mask & UINT32_MAX:#x}"
    if value == mask:
        return f"or {value:#x}"
    if mask == 0:
        return f"xor {value:#x}"
    return f"set {value:#x}" if mask == UINT32_MAX else f"xset {value:#x}/{mask:#x}"


#: The options by which MARK and CONNMARK set a mark, each excluding the others.
SETTERS: Final = ("set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark")


def setter_options(*others: str) -> tuple[XtOption, ...]:
    def option(name: str) -> XtOption:
        read: Reader = options.marks if name.startswith("set-") else options.mark
        return XtOption(name, read, excludes=tuple(o for o in (*SETTERS, *others) if o != name))

    return tuple(option(name) for name in SETTERS)


def parsed_xmark(parsed: ParsedOptions) -> tuple[int, int] | None:
    """Value and mask of `--set-xmark`, or of the option that implies it."""
    key = next((key for key in SETTERS if key in parsed), None)
    if key is None:
        return None
    if key in ("set-xmark", "set-mark"):
        value, mask = parsed.get(key)
        if mask is None:
            return value, UINT32_MAX
        return value, mask if key == "set-xmark" else value | mask
    bits = parsed.get(key)
    return {"and-mark": (0, ~bits & UINT32_MAX), "or-mark": (bits, bits), "xor-mark": (bits, 0)}[key]


@frozen
class Mark(XtMatch):
    """The bits in `mask` are `value`."""

    name = "mark"
    value: int
    mask: int = UINT32_MAX
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        return (packet.mark & self.mask == self.value) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"mark match {negation(self.negated)}{mark_text(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"-m mark {negation(self.negated)}--mark {mark_text(self.value, self.mask)}"


@frozen(str=False)
class SetMark(XtTarget):
    """The mark loses the bits of `mask` and has those of `value` turned."""

    name = "MARK"
    value: int
    mask: int = UINT32_MAX

    def act(self, packet: PktInfo) -> None:
        packet.mark = (packet.mark & ~self.mask) ^ self.value

    def listing(self, _numeric: bool) -> str:
        return f"MARK {xmark_listing(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"MARK --set-xmark {self.value:#x}/{self.mask:#x}"


def _mark(parsed: ParsedOptions) -> Mark:
    value, mask = parsed.get("mark")
    return Mark(value, UINT32_MAX if mask is None else mask, parsed.negated("mark"))


def _set_mark(parsed: ParsedOptions) -> SetMark:
    xmark = parsed_xmark(parsed)
    assert xmark is not None, "the check asks for one"
    return SetMark(*xmark)


MATCHES: Final = (Extension("mark", (XtOption("mark", options.marks, inverts=True, mandatory=True),), _mark),)


TARGETS: Final = (
    Extension(
        "MARK",
        setter_options(),
        _set_mark,
        required="MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required",
    ),
)
