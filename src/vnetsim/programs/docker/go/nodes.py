"""The nodes of a template (text/template/parse/node.go)."""

from __future__ import annotations

from typing import TypeAlias

from vnetsim.values import frozen


@frozen
class Node:
    position: int


@frozen
class TextNode(Node):
    text: str


@frozen
class BoolNode(Node):
    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@frozen
class NumberNode(Node):
    """`value` is an int or a float; a character constant is an int."""

    value: int | float
    text: str

    def __str__(self) -> str:
        return self.text


@frozen
class StringNode(Node):
    value: str
    text: str

    def __str__(self) -> str:
        return self.text


@frozen
class DotNode(Node):
    def __str__(self) -> str:
        return "."


@frozen
class NilNode(Node):
    def __str__(self) -> str:
        return "nil"


@frozen
class FieldNode(Node):
    names: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@frozen
class VariableNode(Node):
    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.names)


@frozen
class IdentifierNode(Node):
    name: str

    def __str__(self) -> str:
        return self.name


@frozen
class ChainNode(Node):
    node: Operand
    names: tuple[str, ...]

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, PipeNode) else str(self.node)
        return inner + "".join(f".{name}" for name in self.names)


@frozen
class CommandNode(Node):
    arguments: tuple[Operand, ...]

    def __str__(self) -> str:
        return " ".join(f"({node})" if isinstance(node, PipeNode) else str(node) for node in self.arguments)


@frozen
class PipeNode(Node):
    commands: tuple[CommandNode, ...]
    declared: tuple[VariableNode, ...] = ()
    assigns: bool = False

    def __str__(self) -> str:
        names = ", ".join(str(variable) for variable in self.declared)
        head = f"{names} {'=' if self.assigns else ':='} " if names else ""
        return head + " | ".join(str(command) for command in self.commands)


@frozen
class ActionNode(Node):
    pipe: PipeNode

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


@frozen
class BranchNode(Node):
    """if, with or range, by `keyword`."""

    keyword: str
    pipe: PipeNode
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@frozen
class JumpNode(Node):
    """break or continue, by `keyword`."""

    keyword: str


@frozen
class EndNode(Node):
    def __str__(self) -> str:
        return "{{end}}"


@frozen
class ElseNode(Node):
    def __str__(self) -> str:
        return "{{else}}"


Operand: TypeAlias = (
    BoolNode
    | NumberNode
    | StringNode
    | DotNode
    | NilNode
    | FieldNode
    | VariableNode
    | IdentifierNode
    | ChainNode
    | PipeNode
)
Statement: TypeAlias = TextNode | ActionNode | BranchNode | JumpNode
