"""Matches of what a packet says: string, ecn, tcpmss (xt_string.c, xt_ecn.c, xt_tcpmss.c)."""

from __future__ import annotations

import re
from string import hexdigits
from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Context, Extension, Option, Said, negation
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Match, Rule
from vnetsim.wire.tcp import CWR, ECE, MSS, Tcp

_TCP: Final = 6
_END: Final = 0xFFFF
_LONGEST: Final = 128


@attrs.frozen(kw_only=True)
class String(Match):
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

    def fits(self, rule: Rule) -> bool:
        del rule
        return self.first <= self.end and bool(self.pattern)

    def matches(self, packet: Packet) -> bool:
        place, pattern = packet.ip.encode()[self.first : self.end], self.pattern
        if self.any_case:
            place, pattern = place.lower(), pattern.lower()
        return (pattern in place) != self.negated

    @property
    def _is_text(self) -> bool:
        text = self.pattern.decode("latin-1")
        return text[-1:] != "\\" and all(" " <= character <= "~" for character in text)

    @property
    def _quoted(self) -> str:
        if not self._is_text:
            return f'"|{self.pattern.hex()}|"'
        return '"' + re.sub(r'(["\\])', r"\\\1", self.pattern.decode("latin-1")) + '"'

    def listing(self, numeric: bool) -> str:
        del numeric
        words = [f"STRING match {'!' if self.negated else ''} {self._quoted} ALGO name {self.algorithm}"]
        words += [f"FROM {self.first}"] if self.first else []
        words += [f"TO {self.end}"] if self.end != _END else []
        return " ".join([*words, *(["ICASE"] if self.any_case else [])])

    def __str__(self) -> str:
        kind = "string" if self._is_text else "hex-string"
        words = [f"-m string {negation(self.negated)}--{kind} {self._quoted} --algo {self.algorithm}"]
        words += [f"--from {self.first}"] if self.first else []
        words += [f"--to {self.end}"] if self.end != _END else []
        return " ".join([*words, *(["--icase"] if self.any_case else [])])


def _text(text: str, context: Context) -> bytes:
    del context
    if len(text.encode()) > _LONGEST:
        raise ArgumentError(f'STRING too long "{text}"')
    return text.encode()


def _hex(text: str, context: Context) -> bytes:
    """Hexadecimal digits between bars, and text outside of them, where a backslash takes the next character.

    Follows parse_hex_string of libxt_string.c.
    """
    del context
    if not text:
        raise ArgumentError("STRING must contain at least one char")
    found, at, is_hex = bytearray(), 0, False
    while at < len(text):
        if text[at] == "|":
            is_hex = not is_hex
            at = _after_blanks(text, at + 1) if is_hex else at + 1
            # What follows is taken as it stands, be it another bar.
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


def _string_check(said: Said, context: Context) -> None:
    del context
    if "algo" in said and "string" not in said and "hex-string" not in said:
        raise ArgumentError("STRING match: You must specify `--string' or `--hex-string'")


def _string(said: Said, context: Context) -> String:
    del context
    key = "string" if "string" in said else "hex-string"
    return String(
        pattern=said.get(key), algorithm=said.get("algo"), first=said.get("from", 0), end=said.get("to", _END),
        any_case="icase" in said, negated=said.negated(key),
    )  # fmt: skip


# --- explicit congestion notification --------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Ecn(Match):
    """`cwr` and `ece`: whether TCP's flags are to be there, None if that does not matter; `codepoint` of IP."""

    name = "ecn"
    cwr: bool | None = None
    ece: bool | None = None
    codepoint: int | None = None
    negated: bool = False

    def fits(self, rule: Rule) -> bool:
        if self.cwr is None and self.ece is None:
            return True
        return rule.protocol is not None and rule.protocol.number == _TCP and not rule.protocol.negated

    def matches(self, packet: Packet) -> bool:
        if self.codepoint is not None and (packet.tos & 3 == self.codepoint) == self.negated:
            return False
        flags = ((CWR, self.cwr), (ECE, self.ece))
        segment = packet.transport
        if not isinstance(segment, Tcp):
            return all(wanted is None for _, wanted in flags)
        return all(wanted is None or bool(segment.flags & flag) == wanted for flag, wanted in flags)

    def listing(self, numeric: bool) -> str:
        del numeric
        # ecn_print has them the other way round than ecn_save.
        words = [f"{'' if wanted else '!'}{name}" for name, wanted in self._flags[::-1] if wanted is not None]
        words += [f"{'!' if self.negated else ''}ECT={self.codepoint}"] if self.codepoint is not None else []
        return " ".join(["ECN match", *words])

    @property
    def _flags(self) -> tuple[tuple[str, bool | None], ...]:
        return ("CWR", self.cwr), ("ECE", self.ece)

    def __str__(self) -> str:
        words = [
            f"{negation(not wanted)}--ecn-tcp-{name.lower()}"
            for name, wanted in reversed(self._flags)
            if wanted is not None
        ]
        words += [f"{negation(self.negated)}--ecn-ip-ect {self.codepoint}"] if self.codepoint is not None else []
        return " ".join(["-m ecn", *words])


def _ecn_check(said: Said, context: Context) -> None:
    del context
    if not said:
        raise ArgumentError("ECN match: some option required")


def _ecn(said: Said, context: Context) -> Ecn:
    del context
    cwr, ece = (
        not said.negated(key) if key in said else None for key in ("ecn-tcp-cwr", "ecn-tcp-ece")
    )  # fmt: skip
    return Ecn(cwr=cwr, ece=ece, codepoint=said.get("ecn-ip-ect"), negated=said.negated("ecn-ip-ect"))


# --- maximum segment size ---------------------------------------------------------------------------------------------


@attrs.frozen
class SegmentSize(Match):
    """What a segment of TCP announces; where it announces nothing, a negated one fits."""

    name = "tcpmss"
    first: int
    last: int
    negated: bool = False

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == _TCP and not rule.protocol.negated

    def matches(self, packet: Packet) -> bool:
        segment = packet.transport
        if not isinstance(segment, Tcp):
            return self.negated
        announced = next((value for kind, value in segment.options if kind == MSS), None)
        return (isinstance(announced, int) and self.first <= announced <= self.last) != self.negated

    @property
    def _words(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"tcpmss match {'!' if self.negated else ''}{self._words}"

    def __str__(self) -> str:
        return f"-m tcpmss {negation(self.negated)}--mss {self._words}"


def _segment_size(said: Said, context: Context) -> SegmentSize:
    del context
    first, last = said.get("mss")
    return SegmentSize(first, last, said.negated("mss"))


MATCHES: Final = (
    Extension(
        "string",
        (
            Option("from", options.integer(0, _END)),
            Option("to", options.integer(0, _END)),
            Option("algo", options.string(15), mandatory=True),
            Option("string", _text, inverts=True, excludes=("hex-string",)),
            Option("hex-string", _hex, inverts=True, excludes=("string",)),
            Option("icase"),
        ),
        _string,
        _string_check,
    ),
    Extension(
        "ecn",
        (
            Option("ecn-tcp-cwr", inverts=True),
            Option("ecn-tcp-ece", inverts=True),
            Option("ecn-ip-ect", options.integer(0, 3), inverts=True),
        ),
        _ecn,
        _ecn_check,
    ),
    Extension(
        "tcpmss",
        (Option("mss", options.integers(_END), inverts=True, mandatory=True),),
        _segment_size,
    ),
)
