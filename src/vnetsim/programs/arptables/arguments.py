"""The command line of arptables (do_commandarp of xtables-arp.c, xshared.c: do_parse, libarpt_mangle.c)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.netfilter import options, registry
from vnetsim.netfilter.errors import ArgumentError, BadArgumentError
from vnetsim.netfilter.getopt import Getopt, Long, Missing, NonOption, Short, Takes, Unknown
from vnetsim.netfilter.header import MAX_DEVICE_NAME
from vnetsim.netfilter.nft.expression import VerdictExpr
from vnetsim.netfilter.nft.statement import VerdictStmt, XtTargetStmt
from vnetsim.programs.arptables import targets
from vnetsim.programs.arptables.conditions import READERS, addresses
from vnetsim.programs.arptables.rule import FIELDS, ArpCondition, ArpRule
from vnetsim.values import define
from vnetsim.wire.inet import Address

BUILTIN: Final = {"INPUT": "input", "OUTPUT": "output"}
_COMMANDS: Final = "ADCRILSFZNXEP"
#: Options by letter or name, and whether they have an argument.
_LONG: Final = {
    "append": "A", "delete": "D", "check": "C", "insert": "I", "replace": "R", "list": "L", "list-rules": "S",
    "flush": "F", "zero": "Z", "new-chain": "N", "delete-chain": "X", "rename-chain": "E", "policy": "P",
    "source-ip": "s", "src-ip": "s", "destination-ip": "d", "dst-ip": "d", "source-mac": "src-mac",
    "src-mac": "src-mac", "destination-mac": "dst-mac", "dst-mac": "dst-mac", "h-length": "h-length",
    "opcode": "opcode", "h-type": "h-type", "proto-type": "proto-type", "in-interface": "i", "out-interface": "o",
    "jump": "j", "table": "t", "numeric": "n", "verbose": "v", "exact": "x", "version": "V", "help": "h",
    "line-numbers": "0", "set-counters": "c", "set-mark": "set-mark", "and-mark": "and-mark", "or-mark": "or-mark",
    "set-class": "set-class", "mangle-ip-s": "mangle-ip-s", "mangle-ip-d": "mangle-ip-d",
    "mangle-mac-s": "mangle-mac-s", "mangle-mac-d": "mangle-mac-d", "mangle-target": "mangle-target",
}  # fmt: skip
_FLAGS: Final = "nvxVh0"
_OPTIONAL: Final = "LSFZX"
_LETTERS: Final = {
    **dict.fromkeys("ADCRINEPtsdiojlcp", Takes.ARGUMENT), **dict.fromkeys("nvxVh", Takes.NOTHING),
    **dict.fromkeys(_OPTIONAL, Takes.MAYBE),
}  # fmt: skip
_OF_RULES: Final = ("s", "d", "i", "o", "src-mac", "dst-mac", "h-length", "opcode", "h-type", "proto-type")
#: Which options of arptables itself a command allows, besides those of rules for the commands that have one.
_ALLOWED: Final = {"L": "nvx0", "S": "v", "A": "vc", "I": "vc", "R": "vc", "D": "v", "C": "v", "P": "vc"}
_OF_TARGETS: Final = frozenset(option for each in targets.OPTIONS.values() for option in each)
#: What getopt_long gives for options without a letter.
_CODES: Final = {
    "src-mac": "\2", "dst-mac": "\3", "h-length": "l", "opcode": "\4", "h-type": "\5", "proto-type": "\6",
}  # fmt: skip
_VERDICTS: Final = {"ACCEPT": "accept", "DROP": "drop", "RETURN": "return"}
#: Targets of arptables' kind that the kernel has for IP only.
_ONLY_FOR_IP: Final = ("LOG", "QUEUE", "NFLOG")
_LONGEST_CHAIN: Final = 29
_NEGATION: Final = (
    "Using intrapositioned negation (`--option ! this`) is deprecated in favor of extrapositioned (`! --option this`)."
)


@define
class ArpCommand:
    """What is to be done: `kind` is the letter of the command, "" for -V; `rules` are several with addresses."""

    kind: str = ""
    chain: str | None = None
    number: int | None = None
    argument: str = ""
    rules: list[ArpRule] = attrs.field(factory=list)
    counters: tuple[int, int] = (0, 0)
    flags: set[str] = attrs.field(factory=set)
    zero: bool = False


@define
class ArpCommandReader:
    """Reads one command line; ArgumentError as arptables complains, UnknownHostError for a name not in `hosts`."""

    words: list[str]
    hosts: Mapping[str, Sequence[Address]] = attrs.field(factory=dict)
    notes: list[str] = attrs.field(factory=list)
    _command: ArpCommand = attrs.field(factory=ArpCommand)
    _given: dict[str, tuple[str, bool]] = attrs.field(factory=dict)
    _target_options: list[tuple[str, str]] = attrs.field(factory=list)
    _table: str = "filter"
    _getopt: Getopt[str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._getopt = Getopt(self.words, _LETTERS, self._find)

    def read(self) -> ArpCommand:
        negated = False
        while (item := self._getopt.next()) is not None:
            match item:
                case NonOption("!"):
                    if negated:
                        raise ArgumentError("multiple consecutive ! not allowed")
                    negated = True
                    continue
                case NonOption(text):
                    raise BadArgumentError(text)
                case Unknown(text):
                    raise ArgumentError(f'unknown option "{text}"')
                case Missing(text):
                    raise ArgumentError(f'option "{text}" requires an argument')
                case Short(letter, argument) | Long(letter, argument):
                    self._option("h-length" if letter == "l" else letter, self._whole(letter, argument), negated)
            negated = False
        if negated:
            raise ArgumentError("nothing appropriate following !")
        return self._finish()

    def _find(self, name: str) -> tuple[str, Takes] | None:
        key = _LONG.get(name)
        target = self._given.get("j", ("", False))[0]
        if key is None or (
            key in {one for each in targets.OPTIONS.values() for one in each} - set(targets.OPTIONS.get(target, ()))
        ):
            return None
        takes = Takes.NOTHING if key in _FLAGS else Takes.MAYBE if key in _OPTIONAL else Takes.ARGUMENT
        return key, takes

    def _whole(self, key: str, argument: str | None) -> str | None:
        """arptables takes an argument that is attached to such an option with the option."""
        token = self.words[self._getopt.position - 1]
        return token if key in (*_OF_RULES, "l", "j") and argument != token else argument

    # --- options ----------------------------------------------------------------------------------------------------

    def _option(self, key: str, argument: str | None, negated: bool) -> None:
        if negated and key not in _OF_RULES:
            raise ArgumentError(f"cannot have ! before -{key if len(key) == 1 else ''}")
        if key in _COMMANDS:
            self._kind(key, argument)
        elif key in _FLAGS:
            self._command.flags.add(key)
        elif key == "t":
            self._choose_table(argument or "")
        elif key == "p":
            return  # arptables takes it and does nothing with it.
        elif key == "c":
            self._counters(argument or "")
        elif key in _OF_RULES or key == "j":
            self._condition(key, argument or "", negated)
        else:
            self._target_options.append((key, argument or ""))

    def _choose_table(self, name: str) -> None:
        if name != "filter":
            said = "Perhaps arptables or your kernel needs to be upgraded."
            raise ArgumentError(f"table '{name}' does not exist\n{said}", status=3)

    def _kind(self, letter: str, argument: str | None) -> None:
        command = self._command
        if letter == "Z" and command.kind == "L":
            command.zero = True
            return
        if command.kind:
            raise ArgumentError(f"Cannot use -{letter} with -{command.kind}")
        command.kind = letter
        command.chain = argument if letter not in _OPTIONAL else argument or self._getopt.operand()
        if letter in "AICRD":
            self._place(letter)
        elif letter in "LSZ" and command.chain is not None:
            command.number = self._number(self._getopt.operand())
        elif letter == "N":
            self._check_name(command.chain or "")
        elif letter in "EP":
            wants = "old-chain-name and new-chain-name" if letter == "E" else "a chain and a policy"
            found = self._getopt.operand()
            if found is None:
                raise ArgumentError(f"-{letter} requires {wants}")
            command.argument = found

    def _place(self, letter: str) -> None:
        text = self._getopt.operand() if letter in "IRD" else None
        if letter == "R" and text is None:
            raise ArgumentError("-R requires a rule number")
        self._command.number = self._number(text) if text is not None else 1 if letter == "I" else None

    def _number(self, text: str | None) -> int | None:
        if text is None:
            return None
        if not is_digits(text) or not int(text):
            raise ArgumentError(f"Invalid rule number `{text}'")
        return int(text)

    def _check_name(self, name: str) -> None:
        if name.startswith(("-", "!")):
            raise ArgumentError(f"chain name not allowed to start with `{name[0]}'")
        if len(name) >= _LONGEST_CHAIN:
            raise ArgumentError(f"chain name `{name}' too long (must be under {_LONGEST_CHAIN} chars)")

    def _counters(self, packets: str) -> None:
        count = self._getopt.operand()
        if count is None:
            raise ArgumentError("-c requires packet and byte counter")
        for text, name in ((packets, "packet"), (count, "byte")):
            if options.number(text) is None:
                raise ArgumentError(f"-c {name} counter not numeric")
        self._command.counters = options.number(packets) or 0, options.number(count) or 0
        self._command.flags.add("c")

    def _condition(self, key: str, argument: str, negated: bool) -> None:
        if key in self._given:
            letter = _CODES.get(key, key)
            raise ArgumentError(f"multiple -{letter} flags not allowed")
        if argument == "!" and key != "j":
            self.notes.append(f"{_NEGATION}\n")
            if negated:
                raise ArgumentError("Multiple `!' flags not allowed")
            argument, negated = self._getopt.operand() or "", True
        self._given[key] = argument, negated
        if key == "j":
            self._check_jump(argument)

    def _check_jump(self, name: str) -> None:
        known = name in targets.OPTIONS or name in _VERDICTS or name in _ONLY_FOR_IP
        if not known and name != "REJECT" and registry.is_target(name, 4):
            raise NotModelled(f"arptables -j {name}")

    # --- the command ------------------------------------------------------------------------------------------------

    def _finish(self) -> ArpCommand:
        command = self._command
        if "h" in command.flags:
            raise NotModelled("arptables -h")
        if "V" in command.flags:
            command.kind = ""
            return command
        if not command.kind:
            raise ArgumentError("no command specified")
        allowed = _ALLOWED.get(command.kind, "v") + ("0" if command.kind == "L" else "")
        wrong = [key for key in "nxc0" if key in command.flags and key not in allowed]
        wrong += [key for key in self._given if command.kind not in "ADCRI" or (command.number and command.kind == "D")]
        if wrong:
            raise ArgumentError(f"Illegal option `{_shown(wrong[0])}' with this command")
        for key, chain in (("o", "INPUT"), ("i", "OUTPUT")):
            if key in self._given and command.chain == chain:
                raise ArgumentError(f"Can't use -{key} with {chain}\n")
        if command.kind in "ADCRI" and not (command.kind == "D" and command.number):
            command.rules = list(self._rules())
        return command

    def _rules(self) -> Iterator[ArpRule]:
        common = [found for key in _OF_RULES if key not in "sd" for found in self._one(key)]
        target = self._target()
        sources, destinations = ([[each] for each in self._networks(key)] or [[]] for key in "sd")
        for source in sources:
            yield from (ArpRule((*common, *source, *destination), target) for destination in destinations)

    def _one(self, key: str) -> Iterator[ArpCondition]:
        if key not in self._given:
            return
        text, negated = self._given[key]
        value, mask = READERS[key](text) if key in READERS else self._device(text)
        absent = not value and key != "h-type" and key not in ("s", "d", "src-mac", "dst-mac")
        if not absent and (value != "+" or negated):
            whole = 0 if isinstance(value, str) else (1 << FIELDS[key][0].bits) - 1
            yield ArpCondition(key, value, whole if mask is None else mask, negated)

    def _device(self, name: str) -> tuple[str, None]:
        if len(name) > MAX_DEVICE_NAME:
            raise ArgumentError(f"interface name `{name}' must be shorter than IFNAMSIZ ({MAX_DEVICE_NAME})")
        if not name:
            self.notes.append("Empty interface is likely to be undesired")
        return name, None

    def _networks(self, key: str) -> Iterator[ArpCondition]:
        if key not in self._given:
            return
        text, negated = self._given[key]
        for one in text.split(","):
            address_text, slash, mask_text = one.partition("/")
            mask = options.mask(mask_text, 4) if slash else 0xFFFF_FFFF
            if mask is None:
                raise ArgumentError(f"invalid mask `{mask_text}' specified")
            for value in addresses(address_text, self.hosts) if mask or negated else ():
                yield ArpCondition(key, value & mask, mask, negated)

    # --- targets ----------------------------------------------------------------------------------------------------

    def _target(self) -> VerdictStmt | XtTargetStmt | None:
        if "j" not in self._given:
            return None
        name, found = self._given["j"][0], self._target_options
        if name in targets.OPTIONS:
            return targets.build(name, found, self.hosts)
        if name in _ONLY_FOR_IP:
            return XtTargetStmt("target", name, name)
        return VerdictStmt(VerdictExpr(_VERDICTS[name]) if name in _VERDICTS else VerdictExpr("jump", name))


def _shown(key: str) -> str:
    return f"-{key}" if len(key) == 1 and key != "0" else f"--{ {'0': 'line-numbers'}.get(key, key) }"
