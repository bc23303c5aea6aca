"""Parsing the rule specification of a command (iptables/xshared.c, libxtables/xtables.c).

A specification is fed options one after another, for what they mean depends on what came before: `-m` and `-j` bring
options of their own, `-p tcp` brings those of `-m tcp` when one of them is used.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from vnetsim.digits import is_digits
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError, BadArgumentError
from vnetsim.netfilter.extensions.xt_tcpudp import TcpMatch, UdpMatch
from vnetsim.netfilter.getopt import Getopt, Item, Missing, NonOption, Short, Takes, Unknown
from vnetsim.netfilter.header import (
    DestinationAddress,
    FragmentBit,
    InDevice,
    OutDevice,
    Protocol,
    SourceAddress,
    device_name,
)
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.registry import PROTOCOL_MATCHES, find_match, find_target
from vnetsim.netfilter.rules import ACCEPT, DROP, RETURN, Jump, Rule, XtMatch, XtTarget
from vnetsim.values import define
from vnetsim.wire.inet import Address, IPv4, IPv6

MAX_CHAIN_NAME: Final = 28

#: Letters of a rule's own options, and what they take.
LETTERS: Final = {
    "p": Takes.ARGUMENT, "s": Takes.ARGUMENT, "d": Takes.ARGUMENT, "i": Takes.ARGUMENT, "o": Takes.ARGUMENT,
    "f": Takes.NOTHING, "j": Takes.ARGUMENT, "g": Takes.ARGUMENT, "m": Takes.ARGUMENT, "c": Takes.ARGUMENT,
}  # fmt: skip
#: Their long names.
NAMES: Final = {
    "protocol": "p", "source": "s", "src": "s", "destination": "d", "dst": "d", "in-interface": "i",
    "out-interface": "o", "fragments": "f", "jump": "j", "goto": "g", "match": "m", "set-counters": "c",
}  # fmt: skip
_INVERTIBLE: Final = frozenset("psdiof")
_STANDARD: Final[dict[str, XtTarget]] = {"ACCEPT": ACCEPT, "DROP": DROP, "RETURN": RETURN}


class UnknownHostError(Exception):
    """A name was given for an address: a caller that can resolves it and tries again."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@define(eq=False)
class Loaded:
    """An extension that was loaded, and the options that it was given."""

    extension: Extension
    parsed: ParsedOptions


#: A long option of an extension, and the extension it belongs to.
Own: TypeAlias = tuple[Loaded, XtOption]
#: What a long option is: a letter of the command's own, or an extension's.
Entry: TypeAlias = str | Own
#: Addresses of names that were looked up.
Hosts: TypeAlias = Mapping[str, Sequence[Address]]


def takes_of(entry: Own) -> Takes:
    """What an extension's option takes."""
    option = entry[1]
    return Takes.NOTHING if option.read is None or option.optional else Takes.ARGUMENT


