"""Expressions of awk, read into nodes (POSIX.1-2017, XCU awk, "Grammar"; where it leaves a choice, mawk's parse.y)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.programs.awk.lexer import BUILTINS, AwkToken, tokens, unescaped
from vnetsim.programs.awk.tree import NOTHING, AwkError, AwkNode

LVALUES: Final = ("variable", "element", "field")
_ASSIGNMENTS: Final = ("=", "+=", "-=", "*=", "/=", "%=", "^=")
_COMPARISONS: Final = ("<", "<=", "==", "!=", ">", ">=")
#: What an operand may begin with, besides names and constants, where strings are concatenated.
_BEGINNINGS: Final = ("$", "!", "(", "-", "+", "++", "--")


class Expressions:
    """Reads expressions.  `greater`: whether > compares; behind `print` it redirects."""

    def __init__(self, text: str, *, busybox: bool = False) -> None:
        self._kept = "" if busybox else "\\"
        self.tokens = tokens(text)
        self.position = 0
        self.greater = True

    # --- tokens ------------------------------------------------------------------------------------------------------

    @property
    def next(self) -> AwkToken:
        return self.tokens[self.position]

    def take(self) -> AwkToken:
        token = self.next
        self.position += token.kind != "end"
        return token

    def at(self, *texts: str) -> bool:
        return self.next.kind in ("operator", "keyword") and self.next.text in texts

    def accept(self, *texts: str) -> str:
        """Takes one of these operators or keywords if it is next."""
        return self.take().text if self.at(*texts) else ""

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.error()

    def error(self) -> AwkError:
        token = self.next
        shown = token.shown
        line = token.line - (token.kind == "end" and self.tokens[self.position - 1].line < token.line)
        return AwkError(f"line {line}: syntax error at or near {shown}")

    def newlines(self) -> None:
        while self.next.kind == "newline":
            self.take()

    def name(self) -> str:
        if self.next.kind != "name":
            raise self.error()
        return self.take().text

    # --- operators, from the weakest ---------------------------------------------------------------------------------

    def expression(self) -> AwkNode:
        condition = self._or()
        if not self.accept("?"):
            return condition
        self.newlines()
        first = self.expression()
        self.newlines()
        self.expect(":")
        self.newlines()
        return AwkNode("conditional", "", (condition, first, self.expression()))

    def _left(self, kind: str, below: Callable[[], AwkNode], *operators: str) -> AwkNode:
        left = below()
        while operator := self.accept(*operators):
            if kind == "logical":
                self.newlines()
            left = AwkNode(kind, operator, (left, below()))
        return left

    def _or(self) -> AwkNode:
        return self._left("logical", self._and, "||")

    def _and(self) -> AwkNode:
        return self._left("logical", self._in, "&&")

    def _in(self) -> AwkNode:
        left = self._match()
        while self.accept("in"):
            left = AwkNode("in", self.name(), (left,), self.next.line)
        return left

    def _match(self) -> AwkNode:
        return self._left("match", self._comparison, "~", "!~")

    def _comparison(self) -> AwkNode:
        left = self._piped()
        while self.at(*_COMPARISONS) and (self.greater or not self.at(">")):
            left = AwkNode("comparison", self.take().text, (left, self._piped()))
        return left

    def _piped(self) -> AwkNode:
        left = self._concatenation()
        while self.at("|") and self.tokens[self.position + 1].text == "getline":
            self.position += 2
            left = AwkNode("getline", "|", (self._getline_target(), left))
        return left

    def _concatenation(self) -> AwkNode:
        parts = [self._additive()]
        while self._operand_follows():
            parts.append(self._additive())
        return parts[0] if len(parts) == 1 else AwkNode("concatenation", "", tuple(parts))

    def _operand_follows(self) -> bool:
        return self.next.kind in ("number", "string", "regex", "name", "builtin") or self.at(*_BEGINNINGS)

    def _additive(self) -> AwkNode:
        return self._left("binary", self._term, "+", "-")

    def _term(self) -> AwkNode:
        return self._left("binary", self._unary, "*", "/", "%")

    def _unary(self) -> AwkNode:
        operator = self.accept("!", "-", "+")
        return AwkNode("unary", operator, (self._unary(),)) if operator else self._power()

    def _power(self) -> AwkNode:
        base = self._postfix()
        return AwkNode("binary", "^", (base, self._unary())) if self.accept("^") else base

    def _postfix(self) -> AwkNode:
        operand = self._primary()
        if operand.kind in LVALUES:
            if operator := self.accept("++", "--"):
                return AwkNode("after", operator[0], (operand,))
            if operator := self.accept(*_ASSIGNMENTS):
                self.newlines()
                return AwkNode("assignment", operator[:-1], (operand, self.expression()))
        return operand

    # --- operands ----------------------------------------------------------------------------------------------------

    def _primary(self) -> AwkNode:
        token = self.take()
        match token.kind:
            case "number" | "regex":
                return AwkNode(token.kind, token.text, (), token.line)
            case "string":
                return AwkNode("string", unescaped(token.text, kept=self._kept), (), token.line)
            case "builtin":
                return self._builtin(token)
            case "name":
                return self._named(token)
        match token.text:
            case "(":
                return self._grouping()
            case "$":
                return AwkNode("field", "", (self._field(),))
            case "++" | "--":
                return AwkNode("before", token.text[0], (self.lvalue(),))
            case "getline":
                target = self._getline_target()
                return AwkNode("getline", self.accept("<"), (target, self._primary_of_file()))
        self.position -= token.kind != "end"
        raise self.error()

    def _primary_of_file(self) -> AwkNode:
        """The file behind `getline <`, which is not concatenated."""
        return self._primary() if self.tokens[self.position - 1].text == "<" else NOTHING

    def _field(self) -> AwkNode:
        if operator := self.accept("++", "--"):
            return AwkNode("before", operator[0], (self.lvalue(),))
        if operator := self.accept("-", "+", "!"):
            return AwkNode("unary", operator, (self._field(),))
        return self._primary()

    def lvalue(self) -> AwkNode:
        operand = self._primary()
        if operand.kind not in LVALUES:
            self.position -= 1
            raise self.error()
        return operand

    def _getline_target(self) -> AwkNode:
        return self.lvalue() if self.next.kind == "name" or self.at("$") else NOTHING

    def _grouping(self) -> AwkNode:
        parts = self.arguments(")")
        if len(parts) == 1:
            return AwkNode("group", "", parts)
        if not parts or not self.accept("in"):
            raise self.error()
        return AwkNode("in", self.name(), parts, self.next.line)

    def arguments(self, closing: str) -> tuple[AwkNode, ...]:
        """Expressions with commas between them, and what closes them."""
        outside, self.greater = self.greater, True
        parts: list[AwkNode] = []
        self.newlines()
        while not self.at(closing) or parts:
            parts.append(self.expression())
            self.newlines()
            if not self.accept(","):
                break
            self.newlines()
        self.greater = outside
        if self.at("}"):
            raise AwkError(f"line {self.next.line}: missing {closing} near }}")
        self.expect(closing)
        return tuple(parts)

    def _named(self, token: AwkToken) -> AwkNode:
        if token.call:
            self.expect("(")
            return AwkNode("call", token.text, self.arguments(")"), token.line)
        if self.accept("["):
            subscripts = self.arguments("]")
            if not subscripts:
                self.position -= 1
                raise self.error()
            return AwkNode("element", token.text, subscripts, token.line)
        return AwkNode("variable", token.text, (), token.line)

    def _builtin(self, token: AwkToken) -> AwkNode:
        parts: tuple[AwkNode, ...] = ()
        if self.accept("("):
            parts = self.arguments(")")
        elif token.text != "length":
            raise self.error()
        least, most = BUILTINS[token.text]
        if not least <= len(parts) <= most:
            raise AwkError(f"line {token.line}: wrong number of arguments in call to {token.text}")
        return AwkNode("builtin", token.text, parts)
