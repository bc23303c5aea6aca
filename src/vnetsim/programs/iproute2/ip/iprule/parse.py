"""The arguments of `ip rule`: what a rule is (iprule_modify) and which rules are meant (iprule_list_flush_or_save)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.observations import RoutingRule
from vnetsim.programs.iproute2.lib.arguments import Request, invarg, lookup, matches, not_modelled, number, usage, valid
from vnetsim.programs.iproute2.lib.prefixes import PrefixArg, get_prefix
from vnetsim.programs.iproute2.lib.rt_tables import RouteNames, kind_named, protocol_number, service_number
from vnetsim.values import define
from vnetsim.wire.inet import Prefix

#: Transport protocols that iproute2 names itself (lib/inet_proto.c calls getprotobyname(3)).
TRANSPORTS: Final = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "ipv6-icmp": 58, "sctp": 132,
}  # fmt: skip
_TRANSPORT_NAMES: Final = {value: name for name, value in TRANSPORTS.items()}
ALL_BITS: Final = 0xFFFF_FFFF
_PORTS: Final = re.compile(r"\s*(\d+)(?:-(\d+))?")


@define
class RuleArgs:
    """What is given for a rule; None: nothing."""

    names: RouteNames
    family: int | None
    #: The message with which the kernel will refuse it.
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
    l3mdev: bool = False
    target: int | None = None
    origin: int = 0


@define
class RuleFilter(RuleArgs):
    """The same arguments as a filter: a rule whose prefix is shorter than `source` or `destination` does not match."""

    origin_wanted: int | None = None

    def wants(self, rule: RoutingRule) -> bool:
        conditions = (
            (self.priority, rule.priority), (self.mark, rule.mark or 0), (self.mask, _mask(rule)),
            (self.in_device, rule.in_device), (self.out_device, rule.out_device), (self.table, rule.table),
            (self.protocol, rule.protocol), (self.sport, rule.sport), (self.dport, rule.dport),
        )  # fmt: skip
        return (
            all(wanted is None or wanted == value for wanted, value in conditions)
            and (not self.negated or rule.negated)
            and (not self.l3mdev or rule.l3mdev)
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


def parse_rule(request: Request, family: int | None) -> RuleArgs:
    """Reads what follows `add` and `del`."""
    parsed = RuleArgs(RouteNames(request.process.files), family)
    for arg in request.args:
        if found := lookup(arg, _KEYWORDS.items()):
            found[1](request, parsed)
        else:
            _action(request, parsed, arg)
    return parsed


def parse_filter(request: Request) -> RuleFilter:
    """Reads what follows `show` and `flush`."""
    chosen = RuleFilter(RouteNames(request.process.files), request.options.family or 4)
    for arg in request.args:
        if found := lookup(arg, _FILTER_KEYWORDS.items()):
            found[1](request, chosen)
        else:
            if matches(arg, "dst"):
                arg = request.args.next_arg()
            chosen.destination = _prefix(chosen, get_prefix(arg, chosen.family))
    return chosen


def _prefix(parsed: RuleArgs, arg: PrefixArg) -> Prefix:
    """Bits behind the length stay as they were given."""
    parsed.family = parsed.family or arg.version
    return Prefix(arg.address, arg.length)


# --- one function a keyword -------------------------------------------------------------------------------------------


def _not(_: Request, parsed: RuleArgs) -> None:
    parsed.negated = True


def _from(request: Request, parsed: RuleArgs) -> None:
    parsed.source = _selector(request, parsed, "source")


def _selector(request: Request, parsed: RuleArgs, which: str) -> Prefix:
    """Unlike with routes, an address does not decide the family: without -6 the request is for a rule of IPv4."""
    arg = get_prefix(request.args.next_arg(), parsed.family)
    if parsed.family is None and arg.version == 6:
        parsed.refusal = parsed.refusal or f"Invalid {which} address"
    return Prefix(arg.address, arg.length)


def _to(request: Request, parsed: RuleArgs) -> None:
    parsed.destination = _selector(request, parsed, "destination")


def _priority(request: Request, parsed: RuleArgs) -> None:
    parsed.priority = valid(number(arg := request.args.next_arg()), "preference value is invalid\n", arg)


def _tos(request: Request, parsed: RuleArgs) -> None:
    parsed.tos = valid(service_number(arg := request.args.next_arg()), "TOS value is invalid\n", arg)


def _mark(request: Request, parsed: RuleArgs) -> None:
    mark, slash, mask = request.args.next_arg().partition("/")
    parsed.mark = valid(number(mark), "fwmark value is invalid\n", mark)
    if slash:
        parsed.mask = valid(number(mask), "fwmask value is invalid\n", mask)


def _origin(request: Request, parsed: RuleArgs) -> None:
    parsed.origin = valid(protocol_number(arg := request.args.next_arg()), '"protocol" value is invalid\n', arg)
    if isinstance(parsed, RuleFilter):
        parsed.origin_wanted = parsed.origin


def _table(request: Request, parsed: RuleArgs) -> None:
    arg = request.args.next_arg()
    parsed.table = parsed.names.table_number(arg)
    if parsed.table is None:
        text = "table id value is invalid\n" if isinstance(parsed, RuleFilter) else "invalid table ID\n"
        raise invarg(text, arg)


def _suppress(request: Request, parsed: RuleArgs) -> None:
    arg = request.args.next_arg()
    parsed.suppress_prefix_length = valid(number(arg, 31), "suppress_prefixlength value is invalid\n", arg)


def _iif(request: Request, parsed: RuleArgs) -> None:
    parsed.in_device = request.args.next_arg()


def _oif(request: Request, parsed: RuleArgs) -> None:
    parsed.out_device = request.args.next_arg()


def _l3mdev(_: Request, parsed: RuleArgs) -> None:
    parsed.l3mdev = True


def _transport(request: Request, parsed: RuleArgs) -> None:
    arg = request.args.next_arg()
    value = valid(TRANSPORTS.get(arg, number(arg, 8)), 'Invalid "ipproto" value\n', arg)
    parsed.protocol = _TRANSPORT_NAMES.get(value, str(value)) if value else None


def _sport(request: Request, parsed: RuleArgs) -> None:
    parsed.sport = _ports(request.args.next_arg(), "sport")


def _dport(request: Request, parsed: RuleArgs) -> None:
    parsed.dport = _ports(request.args.next_arg(), "dport")


def _ports(arg: str, key: str) -> tuple[int, int]:
    """One port or `first-last`; numbers are cut to 16 bits as scanf(3)'s %hu does."""
    found = valid(_PORTS.match(arg), f"invalid {key} range\n", arg)
    first = int(found[1]) & 0xFFFF
    last = int(found[2]) & 0xFFFF if found[2] else first
    if first > last or not first:
        raise KernelError(Errno.EINVAL, f"Invalid {key} range")
    return first, last


