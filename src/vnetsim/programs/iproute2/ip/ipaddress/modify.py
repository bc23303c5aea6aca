"""The arguments of `ip addr add` and its like (iproute2: ip/ipaddress.c: ipaddr_modify)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    duparg,
    duparg2,
    lookup,
    matches,
    number,
    usage,
    valid,
)
from vnetsim.programs.iproute2.lib.prefixes import PrefixArg, get_addr, get_prefix
from vnetsim.programs.iproute2.lib.rt_names import scope_number
from vnetsim.values import define
from vnetsim.wire.inet import Address

#: Flags by whether a command may set them, and whether they are IPv6's only.
_FLAGS: Final = {
    "secondary": (False, False), "temporary": (False, False), "nodad": (True, True), "optimistic": (True, True),
    "dadfailed": (False, True), "home": (True, True), "deprecated": (False, True), "tentative": (False, True),
    "permanent": (False, True), "mngtmpaddr": (True, True), "noprefixroute": (True, False), "autojoin": (True, False),
    "stable-privacy": (False, True),
}  # fmt: skip


@define
class AddressArgs:
    """What is given for the address; `brd` may be `+` or `-`."""

    request: Request
    family: int | None
    local_text: str = ""
    local: PrefixArg | None = None
    peer: PrefixArg | None = None
    broadcast: Address | str | None = None
    scope: int | None = None
    device: str | None = None
    label: str | None = None
    metric: int | None = None
    valid: int | str | None = None
    preferred: int | str | None = None
    flags: list[str] = attrs.field(factory=list)

    @property
    def length(self) -> int:
        """The peer's length, if it has one, else the address's own."""
        own = self.local.length if self.local is not None else 0
        return self.peer.length or own if self.peer is not None else own

    def prefix(self) -> PrefixArg:
        """The next argument as a prefix of the family that is known by now."""
        arg = get_prefix(self.request.args.next_arg(), self.family)
        self.family = arg.version if self.family is None else self.family
        return arg

    def address(self) -> Address:
        address = get_addr(self.request.args.next_arg(), self.family)
        self.family = address.version
        return address


def read(request: Request) -> AddressArgs:
    parsed = AddressArgs(request, request.options.family)
    for arg in request.args:
        if found := lookup(arg, _NEWER_KEYWORDS if request.options.newer else _KEYWORDS):
            found[1](parsed, found[0])
        elif arg in _FLAGS:
            _read_flag(parsed, arg)
        else:
            _read_local(parsed, arg)
    if parsed.device is None:
        raise Iproute2Error(1, 'Not enough information: "dev" argument is required.')
    return parsed


def _read_local(parsed: AddressArgs, arg: str) -> None:
    if arg == "local":
        arg = parsed.request.args.next_arg()
    if matches(arg, "help"):
        raise usage("ip-address")
    if parsed.local is not None:
        raise duparg2("local", arg)
    parsed.local_text, parsed.local = arg, get_prefix(arg, parsed.family)
    parsed.family = parsed.local.version if parsed.family is None else parsed.family


def _read_flag(parsed: AddressArgs, arg: str) -> None:
    mutable, only6 = _FLAGS[arg]
    if not mutable:
        parsed.request.process.error(f"Warning: {arg} option is not mutable from userspace\n")
    elif only6 and parsed.family != 6:
        parsed.request.process.error(f"Warning: {arg} option can be set only for IPv6 addresses\n")
    else:
        parsed.flags.append(arg)


def _peer(parsed: AddressArgs, _: str) -> None:
    if parsed.peer is not None:
        raise duparg("peer", parsed.request.args.next_arg())
    parsed.peer = parsed.prefix()


def _broadcast(parsed: AddressArgs, _: str) -> None:
    args = parsed.request.args
    if parsed.broadcast is not None:
        raise duparg("broadcast", args.next_arg())
    parsed.broadcast = args.next_arg() if args.peek in ("+", "-") else parsed.address()


def _anycast(parsed: AddressArgs, _: str) -> None:
    parsed.address()


def _scope(parsed: AddressArgs, _: str) -> None:
    parsed.scope = valid(scope_number(arg := parsed.request.args.next_arg()), "invalid scope value.", arg)


def _device(parsed: AddressArgs, _: str) -> None:
    parsed.device = parsed.request.args.next_arg()


def _label(parsed: AddressArgs, _: str) -> None:
    parsed.label = parsed.request.args.next_arg()


def _metric(parsed: AddressArgs, _: str) -> None:
    parsed.metric = valid(number(arg := parsed.request.args.next_arg()), '"metric" value is invalid\n', arg)


def _valid(parsed: AddressArgs, keyword: str) -> None:
    parsed.valid = _lifetime(parsed, keyword, parsed.valid)


def _preferred(parsed: AddressArgs, keyword: str) -> None:
    parsed.preferred = _lifetime(parsed, keyword, parsed.preferred)


def _lifetime(parsed: AddressArgs, keyword: str, before: int | str | None) -> int | str:
    """Seconds, or `forever`."""
    args = parsed.request.args
    if before is not None:
        raise duparg(keyword, keyword)
    arg = args.next_arg()
    return arg if arg == "forever" else valid(number(arg), f"{keyword} value", arg)


def _protocol(_: AddressArgs, keyword: str) -> None:
    raise NotModelled(f"ip addr add ... {keyword}")


_KEYWORDS: Final[tuple[tuple[str, Callable[[AddressArgs, str], None]], ...]] = (
    ("peer.", _peer),
    ("remote.", _peer),
    ("broadcast", _broadcast),
    ("brd.", _broadcast),
    ("anycast.", _anycast),
    ("scope.", _scope),
    ("dev.", _device),
    ("label.", _label),
    ("metric", _metric),
    ("priority", _metric),
    ("preference", _metric),
    ("valid_lft", _valid),
    ("preferred_lft", _preferred),
)
_NEWER_KEYWORDS: Final = (*_KEYWORDS, ("proto.", _protocol))
