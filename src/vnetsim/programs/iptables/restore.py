"""iptables-restore (iptables/xtables-restore.c): -c, -n, -t, -v, -T; -w and -W are ignored with their arguments.

The lines between `*TABLE` and `COMMIT` are one batch: parsed one by one, and committed together.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any, Final

import attrs

from vnetsim.clock import Wait
from vnetsim.errors import KernelError, NotModelled
from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import VERSION, ArgumentError, KernelRefusalError, NetfilterError
from vnetsim.netfilter.parse import split
from vnetsim.netfilter.tables import BUILTIN
from vnetsim.netfilter.verdicts import ACCEPT, DROP
from vnetsim.process import Process
from vnetsim.programs.iptables import arguments
from vnetsim.programs.iptables.change import operations
from vnetsim.programs.iptables.complaints import complain, may_change, reading
from vnetsim.programs.iptables.listing import sentence
from vnetsim.programs.iptables.save import NO_BINARY
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse
from vnetsim.programs.libc.streams import source
from vnetsim.values import define

_LONG: Final = {
    "counters": "c", "verbose": "v", "version": "V", "test": "t", "help": "h", "noflush": "n", "modprobe=": "M",
    "table=": "T",
}  # fmt: skip
_USAGE: Final = """\
Usage: {name} [-c] [-v] [-V] [-t] [-h] [-n] [-T table] [-M command] [-4] [-6] [file]
\t   [ --counters ]
\t   [ --verbose ]
\t   [ --version]
\t   [ --test ]
\t   [ --help ]
\t   [ --noflush ]
\t   [ --table=<TABLE> ]
\t   [ --modprobe=<command> ]
\t   [ --ipv4 ]
\t   [ --ipv6 ]
"""


def run(process: Process, name: str) -> Generator[Wait, Any, int]:
    try:
        parsed = parse(_without_waits(process.argv[1:]), "bcvVthnM:T:", _LONG)
    except OptionError as wrong:
        process.error(f"{name}: {wrong}\nTry `{name} -h' for more information.\n")
        return 1
    if "b" in parsed:
        process.error(NO_BINARY)
    if "V" in parsed:
        process.write(f"{name} {VERSION}\n")
        return 0
    if "h" in parsed:
        process.error(_USAGE.format(name=name))
        return 0
    if len(parsed.operands) > 1:
        process.error("Unknown arguments found on commandline\n")
        return 1
    path = parsed.operands[0] if parsed.operands else "-"
    try:
        text = yield from source(process, path).rest()
    except KernelError as refused:
        process.error(f"Can't open {path}: {refused.errno.strerror}\n")
        return 1
    if not may_change(process, name):
        return 4
    return (yield from _Restore(process, name, parsed).all(text))


def _without_waits(args: Sequence[str]) -> list[str]:
    """The arguments without -w and -W: there is no lock to wait for, so that iptables-nft reads past them.

    A token after them that is no option is their argument, whatever it is.
    """
    kept: list[str] = []
    skips = False
    for position, token in enumerate(args):
        if token == "--":
            return [*kept, *args[position:]]
        if skips and not token.startswith(("-", "!")):
            skips = False
            continue
        left, skips = _without_wait(token)
        kept += left
    return kept


def _without_wait(token: str) -> tuple[list[str], bool]:
    """The rest of a token, and whether the next token may be the argument of -w or -W."""
    if token.startswith("--"):
        name, equals, _ = token.partition("=")
        waits = name == "--wait" or (name.startswith("--wait-") and "--wait-interval".startswith(name))
        return ([], not equals) if waits else ([token], False)
    if not token.startswith("-") or token == "-":
        return [token], False
    taking = next((at for at, letter in enumerate(token) if letter in "MT"), len(token))
    letters = token[1:taking].replace("w", "").replace("W", "") + token[taking:]
    return [f"-{letters}"] if letters else [], taking == len(token) and token[-1] in "wW"


class _EndError(Exception):
    """The program ends with this exit status; its messages are printed."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@define
class _Waiting:
    """An operation of the batch, its line number, and what is printed when it was done."""

    operation: ops.IptablesOperation
    line: int
    messages: tuple[str, ...] = ()


