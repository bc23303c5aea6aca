"""Tokens one by one, with the syntax errors of bison (src/parser_bison.y of nftables 1.0.6).

An error lists the expected tokens if there are at most four; each caller names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NoReturn

from vnetsim.netfilter.nft.expression import Expr
from vnetsim.netfilter.nft.location import InputDescriptor, Location
from vnetsim.netfilter.nft.stateful import UNITS, LimitStmt, QuotaStmt
from vnetsim.programs.nft.cmd import Name
from vnetsim.programs.nft.datatype import data_unit, milliseconds, number_of
from vnetsim.programs.nft.erec import ErrorRecord, NftError, nearest
from vnetsim.programs.nft.scanner import (
    ASTERISK,
    END,
    NEWLINE,
    NUMBER,
    QUOTED,
    SEMICOLON,
    STRING,
    NftToken,
    Scanner,
)

STRINGS: Final = (STRING, QUOTED, ASTERISK)
#: How many errors nft reports before it gives up.
_MAX_ERRORS: Final = 10


_UNITS: Final = {name: seconds for seconds, name in UNITS.items()}


class ParserAbort(Exception):
    """Parsing ends: end of input, or too many errors."""


class NftScope:
    """The symbols of `define` in a block and those around it (struct scope)."""

    def __init__(self, parent: NftScope | None = None) -> None:
        self.parent = parent
        self.values: dict[str, Expr] = {}

    def find(self, name: str) -> Expr | None:
        scope: NftScope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        return None

    def names(self) -> list[str]:
        return [*reversed(self.values), *(self.parent.names() if self.parent is not None else [])]


class TokenParser:
    """One token ahead."""

    def __init__(self, source: InputDescriptor, scope: NftScope) -> None:
        self._scanner = Scanner(source)
        self._ahead: NftToken | None = None
        self._last: Location | None = None
        self.scope = scope
        self.errors: list[ErrorRecord] = []

    # --- tokens -----------------------------------------------------------------------------------------------------

    def peek(self) -> str:
        """What comes next."""
        return self._token().kind

    def _token(self) -> NftToken:
        if self._ahead is None:
            self._ahead = self._scanner.next()
        return self._ahead

    def take(self) -> NftToken:
        token = self._token()
        self._ahead, self._last = None, token.location
        return token

    def accept(self, *kinds: str) -> NftToken | None:
        return self.take() if self.peek() in kinds else None

    def expect(self, *kinds: str, instead: Sequence[str] | None = None) -> NftToken:
        """`instead` are the expected tokens of the error message, where they differ."""
        if self.peek() not in kinds:
            self.unexpected(*(kinds if instead is None else instead))
        return self.take()

    def leave(self, scope: str) -> None:
        """Leave a scope of the scanner."""
        self._scanner.leave(scope)

    def since(self, start: Location) -> Location:
        """From `start` to the last token."""
        assert self._last is not None
        return start.to(self._last)

    def close(self, start: Location, scope: str) -> Location:
        """From `start` to the token before, at the end of the scope."""
        location = self.since(start)
        self.leave(scope)
        return location

    # --- errors -------------------------------------------------------------------------------------------------

    def unexpected(self, *expected: str) -> NoReturn:
        token = self._token()
        message = f"syntax error, unexpected {token.kind}"
        if 0 < len(expected) <= 4:
            message += f", expecting {' or '.join(expected)}"
        raise NftError(message, token.location)

    def recover(self, refused: NftError) -> None:
        """Go on behind the next separator."""
        self.errors.append(refused.error)
        while self.peek() not in (NEWLINE, SEMICOLON):
            if self.peek() == END:
                raise ParserAbort
            self.take()
        self.take()
        if len(self.errors) >= _MAX_ERRORS:
            raise ParserAbort

    # --- small things -----------------------------------------------------------------------------------------------

    def skip_newline(self) -> None:
        self.accept(NEWLINE)

    def identifier(self) -> Name:
        token = self.expect(STRING)
        return Name(token.location, token.text)

    def string(self) -> NftToken:
        return self.expect(*STRINGS)

    def number(self) -> int:
        return number_of(self.expect(NUMBER).text)

    def comment(self) -> str:
        """The text behind `comment`."""
        token = self.string()
        if len(token.text) > 128:
            raise NftError("comment too long, 128 characters maximum allowed", token.location)
        return token.text

    def once(self, known: str | None, start: Location) -> None:
        """A second comment is an error."""
        if known is not None:
            raise NftError("already set", self.since(start))

    def time(self) -> int:
        """Milliseconds."""
        token = self.expect(STRING)
        return milliseconds(token.text, token.location)

    def variable(self) -> Expr:
        """The value of `$name`."""
        self.expect("'$'")
        name = self.identifier()
        found = self.scope.find(name.text)
        if found is None:
            near = nearest(name.text, self.scope.names())
            hint = "" if near is None else f"; did you mean identifier ‘{near}’?"
            raise NftError(f"unknown identifier '{name.text}'{hint}", name.location)
        return found

    # --- rates and sizes of limits and quotas -------------------------------------------------------------------------

    def limit_rate(self) -> LimitStmt:
        """Behind `rate`."""
        over = self.accept("over", "until")
        rate, unit, of_bytes = self._rate()
        burst = 0 if of_bytes else 5
        if (token := self.accept("burst")) is not None:
            burst = self._burst(of_bytes=of_bytes, start=token.location)
        return LimitStmt(rate, unit, burst, of_bytes, over is not None and over.kind == "over")

    def _rate(self) -> tuple[int, int, bool]:
        count = self.expect(NUMBER)
        if self.accept("/"):
            return int(count.text, 0), self._unit(), False
        token = self.expect(STRING, "bytes", instead=("/", STRING, "bytes"))
        whole = count.location.to(token.location)
        if token.kind == STRING and "/" in token.text:
            size, _, unit = token.text.partition("/")
            if unit not in _UNITS:
                raise NftError("Wrong rate format", token.location)
            return int(count.text, 0) * data_unit(size, whole), _UNITS[unit], True
        factor = data_unit(token.text, whole)
        if self.peek() != "/":
            if token.kind == STRING:
                raise NftError("wrong rate format", whole)
            self.unexpected("/")
        self.take()
        return int(count.text, 0) * factor, self._unit(), True

    def _unit(self) -> int:
        return _UNITS[self.expect("hour", "day", "second", "minute", "week", instead=()).kind]

    def _burst(self, *, of_bytes: bool, start: Location) -> int:
        count = self.number()
        if not of_bytes:
            self.expect("packets")
            if count == 0:
                raise NftError("packet limit burst must be > 0", self.since(start))
            return count
        return count * self._amount(start)

    def quota_size(self) -> QuotaStmt:
        over = self.accept("over", "until")
        start = self._token().location
        count = self.number()
        size = count * self._amount(start)
        used = self.number() * self._amount(start) if self.accept("used") else 0
        return QuotaStmt(size, over is not None and over.kind == "over", used)

    def _amount(self, start: Location) -> int:
        token = self.expect(STRING, "bytes")
        return data_unit(token.text, self.since(start))
