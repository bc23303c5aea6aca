"""The words of `ip rule`: what a rule is (iprule_modify) and which rules are meant (iprule_list_flush_or_save)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import RoutingRule
from vnetsim.programs.iproute2.lib.arguments import Request, invarg, matches, number, usage
from vnetsim.programs.iproute2.lib.prefixes import Word, get_prefix
from vnetsim.programs.iproute2.lib.rt_tables import RouteNames, kind_named, protocol_number, service_number
from vnetsim.wire.inet import Prefix

#: Transport protocols that iproute2 names itself (lib/inet_proto.c asks getprotobyname(3)).
TRANSPORTS: Final = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58, "sctp": 132,
}  # fmt: skip
_TRANSPORT_NAMES: Final = {value: name for name, value in TRANSPORTS.items()}
ALL_BITS: Final = 0xFFFF_FFFF
_PORTS: Final = re.compile(r"\s*(\d+)(?:-(\d+))?")


@attrs.define
class RuleWords:
    """What was said of a rule; None: nothing."""

    names: RouteNames
    family: int | None
    #: What the kernel will say of it.
    refusal: str | None = None
    priority: int | None = None
    source: Prefix | None = None
    destination: Prefix | None = None
    in_device: str | None = None
    out_device: str | None = None
    mark: int | None = None
    mask: int | None = None
    tos: int = 0
    table: int | None = None
    action: str | None = None
    negated: bool = False
    protocol: str | None = None
    sport: tuple[int, int] | None = None
    dport: tuple[int, int] | None = None
    suppress_prefix_length: int | None = None
    origin: int = 0


@attrs.define
class RuleFilter(RuleWords):
    """The same words, as a question; `source` and `destination` may be longer than a rule's prefix, then it is out."""

    origin_asked: int | None = None

    def wants(self, rule: RoutingRule) -> bool:
        asked = (
            (self.priority, rule.priority), (self.mark, rule.mark or 0), (self.mask, _mask(rule)),
            (self.in_device, rule.in_device), (self.out_device, rule.out_device), (self.table, rule.table),
            (self.protocol, rule.protocol), (self.sport, rule.sport), (self.dport, rule.dport),
        )  # fmt: skip
        return (
            all(wanted is None or wanted == value for wanted, value in asked)
            and (not self.negated or rule.negated)
            and (not self.tos or self.tos == rule.tos)
            and _covers(self.source, rule.source)
            and _covers(self.destination, rule.destination)
        )


def _mask(rule: RoutingRule) -> int | None:
    """All bits, where a mark has none of its own."""
    return ALL_BITS if rule.mask is None and rule.mark is not None else rule.mask


def _covers(wanted: Prefix | None, prefix: Prefix | None) -> bool:
    if wanted is None or not wanted.length:
        return True
    return prefix is not None and wanted.length <= prefix.length and prefix.address in wanted


def parse_rule(request: Request, family: int | None) -> RuleWords:
    """The words behind `add` and `del`."""
    said = RuleWords(RouteNames(request.process.files), family)
    for word in request.words:
        for keyword, (abbreviated, handle) in _KEYWORDS.items():
            if matches(word, keyword) if abbreviated else word == keyword:
                handle(request, said)
                break
        else:
            _action(request, said, word)
    return said


def parse_filter(request: Request) -> RuleFilter:
    """The words behind `show` and `flush`."""
    chosen = RuleFilter(RouteNames(request.process.files), request.options.family or 4)
    for word in request.words:
        for keyword, (abbreviated, handle) in _KEYWORDS.items():
            if keyword not in _NOT_ASKED and (matches(word, keyword) if abbreviated else word == keyword):
                handle(request, chosen)
                break
        else:
            if matches(word, "dst"):
                word = request.words.next_arg()
            chosen.destination = _prefix(chosen, get_prefix(word, chosen.family))
    return chosen


def _prefix(said: RuleWords, word: Word) -> Prefix:
    """Bits behind the length stay as they were said."""
    said.family = said.family or word.version
    return Prefix(word.address, word.length)


# --- one function a keyword -------------------------------------------------------------------------------------------


def _not(_: Request, said: RuleWords) -> None:
    said.negated = True


def _from(request: Request, said: RuleWords) -> None:
    said.source = _selector(request, said, "source")


def _selector(request: Request, said: RuleWords, which: str) -> Prefix:
    """Unlike with routes, an address does not tell the family: without -6 the kernel is asked for a rule of IPv4."""
    word = get_prefix(request.words.next_arg(), said.family)
    if said.family is None and word.version == 6:
        said.refusal = said.refusal or f"Invalid {which} address"
    return Prefix(word.address, word.length)


def _to(request: Request, said: RuleWords) -> None:
    said.destination = _selector(request, said, "destination")


def _priority(request: Request, said: RuleWords) -> None:
    word = request.words.next_arg()
    said.priority = number(word)
    if said.priority is None:
        raise invarg("preference value is invalid\n", word)


