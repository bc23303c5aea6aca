"""How the details of a kind of device are printed, field by field (iproute2: print_uint and its like).

`known` are the details with their usual values; a field's key is that of the JSON document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vnetsim.programs.iproute2.lib.json_print import Iproute2Output, RawNumber

Value: TypeAlias = str | int
Details: TypeAlias = Mapping[str, Value]
Field: TypeAlias = Callable[[Iproute2Output, str, Details], None]
Fields: TypeAlias = tuple[tuple[str, Field], ...]


def plain(keyword: str | None = None) -> Field:
    """`keyword value`; the keyword is the key if none is given."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        out.both(key, f"{keyword or key} {known[key]} ", known[key])

    return print_field


def hexadecimal(keyword: str | None = None) -> Field:
    """printf's %#x, in the document as text."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        text = sharp(int(known[key]))
        out.both(key, f"{keyword or key} {text} ", text)

    return print_field


def sharp(number: int) -> str:
    return f"{number:#x}" if number else "0"


def on_off(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, f"{key} {'on' if known[key] else 'off'} ", bool(known[key]))


def flag(keyword: str | None = None) -> Field:
    """A keyword that is printed when set."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        if known[key]:
            out.both(key, f"{keyword or key} ", True)

    return print_field


def no_flag(keyword: str) -> Field:
    """`keyword` or `nokeyword`."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        out.both(key, f"{'' if known[key] else 'no'}{keyword} ", bool(known[key]))

    return print_field


def timer(out: Iproute2Output, key: str, known: Details) -> None:
    seconds, hundredths = divmod(int(known[key]), 100)
    out.both(key, f"{key} {seconds:>4}.{hundredths:02} ", RawNumber(f"{seconds}.{hundredths:02}"))


def all_of(field: Field, *keys: str) -> Fields:
    return tuple((key, field) for key in keys)


def present(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        out.both(key, f"{key} ", None)


def unusual(*, usual: bool) -> Field:
    """A keyword that is printed when it is not the default; JSON always has it."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        value = bool(known[key])
        out.both(key, "" if value is usual else f"{'' if value else 'no'}{key} ", value)

    return print_field


def after(fields: Fields, **inserted: Fields) -> Fields:
    """`fields` with others behind some of them."""
    return tuple(field for name, old in fields for field in ((name, old), *inserted.get(name, ())))
