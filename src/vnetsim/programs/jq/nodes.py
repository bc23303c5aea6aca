"""The filters of jq as trees that are evaluated: each gives values, or paths with values (execute.c of jq 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from vnetsim.budget import Meter
from vnetsim.errors import NotModelled
from vnetsim.programs.jq.operators import arithmetic, length_of
from vnetsim.programs.jq.values import JqBreak, JqError, Value, beginning, get, is_true, items, order, set_at
from vnetsim.values import frozen

#: Variables as `$name`, functions as `name/number of parameters`.
Scope: TypeAlias = "Mapping[str, Value | Closure]"
Path: TypeAlias = "list[Value] | None"
#: Paths are None where they are not needed, and where a value comes from no path.
Found: TypeAlias = "Iterator[tuple[Path, Value]]"


#: In a scope: the Meter of what a program may do, which is not bounded without one.
METER: Final = ""
#: What one step of a program costs: it takes time, and may leave a value behind.
_STEPS: Final = 10


def charge(scope: Scope) -> None:
    """One step of a program: whatever takes long or gives many values takes many of them."""
    meter = scope.get(METER)
    if isinstance(meter, Meter):
        meter.charge_steps(_STEPS)


class JqFilter:
    """`at` gives paths and values for an input that is at `path`."""

    __slots__ = ()

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        if path is not None:
            raise JqError(f"Invalid path expression with result {beginning(value)}")
        for found in self.run(scope, value):
            yield None, found

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        for _, found in self.at(scope, None, value):
            yield found


@frozen(eq=False)
class Closure:
    """A function, or a filter that is an argument, with the scope in which it was written."""

    names: tuple[str, ...]
    body: JqFilter
    scope: Scope
    #: By which it calls itself.
    name: str = ""


class Identity(JqFilter):
    __slots__ = ()

    def at(self, _scope: Scope, path: Path, value: Value) -> Found:
        yield path, value


@frozen(eq=False)
class JqLiteral(JqFilter):
    value: Value

    def at(self, _scope: Scope, path: Path, _value: Value) -> Found:
        """`null` and others that are no path may still be read, as in `path(if … then .a else null end)`."""
        if path is not None and self.value is not None:
            raise JqError(f"Invalid path expression with result {beginning(self.value)}")
        yield path if self.value is None else None, self.value


@frozen(eq=False)
class JqPipe(JqFilter):
    left: JqFilter
    right: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        for where, found in self.left.at(scope, path, value):
            charge(scope)
            yield from self.right.at(scope, where, found)


@frozen(eq=False)
class Comma(JqFilter):
    left: JqFilter
    right: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        charge(scope)
        yield from self.left.at(scope, path, value)
        yield from self.right.at(scope, path, value)


@frozen(eq=False)
class JqIndex(JqFilter):
    """`quiet`: what has no such key gives nothing."""

    term: JqFilter
    key: JqFilter
    quiet: bool = False

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        for where, found in self.term.at(scope, path, value):
            for key in self.key.run(scope, value):
                try:
                    inner = get(found, key)
                except JqError:
                    if self.quiet:
                        continue
                    raise
                yield None if where is None else [*where, key], inner


@frozen(eq=False)
class Slice(JqFilter):
    term: JqFilter
    start: JqFilter
    end: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        for where, found in self.term.at(scope, path, value):
            for end in self.end.run(scope, value):
                for start in self.start.run(scope, value):
                    key = {"start": start, "end": end}
                    yield None if where is None else [*where, key], get(found, key)


@frozen(eq=False)
class Iterate(JqFilter):
    term: JqFilter
    quiet: bool = False

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        for where, found in self.term.at(scope, path, value):
            if self.quiet and not isinstance(found, (list, dict)):
                continue
            for key, each in items(found):
                charge(scope)
                yield None if where is None else [*where, key], each


class Recurse(JqFilter):
    """`..`"""

    __slots__ = ()

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        charge(scope)
        yield path, value
        if isinstance(value, (list, dict)):
            for key, each in items(value):
                yield from self.at(scope, None if path is None else [*path, key], each)


@frozen(eq=False)
class Optional(JqFilter):
    """`TERM?` and `try A catch B`."""

    body: JqFilter
    handler: JqFilter | None = None

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        try:
            yield from self.body.at(scope, path, value)
        except JqError as error:
            if self.handler is not None:
                yield from self.handler.at(scope, None, error.value)


@frozen(eq=False)
class Alternative(JqFilter):
    left: JqFilter
    right: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        some = False
        for where, found in self.left.at(scope, path, value):
            if is_true(found):
                some = True
                yield where, found
        if not some:
            yield from self.right.at(scope, path, value)


@frozen(eq=False)
class JqIf(JqFilter):
    test: JqFilter
    yes: JqFilter
    no: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        for found in self.test.run(scope, value):
            yield from (self.yes if is_true(found) else self.no).at(scope, path, value)


@frozen(eq=False)
class Logic(JqFilter):
    """`and`, `or`."""

    left: JqFilter
    right: JqFilter
    ends_with: bool

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        for found in self.left.run(scope, value):
            if is_true(found) == self.ends_with:
                yield self.ends_with
            else:
                yield from (is_true(each) for each in self.right.run(scope, value))


_COMPARISONS: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "==": lambda left, right: order(left) == order(right),
    "!=": lambda left, right: order(left) != order(right),
    "<": lambda left, right: order(left) < order(right),
    "<=": lambda left, right: order(left) <= order(right),
    ">": lambda left, right: order(left) > order(right),
    ">=": lambda left, right: order(left) >= order(right),
}


def operation(name: str, left: Value, right: Value) -> Value:
    compare = _COMPARISONS.get(name)
    return compare(left, right) if compare is not None else arithmetic(name, left, right)


@frozen(eq=False)
class JqOperator(JqFilter):
    name: str
    left: JqFilter
    right: JqFilter

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        for right in self.right.run(scope, value):
            for left in self.left.run(scope, value):
                meter = scope.get(METER)
                if isinstance(meter, Meter):
                    meter.check_string(length_of(self.name, left, right))
                yield operation(self.name, left, right)


@frozen(eq=False)
class MakeArray(JqFilter):
    body: JqFilter | None

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        yield [] if self.body is None else list(self.body.run(scope, value))


@frozen(eq=False)
class MakeObject(JqFilter):
    entries: tuple[tuple[JqFilter, JqFilter], ...]

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        yield from self._with(scope, value, self.entries)

    def _with(self, scope: Scope, value: Value, entries: tuple[tuple[JqFilter, JqFilter], ...]) -> Iterator[Value]:
        if not entries:
            yield {}
            return
        *others, (key_filter, value_filter) = entries
        for before in self._with(scope, value, tuple(others)):
            for key in key_filter.run(scope, value):
                if not isinstance(key, str):
                    raise JqError("Object keys must be strings")
                for each in value_filter.run(scope, value):
                    yield {**before, key: each}


@frozen(eq=False)
class Text(JqFilter):
    """A string with `\\(...)` in it; `write` makes text of a value."""

    parts: tuple[str | JqFilter, ...]
    write: Callable[[Value], str]

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        yield from self._with(scope, value, self.parts)

    def _with(self, scope: Scope, value: Value, parts: tuple[str | JqFilter, ...]) -> Iterator[str]:
        if not parts:
            yield ""
            return
        *before, last = parts
        if isinstance(last, str):
            yield from (text + last for text in self._with(scope, value, tuple(before)))
            return
        for found in last.run(scope, value):
            yield from (text + self.write(found) for text in self._with(scope, value, tuple(before)))


@frozen(eq=False)
class JqVariable(JqFilter):
    name: str

    def run(self, scope: Scope, _value: Value) -> Iterator[Value]:
        yield scope[self.name]


@frozen(eq=False)
class Bind(JqFilter):
    """`SOURCE as $name | BODY`; a pattern is a function that takes a value apart."""

    source: JqFilter
    pattern: Callable[[Scope, Value], Iterator[dict[str, Value]]]
    body: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        for found in self.source.run(scope, value):
            for bound in self.pattern(scope, found):
                yield from self.body.at({**scope, **bound}, path, value)


@frozen(eq=False)
class Reduce(JqFilter):
    """`reduce` and `foreach`, which gives each state as `extract` makes it."""

    source: JqFilter
    pattern: Callable[[Scope, Value], Iterator[dict[str, Value]]]
    start: JqFilter
    update: JqFilter
    extract: JqFilter | None = None
    each: bool = False

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        for first in self.start.run(scope, value):
            state = first
            for found in self.source.run(scope, value):
                for bound in self.pattern(scope, found):
                    inner = {**scope, **bound}
                    for changed in list(self.update.run(inner, state)):
                        state = changed
                        if self.each:
                            yield from (self.extract or Identity()).run(inner, state)
            if not self.each:
                yield state


@frozen(eq=False)
class Define(JqFilter):
    name: str
    names: tuple[str, ...]
    function: JqFilter
    body: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        key = f"{self.name}/{len(self.names)}"
        yield from self.body.at({**scope, key: Closure(self.names, self.function, scope, key)}, path, value)


@frozen(eq=False)
class Call(JqFilter):
    """A function that the program defines, or a parameter of one."""

    name: str
    arguments: tuple[JqFilter, ...]

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        charge(scope)
        found = scope[f"{self.name}/{len(self.arguments)}"]
        assert isinstance(found, Closure)
        inner = {**found.scope, **({found.name: found} if found.name else {})}
        yield from self._with(scope, inner, list(zip(found.names, self.arguments, strict=True)), found, path, value)

    def _with(
        self, scope: Scope, inner: dict[str, Value], arguments: list[tuple[str, JqFilter]], found: Closure, path: Path,
        value: Value,
    ) -> Found:  # fmt: skip
        if not arguments:
            yield from found.body.at(inner, path, value)
            return
        (name, argument), *rest = arguments
        plain = name.removeprefix("$")
        for given in argument.run(scope, value) if name != plain else (None,):
            bound: dict[str, Value] = {name: given} if name != plain else {}
            closure = Closure((), JqLiteral(given) if name != plain else argument, scope)
            yield from self._with(scope, {**inner, **bound, f"{plain}/0": closure}, rest, found, path, value)


@frozen(eq=False)
class Label(JqFilter):
    name: str
    body: JqFilter

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        label = object()
        try:
            yield from self.body.at({**scope, f"*{self.name}": label}, path, value)
        except JqBreak as ended:
            if ended.label is not label:
                raise


@frozen(eq=False)
class BreakFrom(JqFilter):
    name: str

    def at(self, scope: Scope, _path: Path, _value: Value) -> Found:
        yield from ()
        raise JqBreak(scope[f"*{self.name}"])


@frozen(eq=False)
class Update(JqFilter):
    """`A |= B`, `A = B`, `A += B` and the like."""

    operator: str
    target: JqFilter
    source: JqFilter

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        if self.operator == "|=":
            changed = value
            for path, _ in list(self.target.at(scope, [], value)):
                assert path is not None
                new = next(self.source.run(scope, _at(changed, path)), None)
                changed = set_at(changed, path, new)
            yield changed
            return
        for given in self.source.run(scope, value):
            changed = value
            for path, _ in list(self.target.at(scope, [], value)):
                assert path is not None
                before = _at(changed, path)
                changed = set_at(changed, path, self._new(before, given))
            yield changed

    def _new(self, before: Value, given: Value) -> Value:
        if self.operator == "=":
            return given
        if self.operator == "//=":
            return before if is_true(before) else given
        return operation(self.operator[:-1], before, given)


def _at(value: Value, path: list[Value]) -> Value:
    for key in path:
        value = None if value is None else get(value, key)
    return value


@frozen(eq=False)
class Native(JqFilter):
    """A function of jq's own: `function` gets all arguments' values, in their combinations.

    NotModelled for kinds of values that it is not for.
    """

    function: Callable[..., Value]
    arguments: tuple[JqFilter, ...]
    name: str = ""

    def run(self, scope: Scope, value: Value) -> Iterator[Value]:
        yield from self._with(scope, value, self.arguments, ())

    def _with(
        self, scope: Scope, value: Value, rest: tuple[JqFilter, ...], given: tuple[Value, ...]
    ) -> Iterator[Value]:
        if not rest:
            try:
                found = self.function(value, *given)
            except (TypeError, ValueError, AttributeError, KeyError, OverflowError):
                raise NotModelled(f"jq: {self.name} of {beginning(value)}") from None
            yield found
            return
        for found in rest[-1].run(scope, value):
            yield from self._with(scope, value, rest[:-1], (found, *given))


@frozen(eq=False)
class Special(JqFilter):
    """A function that gets its arguments as filters, and paths where they are asked for."""

    function: Callable[..., Found]
    arguments: tuple[JqFilter, ...]

    def at(self, scope: Scope, path: Path, value: Value) -> Found:
        yield from self.function(scope, path, value, *self.arguments)
