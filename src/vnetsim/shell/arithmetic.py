"""`$((...))`: C's integer expressions in 64 bits, as bash and dash evaluate them (POSIX.1-2017, XCU 2.6.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vnetsim.digits import is_digits

_TOKEN: Final = (
    r"\s*(?:(?P<number>\d[\w#@]*)|(?P<name>[A-Za-z_]\w*SUBSCRIPT)|"
    r"(?P<operator>BASH<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^<>=!~?:(),])|(?P<other>\S))"
)
_BASH_TOKEN: Final = re.compile(
    _TOKEN.replace("BASH", r"\*\*|\+\+|--|").replace("SUBSCRIPT", r"(?:\[[^][]*\])?"), re.ASCII
)
_DASH_TOKEN: Final = re.compile(_TOKEN.replace("BASH", "").replace("SUBSCRIPT", ""), re.ASCII)
#: Binary operators by precedence.
_LEVELS: Final = (("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="), ("<<", ">>"),
                  ("+", "-"), ("*", "/", "%"))  # fmt: skip
_ASSIGNMENTS: Final = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="])
_MAX_DEPTH: Final = 64


class ArithmeticFault(Exception):
    """`kind` is operand, excess, divisor, base, number, assignment or depth; `token` is the rest at the error."""

    def __init__(self, kind: str, expression: str, token: str) -> None:
        super().__init__(kind)
        self.kind, self.expression, self.token = kind, expression, token


def wrap(number: int) -> int:
    """As a signed 64-bit integer."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


