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
    CommandError,
    Request,
    Words,
    duparg,
    invarg,
    matches,
    nodev,
    unknown_command,
    usage_text,
)
from vnetsim.programs.iproute2.lib.json_print import Printer
from vnetsim.programs.iproute2.lib.ll_map import by_index, index_of, name_of
from vnetsim.programs.iproute2.tc import fifo, netem, tbf, units
from vnetsim.programs.iproute2.tc.kind import Kind, Options
from vnetsim.programs.iproute2.tc.options import TcOptions

KINDS: Final[dict[str, Kind]] = {
    "pfifo": Kind(fifo.read, fifo.show), "bfifo": Kind(fifo.read, fifo.show),
    "pfifo_head_drop": Kind(fifo.read, fifo.show), "ingress": Kind(fifo.read_nothing, fifo.show_ingress),
    "clsact": Kind(fifo.read_nothing), "tbf": Kind(tbf.read, tbf.show), "netem": Kind(netem.read, netem.show),
}  # fmt: skip
#: Kinds whose options tc reads and vnetsim does not.
_UNREAD_NAMES: Final = """
    atm cake cbq cbs choke codel drr dsmark ets etf fq fq_codel fq_pie gred hfsc hhf htb mqprio multiq pie plug prio
    qfq red sfb sfq skbprio taprio
"""
_UNREAD: Final = frozenset(_UNREAD_NAMES.split())
_ARRIVALS: Final = ("ingress", "clsact")
_ARRIVAL_HANDLE: Final = 0xFFFF_0000
_HEX: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]*)(.*)", re.DOTALL)


def main(request: Request, options: TcOptions) -> Program:
    """The words behind `tc qdisc`."""
    word = request.words.take()
    if word is None:
        return _show(request, options)
    for keyword, verb in _CHANGES.items():
        if matches(word, keyword):
            return _change(request, verb)
    if matches(word, "delete"):
        return _delete(request)
    if any(matches(word, keyword) for keyword in ("list", "show", "lst")):
        return _show(request, options)
    if matches(word, "help"):
        request.process.error(usage_text("tc-qdisc"))
        return 0
    raise unknown_command(word, "tc qdisc help")


_CHANGES: Final = {"add": Verb.ADD, "change": Verb.CHANGE, "replace": Verb.REPLACE}


# --- what is meant ---------------------------------------------------------------------------------------------------


def _handle(text: str) -> int | None:
    """get_qdisc_handle(): `8001:`, or `8001`."""
    if text == "none":
        return 0
    digits, rest = _split_hex(text)
    return None if not digits or int(digits, 16) > 0xFFFF or rest[:1] not in ("", ":") else int(digits, 16) << 16


def _class(text: str) -> int | None:
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


def _split_hex(text: str) -> tuple[str, str]:
    found = _HEX.match(text)
    assert found is not None
    return found[1], found[2]


@attrs.define
class _Said:
    device: str | None = None
    parent: int = 0
    handle: int = 0
    kind: str | None = None
    options: Options = attrs.field(factory=dict)


def _read(request: Request) -> _Said:
    said, words = _Said(), request.words
    for word in words:
        if word == "dev":
            name = words.next_arg()
            if said.device is not None:
                raise duparg("dev", name)
            said.device = name
        elif word == "handle":
            said.handle = _read_handle(words, said.handle)
        elif word in ("root", "parent", *_ARRIVALS):
            _read_parent(said, words, word)
        elif matches(word, "estimator") or matches(word, "stab") or word in ("ingress_block", "egress_block"):
            raise NotModelled(f"tc qdisc {word}")
        elif matches(word, "help"):
            request.process.error(usage_text("tc-qdisc"))
        else:
            said.kind = word
        if said.kind is not None:
            said.options = _read_options(words, said.kind)
            break
    return said


def _read_handle(words: Words, before: int) -> int:
    if before:
        raise duparg("handle", "handle")
    word = words.next_arg()
    handle = _handle(word)
    if handle is None:
        raise invarg("invalid qdisc ID", word)
    return handle