def _tos(request: Request, said: RuleWords) -> None:
    word = request.words.next_arg()
    tos = service_number(word)
    if tos is None:
        raise invarg("TOS value is invalid\n", word)
    said.tos = tos


def _mark(request: Request, said: RuleWords) -> None:
    mark, slash, mask = request.words.next_arg().partition("/")
    said.mark = number(mark)
    if said.mark is None:
        raise invarg("fwmark value is invalid\n", mark)
    if slash:
        said.mask = number(mask)
        if said.mask is None:
            raise invarg("fwmask value is invalid\n", mask)


def _origin(request: Request, said: RuleWords) -> None:
    word = request.words.next_arg()
    origin = protocol_number(word)
    if origin is None:
        raise invarg('"protocol" value is invalid\n', word)
    said.origin = origin
    if isinstance(said, RuleFilter):
        said.origin_asked = origin


def _table(request: Request, said: RuleWords) -> None:
    word = request.words.next_arg()
    said.table = said.names.table_number(word)
    if said.table is None:
        text = "table id value is invalid\n" if isinstance(said, RuleFilter) else "invalid table ID\n"
        raise invarg(text, word)


def _suppress(request: Request, said: RuleWords) -> None:
    word = request.words.next_arg()
    said.suppress_prefix_length = number(word, 31)
    if said.suppress_prefix_length is None:
        raise invarg("suppress_prefixlength value is invalid\n", word)


def _iif(request: Request, said: RuleWords) -> None:
    said.in_device = request.words.next_arg()


def _oif(request: Request, said: RuleWords) -> None:
    said.out_device = request.words.next_arg()


def _transport(request: Request, said: RuleWords) -> None:
    word = request.words.next_arg()
    value = TRANSPORTS.get(word, number(word, 8))
    if value is None:
        raise invarg('Invalid "ipproto" value\n', word)
    said.protocol = _TRANSPORT_NAMES.get(value, str(value)) if value else None


def _sport(request: Request, said: RuleWords) -> None:
    said.sport = _ports(request.words.next_arg(), "sport")


def _dport(request: Request, said: RuleWords) -> None:
    said.dport = _ports(request.words.next_arg(), "dport")


def _ports(word: str, key: str) -> tuple[int, int]:
    """One port or `first-last`; numbers are cut to 16 bits as scanf(3)'s %hu does."""
    found = _PORTS.match(word)
    if found is None:
        raise invarg(f"invalid {key} range\n", word)
    first = int(found[1]) & 0xFFFF
    last = int(found[2]) & 0xFFFF if found[2] else first
    if first > last or not first:
        raise KernelError(Errno.EINVAL, f"Invalid {key} range")
    return first, last


def _refuse(word: str) -> Callable[[Request, RuleWords], None]:
    def handle(_: Request, __: RuleWords) -> None:
        raise NotModelled(f"ip rule {word}")

    return handle


#: Keywords in the order of asking, and whether they may be abbreviated.
_KEYWORDS: Final[dict[str, tuple[bool, Callable[[Request, RuleWords], None]]]] = {
    "not": (False, _not), "from": (False, _from), "to": (False, _to), "preference": (True, _priority),
    "order": (True, _priority), "priority": (True, _priority), "tos": (False, _tos), "dsfield": (True, _tos),
    "fwmark": (False, _mark), "realms": (True, _refuse("realms")), "protocol": (True, _origin),
    "table": (True, _table), "lookup": (False, _table), "suppress_prefixlength": (True, _suppress),
    "sup_pl": (False, _suppress), "suppress_ifgroup": (True, _refuse("suppress_ifgroup")),
    "sup_group": (False, _refuse("suppress_ifgroup")), "dev": (False, _iif), "iif": (False, _iif),
    "oif": (False, _oif), "l3mdev": (False, _refuse("l3mdev")), "uidrange": (False, _refuse("uidrange")),
    "nat": (False, _refuse("nat")), "map-to": (True, _refuse("nat")), "ipproto": (False, _transport),
    "sport": (False, _sport), "dport": (False, _dport), "tun_id": (False, _refuse("tun_id")),
}  # fmt: skip
_NOT_ASKED: Final = frozenset({"suppress_prefixlength", "sup_pl", "suppress_ifgroup", "sup_group", "nat", "map-to"})


def _action(request: Request, said: RuleWords, word: str) -> None:
    if word == "type":
        word = request.words.next_arg()
    if matches(word, "help"):
        raise usage("ip-rule")
    if matches(word, "goto"):
        target = request.words.next_arg()
        if number(target) is None:
            raise invarg("invalid target\n", target)
        raise NotModelled("ip rule goto")
    if matches(word, "nop"):
        raise NotModelled("ip rule nop")
    said.action = kind_named(word)
    if said.action is None:
        raise invarg("Failed to parse rule type", word)


def transport_name(protocol: str, *, numeric: bool) -> str:
    """inet_proto_n2a(): `ipproto-17` where it has no name or none is wanted."""
    value = TRANSPORTS.get(protocol)
    return protocol if value is not None and not numeric else f"ipproto-{protocol if value is None else value}"
