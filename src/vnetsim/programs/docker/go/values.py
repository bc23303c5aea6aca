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

from vnetsim.values import frozen

#: What a JSON document is in Python.
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class GoKind(enum.Enum):
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


NILABLE: Final = frozenset({GoKind.SLICE, GoKind.MAP, GoKind.POINTER, GoKind.INTERFACE})
NUMBERS: Final = frozenset({GoKind.INT, GoKind.UINT, GoKind.FLOAT})


@frozen(eq=False)
class GoField:
    """A field of a structure; `json` is its key in JSON, "" for an embedded structure whose fields are its own."""

    name: str
    type: GoType
    json: str
    omit_empty: bool = False

    @property
    def embedded(self) -> bool:
        return self.json == ""


@frozen(eq=False)
class GoMethod:
    """A method a template may call: `call` gets the data of the receiver and the arguments."""

    call: Callable[..., GoValue]
    parameters: tuple[GoType, ...] = ()


@frozen(eq=False)
class GoType:
    """A Go type; `name` is what %T prints and decides identity."""

    kind: GoKind
    name: str
    element: GoType | None = None
    key: GoType | None = None
    fields: tuple[GoField, ...] = ()
    length: int = 0
    methods: Mapping[str, GoMethod] = attrs.field(factory=dict)
    #: The String method, if the type has one that fmt would call.
    text: Callable[[object], str] | None = None
    #: The MarshalJSON method, if it has one.
    json: Callable[..., str] | None = None

    def assignable_to(self, other: GoType) -> bool:
        if self.name == other.name or other.kind is GoKind.INTERFACE:
            return True
        return self.kind is other.kind and self.shape == other.shape and self.shape in (self.name, other.name)

    @property
    def shape(self) -> str:
        """The name without a name of its own: a named slice or map is assignable to an unnamed one."""
        if self.kind is GoKind.SLICE:
            return f"[]{self.of.name}"
        return f"map[{self.key.name}]{self.of.name}" if self.kind is GoKind.MAP and self.key is not None else ""

    @property
    def of(self) -> GoType:
        """The element type of a slice, map or pointer."""
        if self.element is None:
            raise TypeError(f"{self.name} has no element type")
        return self.element

    def field(self, name: str) -> tuple[GoField, ...] | None:
        """The path to the field of that name, through embedded structures; None if there is none."""
        for field in self.fields:
            if field.name == name:
                return (field,)
        for field in self.fields:
            if field.embedded:
                inner = field.type.of if field.type.kind is GoKind.POINTER else field.type
                path = inner.field(name)
                if path is not None:
                    return (field, *path)
        return None


@frozen(eq=False)
class GoValue:
    type: GoType
    data: object

    @property
    def kind(self) -> GoKind:
        return self.type.kind

    @property
    def items(self) -> tuple[GoValue, ...]:
        return cast("tuple[GoValue, ...]", self.data or ())

    @property
    def entries(self) -> dict[str, GoValue]:
        return cast("dict[str, GoValue]", self.data or {})

    @property
    def inside(self) -> GoValue | None:
        """What a pointer or an interface holds."""
        return cast("GoValue | None", self.data)

    @property
    def is_nil(self) -> bool:
        return self.type.kind in NILABLE and self.data is None


BOOL: Final = GoType(GoKind.BOOL, "bool")
INT: Final = GoType(GoKind.INT, "int")
INT64: Final = GoType(GoKind.INT, "int64")
UINT: Final = GoType(GoKind.UINT, "uint")
UINT16: Final = GoType(GoKind.UINT, "uint16")
UINT64: Final = GoType(GoKind.UINT, "uint64")
FLOAT64: Final = GoType(GoKind.FLOAT, "float64")
STRING: Final = GoType(GoKind.STRING, "string")
ANY: Final = GoType(GoKind.INTERFACE, "interface {}")
#: A number of a JSON document that was decoded without a schema.
NUMBER: Final = GoType(GoKind.STRING, "json.Number")
#: The only structure with a String method is time.Time, whose data is its RFC 3339 text.
ZERO_TIME: Final = "0001-01-01T00:00:00Z"
EMPTY_STRUCT: Final = GoType(GoKind.STRUCT, "struct {}")


