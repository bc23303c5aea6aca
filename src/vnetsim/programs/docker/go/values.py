"""Go values as package reflect sees them: a type and its data.

The docker command evaluates `--format` templates over Go structures, so field names, named types (`nat.Port` is not
`string`), nil slices and pointers decide what is printed and which sentence an error gets.  Not modelled: channels,
functions, complex numbers, unexported fields, generics.

Data by kind: bool, int, float or str; a tuple of Value for slices and arrays, a dict for maps and structures, a Value
for pointers and interfaces.  None is nil.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import attrs

#: What a JSON document is in Python.
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class Kind(enum.Enum):
    BOOL = "bool"
    INT = "int"
    UINT = "uint"
    FLOAT = "float64"
    STRING = "string"
    SLICE = "slice"
    ARRAY = "array"
    MAP = "map"
    STRUCT = "struct"
    POINTER = "ptr"
    INTERFACE = "interface"


NILABLE: Final = frozenset({Kind.SLICE, Kind.MAP, Kind.POINTER, Kind.INTERFACE})
NUMBERS: Final = frozenset({Kind.INT, Kind.UINT, Kind.FLOAT})


@attrs.frozen(eq=False)
class Field:
    """A field of a structure; `json` is its key in JSON, "" for an embedded structure whose fields are its own."""

    name: str
    type: Type
    json: str
    omit_empty: bool = False

    @property
    def embedded(self) -> bool:
        return self.json == ""


@attrs.frozen(eq=False)
class Method:
    """A method a template may call: `call` gets the data of the receiver and the arguments."""

    call: Callable[..., Value]
    parameters: tuple[Type, ...] = ()


@attrs.frozen(eq=False)
class Type:
    """A Go type; `name` is what %T prints and decides identity."""

    kind: Kind
    name: str
    element: Type | None = None
    key: Type | None = None
    fields: tuple[Field, ...] = ()
    length: int = 0
    methods: Mapping[str, Method] = attrs.field(factory=dict)
    #: The String method, if the type has one that fmt would call.
    text: Callable[[object], str] | None = None
    #: The MarshalJSON method, if it has one.
    json: Callable[..., str] | None = None

    def assignable_to(self, other: Type) -> bool:
        if self.name == other.name or other.kind is Kind.INTERFACE:
            return True
        return self.kind is other.kind and self.shape == other.shape and self.shape in (self.name, other.name)

    @property
    def shape(self) -> str:
        """The name without a name of its own: a named slice or map may stand for a nameless one."""
        if self.kind is Kind.SLICE:
            return f"[]{self.of.name}"
        return f"map[{self.key.name}]{self.of.name}" if self.kind is Kind.MAP and self.key is not None else ""

    @property
    def of(self) -> Type:
        """The element type of a slice, map or pointer."""
        if self.element is None:
            raise TypeError(f"{self.name} has no element type")
        return self.element

    def field(self, name: str) -> tuple[Field, ...] | None:
        """The path to the field of that name, through embedded structures; None if there is none."""
        for field in self.fields:
            if field.name == name:
                return (field,)
        for field in self.fields:
            if field.embedded:
                inner = field.type.of if field.type.kind is Kind.POINTER else field.type
                path = inner.field(name)
                if path is not None:
                    return (field, *path)
        return None


@attrs.frozen(eq=False)
class Value:
    type: Type
    data: object

    @property
    def kind(self) -> Kind:
        return self.type.kind

    @property
    def items(self) -> tuple[Value, ...]:
        return cast("tuple[Value, ...]", self.data or ())

    @property
    def entries(self) -> dict[str, Value]:
        return cast("dict[str, Value]", self.data or {})

    @property
    def inside(self) -> Value | None:
        """What a pointer or an interface holds."""
        return cast("Value | None", self.data)

    @property
    def is_nil(self) -> bool:
        return self.type.kind in NILABLE and self.data is None


BOOL: Final = Type(Kind.BOOL, "bool")
INT: Final = Type(Kind.INT, "int")
INT64: Final = Type(Kind.INT, "int64")
UINT16: Final = Type(Kind.UINT, "uint16")
UINT64: Final = Type(Kind.UINT, "uint64")
FLOAT64: Final = Type(Kind.FLOAT, "float64")
STRING: Final = Type(Kind.STRING, "string")
UINT8: Final = Type(Kind.UINT, "uint8")
ANY: Final = Type(Kind.INTERFACE, "interface {}")
#: A number of a JSON document that was decoded without a schema.
NUMBER: Final = Type(Kind.STRING, "json.Number")
#: The only structure with a String method is time.Time, whose data is its RFC 3339 text.
ZERO_TIME: Final = "0001-01-01T00:00:00Z"
EMPTY_STRUCT: Final = Type(Kind.STRUCT, "struct {}")


def slice_of(element: Type, name: str | None = None) -> Type:
    return Type(Kind.SLICE, name or f"[]{element.name}", element=element)


def array_of(element: Type, length: int) -> Type:
    return Type(Kind.ARRAY, f"[{length}]{element.name}", element=element, length=length)


def map_of(element: Type, key: Type = STRING, name: str | None = None) -> Type:
    return Type(Kind.MAP, name or f"map[{key.name}]{element.name}", element=element, key=key)


def pointer_to(element: Type) -> Type:
    return Type(Kind.POINTER, f"*{element.name}", element=element)


def named(kind: Kind, name: str) -> Type:
    return Type(kind, name)


def structure(name: str, *fields: Field) -> Type:
    return Type(Kind.STRUCT, name, fields=fields)


STRINGS: Final = slice_of(STRING)
STRING_MAP: Final = map_of(STRING)
ANY_MAP: Final = map_of(ANY)
ANY_SLICE: Final = slice_of(ANY)


def boolean(data: bool) -> Value:
    return Value(BOOL, data)


def integer(data: int) -> Value:
    return Value(INT, data)


def string(data: str) -> Value:
    return Value(STRING, data)


def strings(data: Sequence[str]) -> Value:
    return Value(STRINGS, tuple(string(item) for item in data))


def interface(value: Value | None) -> Value:
    return Value(ANY, value)


def zero(kind_of: Type) -> Value:
    """The zero value of a type."""
    kind = kind_of.kind
    if kind in NILABLE:
        return Value(kind_of, None)
    if kind is Kind.STRUCT and kind_of.text is not None:
        return Value(kind_of, ZERO_TIME)
    if kind is Kind.STRUCT:
        return Value(kind_of, {field.name: zero(field.type) for field in kind_of.fields})
    if kind is Kind.ARRAY:
        return Value(kind_of, tuple(zero(kind_of.of) for _ in range(kind_of.length)))
    return Value(kind_of, {Kind.BOOL: False, Kind.STRING: "", Kind.FLOAT: 0.0}.get(kind, 0))


def decode(into: Type, document: Json) -> Value:
    """json.Unmarshal into that type: what is missing or null is the zero value, what is unknown is ignored."""
    if into.kind is Kind.INTERFACE:
        return interface(untyped(document))
    if document is None:
        return zero(into)
    if into.kind is Kind.POINTER:
        return Value(into, decode(into.of, document))
    if isinstance(document, Mapping):
        return _decode_mapping(into, document)
    if isinstance(document, Sequence) and not isinstance(document, str):
        return Value(into, tuple(decode(into.of, item) for item in document))
    return Value(into, document)


def _decode_mapping(into: Type, document: Mapping[str, Json]) -> Value:
    if into.kind is Kind.MAP:
        return Value(into, {key: decode(into.of, item) for key, item in document.items()})
    fields = {}
    for field in into.fields:
        fields[field.name] = decode(field.type, document if field.embedded else document.get(field.json))
    return Value(into, fields)


def untyped(document: Json) -> Value | None:
    """What a decoder with UseNumber makes of a document when nobody told it the type; None is null."""
    if document is None:
        return None
    if isinstance(document, bool):
        return boolean(document)
    if isinstance(document, (int, float)):
        return Value(NUMBER, str(document))
    if isinstance(document, str):
        return string(document)
    if isinstance(document, Mapping):
        return Value(ANY_MAP, {key: interface(untyped(item)) for key, item in document.items()})
    return Value(ANY_SLICE, tuple(interface(untyped(item)) for item in document))


def is_true(value: Value | None) -> bool:
    """text/template's truth: not the zero value, and for what has a length, not empty."""
    while value is not None and value.kind is Kind.INTERFACE:
        value = value.inside
    if value is None:
        return False
    if value.kind is Kind.STRUCT:
        return True
    return bool(value.data) if value.kind is not Kind.POINTER else value.data is not None
