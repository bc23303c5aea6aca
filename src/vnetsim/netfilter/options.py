"""Options of extensions as tables, with the parsers and errors of libxtables (xtoptions.c).

A reader takes the argument and the context and gives a value, or raises ArgumentError with the message of iptables.
A final newline is part of the message: iptables prints an empty line then.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import attrs

from vnetsim.digits import is_digits
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.header import PROTOCOLS, contiguous_length
from vnetsim.netfilter.rules import XtMatch, XtTarget
from vnetsim.netfilter.services import service_port
from vnetsim.values import define, frozen
from vnetsim.wire.inet import Address, IPv4, IPv6, inet_aton


@define
class ParseContext:
    """The rule around an option: `protocol` is that of `-p` so far (0 for none), `notes` go to stderr."""

    version: int
    protocol: int = 0
    protocol_negated: bool = False
    extension: str = ""
    option: str = ""
    notes: list[str] = attrs.field(factory=list)

    @property
    def bits(self) -> int:
        return 32 if self.version == 4 else 128

    def complain(self, message: str) -> ArgumentError:
        """`NAME: option "--OPTION" MESSAGE`."""
        return ArgumentError(f'{self.extension}: option "--{self.option}" {message}\n')


Reader: TypeAlias = Callable[[str, ParseContext], Any]


@frozen
class XtOption:
    """`--NAME` with its argument, read by `read` (None: it has none).

    Its value is kept under `key`, which is `name` unless it is another name for the same.  `excludes` and `requires`
    are keys.  `repeated` is an extension's own error for a repeated option; `repeats`: it may be given again, and all
    such options are in `ParsedOptions.sequence`; `operands` is 2 for `--tcp-flags`; `optional`: it may have an
    argument, and `read` gets "" without one.
    """

    name: str
    read: Reader | None = None
    inverts: bool = False
    mandatory: bool = False
    key: str = ""
    excludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    repeated: str = ""
    repeats: bool = False
    operands: int = 1
    optional: bool = False

    @property
    def stored(self) -> str:
        return self.key or self.name


@define
class ParsedOptions:
    """The options that were given to one extension."""

    context: ParseContext
    _values: dict[str, tuple[Any, bool]] = attrs.field(factory=dict)
    #: Key, value and negation of the options that may be repeated, in their order.
    sequence: list[tuple[str, Any, bool]] = attrs.field(factory=list)

    def put(self, key: str, value: Any, negated: bool) -> None:
        self._values[key] = (value, negated)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __bool__(self) -> bool:
        return bool(self._values)

    def get(self, key: str, default: Any = None) -> Any:
        return self._values[key][0] if key in self._values else default

    def last(self, *keys: str) -> str:
        """The one of these keys that was given last; there is at least one."""
        return next(key for key in reversed(self._values) if key in keys)

    def negated(self, key: str) -> bool:
        return key in self._values and self._values[key][1]


@frozen
class Extension:
    """What `-m NAME` or `-j NAME` knows.

    `build` makes the match or target of its options; `check` may refuse them before the general checks are made
    (a mandatory option, one that excludes another), `required` is the error if there are none at all; `versions` are
    the families that have it.
    """

    name: str
    options: tuple[XtOption, ...]
    build: Callable[[ParsedOptions], XtMatch | XtTarget]
    check: Callable[[ParsedOptions], None] | None = None
    versions: tuple[int, ...] = (4, 6)
    required: str = ""

    def finish(self, parsed: ParsedOptions) -> XtMatch | XtTarget:
        if self.required and not parsed:
            raise ArgumentError(self.required)
        if self.check is not None:
            self.check(parsed)
        for option in self.options:
            self._check_presence(option, parsed)
        return self.build(parsed)

    def _check_presence(self, option: XtOption, parsed: ParsedOptions) -> None:
        about = f'{self.name}: option "--{option.name}"'
        if option.stored not in parsed:
            if option.mandatory:
                raise ArgumentError(f"{about} must be specified\n")
            return
        for key in option.requires:
            if key not in parsed:
                raise ArgumentError(f'{about} also requires "--{key}".\n')
        for key in option.excludes:
            if key in parsed:
                raise ArgumentError(f'{about} cannot be used together with "--{key}".\n')


def take(
    extension: Extension, option: XtOption, arguments: tuple[str, ...], parsed: ParsedOptions, negated: bool
) -> None:
    """Store the value of `option`."""
    context = parsed.context
    context.extension, context.option = extension.name, option.name
    if option.stored in parsed and not option.repeats:
        raise ArgumentError(option.repeated) if option.repeated else context.complain("can only be used once.")
    if negated and not option.inverts:
        raise context.complain("cannot be inverted.")
    value = True if option.read is None else option.read(" ".join(arguments), context)
    parsed.put(option.stored, value, negated)
    if option.repeats:
        parsed.sequence.append((option.stored, value, negated))


# --- numbers -------------------------------------------------------------------------------------------------------

_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*")
UINT32_MAX: Final = 0xFFFF_FFFF


def number(text: str) -> int | None:
    """As strtoul(3) with base 0 reads all of `text`: decimal, 0x.. or 0.. (octal)."""
    if not _NUMBER.fullmatch(text):
        return None
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return int(text, 8) if text[0] == "0" else int(text)


def leading_number(text: str) -> tuple[int | None, str]:
    """The number that `text` begins with, and what follows it."""
    found = _NUMBER.match(text)
    return (number(found[0]), text[found.end() :]) if found else (None, text)


def integer(low: int, high: int) -> Reader:
    def read(text: str, context: ParseContext) -> int:
        value = number(text)
        if value is None or not low <= value <= high:
            raise ArgumentError(_out_of_range(context, "", low, high))
        return value

    return read


def integers(high: int) -> Reader:
    """`5`, `5:9`, `:9` or `5:` as (first, last)."""

    def read(text: str, context: ParseContext) -> tuple[int, int]:
        first_text, colon, last_text = text.partition(":")
        first = _bound(first_text, 0, high, bool(colon), context)
        if not colon:
            return first, first
        return first, _bound(last_text, high, high, True, context)

    return read


def _bound(text: str, default: int, high: int, may_be_empty: bool, context: ParseContext) -> int:
    if not text and may_be_empty:
        return default
    value, rest = leading_number(text)
    if value is None or value > high:
        raise ArgumentError(_out_of_range(context, f' near "{text}"', 0, high))
    if rest:
        raise ArgumentError(
            f'{context.extension}: Argument to "--{context.option}" has unexpected characters near "{rest}".\n'
        )
    return value


def _out_of_range(context: ParseContext, near: str, low: int, high: int) -> str:
    about = f'{context.extension}: bad value for option "--{context.option}"{near}'
    return f"{about}, or out of range ({low}-{high}).\n"


def marks(text: str, context: ParseContext) -> tuple[int, int | None]:
    """`VALUE` or `VALUE/MASK`; the mask is None if there is none."""
    value_text, slash, mask_text = text.partition("/")
    value, mask = number(value_text), number(mask_text) if slash else None
    if value is None or value > UINT32_MAX or (slash and (mask is None or mask > UINT32_MAX)):
        about = f'{context.extension}: bad integer value for option "--{context.option}"'
        raise ArgumentError(f"{about}, or out of range.\n")
    return value, mask


def mark(text: str, context: ParseContext) -> int:
    value = number(text)
    if value is None or value > UINT32_MAX:
        raise ArgumentError(_out_of_range(context, "", 0, UINT32_MAX))
    return value


# --- text ----------------------------------------------------------------------------------------------------------


def string(limit: int, *, minimum: int = 0, one_line: bool = False) -> Reader:
    """Text, cut off behind `limit` characters as the kernel's field is; `one_line`: a prefix of the log."""

    def read(text: str, _context: ParseContext) -> str:
        if one_line and "\n" in text:
            raise ArgumentError("Newlines not allowed in --log-prefix")
        if len(text) < minimum:
            raise ArgumentError(f"Argument must have a minimum length of {minimum} characters\n")
        return text[:limit]

    return read


