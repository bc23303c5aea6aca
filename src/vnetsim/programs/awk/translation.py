"""A program of awk as a module of Python: functions begin(), main() and end(), and those of the program."""

from __future__ import annotations

from vnetsim.programs.awk.expressions import ExpressionWriter
from vnetsim.programs.awk.names import Names
from vnetsim.programs.awk.tree import NOTHING, AwkFunction, AwkNode, AwkProgram
from vnetsim.values import define


@define
class AwkTranslation:
    """`waiting`: which of begin, main and end are generators; `patterns` are x0, x1 and so on."""

    source: str
    patterns: list[tuple[str, int]]
    arrays: list[str]
    scalars: list[str]
    waiting: list[str]


class StatementWriter(ExpressionWriter):
    """Writes lines; `_steps` is what `continue` does before, by loop."""

    def __init__(self, program: AwkProgram, names: Names) -> None:
        super().__init__(program, names)
        self._lines: list[str] = []
        self._depth = 0
        self._steps: list[list[str]] = []
        self._assigned = [name for name in names.globals() if ("", name) not in names.arrays]

    def translate(self) -> AwkTranslation:
        program, names = self.program, self.names
        main = [AwkNode("rule", str(index), (rule.pattern, rule.last, rule.action))
                for index, rule in enumerate(program.rules)]  # fmt: skip
        parts = {"begin": program.begin, "main": main, "end": program.end}
        for name, nodes in parts.items():
            self._define(name, (), nodes)
        for function in program.functions.values():
            self.function = function.name
            self._define(f"f_{function.name}", function.parameters, [function.body], function)
        return AwkTranslation(
            "\n".join(self._lines),
            self.patterns,
            [name for name in names.globals() if ("", name) in names.arrays],
            self._assigned,
            [name for name, nodes in parts.items() if names.waits(*nodes)],
        )

    def _define(
        self, name: str, parameters: tuple[str, ...], nodes: list[AwkNode], function: AwkFunction | None = None
    ) -> None:
        arrays = [each for each in parameters if function and (function.name, each) in self.names.arrays]
        written = ", ".join(f"v_{each}={'None' if each in arrays else 'U'}" for each in parameters)
        self._line(f"def {name}({written}):")
        self._depth += 1
        assigned = [f"v_{each}" for each in self._assigned if each not in parameters]
        if assigned:
            self._line(f"global {', '.join(assigned)}")
        for each in arrays:
            self._line(f"v_{each} = R.array() if v_{each} is None else v_{each}")
        self._line("K()")
        for node in nodes:
            self.statement(node)
        self._line("return U")
        self._depth -= 1

    # --- lines -------------------------------------------------------------------------------------------------------

    def _line(self, text: str) -> None:
        self._lines.append(" " * self._depth + text)

    def _body(self, *nodes: AwkNode, first: str = "pass") -> None:
        self._depth += 1
        self._line(first)
        for node in nodes:
            self.statement(node)
        self._depth -= 1

    def _loop(self, body: AwkNode, step: list[str]) -> None:
        """The body of a loop, behind which `step` is done."""
        self._steps.append(step)
        self._body(body, first="K()")
        self._steps.pop()
        for line in step:
            self._line(f" {line}")

    def statement(self, node: AwkNode) -> None:
        getattr(self, f"_do_{node.kind.replace(' ', '_')}")(node)

    def _do_nothing(self, _: AwkNode) -> None:
        self._line("pass")

    def _do_block(self, node: AwkNode) -> None:
        for part in node.parts:
            self.statement(part)

    def _do_rule(self, node: AwkNode) -> None:
        pattern, last, action = node.parts
        if pattern is NOTHING:
            self.statement(action)
            return
        condition = self.truth(pattern)
        if last is NOTHING:
            self._line(f"if {condition}:")
            self._body(action)
            return
        self._line(f"if {node.text} in R.ranges or {condition}:")
        self._body(action, first=f"R.range({node.text}, {self.truth(last)})")

    # --- simple statements -------------------------------------------------------------------------------------------

    def _do_expression(self, node: AwkNode) -> None:
        expression = node.parts[0]
        if expression.kind == "after":
            expression = AwkNode("before", expression.text, expression.parts)
        self._line(self.value(expression)[0])

    def _do_print(self, node: AwkNode) -> None:
        target, *parts = node.parts
        word = node.text.rstrip("|>")
        where = f", {node.text.removeprefix(word)!r}, {self.string(target)}" if target is not NOTHING else ""
        if word == "printf":
            self._line(f"R.printf({self.tuple(tuple(parts))}{where})")
            return
        texts = "".join(f"{self.string(part, 'O')}, " for part in parts) or "R.field(0), "
        self._line(f"R.print(({texts}){where})")

    def _do_delete(self, node: AwkNode) -> None:
        array = self.array(node.text)
        self._line(f"{array}.drop({self.subscript(node.parts)})" if node.parts else f"{array}.empty()")

    def _do_next(self, _: AwkNode) -> None:
        self._line("return")

    def _do_nextfile(self, _: AwkNode) -> None:
        self._line("R.skip()")
        self._line("return")

    def _do_exit(self, node: AwkNode) -> None:
        self._line(f"R.exit({''.join(map(self.number, node.parts))})")

    def _do_return(self, node: AwkNode) -> None:
        self._line(f"return {self.any(node.parts[0]) if node.parts else 'U'}")

    def _do_break(self, _: AwkNode) -> None:
        self._line("break")

    def _do_continue(self, _: AwkNode) -> None:
        for line in self._steps[-1]:
            self._line(line)
        self._line("continue")

    # --- compound statements -----------------------------------------------------------------------------------------

    def _do_if(self, node: AwkNode) -> None:
        word = "if"
        while node.kind == "if":
            condition, then, otherwise = node.parts
            self._line(f"{word} {self.truth(condition)}:")
            self._body(then)
            node, word = otherwise, "elif"
        if node is not NOTHING:
            self._line("else:")
            self._body(node)

    def _do_while(self, node: AwkNode) -> None:
        condition, body = node.parts
        self._line(f"while {self.truth(condition)}:")
        self._loop(body, [])

    def _do_do(self, node: AwkNode) -> None:
        condition, body = node.parts
        self._line("while True:")
        self._loop(body, [f"if not {self.truth(condition)}: break"])

    def _do_for(self, node: AwkNode) -> None:
        first, condition, step, body = node.parts
        self.statement(first)
        self._line(f"while {'True' if condition is NOTHING else self.truth(condition)}:")
        before, self._lines = self._lines, []
        depth, self._depth = self._depth, 0
        self.statement(step)
        lines, self._lines, self._depth = self._lines, before, depth
        self._loop(body, lines)

    def _do_for_in(self, node: AwkNode) -> None:
        variable, body = node.parts
        key = self.temporary()
        self._line(f"for {key} in {self.array(node.text)}.walk():")
        self._depth += 1
        self._line(self.store(variable, key))
        self._depth -= 1
        self._loop(body, [])
