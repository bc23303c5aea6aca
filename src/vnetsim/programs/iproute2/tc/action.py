"""Actions of filters (iproute2 6.1: tc/m_action.c, m_gact.c, m_mirred.c, m_police.c, m_skbedit.c, m_vlan.c).

Not modelled: other actions (pedit, nat, csum ...), random verdicts, `goto chain`, and what an action may have besides
(`index`, `cookie`, `hw_stats`, `no_percpu`, `skip_hw`, `skip_sw`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.observations.tcfilter import FilterAction
from vnetsim.operations.tcfilter import Action, Gact, Mirred, Police, Skbedit, VlanTag
from vnetsim.programs.iproute2.lib.arguments import (
    Args,
    Iproute2Error,
    Request,
    incomplete,
    invarg,
    number,
    usage,
    usage_text,
    valid,
)
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import index_of
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.options import TcOptions
from vnetsim.programs.iproute2.tc.qdisc import class_number, class_text

_VERDICTS: Final = {
    "drop": "drop", "shot": "drop", "ok": "pass", "pass": "pass", "pipe": "pipe", "continue": "continue",
    "reclassify": "reclassify",
}  # fmt: skip
_UNMODELLED_NAMES: Final = """
    pedit nat csum sample tunnel_key ct ctinfo mpls skbmod connmark bpf simple xt ipt ife gate trap jump goto
