"""The grammar of the shell (POSIX.1-2017, XCU 2.10, and what bash adds): from text to the values of `ast`.

A text is parsed as it is run, one complete command after the other: an error in a later line does not keep the
earlier ones from running.  Not modelled: `select`, `coproc`.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.shell.ast import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    Assignment,
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
    plain,
)
from vnetsim.shell.lexer import REDIRECTIONS, Lexer, ShellSyntaxError, ShellToken, join

CLOSING: Final = frozenset(["then", "else", "elif", "fi", "do", "done", "esac", "}"])
OPENING: Final = frozenset(["if", "for", "while", "until", "case", "{"])
BASH_OPENING: Final = frozenset(["[[", "function", "select", "coproc"])
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)(\+?)=", re.ASCII)
_SUBSCRIPTED: Final = re.compile(r"([A-Za-z_]\w*)?\[", re.ASCII)
#: Builtins whose arguments may be arrays.
_DECLARING: Final = frozenset(["declare", "export", "local", "readonly", "typeset"])
_FUNCTION_NAME: Final = re.compile(r"[^\s$'\"\\=]+")


class Parser(Lexer):
    """Hands out one complete command at a time; Malformed when the text goes astray."""

    def __init__(self, text: str, *, bash: bool = True, first_line: int = 1) -> None:
        super().__init__(text, bash=bash, first_line=first_line)
        #: Here-documents that the text ended in: where, where they began, and the delimiter that never came.
        self.warnings: list[tuple[int, int, str]] = []
        self._next: ShellToken | None = None
        self._skips: dict[int, int] = {}

    def next_command(self) -> Script | None:
        """The items of the next line that is not empty; None at the end of the text."""
        self._skip_newlines()
        if self._peek().kind == "end":
            return None
        items = [self._item()]
        while self._separator() and self._peek().kind not in ("newline", "end"):
            items.append(self._item())
        if self._peek().kind not in ("newline", "end"):
            raise self._unexpected()
        return tuple(items)

    def at_end(self) -> bool:
        """Whether nothing but blanks and comments is left."""
        try:
            self._skip_newlines()
            return self._peek().kind == "end"
        except (ShellSyntaxError, NotModelled):
            return False

    def parse_inner(self, text: str, first_line: int) -> Script:
        parser = Parser(text, bash=self.bash, first_line=first_line)
        items: list[AndOr] = []
        while (line := parser.next_command()) is not None:
            items.extend(line)
        return tuple(items)

    def script_until_parenthesis(self) -> Script:
        self._skip_newlines()
        if self._at(")"):
            self._take()
            return ()
        try:
            script = self._script((")",))
        except ShellSyntaxError as problem:
            kind = "parenthesis" if problem.kind == "end" else problem.kind
            raise ShellSyntaxError(
                kind, problem.line, token=problem.token or ")", expecting=problem.expecting, source=problem.source
            ) from None
        self._take()
        return script

    # --- tokens ------------------------------------------------------------------------------------------------------

    def _peek(self) -> ShellToken:
        if self._next is None:
            self._next = self.read_token()
            if self._next.kind == "newline":
                self.position = self._skips.get(self._next.start, self.position)
        return self._next

    def _take(self) -> ShellToken:
        token = self._peek()
        self._next = None
        return token

    def _at(self, *texts: str) -> bool:
        """Whether the next token is one of these operators or keywords."""
        token = self._peek()
        return token.text in texts and (token.kind == "operator" or (token.kind == "word" and _keyword(token) != ""))

    def _expect(self, text: str) -> ShellToken:
        if self._at(text):
            return self._take()
        if self.bash and text == ")" and self._peek().kind == "end":
            raise self._newline()
        raise self._unexpected(text)

    def _skip_newlines(self) -> None:
        while self._peek().kind == "newline":
            self._take()

    def _separator(self) -> bool:
        """Behind an item: `;` or `&` (which the item has noted)."""
        if self._at(";"):
            self._take()
            return True
        return self._ended_by_ampersand()

    def _ended_by_ampersand(self) -> bool:
        if self._at("&"):
            self._take()
            return True
        return False

    def _last_line(self) -> int:
        """bash ends a text in a newline before it notices that it has ended."""
        return self.line_at(len(self.text)) + (self.bash and not self.text.endswith("\n"))

    def _newline(self) -> ShellSyntaxError:
        """What bash stumbles over where a text ends in the middle of a line."""
        return ShellSyntaxError("newline", self.line, token="newline", source=self.line_text(self.line))

    def _unexpected(self, expecting: str = "") -> ShellSyntaxError:
        token = self._peek()
        if token.kind == "end":
            return ShellSyntaxError("end", self._last_line(), expecting=expecting)
        source = self.line_text(token.line)
        text, kind = token.text, token.kind
        if token.kind == "word" and _keyword(token) not in CLOSING | OPENING:
            kind = "word"
        elif token.kind == "operator" and token.text in REDIRECTIONS:
            kind = "redirection"
        else:
            kind = "newline" if token.kind == "newline" else "operator"
        return ShellSyntaxError(kind, token.line, token=text, expecting=expecting, source=source)

    # --- lists and pipelines -----------------------------------------------------------------------------------------

    def _script(self, until: tuple[str, ...]) -> Script:
        """At least one item, up to (not including) one of the tokens `until`."""
        items: list[AndOr] = []
        self._skip_newlines()
        while not self._at(*until) or not items:
            if self._peek().kind == "end" or (items and _keyword(self._peek()) in CLOSING):
                raise self._unexpected(until[0])
            items.append(self._item())
            separated = self._separator() or self._peek().kind == "newline"
            self._skip_newlines()
            if not separated and not self._at(*until):
                raise self._unexpected(until[0])
        return tuple(items)

    def _item(self) -> AndOr:
        token = self._peek()
        first = self._pipeline()
        rest: list[tuple[str, Pipeline]] = []
        while self._at("&&", "||"):
            operator = self._take().text
            self._skip_newlines()
            rest.append((operator, self._pipeline()))
        source = self.text[token.start : self._end_of_last()].strip()
        return AndOr(first=first, rest=tuple(rest), background=self._at("&"), source=source, line=token.line)

    def _end_of_last(self) -> int:
        """Where what was taken ends: the start of the token that was peeked at."""
        return self._peek().start

    def _pipeline(self) -> Pipeline:
        start, negated, timed = self._peek().start, False, False
        if self.bash and self._at("time"):
            self._take()
            timed = True
        while self._at("!"):
            self._take()
            negated = not negated
            if self.bash and self._peek().kind in ("newline", "end"):
                return Pipeline(commands=(), negated=negated)
        commands = [self._command()]
        while self._at("|", "|&"):
            if self._take().text == "|&":
                commands[-1] = _with_errors(commands[-1])
            self._skip_newlines()
            commands.append(self._command())
        source = self.text[start : self._end_of_last()].strip()
        return Pipeline(commands=tuple(commands), negated=negated, timed=timed, source=source)

    def _command(self) -> Command:
        token = self._peek()
        compound = self._compound(token)
        if compound is None:
            return self._simple()
        redirections = self._redirections()
        return Redirected(command=compound, redirections=redirections, line=token.line) if redirections else compound

    # --- compound commands -------------------------------------------------------------------------------------------

    def _compound(self, token: ShellToken) -> Compound | None:
        if token.kind == "operator" and token.text == "(":
            return self._parenthesised(token)
        match _keyword(token):
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
                raise self._unexpected()
            case word if self.bash and word in BASH_OPENING:
                return self._bash_compound(word)
        return None

    def _bash_compound(self, word: str) -> Compound:
        if word == "[[":
            return self._condition()
        if word == "function":
            self._take()
            name = self._take().text
            if self._at("("):
                self._take()
                self._expect(")")
            return self._function(name)
        raise NotModelled(f"the shell's keyword {word}")

    def _enclosed(self, opening: str, closing: str, *, keep: bool = False) -> Script:
        self._expect(opening)
        script = self._script((closing,))
        if not keep:
            self._take()
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
            self._take()
            branches.append((condition, self._script(("fi", "else", "elif"))))
            word = self._peek().text
        otherwise = self._enclosed("else", "fi", keep=True) if word == "else" else None
        self._expect("fi")
        return If(branches=tuple(branches), otherwise=otherwise)

    def _for(self) -> For | ArithmeticFor:
        self._take()
        token = self._peek()
        if self.bash and self.text.startswith("((", token.start):
            return self._count(token)
        if token.kind != "word" and not self.bash:
            raise ShellSyntaxError("for", token.line)
        if token.kind != "word":
            raise self._unexpected()
        name = self._take().text
        end = self._end_of_last()
        self._skip_newlines()
        words: list[Word] | None = None
        if self._at("in"):
            self._take()
            words = []
            while self._peek().kind == "word":
                words.append(self._take().word)
            end = self._end_of_words()
        elif self._at(";"):
            self._take()
        self._skip_newlines()
        given = None if words is None else tuple(words)
        return For(name=name, words=given, body=self._do(), source=self.text[token.start : end].rstrip())

    def _end_of_words(self) -> int:
        """Where the words of a `for` end."""
        if self._peek().kind != "newline" and not self._at(";"):
            raise self._unexpected()
        return self._take().start

    def _count(self, token: ShellToken) -> ArithmeticFor:
        self.position, self._next = token.start + 2, None
        parts = [self.read_expression(end) for end in (";", ";", "))")]
        # Blanks are nothing: `for ((i = 0; ; i++))` has no condition.
        start, condition, step = (() if part is None or not (literal(part) or "x").strip() else part for part in parts)
        if self._at(";"):
            self._take()
        self._skip_newlines()
        return ArithmeticFor(start=start, condition=condition, step=step, body=self._do())

    def _case(self) -> Case:
        self._take()
        if self._peek().kind != "word":
            raise self._unexpected()
        word = self._take().word
        self._skip_newlines()
        self._expect("in")
        self._skip_newlines()
        clauses: list[Clause] = []
        while not self._at("esac"):
            clauses.append(self._clause())
            self._skip_newlines()
        self._take()
        return Case(word=word, clauses=tuple(clauses))

    def _clause(self) -> Clause:
        if self._at("("):
            self._take()
        patterns: list[Word] = []
        while True:
            if self._peek().kind != "word":
                raise self._unexpected(")")
            patterns.append(self._take().word)
            if not self._at("|"):
                break
            self._take()
        self._expect(")")
        self._skip_newlines()
        ends = (";;", "esac", ";&", ";;&")
        body = () if self._at(*ends) else self._script(ends)
        end = ";;" if self._at("esac") else self._take().text
        return Clause(patterns=tuple(patterns), body=body, end=end)

    def _condition(self) -> ConditionalCommand:
        self._take()
        terms: list[Word | str] = []
        while not self._at("]]"):
            token = self._take()
            if token.kind == "end":
                raise ShellSyntaxError("end", self._last_line(), expecting="]]")
            if token.kind != "newline":
                terms.append(token.word if token.kind == "word" else token.text)
            if token.text == "=~":
                self._skip_blanks()
                terms.append(self._regular_expression())
        self._take()
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

    def _function(self, name: str) -> FunctionDefinition:
        self._skip_newlines()
        return FunctionDefinition(name=name, body=self._command())

    # --- simple commands ---------------------------------------------------------------------------------------------

    def _simple(self) -> Command:
        first = self._peek()
        assignments: list[Assignment] = []
        arrays: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            redirections.extend(self._redirections())
            if self._peek().kind != "word":
                break
            self._word_or_assignment(assignments, words, arrays)
        if self._at("("):
            return self._function_named(assignments, words)
        if not (assignments or words or redirections):
            raise self._unexpected()
        return SimpleCommand(
            line=first.line,
            assignments=tuple(assignments),
            words=tuple(words),
            redirections=tuple(redirections),
            arrays=tuple(arrays),
            source=self.text[first.start : self._end_of_last()].strip(),
        )

    def _word_or_assignment(self, assignments: list[Assignment], words: list[Word], arrays: list[Assignment]) -> None:
        token = self._take()
        declaring = self.bash and bool(words) and plain(words[0]) in _DECLARING
        found = self._assigned(token) if declaring or not words else None
        if found is not None and not words:
            assignments.append(found)
        elif found is not None and found.elements is not None:
            words.append((Literal(found.name),))
            arrays.append(found)
        else:
            words.append(token.word)

    def _assigned(self, token: ShellToken) -> Assignment | None:
        """The assignment that a word is, if it is one; of an array, its elements are read."""
        found = _assignment(token.word, append=self.bash)
        if found is None:
            return self._subscripted(token) if self.bash else None
        if self.bash and token.text.endswith("=") and self.text[self.position : self.position + 1] == "(":
            elements = self._elements()
            return attrs.evolve(found, elements=elements, source=self.text[token.start : self.position])
        return found

    def _subscripted(self, token: ShellToken) -> Assignment | None:
        """`name[subscript]=value`; without a name, an element of an array."""
        found = _SUBSCRIPTED.match(token.text)
        if found is None:
            return None
        inner = Parser(token.text)
        inner.position = found.end()
        subscript = inner.read_word(frozenset("]"))
        behind = re.compile(r"\](\+?)=").match(token.text, inner.position)
        if behind is None:
            return None
        inner.position = behind.end()
        value = inner.read_word(frozenset())
        return Assignment(found[1] or "", value, append=behind[1] == "+", subscript=subscript, source=token.text)

    def _elements(self) -> tuple[tuple[Word | None, Word], ...]:
        """`(value [key]=value ...)`."""
        self._take()
        elements: list[tuple[Word | None, Word]] = []
        self._skip_newlines()
        while self._peek().kind in ("word", "number"):
            token = self._take()
            keyed = self._subscripted(token) if token.text.startswith("[") else None
            word = token.word if token.kind == "word" else (Literal(token.text),)
            elements.append((None, word) if keyed is None else (keyed.subscript, keyed.value))
            self._skip_newlines()
        if self._peek().kind == "end":
            raise ShellSyntaxError("quote", self._last_line(), token=")")
        self._expect(")")
        return tuple(elements)

    def _function_named(self, assignments: list[Assignment], words: list[Word]) -> FunctionDefinition:
        name = plain(words[0]) if len(words) == 1 and not assignments else None
        if name is None or not _FUNCTION_NAME.fullmatch(name):
            raise self._unexpected()
        self._take()
        self._expect(")")
        return self._function(name)

    # --- redirections ------------------------------------------------------------------------------------------------

    def _redirections(self) -> tuple[Redirection, ...]:
        found: list[Redirection] = []
        while self._peek().kind == "number" or (self._peek().kind == "operator" and self._peek().text in REDIRECTIONS):
            descriptor = int(self._take().text) if self._peek().kind == "number" else None
            operator = self._take().text
            token = self._target()
            target = self._here_document(token, operator) if operator in ("<<", "<<-") else token.word
            if token.kind == "number":
                target = (Literal(token.text),)
            found.append(Redirection(descriptor, operator, target, token.text))
        return tuple(found)

    def _target(self) -> ShellToken:
        if self._peek().kind == "end" and self.bash:
            raise self._newline()
        if self._peek().kind not in ("word", "number"):
            raise self._unexpected()
        return self._take()

    def _here_document(self, token: ShellToken, operator: str) -> Word:
        """The body, which begins on the next line (behind the bodies of that line that were there before)."""
        delimiter = "".join(part.text for part in token.word if isinstance(part, Literal))
        quoted = any(isinstance(part, Literal) and part.quoted for part in token.word)
        newline = self.text.find("\n", self.position)
        position = self._skips.get(newline, newline + 1) if newline >= 0 else len(self.text)
        lines: list[str] = []
        while True:
            if position >= len(self.text):
                self.warnings.append((self.line_at(len(self.text)), token.line, delimiter))
                break
            end = self.text.find("\n", position)
            line = self.text[position:] if end < 0 else self.text[position:end]
            position = len(self.text) if end < 0 else end + 1
            line = line.lstrip("\t") if operator == "<<-" else line
            if line == delimiter:
                break
            lines.append(line + ("\n" if end >= 0 or self.bash else ""))
        self._skips[newline] = position
        body = "".join(lines)
        return (Literal(body, quoted=True),) if quoted else self._expandable(body)

    def _expandable(self, body: str) -> Word:
        inner = Parser(body, bash=self.bash)
        parts = []
        while inner.position < len(body):
            parts.extend(inner.quoted_part())
        return join(parts)


def is_complete(text: str) -> bool:
    """Whether the text can be run, rightly or wrongly: no quote, `$(`, `do`, here-document ... is left open."""
    parser = Parser(text)
    try:
        while parser.next_command() is not None:
            pass
    except ShellSyntaxError as problem:
        return problem.kind not in ("end", "quote", "backquote", "parenthesis", "calculation")
    except (NotModelled, RecursionError):
        return True
    return not parser.warnings and not text.rstrip("\n").endswith("\\")


def _keyword(token: ShellToken) -> str:
    return (plain(token.word) or "") if token.kind == "word" else ""


def _assignment(word: Word, *, append: bool) -> Assignment | None:
    first = word[0] if word else None
    if not isinstance(first, Literal) or first.quoted:
        return None
    found = _ASSIGNMENT.match(first.text)
    if found is None or (found[2] and not append):
        return None
    value = (Literal(first.text[found.end() :]), *word[1:])
    return Assignment(found[1], value, append=found[2] == "+")


def _with_errors(command: Command) -> Command:
    """`command |&`: standard error goes into the pipe as well."""
    errors = Redirection(2, ">&", (Literal("1"),), "1")
    if isinstance(command, SimpleCommand):
        return attrs.evolve(command, redirections=(*command.redirections, errors))
    if isinstance(command, Redirected):
        return attrs.evolve(command, redirections=(*command.redirections, errors))
    assert not isinstance(command, Pipeline)
    return Redirected(command=command, redirections=(errors,), line=1)
