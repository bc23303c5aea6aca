"""A class of `vnetsim.values` is what attrs makes of it; only that its methods are compiled when they are called."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim import values

Decorate = Callable[..., Any]


def plain(define: Decorate, _frozen: Decorate) -> type:
    @define
    class Value:
        one: int
        _other: str = "b"

    return Value


def fixed(_define: Decorate, frozen: Decorate) -> type:
    @frozen
    class Value:
        one: int
        _other: str = "b"

    return Value


def with_left_out(_define: Decorate, frozen: Decorate) -> type:
    @frozen
    class Value:
        one: int = attrs.field(eq=abs, repr=hex)
        other: str = attrs.field(default="b", eq=False, repr=False)

    return Value


def inherited(_define: Decorate, frozen: Decorate) -> type:
    @frozen
    class Above:
        one: int

    @frozen
    class Value(Above):
        other: str = "b"

    return Value


def same_as_above(_define: Decorate, frozen: Decorate) -> type:
    @frozen
    class Above:
        one: int
        other: str = "b"

    class Value(Above):
        __slots__ = ()

    return Value


def by_identity(define: Decorate, _frozen: Decorate) -> type:
    @define(eq=False)
    class Value:
        one: int
        other: str = "b"

    return Value


def with_its_own(_define: Decorate, frozen: Decorate) -> type:
    @frozen(kw_only=False)
    class Value:
        one: int
        other: str = "b"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Value) and other.one == self.one

        def __hash__(self) -> int:
            return self.one

        def __repr__(self) -> str:
            return f"<{self.one}>"

    return Value


def ordered(_define: Decorate, frozen: Decorate) -> type:
    @frozen(order=True)
    class Value:
        one: int
        other: str = "b"

    return Value


def raised(define: Decorate, _frozen: Decorate) -> type:
    @define(auto_exc=True, str=False)
    class Value(Exception):
        one: int
        other: str = "b"

    return Value


def empty(_define: Decorate, frozen: Decorate) -> type:
    @frozen
    class Value:
        def __new__(cls, *_: object) -> Any:
            return object.__new__(cls)

        def __init__(self, *_: object) -> None: ...

    return Value


KINDS = (
    plain, fixed, with_left_out, inherited, same_as_above, by_identity, with_its_own, ordered, raised, empty,
)  # fmt: skip


#: In which order the methods are called first.
_ORDERS = st.permutations(range(4))


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.tuples(st.integers(-1, 1), st.sampled_from("ab")), min_size=1, max_size=4), _ORDERS)
def test_it_does_what_a_class_of_attrs_does(
    kind: Callable[[Decorate, Decorate], type], arguments: list[tuple[int, str]], order: list[int]
) -> None:
    ours, theirs = kind(values.define, values.frozen), kind(attrs.define, attrs.frozen)
    mine, others = [ours(*each) for each in arguments], [theirs(*each) for each in arguments]

    def look(items: list[Any], what: int) -> Any:
        if what == 0:
            return [repr(item).replace("_", "") for item in items]
        if what == 1:
            return [one == other for one in items for other in items]
        if what == 2:
            return [one != other for one in items for other in items]
        return outcome(lambda: [[hash(one) == hash(other) for one in items] for other in items])

    for what in order:
        assert look(mine, what) == look(others, what)
    for one, other in zip(mine, others, strict=True):
        assert (one == 7, one == other, one.__eq__(other)) == (False, False, other.__eq__(one))


def _tuple(items: Iterable[int]) -> tuple[int, ...]:
    return tuple(items)


@values.frozen
class Hop:
    """A value that can be found by its name, as pickle needs it."""

    gateway: str
    weights: tuple[int, ...] = attrs.field(converter=_tuple, default=())


def test_a_value_is_changed_copied_and_stored_as_one_of_attrs() -> None:
    hop = Hop("10.0.0.1", [1, 2])
    assert [field.name for field in attrs.fields(Hop)] == ["gateway", "weights"]
    assert attrs.evolve(hop, gateway="10.0.0.2") == Hop("10.0.0.2", (1, 2)) != hop
    assert pickle.loads(pickle.dumps(hop)) == copy.copy(hop) == hop
    assert str(hop) == "Hop(gateway='10.0.0.1', weights=(1, 2))"
    assert {hop: 1}[Hop("10.0.0.1", (1, 2))] == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        hop.gateway = ""  # type: ignore[misc]
    assert not hasattr(hop, "__dict__")


def test_a_method_is_compiled_once_and_stays() -> None:
    made = fixed(values.define, values.frozen)
    first = made.__eq__
    assert made(1) == made(1)
    compiled = made.__eq__
    assert compiled is not first
    assert made(1) != made(2)
    assert made.__eq__ is compiled


def test_a_value_with_changes_is_that_of_attrs() -> None:
    hop = Hop("10.0.0.1", [1, 2])
    assert values.evolved(hop, gateway="10.0.0.2") == attrs.evolve(hop, gateway="10.0.0.2")
    assert values.evolved(hop) == hop
    with pytest.raises(TypeError, match="unexpected keyword argument 'weight'"):
        values.evolved(hop, weight=1)


class Holder:
    def __init__(self) -> None:
        self.made: list[str] = []

    @values.made_on_first_use
    def table(self) -> dict[str, int]:
        self.made.append("table")
        return {}


def test_what_is_made_on_first_use_is_made_once_and_stays() -> None:
    holder, other = Holder(), Holder()
    assert holder.made == []
    holder.table["a"] = 1
    assert holder.table == {"a": 1}
    assert holder.made == ["table"]
    assert other.table == {}
    assert isinstance(Holder.table, values.made_on_first_use)
