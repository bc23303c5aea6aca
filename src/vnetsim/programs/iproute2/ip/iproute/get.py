"""`ip route get`: the route that a packet would take (ip/iproute.c: iproute_get)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import RouteAnswer
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.iproute.filter import RouteFilter
from vnetsim.programs.iproute2.ip.iproute.printing import RoutePrinter
from vnetsim.programs.iproute2.ip.iprule.parse import TRANSPORTS
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    invarg,
    lookup,
    matches,
    number,
    usage,
    valid,
)
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.prefixes import PrefixArg, get_prefix
from vnetsim.programs.iproute2.lib.rt_tables import RouteNames, service_number
from vnetsim.programs.iproute2.lib.vrf import vrf_table
from vnetsim.values import define
from vnetsim.wire.inet import Address
from vnetsim.wire.ipv4 import ICMP, TCP, UDP
from vnetsim.wire.ipv6 import ICMPV6

#: Protocols that the kernel looks up routes for (rtm_getroute_parse_ip_proto); 0: none was named.
_ROUTED: Final = (0, ICMP, TCP, UDP, ICMPV6)


@define
class _Question:
    family: int | None
    to: PrefixArg | None = None
    source: Address | None = None
    iif: str | None = None
    oif: str | None = None
    mark: int = 0
    tos: int = 0
    uid: int = 0
    connected: bool = False
    fibmatch: bool = False
    protocol: int | None = None
    sport: int | None = None
    dport: int | None = None


def get(request: Request) -> Program:
    """Print the route that the kernel chooses; KernelError if the destination is unreachable."""
    question = _parse(request)
    if request.options.stats:
        raise NotModelled("ip -statistics route get")
    if question.to is None:
        raise Iproute2Error(1, "need at least a destination address")
    if question.to.length != question.to.address.bits and not question.to.everything:
        bits = question.to.address.bits
        request.process.error(
            f"Warning: /{question.to.length} as prefix is invalid, only /{bits} (or none) is supported.\n"
        )
    for device in (question.iif, question.oif):
        if device is not None:
            find(request.network, device)
    printer = RoutePrinter(
        request.printer(),
        RouteNames(request.process.files, request.options.numeric),
        request.options,
        RouteFilter(table=None),
    )
    answer = _route_get(request, question, question.source)
    _print(printer, answer, question)
    if question.connected and question.source is None:
        _print(printer, _route_get(request, question, None), question)
    request.process.write(printer.out.result())
    return 0


def _route_get(request: Request, question: _Question, source: Address | None) -> RouteAnswer:
    assert question.to is not None
    return request.network.route_get(
        question.to.address, source=source, iif=question.iif, oif=question.oif, mark=question.mark, tos=question.tos,
        fibmatch=question.fibmatch, **_transport(question),
    )  # fmt: skip


def _transport(question: _Question) -> dict[str, tuple[int, int | None, int | None]]:
    """Of IPv4, a flow with ports is UDP unless ipproto is given (inet_rtm_getroute)."""
    if question.protocol is None and question.sport is None and question.dport is None:
        return {}
    protocol = (0 if question.family == 6 else UDP) if question.protocol is None else question.protocol
    if protocol not in _ROUTED:
        raise KernelError(Errno.EOPNOTSUPP, "Unsupported ip proto")
    return {"transport": (protocol, question.sport, question.dport)}


def _print(printer: RoutePrinter, answer: RouteAnswer, question: _Question) -> None:
    if question.fibmatch and answer.matched is not None:
        printer.route(answer.matched)
    else:
        printer.answer(answer, uid=question.uid)


def _parse(request: Request) -> _Question:
    question = _Question(request.options.family)
    for arg in request.args:
        if found := lookup(arg, _KEYWORDS.items()):
            found[1](request, question)
        else:
            if matches(arg, "help"):
                raise usage("ip-route")
            question.to = get_prefix(arg, question.family)
            question.family = question.family or question.to.version or 4
    return question


def _tos(request: Request, question: _Question) -> None:
    question.tos = valid(service_number(arg := request.args.next_arg()), "TOS value is invalid\n", arg)


def _from(request: Request, question: _Question) -> None:
    arg = get_prefix(request.args.next_arg(), question.family)
    question.family = question.family or arg.version
    question.source = None if arg.everything else arg.address


def _iif(request: Request, question: _Question) -> None:
    question.iif = request.args.next_arg()


def _oif(request: Request, question: _Question) -> None:
    question.oif = request.args.next_arg()


def _mark(request: Request, question: _Question) -> None:
    question.mark = valid(number(arg := request.args.next_arg()), "invalid mark value", arg)


def _uid(request: Request, question: _Question) -> None:
    question.uid = valid(number(arg := request.args.next_arg()), "invalid UID\n", arg)


def _connected(_: Request, question: _Question) -> None:
    question.connected = True


def _fibmatch(_: Request, question: _Question) -> None:
    question.fibmatch = True


def _protocol(request: Request, question: _Question) -> None:
    arg = request.args.next_arg()
    question.protocol = valid(TRANSPORTS.get(arg, number(arg, 8)), 'Invalid "ipproto" value\n', arg)


def _sport(request: Request, question: _Question) -> None:
    question.sport = _port(request.args.next_arg(), "sport")


def _dport(request: Request, question: _Question) -> None:
    question.dport = _port(request.args.next_arg(), "dport")


def _port(arg: str, key: str) -> int:
    return valid(number(arg, 16), f"invalid {key}\n", arg)


def _vrf(request: Request, question: _Question) -> None:
    arg = request.args.next_arg()
    if vrf_table(request.network, arg) is None:
        raise invarg("Invalid VRF\n", arg)
    question.oif = arg


def _to(request: Request, question: _Question) -> None:
    if matches(request.args.peek or "", "help"):
        raise usage("ip-route")
    question.to = get_prefix(request.args.next_arg(), question.family)
    question.family = question.family or question.to.version or 4


#: Keywords in the order of lookup().
_KEYWORDS: Final[dict[str, Callable[[Request, _Question], None]]] = {
    "tos.": _tos, "dsfield": _tos, "from": _from, "iif": _iif, "mark": _mark, "oif": _oif, "dev.": _oif,
    "notify": lambda *_: None, "connected": _connected, "vrf": _vrf, "uid": _uid, "fibmatch": _fibmatch,
    "sport": _sport, "dport": _dport, "ipproto": _protocol, "to.": _to,
}  # fmt: skip
