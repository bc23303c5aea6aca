"""The grammar of the shell (POSIX.1-2017, XCU 2.10, with bash's extensions): from text to syntax trees.

A text is parsed as it is run, one complete command after the other: an error in a later line does not keep the
earlier ones from running.  Not modelled: `select`, `coproc`.
"""

from __future__ import annotations

import string
from functools import lru_cache
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.shell.ast import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    Case,
    Clause,
    Command,
    CommandGroup,
    Compound,
    ConditionalCommand,
    For,
    FunctionDefinition,
    If,
    Literal,
    Pipeline,
    Redirected,
    Redirection,
    Script,
    SimpleCommand,
    While,
    Word,
    literal,
)
from vnetsim.shell.lexer import ShellToken
from vnetsim.shell.simple_parser import DECLARING, SimpleParser
from vnetsim.shell.token_stream import CLOSING, OPENING, keyword
from vnetsim.shell.word_reader import ShellSyntaxError

BASH_OPENING: Final = frozenset(["[[", "function", "select", "coproc"])
#: What a line consists of whose words mean themselves.
_PLAIN: Final = frozenset(f"{string.ascii_letters}{string.digits}_@%+,./:=- ")
#: Words with which other commands than simple ones begin, or those whose arguments may be assignments.
_RESERVED: Final = CLOSING | OPENING | BASH_OPENING | DECLARING | {"time"}


