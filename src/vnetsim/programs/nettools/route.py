"""`route`: the main routing table (net-tools 2.10).

Not modelled: IPv6 and other families, `mss`, `window`, `irtt`, `mod`, `dyn`, `reinstate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.operations import AddRoute, DeleteRoute, Hop, Verb
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import count, flag, option
from vnetsim.programs.nettools.lib import NettoolsOptions, find_host, netmask, route_table
from vnetsim.programs.resources import resource
from vnetsim.values import define
from vnetsim.wire.inet import DEFAULT4, IPv4, Prefix

_ALL_ONES: Final = 0xFFFFFFFF
_LINK_SCOPE: Final = 253
_BOOT: Final = 3
_CACHE: Final = """\
Kernel IP routing cache
Source          Destination     Gateway         Flags Metric Ref    Use Iface
"""


@define
class RouteOptions(NettoolsOptions):
    tool = "route"
    features = "+NEW_ADDRT +RTF_IRTT +RTF_REJECT "
    posix = True
    ignored = "-v|--verbose -N|--symbolic -F|--fib -4|--inet"

    numeric: bool = flag("-n", "--numeric")
    extended: int = count("-e", "--extend")
    cached: bool = flag("-C", "--cache")

    @option("-6", "--inet6")
    def inet6(self, _: str) -> None:
        self.protocol("inet6")

    @option("-A", "--protocol", takes=":")
    def protocol(self, name: str) -> None:
        if name != "inet":
            raise NotModelled("route of other families than IPv4")


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 3: bad arguments, 6: the name is unknown, 7: the kernel refuses."""
    options = RouteOptions.read(process)
    args = options.operands
    if not args:
        return _show(process, options)
    if args[0] not in ("add", "del", "delete"):
        raise options.misused()
    if len(args) == 1:
        raise Exit(0, stdout=resource("nettools", "inet_route"))
    return _change(process, args[0] == "add", list(args[1:]))


def _show(process: Process, options: RouteOptions) -> Coroutine[int]:
    if options.cached:
        process.write(_CACHE)
        return 0
    process.write((yield from route_table(process, numeric=options.numeric, form=min(options.extended, 2))))
    return 0


# --- changing ---------------------------------------------------------------------------------------------------------


def _change(process: Process, adding: bool, args: list[str]) -> Coroutine[int]:
    request = yield from _Arguments(process, args).read()
    _execute(process, request, adding)
    return 0


def _misused(problem: str = "") -> Exit:
    return Exit(3, stderr=(f"route: {problem}\n" if problem else "") + resource("nettools", "inet_route"))


@define
class _RouteRequest:
    """What is read so far; None: not given."""

    target: IPv4 = attrs.field(factory=lambda: IPv4(0))
    is_host: bool = False
    mask: IPv4 | None = None
    gateway: IPv4 | None = None
    metric: int | None = None
    device: str | None = None
    reject: bool = False


class _Arguments:
    """INET_setroute()"""

    def __init__(self, process: Process, args: list[str]) -> None:
        self._process = process
        self._args = args
        self._request = _RouteRequest()

    def read(self) -> Coroutine[_RouteRequest]:
        kind = self._args.pop(0) if self._args and self._args[0] in ("-net", "-host") else None
        if not self._args:
            raise _misused()
        yield from self._target(kind, self._args.pop(0))
        while self._args:
            arg = self._args.pop(0)
            if arg in _NOT_MODELLED:
                raise NotModelled(f"route {arg}")
            if arg in _KEYWORDS:
                yield from _KEYWORDS[arg](self)
            elif self._request.device is None and (arg in ("device", "dev") or not self._args):
                self._request.device = self._argument() if arg in ("device", "dev") else arg
            else:
                raise _misused()
        self._check()
        return self._request

    def _argument(self) -> str:
        if not self._args:
            raise _misused()
        return self._args.pop(0)

    def _target(self, kind: str | None, arg: str) -> Coroutine[None]:
        """A host, unless a netmask or prefix length is given."""
        request = self._request
        name, slash, length = arg.partition("/")
        if name == "default":
            request.mask = IPv4(0)
            return
        request.target = yield from self._host(name)
        request.is_host = kind == "-host" or (kind is None and not slash)
        if not slash:
            return
        if not is_digits(length) or int(length) > 32:
            raise _misused()
        request.mask = netmask(int(length))

    def _host(self, name: str) -> Coroutine[IPv4]:
        return (yield from find_host(self._process, name, 6))

    def metric(self) -> Coroutine[None]:
        arg = self._argument()
        if not is_digits(arg):
            raise _misused()
        self._request.metric = int(arg) or None
        yield from ()

    def netmask(self) -> Coroutine[None]:
        self._request.mask = yield from self._host(self._argument())

    def gateway(self) -> Coroutine[None]:
        self._request.gateway = yield from self._host(self._argument())

    def reject(self) -> Coroutine[None]:
        self._request.reject = True
        yield from ()

    def _check(self) -> None:
        request = self._request
        if request.is_host and request.mask is not None and request.mask != _ALL_ONES:
            shown = _class_mask(request.target).to_bytes(4, "little").hex()
            raise _misused(f"netmask {shown} doesn't make sense with host route")
        if request.mask is None:
            request.mask = IPv4(_ALL_ONES) if request.is_host else _class_mask(request.target)
        elif netmask(32 - (~request.mask & _ALL_ONES).bit_length()) != request.mask:
            raise _misused("bogus netmask")
        elif request.target & ~request.mask & _ALL_ONES:
            raise _misused("netmask doesn't match route address")


def _class_mask(address: IPv4) -> IPv4:
    first = address >> 24
    return netmask(8 if first < 128 else 16 if first < 192 else 24)


def _execute(process: Process, request: _RouteRequest, adding: bool) -> None:
    """SIOCADDRT puts a route before others of the same prefix; SIOCDELRT takes any scope."""
    assert request.mask is not None
    hop = Hop(via=request.gateway or None, device=request.device)
    hops = () if hop == Hop() or request.reject else (hop,)
    destination = Prefix(request.target, 32 - (~request.mask & _ALL_ONES).bit_length()) if request.mask else DEFAULT4
    kind = "unreachable" if request.reject else "unicast"
    operation: AddRoute | DeleteRoute
    if adding:
        scope = 0 if request.gateway or request.reject else _LINK_SCOPE
        operation = AddRoute(
            destination=destination, hops=hops, kind=kind, metric=request.metric, scope=scope, protocol=_BOOT,
            verb=Verb.PREPEND,
        )  # fmt: skip
    else:
        operation = DeleteRoute(destination=destination, hops=hops, kind=kind, metric=request.metric)
    try:
        process.network.execute(operation)
    except KernelError as error:
        raise Exit(7, stderr=f"{'SIOCADDRT' if adding else 'SIOCDELRT'}: {error.errno.strerror}\n") from None


_KEYWORDS: Final[dict[str, Callable[[_Arguments], Coroutine[None]]]] = {
    "metric": _Arguments.metric,
    "netmask": _Arguments.netmask,
    "gw": _Arguments.gateway,
    "gateway": _Arguments.gateway,
    "reject": _Arguments.reject,
}
_NOT_MODELLED: Final = ("mss", "window", "irtt", "mod", "dyn", "reinstate")