def _read_parent(said: _Said, words: Words, word: str) -> None:
    if word == "parent":
        text = words.next_arg()
        if said.parent:
            raise duparg("parent", text)
        parent = _class(text)
        if parent is None:
            raise invarg("invalid parent ID", text)
        said.parent = parent
        return
    if said.parent:
        article = "" if word == "root" else "a "
        raise CommandError(255, f'Error: "{word}" is {article}duplicate parent ID')
    said.parent = ROOT if word == "root" else INGRESS
    if word in _ARRIVALS:
        said.kind, said.handle = word, _ARRIVAL_HANDLE


def _read_options(words: Words, kind: str) -> Options:
    known = KINDS.get(kind)
    if known is not None:
        return known.read(words, kind)
    word = words.take()
    if word is None:
        return {}
    if kind == "pfifo_fast":
        raise CommandError(255, f"qdisc '{kind}' does not support option parsing")
    if kind in _UNREAD:
        raise NotModelled(f"the queueing discipline {kind}")
    raise CommandError(1, f'Unknown qdisc "{kind}", hence option "{word}" is unparsable')


def _device(request: Request, said: _Said) -> str:
    """CommandError(1) for one that is not there; the kernel is asked about no device at all."""
    if said.device is None:
        raise KernelError(Errno.ENODEV)
    links = request.network.links()
    index = index_of(links, said.device)
    if not index:
        raise nodev(said.device)
    if by_index(links, index) is None:
        raise KernelError(Errno.ENODEV)
    return name_of(links, index)


def _change(request: Request, verb: Verb) -> Program:
    said = _read(request)
    device = _device(request, said)
    request.execute(
        ChangeQdisc(
            device=device, kind=said.kind, parent=said.parent, handle=said.handle, options=said.options, verb=verb
        )
    )
    return 0


def _delete(request: Request) -> Program:
    said = _read(request)
    device = _device(request, said)
    request.execute(DeleteQdisc(device=device, kind=said.kind, parent=said.parent, handle=said.handle))
    return 0


# --- showing ---------------------------------------------------------------------------------------------------------


@attrs.define
class _Filter:
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


def _read_filter(request: Request) -> _Filter:
    said, words = _Said(), request.words
    for word in words:
        if word == "dev":
            said.device = words.next_arg()
        elif word == "handle":
            said.handle = _read_handle(words, said.handle)
        elif word in ("root", "parent", *_ARRIVALS):
            _read_parent(said, words, word)
        elif matches(word, "help"):
            request.process.error(usage_text("tc-qdisc"))
        elif word != "invisible":
            raise CommandError(255, f'What is "{word}"? Try "tc qdisc help".')
    if said.device is None:
        return _Filter(None, said.parent, 0 if said.kind else said.handle)
    return _Filter(_device(request, said), said.parent, 0 if said.kind else said.handle)


def _print(out: Printer, qdisc: Qdisc, options: TcOptions, *, with_device: bool, with_stats: bool) -> None:
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
        parent = f"{qdisc.parent >> 16:x}:{qdisc.parent & 0xFFFF:x}"
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


_SHOWN: Final[dict[str, Callable[[Printer, Qdisc, TcOptions], None]]] = {
    **{name: kind.show for name, kind in KINDS.items()}, "pfifo_fast": fifo.show_bands,
}  # fmt: skip


def _print_counters(out: Printer, qdisc: Qdisc) -> None:
    """print_tcstats_attr()"""
    out.both("bytes", f" Sent {qdisc.bytes} bytes", qdisc.bytes)
    out.both("packets", f" {qdisc.packets} pkt", qdisc.packets)
    out.both("drops", f" (dropped {qdisc.drops}", qdisc.drops)
    out.both("overlimits", f", overlimits {qdisc.overlimits}", qdisc.overlimits)
    out.both("requeues", f" requeues {qdisc.requeues}) ", qdisc.requeues)
    out.line()
    out.both("backlog", f" backlog {units.size_words(qdisc.backlog)}", qdisc.backlog)
    out.both("qlen", f" {qdisc.length}p", qdisc.length)
    out.text(f" requeues {qdisc.requeues}")
    out.line()
