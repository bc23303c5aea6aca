"""The words of `ip addr add` and its brothers (iproute2: ip/ipaddress.c: ipaddr_modify)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.programs.iproute2.lib.arguments import (
    CommandError,
    Request,
    duparg,
    duparg2,
    invarg,
    matches,
    number,
    usage,
)
from vnetsim.programs.iproute2.lib.prefixes import Word, get_addr, get_prefix
from vnetsim.programs.iproute2.lib.rt_names import scope_number
from vnetsim.wire.inet import Address

#: Flags by whether a command may set them, and whether they are IPv6's only.
_FLAGS: Final = {
    "secondary": (False, False), "temporary": (False, False), "nodad": (True, True), "optimistic": (True, True),
    "dadfailed": (False, True), "home": (True, True), "deprecated": (False, True), "tentative": (False, True),
    "permanent": (False, True), "mngtmpaddr": (True, True), "noprefixroute": (True, False), "autojoin": (True, False),
    "stable-privacy": (False, True),
}  # fmt: skip


@attrs.define
class AddressWords:
    """What was said of the address; `brd` may be `+` or `-`."""

    request: Request
    family: int | None
    local_text: str = ""
    local: Word | None = None
    peer: Word | None = None
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

    def prefix(self) -> Word:
        """The next word as a prefix of the family that is known by now."""
        word = get_prefix(self.request.words.next_arg(), self.family)
        self.family = word.version if self.family is None else self.family
        return word

    def address(self) -> Address:
        address = get_addr(self.request.words.next_arg(), self.family)
        self.family = address.version
        return address


def read(request: Request) -> AddressWords:
    said = AddressWords(request, request.options.family)
    for word in request.words:
        for keyword, exact, handle in _NEWER_KEYWORDS if request.options.newer else _KEYWORDS:
            if word == keyword if exact else matches(word, keyword):
                handle(said, keyword)
                break
        else:
            if word in _FLAGS:
                _read_flag(said, word)
            else:
                _read_local(said, word)
    if said.device is None:
        raise CommandError(1, 'Not enough information: "dev" argument is required.')
    return said


def _read_local(said: AddressWords, word: str) -> None:
    if word == "local":
        word = said.request.words.next_arg()
    if matches(word, "help"):
        raise usage("ip-address")
    if said.local is not None:
        raise duparg2("local", word)
    said.local_text, said.local = word, get_prefix(word, said.family)
    said.family = said.local.version if said.family is None else said.family


def _read_flag(said: AddressWords, word: str) -> None:
    mutable, only6 = _FLAGS[word]
    if not mutable:
        said.request.process.error(f"Warning: {word} option is not mutable from userspace\n")
    elif only6 and said.family != 6:
        said.request.process.error(f"Warning: {word} option can be set only for IPv6 addresses\n")
    else:
        said.flags.append(word)


def _peer(said: AddressWords, _: str) -> None:
    if said.peer is not None:
        raise duparg("peer", said.request.words.next_arg())
    said.peer = said.prefix()


def _broadcast(said: AddressWords, _: str) -> None:
    words = said.request.words
    if said.broadcast is not None:
        raise duparg("broadcast", words.next_arg())
    said.broadcast = words.next_arg() if words.peek in ("+", "-") else said.address()


def _anycast(said: AddressWords, _: str) -> None:
    said.address()


def _scope(said: AddressWords, _: str) -> None:
    word = said.request.words.next_arg()
    said.scope = scope_number(word)
    if said.scope is None:
        raise invarg("invalid scope value.", word)


def _device(said: AddressWords, _: str) -> None:
    said.device = said.request.words.next_arg()


def _label(said: AddressWords, _: str) -> None:
    said.label = said.request.words.next_arg()


def _metric(said: AddressWords, _: str) -> None:
    word = said.request.words.next_arg()
    said.metric = number(word)
    if said.metric is None:
        raise invarg('"metric" value is invalid\n', word)


def _valid(said: AddressWords, keyword: str) -> None:
    said.valid = _lifetime(said, keyword, said.valid)


def _preferred(said: AddressWords, keyword: str) -> None:
    said.preferred = _lifetime(said, keyword, said.preferred)


def _lifetime(said: AddressWords, keyword: str, before: int | str | None) -> int | str:
    """Seconds, or `forever`."""
    words = said.request.words
    if before is not None:
        raise duparg(keyword, keyword)
    word = words.next_arg()
    seconds = word if word == "forever" else number(word)
    if seconds is None:
        raise invarg(f"{keyword} value", word)
    return seconds


def _protocol(_: AddressWords, keyword: str) -> None:
    raise NotModelled(f"ip addr add ... {keyword}")


_KEYWORDS: Final[tuple[tuple[str, bool, Callable[[AddressWords, str], None]], ...]] = (
    ("peer", True, _peer),
    ("remote", True, _peer),
    ("broadcast", False, _broadcast),
    ("brd", True, _broadcast),
    ("anycast", True, _anycast),
    ("scope", True, _scope),
    ("dev", True, _device),
    ("label", True, _label),
    ("metric", False, _metric),
    ("priority", False, _metric),
    ("preference", False, _metric),
    ("valid_lft", False, _valid),
    ("preferred_lft", False, _preferred),
)
_NEWER_KEYWORDS: Final = (*_KEYWORDS, ("proto", True, _protocol))