@define
class Specification:
    """A rule as far as it is parsed; `hosts` are the addresses of names."""

    version: int
    hosts: Hosts = attrs.field(factory=dict)
    context: ParseContext = attrs.field(init=False)
    given: set[str] = attrs.field(init=False, factory=set)
    inverted: set[str] = attrs.field(init=False, factory=set)
    counters: tuple[int, int] = attrs.field(init=False, default=(0, 0))
    target: str = attrs.field(init=False, default="")
    _texts: dict[str, str] = attrs.field(init=False, factory=dict)
    _protocol_loaded: bool = attrs.field(init=False, default=False)
    _loaded: list[Loaded] = attrs.field(init=False, factory=list)
    _target: Loaded | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.context = ParseContext(self.version)

    # --- options -----------------------------------------------------------------------------------------------------

    def own_options(self) -> Iterator[tuple[str, Own]]:
        """Long options of everything loaded, the last loaded first.

        What is loaded once more stays where it was, and its options are those of the last one.
        """
        current = {loaded.extension.name: loaded for loaded in self._loaded}
        for loaded in reversed(current.values()):
            for option in loaded.extension.options:
                yield option.name, (loaded, option)

    def load_protocol(self) -> bool:
        """Load the match that `-p` names, once; whether there was one to load."""
        name = PROTOCOL_MATCHES.get(self.context.protocol)
        if name is None or self._protocol_loaded:
            return False
        extension = find_match(name, self.version)
        if extension is None:
            return False
        self._protocol_loaded = True
        if any(loaded.extension is extension for loaded in self._loaded):
            return False
        self._load(extension)
        return True

    def set_option(self, letter: str, *, negated: bool) -> None:
        """Record that an option was given: once, and with `!` only where it can be inverted."""
        letter = "j" if letter == "g" else letter
        if letter in self.given:
            raise ArgumentError(f"multiple -{letter} flags not allowed")
        if negated and letter not in _INVERTIBLE:
            raise ArgumentError(f"cannot have ! before -{letter}")
        self.given.add(letter)
        if negated:
            self.inverted.add(letter)

    def feed(self, item: Item[Entry], negated: bool, getopt: Getopt[Entry]) -> bool:
        """An option as getopt gives it; False where it has to be read again, since there are more options now."""
        if isinstance(item, NonOption):
            raise BadArgumentError(item.text)
        if isinstance(item, (Unknown, Missing)):
            return self._unknown(item, getopt)
        if isinstance(item, Short):
            self.take(item.letter, item.argument, negated, getopt)
        elif isinstance(item.option, str):
            self.take(item.option, item.argument, negated, getopt)
        else:
            self.take_own(item.option, item.argument, negated, getopt)
        return True

    def _unknown(self, item: Unknown | Missing, getopt: Getopt[Entry]) -> bool:
        if self.load_protocol():
            getopt.again()
            return False
        if isinstance(item, Missing):
            raise ArgumentError(f'option "{item.text}" requires an argument')
        raise ArgumentError(f'unknown option "{item.text}"')

    def take(self, letter: str, argument: str | None, negated: bool, getopt: Getopt[Entry]) -> None:
        """An option of the rule itself."""
        text = argument or ""
        if letter == "m":
            self._match(text, negated)
            return
        if letter in "io" and not text:
            raise ArgumentError("Empty interface is likely to be undesired")
        self.set_option(letter, negated=negated)
        if letter == "p":
            self._protocol(text)
        elif letter in "io":
            self._texts[letter], note = device_name(text)
            self.context.notes += [note] if note else []
        elif letter in "jg":
            self._jump(text, goto=letter == "g")
        elif letter == "c":
            self.counters = _counters(text, getopt)
        elif letter == "f" and self.version == 6:
            raise ArgumentError("`-f' is not supported in IPv6, use -m frag instead")
        else:
            self._texts[letter] = text

    def take_own(self, own: Own, argument: str | None, negated: bool, getopt: Getopt[Entry]) -> None:
        """An option of an extension."""
        loaded, option = own
        arguments = () if argument is None else (argument,)
        if option.optional and getopt.peek() is not None:
            arguments = (getopt.operand() or "",)
        if option.operands == 2:
            second = getopt.operand()
            if second is None:
                raise ArgumentError(f"--{option.name} requires two args.")
            arguments = (*arguments, second)
        options.take(loaded.extension, option, arguments, loaded.parsed, negated)

    def _protocol(self, text: str) -> None:
        number = options.protocol_number(text)
        if number == 0 and "p" in self.inverted:
            raise ArgumentError("rule would never match protocol")
        self.context.protocol, self.context.protocol_negated = number, "p" in self.inverted

    def _match(self, name: str, negated: bool) -> None:
        if negated:
            raise ArgumentError("unexpected ! flag before --match")
        extension = find_match(name, self.version)
        if extension is None:
            shown = {"icmpv6": "icmp6"}.get(name, name)
            raise ArgumentError(f"Couldn't load match `{shown}':No such file or directory\n")
        self._load(extension)

    def _jump(self, name: str, *, goto: bool) -> None:
        if not name:
            raise ArgumentError("Invalid target name (too short)")
        if len(name) > MAX_CHAIN_NAME:
            raise ArgumentError(f"Invalid target name `{name}' ({MAX_CHAIN_NAME} chars max)")
        if re.search(r"\s", name):
            raise ArgumentError(f"Invalid target name `{name}'")
        self.target = name
        self._texts["goto"] = "goto" if goto else ""
        extension = None if goto or name in _STANDARD else find_target(name, self.version)
        if extension is not None:
            self._target = self._load(extension)

    def _load(self, extension: Extension) -> Loaded:
        self._loaded.append(Loaded(extension, ParsedOptions(self.context)))
        return self._loaded[-1]

    # --- the result --------------------------------------------------------------------------------------------------

    def finish_extensions(self) -> Rule:
        """The rule but for its addresses; complaints of the extensions."""
        matches: list[XtMatch] = []
        target: XtTarget | None = self._plain_target()
        came_by, leaves_by = self._device("i"), self._device("o")
        ordered = [loaded for loaded in self._loaded if loaded is not self._target]
        for loaded in [*ordered, *([] if self._target is None else [self._target])]:
            built = loaded.extension.finish(loaded.parsed)
            if isinstance(built, XtMatch):
                _add(matches, built)
            else:
                target = built
        return Rule(
            in_device=InDevice(*came_by) if came_by else None,
            out_device=OutDevice(*leaves_by) if leaves_by else None,
            protocol=Protocol(self.context.protocol, "p" in self.inverted) if self.context.protocol else None,
            fragment=FragmentBit("f" in self.inverted) if "f" in self.given else None,
            matches=tuple(matches),
            target=target,
        )

    def _plain_target(self) -> XtTarget | None:
        if not self.target:
            return None
        goto = bool(self._texts["goto"])
        return Jump(self.target, goto) if goto else _STANDARD.get(self.target, Jump(self.target))

    def _device(self, letter: str) -> tuple[str, bool] | None:
        """Its name, and whether it is any other; None for every device."""
        name, negated = self._texts.get(letter), letter in self.inverted
        return None if name is None or (name == "+" and not negated) else (name, negated)

    def with_addresses(self, rule: Rule) -> list[Rule]:
        """A rule for each pair of source and destination addresses."""
        sources = self._networks("s")
        destinations = self._networks("d")
        for letter, networks in (("s", sources), ("d", destinations)):
            if letter in self.inverted and len(networks) > 1:
                raise ArgumentError("! not allowed with multiple source or destination IP addresses")
        return [
            attrs.evolve(rule, source=self._source(source), destination=self._destination(destination))
            for source, destination in itertools.product(sources, destinations)
        ]

    def _source(self, network: tuple[Address, int]) -> SourceAddress | None:
        return SourceAddress(*network, "s" in self.inverted) if network[1] or "s" in self.inverted else None

    def _destination(self, network: tuple[Address, int]) -> DestinationAddress | None:
        return DestinationAddress(*network, "d" in self.inverted) if network[1] or "d" in self.inverted else None

    def _networks(self, letter: str) -> list[tuple[Address, int]]:
        text = self._texts.get(letter)
        if text is None:
            return [(IPv4(0) if self.version == 4 else IPv6(0), 0)]
        return [network for part in text.split(",") for network in self._network(part.strip())]

    def _network(self, text: str) -> list[tuple[Address, int]]:
        name, slash, mask_text = text.partition("/")
        bits = self.context.bits
        mask = options.mask(mask_text, self.version) if slash else (1 << bits) - 1
        if mask is None:
            raise ArgumentError(f"invalid mask `{mask_text}' specified")
        address = options.address(name, self.version)
        if address is None:
            address = _short_address(name, self.version)
        found = self.hosts.get(name) if address is None else [address]
        if found is None:
            raise UnknownHostError(name)
        if not found:
            raise ArgumentError(f"host/network `{name}' not found")
        return [(type(address)(address & mask), mask) for address in found]