def quoted(text: str) -> str:
    """As xtables_save_string prints an argument: bare if it is plain, in quotation marks otherwise."""
    if re.fullmatch(r"[-_0-9A-Za-z]+", text):
        return text
    return '"' + re.sub(r"([\"'\\])", r"\\\1", text) + '"'


def bad_value(text: str, context: ParseContext) -> ArgumentError:
    return ArgumentError(f'{context.extension}: Bad value for "--{context.option}" option: "{text}"')


def negation(negated: bool) -> str:
    """The prefix of a negated option."""
    return "! " if negated else ""


# --- addresses, protocols, ports -----------------------------------------------------------------------------------


def address(text: str, version: int) -> Address | None:
    """An address of this family."""
    try:
        return IPv4.parse(text) if version == 4 else IPv6.parse(text)
    except ValueError:
        return None


def mask(text: str, version: int) -> int | None:
    """A prefix length, or a mask written as an address."""
    bits = 32 if version == 4 else 128
    if text.isascii() and is_digits(text):
        return (1 << bits) - (1 << bits - int(text)) if int(text) <= bits else None
    found = address(text, version)
    return None if found is None else int(found)


def numeric_host(text: str, context: ParseContext) -> Address:
    """As getaddrinfo(3) takes a numeric host, `10.1` being 10.0.0.1 (xtopt_parse_host); names are not looked up."""
    found: Address | None = inet_aton(text) if context.version == 4 else address(text, 6)
    if found is not None:
        return found
    other = inet_aton(text) if context.version == 6 else address(text, 6)
    reason = (
        "Address family for hostname not supported" if other is not None else "Temporary failure in name resolution"
    )
    raise ArgumentError(f"getaddrinfo: {reason}\n")


