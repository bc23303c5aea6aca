"""Policies of IPsec: policy (xt_policy.c).

No packet here has been through IPsec, so only `--pol none` matches.  Not modelled: xfrm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, Reader, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import define, frozen

_PROTOCOLS: Final = {50: "esp", 51: "ah", 108: "ipcomp"}
_HOOKS: Final = {"in": ("PREROUTING", "INPUT", "FORWARD"), "out": ("FORWARD", "OUTPUT", "POSTROUTING")}
#: Of an element, in the order in which they are printed.
_PARTS: Final = ("reqid", "spi", "proto", "mode", "tunnel-dst", "tunnel-src")


@define
class PolicyElement:
    """One transformation: the text of each part as it is named and as a number, with its negation."""

    parts: dict[str, tuple[str, str, bool]] = attrs.field(factory=dict)

    def saved(self) -> Iterator[str]:
        for name in _PARTS:
            if name in self.parts:
                text, _, negated = self.parts[name]
                yield f"{negation(negated)}--{name} {text}"

    def listed(self, numeric: bool) -> Iterator[str]:
        for name in _PARTS:
            if name in self.parts:
                named, number, negated = self.parts[name]
                text = number if numeric else named
                yield f"{negation(negated)}{name} {text}"


@frozen(kw_only=True)
class PolicyMatch(XtMatch):
    name = "policy"
    cacheable = True
    direction: str
    none: bool = False
    strict: bool = False
    elements: tuple[PolicyElement, ...] = attrs.field(default=(), hash=False)

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset(_HOOKS[self.direction])

    def matches(self, _packet: PktInfo) -> bool:
        return self.none

    def listing(self, numeric: bool) -> str:
        parts = [f"policy match dir {self.direction} pol {'none' if self.none else 'ipsec'}"]
        parts += ["strict"] if self.strict else []
        for number, element in enumerate(self.elements):
            parts += [f"[{number}]"] if self.strict else []
            parts += element.listed(numeric)
        return " ".join(parts)

    def __str__(self) -> str:
        parts = [f"-m policy --dir {self.direction} --pol {'none' if self.none else 'ipsec'}"]
        parts += ["--strict"] if self.strict else []
        for number, element in enumerate(self.elements):
            parts += ["--next"] if number else []
            parts += element.saved()
        return " ".join(parts)


def _one_of(words: tuple[str, ...], about: str) -> Reader:
    def read(text: str, _context: ParseContext) -> str:
        if text not in words:
            raise ArgumentError(f'{about} "{text}"')
        return text

    return read


def _protocol(text: str, _context: ParseContext) -> tuple[str, str]:
    protocol = options.protocol_number(text)
    if protocol not in _PROTOCOLS:
        raise ArgumentError("policy match: protocol must be ah/esp/ipcomp")
    return _PROTOCOLS[protocol], str(protocol)


def _mode(text: str, _context: ParseContext) -> tuple[str, str]:
    if text not in ("transport", "tunnel"):
        raise ArgumentError(f'policy match: invalid mode "{text}"')
    return text, text


def _number(text: str, context: ParseContext) -> tuple[str, str]:
    value: int = options.integer(0, UINT32_MAX)(text, context)
    found = str(value) if context.option == "reqid" else f"0x{value:x}"
    return found, found


def _tunnel(text: str, context: ParseContext) -> tuple[str, str]:
    host, slash, mask = text.partition("/")
    address, bits = options.numeric_host(host, context), context.bits
    length = options.prefix_length_or_all(mask, context) if slash else bits
    network = f"{address}/{length}" if length < bits else str(address)
    return network, network


def _check(parsed: ParsedOptions) -> None:
    if "dir" not in parsed:
        raise ArgumentError("policy match: neither --dir in nor --dir out specified")
    if parsed.get("pol") == "none" and "strict" in parsed:
        raise ArgumentError("policy match: policy none but --strict given")


def _elements(parsed: ParsedOptions) -> tuple[PolicyElement, ...]:
    elements = [PolicyElement()]
    for key, value, negated in parsed.sequence:
        if key == "next":
            elements.append(PolicyElement())
        elif key in elements[-1].parts:
            raise ArgumentError(f"policy match: double --{key} option")
        else:
            elements[-1].parts[key] = (*value, negated)
    for number, element in enumerate(elements):
        if "strict" in parsed and not element.parts:
            raise ArgumentError(
                f"policy match: empty policy element {number}. --strict is in effect, but at least one of reqid, spi, "
                "tunnel-src, tunnel-dst, proto or mode is required."
            )
        if {"tunnel-src", "tunnel-dst"} & element.parts.keys() and element.parts.get("mode", ("",))[0] != "tunnel":
            raise ArgumentError("policy match: --tunnel-src/--tunnel-dst is only valid in tunnel mode")
    return tuple(elements)


def _build(parsed: ParsedOptions) -> PolicyMatch:
    none = parsed.get("pol") == "none"
    elements = () if none else _elements(parsed)
    return PolicyMatch(direction=parsed.get("dir"), none=none, strict="strict" in parsed, elements=elements)


MATCHES: Final = (
    Extension(
        "policy",
        (
            XtOption("dir", _one_of(("in", "out"), "policy_match: invalid dir")),
            XtOption("pol", _one_of(("none", "ipsec"), "policy match: invalid policy")),
            XtOption("strict"),
            XtOption("next", requires=("strict",), repeats=True),
            *(
                XtOption(name, read, inverts=True, repeats=True)
                for name, read in (
                    ("reqid", _number), ("spi", _number), ("proto", _protocol), ("mode", _mode),
                    ("tunnel-dst", _tunnel), ("tunnel-src", _tunnel),
                )
            ),
        ),
        _build,
        _check,
    ),
)  # fmt: skip
