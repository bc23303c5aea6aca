"""Running commands: all of them, or none (src/libnftables.c, cache.c, cmd.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter.nft.expression import Interval
from vnetsim.netfilter.nft.extack import BatchRefused, ExtAck
from vnetsim.netfilter.nft.location import InputDescriptor
from vnetsim.netfilter.nft.operations import NewElem, NftBatch
from vnetsim.netfilter.nft.sets import NftSet
from vnetsim.netfilter.nft.tables import NftTable
from vnetsim.process import Process
from vnetsim.programs.nft.cache import EVERYTHING, NAMES, TABLES, UPDATED, CachedElem, NftCache
from vnetsim.programs.nft.cmd import Cmd, TableBlock
from vnetsim.programs.nft.datatype import NameEnvironment
from vnetsim.programs.nft.erec import ErrorRecord, NftError
from vnetsim.programs.nft.evaluate_cmd import CmdEvaluator
from vnetsim.programs.nft.netlink_linearize import NetlinkStep
from vnetsim.programs.nft.parser import NftScope
from vnetsim.programs.nft.parser_cmd import parse
from vnetsim.programs.nft.report import Lister, check, output_context

_MAX_COMPLAINTS: Final = 10
_ELEMENTS: Final = frozenset({"elements"})
_LISTINGS: Final = ("list", "reset")
_NOT_PERMITTED: Final = "Operation not permitted (you must be root)\n"
_NO_CACHE: Final = "netlink: Error: cache initialization failed: Operation not permitted\n"


@attrs.frozen(kw_only=True)
class NftOptions:
    """`letters` are the options given; `defines` what -D says; `args` the command, `file` where it is read from."""

    letters: frozenset[str]
    defines: tuple[tuple[str, str], ...] = ()
    args: tuple[str, ...] = ()
    file: str | None = None

    def __contains__(self, letter: str) -> bool:
        return letter in self.letters


@attrs.define
class NftSession:
    """One run of nft; `tables` are those that are there, iptables' own among them."""

    process: Process
    options: NftOptions
    tables: Sequence[NftTable]
    environment: NameEnvironment

    def run(self, source: InputDescriptor, scope: NftScope) -> int:
        commands, complaints = parse(source, scope)
        kinds = _needed(commands)
        if not self.process.context.privileged:
            return self._refuse_all(commands, complaints, kinds)
        flushed = any(command.verb == "flush" and command.thing == "ruleset" for command in commands)
        knowledge = NftCache(() if flushed else self.tables, kinds, _stored if "elements" in kinds else _unknown)
        steps = self._plan(commands, knowledge, complaints)
        if complaints:
            return self._complain(complaints)
        if steps and any(command.verb in _LISTINGS for command in commands):
            raise NotModelled("nft: a listing together with changes")
        refused = self._execute(steps, knowledge)
        if refused:
            return self._complain(refused)
        return self._list(commands)

    # --- looking at commands ----------------------------------------------------------------------------------------

    def _plan(self, commands: list[Cmd], knowledge: NftCache, complaints: list[ErrorRecord]) -> list[NetlinkStep]:
        names = {table.key: {name for name in table.sets if name.startswith("__")} for table in self.tables}
        evaluator = CmdEvaluator(knowledge, self.environment, names)
        steps: list[NetlinkStep] = []
        wrong = 0
        for command in commands:
            try:
                if command.verb in _LISTINGS:
                    check(command, knowledge)
                else:
                    steps += evaluator.evaluate(command)
            except NftError as refused:
                complaints += [*refused.before, refused.complaint]
                wrong += 1
                if wrong == _MAX_COMPLAINTS:
                    break
        return steps

    def _complain(self, complaints: Sequence[ErrorRecord]) -> int:
        for complaint in complaints:
            self.process.error(str(complaint))
        return 1

    def _refuse_all(self, commands: list[Cmd], complaints: list[ErrorRecord], kinds: frozenset[str]) -> int:
        """Without CAP_NET_ADMIN nothing can even be looked at."""
        if kinds or complaints or not commands:
            self.process.error(_NOT_PERMITTED)
            if not complaints:
                self.process.error(_NO_CACHE)
            return self._complain(complaints)
        message = f"Could not process rule: {Errno.EPERM.strerror}"
        return self._complain([ErrorRecord(message, command.location) for command in commands[:1]])

    # --- changing ---------------------------------------------------------------------------------------------------

    def _execute(self, steps: list[NetlinkStep], knowledge: NftCache) -> list[ErrorRecord]:
        if not steps:
            return []
        batch = NftBatch(operations=tuple(step.final() for step in steps), check="c" in self.options)
        try:
            self.process.network.execute(batch)
        except BatchRefused as refused:
            return [_complaint(failure, steps[failure.number], knowledge) for failure in refused.failures]
        return []

    # --- listing ----------------------------------------------------------------------------------------------------

    def _list(self, commands: list[Cmd]) -> int:
        style = output_context(self.options.letters, self.process)
        lister = Lister(self.process, self.tables, style, as_json="j" in self.options)
        for command in commands:
            if command.verb in _LISTINGS:
                complaint = lister.run(command)
                if complaint is not None:
                    return self._complain([complaint])
        return 0


def _complaint(failure: ExtAck, step: NetlinkStep, knowledge: NftCache) -> ErrorRecord:
    message = f"Could not process rule: {failure.errno.strerror}"
    location = step.parts.get(failure.part) if failure.part else None
    if location is None:
        return ErrorRecord(message, step.command.location)
    if failure.errno is not Errno.ENOENT:
        return ErrorRecord(message, location)
    advice = knowledge.refused_advice(step.command)
    if advice is None:
        return ErrorRecord(message, location)
    suggestion, about_table = advice
    if about_table and step.command.table is not None:
        location = step.command.table.location
    return ErrorRecord(f"{failure.errno.strerror}{suggestion}", location)


# --- what a command has to know ------------------------------------------------------------------------------------


def _needed(commands: Sequence[Cmd]) -> frozenset[str]:
    """Kinds of things that nft fetches from the kernel before it looks at the commands."""
    kinds: frozenset[str] = frozenset()
    for command in commands:
        kinds = kinds | _needs(command)
    return kinds


def _needs(command: Cmd) -> frozenset[str]:
    match command.verb:
        case "add" | "create" | "insert":
            return _needs_to_add(command)
        case "replace" | "list":
            return EVERYTHING
        case "delete":
            return NAMES | _ELEMENTS if command.thing == "element" else NAMES
        case "flush":
            return frozenset({"tables", "sets"}) if command.thing in ("set", "map") else frozenset()
        case "rename":
            return frozenset({"tables", "chains"})
    return TABLES


def _needs_to_add(command: Cmd) -> frozenset[str]:
    if command.thing == "table":
        block = command.payload
        if not isinstance(block, TableBlock):
            return frozenset()
        merging = any(set_block.auto_merge for _, _, set_block in block.sets)
        return NAMES | _ELEMENTS if merging else NAMES
    if command.thing == "element":
        return NAMES | _ELEMENTS
    if command.thing == "rule":
        placed = command.index is not None or command.handle is not None
        return EVERYTHING | {UPDATED} if placed else NAMES
    return TABLES


def _stored(found: NftSet) -> list[CachedElem]:
    """Intervals that the kernel has."""
    elements = []
    for key, member in found.members.items():
        if isinstance(key, Interval):
            element = NewElem(key=key, data=member.data, comment=member.comment)
            elements.append(CachedElem(key.first, key.last, element, stored=True))
    return elements


def _unknown(_found: NftSet) -> list[CachedElem]:
    return []
