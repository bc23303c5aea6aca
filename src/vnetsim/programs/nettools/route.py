"""`route`: the main routing table, the old way (net-tools 2.10).

Not modelled: IPv6 and other families, `mss`, `window`, `irtt`, `mod`, `dyn`, `reinstate`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled, VnetsimError
from vnetsim.operations import AddRoute, DeleteRoute, Hop, Verb
from vnetsim.process import Process, Program, Wait
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.nettools.lib import UNKNOWN_HOST, find_host, netmask, print_usage, route_table, version_text
from vnetsim.programs.resources import resource
from vnetsim.wire.inet import DEFAULT4, IPv4, Prefix

_ALL_ONES: Final = 0xFFFFFFFF
_LINK_SCOPE: Final = 253
_BOOT: Final = 3
_LONG: Final = {
    "extend": "e", "verbose": "v", "version": "V", "numeric": "n", "symbolic": "N", "protocol=": "A", "cache": "C",
    "fib": "F", "help": "h", "inet": "4", "inet6": "6",
}  # fmt: skip
_USAGE: Final = "nettools/usage/inet_route.txt"
_CACHE: Final = """\
Kernel IP routing cache
Source          Destination     Gateway         Flags Metric Ref    Use Iface
"""


class _RouteError(VnetsimError):
    """route ends with `status` after saying so, and perhaps how it is used."""

    def __init__(self, status: int, text: str = "", *, usage: str = "") -> None:
        super().__init__(text)
        self.status: Final = status
        self.usage: Final = usage


@attrs.define
class _Options:
    numeric: bool = False
    extended: int = 0
    cached: bool = False
    help: bool = False


def main(process: Process) -> Program:
    """Exit status 3: bad words, 6: nobody has that name, 7: the kernel refuses."""
    options = _Options()
    try:
        parsed = parse(process.argv[1:], "A:eCFhnN64Vv?", _LONG, posix=True)
    except OptionError as error:
        process.error(f"{process.argv[0]}: {error}\n")
        print_usage(process, "route", wanted=False)
        return 3
    for letter, argument in parsed.options:
        if letter == "V":
            process.write(version_text("+NEW_ADDRT +RTF_IRTT +RTF_REJECT "))
            return 0
        _set(options, letter, argument)
    return _run(process, options, parsed.operands)


def _set(options: _Options, letter: str, argument: str) -> None:
    if letter == "6" or (letter == "A" and argument != "inet"):
        raise NotModelled("route of other families than IPv4")
    options.numeric |= letter == "n"
    options.extended += letter == "e"
    options.cached |= letter == "C"
    options.help |= letter in "h?"


def _run(process: Process, options: _Options, words: Sequence[str]) -> Program:
    if options.help:
        print_usage(process, "route", wanted=True)
        return 0
    if not words:
        return _show(process, options)
    if words[0] not in ("add", "del", "delete"):
        print_usage(process, "route", wanted=False)
        return 3
    if len(words) == 1:
        process.write(resource(_USAGE))
        return 0
    return _change(process, words[0] == "add", list(words[1:]))


def _show(process: Process, options: _Options) -> Generator[Wait, Any, int]:
    if options.cached:
        process.write(_CACHE)
        return 0
    process.write((yield from route_table(process, numeric=options.numeric, form=min(options.extended, 2))))
    return 0


# --- changing ---------------------------------------------------------------------------------------------------------


def _change(process: Process, adding: bool, words: list[str]) -> Generator[Wait, Any, int]:
    try:
        said = yield from _Words(process, words).read()
        _carry_out(process, said, adding)
    except _RouteError as error:
        if str(error):
            process.error(f"{error}\n")
        process.error(error.usage)
        return error.status
    return 0


@attrs.define
class _Said:
    """What was said so far; None: nothing."""

    target: IPv4 = attrs.field(factory=lambda: IPv4(0))
    is_host: bool = False
    mask: IPv4 | None = None
    gateway: IPv4 | None = None
    metric: int | None = None
    device: str | None = None
    reject: bool = False


class _Words:
    """INET_setroute()"""

    def __init__(self, process: Process, words: list[str]) -> None:
        self._process = process
        self._words = words
        self._said = _Said()

    def read(self) -> Generator[Wait, Any, _Said]:
        kind = self._words.pop(0) if self._words and self._words[0] in ("-net", "-host") else None
        if not self._words:
            raise _RouteError(3, usage=resource(_USAGE))
        yield from self._target(kind, self._words.pop(0))
        while self._words:
            word = self._words.pop(0)
            if word in _NOT_MODELLED:
                raise NotModelled(f"route {word}")
            if word in _KEYWORDS:
                yield from _KEYWORDS[word](self)
            elif self._said.device is None and (word in ("device", "dev") or not self._words):
                self._said.device = self._argument() if word in ("device", "dev") else word
            else:
                raise _RouteError(3, usage=resource(_USAGE))
        self._check()
        return self._said

    def _argument(self) -> str:
        if not self._words:
            raise _RouteError(3, usage=resource(_USAGE))
        return self._words.pop(0)

    def _target(self, kind: str | None, word: str) -> Generator[Wait, Any, None]:
        """A host, unless something says how long the prefix is."""
        said = self._said
        name, slash, length = word.partition("/")
        if name == "default":
            said.mask = IPv4(0)
            return
        said.target = yield from self._host(name)
        said.is_host = kind == "-host" or (kind is None and not slash)
        if not slash:
            return
        if not is_digits(length) or int(length) > 32:
            raise _RouteError(3, usage=resource(_USAGE))
        said.mask = netmask(int(length))

    def _host(self, name: str) -> Generator[Wait, Any, IPv4]:
        address = yield from find_host(self._process, name)
        if address is None:
            raise _RouteError(6, f"{name}: {UNKNOWN_HOST}")
        return address

    def metric(self) -> Generator[Wait, Any, None]:
        word = self._argument()
        if not is_digits(word):
            raise _RouteError(3, usage=resource(_USAGE))
        self._said.metric = int(word) or None
        yield from ()

    def netmask(self) -> Generator[Wait, Any, None]:
        self._said.mask = yield from self._host(self._argument())

    def gateway(self) -> Generator[Wait, Any, None]:
        self._said.gateway = yield from self._host(self._argument())

    def reject(self) -> Generator[Wait, Any, None]:
        self._said.reject = True
        yield from ()

    def _check(self) -> None:
        said = self._said
        if said.is_host and said.mask is not None and said.mask != _ALL_ONES:
            shown = _class_mask(said.target).to_bytes(4, "little").hex()
            raise _RouteError(3, f"route: netmask {shown} doesn't make sense with host route", usage=resource(_USAGE))
        if said.mask is None:
            said.mask = IPv4(_ALL_ONES) if said.is_host else _class_mask(said.target)
        elif netmask(32 - (~said.mask & _ALL_ONES).bit_length()) != said.mask:
            raise _RouteError(3, "route: bogus netmask", usage=resource(_USAGE))
        elif said.target & ~said.mask & _ALL_ONES:
            raise _RouteError(3, "route: netmask doesn't match route address", usage=resource(_USAGE))


def _class_mask(address: IPv4) -> IPv4:
    first = address >> 24
    return netmask(8 if first < 128 else 16 if first < 192 else 24)


def _carry_out(process: Process, said: _Said, adding: bool) -> None:
    """SIOCADDRT puts a route before others of the same prefix; SIOCDELRT takes any scope."""
    assert said.mask is not None
    hop = Hop(via=said.gateway or None, device=said.device)
    hops = () if hop == Hop() or said.reject else (hop,)
    destination = Prefix(said.target, 32 - (~said.mask & _ALL_ONES).bit_length()) if said.mask else DEFAULT4
    kind = "unreachable" if said.reject else "unicast"
    operation: AddRoute | DeleteRoute
    if adding:
        scope = 0 if said.gateway or said.reject else _LINK_SCOPE
        operation = AddRoute(
            destination=destination, hops=hops, kind=kind, metric=said.metric, scope=scope, protocol=_BOOT,
            verb=Verb.PREPEND,
        )  # fmt: skip
    else:
        operation = DeleteRoute(destination=destination, hops=hops, kind=kind, metric=said.metric)
    try:
        process.network.execute(operation)
    except KernelError as error:
        raise _RouteError(7, f"{'SIOCADDRT' if adding else 'SIOCDELRT'}: {error.errno.words}") from None


_KEYWORDS: Final[dict[str, Callable[[_Words], Generator[Wait, Any, None]]]] = {
    "metric": _Words.metric, "netmask": _Words.netmask, "gw": _Words.gateway, "gateway": _Words.gateway,
    "reject": _Words.reject,
}  # fmt: skip
_NOT_MODELLED: Final = ("mss", "window", "irtt", "mod", "dyn", "reinstate")