class Arithmetic:
    """One evaluation; names are read and written by the two functions.  bash knows more operators than dash."""

    def __init__(
        self, get: Callable[[str], str], assign: Callable[[str, str], None], *, bash: bool = True, depth: int = 0
    ) -> None:
        self._get, self._assign, self._bash, self._depth = get, assign, bash, depth
        self._text = ""
        self._position = self._start = 0
        self._skipping = 0
        self._token = _BASH_TOKEN if bash else _DASH_TOKEN

    def evaluate(self, text: str) -> int:
        """The value; ArithmeticFault for a syntax error.  An empty text is zero."""
        self._text = text if not self._bash else text.lstrip()
        self._position = self._start = 0
        if not text.strip():
            return 0
        value = self._comma()
        kind, token = self._peek()
        if kind != "end":
            raise self._excess(token)
        return value

    # --- tokens ------------------------------------------------------------------------------------------------------

    def _peek(self) -> tuple[str, str]:
        found = self._token.match(self._text, self._position)
        if found is None or found.lastgroup is None:
            return "end", ""
        return found.lastgroup, found[found.lastgroup]

    def _take(self) -> tuple[str, str]:
        found = self._token.match(self._text, self._position)
        if found is None or found.lastgroup is None:
            return "end", ""
        self._start, self._position = found.start(found.lastgroup), found.end()
        return found.lastgroup, found[found.lastgroup]

    def _accept(self, *operators: str) -> str:
        kind, token = self._peek()
        if kind == "operator" and token in operators:
            self._take()
            return token
        return ""

    def _fault(self, kind: str, start: int | None = None) -> ArithmeticFault:
        return ArithmeticFault(kind, self._text, self._text[self._start if start is None else start :])

    def _excess(self, token: str) -> ArithmeticFault:
        before = self._position
        self._take()
        if token in _ASSIGNMENTS:
            return self._fault("assignment")
        if token and not token[0].isalnum() and self._text[before : before + 1] == token[0]:
            return self._fault("operator")
        return self._fault("excess")

    # --- the grammar -------------------------------------------------------------------------------------------------

    def _comma(self) -> int:
        value = self._assignment()
        while self._bash and self._accept(","):
            value = self._assignment()
        return value

    def _assignment(self) -> int:
        start = self._position
        kind, name = self._peek()
        if kind == "name":
            self._take()
            operator = self._accept(*_ASSIGNMENTS)
            if operator:
                right = self._assignment()
                value = right if operator == "=" else self._apply(operator[:-1], self._value_of(name), right, start)
                return self._store(name, value)
            self._position = start
        return self._conditional()

    def _store(self, name: str, value: int) -> int:
        if not self._skipping:
            self._assign(name, str(value))
        return value

    def _conditional(self) -> int:
        condition = self._binary(0)
        if not self._accept("?"):
            return condition
        chosen = self._unless(not condition, self._comma)
        if not self._accept(":"):
            self._take()
            raise self._fault("operand")
        other = self._unless(bool(condition), self._conditional)
        return chosen if condition else other

    def _unless(self, skip: bool, parse: Callable[[], int]) -> int:
        """Parse a part that has no effect if it is skipped."""
        self._skipping += skip
        try:
            return parse()
        finally:
            self._skipping -= skip

    def _binary(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._power()
        left = self._binary(level + 1)
        while operator := self._accept(*_LEVELS[level]):
            if operator in ("&&", "||"):
                decided = bool(left) == (operator == "||")
                right = self._unless(decided, lambda: self._binary(level + 1))
                left = int(decided if operator == "||" else False) if decided else int(bool(right))
            else:
                start = self._position
                left = self._apply(operator, left, self._binary(level + 1), start)
        return left

    def _power(self) -> int:
        base = self._unary()
        if self._bash and self._accept("**"):
            exponent = self._power()
            if exponent < 0:
                raise self._fault("exponent")
            return wrap(pow(base, exponent, 1 << 64))
        return base

    def _apply(self, operator: str, left: int, right: int, start: int) -> int:
        if operator in "/%":
            if right == 0:
                if self._skipping:
                    return 0
                raise self._fault("divisor", start + len(self._text[start:]) - len(self._text[start:].lstrip()))
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            return wrap(quotient if operator == "/" else left - quotient * right)
        return wrap(_OPERATORS[operator](left, right))

    def _unary(self) -> int:
        if self._bash and (operator := self._accept("++", "--")):
            kind, name = self._take()
            if kind != "name":
                raise self._fault("operand")
            return self._store(name, wrap(self._value_of(name) + (1 if operator == "++" else -1)))
        match self._accept("-", "+", "!", "~"):
            case "-":
                return wrap(-self._unary())
            case "+":
                return self._unary()
            case "!":
                return int(not self._unary())
            case "~":
                return ~self._unary()
        return self._primary()

    def _primary(self) -> int:
        kind, token = self._peek()
        if kind == "end" or (kind == "operator" and token != "("):
            if kind != "end":
                self._take()
            raise self._fault("operand")
        self._take()
        if kind == "operator":
            value = self._comma()
            if not self._accept(")"):
                raise self._fault("parenthesis")
            return value
        if kind == "number":
            return self._number(token)
        if kind == "name":
            return self._named(token)
        raise self._fault("operand")

    def _named(self, name: str) -> int:
        value = self._value_of(name)
        if self._bash and (operator := self._accept("++", "--")):
            self._store(name, wrap(value + (1 if operator == "++" else -1)))
        return value

    def _value_of(self, name: str) -> int:
        text = self._get(name).strip()
        if not text:
            return 0
        if re.fullmatch(r"-?(0|[1-9]\d*)", text):
            return wrap(int(text))
        if not self._bash:
            raise ArithmeticFault("number", text, text)
        if self._depth >= _MAX_DEPTH:
            raise ArithmeticFault("depth", text, text)
        return Arithmetic(self._get, self._assign, depth=self._depth + 1).evaluate(text)

    def _number(self, token: str) -> int:
        base, digits = 10, token
        if re.fullmatch(r"0[xX][0-9a-fA-F]+", token):
            base, digits = 16, token[2:]
        elif token.startswith("0") and len(token) > 1:
            base, digits = 8, token[1:]
        elif "#" in token and self._bash:
            prefix, _, digits = token.partition("#")
            base = int(prefix) if is_digits(prefix) else 0
        try:
            return wrap(int(digits, base))
        except ValueError:
            raise self._fault("base" if self._bash else "excess") from None


_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
