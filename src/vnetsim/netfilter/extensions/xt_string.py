"""Bytes in a packet: string (xt_string.c)."""

from __future__ import annotations

import re
from string import hexdigits
from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen

_END: Final = 0xFFFF
_LONGEST: Final = 128


@frozen(kw_only=True)
class String(XtMatch):
    """`pattern` lies between the bytes `first` and `end` of the packet, from its IP header on."""

    name = "string"
    pattern: bytes
    algorithm: str
    first: int = 0
    end: int = _END
    any_case: bool = False
    negated: bool = False

    @property
    def exists(self) -> bool:
        return self.algorithm in ("bm", "kmp", "fsm")

    def fits(self, _rule: Rule) -> bool:
        return self.first <= self.end and bool(self.pattern)

    def matches(self, packet: PktInfo) -> bool:
        text, pattern = packet.ip.encode()[self.first : self.end], self.pattern
        if self.any_case:
            text, pattern = text.lower(), pattern.lower()
        return (pattern in text) != self.negated

    @property
    def _is_text(self) -> bool:
        text = self.pattern.decode("latin-1")
        return text[-1:] != "\\" and all(" " <= character <= "~" for character in text)

    @property
    def _quoted(self) -> str:
        if not self._is_text:
            return f'"|{self.pattern.hex()}|"'
        return '"' + re.sub(r'(["\\])', r"\\\1", self.pattern.decode("latin-1")) + '"'

    def listing(self, _numeric: bool) -> str:
        parts = [f"STRING match {'!' if self.negated else ''} {self._quoted} ALGO name {self.algorithm}"]
        parts += [f"FROM {self.first}"] if self.first else []
        parts += [f"TO {self.end}"] if self.end != _END else []
        return " ".join([*parts, *(["ICASE"] if self.any_case else [])])

    def __str__(self) -> str:
        kind = "string" if self._is_text else "hex-string"
        parts = [f"-m string {negation(self.negated)}--{kind} {self._quoted} --algo {self.algorithm}"]
        parts += [f"--from {self.first}"] if self.first else []
        parts += [f"--to {self.end}"] if self.end != _END else []
        return " ".join([*parts, *(["--icase"] if self.any_case else [])])


def _text(text: str, _context: ParseContext) -> bytes:
    if len(text.encode()) > _LONGEST:
        raise ArgumentError(f'STRING too long "{text}"')
    return text.encode()


def _hex(text: str, _context: ParseContext) -> bytes:
    """Hexadecimal digits between bars, and text outside of them, where a backslash takes the next character.

    Follows parse_hex_string of libxt_string.c.
    """
    if not text:
        raise ArgumentError("STRING must contain at least one char")
    found, at, is_hex = bytearray(), 0, False
    while at < len(text):
        if text[at] == "|":
            is_hex = not is_hex
            at = _after_blanks(text, at + 1) if is_hex else at + 1
            # The rest is taken literally, another bar included.
            if at == len(text):
                break
        elif text[at] == "\\":
            at = _literal(text, at, is_hex)
        found += _byte(text, at) if is_hex else text[at].encode()
        at += 1 if not is_hex else 3 if text[at + 2] == " " else 2
    if len(found) >= _LONGEST:
        raise ArgumentError(f'STRING too long "{text}"')
    return bytes(found)


def _after_blanks(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip(" "))


def _literal(text: str, at: int, is_hex: bool) -> int:
    """Where the character behind a backslash is."""
    if is_hex:
        raise ArgumentError("Cannot include literals in hex data")
    if at + 1 == len(text):
        raise ArgumentError("Bad literal placement at end of string")
    return at + 1


def _byte(text: str, at: int) -> bytes:
    """Two hexadecimal digits, behind which something must come, if only the bar."""
    if at + 1 == len(text):
        raise ArgumentError("Odd number of hex digits")
    if at + 2 == len(text):
        raise ArgumentError("Invalid hex block")
    digits = text[at : at + 2]
    wrong = next((digit for digit in digits if digit not in hexdigits), None)
    if wrong is not None:
        raise ArgumentError(f"Invalid hex char '{wrong}'")
    return bytes.fromhex(digits)


def _string_check(parsed: ParsedOptions) -> None:
    if "algo" in parsed and "string" not in parsed and "hex-string" not in parsed:
        raise ArgumentError("STRING match: You must specify `--string' or `--hex-string'")


def _string(parsed: ParsedOptions) -> String:
    key = "string" if "string" in parsed else "hex-string"
    return String(
        pattern=parsed.get(key),
        algorithm=parsed.get("algo"),
        first=parsed.get("from", 0),
        end=parsed.get("to", _END),
        any_case="icase" in parsed,
        negated=parsed.negated(key),
    )


MATCHES: Final = (
    Extension(
        "string",
        (
            XtOption("from", options.integer(0, _END)),
            XtOption("to", options.integer(0, _END)),
            XtOption("algo", options.string(15), mandatory=True),
            XtOption("string", _text, inverts=True, excludes=("hex-string",)),
            XtOption("hex-string", _hex, inverts=True, excludes=("string",)),
            XtOption("icase"),
        ),
        _string,
        _string_check,
    ),
)
