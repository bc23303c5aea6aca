"""Output that is text or JSON, by the output options (iproute2: lib/json_writer.c, lib/json_print.c, lib/color.c).

The printers of the objects speak once: `both` takes what is printed as text and what is printed as JSON.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

_ESCAPES: Final = str.maketrans(
    {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f", "\b": "\\b", "\\": "\\\\", '"': '\\"'}
)


class RawNumber(str):
    """A number whose digits are printed literally (`0.00`)."""

    __slots__ = ()


class Color(enum.StrEnum):
    """SGR sequences of a light background (`-c`); those of a dark one are bold."""

    NONE = ""
    IFNAME = "\x1b[36m"
    MAC = "\x1b[33m"
    INET = "\x1b[35m"
    INET6 = "\x1b[34m"
    UP = "\x1b[32m"
    DOWN = "\x1b[31m"

    @property
    def bold(self) -> str:
        """The same on a dark background; blue is a light one there."""
        return self.replace("[34m", "[94m").replace("[", "[1;")


class JsonWriter:
    """A JSON document as iproute2 writes it; `pretty` for `-p`."""

    def __init__(self, *, pretty: bool = False) -> None:
        self._parts: list[str] = []
        self._pretty = pretty
        self._depth = 0
        self._separator = ""

    def _begin_value(self) -> None:
        self._parts.append(self._separator)
        self._separator = ","

    def _new_line(self) -> None:
        if self._pretty:
            self._parts.append("\n" + "    " * self._depth)

    def _begin(self, bracket: str) -> None:
        self._begin_value()
        self._parts.append(bracket)
        self._depth += 1
        self._separator = ""

    def _end(self, bracket: str) -> None:
        self._depth -= 1
        if self._separator:
            self._new_line()
        self._parts.append(bracket)
        self._separator = ","

    def name(self, key: str | None) -> None:
        """The key of the value that comes next."""
        if key is None:
            return
        self._begin_value()
        self._new_line()
        self._separator = ""
        self._parts.append(_quoted(key) + (": " if self._pretty else ":"))

    def open_object(self, key: str | None = None) -> None:
        self.name(key)
        self._begin("{")

    def close_object(self) -> None:
        self._end("}")

    def open_array(self, key: str | None = None) -> None:
        self.name(key)
        self._begin("[")
        if self._pretty:
            self._parts.append(" ")

    def close_array(self) -> None:
        if self._pretty and self._separator:
            self._parts.append(" ")
        self._separator = ""
        self._end("]")

    def value(self, key: str | None, value: Json) -> None:
        """Anything; lists and mappings are written out in their order."""
        if isinstance(value, Mapping):
            self.open_object(key)
            for name, member in value.items():
                self.value(name, member)
            self.close_object()
        elif isinstance(value, Sequence) and not isinstance(value, str):
            self.open_array(key)
            for member in value:
                self.value(None, member)
            self.close_array()
        else:
            self.name(key)
            self._begin_value()
            self._parts.append(_scalar(value))

    def text(self) -> str:
        """The document with its final newline."""
        return "".join(self._parts) + "\n"


class Iproute2Output:
    """Collects the output of one command: text, or with `json` one document that is an array of objects."""

    def __init__(
        self,
        *,
        json: bool = False,
        pretty: bool = False,
        oneline: bool = False,
        color: bool = False,
        dark: bool = False,
    ) -> None:
        self.json: Final = JsonWriter(pretty=pretty) if json else None
        self.new_line: Final = "\\" if oneline else "\n"
        self._color = color
        self._dark = dark
        self._parts: list[str] = []
        if self.json is not None:
            self.json.open_array()

    def text(self, text: str) -> None:
        """Only in the text (PRINT_FP)."""
        if self.json is None:
            self._parts.append(text)

    def colored(self, color: Color, text: str) -> None:
        """Only in the text, coloured with `-c`."""
        if self._color and color:
            text = f"{color.bold if self._dark else color}{text}\x1b[0m"
        self.text(text)

    def data(self, key: str | None, value: Json) -> None:
        """Only in the JSON document (PRINT_JSON)."""
        if self.json is not None:
            self.json.value(key, value)

    def both(self, key: str | None, text: str, value: Json, color: Color = Color.NONE) -> None:
        """`text` in the text, `value` under `key` in the document (PRINT_ANY)."""
        self.colored(color, text)
        self.data(key, value)

    def line(self) -> None:
        """A line ends (print_nl): with `-o` by a backslash."""
        self.text(self.new_line)

    def open_object(self, key: str | None = None) -> None:
        if self.json is not None:
            self.json.open_object(key)

    def close_object(self) -> None:
        if self.json is not None:
            self.json.close_object()

    def open_array(self, key: str | None = None) -> None:
        if self.json is not None:
            self.json.open_array(key)

    def close_array(self) -> None:
        if self.json is not None:
            self.json.close_array()

    def result(self) -> str:
        """All that was printed; call once, at the end."""
        if self.json is None:
            return "".join(self._parts)
        self.json.close_array()
        return self.json.text()


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _scalar(value: str | float | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not isinstance(value, RawNumber):
        return _quoted(value)
    return str(value)
