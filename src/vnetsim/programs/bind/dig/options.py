"""dig's `+options` (plus_option() of bin/dig/dig.c); any beginning that is long enough names one.

Not modelled: those of `_OTHERS`, what needs TSIG, TLS or HTTPS among them.  `+badcookie`, `+crypto`, `+idn`,
`+keepopen`, `+onesoa`, `+rrcomments` and `+ednsnegotiation` change nothing about the answers that come here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, VnetsimError
from vnetsim.process import Process
from vnetsim.programs.bind.dighost import BindError, Dighost
from vnetsim.programs.bind.lookup import UDP_SIZE, DigLookup
from vnetsim.values import define, frozen
from vnetsim.wire import dns
from vnetsim.wire.dns_codec import opcode_text

#: digexit(): the status of bad values.
_BAD_VALUE: Final = 10
_MOST_SHORT: Final = dict.fromkeys(("ndots", "buffer size", "qid", "timeout"), 0xFFFF)
_MOST: Final = _MOST_SHORT | {"edns": 255, "opcode": 15, "tries": 0xFFFFFFFF, "retries": 0xFFFFFFFE}


class DigUsage(VnetsimError):
    """The option is not one: complaint, usage, exit status 1."""


@define
class DigSettings:
    """What holds for all lookups; `command` is whether the banner is shown, `domain` the one of `+domain`."""

    short: bool = False
    command: bool = True
    domain: str | None = None


@frozen
class _Option:
    """An option as it was given: `name` in full, `on` unless it began with `no`."""

    name: str
    on: bool
    value: str | None
    given: str


@frozen
class DigOptions:
    """Applies options to a lookup, and to what all have in common."""

    process: Process
    dighost: Dighost
    settings: DigSettings

    def apply(self, text: str, lookup: DigLookup) -> None:
        """`text` without the plus sign."""
        option = _read(text)
        if option.name in _SWITCHES:
            setattr(lookup, _SWITCHES[option.name], option.on)
        elif option.name in _SPECIAL:
            _SPECIAL[option.name](self, option, lookup)
        elif option.name in _REMOVED:
            raise BindError(f"+{option.name} option no longer supported")
        elif option.name not in _NO_EFFECT.split() and option.on:
            raise NotModelled(f"dig +{option.name}")

    def number(self, text: str, what: str) -> int:
        """parse_uint(): a complaint on both streams, exit status 10."""
        digits = text.isascii() and is_digits(text)
        if digits and int(text) <= _MOST[what]:
            return int(text)
        self.process.write(f"invalid {what} '{text}': {'out of range' if digits else 'not a valid number'}\n")
        raise BindError(f"Couldn't parse {what}", _BAD_VALUE)


# --- options that do more than setting a flag -------------------------------------------------------------------


def _all(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    for name in ("question", "authority", "answer", "additional", "comments", "stats"):
        setattr(lookup, name, option.on)
    options.settings.command = option.on


def _short(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    options.settings.short = option.on
    if option.on:
        options.settings.command = False
        lookup.answer = True
        for name in ("additional", "authority", "question", "comments", "stats"):
            setattr(lookup, name, False)


def _command(options: DigOptions, option: _Option, _: DigLookup) -> None:
    options.settings.command = option.on


def _cookie(_: DigOptions, option: _Option, lookup: DigLookup) -> None:
    if option.value is not None:
        raise NotModelled("dig +cookie with a value")
    lookup.cookie = option.on
    lookup.edns = _at_least_zero(option, lookup)


def _dnssec(_: DigOptions, option: _Option, lookup: DigLookup) -> None:
    lookup.dnssec = option.on
    lookup.edns = _at_least_zero(option, lookup)


def _edns(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    if not option.on:
        lookup.edns = None
    else:
        lookup.edns = 0 if option.value is None else options.number(option.value, "edns")


def _buffer_size(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    _only_on(option)
    lookup.udp_size = UDP_SIZE if option.value is None else options.number(option.value, "buffer size")


def _tcp(_: DigOptions, option: _Option, lookup: DigLookup) -> None:
    lookup.tcp, lookup.tcp_set = option.on, True


def _ttl_units(_: DigOptions, option: _Option, lookup: DigLookup) -> None:
    lookup.ttl, lookup.ttl_units = True, option.on


def _search(options: DigOptions, option: _Option, _: DigLookup) -> None:
    options.dighost.uses_search = option.on


def _defname(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    if options.process.context.release != "bookworm":
        options.process.error(";; +[no]defname option is deprecated; use +[no]search\n")
    _search(options, option, lookup)


def _show_search(options: DigOptions, option: _Option, _: DigLookup) -> None:
    options.dighost.shows_search = options.dighost.uses_search = option.on


def _domain(options: DigOptions, option: _Option, _: DigLookup) -> None:
    options.settings.domain = _valued(option)


def _ndots(options: DigOptions, option: _Option, _: DigLookup) -> None:
    options.dighost.ndots = options.number(_valued(option), "ndots")


def _timeout(options: DigOptions, option: _Option, _: DigLookup) -> None:
    options.dighost.timeout_seconds = max(1, options.number(_valued(option), "timeout"))


def _tries(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    lookup.tries = max(1, options.number(_valued(option), "tries"))


def _retries(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    lookup.tries = options.number(_valued(option), "retries") + 1


def _identification(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    lookup.identification = options.number(_needed(option), "qid") if option.on else None


def _opcode(options: DigOptions, option: _Option, lookup: DigLookup) -> None:
    if not option.on:
        lookup.opcode = dns.QUERY
        return
    value = _needed(option).upper()
    known = {opcode_text(number): number for number in range(16)}
    lookup.opcode = known[value] if value in known else options.number(value, "opcode")


def _needed(option: _Option) -> str:
    if option.value is None:
        raise DigUsage(option.given)
    return option.value


def _valued(option: _Option) -> str:
    """With a value, without `no`."""
    value = _needed(option)
    _only_on(option)
    return value


def _only_on(option: _Option) -> None:
    if not option.on:
        raise DigUsage(option.given)


def _at_least_zero(option: _Option, lookup: DigLookup) -> int | None:
    return 0 if option.on and lookup.edns is None else lookup.edns


# --- names ------------------------------------------------------------------------------------------------------------

#: Flags of a lookup, and those with another name than its attribute.
_FLAGS: Final = "additional answer authority comments identify multiline question recurse stats ttl"
_SWITCHES: Final = {name: name for name in _FLAGS.split()} | {
    "aaonly": "authoritative",
    "aaflag": "authoritative",
    "adflag": "authentic",
    "besteffort": "best_effort",
    "cdflag": "checking_disabled",
    "class": "cls_shown",
    "fail": "servfail_stops",
    "header-only": "header_only",
    "ignore": "ignore_truncation",
    "qr": "query",
    "raflag": "available",
    "rdflag": "recurse",
    "tcflag": "truncated",
    "ttlid": "ttl",
}
_SPECIAL: Final[dict[str, Callable[[DigOptions, _Option, DigLookup], None]]] = {
    "all": _all, "bufsize": _buffer_size, "cmd": _command, "cookie": _cookie,
    "defname": _defname, "dnssec": _dnssec, "domain": _domain, "edns": _edns,
    "ndots": _ndots, "opcode": _opcode, "qid": _identification, "retry": _retries,
    "retries": _retries, "search": _search, "short": _short,
    "showsearch": _show_search, "tcp": _tcp, "timeout": _timeout, "tries": _tries,
    "ttlunits": _ttl_units, "vc": _tcp,
}  # fmt: skip
_REMOVED: Final = ("mapped", "sigchase", "topdown", "trusted-key", "unexpected")
_NO_EFFECT: Final = "badcookie crypto ednsnegotiation idn idnin idnout keepopen onesoa rrcomments"
#: The length of the shortest abbreviation, and the options that it is enough for, in the order in which they are tried.
_ABBREVIATIONS: Final = {
    1: "ignore vc yaml zflag",
    2: """
        aaonly aaflag adflag all answer authority badcookie besteffort bufsize cdflag class cmd coflag crypto
        defname fail fuzztime header-only mapped multiline ndots onesoa opcode padding proxy proxy-plain qid qr
        question raflag rdflag rrcomments search sigchase split stats subnet timeout topdown
    """,
    3: """
        additional comments cookie domain identify idn nsid nssearch recurse retries retry tcflag tcp tls trace
        tries trusted-key ttl ttlid unexpected unknownformat
    """,
    4: """
        dns64prefix dnssec edns expandaaaa expire idnin idnout short ttlunits
    """,
    5: """
        ednsflags ednsnegotiation ednsopt https https-get https-post http-plain http-plain-get http-plain-post
        keepalive keepopen showsearch tls-ca tls-certfile tls-hostname tls-keyfile
    """,
    8: "showbadcookie showbadvers",
}
_SHORTEST: Final = {name: length for length, names in _ABBREVIATIONS.items() for name in names.split()}


def _read(text: str) -> _Option:
    given, equals, value = text.partition("=")
    keyword = given.lower()
    on = not keyword.startswith("no")
    keyword = keyword if on else keyword[2:]
    names = [name for name, shortest in _SHORTEST.items() if name.startswith(keyword) and len(keyword) >= shortest]
    if keyword == "do":
        names = ["dnssec"]
    if not names:
        raise DigUsage(given)
    return _Option(names[0], on, value if equals and value else None, given)