def prefix_length(text: str, context: ParseContext) -> int | None:
    """A prefix length or a mask (xtopt_parse_plen); None for a mask whose ones are not all in front."""
    length = number(text)
    if length is not None and length <= context.bits:
        return length
    found: Address | None = inet_aton(text) if context.version == 4 else address(text, 6)
    if found is None:
        about = f'{context.extension}: bad value for option "--{context.option}"'
        raise ArgumentError(f"{about}, neither a valid network mask nor valid CIDR (0-{context.bits}).\n")
    return contiguous_length(found, context.bits)


def prefix_length_or_all(text: str, context: ParseContext) -> int:
    """The same, with all bits for a mask whose ones are not all in front (xtopt_parse_plenmask)."""
    length = prefix_length(text, context)
    return context.bits if length is None else length


def protocol(text: str, _context: ParseContext) -> int:
    """By number or name, in any case."""
    return protocol_number(text)


def protocol_number(text: str) -> int:
    """0 is `all`; ArgumentError if there is none of that name."""
    value, name = number(text), text.lower()
    if value is not None and value <= 255:
        return value
    if name in _PROTOCOL_NUMBERS:
        return _PROTOCOL_NUMBERS[name]
    raise ArgumentError(f'unknown protocol "{name}" specified')


_PROTOCOL_NUMBERS: Final = {name: number for number, name in PROTOCOLS.items()} | {
    "all": 0,
    "icmpv6": 58,
    "mh": 135,
    "ipv6-mh": 135,
}


def service(text: str, protocol_of_rule: int = 0) -> int | None:
    """A port by its number or the name of its service."""
    value = number(text)
    if value is not None:
        return value if value <= 0xFFFF else None
    return service_port(text, {6: "tcp", 17: "udp"}.get(protocol_of_rule))


def port(text: str, protocol_of_rule: int = 0) -> int:
    value = service(text, protocol_of_rule)
    if value is None:
        raise ArgumentError(f"invalid port/service `{text}' specified")
    return value
