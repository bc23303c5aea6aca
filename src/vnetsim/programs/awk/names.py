"""Which names of a program are arrays, and which code waits; mawk's complaints about names (its parse.y)."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.awk.tree import AwkError, AwkNode, AwkProgram

ARRAYS: Final = ("ARGV", "ENVIRON")
SPECIAL: Final = frozenset(
    ["NR", "NF", "FNR", "FS", "OFS", "ORS", "RS", "SUBSEP", "CONVFMT", "OFMT", "RSTART", "RLENGTH", "FILENAME", "ARGC"]
)
#: The function that a name belongs to ("" for all code), and the name.
_Key = tuple[str, str]


class Names:
    """`arrays` has the names that are arrays, `scalars` the others whose use shows it."""

    def __init__(self, program: AwkProgram) -> None:
        self._program = program
        self.arrays: set[_Key] = {("", name) for name in ARRAYS}
        self.scalars: set[_Key] = set()
        self._calls: list[tuple[str, AwkNode]] = []
        self.waiting: set[str] = set()
        #: Names that are arguments of functions.
        self._passed: set[int] = set()
        for function, code in program.code:
            for node in code.walk():
                self._use(function, node)
        self._check_calls()
        while self._pass_on():
            pass
        while self._wait():
            pass

    def key(self, function: str, name: str) -> _Key:
        """The parameter of that name, or the name for all code."""
        local = function and name in self._program.functions[function].parameters
        return (function if local else "", name)

    def is_array(self, function: str, name: str) -> bool:
        return self.key(function, name) in self.arrays

    def globals(self) -> list[str]:
        """Variables and arrays that are no parameters."""
        return sorted({name for function, name in self.arrays | self.scalars if not function} - SPECIAL)

    def waits(self, *code: AwkNode) -> bool:
        """Whether this code may have to wait."""
        return any(self._node_waits(node) for each in code for node in each.walk())

    def _node_waits(self, node: AwkNode) -> bool:
        if node.kind == "builtin":
            return node.text in ("system", "close")
        return node.kind == "getline" or (node.kind == "call" and node.text in self.waiting)

    def _wait(self) -> bool:
        found = {name for name, each in self._program.functions.items() if self.waits(each.body)}
        changed, self.waiting = found != self.waiting, found
        return changed

    # --- arrays ------------------------------------------------------------------------------------------------------

    def _use(self, function: str, node: AwkNode) -> None:
        match node.kind:
            case "variable" if id(node) not in self._passed:
                self._scalar(function, node)
            case "element" | "in" | "delete" | "for in":
                self._array(function, node)
            case "call":
                self._calls.append((function, node))
                self._passed.update(id(part) for part in node.parts if part.kind == "variable")
            case "builtin" if node.text == "split" and node.parts[1].kind == "variable":
                self._array(function, node.parts[1])

    def _scalar(self, function: str, node: AwkNode) -> None:
        """A bare name: no array, unless it is an argument."""
        key = self.key(function, node.text)
        if key[0] or key not in self.arrays:
            self.scalars.add(key)

    def _array(self, function: str, node: AwkNode) -> None:
        key = self.key(function, node.text)
        if key not in self.arrays and not key[0] and key in self.scalars:
            raise AwkError(f"line {node.line}: illegal reference to variable {node.text}")
        self.arrays.add(key)

    def _check_calls(self) -> None:
        for _, node in self._calls:
            function = self._program.functions.get(node.text)
            if function is None:
                raise AwkError(f"line {self._program.lines}: function {node.text} never defined")
            if len(node.parts) > len(function.parameters):
                raise AwkError(f"line {node.line}: too many arguments in call to {node.text}")

    def _pass_on(self) -> bool:
        """An argument is an array if the parameter is, and the reverse; whether that changed anything."""
        before = len(self.arrays)
        for function, node in self._calls:
            for parameter, part in zip(self._program.functions[node.text].parameters, node.parts, strict=False):
                there = (node.text, parameter)
                here = self.key(function, part.text) if part.kind == "variable" else None
                if here in self.arrays:
                    self.arrays.add(there)
                elif here is not None:
                    (self.arrays if there in self.arrays else self.scalars).add(here)
        return len(self.arrays) > before
