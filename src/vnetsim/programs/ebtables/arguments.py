"""The command line of ebtables (do_commandeb): `!` comes before an option, or between it and its argument."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.netfilter.ebtables import header, matches
from vnetsim.netfilter.ebtables.errors import EbtablesRefusal, usage
from vnetsim.netfilter.ebtables.operations import (
    EbDelete,
    EbDeleteAt,
    EbDeleteChains,
    EbFlush,
    EbInitialise,
    EbInsert,
    EbNewChain,
    EbPolicy,
    EbRenameChain,
    EbtablesOperation,
    EbZero,
)
from vnetsim.netfilter.ebtables.rules import (
    ACCEPT,
    CONTINUE,
    RETURN,
    STANDARD,
    EbCondition,
    EbJump,
    EbRule,
    EbTarget,
    EbVerdict,
)
from vnetsim.netfilter.ebtables.tables import BUILTIN, EbTables
from vnetsim.programs.ebtables import targets
from vnetsim.values import define

_LONG: Final = {
    "append": "A", "insert": "I", "delete": "D", "list": "L", "zero": "Z", "flush": "F", "policy": "P",
    "in-interface": "i", "in-if": "i", "out-interface": "o", "out-if": "o", "version": "V", "jump": "j", "proto": "p",
    "protocol": "p", "source": "s", "src": "s", "destination": "d", "dst": "d", "table": "t", "new-chain": "N",
    "rename-chain": "E", "delete-chain": "X", "verbose": "v", "logical-in": "logical-in", "logical-out": "logical-out",
    "Lc": "Lc", "Ln": "Ln", "init-table": "init-table", "concurrent": "concurrent",
}  # fmt: skip
_OTHERS: Final = ("Lx", "Lmac2", "set-counters", "change-counters", "check", "help", "modprobe", "db")
_OTHER_LETTERS: Final = "cChM"
_WITHOUT: Final = frozenset({"V", "v", "Lc", "Ln", "init-table", "concurrent"})
#: Chains in which devices may be named, as ebtables says it.
_INS: Final = ("INPUT", "FORWARD", "PREROUTING", "BROUTING")
_OUTS: Final = ("OUTPUT", "FORWARD", "POSTROUTING")
_DEVICES: Final = {
    "i": ("-i", _INS, "INPUT, FORWARD, PREROUTING and BROUTING"),
    "logical-in": ("--logical-in", _INS, "INPUT, FORWARD, PREROUTING and BROUTING"),
    "o": ("-o", _OUTS, "OUTPUT, FORWARD and POSTROUTING"),
    "logical-out": ("--logical-out", _OUTS, "OUTPUT, FORWARD and POSTROUTING"),
}
#: The order of the conditions on header and devices.
_HEADER: Final = ("p", "s", "d", "i", "logical-in", "o", "logical-out")
_LONGEST_NAME: Final = 255


@define
class EbListing:
    table: str
    chain: str | None = None
    counters: bool = False
    numbers: bool = False


@define
class EbCommand:
    """Operations, a listing between them and those that come `after` it (`-L -Z`)."""

    operations: list[EbtablesOperation] = attrs.field(factory=list)
    listing: EbListing | None = None
    after: list[EbtablesOperation] = attrs.field(factory=list)
    version: bool = False


@define
class EbCommandReader:
    """Reads one command line; EbtablesRefusal as ebtables complains."""

    tables: EbTables
    _words: list[str]
    table: str = "filter"
    _letter: str = ""
    _chain: str | None = None
    _argument: str = ""
    _place: int | None = None
    _range: tuple[int, int] | None = None
    _policy: str = ""
    _zero: bool = False
    _flags: set[str] = attrs.field(factory=set)
    _header: dict[str, EbCondition] = attrs.field(factory=dict)
    _extensions: dict[str, dict[int, EbCondition]] = attrs.field(factory=dict)
    _jump: str | None = None
    _target_options: list[tuple[str, str]] = attrs.field(factory=list)

    def read(self) -> EbCommand:
        negated = False
        while self._words:
            word = self._words.pop(0)
            if word == "!":
                if negated:
                    raise usage("Double use of '!' not allowed")
                negated = True
                continue
            if not word.startswith("-") or word == "-":
                raise usage(f"Bad argument : '{word}'")
            self._option(word, negated)
            negated = False
        return self._command()

    # --- options ----------------------------------------------------------------------------------------------------

    def _option(self, word: str, negated: bool) -> None:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if equals:
                self._words.insert(0, value)
        else:
            name = word[1:2]
            if len(word) > 2:
                self._words.insert(0, word[2:])
        letter = name if not word.startswith("--") else _LONG.get(name, "")
        if (word.startswith("--") and name in _OTHERS) or (not word.startswith("--") and letter in _OTHER_LETTERS):
            raise NotModelled(f"ebtables {word.partition('=')[0]}")
        if letter in _WITHOUT:
            self._flag(letter)
        elif letter in ("A", "I", "D", "P", "N", "E", "X", "L", "F", "Z"):
            self._named_command(letter)
        elif letter == "t":
            self._choose_table(self._value())
        elif letter in (*_HEADER, "j"):
            self._condition(letter, negated)
        elif word.startswith("--"):
            self._extension(name, negated)
        else:
            raise self._unknown()

    def _unknown(self) -> EbtablesRefusal:
        """ebtables names the argument behind the one that it means."""
        return usage(f"Unknown argument: '{self._words[0] if self._words else '(null)'}'")

    def _value(self) -> str:
        if not self._words:
            raise self._unknown()
        return self._words.pop(0)

    def _negatable(self, negated: bool) -> tuple[str, bool]:
        """The argument, behind a `!` if there is one."""
        value = self._value()
        if value != "!":
            return value, negated
        if negated:
            raise usage("Double use of '!' not allowed")
        return self._value(), True

    def _flag(self, letter: str) -> None:
        if letter in ("Lc", "Ln") and self._letter != "L":
            raise usage(f"Use --{letter} with -L")
        self._flags.add(letter)

    def _choose_table(self, name: str) -> None:
        if name not in BUILTIN:
            message = f"table '{name}' does not exist\nPerhaps ebtables or your kernel needs to be upgraded."
            raise EbtablesRefusal(message, status=3)
        self.table = name

    def _named_command(self, letter: str) -> None:
        if letter == "P" and self._letter == "N":
            self._policy = self._policy_word()
            return
        if letter == "Z":
            if self._zero or (self._letter and self._letter != "L"):
                raise usage("Command -Z only allowed together with command -L")
            self._zero = True
            self._optional_chain()
            return
        if self._letter:
            raise usage("Multiple commands are not allowed")
        self._letter = letter
        if letter in ("L", "F", "X"):
            self._optional_chain()
            return
        self._chain = self._value()
        if self._chain.startswith("-") or self._chain == "!":
            raise usage("No chain name specified")
        self._behind_chain(letter)

    def _optional_chain(self) -> None:
        if self._words and not self._words[0].startswith("-"):
            self._chain = self._words.pop(0)

    def _behind_chain(self, letter: str) -> None:
        following = self._words[0] if self._words else ""
        if letter == "E":
            if not following:
                raise usage("No new chain name specified")
            if len(self._words) > 1:
                raise usage("No extra options allowed with -E")
            self._argument = self._words.pop(0)
        elif letter == "D" and following and (following[0] != "-" or is_digits(following[1:2])):
            if len(self._words) > 1:
                raise usage("No extra options allowed with -D start_nr[:end_nr]")
            self._range = _range(self._words.pop(0))
        elif letter == "I":
            self._place = 1
            if following and following[0] not in "-!":
                self._place = int(self._words.pop(0)) if is_digits(following) else 0
                if self._place == 0:
                    raise usage(f"Invalid rule number `{following}'")
        elif letter == "P":
            self._policy = self._policy_word()

    def _policy_word(self) -> str:
        if not self._words:
            raise usage("No policy specified")
        policy = self._words.pop(0)
        if policy not in STANDARD:
            raise usage(f"Unknown policy '{policy}'")
        if policy == CONTINUE:
            raise usage(f"Wrong policy '{policy}'")
        return policy

    def _condition(self, letter: str, negated: bool) -> None:
        if not self._letter:
            raise usage("No command specified")
        if self._letter not in ("A", "I", "D"):
            raise usage("Command and option do not match")
        if letter == "j":
            if self._jump is not None:
                raise usage("Multiple use of same option not allowed")
            self._jump = self._value()
            return
        if letter in self._header:
            raise usage("Multiple use of same option not allowed")
        if letter in _DEVICES:
            self._check_place(letter)
        text, inverted = self._negatable(negated)
        if letter in _DEVICES:
            self._header[letter] = header.device(_DEVICES[letter][0], text, inverted)
        elif letter == "p":
            self._header[letter] = header.protocol(text, inverted)
        else:
            self._header[letter] = header.address(letter, text, inverted)

    def _check_place(self, letter: str) -> None:
        option, chains, said = _DEVICES[letter]
        every = {name for names in BUILTIN.values() for name in names}
        if self._chain in every and self._chain not in chains:
            raise usage(f"Use {option} only in {said} chains")

    def _extension(self, name: str, negated: bool) -> None:
        if targets.is_option(name):
            self._target_options.append((name, self._value()))
            return
        found = matches.find(name)
        if found is None:
            raise self._unknown()
        if self._letter not in ("A", "I", "D"):
            raise usage("Extensions only for -A, -I, -D and -C")
        text, inverted = self._negatable(negated) if found.takes else ("", negated)
        own = self._extensions.setdefault(found.extension, {})
        if found.place in own and not found.repeats:
            raise usage("Multiple use of same option not allowed")
        own[found.place] = found.build(text, inverted)

    # --- the command ------------------------------------------------------------------------------------------------

    def _command(self) -> EbCommand:
        command, table, chain = EbCommand(version="V" in self._flags), self.table, self._chain
        if command.version:
            return command
        if "init-table" in self._flags:
            command.operations.append(EbInitialise(table=table))
            return command
        if self._letter == "L":
            command.listing = EbListing(table, chain, counters="Lc" in self._flags, numbers="Ln" in self._flags)
            command.after += [EbZero(table=table, chain=chain)] if self._zero else []
        elif self._zero:
            command.operations.append(EbZero(table=table, chain=chain))
        elif not self._letter:
            raise usage("No command specified")
        elif chain is None or self._letter in ("F", "X"):
            kind = EbFlush if self._letter == "F" else EbDeleteChains
            command.operations.append(kind(table=table, chain=chain))
        else:
            command.operations.append(self._change(chain))
        return command

    def _change(self, chain: str) -> EbtablesOperation:
        table = self.table
        if self._letter == "N":
            if len(chain) > _LONGEST_NAME:
                raise usage(f"Chain name length can't exceed {_LONGEST_NAME} characters")
            return EbNewChain(table=table, chain=chain, policy=self._policy or ACCEPT)
        if self._letter == "E":
            return EbRenameChain(table=table, chain=chain, new=self._argument)
        if self._letter == "P":
            if self._policy == RETURN and chain in BUILTIN[table]:
                raise usage("Policy RETURN only allowed for user defined chains")
            return EbPolicy(table=table, chain=chain, policy=self._policy)
        if self._range is not None:
            return EbDeleteAt(table=table, chain=chain, first=self._range[0], last=self._range[1])
        rule = self._rule()
        if self._letter == "D":
            return EbDelete(table=table, chain=chain, rule=rule)
        return EbInsert(table=table, chain=chain, rule=rule, place=self._place)

    def _rule(self) -> EbRule:
        conditions = [self._header[letter] for letter in _HEADER if letter in self._header]
        given = {name: [own[place] for place in sorted(own)] for name, own in self._extensions.items()}
        self._check_extensions(given)
        for name, own in given.items():
            conditions += matches.conditions(name, own, deleted=self._letter == "D")
        target, ethernet = self._target(), self._header.get("p")
        protocol, negated = ("", False) if ethernet is None else (ethernet.text, ethernet.negated)
        problem = matches.is_incomplete(given, protocol, negated) or not targets.fits(target, protocol, negated)
        return EbRule(tuple(conditions), target, problem)

    def _check_extensions(self, given: dict[str, list[EbCondition]]) -> None:
        ethernet = self._header.get("p")
        if "802_3" in given and (ethernet is None or ethernet.text != "Length"):
            raise usage("For 802.3 DSAP/SSAP filtering the protocol must be LENGTH")
        if "among" in given and given.keys() & {"log", "nflog"}:
            raise NotModelled("ebtables: a watcher beside --among-src or --among-dst")
        if "among" in given and self._letter == "D":
            raise EbtablesRefusal("Invalid argument", plain=True)

    def _target(self) -> EbTarget:
        jump = CONTINUE if self._jump is None else self._jump
        if jump in STANDARD:
            if self._target_options:
                raise self._unknown()
            return EbVerdict(jump)
        if targets.is_target(jump):
            return targets.build(jump, self._target_options)
        chain = self.tables.chains(self.table).get(jump)
        if chain is None or chain.builtin:
            raise usage(f"Chain '{jump}' does not exist")
        return EbJump(jump)


def _range(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    problem = usage(f"Problem with the specified rule number(s) '{text}'")
    if (first and (not is_digits(first) or int(first) == 0)) or (last and (not is_digits(last) or int(last) == 0)):
        raise problem
    if not colon:
        return int(first), int(first)
    return int(first or 1), int(last) if last else -1
