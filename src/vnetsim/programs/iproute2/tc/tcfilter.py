"""`tc filter` (iproute2 6.1: tc/tc_filter.c, f_u32.c, f_flower.c, f_fw.c, f_matchall.c).

Not modelled: chains but the first, blocks, `get`, u32 with `-pretty`, other kinds of filters (basic, bpf, flow ...).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.observations.tcfilter import TrafficFilter
from vnetsim.operations import Verb
from vnetsim.operations.qdisc import CLSACT_EGRESS, CLSACT_INGRESS, ROOT
from vnetsim.operations.tcfilter import (
    ALL_PROTOCOLS,
    Action,
    ChangeFilter,
    DeleteFilter,
    Flower,
    FwMark,
    Match,
    MatchAll,
    U32Match,
)
from vnetsim.process import Program
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.arguments import (
    Args,
    Iproute2Error,
    Request,
    duparg,
    matches,
    nodev,
    number,
    unknown_command,
    usage,
    usage_text,
    valid,
)
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import index_of, name_of
from vnetsim.programs.iproute2.tc import action, flower, u32
from vnetsim.programs.iproute2.tc.options import TcOptions
from vnetsim.programs.iproute2.tc.qdisc import class_number, class_text
from vnetsim.values import define

_VERBS: Final = {"add": Verb.ADD, "change": Verb.CHANGE, "replace": Verb.REPLACE}
_HOOKS: Final = {"ingress": CLSACT_INGRESS, "egress": CLSACT_EGRESS}
_NAMES: Final = {3: "all", 0x0800: "ip", 0x86DD: "ipv6", 0x0806: "arp", 0x8100: "802.1Q", 0x88A8: "802.1ad"}
_UNMODELLED: Final = ("basic", "bpf", "cgroup", "flow", "route", "rsvp", "tcindex")
#: Hash tables of u32.
_TABLES: Final = ("divisor", "order", "link", "ht", "offset", "hashkey", "sample", "eat")
_LISTS: Final = ("list", "show", "lst", "ls")
_REFUSED: Final = "We have an error talking to the kernel\n"


@define
class _FilterArgs:
    device: str = ""
    parent: int = 0
    preference: int = 0
    protocol: int = 0
    handle: str = ""
    kind: str = ""
    chain: int | None = None
    match: Match | None = None
    classid: int = 0
    actions: tuple[Action, ...] = ()
    old_police: bool = False
    words: str = ""
    has_options: bool = True


def main(request: Request, options: TcOptions) -> Program:
    """Reads what follows `tc filter`."""
    arg = request.args.take()
    if arg is None or any(matches(arg, each) for each in _LISTS):
        return _show(request, options)
    if matches(arg, "help"):
        request.process.error(usage_text("tc-filter"))
        return 0
    verb = next((name for name in (*_VERBS, "delete", "get") if matches(arg, name)), None)
    if verb is None or verb == "get":
        raise unknown_command(arg, "tc filter help") if verb is None else NotModelled("tc filter get")
    try:
        _change(request, verb)
    except KernelError as error:
        request.process.error(f"{error}\n{_REFUSED}")
        return 2
    return 0


def _change(request: Request, verb: str) -> None:
    words = shlex.join(request.args.rest)
    parsed = _read(request)
    if parsed.chain:
        raise NotModelled("tc filter chain")
    parsed.words = words
    if verb == "delete":
        request.execute(DeleteFilter(
            device=parsed.device, words=words, parent=parsed.parent, protocol=parsed.protocol,
            preference=parsed.preference, handle=_handle(parsed), kind=parsed.kind,
        ))  # fmt: skip
        return
    if parsed.match is None:
        raise NotModelled("tc filter without a kind")
    if parsed.parent == ROOT:
        raise NotModelled("tc filter root")
    request.execute(ChangeFilter(
        device=parsed.device, words=words, match=parsed.match, parent=parsed.parent,
        protocol=parsed.protocol or ALL_PROTOCOLS, preference=parsed.preference,
        handle=0 if parsed.kind == "fw" else _handle(parsed), classid=parsed.classid, actions=parsed.actions,
        old_police=parsed.old_police, has_options=parsed.has_options, verb=_VERBS[verb],
    ))  # fmt: skip


def _read(request: Request) -> _FilterArgs:
    parsed, args = _FilterArgs(), request.args
    for arg in args:
        if not _read_where(args, arg, parsed):
            parsed.kind = arg
            _read_kind(request, args, parsed)
            break
    parsed.device = _device(request, parsed.device)
    return parsed


def _read_where(args: Args, arg: str, parsed: _FilterArgs) -> bool:
    """Whether it is one of the arguments before the kind."""
    if arg == "dev":
        parsed.device = args.next_arg()
    elif arg in _HOOKS or arg == "parent":
        parsed.parent = _parent(args, arg, parsed.parent)
    elif arg == "handle":
        parsed.handle = args.next_arg()
    elif matches(arg, "preference") or matches(arg, "priority"):
        parsed.preference = valid(number(text := args.next_arg(), 16), "invalid priority value", text)
    elif matches(arg, "protocol"):
        text = args.next_arg()
        parsed.protocol = valid(action.ETHERTYPES.get(text, number(text, 16)), "invalid protocol", text)
    elif arg == "root":
        parsed.parent = ROOT
    elif arg == "chain":
        if parsed.chain is not None:
            raise duparg("chain", args.next_arg())
        parsed.chain = valid(number(text := args.next_arg()), "invalid chain index value", text)
    elif arg in ("block", "estimator"):
        raise NotModelled(f"tc filter {arg}")
    else:
        return False
    return True


def _parent(args: Args, arg: str, before: int) -> int:
    if arg in _HOOKS:
        if before:
            raise Iproute2Error(255, f'Error: "{arg}" is a duplicate parent ID')
        return _HOOKS[arg]
    text = args.next_arg()
    if before:
        raise duparg("parent", text)
    return valid(class_number(text), "Invalid parent ID", text)


def _handle(parsed: _FilterArgs) -> int:
    if parsed.kind == "u32" and parsed.handle:
        table, _, node = parsed.handle.partition(":")
        hashed, _, item = node.partition(":")
        if hashed not in ("", "0"):
            raise NotModelled("hash tables of u32")
        return int(table or "0", 16) << 20 | int(item or "0", 16)
    if parsed.kind == "fw" and "/" in parsed.handle:
        raise NotModelled("fw with a mask")
    value = number(parsed.handle, 32) if parsed.handle else 0
    if value is None:
        raise Iproute2Error(1, 'Illegal "handle"')
    return value


def _device(request: Request, name: str) -> str:
    links = request.network.links()
    index = index_of(links, name) if name else 0
    if not index:
        raise nodev(name) if name else NotModelled("tc filter without a device")
    return name_of(links, index)


# --- kinds -----------------------------------------------------------------------------------------------------------


def _read_kind(request: Request, args: Args, parsed: _FilterArgs) -> None:
    if parsed.kind in _UNMODELLED:
        raise NotModelled(f"tc filter {parsed.kind}")
    if parsed.kind not in ("u32", "flower", "fw", "matchall"):
        if args.peek is None:
            raise NotModelled(f"tc filter {parsed.kind}")
        raise Iproute2Error(1, f'Unknown filter "{parsed.kind}", hence option "{args.peek}" is unparsable')
    parsed.has_options = args.peek is not None or parsed.kind == "flower"
    selector, fields = u32.U32Selector(), flower.FlowerKeys(parsed.protocol or ALL_PROTOCOLS)
    for arg in args:
        if not _read_common(request, args, arg, parsed):
            _read_own(args, arg, parsed, selector, fields)
    parsed.match = _match(parsed, selector, fields)


def _match(parsed: _FilterArgs, selector: u32.U32Selector, fields: flower.FlowerKeys) -> Match:
    if parsed.kind == "u32":
        return selector.result()
    if parsed.kind == "flower":
        return Flower(fields.keys)
    return MatchAll() if parsed.kind == "matchall" else FwMark(_handle(parsed))


def _read_common(request: Request, args: Args, arg: str, parsed: _FilterArgs) -> bool:
    if arg in ("flowid", "classid"):
        value = class_number(args.next_arg())
        if value is None:
            raise Iproute2Error(1, 'Illegal "classid"')
        parsed.classid = value
    elif arg == "action":
        parsed.actions = action.read_actions(request, args)
    elif arg == "police":
        parsed.actions = (_police(request, args),)
        parsed.old_police = parsed.kind == "u32"
    else:
        return False
    return True


def _police(request: Request, args: Args) -> Action:
    try:
        return action.read_police(request, args)
    except Iproute2Error as error:
        raise error if error.status > 0 else Iproute2Error(1, f'{error}\nIllegal "police"') from None


def _read_own(args: Args, arg: str, parsed: _FilterArgs, selector: u32.U32Selector, fields: flower.FlowerKeys) -> None:
    if parsed.kind == "flower":
        fields.read(args, arg)
    elif parsed.kind == "u32" and arg == "match":
        u32.read_match(args, selector)
    elif arg in ("skip_hw", "skip_sw", "indev", *(_TABLES if parsed.kind == "u32" else ())):
        raise NotModelled(f"{parsed.kind} {arg}")
    else:
        raise usage(f"tc-{parsed.kind}", 1, "" if arg == "help" else f'What is "{arg}"?')


# --- showing ---------------------------------------------------------------------------------------------------------


def _show(request: Request, options: TcOptions) -> Program:
    parsed, out = _chosen(request), request.printer()
    if parsed.device and not parsed.chain:
        for each in request.network.traffic_filters(parsed.device, parsed.parent):
            if parsed.preference in (0, each.preference) and parsed.protocol in (0, each.protocol):
                _print(out, each, parsed, options)
    request.process.write(out.result())
    return 0


def _chosen(request: Request) -> _FilterArgs:
    parsed = _FilterArgs()
    for arg in request.args:
        if not _read_where(request.args, arg, parsed):
            raise Iproute2Error(255, f' What is "{arg}"? Try "tc filter help"')
    if parsed.device:
        parsed.device = _device(request, parsed.device)
    return parsed


def filters_of(network: Network, device: str) -> Iterator[TrafficFilter]:
    """At all its hooks, disciplines and classes."""
    parents = [each.handle for each in network.qdiscs() if each.device == device and each.handle]
    classes = [each.classid for each in network.qdisc_classes(device)]
    for parent in dict.fromkeys((*_HOOKS.values(), *parents, *classes)):
        yield from network.traffic_filters(device, parent)


def chains(request: Request) -> Program:
    """Reads what follows `tc chain` (do_chain)."""
    arg = request.args.take()
    if arg is None or any(matches(arg, keyword) for keyword in _LISTS):
        return _show_chains(request)
    if matches(arg, "help"):
        request.process.error(usage_text("tc-chain"))
        return 0
    if any(matches(arg, verb) for verb in ("add", "delete", "get")):
        raise NotModelled(f"tc chain {arg}")
    raise unknown_command(arg, "tc chain help")


def _show_chains(request: Request) -> Program:
    """The one chain, of whose filters there are some."""
    parsed, out = _chosen(request), request.printer()
    if parsed.device and not parsed.chain:
        found = request.network.traffic_filters(parsed.device, parsed.parent)
        for parent in dict.fromkeys(each.parent for each in found):
            _print_chain(out, parent, parsed)
    request.process.write(out.result())
    return 0


def _print_chain(out: Iproute2Output, parent: int, chosen: _FilterArgs) -> None:
    """print_filter() of a chain: the parent is the discipline, even of a hook."""
    out.open_object()
    out.text("chain ")
    if parent in _HOOKS.values():
        parent &= ~0xFFFF
    if chosen.parent != parent:
        out.both("parent", f"parent {class_text(parent)} ", class_text(parent))
    if chosen.chain is None:
        out.both("chain", "chain 0 ", 0)
    out.line()
    out.close_object()


def _print(out: Iproute2Output, each: TrafficFilter, chosen: _FilterArgs, options: TcOptions) -> None:
    """print_filter()"""
    out.open_object()
    out.text("filter ")
    if not chosen.parent or chosen.parent != each.parent:
        out.both("parent", f"parent {class_text(each.parent)} ", class_text(each.parent))
    if not chosen.protocol:
        protocol = _NAMES.get(each.protocol, f"[{each.protocol}]")
        out.both("protocol", f"protocol {protocol} ", protocol)
    if not chosen.preference:
        out.both("pref", f"pref {each.preference} ", each.preference)
    out.both("kind", f"{each.kind} ", each.kind)
    if chosen.chain is None:
        out.both("chain", "chain 0 ", 0)
    if options.oneline and each.match is not None:
        raise NotModelled("tc -oneline of filters")
    if each.match is not None or each.table:
        out.open_object("options")
        _print_match(out, each, options)
        _print_actions(out, each, options)
        out.close_object()
    out.line()
    out.close_object()


def _print_match(out: Iproute2Output, each: TrafficFilter, options: TcOptions) -> None:
    match = each.match
    if match is None:
        raw = f"[{each.table << 20:08x}]" if options.raw else ""
        out.both("fh", f"fh {each.table:x}:{raw} ", f"{each.table:x}:")
        out.both("ht_divisor", "ht divisor 1 ", 1)
    elif isinstance(match, U32Match):
        _print_u32(out, each, match, options)
    elif isinstance(match, FwMark):
        if out.json is not None:
            raise NotModelled("JSON of fw filters")
        out.text(f"handle {each.handle:#x} classid {class_text(each.classid)} " if each.classid
                 else f"handle {each.handle:#x} ")  # fmt: skip
        out.text("\n" if each.actions else "")
    else:
        _print_matchall(out, each, match, with_stats=options.stats > 0)


def _print_matchall(out: Iproute2Output, each: TrafficFilter, match: Match, *, with_stats: bool) -> None:
    out.both("handle", f"handle {each.handle:#x} ", each.handle)
    name = "classid" if isinstance(match, Flower) else "flowid"
    if each.classid:
        out.both(name, f"{name} {class_text(each.classid)} ", class_text(each.classid))
    if isinstance(match, Flower):
        flower.show(out, dict(match.keys))
    out.both("not_in_hw", "\n  not_in_hw", True)
    if with_stats and isinstance(match, MatchAll):
        out.both("rule_hit", f" (rule hit {each.hits})", each.hits)


def _print_u32(out: Iproute2Output, each: TrafficFilter, match: U32Match, options: TcOptions) -> None:
    table, node = f"{each.handle >> 20:x}", each.handle & 0xFFF
    if options.pretty:
        raise NotModelled("tc -pretty of u32")
    with_stats, raw = options.stats > 0, f"[{each.handle:08x}]" if options.raw else ""
    out.both("fh", f"fh {table}::{node:x}{raw} ", f"{table}::{node:x}")
    out.both("order", f"order {node} ", node)
    out.both("key_ht", f"key ht {table} ", table)
    out.both("bkt", "bkt 0 ", "0")
    if each.classid:
        out.both("flowid", f"*flowid {class_text(each.classid)} ", class_text(each.classid))
    elif each.actions:
        out.both("terminal", "terminal flowid ", True)
    out.both("not_in_hw", "not_in_hw ", True)
    if with_stats:
        out.text(f"(rule hit {each.hits} success {each.successes})")
    for key, successes in zip(match.keys, each.key_successes, strict=True):
        where = "nexthdr+" if key.nexthdr else ""
        out.text(f"\n  match {key.value:08x}/{key.mask:08x} at {where}{key.offset}")
        if with_stats:
            out.text(f" (success {successes} ) ")
        out.data("match", {"value": f"{key.value:x}", "mask": f"{key.mask:x}", "offmask": where, "off": key.offset})


def _print_actions(out: Iproute2Output, each: TrafficFilter, options: TcOptions) -> None:
    if each.old_police:
        out.text("\n")
        action.show_old_police(out, each.actions[0], options)
    elif each.actions:
        out.open_array("actions")
        for order, one in enumerate(each.actions, 1):
            action.show(out, order, one, options)
        out.close_array()
