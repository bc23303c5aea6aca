"""The command line of iptables 1.8.9 (do_parse in iptables/xshared.c): which command, on what, with which rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.getopt import Getopt, Item, Long, NonOption, Short, Takes, by_prefix
from vnetsim.netfilter.registry import is_target
from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.specification import LETTERS, MAX_CHAIN_NAME, NAMES, Entry, Hosts, Specification, takes_of
from vnetsim.values import define

#: Letters of commands and what they take; `D#` and `Z#` are the same with the number of a rule.
_COMMANDS: Final = {
    "A": Takes.ARGUMENT, "C": Takes.ARGUMENT, "D": Takes.ARGUMENT, "I": Takes.ARGUMENT, "R": Takes.ARGUMENT,
    "L": Takes.MAYBE, "S": Takes.MAYBE, "F": Takes.MAYBE, "Z": Takes.MAYBE, "N": Takes.ARGUMENT, "X": Takes.MAYBE,
    "P": Takes.ARGUMENT, "E": Takes.ARGUMENT,
}  # fmt: skip
#: Letters of options that are not of rules: `0` is --line-numbers.
_OPTIONS: Final = {
    "t": Takes.ARGUMENT, "v": Takes.NOTHING, "n": Takes.NOTHING, "x": Takes.NOTHING, "w": Takes.MAYBE,
    "W": Takes.MAYBE, "M": Takes.ARGUMENT, "V": Takes.NOTHING, "h": Takes.MAYBE, "4": Takes.NOTHING,
    "6": Takes.NOTHING,
}  # fmt: skip
_SHORT: Final = {**LETTERS, **_COMMANDS, **_OPTIONS}
_TAKES: Final = {**_SHORT, "0": Takes.NOTHING}
_LONG: Final = {
    **NAMES, "append": "A", "check": "C", "delete": "D", "insert": "I", "replace": "R", "list": "L", "list-rules": "S",
    "flush": "F", "zero": "Z", "new-chain": "N", "delete-chain": "X", "rename-chain": "E", "policy": "P", "table": "t",
    "verbose": "v", "numeric": "n", "exact": "x", "line-numbers": "0", "wait": "w", "wait-interval": "W",
    "modprobe": "M", "version": "V", "help": "h", "ipv4": "4", "ipv6": "6",
}  # fmt: skip
#: Which options make no sense with a command, in the order in which iptables looks.
#: Of -W, in microseconds.
_LONGEST_INTERVAL_US: Final = 999_999
_ORDER: Final = "nsdpjvxio0cf"
_ILLEGAL: Final = {
    "A": "nx0", "I": "nx0", "R": "nx0", "D": "nx0c", "C": "nx0c", "L": "sdpjiocf", "P": "nsdpjxio0f",
    **dict.fromkeys(("D#", "F", "Z", "Z#", "N", "X", "E", "S"), "nsdpjxio0cf"),
}  # fmt: skip
#: Commands that can be joined with others.
_TOGETHER: Final = {"L": "Z", "S": "Z", "Z": "LS"}

RULE_COMMANDS: Final = frozenset({"A", "C", "D", "I", "R"})


class AnotherFamilyError(Exception):
    """`-4` or `-6` makes this line one for the other family's program."""


class ShowVersionError(Exception):
    """`-V` ends everything."""


class ShowHelpError(Exception):
    """`-h` ends everything."""


@define
class IptablesCommand:
    """A parsed command line.  `kinds` are letters, with `D#` and `Z#` for those with the number of a rule."""

    kinds: list[str] = attrs.field(factory=list)
    table: str = "filter"
    chain: str | None = None
    number: int = 0
    policy: str = ""
    new_name: str = ""
    rules: list[Rule] = attrs.field(factory=list)
    counters: tuple[int, int] = (0, 0)
    verbose: int = 0
    numeric: bool = False
    exact: bool = False
    line_numbers: bool = False


