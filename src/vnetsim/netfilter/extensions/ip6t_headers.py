"""Headers between IPv6 and its payload: frag, hbh, dst, rt, srh, mh, ah, ipv6header; and eui64 (ip6t_*.c).

A packet has no such headers but that of fragments and hop-by-hop options here, so the others fit none.  Not modelled:
`--rt-0-addrs`, `--rt-0-not-strict`, and `ip6tables -L` of these matches but eui64.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.header import contiguous_length
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, Reader, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen
from vnetsim.wire import ipv6

_ALL: Final = (0, UINT32_MAX)
_HEADERS: Final = {
    "hop-by-hop": "hop", "ipv6-opts": "dst", "ipv6-route": "route", "ipv6-frag": "frag", "ah": "auth", "esp": "esp",
    "ipv6-nonxt": "none", "prot": "proto",
}  # fmt: skip


@frozen
class GivenOption:
    """An option of a rule; without a value where it has none."""

    name: str
    value: Any = None
    negated: bool = False

    @property
    def text(self) -> str:
        if isinstance(self.value, tuple):
            first, last = self.value
            return f" {first}" if first == last else f" {first}:{last}"
        return "" if self.value is None else f" {self.value}"

    def __str__(self) -> str:
        return f"{negation(self.negated)}--{self.name}{self.text}"


@frozen
class HeaderMatch(XtMatch):
    """Options of a match of one header: what is listed is what is saved, without the dashes."""

    name: str
    given: tuple[GivenOption, ...]

    def matches(self, _packet: PktInfo) -> bool:
        return False

    def listing(self, _numeric: bool) -> str:
        raise NotModelled(f"ip6tables -L of -m {self.name}")

    def __str__(self) -> str:
        return " ".join([f"-m {self.name}", *map(str, self.given)])


# --- headers that packets have ---------------------------------------------------------------------------------------


@frozen
class FragMatch(HeaderMatch):
    """Of the header of fragments; the length of that header is always 8, and reserved bits are 0."""

    def matches(self, packet: PktInfo) -> bool:
        fragment = packet.ip.fragment if isinstance(packet.ip, ipv6.Packet) else None
        return fragment is not None and all(_fragment_fits(option, fragment) for option in self.given)


def _fragment_fits(option: GivenOption, fragment: Any) -> bool:
    if option.name == "fragid":
        first, last = option.value
        return bool(first <= fragment.identification <= last) != option.negated
    if option.name == "fraglen":
        return bool(option.value == 8) != option.negated
    if option.name == "fragfirst":
        return bool(fragment.offset == 0)
    return option.name == "fragres" or bool(fragment.more) == (option.name == "fragmore")


@frozen
class HopByHopMatch(HeaderMatch):
    """`--hbh-opts` are the types and lengths of the first options, in their order."""

    def matches(self, packet: PktInfo) -> bool:
        data = packet.ip.hop_by_hop if isinstance(packet.ip, ipv6.Packet) else b""
        return bool(data) and all(self._fits(option, data) for option in self.given)

    def _fits(self, option: GivenOption, data: bytes) -> bool:
        if option.name == "hbh-len":
            return bool(option.value == len(data) + 2) != option.negated
        found = list(_types(data))
        wanted = [each.partition(":") for each in option.value.split(",")]
        pairs = zip(wanted, found, strict=False)
        same = all(int(kind) == number and length in ("", str(size)) for (kind, _, length), (number, size) in pairs)
        return same and len(wanted) <= len(found)


def _types(data: bytes) -> Iterator[tuple[int, int]]:
    """Type and length of each option; a byte of padding has none."""
    place = 0
    while place < len(data):
        size = data[place + 1] if data[place] and place + 1 < len(data) else 0
        yield data[place], size
        place += 2 + size if data[place] else 1


@frozen
class PresentMatch(HeaderMatch):
    """Which headers there are: exactly these, or with `--soft` these among others."""

    def matches(self, packet: PktInfo) -> bool:
        if not isinstance(packet.ip, ipv6.Packet):
            return False
        number = packet.ip.next_header
        present = {"hop-by-hop"} if packet.ip.hop_by_hop else set()
        present |= {"ipv6-frag"} if packet.ip.fragment is not None else set()
        present.add({50: "esp", 51: "ah", 59: "ipv6-nonxt"}.get(number, "prot"))
        option = self.given[0]
        wanted = set(option.value.split(","))
        if len(self.given) > 1:
            return not wanted & present if option.negated else wanted <= present
        return (present == wanted) != option.negated


@frozen
class Eui64(XtMatch):
    """The end of the source address is made of the source MAC address."""

    name = "eui64"

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"PREROUTING", "INPUT", "FORWARD"})

    def matches(self, packet: PktInfo) -> bool:
        if packet.source_mac is None:
            return False
        mac = int(packet.source_mac)
        wanted = (mac >> 24 ^ 0x020000) << 40 | 0xFFFE << 24 | mac & 0xFFFFFF
        return int(packet.ip.source) & (1 << 64) - 1 == wanted

    def listing(self, _numeric: bool) -> str:
        return "eui64"

    def __str__(self) -> str:
        return "-m eui64"


@frozen
class MobilityMatch(HeaderMatch):
    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == 135 and not rule.protocol.negated


# --- options ---------------------------------------------------------------------------------------------------------


def _ranged(high: int = UINT32_MAX) -> Reader:
    return options.integers(high)


def _numbered(high: int = UINT32_MAX) -> Reader:
    return options.integer(0, high)


def _header_options(text: str, context: ParseContext) -> str:
    """TYPE[:LENGTH],... of hop-by-hop and destination options."""
    for each in text.split(","):
        kind, colon, length = each.partition(":")
        numbers = options.number(kind), options.number(length) if colon else 0
        if any(value is None or value > 255 for value in numbers):
            raise ArgumentError(f"invalid option `{each}' specified for --{context.option}")
    return text


def _prefix(text: str, context: ParseContext) -> str:
    address_text, _, length_text = text.partition("/")
    address = options.numeric_host(address_text, context)
    mask = options.mask(length_text or "128", 6)
    length = None if mask is None else contiguous_length(mask, 128)
    if mask is None or length is None:
        raise ArgumentError(f'{context.extension}: bad value for option "--{context.option}"')
    return f"{address}/{length}"


def _header_names(text: str, _context: ParseContext) -> str:
    longer = {short: name for name, short in _HEADERS.items()}
    names = []
    for each in text.split(","):
        name = longer.get(each, each)
        if name not in _HEADERS:
            raise ArgumentError(f"Bad header flag `{each}'")
        names.append(name)
    return ",".join(names)


_UNMODELLED: Final = ("rt-0-addrs", "rt-0-not-strict")


def _match(
    name: str, *table: XtOption, kind: type[HeaderMatch] = HeaderMatch, usual: dict[str, tuple[int, int]] | None = None
) -> Extension:
    """A match whose options are saved in the order of `table`, but for those of the value that is `usual`."""

    def build(parsed: ParsedOptions) -> XtMatch:
        given = []
        for option in table:
            if option.stored in parsed and option.name in _UNMODELLED:
                raise NotModelled(f"ip6tables -m {name} --{option.name}")
            if option.stored in parsed:
                value = parsed.get(option.stored)
                if value != (usual or {}).get(option.name, ()):
                    shown = None if option.read is None else value
                    given.append(GivenOption(option.name, shown, parsed.negated(option.stored)))
        return kind(name, tuple(given))

    return Extension(name, table, build, versions=(6,))


def _comparisons(name: str) -> tuple[XtOption, ...]:
    return tuple(XtOption(f"srh-{name}-{how}", _numbered(255), inverts=True) for how in ("eq", "gt", "lt"))


MATCHES: Final = (
    _match(
        "frag",
        XtOption("fragid", _ranged(), inverts=True),
        XtOption("fraglen", _numbered(), inverts=True),
        XtOption("fragres"),
        XtOption("fragfirst"),
        XtOption("fragmore", excludes=("fraglast",)),
        XtOption("fraglast", excludes=("fragmore",)),
        kind=FragMatch,
        usual={"fragid": _ALL},
    ),
    *(
        _match(
            name,
            XtOption(f"{name}-len", _numbered(), inverts=True),
            XtOption(f"{name}-opts", _header_options),
            kind=kind,
        )
        for name, kind in (("hbh", HopByHopMatch), ("dst", HeaderMatch))
    ),
    _match(
        "rt",
        XtOption("rt-type", _numbered(), inverts=True),
        XtOption("rt-segsleft", _ranged(), inverts=True),
        XtOption("rt-len", _numbered(), inverts=True),
        XtOption("rt-0-res", requires=("rt-type",)),
        XtOption("rt-0-addrs", options.string(UINT32_MAX)),
        XtOption("rt-0-not-strict"),
        usual={"rt-segsleft": _ALL},
    ),
    _match(
        "srh",
        XtOption("srh-next-hdr", _numbered(255), inverts=True),
        *_comparisons("hdr-len"),
        *_comparisons("segs-left"),
        *_comparisons("last-entry"),
        XtOption("srh-tag", _numbered(0xFFFF), inverts=True),
        *(XtOption(f"srh-{which}sid", _prefix, inverts=True) for which in "pnl"),
    ),
    _match("mh", XtOption("mh-type", _ranged(255), inverts=True), kind=MobilityMatch, usual={"mh-type": (0, 255)}),
    _match(
        "ah",
        XtOption("ahspi", _ranged(), inverts=True),
        XtOption("ahlen", _numbered(), inverts=True),
        XtOption("ahres"),
        usual={"ahspi": _ALL},
    ),
    _match(
        "ipv6header",
        XtOption("header", _header_names, inverts=True, mandatory=True),
        XtOption("soft"),
        kind=PresentMatch,
    ),
    Extension("eui64", (), lambda _parsed: Eui64(), versions=(6,)),
)
