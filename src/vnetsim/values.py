"""Classes of values: attrs' `define` and `frozen`, with methods that are compiled when they are first called.

    @frozen
    class Hop:
        gateway: IPv4
        weight: int = 1

attrs compiles the methods of a class when the class is made, which was half of the time that an import of vnetsim took.
Most classes are never printed, compared or hashed in a process.  So __repr__, __eq__ and __hash__ are those of attrs
still, but made by it on their first call.  All else, and whatever these options do not cover, is attrs' own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import attrs

#: Options with which attrs makes the methods itself.
_OTHERWISE: Final = frozenset(("auto_detect", "cache_hash", "order", "str", "unsafe_hash"))

if TYPE_CHECKING:
    from attrs import define as define  # noqa: PLC0414
    from attrs import frozen as frozen  # noqa: PLC0414
else:

    def define(cls: type | None = None, /, **options: Any) -> Any:
        return _decorated(attrs.define, cls, options)

    def frozen(cls: type | None = None, /, **options: Any) -> Any:
        return _decorated(attrs.frozen, cls, options)


def _decorated(make: Callable[..., Any], cls: type | None, options: dict[str, Any]) -> Any:
    def decorate(cls: type) -> type:
        return _made(make, cls, options)

    return decorate if cls is None else decorate(cls)


def _made(make: Callable[..., Any], cls: type, options: dict[str, Any]) -> type:
    if any(map(options.get, _OTHERWISE)) or issubclass(cls, BaseException):
        made: type = make(**options)(cls)
        return made
    own = vars(cls)
    prints = options.get("repr", True) and "__repr__" not in own
    compares = options.get("eq", True) and own.keys().isdisjoint(("__eq__", "__ne__", "__hash__"))
    left = {"repr": False} if prints else {}
    made = make(**options | left | ({"eq": False} if compares else {}))(cls)
    later = ["__repr__"] * prints + ["__eq__"] * compares
    if compares and make is attrs.frozen:
        later.append("__hash__")
    elif compares:
        made.__hash__ = None  # type: ignore[assignment]
    for name in later:
        setattr(made, name, _on_first_call(made, name))
    return made


def _on_first_call(cls: type, name: str) -> Callable[..., Any]:
    def method(self: object, *others: object) -> Any:
        made = getattr(_with_methods(cls), name)
        setattr(cls, name, made)
        return made(self, *others)

    return method


def _with_methods(cls: type) -> type:
    """A class with the same attributes, and with the methods that attrs makes of them."""
    same = {
        each.name: attrs.field(repr=each.repr, eq=each.eq_key or each.eq, hash=each.hash, init=False)
        for each in attrs.fields(cls)
    }
    return attrs.define(these=same, slots=False, init=False, unsafe_hash=True)(type(cls.__name__, (), {}))
