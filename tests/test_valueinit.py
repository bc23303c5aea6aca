"""__init__ of a class of values takes the arguments, and does with them, what attrs' does."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from threading import Thread
from typing import Any, ClassVar

import attrs
import pytest

from vnetsim import valueinit, values

Decorate = Callable[..., Any]


def plain(define: Decorate, _frozen: Decorate) -> type:
    @define
    class Value:
        limit: ClassVar[int] = 3
        one: int
        _two: list[int] = attrs.field(factory=list)
        three: int = attrs.field(default=3, init=False)
        four: dict[str, int] = attrs.field(factory=dict, init=False)
        five: int = attrs.field(default=5, kw_only=True)

    return Value


def fixed(_define: Decorate, frozen: Decorate) -> type:
    @frozen(kw_only=True)
    class Above:
        one: int
        two: int = 2

    @frozen(kw_only=True)
    class Value(Above):
        two: int = 7
        three: list[int] = attrs.field(factory=list)
        four: int = attrs.field(default=3, init=False)

    return Value


def finished(define: Decorate, _frozen: Decorate) -> type:
    @define
    class Value:
        one: int
        twice: int = attrs.field(init=False)

        def __attrs_post_init__(self) -> None:
            self.twice = 2 * self.one

    return Value


def mixed(_define: Decorate, frozen: Decorate) -> type:
    """A base of which attrs itself made the class."""

    @attrs.frozen
    class Above:
        one: int
        two: int = 2

    @frozen
    class Value(Above):
        one: int = 4

    return Value


def empty(define: Decorate, _frozen: Decorate) -> type:
    @define
    class Value: ...

    return Value


#: Arguments and keywords: what __init__ takes, and what it refuses.
CALLS: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((), {}), ((1,), {}), ((1, 2), {}), ((1, 2, 3), {}), ((), {"one": 1}), ((), {"one": 1, "three": [3]}),
    ((1,), {"two": [4]}), ((1,), {"five": 6}), ((1,), {"other": 1}), ((1,), {"_two": 1}),
)  # fmt: skip


def outcome(cls: type, arguments: tuple[int, ...], keywords: dict[str, Any]) -> Any:
    try:
        value = cls(*arguments, **keywords)
    except TypeError:
        return TypeError
    return {name: getattr(value, name) for name in (each.name for each in attrs.fields(cls))}


@pytest.mark.parametrize("kind", [plain, fixed, finished, mixed, empty])
def test_it_takes_and_refuses_what_that_of_attrs_does(kind: Callable[[Decorate, Decorate], type]) -> None:
    ours, theirs = kind(values.define, values.frozen), kind(attrs.define, attrs.frozen)
    values.construct(ours)
    assert vars(ours)["__init__"].__code__.co_filename.startswith("<__init__ of "), ours
    for arguments, keywords in CALLS:
        assert outcome(ours, arguments, keywords) == outcome(theirs, arguments, keywords), (arguments, keywords)


def positive(_value: object, _field: object, value: int) -> None:
    assert value > 0


#: Fields that are left to attrs, an argument for them, and what they have then.
LEFT: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "converter": (attrs.field(converter=int), {"one": "1"}, 1),
    "validator": (attrs.field(validator=positive), {"one": 1}, 1),
    "takes_self": (attrs.field(default=attrs.Factory(lambda self: type(self).__name__, takes_self=True)), {}, "Value"),
    "alias": (attrs.field(alias="first"), {"first": 1}, 1),
}


@pytest.mark.parametrize("name", LEFT)
def test_a_field_of_another_kind_is_left_to_attrs(name: str) -> None:
    field, given, had = LEFT[name]

    @values.frozen
    class Value:
        one: Any = field

    assert valueinit.parameter("one", field) is None
    assert Value(**given).one == had
    assert Value.__init__.__code__.co_filename.startswith("<attrs generated")


def expected(cls: type) -> list[tuple[str, bool, Any]]:
    """Name of each argument, whether it is one by name only, and its default, from the fields of attrs."""
    fields = [each for each in attrs.fields(cls) if each.init]
    ordered = [each for each in fields if not each.kw_only] + [each for each in fields if each.kw_only]
    return [
        (each.alias, each.kw_only, attrs.NOTHING if isinstance(each.default, attrs.Factory) else each.default)  # type: ignore[arg-type]
        for each in ordered
    ]


def test_each_class_here_takes_the_arguments_that_its_fields_say() -> None:
    for package in ("lab", "netfilter.extensions.xt_tcpudp", "programs.docker.commands"):
        importlib.import_module(f"vnetsim.{package}")
    modules = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("vnetsim.")]
    classes = {value for names in modules for value in names.values() if isinstance(value, type)}
    known = [cls for cls in classes if "__attrs_attrs__" in vars(cls) and "__init__" in vars(cls)]
    seen = 0
    for cls in known:
        values.construct(cls)
        if not cls.__init__.__code__.co_filename.startswith("<__init__ of "):  # type: ignore[misc]
            continue
        seen += 1
        taken = [
            (each.name, each.kind is each.KEYWORD_ONLY, attrs.NOTHING if each.default is each.empty else each.default)
            for each in list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
        ]
        assert taken == expected(cls), cls
    assert seen > 150, seen


def test_values_of_a_class_that_another_process_constructed_are_made_the_same_way() -> None:
    made = plain(values.define, values.frozen)
    values.make([(made, "__init__"), (made, "__init__")])
    assert made.__init__.__code__.co_filename.startswith("<__init__ of ")  # type: ignore[misc]
    assert (made, "__init__") in values.made_later


def test_a_factory_is_one_without_a_field_too() -> None:
    @values.define
    class Value:
        one: list[int] = attrs.Factory(list)

    assert Value().one == []


@pytest.mark.parametrize("option", ["on_setattr", "field_transformer"])
def test_a_class_with_hooks_is_left_to_attrs(option: str) -> None:
    hooks: dict[str, Any] = {
        "on_setattr": attrs.setters.frozen,
        "field_transformer": lambda _cls, fields: [each.evolve(on_setattr=attrs.setters.frozen) for each in fields],
    }

    @values.define(**{option: hooks[option]})
    class Value:
        one: int

    value = Value(1)
    with pytest.raises(attrs.exceptions.FrozenAttributeError):
        value.one = 2


def test_threads_may_make_the_first_values_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them writes __init__ while the other comes to the stub."""
    cls = plain(values.define, values.frozen)
    others: list[Thread] = []
    made: list[Any] = []

    def initializer(*args: Any, **kwargs: Any) -> Callable[..., None]:
        if not others:
            others.append(Thread(target=lambda: made.append(cls(2))))
            others[0].start()
            others[0].join(0.01)
        return valueinit.initializer(*args, **kwargs)

    monkeypatch.setattr(values, "initializer", initializer)
    assert cls(1).one == 1
    others[0].join()
    assert [each.one for each in made] == [2]
