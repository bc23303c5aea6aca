"""A shell's variables: values, attributes, arrays."""

from __future__ import annotations

from vnetsim.shell.arrays import Array, Key
from vnetsim.values import frozen


@frozen
class Variable:
    """`array` instead of a value, if it is one."""

    value: str
    exported: bool = False
    readonly: bool = False
    array: Array | None = None

    @property
    def letters(self) -> str:
        """Its attributes, as `declare` writes them."""
        kind = "" if self.array is None else "A" if self.array.associative else "a"
        return kind + ("r" if self.readonly else "") + ("x" if self.exported else "")


def as_array(variable: Variable | None, *, associative: bool = False) -> Array:
    """A variable as an array: a plain value is its element 0."""
    if variable is None:
        return Array(associative=associative, given=False)
    if variable.array is not None:
        return variable.array
    first: Key = "0" if associative else 0
    return Array({first: variable.value}, associative)