def slice_of(element: GoType, name: str | None = None) -> GoType:
    return GoType(GoKind.SLICE, name or f"[]{element.name}", element=element)


def array_of(element: GoType, length: int) -> GoType:
    return GoType(GoKind.ARRAY, f"[{length}]{element.name}", element=element, length=length)


def map_of(element: GoType, key: GoType = STRING, name: str | None = None) -> GoType:
    return GoType(GoKind.MAP, name or f"map[{key.name}]{element.name}", element=element, key=key)


def pointer_to(element: GoType) -> GoType:
    return GoType(GoKind.POINTER, f"*{element.name}", element=element)


def structure(name: str, *fields: GoField) -> GoType:
    return GoType(GoKind.STRUCT, name, fields=fields)


STRINGS: Final = slice_of(STRING)
STRING_MAP: Final = map_of(STRING)
ANY_MAP: Final = map_of(ANY)
ANY_SLICE: Final = slice_of(ANY)


def boolean(data: bool) -> GoValue:
    return GoValue(BOOL, data)


def integer(data: int) -> GoValue:
    return GoValue(INT, data)


def string(data: str) -> GoValue:
    return GoValue(STRING, data)


def strings(data: Sequence[str]) -> GoValue:
    return GoValue(STRINGS, tuple(string(item) for item in data))


def interface(value: GoValue | None) -> GoValue:
    return GoValue(ANY, value)


def zero(kind_of: GoType) -> GoValue:
    """The zero value of a type."""
    kind = kind_of.kind
    if kind in NILABLE:
        return GoValue(kind_of, None)
    if kind is GoKind.STRUCT and kind_of.text is not None:
        return GoValue(kind_of, ZERO_TIME)
    if kind is GoKind.STRUCT:
        return GoValue(kind_of, {field.name: zero(field.type) for field in kind_of.fields})
    if kind is GoKind.ARRAY:
        return GoValue(kind_of, tuple(zero(kind_of.of) for _ in range(kind_of.length)))
    return GoValue(kind_of, {GoKind.BOOL: False, GoKind.STRING: "", GoKind.FLOAT: 0.0}.get(kind, 0))


def decode(into: GoType, document: Json) -> GoValue:
    """json.Unmarshal into that type: what is missing or null is the zero value, what is unknown is ignored."""
    if into.kind is GoKind.INTERFACE:
        return interface(untyped(document))
    if document is None:
        return zero(into)
    if into.kind is GoKind.POINTER:
        return GoValue(into, decode(into.of, document))
    if isinstance(document, Mapping):
        return _decode_mapping(into, document)
    if isinstance(document, Sequence) and not isinstance(document, str):
        return GoValue(into, tuple(decode(into.of, item) for item in document))
    return GoValue(into, document)


def _decode_mapping(into: GoType, document: Mapping[str, Json]) -> GoValue:
    if into.kind is GoKind.MAP:
        return GoValue(into, {key: decode(into.of, item) for key, item in document.items()})
    fields = {}
    for field in into.fields:
        fields[field.name] = decode(field.type, document if field.embedded else document.get(field.json))
    return GoValue(into, fields)


def untyped(document: Json) -> GoValue | None:
    """What a decoder with UseNumber makes of a document without a type; None is null."""
    if document is None:
        return None
    if isinstance(document, bool):
        return boolean(document)
    if isinstance(document, (int, float)):
        return GoValue(NUMBER, str(document))
    if isinstance(document, str):
        return string(document)
    if isinstance(document, Mapping):
        return GoValue(ANY_MAP, {key: interface(untyped(item)) for key, item in document.items()})
    return GoValue(ANY_SLICE, tuple(interface(untyped(item)) for item in document))


def is_true(value: GoValue | None) -> bool:
    """text/template's truth: not the zero value, and for what has a length, not empty."""
    while value is not None and value.kind is GoKind.INTERFACE:
        value = value.inside
    if value is None:
        return False
    if value.kind is GoKind.STRUCT:
        return True
    return bool(value.data) if value.kind is not GoKind.POINTER else value.data is not None