class Parser(SimpleParser):
    """Gives one complete command at a time; ShellSyntaxError."""

    def next_command(self) -> Script | None:
        """The items of the next line that is not empty; None at the end of the text."""
        self.skip_newlines()
        if self.peek().kind == "end":
            return None
        items = [self._item()]
        while self._separator() and self.peek().kind not in ("newline", "end"):
            items.append(self._item())
        if self.peek().kind not in ("newline", "end"):
            raise self.unexpected()
        return tuple(items)

    def at_end(self) -> bool:
        """Whether nothing but blanks and comments is left."""
        try:
            self.skip_newlines()
            return self.peek().kind == "end"
        except (ShellSyntaxError, NotModelled):
            return False

    def parse_inner(self, text: str, first_line: int) -> Script:
        parser = Parser(text, bash=self.bash, first_line=first_line)
        items: list[AndOr] = []
        while (line := parser.next_command()) is not None:
            items.extend(line)
        return tuple(items)

    def script_until_parenthesis(self) -> Script:
        self.skip_newlines()
        if self.at(")"):
            self.take()
            return ()
        try:
            script = self._script((")",))
        except ShellSyntaxError as problem:
            kind = "parenthesis" if problem.kind == "end" else problem.kind
            raise ShellSyntaxError(
                kind, problem.line, token=problem.token or ")", expecting=problem.expecting, source=problem.source
            ) from None
        self.take()
        return script

    # --- lists and pipelines -----------------------------------------------------------------------------------------

    def _script(self, until: tuple[str, ...]) -> Script:
        """At least one item, up to (not including) one of the tokens `until`."""
        items: list[AndOr] = []
        self.skip_newlines()
        while not self.at(*until) or not items:
            if self.peek().kind == "end" or (items and keyword(self.peek()) in CLOSING):
                raise self.unexpected(until[0])
            items.append(self._item())
            separated = self._separator() or self.peek().kind == "newline"
            self.skip_newlines()
            if not separated and not self.at(*until):
                raise self.unexpected(until[0])
        return tuple(items)

    def _item(self) -> AndOr:
        token = self.peek()
        first = self._pipeline()
        rest: list[tuple[str, Pipeline]] = []
        while self.at("&&", "||"):
            operator = self.take().text
            self.skip_newlines()
            rest.append((operator, self._pipeline()))
        source = self.text[token.start : self.end_of_last()].strip()
        return AndOr(first=first, rest=tuple(rest), background=self.at("&"), source=source, line=token.line)

    def _pipeline(self) -> Pipeline:
        start, negated, timed = self.peek().start, False, False
        if self.bash and self.at("time"):
            self.take()
            timed = True
        while self.at("!"):
            self.take()
            negated = not negated
            if self.bash and self.peek().kind in ("newline", "end"):
                return Pipeline(commands=(), negated=negated)
        commands = [self._command()]
        while self.at("|", "|&"):
            if self.take().text == "|&":
                commands[-1] = _with_errors(commands[-1])
            self.skip_newlines()
            commands.append(self._command())
        source = self.text[start : self.end_of_last()].strip()
        return Pipeline(commands=tuple(commands), negated=negated, timed=timed, source=source)

    def _command(self) -> Command:
        token = self.peek()
        compound = self._compound(token)
        if compound is None:
            return self.simple_command()
        redirections = self.redirections()
        return Redirected(command=compound, redirections=redirections, line=token.line) if redirections else compound

    # --- compound commands -------------------------------------------------------------------------------------------

    def _compound(self, token: ShellToken) -> Compound | None:
        if token.kind == "operator" and token.text == "(":
            return self._parenthesised(token)
        match keyword(token):
            case "{":
                return CommandGroup(body=self._enclosed("{", "}"))
            case "if":
                return self._if()
            case "for":
                return self._for()
            case "while" | "until" as word:
                return While(condition=self._enclosed(word, "do", keep=True), body=self._do(), until=word == "until")
            case "case":
                return self._case()
            case word if word in CLOSING:
                raise self.unexpected()
            case word if self.bash and word in BASH_OPENING:
                return self._bash_compound(word)
        return None

    def _bash_compound(self, word: str) -> Compound:
        if word == "[[":
            return self._condition()
        if word == "function":
            self.take()
            name = self.take().text
            if self.at("("):
                self.take()
                self.expect(")")
            return self.function(name)
        raise NotModelled(f"the shell's keyword {word}")

    def _enclosed(self, opening: str, closing: str, *, keep: bool = False) -> Script:
        self.expect(opening)
        script = self._script((closing,))
        if not keep:
            self.take()
        return script

    def _do(self) -> Script:
        return self._enclosed("do", "done")

    def _parenthesised(self, token: ShellToken) -> Compound:
        if self.bash and self.text.startswith("((", token.start):
            self.position, self._next = token.start + 2, None
            expression = self.read_expression("))")
            if expression is not None:
                return ArithmeticCommand(expression=expression)
            self.position = token.start
        return CommandGroup(body=self._enclosed("(", ")"), subshell=True)

    def _if(self) -> If:
        branches: list[tuple[Script, Script]] = []
        word = "if"
        while word in ("if", "elif"):
            condition = self._enclosed(word, "then", keep=True)
            self.take()
            branches.append((condition, self._script(("fi", "else", "elif"))))
            word = self.peek().text
        otherwise = self._enclosed("else", "fi", keep=True) if word == "else" else None
        self.expect("fi")
        return If(branches=tuple(branches), otherwise=otherwise)

    def _for(self) -> For | ArithmeticFor:
        self.take()
        token = self.peek()
        if self.bash and self.text.startswith("((", token.start):
            return self._count(token)
        if token.kind != "word" and not self.bash:
            raise ShellSyntaxError("for", token.line)
        if token.kind != "word":
            raise self.unexpected()
        name = self.take().text
        end = self.end_of_last()
        self.skip_newlines()
        words: list[Word] | None = None
        if self.at("in"):
            self.take()
            words = []
            while self.peek().kind == "word":
                words.append(self.take().word)
            end = self._end_of_words()
        elif self.at(";"):
            self.take()
        self.skip_newlines()
        given = None if words is None else tuple(words)
        return For(name=name, words=given, body=self._do(), source=self.text[token.start : end].rstrip())

    def _end_of_words(self) -> int:
        """Where the words of a `for` end."""
        if self.peek().kind != "newline" and not self.at(";"):
            raise self.unexpected()
        return self.take().start

    def _count(self, token: ShellToken) -> ArithmeticFor:
        self.position, self._next = token.start + 2, None
        parts = [self.read_expression(end) for end in (";", ";", "))")]
        # Blanks count as empty: `for ((i = 0; ; i++))` has no condition.
        start, condition, step = (() if part is None or not (literal(part) or "x").strip() else part for part in parts)
        if self.at(";"):
            self.take()
        self.skip_newlines()
        return ArithmeticFor(start=start, condition=condition, step=step, body=self._do())

    def _case(self) -> Case:
        self.take()
        if self.peek().kind != "word":
            raise self.unexpected()
        word = self.take().word
        self.skip_newlines()
        self.expect("in")
        self.skip_newlines()
        clauses: list[Clause] = []
        while not self.at("esac"):
            clauses.append(self._clause())
            self.skip_newlines()
        self.take()
        return Case(word=word, clauses=tuple(clauses))

    def _clause(self) -> Clause:
        if self.at("("):
            self.take()
        patterns: list[Word] = []
        while True:
            if self.peek().kind != "word":
                raise self.unexpected(")")
            patterns.append(self.take().word)
            if not self.at("|"):
                break
            self.take()
        self.expect(")")
        self.skip_newlines()
        ends = (";;", "esac", ";&", ";;&")
        body = () if self.at(*ends) else self._script(ends)
        end = ";;" if self.at("esac") else self.take().text
        return Clause(patterns=tuple(patterns), body=body, end=end)

    def _condition(self) -> ConditionalCommand:
        self.take()
        terms: list[Word | str] = []
        while not self.at("]]"):
            token = self.take()
            if token.kind == "end":
                raise ShellSyntaxError("end", self.last_line(), expecting="]]")
            if token.kind != "newline":
                terms.append(token.word if token.kind == "word" else token.text)
            if token.text == "=~":
                self._skip_blanks()
                terms.append(self._regular_expression())
        self.take()
        return ConditionalCommand(terms=tuple(terms))

    def _regular_expression(self) -> Word:
        """A word in which parentheses and bars are ordinary, up to a blank outside of parentheses."""
        start, depth = self.position, 0
        while self.position < len(self.text) and (depth or self.text[self.position] not in " \t\n"):
            character = self.text[self.position]
            depth += (character == "(") - (character == ")")
            self.position += 2 if character == "\\" else 1
        inner = Parser(self.text[start : self.position], bash=self.bash)
        return inner.read_word(frozenset())

    def function(self, name: str) -> FunctionDefinition:
        self.skip_newlines()
        return FunctionDefinition(name=name, body=self._command())