#: Keywords in the order of lookup().
_KEYWORDS: Final[dict[str, Callable[[Request, RuleArgs], None]]] = {
    "not.": _not, "from.": _from, "to.": _to, "preference": _priority, "order": _priority, "priority": _priority,
    "tos.": _tos, "dsfield": _tos, "fwmark.": _mark, "realms": not_modelled("ip rule realms"), "protocol": _origin,
    "table": _table, "lookup.": _table, "suppress_prefixlength": _suppress, "sup_pl.": _suppress,
    "suppress_ifgroup": not_modelled("ip rule suppress_ifgroup"),
    "sup_group.": not_modelled("ip rule suppress_ifgroup"), "dev.": _iif, "iif.": _iif, "oif.": _oif,
    "l3mdev.": _l3mdev, "uidrange.": not_modelled("ip rule uidrange"),
    "nat.": not_modelled("ip rule nat"), "map-to": not_modelled("ip rule nat"), "ipproto.": _transport,
    "sport.": _sport, "dport.": _dport, "tun_id.": not_modelled("ip rule tun_id"),
}  # fmt: skip
_NOT_FILTERED: Final = ("suppress_", "sup_", "nat", "map-to")
_FILTER_KEYWORDS: Final = {key: handle for key, handle in _KEYWORDS.items() if not key.startswith(_NOT_FILTERED)}


def _action(request: Request, parsed: RuleArgs, arg: str) -> None:
    if arg == "type":
        arg = request.args.next_arg()
    if matches(arg, "help"):
        raise usage("ip-rule")
    if matches(arg, "goto"):
        target = request.args.next_arg()
        if number(target) is None:
            raise invarg("invalid target\n", target)
        parsed.target, parsed.action = number(target), "goto"
        return
    if matches(arg, "nop"):
        parsed.action = "nop"
        return
    parsed.action = valid(kind_named(arg), "Failed to parse rule type", arg)


def transport_name(protocol: str, *, numeric: bool) -> str:
    """inet_proto_n2a(): `ipproto-17` where it has no name or none is wanted."""
    value = TRANSPORTS.get(protocol)
    return protocol if value is not None and not numeric else f"ipproto-{protocol if value is None else value}"
