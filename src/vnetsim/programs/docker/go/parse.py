"""The parser of Go's text/template (package text/template/parse, parse.go): items as a tree.

Nodes print as they were written, since errors quote them.  Not modelled: `block`, `define` and `template`
(a `--format` has one template only), parse modes.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from vnetsim.errors import NotModelled
from vnetsim.programs.docker.go.lex import TemplateScanner, TemplateToken, TokenKind
from vnetsim.programs.docker.go.nodes import (
    ActionNode,
    BoolNode,
    BranchNode,
    ChainNode,
    CommandNode,
    DotNode,
    ElseNode,
    EndNode,
    FieldNode,
    IdentifierNode,
    JumpNode,
    NilNode,
    NumberNode,
    Operand,
    PipeNode,
    Statement,
    StringNode,
    TextNode,
    VariableNode,
)
from vnetsim.programs.docker.go.printing import quote


class TemplateError(Exception):
    """An error of text/template: the whole message, from `template:` on."""


_Parsed: TypeAlias = Statement | EndNode | ElseNode
_OPERANDS: Final = frozenset(
    {
        TokenKind.BOOL,
        TokenKind.CHAR_CONSTANT,
        TokenKind.DOT,
        TokenKind.FIELD,
        TokenKind.IDENTIFIER,
        TokenKind.NUMBER,
        TokenKind.NIL,
        TokenKind.RAW_STRING,
        TokenKind.STRING,
        TokenKind.VARIABLE,
        TokenKind.LEFT_PAREN,
    }
)


def parse(source: str, functions: Collection[str], name: str = "") -> tuple[Statement, ...]:
    """The statements of a template that may call `functions`, or TemplateError."""
    return _Parser(source, functions, name).parse()


class _Parser:
    def __init__(self, source: str, functions: Collection[str], name: str) -> None:
        self._tokens = TemplateScanner(source).tokens
        self._functions = functions
        self._name = name
        self._next = 0
        self._variables = ["$"]
        self._loops = 0
        self._action_line = 0

    # --- tokens ----------------------------------------------------------------------------------------------------

    def _take(self) -> TemplateToken:
        token = self._tokens[min(self._next, len(self._tokens) - 1)]
        self._next += 1
        return token

    def _peek(self) -> TemplateToken:
        return self._tokens[min(self._next, len(self._tokens) - 1)]

    def _skip_space(self) -> None:
        while self._peek().item is TokenKind.SPACE:
            self._next += 1

    def _take_solid(self) -> TemplateToken:
        self._skip_space()
        return self._take()

    def _peek_solid(self) -> TemplateToken:
        self._skip_space()
        return self._peek()

    def _failure(self, sentence: str) -> TemplateError:
        line = self._tokens[min(max(self._next - 1, 0), len(self._tokens) - 1)].line
        return TemplateError(f"template: {self._name}:{line}: {sentence}")

    def _unexpected(self, token: TemplateToken, context: str) -> TemplateError:
        if token.item is not TokenKind.ERROR:
            return self._failure(f"unexpected {token} in {context}")
        extra = ""
        if self._action_line not in (0, token.line):
            extra = f" in action started at {self._name}:{self._action_line}"
            if token.text.endswith(" action"):
                extra = extra.removeprefix(" in action")
        return self._failure(f"{token}{extra}")

    def _expect(self, item: TokenKind, context: str) -> TemplateToken:
        token = self._take_solid()
        if token.item is not item:
            raise self._unexpected(token, context)
        return token

    # --- statements ------------------------------------------------------------------------------------------------

    def parse(self) -> tuple[Statement, ...]:
        statements: list[Statement] = []
        while self._peek().item is not TokenKind.EOF:
            node = self._text_or_action()
            if isinstance(node, (EndNode, ElseNode)):
                raise self._failure(f"unexpected {node}")
            statements.append(node)
        return tuple(statements)

    def _list(self) -> tuple[tuple[Statement, ...], EndNode | ElseNode]:
        statements: list[Statement] = []
        while self._peek_solid().item is not TokenKind.EOF:
            node = self._text_or_action()
            if isinstance(node, (EndNode, ElseNode)):
                return tuple(statements), node
            statements.append(node)
        self._next += 1
        raise self._failure("unexpected EOF")

    def _text_or_action(self) -> _Parsed:
        token = self._take_solid()
        if token.item is TokenKind.TEXT:
            return TextNode(token.position, token.text)
        if token.item is TokenKind.LEFT_DELIM:
            self._action_line = token.line
            node = self._action()
            self._action_line = 0
            return node
        raise self._unexpected(token, "input")

    def _action(self) -> _Parsed:
        token = self._take_solid()
        if token.item in (TokenKind.IF, TokenKind.RANGE, TokenKind.WITH):
            return self._branch(token)
        if token.item in (TokenKind.BREAK, TokenKind.CONTINUE):
            return self._jump(token)
        if token.item is TokenKind.ELSE:
            return self._else()
        if token.item is TokenKind.END:
            return EndNode(self._expect(TokenKind.RIGHT_DELIM, "end").position)
        if token.item in (TokenKind.BLOCK, TokenKind.DEFINE, TokenKind.TEMPLATE):
            raise NotModelled(f"{{{{{token.text}}}}} in a template")
        self._next -= 1
        return ActionNode(token.position, self._pipeline("command", TokenKind.RIGHT_DELIM))

    def _jump(self, token: TemplateToken) -> JumpNode:
        after = self._take_solid()
        if after.item is not TokenKind.RIGHT_DELIM:
            raise self._unexpected(after, f"{{{{{token.text}}}}}")
        if not self._loops:
            raise self._failure(f"{{{{{token.text}}}}} outside {{{{range}}}}")
        return JumpNode(token.position, token.text)

    def _else(self) -> ElseNode:
        token = self._peek_solid()
        if token.item in (TokenKind.IF, TokenKind.WITH):
            return ElseNode(token.position)
        return ElseNode(self._expect(TokenKind.RIGHT_DELIM, "else").position)

    def _branch(self, token: TemplateToken) -> BranchNode:
        with self._scope():
            pipe = self._pipeline(token.text, TokenKind.RIGHT_DELIM)
            self._loops += token.item is TokenKind.RANGE
            body, following = self._list()
            self._loops -= token.item is TokenKind.RANGE
            otherwise: tuple[Statement, ...] = ()
            if isinstance(following, ElseNode):
                otherwise = self._alternative(token)
            return BranchNode(token.position, token.text, pipe, body, otherwise)

    def _alternative(self, token: TemplateToken) -> tuple[Statement, ...]:
        """After else: `else if` and `else with` are a nested branch that shares the end."""
        if token.item is not TokenKind.RANGE and self._peek().item is token.item:
            return (self._branch(self._take()),)
        statements, following = self._list()
        if isinstance(following, ElseNode):
            raise self._failure(f"expected end; found {following}")
        return statements

    @contextlib.contextmanager
    def _scope(self) -> Iterator[None]:
        known = len(self._variables)
        yield
        del self._variables[known:]

    # --- pipelines -------------------------------------------------------------------------------------------------

    def _pipeline(self, context: str, end: TokenKind) -> PipeNode:
        position = self._peek_solid().position
        declared, assigns = self._declarations(context)
        commands: list[CommandNode] = []
        while True:
            token = self._take_solid()
            if token.item is end:
                self._check(commands, context)
                return PipeNode(position, tuple(commands), tuple(declared), assigns)
            if token.item not in _OPERANDS:
                raise self._unexpected(token, context)
            self._next -= 1
            commands.append(self._command())

    def _declarations(self, context: str) -> tuple[list[VariableNode], bool]:
        declared: list[VariableNode] = []
        while self._peek_solid().item is TokenKind.VARIABLE:
            start = self._next
            variable = self._take()
            follower = self._peek_solid()
            if follower.item in (TokenKind.ASSIGN, TokenKind.DECLARE):
                self._take()
                declared.append(self._declare(variable))
                return declared, follower.item is TokenKind.ASSIGN
            if follower.item is not TokenKind.CHAR or follower.text != ",":
                self._next = start
                return declared, False
            self._take()
            declared.append(self._declare(variable))
            self._check_second(context, len(declared))
        return declared, False

    def _declare(self, variable: TemplateToken) -> VariableNode:
        self._variables.append(variable.text)
        return VariableNode(variable.position, (variable.text,))

    def _check_second(self, context: str, count: int) -> None:
        if context != "range" or count > 1:
            raise self._failure(f"too many declarations in {context}")
        if self._peek_solid().item not in (TokenKind.VARIABLE, TokenKind.RIGHT_DELIM, TokenKind.RIGHT_PAREN):
            raise self._failure("range can only initialize variables")

    def _check(self, commands: list[CommandNode], context: str) -> None:
        if not commands:
            raise self._failure(f"missing value for {context}")
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command.arguments[0], (BoolNode, DotNode, NilNode, NumberNode, StringNode)):
                raise self._failure(f"non executable command in pipeline stage {stage}")

    def _command(self) -> CommandNode:
        position = self._peek_solid().position
        arguments: list[Operand] = []
        while True:
            self._skip_space()
            operand = self._operand()
            if operand is not None:
                arguments.append(operand)
            token = self._take()
            if token.item is TokenKind.SPACE:
                continue
            if token.item in (TokenKind.RIGHT_DELIM, TokenKind.RIGHT_PAREN):
                self._next -= 1
            elif token.item is not TokenKind.PIPE:
                raise self._unexpected(token, "operand")
            break
        if not arguments:
            raise self._failure("empty command")
        return CommandNode(position, tuple(arguments))

    def _operand(self) -> Operand | None:
        node = self._term()
        if node is None or self._peek().item is not TokenKind.FIELD:
            return node
        position = self._peek().position
        names: list[str] = []
        while self._peek().item is TokenKind.FIELD:
            names.append(self._take().text[1:])
        if isinstance(node, (FieldNode, VariableNode)):
            return type(node)(position, (*node.names, *names))
        if isinstance(node, (BoolNode, StringNode, NumberNode, NilNode, DotNode)):
            raise self._failure(f"unexpected . after term {quote(str(node))}")
        return ChainNode(position, node, tuple(names))

    def _term(self) -> Operand | None:
        token = self._take_solid()
        if token.item is TokenKind.LEFT_PAREN:
            return self._pipeline("parenthesized pipeline", TokenKind.RIGHT_PAREN)
        if token.item is TokenKind.IDENTIFIER:
            if token.text not in self._functions:
                raise self._failure(f"function {quote(token.text)} not defined")
            return IdentifierNode(token.position, token.text)
        if token.item is TokenKind.VARIABLE:
            if token.text not in self._variables:
                raise self._failure(f"undefined variable {quote(token.text)}")
            return VariableNode(token.position, (token.text,))
        node = self._literal(token)
        if node is None:
            self._next -= 1
        return node

    def _literal(self, token: TemplateToken) -> Operand | None:
        position, text = token.position, token.text
        if token.item is TokenKind.DOT:
            return DotNode(position)
        if token.item is TokenKind.NIL:
            return NilNode(position)
        if token.item is TokenKind.FIELD:
            return FieldNode(position, (text[1:],))
        if token.item is TokenKind.BOOL:
            return BoolNode(position, text == "true")
        if token.item in (TokenKind.NUMBER, TokenKind.CHAR_CONSTANT):
            return NumberNode(position, self._number(token), text)
        if token.item in (TokenKind.STRING, TokenKind.RAW_STRING):
            return StringNode(position, self._string(token), text)
        return None

    def _number(self, token: TemplateToken) -> int | float:
        if token.item is TokenKind.CHAR_CONSTANT:
            text = self._unquote(token.text)
            if len(text) != 1:
                raise self._failure(f"malformed character constant: {token.text}")
            return ord(text)
        whole = _whole(token.text)
        if whole is not None and -(1 << 63) <= whole < 1 << 64:
            return whole
        number = _floating(token.text)
        if number is None:
            raise self._failure(f"illegal number syntax: {quote(token.text)}")
        if not set(token.text) & set(".eEpP"):
            raise self._failure(f"integer overflow: {quote(token.text)}")
        return number

    def _string(self, token: TemplateToken) -> str:
        return token.text[1:-1].replace("\r", "") if token.item is TokenKind.RAW_STRING else self._unquote(token.text)

    def _unquote(self, text: str) -> str:
        """strconv.Unquote of a string or a character in quotes."""
        pieces: list[str] = []
        body, at = text[1:-1], 0
        while at < len(body):
            if body[at] != "\\":
                pieces.append(body[at])
                at += 1
                continue
            length = _ESCAPE_LENGTHS.get(body[at + 1], 1)
            pieces.append(self._escape(body[at + 1 : at + 1 + length], text[0]))
            at += 1 + length
        return "".join(pieces)

    def _escape(self, escape: str, mark: str) -> str:
        plain = _ESCAPES.get(escape)
        if plain is not None and (escape not in "\"'" or escape == mark):
            return plain
        with contextlib.suppress(ValueError, OverflowError):
            if escape[0] in "xuU" and len(escape) == _ESCAPE_LENGTHS[escape[0]]:
                return chr(int(escape[1:], 16))
            if escape[0] in "01234567" and len(escape) == 3:
                return chr(int(escape, 8))
        raise self._failure("invalid syntax")


_ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'",
}  # fmt: skip
_ESCAPE_LENGTHS: Final = {"x": 3, "u": 5, "U": 9, **dict.fromkeys("01234567", 3)}


def _whole(text: str) -> int | None:
    """strconv.ParseInt with base 0; a leading 0 means octal in Go, as in C."""
    for base in (0, 8):
        with contextlib.suppress(ValueError):
            return int(text, base)
    return None


def _floating(text: str) -> float | None:
    """strconv.ParseFloat, which is an error for what float64 cannot hold."""
    with contextlib.suppress(ValueError, OverflowError):
        number = float.fromhex(text) if "x" in text.lower() else float(text.replace("_", "x"))
        return number if math.isfinite(number) else None
    return None
