"""Go's package fmt: Sprint, Sprintln and Sprintf over Go values.

Verbs v d s q t x X o b c e f g T and %, with flags and widths.  Addresses of pointers inside structures are not
those of a real process (they never are the same twice).  Not modelled: %U, %p, argument indexes, Formatter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from vnetsim.programs.docker.go.values import GoKind, GoValue

#: A typical address of the first allocated object of a Go program.
_ADDRESS: Final = "0xc000012345"
_VERB: Final = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d+|\*)?(?:\.(?P<precision>\d*|\*))?(?P<verb>.)?", re.DOTALL)


def text_of(value: GoValue | None, *, plus: bool = False, depth: int = 0) -> str:
    """%v (or %+v) of a value; None is a nil interface."""
    if value is None:
        return "<nil>"
    if value.type.text is not None:
        return value.type.text(value.data)
    return _TEXTS[value.kind](value, plus, depth)


def _bool_text(value: GoValue, _plus: bool, _depth: int) -> str:
    return "true" if value.data else "false"


def _plain_text(value: GoValue, _plus: bool, _depth: int) -> str:
    return str(value.data)


def _float_text(value: GoValue, _plus: bool, _depth: int) -> str:
    return shortest_float(cast("float", value.data))


def _list_text(value: GoValue, plus: bool, depth: int) -> str:
    return f"[{' '.join(text_of(item, plus=plus, depth=depth + 1) for item in value.items)}]"


def _map_text(value: GoValue, plus: bool, depth: int) -> str:
    entries = sorted(value.entries.items())
    return f"map[{' '.join(f'{key}:{text_of(item, plus=plus, depth=depth + 1)}' for key, item in entries)}]"


def _struct_text(value: GoValue, plus: bool, depth: int) -> str:
    texts = [(name, text_of(item, plus=plus, depth=depth + 1)) for name, item in value.entries.items()]
    return "{" + " ".join(f"{name}:{text}" if plus else text for name, text in texts) + "}"


def _pointer_text(value: GoValue, plus: bool, depth: int) -> str:
    target = value.inside
    if target is None:
        return "<nil>"
    if depth == 0 and target.kind in (GoKind.STRUCT, GoKind.MAP, GoKind.SLICE, GoKind.ARRAY):
        return "&" + text_of(target, plus=plus, depth=1)
    return _ADDRESS


def _interface_text(value: GoValue, plus: bool, depth: int) -> str:
    return text_of(value.inside, plus=plus, depth=depth)


_TEXTS: Mapping[GoKind, Callable[[GoValue, bool, int], str]] = {
    GoKind.BOOL: _bool_text,
    GoKind.INT: _plain_text,
    GoKind.UINT: _plain_text,
    GoKind.FLOAT: _float_text,
    GoKind.STRING: _plain_text,
    GoKind.SLICE: _list_text,
    GoKind.ARRAY: _list_text,
    GoKind.MAP: _map_text,
    GoKind.STRUCT: _struct_text,
    GoKind.POINTER: _pointer_text,
    GoKind.INTERFACE: _interface_text,
}


def shortest_float(number: float) -> str:
    """%v of a float64: %g with the fewest digits that tell it apart, exponents below 1e-4 and from 1e6."""
    if number != 0 and not 1e-4 <= abs(number) < 1e6:
        digits = "".join(map(str, Decimal(repr(number)).normalize().as_tuple().digits))
        sign, fraction = "-" if number < 0 else "", f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{Decimal(repr(number)).adjusted():+03d}"
    return f"{number:.0f}" if number == int(number) else repr(number)


def sprint(values: Sequence[GoValue | None]) -> str:
    """fmt.Sprint: a space between operands when neither is a string."""
    pieces: list[str] = []
    for number, value in enumerate(values):
        if number and not _is_string(value) and not _is_string(values[number - 1]):
            pieces.append(" ")
        pieces.append(text_of(value))
    return "".join(pieces)


def _is_string(value: GoValue | None) -> bool:
    value = _concrete(value)
    return value is not None and value.kind is GoKind.STRING


def sprintln(values: Sequence[GoValue | None]) -> str:
    return " ".join(text_of(value) for value in values) + "\n"


def sprintf(form: str, values: Sequence[GoValue | None]) -> str:
    """fmt.Sprintf, with its error texts (`%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`)."""
    rest = list(values)

    def fill(match: re.Match[str]) -> str:
        verb = match["verb"]
        if verb is None:
            return "%!(NOVERB)"
        if verb == "%":
            return "%"
        width = _number(match["width"], rest)
        precision = None if match["precision"] is None else (_number(match["precision"], rest) or 0)
        if not rest:
            return f"%!{verb}(MISSING)"
        return _pad(_formatted(verb, match["flags"], precision, rest.pop(0)), match["flags"], width)

    text = _VERB.sub(fill, form)
    if rest:
        extras = ", ".join(f"{type_name(value)}={text_of(value)}" if value is not None else "<nil>" for value in rest)
        text += f"%!(EXTRA {extras})"
    return text


def _number(text: str | None, rest: list[GoValue | None]) -> int | None:
    if text != "*":
        return int(text) if text else None
    value = _concrete(rest.pop(0)) if rest else None
    return cast("int", value.data) if value is not None and value.kind is GoKind.INT else None


def _pad(text: str, flags: str, width: int | None) -> str:
    if width is None or len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags:
        return text.zfill(width)
    return text.rjust(width)


def _concrete(value: GoValue | None) -> GoValue | None:
    while value is not None and value.kind is GoKind.INTERFACE:
        value = value.inside
    return value


def type_name(value: GoValue | None) -> str:
    """%T."""
    value = _concrete(value)
    return "<nil>" if value is None else value.type.name


def _formatted(verb: str, flags: str, precision: int | None, value: GoValue | None) -> str:
    value = _concrete(value)
    if verb == "T":
        return type_name(value)
    if verb == "v":
        return text_of(value, plus="+" in flags)
    if value is None:
        return f"%!{verb}(<nil>)"
    if value.kind in (GoKind.SLICE, GoKind.ARRAY) and value.type.text is None:
        return f"[{' '.join(_formatted(verb, flags, precision, item) for item in value.items)}]"
    if value.kind is GoKind.MAP:
        entries = sorted(value.entries.items())
        return f"map[{' '.join(f'{key}:{_formatted(verb, flags, precision, item)}' for key, item in entries)}]"
    text = _scalar(verb, flags, precision, value)
    return f"%!{verb}({value.type.name}={text_of(value)})" if text is None else text


def _scalar(verb: str, flags: str, precision: int | None, value: GoValue) -> str | None:
    if value.type.text is not None and verb in "sq":
        return _string_verb(verb, flags, precision, value.type.text(value.data))
    if value.kind is GoKind.STRING:
        return _string_verb(verb, flags, precision, cast("str", value.data))
    if value.kind in (GoKind.INT, GoKind.UINT):
        return _integer_verb(verb, flags, cast("int", value.data))
    if value.kind is GoKind.FLOAT and verb in "eEfFgG":
        return _float_verb(verb, precision, cast("float", value.data))
    if value.kind is GoKind.BOOL and verb == "t":
        return "true" if value.data else "false"
    return None


def _string_verb(verb: str, flags: str, precision: int | None, text: str) -> str | None:
    if verb == "s":
        return text if precision is None else text[:precision]
    if verb == "q":
        return quote(text)
    if verb in "xX":
        digits = text.encode().hex(" " if " " in flags else "") if " " in flags else text.encode().hex()
        return digits.upper() if verb == "X" else digits
    return None


def _integer_verb(verb: str, flags: str, number: int) -> str | None:
    sign = "+" if "+" in flags and number >= 0 else " " if " " in flags and number >= 0 else ""
    if verb == "d":
        return f"{sign}{number}"
    if verb in "xXob":
        return sign + format(number, f"#{verb}" if "#" in flags else verb)
    if verb == "c":
        return chr(number)
    if verb == "q":
        return f"'{chr(number)}'"
    return None


def _float_verb(verb: str, precision: int | None, number: float) -> str:
    if precision is None and verb in "gG":
        return shortest_float(number)
    return f"{number:.{6 if precision is None else precision}{verb}}"


def quote(text: str) -> str:
    """strconv.Quote."""
    return '"' + "".join(_quoted(character) for character in text) + '"'


_ESCAPES: Final = {
    '"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
}  # fmt: skip


def _quoted(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
