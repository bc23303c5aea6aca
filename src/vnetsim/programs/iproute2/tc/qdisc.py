"""`tc qdisc` (iproute2 6.1: tc/tc_qdisc.c, and what tc/tc_util.c prints of the counters).

Not modelled: estimators, size tables (stab), shared blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import Qdisc
from vnetsim.operations import ChangeQdisc, DeleteQdisc, Verb
from vnetsim.operations.qdisc import INGRESS, ROOT
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib.arguments import (
    Args,
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
from vnetsim.programs.iproute2.tc import cake, fair, fifo, hfsc, htb, netem, pie, prio, red, sharing, tbf, units
from vnetsim.programs.iproute2.tc.kind import Kind, Options
from vnetsim.programs.iproute2.tc.options import TcOptions
from vnetsim.values import define

KINDS: Final[dict[str, Kind]] = {
    "pfifo": Kind(fifo.read, fifo.show),
    "bfifo": Kind(fifo.read, fifo.show),
    "pfifo_head_drop": Kind(fifo.read, fifo.show),
    "ingress": Kind(fifo.read_nothing, fifo.show_ingress),
    "clsact": Kind(fifo.read_nothing),
    "tbf": Kind(tbf.read, tbf.show),
    "htb": Kind(htb.read, htb.show),
    "netem": Kind(netem.read, netem.show),
    "prio": Kind(prio.read, prio.show),
    "sfq": Kind(fair.read_sfq, fair.show_sfq),
    "fq_codel": Kind(fair.read_fq_codel, fair.show_fq_codel, fair.count_fq_codel),
    "fq": Kind(fair.read_fq, fair.show_fq, fair.count_fq),
    "drr": Kind(sharing.read_drr),
    "ets": Kind(sharing.read_ets, sharing.show_ets),
    "pie": Kind(pie.read, pie.show, pie.show_counters),
    "hfsc": Kind(hfsc.read, hfsc.show),
    "cake": Kind(cake.read, cake.show, cake.show_counters),
    "red": Kind(red.read, red.show, red.show_counters, red.warning_of),
    "codel": Kind(fair.read_codel, fair.show_codel, fair.count_codel),
}
#: Kinds whose options tc reads and vnetsim does not.
_UNREAD_NAMES: Final = """
    atm cbq cbs choke dsmark etf fq_pie gred hhf mqprio multiq plug qfq sfb skbprio taprio