"""
_UNMODELLED: Final = frozenset(_UNMODELLED_NAMES.split())
#: What belongs to any action.
_UNMODELLED_MORE: Final = ("index", "cookie", "hw_stats", "no_percpu", "skip_hw", "skip_sw")
_MTU: Final = 2047
#: What may follow actions.
_AFTER: Final = ("flowid", "classid")
#: The status of an error after which tc says which action it was about; tc itself ends with 1.
_OF_ACTION: Final = -1
#: Protocols by the names that tc knows (lib/ll_proto.c).
ETHERTYPES: Final = {"all": 3, "ip": 0x0800, "ipv4": 0x0800, "ipv6": 0x86DD, "arp": 0x0806, "802.1Q": 0x8100,
                     "802.1q": 0x8100, "802.1ad": 0x88A8, "802.1AD": 0x88A8}  # fmt: skip
_TAGS: Final = {0x8100: "802.1Q", 0x88A8: "802.1ad"}


def read_actions(request: Request, args: Args) -> tuple[Action, ...]:
    """parse_action(): behind the first `action`; it may be left out before the others."""
    found = [_read(request, args)]
    while args.peek is not None and args.peek not in _AFTER:
        if args.peek in _UNMODELLED_MORE:
            raise NotModelled(f"{args.peek} of an action")
        args.take_if("action")
        found.append(_read(request, args))
    return tuple(found)


def _read(request: Request, args: Args) -> Action:
    left, kind = len(args.rest), args.next_arg()
    if kind == "gact":
        kind = args.next_arg()
    if kind in _VERDICTS:
        if args.peek == "random":
            raise NotModelled("gact random")
        return Gact(verdict=_VERDICTS[kind])
    if kind in _UNMODELLED:
        raise NotModelled(f"action {kind}")
    if kind not in _READERS:
        raise usage("tc-gact", 255, f"Bad action type {kind}")
    if args.peek is None:
        raise incomplete()
    try:
        return _READERS[kind](request, args)
    except Iproute2Error as error:
        if error.status != _OF_ACTION:
            raise
        raise Iproute2Error(1, f'{error}\nbad action parsing\nparse_action: bad value ({left}:{kind})!'
                               '\nIllegal "action"') from None  # fmt: skip


def _verdict(args: Args, default: str) -> str:
    """parse_action_control_dflt()"""
    return _VERDICTS[args.next_arg()] if args.peek in _VERDICTS else default


def _mirred(request: Request, args: Args) -> Mirred:
    """parse_mirred()"""
    direction = args.next_arg()
    if direction not in ("egress", "ingress"):
        raise Iproute2Error(_OF_ACTION, f"mirred option not supported {direction}")
    how, keyword = args.take(), args.take()
    if how not in ("redirect", "mirror") or keyword != "dev":
        raise incomplete()
    name = args.next_arg()
    if not index_of(request.network.links(), name):
        raise Iproute2Error(_OF_ACTION, f'Cannot find device "{name}"')
    if args.peek in _VERDICTS:
        raise NotModelled("mirred with a verdict")
    return Mirred(device=name, redirect=how == "redirect", ingress=direction == "ingress")


def read_police(_request: Request, args: Args) -> Police:
    """Behind `police`."""
    values = {"rate": 0, "burst": 0, "mtu": 0}
    verdicts = {"exceed": "reclassify", "conform": "pass"}
    while (arg := args.peek) is not None:
        key = {"buffer": "burst", "maxburst": "burst", "minburst": "mtu"}.get(arg, arg)
        if key in values:
            args.take()
            values[key] = _amount(key, args.next_arg())
        elif arg in ("conform-exceed", "action/conform"):
            args.take()
            exceed, _, conform = args.next_arg().partition("/")
            verdicts = {"exceed": _control(exceed), "conform": _control(conform) if conform else "pass"}
        elif arg in _VERDICTS:
            verdicts["exceed"] = _VERDICTS[args.next_arg()]
        elif arg in ("avrate", "peakrate", "mpu", "overhead", "linklayer", "pkts_rate", "pkts_burst", "index"):
            raise NotModelled(f"police {arg}")
        else:
            break
    return _police(values, verdicts)


def _amount(key: str, text: str) -> int:
    value = units.rate(text) if key == "rate" else units.size(text.partition("/")[0])
    return valid(value, {"burst": "buffer"}.get(key, key), text)


def _police(values: dict[str, int], verdicts: dict[str, str]) -> Police:
    if not values["rate"]:
        if values["mtu"]:
            raise NotModelled("police without a rate")
        raise Iproute2Error(_OF_ACTION, "'rate' or 'avrate' or 'mtu' or 'pkts_rate' MUST be specified.")
    if not values["burst"]:
        raise Iproute2Error(_OF_ACTION, "'burst' requires 'rate'.")
    ticks = units.to_ticks(1_000_000 * values["burst"] // values["rate"])
    return Police(rate=values["rate"], burst=ticks * units.TICK_NS, mtu=values["mtu"] or _MTU,
                  verdict=verdicts["exceed"], conform=verdicts["conform"])  # fmt: skip


def _control(text: str) -> str:
    if text not in _VERDICTS:
        raise Iproute2Error(_OF_ACTION, f"Bad action type {text}")
    return _VERDICTS[text]


def _skbedit(_request: Request, args: Args) -> Skbedit:
    values: dict[str, int] = {}
    while (arg := args.peek) in ("priority", "mark", "queue_mapping", "ptype", "inheritdsfield"):
        args.take()
        if arg not in ("priority", "mark"):
            raise NotModelled(f"skbedit {arg}")
        text, slash, mask = args.next_arg().partition("/")
        value = class_number(text + slash + mask) if arg == "priority" else number(text, 32)
        values[arg] = _legal(value, arg)
        if arg == "mark" and slash:
            values["mask"] = _legal(number(mask, 32), "mask")
    if not values:
        raise NotModelled("skbedit without priority and mark")
    return Skbedit(
        priority=values.get("priority"), mark=values.get("mark"), mask=values.get("mask"),
        verdict=_verdict(args, "pipe"),
    )  # fmt: skip


def _legal(value: int | None, name: str) -> int:
    if value is None:
        raise Iproute2Error(_OF_ACTION, f"Illegal {name}")
    return value


def _vlan(_request: Request, args: Args) -> VlanTag:
    """parse_vlan()"""
    what = args.next_arg()
    if what in ("pop_eth", "push_eth"):
        raise NotModelled(f"action vlan {what}")
    if what not in ("pop", "push", "modify"):
        raise usage("tc-gact", 255, f"Bad action type {what}")
    values: dict[str, int] = {}
    while (arg := args.peek) in ("id", "protocol", "priority"):
        if what == "pop":
            raise invarg("only valid for push/modify", arg)
        args.take()
        values[arg] = _vlan_value(arg, args.next_arg())
    if what != "pop" and "id" not in values:
        raise Iproute2Error(_OF_ACTION, f"id needs to be set for {what}\n{usage_text('tc-vlan').rstrip()}")
    priority = values.get("priority", 0 if what == "push" else None)
    return VlanTag(what=what, vlan=values.get("id", 0), protocol=values.get("protocol", 0x8100), priority=priority,
                verdict=_verdict(args, "pipe"))  # fmt: skip


def _vlan_value(arg: str, text: str) -> int:
    if arg == "priority":
        return valid(number(text, 3), "prio is invalid", text)
    if arg == "id":
        return valid(number(text, 16), "id is invalid", text)
    protocol = valid(ETHERTYPES.get(text), "protocol is invalid", text)
    if protocol not in _TAGS:
        raise Iproute2Error(_OF_ACTION, f"protocol not supported\n{usage_text('tc-vlan').rstrip()}")
    return protocol


#: Those that read more than a verdict.
_READERS: Final[dict[str, Callable[[Request, Args], Action]]] = {
    "mirred": _mirred, "police": read_police, "skbedit": _skbedit, "vlan": _vlan,
}  # fmt: skip


#: All kinds.
KINDS: Final = ("gact", *_READERS)


# --- showing ---------------------------------------------------------------------------------------------------------


def show(out: Iproute2Output, order: int, action: FilterAction, options: TcOptions) -> None:
    """tc_print_one_action()"""
    out.open_object()
    out.both("order", f"\n\taction order {order}: ", order)
    spec = action.spec
    out.data("kind", spec.kind)
    if isinstance(spec, Gact):
        _show_gact(out, spec)
    elif isinstance(spec, Mirred):
        _show_mirred(out, spec, action.device)
    elif isinstance(spec, Police):
        _show_police(out, spec, action, options)
    elif isinstance(spec, VlanTag):
        _show_vlan(out, spec)
    else:
        _show_skbedit(out, spec)
    if not isinstance(spec, Police):
        out.both("index", f"\n\t{'' if isinstance(spec, Mirred) else ' '}index {action.index}", action.index)
        out.both("ref", " ref 1", 1)
        out.both("bind", " bind 1", 1)
        if options.stats > 0:
            _show_times(out, action)
    out.line()
    if options.stats > 0:
        _show_stats(out, action)
    out.close_object()


def _show_gact(out: Iproute2Output, spec: Gact) -> None:
    out.text(f"gact action {spec.verdict}\n\t random type none pass val 0")
    out.data("control_action", {"type": spec.verdict})
    out.data("prob", {"random_type": "none", "control_action": {"type": "pass"}, "val": 0})


def _show_mirred(out: Iproute2Output, spec: Mirred, device: str) -> None:
    direction, how = ("ingress" if spec.ingress else "egress"), ("redirect" if spec.redirect else "mirror")
    out.text(f"mirred ({direction.capitalize()} {how.capitalize()} to device {device}) {spec.verdict}")
    for key, value in (("mirred_action", how), ("direction", direction), ("to_dev", device)):
        out.data(key, value)
    out.data("control_action", {"type": spec.verdict})


def _show_skbedit(out: Iproute2Output, spec: Skbedit) -> None:
    out.text("skbedit ")
    if spec.priority is not None:
        out.both("priority", f" priority {class_text(spec.priority)}", class_text(spec.priority))
    if spec.mark is not None:
        out.both("mark", f" mark {spec.mark}", spec.mark)
    if spec.mask is not None:
        mask = f"{spec.mask:#x}" if spec.mask else "0"
        out.both("mask", f"/{mask}", f"{spec.mask:x}")
    out.text(f" {spec.verdict}")
    out.data("control_action", {"type": spec.verdict})


def _show_vlan(out: Iproute2Output, spec: VlanTag) -> None:
    out.text("vlan ")
    out.both("vlan_action", f" {spec.what}", spec.what)
    if spec.what != "pop":
        out.both("id", f" id {spec.vlan}", spec.vlan)
        out.both("protocol", f" protocol {_TAGS[spec.protocol]}", _TAGS[spec.protocol])
    if spec.what != "pop" and spec.priority is not None:
        out.both("priority", f" priority {spec.priority}", spec.priority)
    out.text(f" {spec.verdict}")
    out.data("control_action", {"type": spec.verdict})


def _show_police(out: Iproute2Output, spec: Police, action: FilterAction, options: TcOptions) -> None:
    burst = units.size_text(units.sent_in(spec.rate, spec.burst))
    out.both("index", f" police {action.index:#x} ", action.index)
    out.text(f"rate {units.rate_text(spec.rate)} burst {burst} mtu {units.size_text(spec.mtu)} ")
    if options.raw:
        out.text(f"[{spec.burst // units.TICK_NS:08x}] ")
    conform = "" if spec.conform == "pass" else f"/{spec.conform}"
    out.text(f"action {spec.verdict}{conform} ")
    out.data("control_action", {"type": spec.verdict})
    out.both("overhead", "overhead 0b ", 0)
    if options.details:
        out.both("linklayer", "linklayer ethernet ", "ethernet")
    out.both("ref", "\n\tref 1", 1)
    out.both("bind", " bind 1 ", 1)
    if options.stats > 0:
        _show_times(out, action)


def show_old_police(out: Iproute2Output, action: FilterAction, options: TcOptions) -> None:
    """print_police() of u32's own option."""
    spec = action.spec
    assert isinstance(spec, Police)
    _show_police(out, spec, action, options)
    out.text("\n")
    if options.stats > 0:
        out.text(f"\n Sent {action.bytes} bytes {action.packets} pkts (dropped {action.drops}, "
                 f"overlimits {action.overlimits}) ")  # fmt: skip


def _show_times(out: Iproute2Output, action: FilterAction) -> None:
    seconds = [each // 1_000_000_000 for each in (action.installed, action.used, action.first_used)]
    out.both("installed", f" installed {seconds[0]} sec", seconds[0])
    out.both("last_used", f" used {seconds[1]} sec", seconds[1])
    if action.packets:
        out.both("first_used", f" firstused {seconds[2]} sec", seconds[2])


def _show_stats(out: Iproute2Output, action: FilterAction) -> None:
    out.text("\tAction statistics:\n")
    out.open_object("stats")
    out.both("bytes", f"\tSent {action.bytes} bytes", action.bytes)
    out.both("packets", f" {action.packets} pkt", action.packets)
    out.both("drops", f" (dropped {action.drops}", action.drops)
    out.both("overlimits", f", overlimits {action.overlimits}", action.overlimits)
    out.both("requeues", " requeues 0) ", 0)
    out.line()
    out.both("backlog", "\tbacklog 0b", 0)
    out.both("qlen", " 0p", 0)
    out.text(" requeues 0")
    out.line()
    out.close_object()
