"""Expressions of awk, read into nodes (POSIX.1-2017, XCU awk, "Grammar"; where it leaves a choice, mawk's parse.y)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.programs.awk.lexer import BUILTINS, AwkToken, tokens, unescaped
from vnetsim.programs.awk.tree import NOTHING, AwkError, Node

LVALUES: Final = ("variable", "element", "field")
_ASSIGNMENTS: Final = ("=", "+=", "-=", "*=", "/=", "%=", "^=")
_COMPARISONS: Final = ("<", "<=", "==", "!=", ">", ">=")
#: What an operand may begin with, besides names and constants, where strings are concatenated.
_BEGINNINGS: Final = ("$", "!", "(", "-", "+", "++", "--")


class Expressions:
    """Reads expressions.  `greater`: whether > compares; behind `print` it redirects."""

    def __init__(self, text: str) -> None:
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

    def expression(self) -> Node:
        condition = self._or()
        if not self.accept("?"):
            return condition
        self.newlines()
        first = self.expression()
        self.newlines()
        self.expect(":")
        self.newlines()
        return Node("conditional", "", (condition, first, self.expression()))

    def _left(self, kind: str, below: Callable[[], Node], *operators: str) -> Node:
        left = below()
        while operator := self.accept(*operators):
            if kind == "logical":
                self.newlines()
            left = Node(kind, operator, (left, below()))
        return left

    def _or(self) -> Node:
        return self._left("logical", self._and, "||")

    def _and(self) -> Node:
        return self._left("logical", self._in, "&&")

    def _in(self) -> Node:
        left = self._match()
        while self.accept("in"):
            left = Node("in", self.name(), (left,), self.next.line)
        return left

    def _match(self) -> Node:
        return self._left("match", self._comparison, "~", "!~")

    def _comparison(self) -> Node:
        left = self._piped()
        while self.at(*_COMPARISONS) and (self.greater or not self.at(">")):
            left = Node("comparison", self.take().text, (left, self._piped()))
        return left

    def _piped(self) -> Node:
        left = self._concatenation()
        while self.at("|") and self.tokens[self.position + 1].text == "getline":
            self.position += 2
            left = Node("getline", "|", (self._getline_target(), left))
        return left

    def _concatenation(self) -> Node:
        parts = [self._additive()]
        while self._operand_follows():
            parts.append(self._additive())
        return parts[0] if len(parts) == 1 else Node("concatenation", "", tuple(parts))

    def _operand_follows(self) -> bool:
        return self.next.kind in ("number", "string", "regex", "name", "builtin") or self.at(*_BEGINNINGS)

    def _additive(self) -> Node:
        return self._left("binary", self._term, "+", "-")

    def _term(self) -> Node:
        return self._left("binary", self._unary, "*", "/", "%")

    def _unary(self) -> Node:
        operator = self.accept("!", "-", "+")
        return Node("unary", operator, (self._unary(),)) if operator else self._power()

    def _power(self) -> Node:
        base = self._postfix()
        return Node("binary", "^", (base, self._unary())) if self.accept("^") else base

    def _postfix(self) -> Node:
        operand = self._primary()
        if operand.kind in LVALUES:
            if operator := self.accept("++", "--"):
                return Node("after", operator[0], (operand,))
            if operator := self.accept(*_ASSIGNMENTS):
                self.newlines()
                return Node("assignment", operator[:-1], (operand, self.expression()))
        return operand

    # --- operands ----------------------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self.take()
        match token.kind:
            case "number" | "regex":
                return Node(token.kind, token.text, (), token.line)
            case "string":
                return Node("string", unescaped(token.text), (), token.line)
            case "builtin":
                return self._builtin(token)
            case "name":
                return self._named(token)
        match token.text:
            case "(":
                return self._grouping()
            case "$":
                return Node("field", "", (self._field(),))
            case "++" | "--":
                return Node("before", token.text[0], (self.lvalue(),))
            case "getline":
                target = self._getline_target()
                return Node("getline", self.accept("<"), (target, self._primary_of_file()))
        self.position -= token.kind != "end"
        raise self.error()

    def _primary_of_file(self) -> Node:
        """The file behind `getline <`, which is not concatenated."""
        return self._primary() if self.tokens[self.position - 1].text == "<" else NOTHING

    def _field(self) -> Node:
        if operator := self.accept("++", "--"):
            return Node("before", operator[0], (self.lvalue(),))
        if operator := self.accept("-", "+", "!"):
            return Node("unary", operator, (self._field(),))
        return self._primary()

    def lvalue(self) -> Node:
        operand = self._primary()
        if operand.kind not in LVALUES:
            self.position -= 1
            raise self.error()
        return operand

    def _getline_target(self) -> Node:
        return self.lvalue() if self.next.kind == "name" or self.at("$") else NOTHING

    def _grouping(self) -> Node:
        parts = self.arguments(")")
        if len(parts) == 1:
            return Node("group", "", parts)
        if not parts or not self.accept("in"):
            raise self.error()
        return Node("in", self.name(), parts, self.next.line)

    def arguments(self, closing: str) -> tuple[Node, ...]:
        """Expressions with commas between them, and what closes them."""
        outside, self.greater = self.greater, True
        parts: list[Node] = []
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

    def _named(self, token: AwkToken) -> Node:
        if token.call:
            self.expect("(")
            return Node("call", token.text, self.arguments(")"), token.line)
        if self.accept("["):
            subscripts = self.arguments("]")
            if not subscripts:
                self.position -= 1
                raise self.error()
            return Node("element", token.text, subscripts, token.line)
        return Node("variable", token.text, (), token.line)

    def _builtin(self, token: AwkToken) -> Node:
        parts: tuple[Node, ...] = ()
        if self.accept("("):
            parts = self.arguments(")")
        elif token.text != "length":
            raise self.error()
        least, most = BUILTINS[token.text]
        if not least <= len(parts) <= most:
            raise AwkError(f"line {token.line}: wrong number of arguments in call to {token.text}")
        return Node("builtin", token.text, parts)