def parse(
    args: Sequence[str], version: int, hosts: Hosts, notes: list[str], *, table: str | None = None
) -> IptablesCommand:
    """`args` are those behind the name of the program; `notes` get what goes to standard error in any case.

    `table` is what iptables-restore is in, which `-t` must not change.  ArgumentError with the message of iptables;
    UnknownHostError for a name that `hosts` has not, before anything else is wrong.
    """
    notes.clear()
    return _Parser(args, version, hosts, table, notes).parse()


class _Parser:
    def __init__(self, args: Sequence[str], version: int, hosts: Hosts, table: str | None, notes: list[str]) -> None:
        self._specification = Specification(version, hosts)
        self._specification.context.notes = self._notes = notes
        self._version = version
        self._restoring = table is not None
        self._command = IptablesCommand(table=table or "filter")
        self._getopt: Getopt[Entry] = Getopt(args, _SHORT, self._find)
        self._waits = self._wait_interval = False

    def parse(self) -> IptablesCommand:
        negated = False
        while (item := self._getopt.next()) is not None:
            if item == NonOption("!"):
                if negated:
                    raise ArgumentError("multiple consecutive ! not allowed")
                negated = True
            elif self._item(item, negated):
                negated = False
        return self._finish(negated)

    def _find(self, name: str) -> tuple[Entry, Takes] | None:
        table: list[tuple[str, Entry]] = [*_LONG.items(), *self._specification.own_options()]
        found = by_prefix(name, table)
        if found is None:
            return None
        return found, _TAKES[found] if isinstance(found, str) else takes_of(found)

    def _item(self, item: Item[Entry], negated: bool) -> bool:
        """False where it has to be read again."""
        letter, argument = None, None
        if isinstance(item, Short):
            letter, argument = item.letter, item.argument
        elif isinstance(item, Long) and isinstance(item.option, str):
            letter, argument = item.option, item.argument
        if letter in _COMMANDS:
            self._add_command(letter, argument, negated)
        elif letter in _OPTIONS or letter == "0":
            self._option(letter, argument, negated)
        else:
            return self._specification.feed(item, negated, self._getopt)
        return True

    # --- commands ----------------------------------------------------------------------------------------------------

    def _add_command(self, letter: str, argument: str | None, negated: bool) -> None:
        if letter == "N":
            check_new_name(argument or "", self._version)
        if negated:
            raise ArgumentError("unexpected '!' flag")
        command = self._command
        for kind in command.kinds:
            if kind[0] not in _TOGETHER.get(letter, ""):
                raise ArgumentError(f"Cannot use -{letter} with -{kind[0]}")
        command.kinds.append(letter)
        chain = argument if argument is not None else self._getopt.operand()
        command.chain = chain if chain is not None else command.chain
        if letter in "DILSZR":
            self._number(letter, chain)
        elif letter == "P":
            command.policy = self._operand("-P requires a chain and a policy")
        elif letter == "E":
            command.new_name = self._operand("-E requires old-chain-name and new-chain-name")

    def _number(self, letter: str, chain: str | None) -> None:
        command = self._command
        text = self._getopt.operand() if chain is not None else None
        if text is None:
            if letter == "R":
                raise ArgumentError("-R requires a rule number")
            command.number = 1 if letter == "I" else command.number
            return
        if not (text.isascii() and is_digits(text) and 0 < int(text) < 1 << 31):
            raise ArgumentError(f"Invalid rule number `{text}'")
        command.number = int(text)
        if letter in "DZ":
            command.kinds[-1] = f"{letter}#"

    def _operand(self, complaint: str) -> str:
        token = self._getopt.operand()
        if token is None:
            raise ArgumentError(complaint)
        return token

    # --- options -----------------------------------------------------------------------------------------------------

    def _option(self, letter: str, argument: str | None, negated: bool) -> None:
        command = self._command
        if letter in "nx0":
            self._specification.set_option(letter, negated=negated)
        elif letter == "v":
            if not command.verbose:
                self._specification.set_option(letter, negated=negated)
            command.verbose += 1
        elif letter == "t":
            self._table(argument or "", negated)
        elif letter in "wW":
            self._wait(letter, argument)
        elif letter == "V":
            raise ShowVersionError
        elif letter == "h":
            raise ShowHelpError
        elif letter in "46" and int(letter) != self._version:
            raise AnotherFamilyError

    def _table(self, name: str, negated: bool) -> None:
        if negated:
            raise ArgumentError("unexpected ! flag before --table")
        if self._restoring:
            raise ArgumentError("The -t option cannot be used in iptables-restore.\n")
        self._command.table = name

    def _wait(self, letter: str, argument: str | None) -> None:
        number = argument if argument is not None else self._getopt.operand()
        if letter == "W":
            _check_interval(number)
            self._notes.append("Ignoring deprecated --wait-interval option.")
            self._wait_interval = True
            return
        self._waits = True
        if number is not None and not is_digits(number.lstrip("+-")[:1]):
            raise ArgumentError("wait seconds not numeric")

    # --- the end -----------------------------------------------------------------------------------------------------

    def _finish(self, negated: bool) -> IptablesCommand:
        command, specification = self._command, self._specification
        if command.table == "nat" and "DROP" in (command.policy, specification.target):
            raise ArgumentError(
                '\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n'
            )
        rule = specification.finish_extensions()
        if self._getopt.position < len(self._getopt.args):
            raise ArgumentError("unknown arguments found on commandline")
        if not command.kinds:
            raise ArgumentError("no command specified")
        if negated:
            raise ArgumentError("nothing appropriate following !")
        rules = specification.with_addresses(rule)
        self._check_options()
        _check_length(command.chain or "")
        if command.kinds == ["R"] and len(rules) > 1:
            raise ArgumentError("Replacement rule does not specify a unique address")
        if command.kinds[0] in RULE_COMMANDS:
            self._check_devices(rule)
            command.rules = rules
        command.counters = specification.counters
        command.numeric, command.exact, command.line_numbers = (letter in specification.given for letter in "nx0")
        return command

    def _check_options(self) -> None:
        if self._wait_interval and not self._waits:
            raise ArgumentError("--wait-interval only makes sense with --wait\n")
        for letter in _ORDER:
            if letter in self._specification.given and all(letter in _ILLEGAL[kind] for kind in self._command.kinds):
                raise ArgumentError(f"Illegal option `-{letter}' with this command")

    def _check_devices(self, rule: Rule) -> None:
        chain = self._command.chain
        if rule.out_device is not None and chain in ("PREROUTING", "INPUT"):
            raise ArgumentError(f"Can't use -o with {chain}\n")
        if rule.in_device is not None and chain in ("POSTROUTING", "OUTPUT"):
            raise ArgumentError(f"Can't use -i with {chain}\n")


def check_new_name(name: str, version: int) -> None:
    """Whether a chain may be called so."""
    if name[:1] in ("-", "!") and name:
        raise ArgumentError(f"chain name not allowed to start with `{name[0]}'")
    if not name or is_target(name, version):
        raise ArgumentError("chain name may not clash with target name")
    _check_length(name)
    if any(character.isspace() for character in name):
        raise ArgumentError(f"Invalid chain name `{name}'")


def _check_length(name: str) -> None:
    if len(name) > MAX_CHAIN_NAME:
        raise ArgumentError(f"chain name `{name}' too long (must be under {MAX_CHAIN_NAME + 1} chars)")


def _check_interval(text: str | None) -> None:
    """parse_wait_interval: microseconds."""
    if text is None:
        return
    digits = re.match(r"\s*\+?(\d+)", text)
    if digits is None:
        raise ArgumentError("wait interval not numeric")
    if int(digits[1]) > _LONGEST_INTERVAL_US:
        raise ArgumentError(f"too long usec wait {digits[1]} > {_LONGEST_INTERVAL_US} usec")
