"""dig's command line: names, types and classes in any order, options that hold from their position on.

Follows parse_args() and dash_option() of bin/dig/dig.c.  Options and servers before the first name are for all names,
those behind a name for that one.  Not modelled: `-f`, `-k`, `-y`, ~/.digrc, IXFR and AXFR.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, VnetsimError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.bind.dig.options import DigOptions, DigSettings, DigUsage
from vnetsim.programs.bind.dighost import BindError, Dighost
from vnetsim.programs.bind.lookup import DigLookup, is_newer, reverse_name, version
from vnetsim.programs.resources import resource
from vnetsim.values import define
from vnetsim.wire import dns
from vnetsim.wire.dns_codec import parse_class, parse_type
from vnetsim.wire.inet import parse_address

_HINT: Final = '\nUse "dig -h" (or "dig -h | more") for complete list of options\n'
_ALONE: Final = "46dhimnruv"
_KNOWN: Final = "46bcdfhikmnpqrtvyx"
_TRANSFERS: Final = (251, 252)
_MOST_PORT: Final = 0xFFFF


class DigExit(VnetsimError):
    """dig ends with `status` and without a message."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


@define
class DigArguments:
    """Reads the command line; the lookups end up in the `Dighost`'s `pending`."""

    process: Process
    dighost: Dighost
    settings: DigSettings
    versions: tuple[int, ...] = (4, 6)
    _default: DigLookup = attrs.field(factory=lambda: DigLookup(authentic=True, edns=0, cookie=True))
    _banner_shown: bool = False
    _found: int = 0

    def scan(self) -> None:
        """preparse_args(): options that are none, and the families, before anything else."""
        args = list(self.process.argv[1:])
        while args:
            arg = args.pop(0)
            if not arg.startswith("-"):
                continue
            rest = arg[1:]
            while rest and rest[0] in _ALONE:
                if rest[0] in "46":
                    self._only(int(rest[0]))
                rest = rest[1:]
            if not rest:
                continue
            if rest[0] not in _KNOWN or (len(rest) == 1 and not args):
                raise self._bad(f"-{rest}")
            if len(rest) == 1:
                args.pop(0)

    def _only(self, family: int) -> None:
        if family not in self.versions:
            raise BindError("only one of -4 and -6 allowed")
        self.versions = (family,)

    def read(self) -> Coroutine[None]:
        """parse_args()."""
        current = self._default
        open_question = True
        options = DigOptions(self.process, self.dighost, self.settings)
        args = list(self.process.argv[1:])
        while args:
            arg = args.pop(0)
            if arg.startswith("%"):
                break
            if arg.startswith("@"):
                servers = yield from self.dighost.addresses(arg[1:])
                self._found = len(servers)
                current.servers += servers
            elif arg.startswith("+"):
                self._plus(options, arg[1:], current)
            elif arg.startswith("-"):
                current, open_question = self._dash(arg[1:], args, current, open_question)
            elif not (open_question and self._type_or_class(arg, current)):
                current = self._named(arg)
        self._finish()

    def _plus(self, options: DigOptions, text: str, lookup: DigLookup) -> None:
        if not text.replace("=", ""):
            self.process.write(f";; Invalid option {text}\n")
            return
        try:
            options.apply(text, lookup)
        except DigUsage as wrong:
            raise self._bad(f"+{wrong}") from None

    def _bad(self, option: str) -> DigExit:
        self.process.error(f"Invalid option: {option}\n{resource('bind', 'dig')}{_HINT}")
        return DigExit(1)

    # --- names ------------------------------------------------------------------------------------------------------

    def _named(self, name: str) -> DigLookup:
        """A new lookup like the default one."""
        lookup = self._default.clone()
        lookup.name, lookup.new_search = name, True
        self.dighost.pending.append(lookup)
        if not is_newer(self.process.context):
            self._banner(lookup)
        return lookup

    def _reverse(self, text: str) -> DigLookup:
        name = reverse_name(text, strict=False)
        assert name is not None
        lookup = self._named(name)
        lookup.type = lookup.type if lookup.type_set else dns.PTR
        return lookup

    def _finish(self) -> None:
        pending = self.dighost.pending
        if not pending:
            lookup = self._default.clone()
            lookup.name, lookup.type, lookup.type_set, lookup.new_search = ".", dns.NS, True, True
            pending.append(lookup)
        self._banner(pending[0])

    def _banner(self, lookup: DigLookup) -> None:
        """printgreeting(), once: 9.18 makes it up as soon as it meets the first name, 9.20 at the end."""
        if self._banner_shown or not self.settings.command:
            self._banner_shown = True
            return
        self._banner_shown = True
        args = "".join(f" {arg}" for arg in self.process.argv[1:])
        found = f"; ({self._found} server{'s' * (self._found > 1)} found)\n" if self._found else ""
        short = " +short" * self.settings.short
        lookup.banner = (
            f"\n; <<>> DiG {version(self.process.context)} <<>>{args}\n{found};; global options:{short} +cmd\n"
        )

    # --- types and classes ------------------------------------------------------------------------------------------

    def _type_or_class(self, arg: str, lookup: DigLookup) -> bool:
        kind = parse_type(arg)
        if arg.lower().startswith("ixfr=") or kind in _TRANSFERS:
            raise NotModelled("zone transfers")
        if kind is not None:
            self._set_type(kind, lookup)
            return True
        cls = parse_class(arg)
        if cls is not None:
            self._set_class(cls, lookup)
        return cls is not None

    def _set_type(self, kind: int, lookup: DigLookup) -> None:
        if lookup.type_set:
            self.process.error(";; Warning, extra type option\n")
        lookup.type, lookup.type_set = kind, True
        if kind == dns.ANY and not lookup.tcp_set:
            lookup.tcp = True

    def _set_class(self, cls: int, lookup: DigLookup) -> None:
        if lookup.cls_set:
            self.process.error(";; Warning, extra class option\n")
        lookup.cls, lookup.cls_set = cls, True

    # --- options with one dash ----------------------------------------------------------------------------------------

    def _dash(self, text: str, args: list[str], lookup: DigLookup, open_question: bool) -> tuple[DigLookup, bool]:
        """The lookup that what follows is for, and whether arguments may still be types and classes."""
        while text and text[0] in _ALONE:
            self._alone(text[0], lookup)
            text = text[1:]
        if not text:
            return lookup, open_question
        letter, value = text[0], text[1:] or args.pop(0)
        if letter == "x":
            return self._reverse(value), open_question
        if letter == "q":
            return self._named(value), open_question
        if letter in "tc":
            self._short_option(letter, value, lookup)
            return lookup, False
        self._socket_option(letter, value)
        return lookup, open_question

    def _alone(self, letter: str, lookup: DigLookup) -> None:
        if letter == "h":
            self.process.write(resource("bind", f"dig-help.{self.process.context.release}"))
            raise DigExit(0)
        if letter == "v":
            newer = is_newer(self.process.context)
            (self.process.write if newer else self.process.error)(f"DiG {version(self.process.context)}\n")
            raise DigExit(0)
        if letter == "u":
            lookup.microseconds = True
        elif letter == "d":
            raise NotModelled("dig -d")
        elif letter in "in":
            raise BindError(f"-{letter} removed")

    def _short_option(self, letter: str, value: str, lookup: DigLookup) -> None:
        if letter == "c":
            cls = parse_class(value)
            if cls is None:
                self.process.error(f";; Warning, ignoring invalid class {value}\n")
                return
            if lookup.cls_set:
                self.process.error(";; Warning, extra class option\n")
            lookup.cls, lookup.cls_set = cls, True
            return
        kind = parse_type(value)
        if kind in _TRANSFERS or value.lower().startswith("ixfr="):
            raise NotModelled("zone transfers")
        if kind is None:
            self.process.error(f";; Warning, ignoring invalid type {value}\n")
        else:
            self._set_type(kind, lookup)

    def _socket_option(self, letter: str, value: str) -> None:
        if letter == "b":
            text, _, port = value.partition("#")
            try:
                address = parse_address(text)
            except ValueError:
                raise BindError(f"invalid address {value}") from None
            self.dighost.source = address, self._port(port) if port else 0
            self.versions = (address.version,)
        elif letter == "p":
            self.dighost.port = self._port(value)
        else:
            raise NotModelled(f"dig -{letter}")

    def _port(self, text: str) -> int:
        digits = text.isascii() and is_digits(text)
        if digits and int(text) <= _MOST_PORT:
            return int(text)
        self.process.write(f"invalid port number '{text}': {'out of range' if digits else 'not a valid number'}\n")
        raise BindError("Couldn't parse port number")
