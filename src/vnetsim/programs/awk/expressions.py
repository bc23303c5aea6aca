"""Expressions of awk as expressions of Python, over the names that `execution.AwkRuntime.names` gives.

Each becomes a pair: the text, and what it gives: `n` a float, `s` a str, `b` a bool, `a` any value.
Names of the program get a prefix and its texts are written by repr(), so nothing in it is Python.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.awk.names import SPECIAL, Names
from vnetsim.programs.awk.tree import AwkError, AwkNode, AwkProgram

_Code = tuple[str, str]
#: Builtin functions of numbers and of strings: the code, with the arguments, and what it gives.
_SIMPLE: Final[dict[str, tuple[str, str, str]]] = {
    "atan2": ("F('atan2', {}, {})", "nn", "n"), "cos": ("F('cos', {})", "n", "n"), "exp": ("F('exp', {})", "n", "n"),
    "log": ("F('log', {})", "n", "n"), "sin": ("F('sin', {})", "n", "n"), "sqrt": ("F('sqrt', {})", "n", "n"),
    "int": ("I({})", "n", "n"), "index": ("float({}.find({}) + 1)", "ss", "n"), "rand": ("R.rand()", "", "n"),
    "system": ("(yield from R.system({}))", "s", "n"), "close": ("(yield from R.close({}))", "s", "n"),
    "tolower": ("R.lower({})", "s", "s"), "toupper": ("R.upper({})", "s", "s"),
}  # fmt: skip
_ARITHMETIC: Final = {"+": "({} + {})", "-": "({} - {})", "*": "({} * {})", "/": "D({}, {})", "%": "Q({}, {})",
                      "^": "E({}, {})"}  # fmt: skip


class ExpressionWriter:
    """Writes the code inside of one function ("" outside of all)."""

    def __init__(self, program: AwkProgram, names: Names) -> None:
        self.program, self.names = program, names
        self.function = ""
        self.patterns: list[tuple[str, int]] = []
        self._temporaries = 0

    def temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    # --- conversions -------------------------------------------------------------------------------------------------

    def value(self, node: AwkNode) -> _Code:
        code, kind = getattr(self, f"_{node.kind}")(node)
        return code, kind

    def any(self, node: AwkNode) -> str:
        code, kind = self.value(node)
        return f"float({code})" if kind == "b" else code

    def number(self, node: AwkNode) -> str:
        code, kind = self.value(node)
        return {"n": code, "b": f"float({code})"}.get(kind, f"N({code})")

    def string(self, node: AwkNode, convert: str = "S") -> str:
        code, kind = self.value(node)
        return {"s": code, "b": f"('1' if {code} else '0')"}.get(kind, f"{convert}({code})")

    def truth(self, node: AwkNode) -> str:
        code, kind = self.value(node)
        return {"b": code, "n": f"({code} != 0.0)", "s": f"({code} != '')"}.get(kind, f"B({code})")

    def pattern(self, node: AwkNode) -> str:
        """The compiled pattern: a constant one, or of a text."""
        if node.kind not in ("regex", "string"):
            return f"R.pattern({self.string(node)})"
        self.patterns.append((node.text, node.line))
        return f"x{len(self.patterns) - 1}"

    # --- constants and names -----------------------------------------------------------------------------------------

    def _number(self, node: AwkNode) -> _Code:
        value = float(node.text)
        if value == float("inf"):
            raise AwkError(f"line 1: {node.text} : decimal overflow")
        return repr(value), "n"

    def _string(self, node: AwkNode) -> _Code:
        return repr(node.text), "s"

    def _regex(self, node: AwkNode) -> _Code:
        return f"{self.pattern(node)}.occurs(R.field(0))", "b"

    def _group(self, node: AwkNode) -> _Code:
        return self.value(node.parts[0])

    def _variable(self, node: AwkNode) -> _Code:
        function, _ = key = self.names.key(self.function, node.text)
        if key in self.names.arrays:
            raise AwkError(f"line {node.line}: illegal reference to array {node.text}")
        return (f"R.{node.text}", "a") if not function and node.text in SPECIAL else (f"v_{node.text}", "a")

    def array(self, name: str) -> str:
        return f"v_{name}"

    def subscript(self, parts: tuple[AwkNode, ...]) -> str:
        if len(parts) == 1:
            code, kind = self.value(parts[0])
            return f"float({code})" if kind == "b" else code
        return f"S(R.SUBSEP).join(({', '.join(map(self.string, parts))}))"

    def _element(self, node: AwkNode) -> _Code:
        return f"{self.array(node.text)}.at({self.subscript(node.parts)})", "a"

    def _field(self, node: AwkNode) -> _Code:
        index = node.parts[0]
        return f"R.field({int(index.text) if index.text.isdigit() else self.number(index)})", "a"

    # --- operators ---------------------------------------------------------------------------------------------------

    def _conditional(self, node: AwkNode) -> _Code:
        condition, first, other = node.parts
        (one, kind), (two, second) = self.value(first), self.value(other)
        if kind != second:
            one, two, kind = self.any(first), self.any(other), "a"
        return f"({one} if {self.truth(condition)} else {two})", kind

    def _logical(self, node: AwkNode) -> _Code:
        left, right = map(self.truth, node.parts)
        return f"({left} {'and' if node.text == '&&' else 'or'} {right})", "b"

    def _in(self, node: AwkNode) -> _Code:
        return f"{self.array(node.text)}.has({self.subscript(node.parts)})", "b"

    def _match(self, node: AwkNode) -> _Code:
        left, right = node.parts
        negation = "not " if node.text == "!~" else ""
        return f"({negation}R.occurs({self.string(left)}, {self.pattern(right)}))", "b"

    def _comparison(self, node: AwkNode) -> _Code:
        (left, one), (right, other) = map(self.value, node.parts)
        if one + other in ("nn", "ss"):
            return f"({left} {node.text} {right})", "b"
        left, right = map(self.any, node.parts)
        return f"(C({left}, {right}) {node.text} 0)", "b"

    def _concatenation(self, node: AwkNode) -> _Code:
        return f"J({', '.join(map(self.string, node.parts))})", "s"

    def _binary(self, node: AwkNode) -> _Code:
        left, right = map(self.number, node.parts)
        return _ARITHMETIC[node.text].format(left, right), "n"

    def _unary(self, node: AwkNode) -> _Code:
        if node.text == "!":
            return f"(not {self.truth(node.parts[0])})", "b"
        return f"({node.text}{self.number(node.parts[0])})", "n"

    # --- assignments -------------------------------------------------------------------------------------------------

    def store(self, target: AwkNode, new: str) -> str:
        """An expression that assigns and gives the new value."""
        if target.kind == "element":
            array, subscript = self.array(target.text), self.subscript(target.parts)
            return f"{array}.put({f'{array}.made({subscript})' if array in new else subscript}, {new})"
        if target.kind == "field":
            return f"R.set_field({self.number(target.parts[0])}, {new})"
        if target.kind != "variable":
            raise NotModelled("awk's assignment to what is no variable")
        code, _ = self.value(target)
        return f"R.assign({target.text!r}, {new})" if code.startswith("R.") else f"({code} := {new})"

    def _modified(self, target: AwkNode, make: str) -> _Code:
        """`make` has {} for the old value as a number; subscripts are evaluated once."""
        if target.kind == "variable":
            return self.store(target, make.format(f"N({self.value(target)[0]})")), "n"
        key = self.temporary()
        if target.kind == "field":
            new = make.format(f"N(R.field({key}))")
            return f"R.set_field(({key} := {self.number(target.parts[0])}), {new})", "n"
        array = self.array(target.text)
        new = make.format(f"N({array}.at({key}))")
        return f"{array}.put(({key} := {self.subscript(target.parts)}), {new})", "n"

    def _assignment(self, node: AwkNode) -> _Code:
        target, right = node.parts
        if not node.text:
            code, kind = self.value(right)
            return self.store(target, self.any(right) if kind == "b" else code), {"b": "n"}.get(kind, kind)
        added = self.number(right).replace("{", "{{").replace("}", "}}")
        return self._modified(target, _ARITHMETIC[node.text].format("{}", added))

    def _before(self, node: AwkNode) -> _Code:
        return self._modified(node.parts[0], f"{{}} {node.text} 1.0")

    def _after(self, node: AwkNode) -> _Code:
        old = self.temporary()
        code, _ = self._modified(node.parts[0], f"({old} := {{}}) {node.text} 1.0")
        return f"({code}, {old})[1]", "n"

    # --- functions ---------------------------------------------------------------------------------------------------

    def _call(self, node: AwkNode) -> _Code:
        args: list[str] = []
        for parameter, part in zip(self.program.functions[node.text].parameters, node.parts, strict=False):
            array = self.names.is_array(node.text, parameter)
            if array and part.kind != "variable":
                raise AwkError(f"line {node.line}: type error in arg({len(args) + 1}) in call to {node.text}")
            args.append(self.array(part.text) if array else self.any(part))
        code = f"f_{node.text}({', '.join(args)})"
        return (f"(yield from {code})" if node.text in self.names.waiting else code), "a"

    def _getline(self, node: AwkNode) -> _Code:
        target, source = node.parts
        whole = target.kind == "nothing"
        file = "''" if source.kind == "nothing" else self.string(source)
        code = f"(yield from R.getline({node.text!r}, {file}, {whole}))"
        return (code if whole else self._stored_if(code, target)), "n"

    def _stored_if(self, code: str, target: AwkNode) -> str:
        """Gives what the code gives; if that is positive, assigns what it found."""
        result = self.temporary()
        return f"(({self.store(target, 'R.got')}, {result})[1] if ({result} := {code}) > 0.0 else {result})"

    def _builtin(self, node: AwkNode) -> _Code:
        if node.text in _SIMPLE:
            template, kinds, gives = _SIMPLE[node.text]
            args: list[str] = [self.number(part) if kind == "n" else self.string(part)
                    for kind, part in zip(kinds, node.parts, strict=True)]  # fmt: skip
            return template.format(*args), gives
        if node.text in ("systime", "mktime", "strftime"):
            raise NotModelled(f"awk's function {node.text}")
        name = "_match_builtin" if node.text == "match" else f"_{node.text}"
        code, kind = getattr(self, name)(node.parts)
        return code, kind

    def _length(self, parts: tuple[AwkNode, ...]) -> _Code:
        if parts and parts[0].kind == "variable" and self.names.is_array(self.function, parts[0].text):
            return f"float(len({self.array(parts[0].text)}))", "n"
        return f"float(len({self.string(parts[0]) if parts else 'R.field(0)'}))", "n"

    def _substr(self, parts: tuple[AwkNode, ...]) -> _Code:
        return f"R.substr({self.string(parts[0])}, {', '.join(map(self.number, parts[1:]))})", "s"

    def _split(self, parts: tuple[AwkNode, ...]) -> _Code:
        if parts[1].kind != "variable":
            raise NotModelled("awk's split into what is no array")
        separator = self._separator(parts[2]) if len(parts) > 2 else "S(R.FS)"
        return f"R.split({self.string(parts[0])}, {self.array(parts[1].text)}, {separator})", "n"

    def _separator(self, node: AwkNode) -> str:
        return self.pattern(node) if node.kind == "regex" else self.string(node)

    def _sub(self, parts: tuple[AwkNode, ...], *, every: bool = False) -> _Code:
        target = parts[2] if len(parts) > 2 else AwkNode("field", "", (AwkNode("number", "0"),))
        pattern, replacement = self.pattern(parts[0]), self.string(parts[1])
        code = f"R.substitute({pattern}, {replacement}, {self.string(target)}, {every})"
        return self._stored_if(code, target), "n"

    def _gsub(self, parts: tuple[AwkNode, ...]) -> _Code:
        return self._sub(parts, every=True)

    def _match_builtin(self, parts: tuple[AwkNode, ...]) -> _Code:
        return f"R.match({self.string(parts[0])}, {self.pattern(parts[1])})", "n"

    def _sprintf(self, parts: tuple[AwkNode, ...]) -> _Code:
        return f"R.format({self.tuple(parts)}, 'sprintf')", "s"

    def _srand(self, parts: tuple[AwkNode, ...]) -> _Code:
        return f"R.srand({self.any(parts[0]) if parts else ''})", "a"

    def _fflush(self, parts: tuple[AwkNode, ...]) -> _Code:
        return f"R.fflush({', '.join(map(self.string, parts))})", "n"

    def tuple(self, parts: tuple[AwkNode, ...]) -> str:
        return f"({''.join(f'{self.any(part)}, ' for part in parts)})"