def is_complete(text: str) -> bool:
    """Whether the text needs no further line: no quote, `$(`, `do`, here-document ... is left open."""
    parser = Parser(text)
    try:
        while parser.next_command() is not None:
            pass
    except ShellSyntaxError as problem:
        return problem.kind not in ("end", "quote", "backquote", "parenthesis", "calculation")
    except (NotModelled, RecursionError):
        return True
    return not parser.warnings and not text.rstrip("\n").endswith("\\")


def _with_errors(command: Command) -> Command:
    """`command |&`: standard error goes into the pipe as well."""
    errors = Redirection(2, ">&", (Literal("1"),), "1")
    if isinstance(command, SimpleCommand):
        return attrs.evolve(command, redirections=(*command.redirections, errors))
    if isinstance(command, Redirected):
        return attrs.evolve(command, redirections=(*command.redirections, errors))
    assert not isinstance(command, Pipeline)
    return Redirected(command=command, redirections=(errors,), line=1)


def only_command(line: str, first_line: int, *, bash: bool) -> Script | None:
    """The syntax tree of a line that is one complete command, as typed lines are.

    None for all others, which are read as they are run.
    """
    words = line.split(" ")
    if not _PLAIN.issuperset(line) or "" in words or "=" in words[0] or words[0] in _RESERVED:
        return _parsed(line, first_line, bash=bash)
    command = SimpleCommand(line=first_line, words=tuple([(Literal(word),) for word in words]), source=line)
    return (AndOr(first=Pipeline(commands=(command,), source=line), source=line, line=first_line),)


@lru_cache(maxsize=1000)
def _parsed(line: str, first_line: int, *, bash: bool) -> Script | None:
    """`only_command` by the parser; lines are typed again and again in copies of a lab."""
    parser = Parser(line, bash=bash, first_line=first_line)
    try:
        script = parser.next_command()
    except (ShellSyntaxError, NotModelled):
        return None
    return script if parser.at_end() and not parser.warnings else None
