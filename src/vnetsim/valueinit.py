"""`__init__` of a class of values, as attrs writes it (attr._make), without what else attrs makes of a class.

attrs looks at each option of each field, makes a class for their tuple, and the class itself once more.  Where only
values of a class are made, __init__ alone takes a third of that time.

Left to attrs: fields with converters, validators, hooks on assignment, factories that take the object, or a name of
their own for the argument, and classes with `__attrs_pre_init__`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MemberDescriptorType
from typing import Any, Final, NamedTuple

import attrs

#: What attrs.field() gives.
FIELDS: Final = (type(attrs.field()),)


class Parameter(NamedTuple):
    """A field, as __init__ sets it: `default` is attrs.NOTHING for one without, or with a factory."""

    name: str
    default: Any = attrs.NOTHING
    factory: Callable[[], Any] | None = None
    init: bool = True
    kw_only: bool = False

    @property
    def alias(self) -> str:
        return self.name.lstrip("_")


def parameter(name: str, field: Any, *, kw_only: bool = False) -> Parameter | None:
    """That of what follows the name in a class; None if it is left to attrs."""
    if isinstance(field, attrs.Factory):  # type: ignore[arg-type]  # a class, to mypy a function
        field = attrs.field(default=field)
    if type(field) not in FIELDS:
        return Parameter(name, field, kw_only=kw_only)
    default, validator = (getattr(field, private, field) for private in ("_default", "_validator"))
    return None if validator is not None else _of(name, field, default, kw_only=kw_only)


def inherited(field: attrs.Attribute[Any]) -> Parameter | None:
    """That of a field which attrs made."""
    return None if field.validator is not None else _of(field.name, field, field.default)


def _of(name: str, field: Any, default: Any, *, kw_only: bool = False) -> Parameter | None:
    found = Parameter(name, default, None, field.init, kw_only or bool(field.kw_only))
    if field.alias not in (None, found.alias) or field.converter is not None or field.on_setattr is not None:
        return None
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class, to mypy a function
        return found
    return None if default.takes_self else found._replace(default=attrs.NOTHING, factory=default.factory)


def initializer(cls: type, parameters: Iterable[Parameter], *, frozen: bool) -> Callable[..., None]:
    """The function.  One of a frozen class goes past its __setattr__, to the slots where there are some."""
    known: dict[str, Any] = {"_NOTHING": attrs.NOTHING, "_past": object.__setattr__.__get__}
    positional: list[str] = []
    by_name: list[str] = []
    lines: list[str] = []
    for each in parameters:
        if not each.init and each.factory is None and each.default is attrs.NOTHING:
            continue
        argument, value = _written(each, known)
        if each.init:
            (by_name if each.kw_only else positional).append(argument)
        slot = getattr(cls, each.name, None)
        if not frozen:
            lines.append(f"self.{each.name} = {value}")
        elif isinstance(slot, MemberDescriptorType):
            known[f"_set_{each.name}"] = slot.__set__
            lines.append(f"_set_{each.name}(self, {value})")
        else:
            lines.append(f"_past(self)({each.name!r}, {value})")
    if hasattr(cls, "__attrs_post_init__"):
        lines.append("self.__attrs_post_init__()")
    arguments = ", ".join(["self", *positional, *(["*", *by_name] if by_name else [])])
    source = f"def __init__({arguments}):\n    " + "\n    ".join(lines or ["pass"])
    return _compiled(source, cls, known)


def _written(each: Parameter, known: dict[str, Any]) -> tuple[str, str]:
    """A parameter with its default, and the value that the field gets; they mean what `known` gets."""
    if each.factory is not None:
        known[f"_make_{each.name}"] = each.factory
        made = f"_make_{each.name}()"
        return f"{each.alias}=_NOTHING", f"{made} if {each.alias} is _NOTHING else {each.alias}" if each.init else made
    if each.default is attrs.NOTHING:
        return each.alias, each.alias
    known[f"_default_{each.name}"] = each.default
    return f"{each.alias}=_default_{each.name}", each.alias if each.init else f"_default_{each.name}"


def _compiled(source: str, cls: type, known: Mapping[str, Any]) -> Callable[..., None]:
    names = {**known, "__name__": cls.__module__}
    exec(compile(source, f"<__init__ of {cls.__module__}.{cls.__qualname__}>", "exec"), names)
    made: Callable[..., None] = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made
