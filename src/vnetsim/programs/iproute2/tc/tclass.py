"""`tc class` (iproute2 6.1: tc/tc_class.c): classes of htb, drr, ets and hfsc.

Not modelled: estimators, classes of other disciplines, `-graph`.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import QdiscClass
from vnetsim.operations import ChangeClass, DeleteClass, Verb
from vnetsim.operations.qdisc import ROOT
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    duparg,
    matches,
    nodev,
    unknown_command,
    usage_text,
    valid,
)
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import by_index, index_of, name_of
from vnetsim.programs.iproute2.tc import hfsc, htb, sharing, units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions
from vnetsim.programs.iproute2.tc.qdisc import class_number
from vnetsim.values import define

_LISTS: Final = ("list", "show", "lst", "ls")
#: Kinds that have no classes, or have them from the beginning.
_CLASSLESS: Final = (
    "prio", "tbf", "netem", "sfq", "fq_codel", "fq", "codel", "pfifo", "bfifo", "pfifo_head_drop", "red", "pie",
    "cake", "mq",
)  # fmt: skip
_VERBS: Final = {"add": Verb.ADD, "change": Verb.CHANGE, "replace": Verb.REPLACE}


@define
class _ClassArgs:
    device: str = ""
    parent: int = 0
    classid: int = 0
    kind: str = ""
    options: Options = attrs.field(factory=dict)


def main(request: Request, options: TcOptions) -> Program:
    """Reads what follows `tc class`."""
    arg = request.args.take()
    if arg is None or any(matches(arg, each) for each in _LISTS):
        return _show(request, options)
    if matches(arg, "help"):
        request.process.error(usage_text("tc-class"))
        return 0
    verb = next((name for name in (*_VERBS, "delete", "get") if matches(arg, name)), None)
    if verb is None or verb == "get":
        raise unknown_command(arg, "tc class help") if verb is None else NotModelled("tc class get")
    parsed = _read(request, deletes=verb == "delete")
    if verb == "delete":
        request.execute(DeleteClass(device=parsed.device, classid=parsed.classid))
    else:
        _change(request, parsed, _VERBS[verb])
    return 0


def _read(request: Request, *, deletes: bool) -> _ClassArgs:
    parsed, args = _ClassArgs(), request.args
    for arg in args:
        if arg == "dev":
            parsed.device = args.next_arg()
        elif arg in ("classid", "parent", "root"):
            _read_number(request, parsed, arg)
        elif matches(arg, "estimator"):
            raise NotModelled("tc class estimator")
        else:
            parsed.kind = arg
            break
    parsed.device = _device(request, parsed.device)
    if parsed.kind in _CLASSLESS:
        raise Iproute2Error(1, f'Error: Qdisc "{parsed.kind}" is classless.')
    if parsed.kind and parsed.kind not in ("htb", "drr", "ets", "hfsc"):
        raise NotModelled(f"a class of {parsed.kind}")
    if parsed.kind and not deletes:
        parsed.options = _READERS[parsed.kind](args)
    return parsed


_READERS: Final = {
    "htb": htb.read_class,
    "drr": sharing.read_drr_class,
    "ets": sharing.read_ets_class,
    "hfsc": hfsc.read_class,
}


def _read_number(request: Request, parsed: _ClassArgs, arg: str) -> None:
    if arg == "root":
        parsed.parent = ROOT
        return
    text = request.args.next_arg()
    if arg == "classid":
        if parsed.classid:
            raise duparg("classid", text)
        parsed.classid = valid(class_number(text), "invalid class ID", text)
    else:
        if parsed.parent:
            raise duparg("parent", text)
        parsed.parent = valid(class_number(text), "invalid parent ID", text)


def _device(request: Request, name: str) -> str:
    links = request.network.links()
    index = index_of(links, name) if name else 0
    if name and (not index or by_index(links, index) is None):
        raise nodev(name)
    if not name:
        raise KernelError(Errno.ENODEV)
    return name_of(links, index)


def _change(request: Request, parsed: _ClassArgs, verb: Verb) -> None:
    if not parsed.kind:
        raise KernelError(Errno.EINVAL)
    request.execute(ChangeClass(device=parsed.device, kind=parsed.kind, parent=parsed.parent, classid=parsed.classid,
                                options=parsed.options, verb=verb))  # fmt: skip
    if parsed.kind == "htb":
        request.process.error(htb.warning_of(parsed.classid, parsed.options, _r2q(request, parsed.device)))


def _r2q(request: Request, device: str) -> int:
    found = (each.options.get("r2q", 10) for each in request.network.qdiscs() if each.device == device)
    return next(found, 10)


# --- showing ---------------------------------------------------------------------------------------------------------


def _show(request: Request, options: TcOptions) -> Program:
    device, parent, classid = "", 0, 0
    for arg in request.args:
        if arg == "dev":
            device = request.args.next_arg()
        elif arg in ("parent", "classid"):
            name = "class" if arg == "classid" else arg
            number = valid(class_number(text := request.args.next_arg()), f"invalid {name} ID", text)
            parent, classid = (parent, number) if arg == "classid" else (number, classid)
        elif arg == "root":
            parent = ROOT
        else:
            raise Iproute2Error(255, f'What is "{arg}"? Try "tc class help".')
    if not device:
        request.process.write(request.printer().result())
        return 0
    device = _device(request, device)
    # What print_class() prints is text even with -j, in lines even with -o.
    out = Iproute2Output()
    if options.graph and request.network.qdisc_classes(device):
        raise NotModelled("tc -graph")
    if options.oneline and options.stats > 0:
        raise NotModelled("tc -oneline -stats class")
    for each in request.network.qdisc_classes(device):
        if (not parent or parent >> 16 == each.classid >> 16) and classid in (0, each.classid):
            _print(request, out, each, options)
    request.process.write(out.result())
    return 0


def _print(request: Request, out: Iproute2Output, each: QdiscClass, options: TcOptions) -> None:
    """print_class()"""
    out.text(f"class {each.kind} {_number(each.classid)} ")
    out.text("root " if each.parent == ROOT else f"parent {_number(each.parent)} ")
    if each.leaf and not each.level:
        out.text(f"leaf {each.leaf >> 16:x}: ")
    if each.kind == "htb":
        htb.show_class(out, each, options)
    elif each.kind in ("drr", "ets"):
        sharing.show_class(out, each)
    elif each.kind == "hfsc":
        hfsc.show_class(out, each)
    out.line()
    if request.options.stats > 0:
        _print_counters(out, each)


def _number(classid: int) -> str:
    """print_tc_classid()"""
    return f"{classid >> 16:x}:{classid & 0xFFFF:x}" if classid & 0xFFFF else f"{classid >> 16:x}:"


def _print_counters(out: Iproute2Output, each: QdiscClass) -> None:
    if each.kind in ("tbf", "netem", "red"):
        out.line()
        return
    out.text(
        f" Sent {each.bytes} bytes {each.packets} pkt (dropped {each.drops}, overlimits {each.overlimits} requeues 0) "
    )
    out.line()
    out.text(f" backlog {units.size_text(each.backlog)} {each.length}p requeues 0")
    out.line()
    if each.kind == "drr":
        out.text(f" deficit {units.size_text(each.options['deficit'])} ")
        out.line()
    if each.kind == "hfsc":
        hfsc.show_counters(out, each)
    if each.kind == "htb":
        out.text(f" lended: {each.lends} borrowed: {each.borrows} giants: 0")
        out.line()
        out.text(f" tokens: {_ticks(each.tokens[0])} ctokens: {_ticks(each.tokens[1])}")
        out.line()
        out.line()


def _ticks(nanoseconds: int) -> int:
    """Towards zero, as C divides."""
    ticks = abs(nanoseconds) // units.TICK_NS
    return ticks if nanoseconds >= 0 else -ticks
