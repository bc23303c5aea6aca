"""Arithmetic of filter expressions: `tcp[13] & 2 != 0`, `len > 100` (libpcap: grammar.y: arth, relop)."""

from __future__ import annotations

from collections.abc import Callable

from vnetsim.errors import NotModelled
from vnetsim.programs.tcpdump.primitives import (
    FilterError,
    FilterSyntaxError,
    LinkLayout,
    Sample,
    Test,
    Value,
)
from vnetsim.programs.tcpdump.scanner import (
    CONSTANTS,
    ETHERTYPES,
    IP_PROTOCOLS,
    LINKS,
    MASK32,
    NUMBER,
    OPERATORS,
    RELATIONS,
    UNKNOWN_KEYWORDS,
    FilterTokens,
    Token,
)


class ArithmeticParser(FilterTokens):
    """Reads values, and what a packet must be for them to be there."""

    def __init__(self, rest: list[Token], link: LinkLayout) -> None:
        super().__init__(rest)
        self._link = link
        #: Operands that are the number 0.
        self._zeros: list[Value] = []

    def _try_relation(self) -> Test | None:
        """`tcp[13] & 2 != 0`; None, and nothing is read, where it is none."""
        if not self._may_compute():
            return None
        before = list(self.rest)
        try:
            relation = self._relation()
        except FilterSyntaxError:
            self.rest = before
            return None
        return relation

    def _may_compute(self) -> bool:
        text = self._peek()
        return text in ("(", "len", "length", "-", *CONSTANTS) or bool(NUMBER.fullmatch(text)) or self._peek(1) == "["

    def _relation(self) -> Test:
        left, kinds = self._sum(0)
        relation = self._take().text
        if relation not in RELATIONS:
            raise FilterSyntaxError
        right, others = self._sum(0)
        compare = RELATIONS[relation]
        conditions = [*kinds, *others]

        def test(sample: Sample) -> bool:
            return all(condition(sample) for condition in conditions) and compare(left(sample), right(sample))

        return test

    def _sum(self, level: int) -> tuple[Value, list[Test]]:
        """Operators of one level, and what the packet must be for the operands to be there."""
        if level == len(OPERATORS):
            return self._operand()
        value, conditions = self._sum(level + 1)
        while self._peek() in OPERATORS[level]:
            symbol = self._take().text
            compute = OPERATORS[level][symbol]
            right, more = self._sum(level + 1)
            if symbol in "/%" and right in self._zeros:
                raise FilterError("division by zero" if symbol == "/" else "modulus by zero")
            value, conditions = _computed(compute, value, right), [*conditions, *more]
        return value, conditions

    def _operand(self) -> tuple[Value, list[Test]]:
        if self._takes("("):
            inner = self._sum(0)
            self._expect(")")
            return inner
        if self._takes("-"):
            value, conditions = self._operand()
            return (lambda sample: -value(sample) & MASK32), conditions
        text = self._peek()
        if text in ("len", "length"):
            self.rest.pop(0)
            return (lambda sample: sample.length), []
        if self._peek(1) == "[":
            return self._field()
        number = CONSTANTS[self._take().text] if text in CONSTANTS else self._number() & MASK32

        def constant(_: Sample) -> int:
            return number

        if not number:
            self._zeros.append(constant)
        return constant, []

    def _field(self) -> tuple[Value, list[Test]]:
        protocol = self._take().text
        self._expect("[")
        index, conditions = self._sum(0)
        size = self._number() if self._takes(":") else 1
        self._expect("]")
        if protocol in UNKNOWN_KEYWORDS:
            raise NotModelled(f"tcpdump's filter {protocol}[]")
        if protocol not in ETHERTYPES and protocol not in IP_PROTOCOLS and protocol not in LINKS:
            raise FilterSyntaxError
        value, condition = self._link.field(protocol, index, size)
        return value, [*conditions, condition]


def _computed(compute: Callable[[int, int], int], left: Value, right: Value) -> Value:
    return lambda sample: compute(left(sample), right(sample)) & MASK32
