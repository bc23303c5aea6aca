"""The evaluation of Go's text/template (exec.go): a parsed template applied to a value.

None is reflect's invalid value, which prints `<no value>`.  Not modelled: ranging over functions and
channels, interfaces with methods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias, cast

from vnetsim.programs.docker.go.functions import BUILTINS, CallError, GoFunction, indirect, unwrap
from vnetsim.programs.docker.go.nodes import (
    ActionNode,
    BoolNode,
    BranchNode,
    ChainNode,
    CommandNode,
    DotNode,
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
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.printing import quote, text_of
from vnetsim.programs.docker.go.values import (
    ANY,
    BOOL,
    FLOAT64,
    INT,
    NILABLE,
    STRING,
    GoKind,
    GoType,
    GoValue,
    boolean,
    integer,
    is_true,
    string,
    zero,
)

Result: TypeAlias = "GoValue | None"
_Node: TypeAlias = Operand | CommandNode | PipeNode


class _Missing:
    """No value comes through the pipe."""


_MISSING: Final = _Missing()
_Final: TypeAlias = "Result | _Missing"


class _Jump(Exception):
    """break or continue, until the loop catches it."""


class _Break(_Jump):
    pass


class _Continue(_Jump):
    pass


class Execution:
    def __init__(self, source: str, functions: Mapping[str, GoFunction], name: str, strict: bool) -> None:
        self._source = source
        self._functions = functions
        self._name = name
        self._strict = strict
        self._node: _Node | None = None
        self.variables: list[tuple[str, Result]] = []
        self.output: list[str] = []

    def _failure(self, sentence: str) -> TemplateError:
        if self._node is None:
            return TemplateError(f"template: {self._name}: {sentence}")
        before = self._source[: self._node.position]
        column = len(before.rpartition("\n")[2].encode())
        place = f"{self._name}:{1 + before.count(chr(10))}:{column}"
        return TemplateError(f"template: {place}: executing {quote(self._name)} at <{self._node}>: {sentence}")

    # --- statements ------------------------------------------------------------------------------------------------

    def walk(self, dot: Result, statements: Sequence[Statement]) -> None:
        for statement in statements:
            if isinstance(statement, TextNode):
                self.output.append(statement.text)
            elif isinstance(statement, ActionNode):
                value = self._pipeline(dot, statement.pipe)
                if not statement.pipe.declared:
                    self._print(value)
            elif isinstance(statement, JumpNode):
                raise _Break if statement.keyword == "break" else _Continue
            else:
                self._branch(dot, statement)

    def _print(self, value: Result) -> None:
        if value is not None and value.kind is GoKind.POINTER:
            value = indirect(value)[0]
        self.output.append("<no value>" if value is None else text_of(value))

    def _branch(self, dot: Result, branch: BranchNode) -> None:
        known = len(self.variables)
        if branch.keyword == "range":
            self._range(dot, branch)
        else:
            value = self._pipeline(dot, branch.pipe)
            inner = value if branch.keyword == "with" and is_true(value) else dot
            self.walk(inner, branch.body if is_true(value) else branch.otherwise)
        del self.variables[known:]

    def _range(self, dot: Result, branch: BranchNode) -> None:
        value = self._pipeline(dot, branch.pipe)
        if value is not None:
            value = indirect(value)[0]
        mark = len(self.variables)
        empty = True
        try:
            for index, element in self._elements(value):
                empty = False
                self._bind(branch.pipe, index, element)
                try:
                    self.walk(element, branch.body)
                except _Continue:
                    pass
                finally:
                    del self.variables[mark:]
        except _Break:
            pass
        if empty:
            self.walk(dot, branch.otherwise)

    def _elements(self, value: Result) -> Iterator[tuple[GoValue, Result]]:
        if value is None:
            return
        if value.kind in (GoKind.SLICE, GoKind.ARRAY):
            yield from ((integer(number), item) for number, item in enumerate(value.items))
        elif value.kind is GoKind.MAP:
            key = value.type.key or STRING
            yield from ((GoValue(key, name), item) for name, item in sorted(value.entries.items()))
        elif value.kind is GoKind.INT:
            yield from ((integer(number), integer(number)) for number in range(cast("int", value.data)))
        elif not value.is_nil:
            raise self._failure(f"range can't iterate over {text_of(value)}")

    def _bind(self, pipe: PipeNode, index: GoValue, element: Result) -> None:
        names = [variable.names[0] for variable in pipe.declared]
        pairs = list(zip(names, (index, element) if len(names) > 1 else (element,), strict=False))
        for name, value in pairs:
            if pipe.assigns:
                self._assign(name, value)
            else:
                self.variables.append((name, value))

    def _assign(self, name: str, value: Result) -> None:
        for place in range(len(self.variables) - 1, -1, -1):
            if self.variables[place][0] == name:
                self.variables[place] = (name, value)
                return
        raise self._failure(f"undefined variable: {name}")

    # --- pipelines and commands ------------------------------------------------------------------------------------

    def _pipeline(self, dot: Result, pipe: PipeNode) -> Result:
        self._node = pipe
        value: _Final = _MISSING
        for command in pipe.commands:
            value = unwrap(self._command(dot, command, value))
        result = None if isinstance(value, _Missing) else value
        for variable in pipe.declared:
            if pipe.assigns:
                self._assign(variable.names[0], result)
            else:
                self.variables.append((variable.names[0], result))
        return result

    def _command(self, dot: Result, command: CommandNode, final: _Final) -> Result:
        first, arguments = command.arguments[0], command.arguments
        if isinstance(first, (FieldNode, ChainNode, VariableNode)):
            return self._names(dot, first, arguments, final)
        if isinstance(first, IdentifierNode):
            return self._function(dot, first, command, arguments, final)
        self._node = first if not isinstance(first, PipeNode) else self._node
        self._no_function(arguments, final)
        if isinstance(first, PipeNode):
            return self._pipeline(dot, first)
        if isinstance(first, NilNode):
            raise self._failure("nil is not a command")
        return dot if isinstance(first, DotNode) else self._constant(first)

    def _constant(self, node: BoolNode | NumberNode | StringNode) -> GoValue:
        if isinstance(node, BoolNode):
            return boolean(node.value)
        if isinstance(node, StringNode):
            return string(node.value)
        if isinstance(node.value, float):
            return GoValue(FLOAT64, node.value)
        if not -(1 << 63) <= node.value < 1 << 63:
            raise self._failure(f"{node} overflows int")
        return integer(node.value)

    def _no_function(self, arguments: Sequence[Operand], final: _Final) -> None:
        if len(arguments) > 1 or not isinstance(final, _Missing):
            raise self._failure(f"can't give argument to non-function {arguments[0]}")

    def _names(
        self, dot: Result, node: FieldNode | ChainNode | VariableNode, arguments: Sequence[Operand], final: _Final
    ) -> Result:
        """Fields of the dot, of a variable or of a pipeline in parentheses."""
        self._node = node
        names: Sequence[str] = node.names
        if isinstance(node, FieldNode):
            receiver = dot
        elif isinstance(node, VariableNode):
            receiver = self._variable(node.names[0])
            names = names[1:]
            if not names:
                self._no_function(arguments, final)
        else:
            if isinstance(node.node, NilNode):
                raise self._failure(f"indirection through explicit nil in {node}")
            receiver = self._argument(dot, None, node.node)
        for number, name in enumerate(names, 1):
            last = number == len(names)
            receiver = self._field(dot, name, node, arguments if last else (), final if last else _MISSING, receiver)
        return receiver

    def _variable(self, name: str) -> Result:
        for known, value in reversed(self.variables):
            if known == name:
                return value
        raise self._failure(f"undefined variable: {name}")

    def _field(
        self, dot: Result, name: str, node: _Node, arguments: Sequence[Operand], final: _Final, receiver: Result
    ) -> Result:
        if receiver is None:
            if self._strict:
                raise self._failure(f"nil data; no entry for key {quote(name)}")
            return None
        outer = receiver.type
        inner, is_nil = indirect(receiver)
        if inner.kind is GoKind.INTERFACE:
            raise self._failure(f"nil pointer evaluating {outer.name}.{name}")
        method = inner.type.methods.get(name) or outer.methods.get(name)
        if method is not None:
            bound = GoFunction(lambda *values: method.call(inner.data, *values), method.parameters)
            return self._call(dot, bound, node, name, arguments[1:], final)
        has_arguments = len(arguments) > 1 or not isinstance(final, _Missing)
        if is_nil:
            self._check_nil_field(inner, outer, name)
        elif inner.kind is GoKind.STRUCT and inner.type.field(name) is not None:
            return self._struct_field(inner, name, has_arguments=has_arguments)
        elif inner.kind is GoKind.MAP and STRING.assignable_to(inner.type.key or STRING):
            return self._map_entry(inner, name, has_arguments=has_arguments)
        raise self._failure(f"can't evaluate field {name} in type {outer.name}")

    def _struct_field(self, structure: GoValue, name: str, *, has_arguments: bool) -> GoValue:
        if has_arguments:
            raise self._failure(f"{name} has arguments but cannot be invoked as function")
        return self._follow(structure, [field.name for field in structure.type.field(name) or ()])

    def _map_entry(self, entries: GoValue, name: str, *, has_arguments: bool) -> Result:
        if has_arguments:
            raise self._failure(f"{name} is not a method but has arguments")
        if name not in entries.entries and self._strict:
            raise self._failure(f"map has no entry for key {quote(name)}")
        return entries.entries.get(name)

    def _check_nil_field(self, pointer: GoValue, outer: GoType, name: str) -> None:
        target = pointer.type.of
        if target.kind is not GoKind.STRUCT or target.field(name) is not None:
            raise self._failure(f"nil pointer evaluating {outer.name}.{name}")

    def _follow(self, value: GoValue, path: Sequence[str]) -> GoValue:
        for name in path:
            if value.kind is GoKind.POINTER:
                inside = value.inside
                if inside is None:
                    raise self._failure(
                        f"reflect: indirection through nil pointer to embedded struct field {value.type.of.name}"
                    )
                value = inside
            value = value.entries[name]
        return value

    # --- functions and their arguments -----------------------------------------------------------------------------

    def _function(
        self, dot: Result, node: IdentifierNode, command: _Node, arguments: Sequence[Operand], final: _Final
    ) -> Result:
        self._node = node
        return self._call(dot, self._functions[node.name], command, node.name, arguments[1:], final)

    def _call(
        self, dot: Result, function: GoFunction, node: _Node, name: str, arguments: Sequence[Operand], final: _Final
    ) -> Result:
        self._count(function, name, len(arguments), piped=not isinstance(final, _Missing))
        if name in ("and", "or") and function is BUILTINS[name]:
            return self._short_circuit(dot, name, arguments, final)
        values = [self._argument(dot, _parameter(function, number), node_) for number, node_ in enumerate(arguments)]
        if not isinstance(final, _Missing):
            values.append(self._validated(final, _parameter(function, len(arguments))))
        try:
            return function.call(*values)
        except CallError as error:
            self._node = node
            raise self._failure(f"error calling {name}: {error}") from None

    def _count(self, function: GoFunction, name: str, given: int, *, piped: bool) -> None:
        wanted = len(function.parameters)
        count = given + piped
        if function.variadic and count < wanted - 1:
            raise self._failure(f"wrong number of args for {name}: want at least {wanted - 1} got {given}")
        if not function.variadic and count != wanted:
            raise self._failure(f"wrong number of args for {name}: want {wanted} got {count}")

    def _short_circuit(self, dot: Result, name: str, arguments: Sequence[Operand], final: _Final) -> Result:
        value: Result = None
        for node in arguments:
            value = self._argument(dot, None, node)
            if is_true(value) == (name == "or"):
                return value
        return value if isinstance(final, _Missing) else final

    def _argument(self, dot: Result, wanted: GoType | None, node: Operand) -> Result:
        self._node = node
        if isinstance(node, NilNode):
            if wanted is not None and wanted.kind not in NILABLE:
                raise self._failure(f"cannot assign nil to {wanted.name}")
            return None if wanted is None else zero(wanted)
        if isinstance(node, DotNode):
            return self._validated(dot, wanted)
        if isinstance(node, (FieldNode, VariableNode, ChainNode)):
            return self._validated(self._names(dot, node, (node,), _MISSING), wanted)
        if isinstance(node, PipeNode):
            return self._validated(self._pipeline(dot, node), wanted)
        if isinstance(node, IdentifierNode):
            return self._validated(self._function(dot, node, node, (node,), _MISSING), wanted)
        return self._literal(node, wanted)

    def _literal(self, node: BoolNode | NumberNode | StringNode, wanted: GoType | None) -> GoValue:
        value = self._constant(node)
        if wanted in (None, ANY) or (wanted is not None and value.kind is wanted.kind):
            return value
        expected = {STRING: "string", INT: "integer", BOOL: "bool"}.get(wanted) if wanted is not None else None
        if expected is None:
            raise self._failure(f"can't handle {node} for arg of type {wanted.name if wanted else ''}")
        raise self._failure(f"expected {expected}; found {node}")

    def _validated(self, value: Result, wanted: GoType | None) -> Result:
        """What a parameter of that type gets: interfaces and pointers are followed once."""
        if wanted is None:
            return value
        if value is None:
            if wanted.kind in NILABLE:
                return zero(wanted)
            raise self._failure(f"invalid value; expected {wanted.name}")
        if value.type.assignable_to(wanted):
            return value
        inside = unwrap(value)
        if inside is not None and inside.type.assignable_to(wanted):
            return inside
        value = value if inside is None else inside
        if value.kind is GoKind.POINTER and value.type.of.assignable_to(wanted):
            if value.inside is None:
                raise self._failure(f"dereference of nil pointer of type {wanted.name}")
            return value.inside
        raise self._failure(f"wrong type for value; expected {wanted.name}; got {value.type.name}")


def _parameter(function: GoFunction, number: int) -> GoType | None:
    return function.parameters[min(number, len(function.parameters) - 1)]