class _Restore:
    """`_table` is the one that the lines are about, None outside of tables."""

    def __init__(self, process: Process, name: str, parsed: Parsed) -> None:
        self._process, self._name, self._parsed = process, name, parsed
        self._version = 6 if name.startswith("ip6") else 4
        self._table: str | None = None
        self._waiting: list[_Waiting] = []
        self._line = 0

    def all(self, text: str) -> Generator[Wait, Any, int]:
        try:
            for self._line, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
                yield from self._one(line)
        except _EndError as end:
            return end.status
        except ArgumentError as refused:
            return complain(self._process, self._name, refused, self._line)
        if self._table is not None:
            self._process.error(f"{self._name}: COMMIT expected at line {self._line + 1}\n")
            return 1
        return 0

    def _one(self, line: str) -> Generator[Wait, Any, None]:
        if not line or line.startswith("#"):
            if "v" in self._parsed and line:
                self._process.write(f"{line}\n")
        elif line == "COMMIT" and self._table is not None:
            self._commit()
        elif line.startswith("*") and self._table is None:
            self._begin(line[1:].split())
        elif self._table is None:
            self._fail("")
        elif line.startswith(":"):
            self._chain(self._table, line[1:].split())
        else:
            yield from self._command(self._table, line)

    def _fail(self, why: str) -> None:
        self._process.error(f"{self._name}: line {self._line} failed{why}\n")
        raise _EndError(1)

    def _wait(self, operation: ops.IptablesOperation, *args: str) -> None:
        self._waiting.append(_Waiting(operation, self._line, args))

    # --- tables and chains ------------------------------------------------------------------------------------------

    def _begin(self, args: list[str]) -> None:
        about = f"{self._name}: line {self._line} table name"
        if not args:
            raise ArgumentError(f"{about} invalid")
        if args[0] not in BUILTIN:
            raise ArgumentError(f"{about} '{args[0]}' invalid")
        self._table = args[0]
        if "n" not in self._parsed:
            table = self._process.network.ruleset(self._version).table(self._table)
            emptied = [f"Flushing chain `{chain.name}'" for chain in table.listed()]
            emptied += [f"Deleting chain `{chain.name}'" for chain in table.listed() if chain.policy is None]
            messages = emptied if "v" in self._parsed else ()
            self._wait(ops.DeleteTable(table=self._table, version=self._version), *messages)

    def _chain(self, table: str, args: list[str]) -> None:
        if not args:
            raise ArgumentError(f"{self._name}: line {self._line} chain name invalid")
        arguments.check_new_name(args[0], self._version)
        if len(args) < 2:
            raise ArgumentError(f"{self._name}: line {self._line} policy invalid")
        chain, policy = args[:2]
        if chain not in BUILTIN[table]:
            self._wait(ops.NewChain(table=table, version=self._version, chain=chain, replace=True))
            return
        counted = self._counters(chain, args[2:]) if "c" in self._parsed else (0, 0)
        if policy not in ("ACCEPT", "DROP", "-"):
            self._fail(": Bad policy name.")
        verdict = {"ACCEPT": ACCEPT, "DROP": DROP}.get(policy)
        made = ops.SetPolicy(table=table, version=self._version, chain=chain, policy=verdict)
        self._wait(attrs.evolve(made, packets=counted[0], bytes=counted[1]))

    def _counters(self, chain: str, args: list[str]) -> tuple[int, int]:
        found = re.fullmatch(r"\[(\d+):(\d+)\]", args[0]) if args else None
        if found is None:
            raise ArgumentError(f"invalid policy counters for chain '{chain}'")
        return int(found[1]), int(found[2])

    # --- commands ---------------------------------------------------------------------------------------------------

    def _command(self, table: str, line: str) -> Generator[Wait, Any, None]:
        args = split(line)
        counters = re.fullmatch(r"\[(\d+):(\d+)\]", args[0]) if args else None
        if counters is not None:
            args = [*(("--set-counters", counters[1], counters[2]) if "c" in self._parsed else ()), *args[1:]]
        try:
            command = yield from reading(self._process, self._version, args, table=table)
        except arguments.AnotherFamilyError:
            return
        except (arguments.ShowHelpError, arguments.ShowVersionError):
            raise NotModelled(f"-h and -V within {self._name}") from None
        if any(kind in "LS" for kind in command.kinds):
            raise NotModelled(f"a listing within {self._name}")
        try:
            found = operations(command, self._version)
        except ArgumentError:
            raise
        except NetfilterError as refused:
            self._fail(f": {refused.message.partition(' Run')[0]}")
            return
        # The rules are printed because the flush of the tables was verbose, which -n prevents.
        verbose = command.verbose > 0 or ("v" in self._parsed and "n" not in self._parsed)
        for index, operation in enumerate(found):
            messages = verbose and index < len(command.rules)
            self._wait(operation, *([sentence(command.rules[index], self._version)] if messages else []))

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        table, self._table = self._table, None
        if "t" in self._parsed or not waiting or self._parsed.last("T", table) != table:
            return
        batch = ops.Batch(operations=tuple(entry.operation for entry in waiting), version=self._version)
        try:
            self._process.network.execute(batch)
        except ArgumentError:
            raise
        except KernelRefusalError as refused:
            self._process.error(f"{self._name} {VERSION}: \n")
            for number, message in refused.failures:
                self._process.error(f"line {waiting[number].line}: {message}\n")
            raise _EndError(refused.status) from None
        except NetfilterError as refused:
            self._line = waiting[refused.failures[0][0]].line
            self._fail(f": {refused.message}")
        for entry in waiting:
            for message in entry.messages:
                self._process.write(f"{message}\n")
