"""Classes of values: attrs' `define` and `frozen`, of which attrs makes the methods when one is called first.

    @frozen
    class Hop:
        gateway: IPv4
        weight: int = 1

What attrs does for a class was a third of the time that an import of vnetsim took, and a process uses few of its
classes.  So the decorators make the class with its slots only.  The first call makes __init__ (`valueinit`); whoever
looks at the fields has attrs make the same class again, of which all is taken over but __repr__, __eq__ and __hash__,
which attrs makes on their own first calls: most classes are never printed, compared or hashed.  Whatever these
decorators do not cover is attrs' own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, overload

import attrs

from vnetsim.valueinit import FIELDS, Parameter, inherited, initializer, parameter

T = TypeVar("T")
#: Options with which attrs makes the class itself.
_OTHERWISE: Final = frozenset((
    "auto_detect", "cache_hash", "field_transformer", "on_setattr", "order", "str", "unsafe_hash",
))  # fmt: skip
#: What attrs makes of each class.
_LOOKED_AT: Final = ("__attrs_attrs__", "__match_args__")
_CALLED: Final = ("__init__", "__getstate__", "__setstate__")
#: Options that change nothing of __init__ that `valueinit` does not know.
_PLAIN_OPTIONS: Final = frozenset(("eq", "repr", "kw_only"))
#: How attrs' frozen classes refuse changes.
_FROZEN: Final = {name: vars(attrs.frozen(type("Frozen", (), {})))[name] for name in ("__setattr__", "__delattr__")}

#: Threads make their first values of a class one after the other.
_MAKING: Final = RLock()
#: Classes, and what was made of them on its first use: `__attrs_attrs__` for all that comes with the fields.
made_later: Final[list[tuple[type, str]]] = []

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
    if any(map(options.get, _OTHERWISE)) or not options.get("slots", True) or not _is_plain(cls, make):
        made: type = make(**options)(cls)
        return made
    own = vars(cls)
    prints = options.get("repr", True) and "__repr__" not in own
    compares = options.get("eq", True) and own.keys().isdisjoint(("__eq__", "__ne__", "__hash__"))
    left = {"repr": False} if prints else {}
    attrs_class = _AttrsClass(cls, make, options | left | ({"eq": False} if compares else {}))
    made = attrs_class.with_slots()
    later = ["__repr__"] * prints + ["__eq__"] * compares
    if compares and make is attrs.frozen:
        later.append("__hash__")
    elif compares:
        made.__hash__ = None  # type: ignore[assignment]
    for name in later:
        setattr(made, name, _on_first_call(made, name))
    return made


def _is_plain(cls: type, make: Callable[..., Any]) -> bool:
    """Whether slots, and methods that attrs makes, are all that it needs of attrs."""
    own = vars(cls)
    if issubclass(cls, BaseException) or any(name in own for name in ("__slots__", "__attrs_pre_init__")):
        return False
    if make is attrs.define and cls.__setattr__ is not object.__setattr__:
        return False  # a base is frozen
    return not any(
        isinstance(value, cached_property) or (isinstance(value, FIELDS) and name not in cls.__annotations__)
        for name, value in own.items()
    )


class _AttrsClass:
    """A class as it was written, of which attrs makes its own when something of that is used."""

    def __init__(self, cls: type, make: Callable[..., Any], options: dict[str, Any]) -> None:
        self._written: type | None = cls
        self._make, self._options = make, options
        self._cls: type = cls
        self._constructs = False

    def with_slots(self) -> type:
        """The class with the slots that attrs gives it, and with stubs of its methods."""
        cls, own = self._cls, vars(self._cls)
        fields = [name for name, kind in cls.__annotations__.items() if not _is_class_variable(kind)]
        inherited = {name for base in cls.__mro__[1:-1] for name in getattr(base, "__slots__", ())}
        body = {name: value for name, value in own.items() if name not in {*fields, "__dict__", "__weakref__"}}
        weak = () if any("__weakref__" in vars(base) for base in cls.__mro__[1:-1]) else ("__weakref__",)
        body |= {
            "__slots__": (*(name for name in fields if name not in inherited), *weak), "__qualname__": cls.__qualname__,
            **(_FROZEN if self._make is attrs.frozen else {}),
        }  # fmt: skip
        body |= {name: _OnFirstLook(self) for name in _LOOKED_AT if name not in own}
        body |= {name: self._stub(name) for name in _CALLED if name not in own and self._has(name)}
        self._cls = type(cls)(cls.__name__, cls.__bases__, body)
        _repoint(self._cls, cls)
        return self._cls

    def _has(self, method: str) -> bool:
        return method != "__init__" or bool(self._options.get("init", True))

    def _stub(self, name: str) -> Callable[..., Any]:
        def method(instance: object, *args: Any, **kwargs: Any) -> Any:
            if name == "__init__":
                self.construct()
            else:
                self.complete()
            return vars(self._cls)[name](instance, *args, **kwargs)

        return method

    def construct(self) -> None:
        """Make __init__, by attrs if a field needs it."""
        with _MAKING:
            if self._written is None or self._constructs:
                return
            parameters = self._parameters()
            if parameters is None:
                self.complete()
                return
            self._constructs = True
            made = initializer(self._cls, parameters, frozen=self._make is attrs.frozen)
            self._cls.__init__ = made  # type: ignore[misc]
            made_later.append((self._cls, "__init__"))

    def _parameters(self) -> list[Parameter] | None:
        """Those of all fields, in attrs' order: the bases' from the top down, then its own (_collect_base_attrs)."""
        found: dict[str, Parameter | None] = {}
        for base in reversed(self._cls.__mro__[:-1]):
            for name, each in _own_parameters(base):
                found.pop(name, None)
                found[name] = each
        known = [each for each in found.values() if each is not None]
        odd = hasattr(self._cls, "__attrs_pre_init__") or not self._options.keys() <= _PLAIN_OPTIONS
        # Whether `kw_only` is about inherited fields as well depends on the version of attrs.
        odd = odd or (bool(self._options.get("kw_only")) and not all(each.kw_only for each in known))
        return None if odd or len(known) < len(found) else known

    def own_parameters(self) -> Iterator[tuple[str, Parameter | None]]:
        written = self._written
        assert written is not None
        own, kw_only = vars(written), bool(self._options.get("kw_only"))
        for name, kind in written.__annotations__.items():
            if not _is_class_variable(kind):
                yield name, parameter(name, own.get(name, attrs.NOTHING), kw_only=kw_only)

    def complete(self) -> type:
        """The class, with what attrs made."""
        with _MAKING:
            written = self._written
            if written is not None:
                own = {*vars(written), *(["__init__"] * self._constructs)}
                made = vars(self._make(**self._options)(written))
                for name in (*_LOOKED_AT, *_CALLED):
                    if name in made and name not in own:
                        setattr(self._cls, name, made[name])
                self._written = None
                made_later.append((self._cls, "__attrs_attrs__"))
        return self._cls


def _own_parameters(cls: type) -> Iterator[tuple[str, Parameter | None]]:
    """Those that a class adds to its bases', or has instead of them; None for one that is left to attrs."""
    fields = vars(cls).get("__attrs_attrs__", ())
    if isinstance(fields, _OnFirstLook):
        yield from fields.attrs_class.own_parameters()
    else:
        yield from ((each.name, inherited(each)) for each in fields if not each.inherited)


