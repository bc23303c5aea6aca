"""The types of a project's fields: how each is read from a plain value and how it is written again.

Reading is mapstructure's with compose-go's hooks, writing is that of encoding/json and of go-yaml with the marshalers
of compose-go's types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

import attrs

from vnetsim.compose.golang import type_name
from vnetsim.compose.values import ComposeError, Timestamp, YamlMap, YamlValue
from vnetsim.values import define, frozen

_T = TypeVar("_T")
#: The key under which the `x-` keys of a mapping are kept, of a struct or of a mapping by name.
EXTENSIONS: Final = "#extensions"


@frozen
class Float32:
    """A number that is written with the digits of a Go float32."""

    value: float


@frozen
class Fields:
    """A struct's fields in their order; a dict is written with its keys sorted."""

    pairs: tuple[tuple[str, Plain], ...]


Plain: TypeAlias = "bool | int | float | str | Float32 | Timestamp | Fields | list[Plain] | dict[str, Plain] | None"


class FieldKind(Generic[_T]):
    """One type of field."""

    def __init__(
        self,
        zero: Callable[[], _T],
        decode: Callable[[YamlValue], _T],
        encode: Callable[[_T, bool], Plain],
        *,
        empty: Callable[[_T, bool], bool] | None = None,
    ) -> None:
        self.zero, self._decode, self.encode = zero, decode, encode
        self._empty = empty

    def decode(self, value: YamlValue, name: str) -> _T:
        if value is None:
            return self.zero()
        try:
            return self._decode(value)
        except FieldError:
            raise
        except ComposeError as error:
            raise FieldError(name, str(error)) from None

    def empty(self, value: _T, json: bool) -> bool:
        """Whether `omitempty` leaves it out."""
        return self._empty(value, json) if self._empty is not None else not value


class FieldError(ComposeError):
    """mapstructure's error about one field."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(
            f"decoding failed due to the following error(s):\n\n'{name}' {message}",
            tuple(name.replace("[", ".").replace("]", "").split(".")),
        )


# --- combinations --------------------------------------------------------------------------------------------------


def pointer(kind: FieldKind[_T]) -> FieldKind[_T | None]:
    """A Go pointer: None is nil, and a zero value is written."""

    def encode(value: _T | None, json: bool) -> Plain:
        return None if value is None else kind.encode(value, json)

    found = FieldKind[_T | None](lambda: None, lambda _: None, encode, empty=lambda value, _: value is None)
    found.decode = lambda value, name: None if value is None else kind.decode(value, name)  # type: ignore[method-assign]
    return found


class ListOf(FieldKind[list[_T]]):
    def __init__(self, kind: FieldKind[_T]) -> None:
        super().__init__(list, lambda _: [], lambda value, json: [kind.encode(item, json) for item in value])
        self.kind = kind

    def decode(self, value: YamlValue, name: str) -> list[_T]:
        if value is None:
            return []
        if not isinstance(value, list):
            shape = "map" if isinstance(value, dict) else type_name(value)
            raise FieldError(name, f"source data must be an array or slice, got {shape}")
        return [self.kind.decode(item, f"{name}[{index}]") for index, item in enumerate(value)]


class MapOf(FieldKind[dict[str, _T]]):
    def __init__(self, kind: FieldKind[_T]) -> None:
        def encode(value: dict[str, _T], json: bool) -> Plain:
            return {key: kind.encode(item, json) for key, item in value.items()}

        super().__init__(dict, lambda _: {}, encode)
        self.kind = kind

    def decode(self, value: YamlValue, name: str) -> dict[str, _T]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise FieldError(name, f"expected a map or struct, got '{type_name(value)}'")
        return {key: self.kind.decode(item, f"{name}[{key}]") for key, item in value.items()}


# --- structs -------------------------------------------------------------------------------------------------------


@frozen
class FieldTag:
    """`json` is the field's key in JSON if it differs from the name; `omit`: omitempty, unless `json_always` there."""

    kind: FieldKind[Any]
    omit: bool
    json: str
    json_always: bool


def field(kind: FieldKind[_T], *, omit: bool = True, json: str = "", json_always: bool = False) -> _T:
    """A field of a struct under its own name."""
    found: _T = attrs.field(factory=kind.zero, metadata={"compose": FieldTag(kind, omit, json, json_always)})
    return found


@define
class Extensible:
    """A struct with `x-` fields: written to YAML after all others, and not to JSON."""

    extensions: YamlMap = attrs.field(factory=dict)


_Class = TypeVar("_Class", bound=attrs.AttrsInstance)


class Struct(FieldKind[_Class]):
    """A class of fields; by value, it is never left out of JSON."""

    def __init__(self, cls: type[_Class]) -> None:
        super().__init__(cls, lambda _: cls(), self._fields, empty=self._is_zero)
        self.cls = cls
        self.tags: dict[str, FieldTag] = {
            attribute.name: attribute.metadata["compose"]
            for attribute in attrs.fields(cls)
            if "compose" in attribute.metadata
        }

    def decode(self, value: YamlValue, name: str) -> _Class:
        found = self.cls()
        if value is None:
            return found
        if not isinstance(value, dict):
            raise FieldError(name, f'expected a map or struct, got "{type_name(value)}"')
        for key, tag in self.tags.items():
            if key in value:
                setattr(found, key, tag.kind.decode(value[key], f"{name}.{key}" if name else key))
        if isinstance(found, Extensible):
            more = value.get(EXTENSIONS)
            found.extensions = more if isinstance(more, dict) else {}
        return found

    def _is_zero(self, value: _Class, json: bool) -> bool:
        if json:
            return False
        zero = all(tag.kind.empty(getattr(value, key), False) for key, tag in self.tags.items())
        return zero and not (isinstance(value, Extensible) and value.extensions)

    def _fields(self, value: _Class, json: bool) -> Plain:
        pairs: list[tuple[str, Plain]] = []
        for key, tag in self.tags.items():
            item = getattr(value, key)
            omit = tag.omit and not (json and tag.json_always)
            if not (omit and tag.kind.empty(item, json)):
                pairs.append(((json and tag.json) or key, tag.kind.encode(item, json)))
        if isinstance(value, Extensible) and not json:
            pairs += sorted(cast("list[tuple[str, Plain]]", list(value.extensions.items())))
        return Fields(tuple(pairs))
