"""Word expansions: braces, tildes, parameters, commands, arithmetic, field splitting, pathnames.

POSIX.1-2017, XCU 2.6.  Command substitution waits for its command, so the public functions are generators.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeGuard

import attrs

from vnetsim.budget import OBJECT_BYTES
from vnetsim.errors import NotModelled
from vnetsim.process.files import Files
from vnetsim.shell import pattern
from vnetsim.shell.arithmetic import Arithmetic, ArithmeticFault
from vnetsim.shell.arrays import ALL, Array, Key
from vnetsim.shell.ast import (
    ArithmeticExpansion,
    CommandSubstitution,
    Literal,
    ParameterExpansion,
    Part,
    Script,
    Word,
    literal,
)
from vnetsim.shell.braces import braces
from vnetsim.shell.splitting import FieldPart, FieldSplitter
from vnetsim.shell.state import ShellError, ShellState
from vnetsim.shell.steps import Run, Steps

_END: Final = FieldPart("", ends=True)

#: Pieces that one step splits.
_PIECES_A_STEP: Final = 8


class Expander:
    """Expansions in one shell.  `run` runs the commands of a substitution and gives their output."""

    def __init__(self, state: ShellState, files: Files, run: Callable[[Script], Steps[str]]) -> None:
        self.state, self.files, self._run = state, files, run

    # --- the forms of expansion --------------------------------------------------------------------------------------

    def fields(self, words: Iterable[Word]) -> Steps[list[str]]:
        """The fields of these words."""
        out: list[str] = []
        total, plain, meter = 0, 0, self.state.meter
        for word in words:
            if _is_its_own_field(word):
                plain += 1
                out.append(word[0].text)
                total += len(word[0].text) + OBJECT_BYTES
                meter.check_string(total)
                continue
            for one in braces(word, meter.check_string) if self.state.dialect.bash else [word]:
                pieces = yield from self._pieces(one)
                meter.check_string(OBJECT_BYTES * len(pieces))
                meter.charge_steps(1 + len(pieces) // _PIECES_A_STEP)
                for field in self._split(pieces):
                    names = self._names(field)
                    out.extend(names)
                    total += sum(map(len, names)) + OBJECT_BYTES * len(names)
                    meter.check_string(total)
        meter.charge_steps(plain)
        return out

    def text(self, word: Word) -> Steps[str]:
        """The word as one string: neither split nor a pattern (assignments, redirections, here-documents)."""
        pieces = yield from self._pieces(word)
        self.state.meter.check_string(sum(len(piece.text) for piece in pieces))
        return "".join(" " if piece.ends else piece.text for piece in pieces)

    def pattern_of(self, word: Word) -> Steps[list[pattern.PatternPart]]:
        """The word as a pattern for `case`, `[[` and `${x#...}`."""
        pieces = yield from self._pieces(word)
        return [(piece.text, piece.quoted) for piece in pieces]

    def calculate(self, expression: Word) -> Run:
        """The value of an arithmetic expression."""
        text = yield from self.text(expression)
        return self.number(text)

    def number(self, text: str) -> int:
        arithmetic = Arithmetic(self._counted, self._set_counted, bash=self.state.dialect.bash)
        try:
            return arithmetic.evaluate(text)
        except ArithmeticFault as fault:
            dialect = self.state.dialect
            raise ShellError(dialect.arithmetic(fault), dialect.fatal, whole=not dialect.bash) from None

    def _counted(self, name: str) -> str:
        """The value of a variable of an arithmetic expression, or of an element: `name[subscript]`."""
        name, bracket, subscript = name.partition("[")
        if not bracket:
            return self.state.get(name) or ""
        array = self.state.array(name) or Array()
        key = self._key_of(name, subscript.removesuffix("]"))
        return array.items.get(key, "")

    def _set_counted(self, name: str, value: str) -> None:
        name, bracket, subscript = name.partition("[")
        if bracket:
            self.state.set_element(name, self._key_of(name, subscript.removesuffix("]")), value)
        else:
            self.state.set(name, value)

    # --- arrays ------------------------------------------------------------------------------------------------------

    def key(self, name: str, subscript: Word) -> Steps[Key]:
        """Which element of a variable a subscript means."""
        text = yield from self.text(subscript)
        return self._key_of(name, text)

    def _key_of(self, name: str, text: str) -> Key:
        array = self.state.array(name) or Array()
        if array.associative:
            return text
        key = array.at(self.number(text))
        if key is None or not text.strip():
            raise ShellError(f"{name}[{text}]: bad array subscript", 1, whole=False)
        return key

    def array(self, base: Array, elements: Iterable[tuple[Word | None, Word]]) -> Steps[Array]:
        """The elements of `name=(...)`, behind those of `base`."""
        array = base
        for subscript, word in elements:
            if subscript is not None:
                text = yield from self.text(subscript)
                value = yield from self.text(word)
                array = array.with_element(text if array.associative else self.number(text), value)
                continue
            array = array.with_more((yield from self.fields([word])))
        return array

    # --- pieces ------------------------------------------------------------------------------------------------------

    def _pieces(self, word: Word) -> Steps[list[FieldPart]]:
        pieces: list[FieldPart] = []
        empty = self._vanishes(word)
        for index, part in enumerate(word):
            if isinstance(part, Literal):
                tilde = index == 0 and not part.quoted and part.text.startswith("~")
                text = self._home(part.text, alone=len(word) == 1) if tilde else part.text
                if not empty:
                    pieces.append(FieldPart(text, part.quoted))
            else:
                pieces.extend((yield from self._expansion(part)))
        return pieces

    def _vanishes(self, word: Word) -> bool:
        """Whether there is nothing but `"$@"` without parameters: that is no field, not an empty one."""
        others = [part for part in word if not (isinstance(part, Literal) and part.quoted and not part.text)]
        return bool(others) and all(
            isinstance(part, ParameterExpansion) and self._is_empty_list(part) for part in others
        )

    def _is_empty_list(self, part: ParameterExpansion) -> bool:
        """`$@` or `${name[@]}` of which there is none."""
        if part.operator not in ("", ":", "keys"):
            return False
        if part.subscript is not None:
            return literal(part.subscript) == "@" and not (self.state.array(part.name) or Array()).items
        return part.name == "@" and not self.state.parameters

    def _home(self, text: str, *, alone: bool) -> str:
        name, slash, rest = text[1:].partition("/")
        if not slash and not alone:
            return text
        home = self.state.get("HOME") if name == "" else "/root" if name == "root" else None
        return text if home is None else home + slash + rest

    def _expansion(self, part: Part) -> Steps[list[FieldPart]]:
        if isinstance(part, CommandSubstitution):
            output = yield from self._run(part.commands)
            return [self._piece(output.rstrip("\n"), quoted=part.quoted)]
        if isinstance(part, ArithmeticExpansion):
            value = yield from self.calculate(part.expression)
            return [self._piece(str(value), quoted=part.quoted)]
        assert isinstance(part, ParameterExpansion)
        return (yield from self._parameter(part))

    def _piece(self, text: str, *, quoted: bool) -> FieldPart:
        return FieldPart(text, quoted, split=not quoted)

    # --- parameters --------------------------------------------------------------------------------------------------

    def _parameter(self, part: ParameterExpansion) -> Steps[list[FieldPart]]:
        state = self.state
        if part.operator == "bad":
            words = f"{part.source}: bad substitution" if state.dialect.bash else state.dialect.bad_substitution
            if not words:
                raise NotModelled(f"the expansion {part.source} of busybox sh")
            raise ShellError(words, state.dialect.fatal, whole=not state.dialect.bash)
        if part.indirect:
            part = yield from self._meant(part)
        if (part.subscript is not None and literal(part.subscript) in ALL) or part.name in ALL:
            return (yield from self._all(part))
        value = yield from self._value(part)
        if part.operator.lstrip(":") in ("-", "=", "+", "?") and part.operator not in ("", ":"):
            return (yield from self._alternative(part, value))
        if value is None and state.options.get("nounset"):
            subscript = "" if part.subscript is None else f"[{literal(part.subscript) or ''}]"
            raise self._unset(state.dialect.unset(part.name + subscript))
        text = yield from self._changed(part, value or "")
        return [self._piece(text, quoted=part.quoted)]

    def _value(self, part: ParameterExpansion) -> Steps[str | None]:
        if part.subscript is None:
            return self.state.get(part.name)
        key = yield from self.key(part.name, part.subscript)
        return (self.state.array(part.name) or Array()).items.get(key)

    def _meant(self, part: ParameterExpansion) -> Steps[ParameterExpansion]:
        """`${!name}`: indirect expansion."""
        name = yield from self._value(part)
        found = re.fullmatch(r"(\w+|[@*#?$!-])(?:\[(.*)\])?", name or "")
        if found is None:
            message = f"{part.name}: invalid indirect expansion" if name is None else f"{name}: invalid variable name"
            raise ShellError(message, 1, whole=False)
        subscript = None if found[2] is None else (Literal(found[2]),)
        return attrs.evolve(part, name=found[1], subscript=subscript, indirect=False)

    def _all(self, part: ParameterExpansion) -> Steps[list[FieldPart]]:
        """`$@`, `${name[@]}`, with the operator applied to each element."""
        array = self.state.array(part.name) or Array() if part.subscript is not None else None
        values = self.state.parameters if array is None else list(array.items.values())
        joined = part.name == "*" if part.subscript is None else literal(part.subscript) == "*"
        kind = part.operator.lstrip(":")
        if kind in ("-", "=", "+", "?") and (not values or kind == "+"):
            return (yield from self._alternative(part, " ".join(values) if values else None))
        match part.operator:
            case "length":
                return [self._piece(str(len(values)), quoted=part.quoted)]
            case "keys":
                values = [str(key) for key in (array or Array()).items]
            case ":":
                values = yield from self._slice(part, array)
            case "" | "-" | ":-" | "=" | ":=" | "?" | ":?":
                pass
            case _:
                changed = []
                for value in values:
                    changed.append((yield from self._changed(part, value)))
                values = changed
        return self._pieces_of(values, quoted=part.quoted, joined=joined)

    def _slice(self, part: ParameterExpansion, array: Array | None) -> Steps[list[str]]:
        """`${@:offset:length}`, which begins with `$0`, and `${name[@]:offset:length}`, whose offset is a key."""
        numbered = list(enumerate([self.state.name, *self.state.parameters])) if array is None else array.numbered()
        offset = yield from self.calculate(part.argument)
        end = numbered[-1][0] + 1 if numbered else 0
        start = end + offset if offset < 0 else offset
        values = [value for number, value in numbered if number >= start] if start >= 0 else []
        if part.second is None:
            return values
        length = yield from self.calculate(part.second)
        if length < 0:
            raise ShellError(f"{length}: substring expression < 0", 1, whole=False)
        return values[:length]

    def _pieces_of(self, values: Sequence[str], *, quoted: bool, joined: bool) -> list[FieldPart]:
        if quoted and joined:
            return [FieldPart(self.state.ifs[:1].join(values), quoted=True)]
        pieces: list[FieldPart] = []
        for index, value in enumerate(values):
            pieces += [_END] if index else []
            pieces.append(self._piece(value, quoted=quoted))
        return pieces

    def _unset(self, message: str) -> ShellError:
        if not self.state.dialect.bash:
            return ShellError(message, self.state.dialect.fatal)
        return ShellError(message, 1 if self.state.depth or self.state.options.get("errexit") else 127)

    def _alternative(self, part: ParameterExpansion, value: str | None) -> Steps[list[FieldPart]]:
        """`${x-word}`, `=`, `?`, `+`; with a colon, empty counts as unset."""
        present = value is not None and not (part.operator.startswith(":") and not value)
        kind = part.operator[-1]
        if present != (kind == "+") and kind == "+":
            return []
        if present and kind != "+":
            return [self._piece(value or "", quoted=part.quoted)]
        if kind in "=?":
            text = yield from self.text(part.argument)
            if kind == "?":
                raise self._unset(f"{part.name}: {text or 'parameter not set'}")
            yield from self._give(part, text)
            return [self._piece(text, quoted=part.quoted)]
        pieces = yield from self._pieces(part.argument)
        return [
            FieldPart(piece.text, piece.quoted or part.quoted, split=not (piece.quoted or part.quoted), ends=piece.ends)
            for piece in pieces
        ]

    def _give(self, part: ParameterExpansion, text: str) -> Steps[None]:
        if part.subscript is None:
            self.state.set(part.name, text)
        else:
            key = yield from self.key(part.name, part.subscript)
            self.state.set_element(part.name, key, text)

    def _changed(self, part: ParameterExpansion, value: str) -> Steps[str]:
        """`${x%pattern}` and the other operators that transform the value."""
        operator = part.operator
        match operator:
            case "":
                return value
            case "length":
                return str(len(value))
            case "#" | "##" | "%" | "%%":
                pieces = yield from self.pattern_of(part.argument)
                return pattern.remove(value, pieces, operator)
            case "/" | "//" | "/#" | "/%":
                pieces = yield from self.pattern_of(part.argument)
                replacement = yield from self.text(part.second or ())
                return pattern.substitute(value, pieces, replacement, operator, self.state.meter.check_string)
            case ":":
                return (yield from self._substring(part, value))
            case "^" | "^^" | "," | ",," if not part.argument:
                return _change_case(value, operator)
        raise NotModelled(f"the shell's expansion {part.source}")

    def _substring(self, part: ParameterExpansion, value: str) -> Steps[str]:
        offset = yield from self.calculate(part.argument)
        start = max(len(value) + offset, 0) if offset < 0 else offset
        if part.second is None:
            return value[start:]
        length = yield from self.calculate(part.second)
        return value[start : len(value) + length if length < 0 else start + length]

    # --- fields ------------------------------------------------------------------------------------------------------

    def _split(self, pieces: Sequence[FieldPart]) -> list[list[pattern.PatternPart]]:
        splitter = FieldSplitter(self.state.ifs)
        for piece in pieces:
            splitter.add(piece)
        return splitter.finish()

    def _names(self, field: list[pattern.PatternPart]) -> list[str]:
        text = "".join(piece for piece, _ in field)
        if self.state.options.get("noglob") or not pattern.is_pattern(field):
            return [text]
        return pattern.expand(self.files, self.state.directory, field) or [text]


def _is_its_own_field(word: Word) -> TypeGuard[tuple[Literal]]:
    """Whether nothing in a word is expanded, split or a pattern."""
    if len(word) != 1 or not isinstance(word[0], Literal):
        return False
    return word[0].quoted or (word[0].text != "" and not _EXPANDED.search(word[0].text))


#: What an unquoted literal may be expanded for: by the home directory, as names of files, by braces.
_EXPANDED: Final = re.compile(r"^~|[*?\[{]")


def _change_case(value: str, operator: str) -> str:
    change = str.upper if operator[0] == "^" else str.lower
    return change(value) if len(operator) == 2 else change(value[:1]) + value[1:]