"""
_UNREAD: Final = frozenset(_UNREAD_NAMES.split())
_ARRIVALS: Final = ("ingress", "clsact")
_ARRIVAL_HANDLE: Final = 0xFFFF_0000
_HEX: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]*)(.*)", re.DOTALL)


def main(request: Request, options: TcOptions) -> Program:
    """Reads what follows `tc qdisc`."""
    arg = request.args.take()
    if arg is None:
        return _show(request, options)
    for keyword, verb in _CHANGES.items():
        if matches(arg, keyword):
            return _change(request, verb)
    if matches(arg, "delete"):
        return _delete(request)
    if any(matches(arg, keyword) for keyword in ("list", "show", "lst")):
        return _show(request, options)
    if matches(arg, "help"):
        request.process.error(usage_text("tc-qdisc"))
        return 0
    raise unknown_command(arg, "tc qdisc help")


_CHANGES: Final = {"add": Verb.ADD, "change": Verb.CHANGE, "replace": Verb.REPLACE}


# --- what is meant ---------------------------------------------------------------------------------------------------


def _handle(text: str) -> int | None:
    """get_qdisc_handle(): `8001:`, or `8001`."""
    if text == "none":
        return 0
    digits, rest = _split_hex(text)
    return None if not digits or int(digits, 16) > 0xFFFF or rest[:1] not in ("", ":") else int(digits, 16) << 16


def class_number(text: str) -> int | None:
    """get_tc_classid(): `1:10`."""
    if text in ("root", "none"):
        return ROOT if text == "root" else 0
    major, rest = _split_hex(text)
    if not rest.startswith(":"):
        return int(major, 16) if major and not rest else None
    minor, end = _split_hex(rest[1:])
    if end or int(major or "0", 16) > 0xFFFF or int(minor or "0", 16) > 0xFFFF:
        return None
    return int(major or "0", 16) << 16 | int(minor or "0", 16)


def class_text(number: int) -> str:
    """print_tc_classid(): `1:10`, `1:`."""
    if number == ROOT:
        return "root"
    major, minor = number >> 16, number & 0xFFFF
    return f"{major:x}:" if not minor else f"{major:x}:{minor:x}" if major else f":{minor:x}"


def _split_hex(text: str) -> tuple[str, str]:
    found = _HEX.match(text)
    assert found is not None
    return found[1], found[2]


@define
class _QdiscArgs:
    device: str | None = None
    parent: int = 0
    handle: int = 0
    kind: str | None = None
    options: Options = attrs.field(factory=dict)


def _read(request: Request) -> _QdiscArgs:
    parsed, args = _QdiscArgs(), request.args
    for arg in args:
        if arg == "dev":
            name = args.next_arg()
            if parsed.device is not None:
                raise duparg("dev", name)
            parsed.device = name
        elif arg == "handle":
            parsed.handle = _read_handle(args, parsed.handle)
        elif arg in ("root", "parent", *_ARRIVALS):
            _read_parent(parsed, args, arg)
        elif matches(arg, "estimator") or matches(arg, "stab") or arg in ("ingress_block", "egress_block"):
            raise NotModelled(f"tc qdisc {arg}")
        elif matches(arg, "help"):
            request.process.error(usage_text("tc-qdisc"))
        else:
            parsed.kind = arg
        if parsed.kind is not None:
            parsed.options = _read_options(args, parsed.kind)
            break
    return parsed


def _read_handle(args: Args, before: int) -> int:
    if before:
        raise duparg("handle", "handle")
    return valid(_handle(arg := args.next_arg()), "invalid qdisc ID", arg)


def _read_parent(parsed: _QdiscArgs, args: Args, arg: str) -> None:
    if arg == "parent":
        text = args.next_arg()
        if parsed.parent:
            raise duparg("parent", text)
        parsed.parent = valid(class_number(text), "invalid parent ID", text)
        return
    if parsed.parent:
        article = "" if arg == "root" else "a "
        raise Iproute2Error(255, f'Error: "{arg}" is {article}duplicate parent ID')
    parsed.parent = ROOT if arg == "root" else INGRESS
    if arg in _ARRIVALS:
        parsed.kind, parsed.handle = arg, _ARRIVAL_HANDLE


def _read_options(args: Args, kind: str) -> Options:
    known = KINDS.get(kind)
    if known is not None:
        return known.read(args, kind)
    arg = args.take()
    if arg is None:
        return {}
    if kind == "pfifo_fast":
        raise Iproute2Error(255, f"qdisc '{kind}' does not support option parsing")
    if kind in _UNREAD:
        raise NotModelled(f"the queueing discipline {kind}")
    raise Iproute2Error(1, f'Unknown qdisc "{kind}", hence option "{arg}" is unparsable')


def _device(request: Request, parsed: _QdiscArgs) -> str:
    """Iproute2Error(1) for one that is not there; a request without a device dumps all."""
    if parsed.device is None:
        raise KernelError(Errno.ENODEV)
    links = request.network.links()
    index = index_of(links, parsed.device)
    if not index:
        raise nodev(parsed.device)
    if by_index(links, index) is None:
        raise KernelError(Errno.ENODEV)
    return name_of(links, index)


def _change(request: Request, verb: Verb) -> Program:
    parsed = _read(request)
    if parsed.kind in KINDS:
        request.process.error(KINDS[parsed.kind].warn(parsed.options))
    device = _device(request, parsed)
    request.execute(
        ChangeQdisc(
            device=device,
            kind=parsed.kind,
            parent=parsed.parent,
            handle=parsed.handle,
            options=parsed.options,
            verb=verb,
        )
    )
    return 0


def _delete(request: Request) -> Program:
    parsed = _read(request)
    device = _device(request, parsed)
    request.execute(DeleteQdisc(device=device, kind=parsed.kind, parent=parsed.parent, handle=parsed.handle))
    return 0


# --- showing ---------------------------------------------------------------------------------------------------------


@define
class _QdiscFilter:
    device: str | None = None
    parent: int = 0
    handle: int = 0

    def wants(self, qdisc: Qdisc) -> bool:
        if self.device not in (None, qdisc.device):
            return False
        return self.parent in (0, qdisc.parent) and self.handle in (0, qdisc.handle)


def _show(request: Request, options: TcOptions) -> Program:
    chosen = _read_filter(request)
    out = request.printer()
    for qdisc in request.network.qdiscs():
        if chosen.wants(qdisc):
            _print(out, qdisc, options, with_device=chosen.device is None, with_stats=request.options.stats > 0)
    request.process.write(out.result())
    return 0


def _read_filter(request: Request) -> _QdiscFilter:
    parsed, args = _QdiscArgs(), request.args
    for arg in args:
        if arg == "dev":
            parsed.device = args.next_arg()
        elif arg == "handle":
            parsed.handle = _read_handle(args, parsed.handle)
        elif arg in ("root", "parent", *_ARRIVALS):
            _read_parent(parsed, args, arg)
        elif matches(arg, "help"):
            request.process.error(usage_text("tc-qdisc"))
        elif arg == "invisible":
            raise NotModelled("tc qdisc show invisible")
        else:
            raise Iproute2Error(255, f'What is "{arg}"? Try "tc qdisc help".')
    if parsed.device is None:
        return _QdiscFilter(None, parsed.parent, 0 if parsed.kind else parsed.handle)
    return _QdiscFilter(_device(request, parsed), parsed.parent, 0 if parsed.kind else parsed.handle)


def _print(out: Iproute2Output, qdisc: Qdisc, options: TcOptions, *, with_device: bool, with_stats: bool) -> None:
    """print_qdisc()"""
    out.open_object()
    out.both("kind", f"qdisc {qdisc.kind}", qdisc.kind)
    handle = f"{qdisc.handle >> 16:x}:"
    out.both("handle", f" {handle}", handle)
    out.text(f"[{qdisc.handle:08x}] " if options.raw else " ")
    if with_device:
        out.both("dev", f"dev {qdisc.device} ", qdisc.device)
    if qdisc.parent == ROOT:
        out.both("root", "root ", True)
    elif qdisc.parent:
        minor = qdisc.parent & 0xFFFF
        parent = f"{qdisc.parent >> 16:x}:{minor:x}" if minor else f"{qdisc.parent >> 16:x}:"
        out.both("parent", f"parent {parent} ", parent)
    if qdisc.references != 1:
        out.both("refcnt", f"refcnt {qdisc.references} ", qdisc.references)
    out.open_object("options")
    _SHOWN.get(qdisc.kind, Kind(fifo.read_nothing).show)(out, qdisc, options)
    out.close_object()
    out.line()
    if with_stats:
        _print_counters(out, qdisc)
    out.close_object()


_SHOWN: Final[dict[str, Callable[[Iproute2Output, Qdisc, TcOptions], None]]] = {
    **{name: kind.show for name, kind in KINDS.items()},
    "pfifo_fast": fifo.show_bands,
}


def _print_counters(out: Iproute2Output, qdisc: Qdisc) -> None:
    """print_tcstats_attr()"""
    out.both("bytes", f" Sent {qdisc.bytes} bytes", qdisc.bytes)
    out.both("packets", f" {qdisc.packets} pkt", qdisc.packets)
    out.both("drops", f" (dropped {qdisc.drops}", qdisc.drops)
    out.both("overlimits", f", overlimits {qdisc.overlimits}", qdisc.overlimits)
    out.both("requeues", f" requeues {qdisc.requeues}) ", qdisc.requeues)
    out.line()
    out.both("backlog", f" backlog {units.size_text(qdisc.backlog)}", qdisc.backlog)
    out.both("qlen", f" {qdisc.length}p", qdisc.length)
    out.text(f" requeues {qdisc.requeues}")
    out.line()
    if qdisc.kind in KINDS:
        KINDS[qdisc.kind].count(out, qdisc)