class _OnFirstLook:
    """An attribute of a class that attrs makes: its fields, and their names for patterns."""

    def __init__(self, attrs_class: _AttrsClass) -> None:
        self.attrs_class = attrs_class

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return vars(self.attrs_class.complete())[self._name]


def evolved(value: T, **changes: Any) -> T:
    """attrs.evolve for what is done often: it reads the fields of a value at once."""
    cls: type = type(value)
    names, read = _arguments(cls)
    made: T = cls(**{**dict(zip(names, read(value), strict=True)), **changes})
    return made


@lru_cache(None)
def _arguments(cls: type) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    """The arguments of a class with two fields or more, and what gives their values in another one of the class."""
    given = [each for each in attrs.fields(cls) if each.init]
    return tuple(each.alias for each in given), attrgetter(*(each.name for each in given))


def _is_class_variable(kind: object) -> bool:
    return str(kind).strip("'\"").startswith(("ClassVar", "typing.ClassVar"))


def _repoint(cls: type, written: type) -> None:
    """What `super()` and `__class__` mean in the methods, in which the compiler wrote the class as it was written."""
    for value in vars(cls).values():
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        for cell in getattr(function, "__closure__", None) or ():
            try:
                if cell.cell_contents is written:
                    cell.cell_contents = cls
            except ValueError:  # it is empty
                continue


def _on_first_call(cls: type, name: str) -> Callable[..., Any]:
    def method(self: object, *others: object) -> Any:
        return _compiled(cls, name)(self, *others)

    return method


def _compiled(cls: type, name: str) -> Any:
    made = getattr(_with_methods(cls), name)
    setattr(cls, name, made)
    made_later.append((cls, name))
    return made


def make(some: Iterable[tuple[type, str]]) -> None:
    """What another process made of these classes, unless it was made here."""
    known = set(made_later)
    for cls, name in some:
        if (cls, name) in known:
            continue
        if name == "__attrs_attrs__":
            attrs.fields(cls)
        elif name == "__init__":
            construct(cls)
        else:
            _compiled(cls, name)


def construct(cls: type) -> None:
    """Make __init__ of a class that was not used."""
    fields = vars(cls)["__attrs_attrs__"]
    if isinstance(fields, _OnFirstLook):
        fields.attrs_class.construct()


def _with_methods(cls: type) -> type:
    """A class with the same attributes, and with the methods that attrs makes of them."""
    same = {
        each.name: attrs.field(repr=each.repr, eq=each.eq_key or each.eq, hash=each.hash, init=False)
        for each in attrs.fields(cls)
    }
    return attrs.define(these=same, slots=False, init=False, unsafe_hash=True)(type(cls.__name__, (), {}))


class made_on_first_use(Generic[T]):  # noqa: N801 -- a decorator, as property
    """An attribute that is made when it is first read: functools.cached_property without a `__dict__` of its own."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> made_on_first_use[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> made_on_first_use[T] | T:
        if instance is None:
            return self
        value = self._make(instance)
        setattr(instance, self._name, value)
        return value
