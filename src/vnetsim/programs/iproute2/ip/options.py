"""The options before the object of `ip` (iproute2: ip/ip.c: main)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import attrs

from vnetsim.process import Network, Process
from vnetsim.programs.iproute2.lib.arguments import (
    BRIDGE,
    MPLS,
    PACKET,
    CommandError,
    Options,
    Words,
    invarg,
    matches,
    missarg,
    number,
    usage,
)
from vnetsim.programs.iproute2.lib.namespace import switch

_VERSION: Final = "ip utility, iproute2-6.1.0, libbpf 1.1.2\n"
_NEWER_VERSION: Final = "ip utility, iproute2-7.3.0, libbpf 1.7.0\n"
_FAMILIES: Final = {"inet": 4, "inet6": 6, "link": PACKET, "mpls": MPLS, "bridge": BRIDGE}


@attrs.define
class Invocation:
    """What stands before the object; `words` is the object and what follows."""

    process: Process
    words: Words
    network: Network
    options: Options = attrs.field(factory=Options)
    batch_file: str | None = None

    def set(self, **changes: Any) -> None:
        self.options = attrs.evolve(self.options, **changes)

    def argument(self, what: str) -> str:
        """What an option needs; without it the usage is printed, by newer versions what is missing."""
        word = self.words.take()
        if word is None:
            raise missarg(what) if self.options.newer else general_usage()
        return word


def general_usage() -> CommandError:
    return usage("ip")


def read(process: Process) -> Invocation:
    """Options are carried out as they are read: `-V` ends the program, `-n` goes to the namespace."""
    it = Invocation(process, Words(process.argv[1:]), process.network)
    it.set(newer=process.context.release != "bookworm")
    while it.words.peek is not None and it.words.peek.startswith("-"):
        word = it.words.next_arg()
        if word == "--":
            break
        _read_option(it, word[1:] if word.startswith("--") else word)
    return it


def _read_option(it: Invocation, word: str) -> None:
    for option, exact, handle in _OPTIONS:
        if word == option if exact else matches(word, option):
            handle(it)
            return
    if not _read_color(it, word):
        raise CommandError(255, f'Option "{word}" is unknown, try "ip -help".')


def _read_color(it: Invocation, word: str) -> bool:
    option, _, when = word.partition("=")
    if not matches(option, "-color") or when not in ("", "always", "auto", "never"):
        return False
    it.set(color=when in ("", "always"))
    return True


def _count(name: str) -> Callable[[Invocation], None]:
    def handle(it: Invocation) -> None:
        it.set(**{name: getattr(it.options, name) + 1})

    return handle


def _switch_on(name: str) -> Callable[[Invocation], None]:
    def handle(it: Invocation) -> None:
        it.set(**{name: True})

    return handle


def _family(family: int) -> Callable[[Invocation], None]:
    def handle(it: Invocation) -> None:
        it.set(family=family)

    return handle


def _read_family(it: Invocation) -> None:
    word = it.argument("family type")
    if word == "help":
        raise general_usage()
    if word not in _FAMILIES:
        raise invarg("invalid protocol family", word)
    it.set(family=_FAMILIES[word])


def _loops(it: Invocation) -> None:
    digits = re.match(r"\s*\+?(\d+)", it.argument("loop count"))
    it.set(loops=int(digits[1]) if digits else 0)


def _batch(it: Invocation) -> None:
    it.batch_file = it.argument("batch file")
    it.set(batch=True)


def _receive_buffer(it: Invocation) -> None:
    word = it.argument("rcvbuf size")
    if number(word) is None:
        raise CommandError(255, f"Invalid rcvbuf size '{word}'")


def _version(it: Invocation) -> None:
    it.process.write(_NEWER_VERSION if it.options.newer else _VERSION)
    raise CommandError(0)


def _help(_: Invocation) -> None:
    raise general_usage()


def _netns(it: Invocation) -> None:
    word = it.words.take()
    it.network = switch(it.process, "(null)" if word is None else word)


def _ignore(_: Invocation) -> None:
    """Changes nothing here: times are those of `monitor`, names of addresses are never looked up."""


#: In the order of asking: `-h` is `-human`, `-b` is `-batch`.
_OPTIONS: Final[tuple[tuple[str, bool, Callable[[Invocation], None]], ...]] = (
    ("-loops", False, _loops),
    ("-family", False, _read_family),
    ("-4", True, _family(4)),
    ("-6", True, _family(6)),
    ("-0", True, _family(PACKET)),
    ("-M", True, _family(MPLS)),
    ("-B", True, _family(BRIDGE)),
    ("-human-readable", False, _switch_on("human")),
    ("-iec", False, _switch_on("iec")),
    ("-stats", False, _count("stats")),
    ("-statistics", False, _count("stats")),
    ("-details", False, _switch_on("details")),
    ("-resolve", False, _switch_on("resolve")),
    ("-oneline", False, _switch_on("oneline")),
    ("-timestamp", False, _ignore),
    ("-tshort", False, _ignore),
    ("-Version", False, _version),
    ("-force", False, _switch_on("force")),
    ("-batch", False, _batch),
    ("-brief", False, _switch_on("brief")),
    ("-json", False, _switch_on("json")),
    ("-pretty", False, _switch_on("pretty")),
    ("-rcvbuf", False, _receive_buffer),
    ("-help", False, _help),
    ("-netns", False, _netns),
    ("-Numeric", False, _switch_on("numeric")),
    ("-all", False, _switch_on("all")),
    ("-echo", True, _switch_on("echo")),
)