def _add(matches: list[XtMatch], match: XtMatch) -> None:
    """Append; a second match of ports becomes part of the first, since iptables-nft turns both into the same bytes."""
    for index, known in enumerate(matches):
        if (
            isinstance(known, (TcpMatch, UdpMatch))
            and isinstance(match, (TcpMatch, UdpMatch))
            and type(known) is type(match)
        ):
            matches[index] = known.joined(match)
            return
    matches.append(match)


def _short_address(text: str, version: int) -> IPv4 | None:
    """`10` or `10.1` or `10.1.2`: what is missing is zero."""
    parts = text.split(".")
    if version == 6 or len(parts) > 4 or not all(p.isascii() and is_digits(p) and int(p) <= 255 for p in parts):
        return None
    return IPv4(int.from_bytes(bytes(int(part) for part in parts).ljust(4, b"\0"), "big"))


def _counters(text: str, getopt: Getopt[Entry]) -> tuple[int, int]:
    packets_text, comma, bytes_text = text.partition(",")
    if not comma:
        second = getopt.operand()
        if second is None:
            raise ArgumentError("-c requires packet and byte counter")
        bytes_text = second
    for what, counter in (("packet", packets_text), ("byte", bytes_text)):
        if not (counter.isascii() and is_digits(counter)):
            raise ArgumentError(f"-c {what} counter not numeric")
    return int(packets_text), int(bytes_text)
