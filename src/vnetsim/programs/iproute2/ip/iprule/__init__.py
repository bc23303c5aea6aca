"""`ip rule`: the routing policy database (iproute2 6.1: ip/iprule.c).

Not modelled: `nat`, realms, uidrange, tun_id, suppress_ifgroup, rules of type unicast without a table, `save`
and `restore`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import RoutingRule
from vnetsim.operations import AddPolicyRule, DeletePolicyRule
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.iprule.parse import ALL_BITS, RuleArgs, parse_filter, parse_rule, transport_name
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    help_command,
    not_modelled,
    run_command,
)
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.rt_tables import TABLE_MAIN, RouteNames
from vnetsim.wire.inet import Prefix

_KERNEL: Final = 2
#: What a rule can do but look something up, of what is modelled.
_ACTIONS: Final = ("blackhole", "unreachable", "prohibit", "goto", "nop")


def main(request: Request) -> Program:
    """Lists the rules without arguments."""
    if not request.args:
        return _show(request)
    return run_command(request, _COMMANDS.items(), "ip rule help")


def _version(request: Request) -> int:
    return 6 if request.options.family == 6 else 4


def _add(request: Request) -> Program:
    if not request.args:
        raise Iproute2Error(1, '"ip rule add" requires arguments.')
    parsed = _parsed(request)
    if parsed.action == "unicast" and parsed.table:
        parsed.action = None
    if parsed.action not in (None, *_ACTIONS):
        raise NotModelled(f"a rule of type {parsed.action}")
    request.execute(
        AddPolicyRule(
            version=parsed.family or 4, priority=parsed.priority, source=parsed.source, destination=parsed.destination,
            in_device=parsed.in_device, out_device=parsed.out_device, mark=parsed.mark, mask=parsed.mask,
            tos=parsed.tos,
            table=_table_to_add(parsed), action=parsed.action or "lookup", negated=parsed.negated,
            protocol=parsed.protocol, sport=parsed.sport, dport=parsed.dport,
            suppress_prefix_length=parsed.suppress_prefix_length, l3mdev=parsed.l3mdev, origin=parsed.origin,
            target=parsed.target,
        )
    )  # fmt: skip
    return 0


def _parsed(request: Request) -> RuleArgs:
    parsed = parse_rule(request, request.options.family)
    if parsed.refusal is not None:
        raise KernelError(Errno.EINVAL, parsed.refusal)
    return parsed


def _table_to_add(parsed: RuleArgs) -> int | None:
    if parsed.l3mdev and parsed.table is not None:
        raise Iproute2Error(22, "table can not be specified for l3mdev rules")
    if parsed.l3mdev:
        return None
    if parsed.table == 0:
        raise NotModelled("a rule for the first empty table")
    return TABLE_MAIN if parsed.table is None and parsed.action is None else parsed.table


def _delete(request: Request) -> Program:
    if not request.args:
        raise Iproute2Error(1, '"ip rule del" requires arguments.')
    parsed = _parsed(request)
    request.execute(
        DeletePolicyRule(
            version=parsed.family or 4, priority=parsed.priority, source=_bits(parsed.source),
            destination=_bits(parsed.destination), in_device=parsed.in_device,
            out_device=parsed.out_device,
            mark=parsed.mark, mask=parsed.mask, tos=parsed.tos, table=parsed.table or None,
            action=parsed.action or "lookup",
            negated=parsed.negated, protocol=parsed.protocol, sport=parsed.sport, dport=parsed.dport,
            suppress_prefix_length=parsed.suppress_prefix_length, l3mdev=parsed.l3mdev, origin=parsed.origin,
        )
    )  # fmt: skip
    return 0


def _bits(prefix: Prefix | None) -> Prefix | None:
    """A prefix of length 0 matches everything."""
    return prefix if prefix is not None and prefix.length else None


def _show(request: Request) -> Program:
    chosen = parse_filter(request)
    rules = request.network.routing_rules(_version(request))
    printer = RulePrinter(request, frozenset(rule.priority for rule in rules))
    for rule in rules:
        if chosen.wants(rule):
            printer.rule(rule)
    request.process.write(printer.out.result())
    return 0


def _flush(request: Request) -> Program:
    """What was chosen, but nothing of priority 0."""
    chosen = parse_filter(request)
    for rule in request.network.routing_rules(_version(request)):
        if rule.priority and chosen.wants(rule) and chosen.origin_wanted in (None, rule.origin):
            request.execute(_deletion(rule))
    return 0


def _deletion(rule: RoutingRule) -> DeletePolicyRule:
    return DeletePolicyRule(
        version=rule.version, priority=rule.priority, source=rule.source, destination=rule.destination,
        in_device=rule.in_device, out_device=rule.out_device, mark=rule.mark, mask=rule.mask, tos=rule.tos,
        table=rule.table, action=rule.action, negated=rule.negated, protocol=rule.protocol, sport=rule.sport,
        dport=rule.dport, suppress_prefix_length=rule.suppress_prefix_length, l3mdev=rule.l3mdev,
        origin=rule.origin,
    )  # fmt: skip


_COMMANDS: Final[dict[str, Command]] = {
    "list": _show, "lst": _show, "show": _show, "save": not_modelled("ip rule save"),
    "restore": not_modelled("ip rule restore"), "add": _add, "delete": _delete, "flush": _flush,
    "help": help_command("ip-rule"),
}  # fmt: skip


class RulePrinter:
    """print_rule()"""

    def __init__(self, request: Request, priorities: Collection[int], out: Iproute2Output | None = None) -> None:
        self._priorities = priorities
        self.out: Final[Iproute2Output] = out or request.printer()
        self._names = RouteNames(request.process.files, request.options.numeric)
        self._options = request.options
        self._devices = frozenset(link.name for link in request.network.links())

    def rule(self, rule: RoutingRule) -> None:
        out = self.out
        out.open_object()
        out.both("priority", f"{rule.priority}:\t", rule.priority)
        if rule.negated:
            out.both("not", "not ", None)
        self._source(rule.source)
        self._destination(rule.destination)
        if rule.tos:
            out.both("tos", f" tos {self._names.service(rule.tos)}", self._names.service(rule.tos))
        self._mark(rule)
        self._device("iif", rule.in_device)
        self._device("oif", rule.out_device)
        if rule.protocol is not None:
            protocol = transport_name(rule.protocol, numeric=self._options.numeric)
            out.both("ipproto", f" ipproto {protocol}", protocol)
        self._ports("sport", rule.sport)
        self._ports("dport", rule.dport)
        self._action(rule)
        if rule.origin not in (0, _KERNEL) or self._options.details:
            out.both("protocol", f" proto {self._names.protocol(rule.origin)}", self._names.protocol(rule.origin))
        out.text("\n")
        out.close_object()

    def _source(self, prefix: Prefix | None) -> None:
        self.out.text("from ")
        if prefix is None or not prefix.length:
            self.out.both("src", "all", "all")
        else:
            self._prefix("src", prefix)

    def _destination(self, prefix: Prefix | None) -> None:
        if prefix is not None and prefix.length:
            self.out.text(" to ")
            self._prefix("dst", prefix)

    def _prefix(self, key: str, prefix: Prefix) -> None:
        color = Color.INET if prefix.version == 4 else Color.INET6
        self.out.both(key, str(prefix.address), str(prefix.address), color)
        if prefix.length != prefix.address.bits:
            self.out.both(f"{key}len", f"/{prefix.length}", prefix.length)

    def _mark(self, rule: RoutingRule) -> None:
        if rule.mark is None and rule.mask is None:
            return
        self.out.both("fwmark", f" fwmark {rule.mark or 0:#x}", hex(rule.mark or 0))
        if rule.mask is not None and rule.mask != ALL_BITS:
            self.out.both("fwmask", f"/{rule.mask:#x}", hex(rule.mask))

    def _device(self, key: str, device: str | None) -> None:
        if device is None:
            return
        self.out.text(f" {key} ")
        self.out.both(key, device, device, Color.IFNAME)
        if device not in self._devices:
            self.out.both(f"{key}_detached", " [detached]", None)

    def _ports(self, key: str, ports: tuple[int, int] | None) -> None:
        if ports is None:
            return
        first, last = ports
        if first == last:
            self.out.both(key, f" {key} {first}", first)
        else:
            self.out.both(f"{key}_start", f" {key} {first}", first)
            self.out.both(f"{key}_end", f"-{last}", last)

    def _action(self, rule: RoutingRule) -> None:
        out = self.out
        if rule.action == "goto":
            out.both("goto", f" goto {rule.target}", rule.target)
            if rule.target not in self._priorities:
                out.both("unresolved", " [unresolved]", None)
        elif rule.action == "nop":
            out.both("nop", " nop", None)
        elif rule.l3mdev:
            out.both("l3mdev", " lookup [l3mdev-table]", None)
        elif rule.table is not None and rule.action == "lookup":
            out.both("table", f" lookup {self._names.table(rule.table)}", self._names.table(rule.table))
            if rule.suppress_prefix_length is not None:
                length = rule.suppress_prefix_length
                out.both("suppress_prefixlen", f" suppress_prefixlength {length}", length)
        elif rule.action != "lookup":
            out.both("action", f" {self._names.kind(rule.action)}", self._names.kind(rule.action))
