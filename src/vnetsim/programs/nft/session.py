"""What becomes of the commands that were read: all of them, or nothing (src/libnftables.c, cache.c, cmd.c)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter.nft.errors import BatchRefused, Failure
from vnetsim.netfilter.nft.expressions import Interval
from vnetsim.netfilter.nft.operations import NewElement, NftBatch
from vnetsim.netfilter.nft.sets import Set
from vnetsim.netfilter.nft.tables import Table
from vnetsim.process import Process
from vnetsim.programs.nft.commands import parse
from vnetsim.programs.nft.knowledge import EVERYTHING, NAMES, TABLES, UPDATED, Knowledge, KnownElement
from vnetsim.programs.nft.options import Options
from vnetsim.programs.nft.plan import Planner, Step
from vnetsim.programs.nft.reader import Scope
from vnetsim.programs.nft.report import Reporter, check, style_of
from vnetsim.programs.nft.source import Complaint, Refused, Source
from vnetsim.programs.nft.syntax import Command, TableBlock
from vnetsim.programs.nft.values import NameEnvironment

_MAX_COMPLAINTS: Final = 10
_ELEMENTS: Final = frozenset({"elements"})
_TELLING: Final = ("list", "reset")
_NOT_PERMITTED: Final = "Operation not permitted (you must be root)\n"
_NO_CACHE: Final = "netlink: Error: cache initialization failed: Operation not permitted\n"


@attrs.define
class Session:
    """One run of nft; `tables` are those that are there, iptables' own among them."""

    process: Process
    options: Options
    tables: Sequence[Table]
    environment: NameEnvironment

    def run(self, source: Source, scope: Scope) -> int:
        commands, complaints = parse(source, scope)
        kinds = _needed(commands)
        if not self.process.context.privileged:
            return self._refuse_all(commands, complaints, kinds)
        flushed = any(command.verb == "flush" and command.thing == "ruleset" for command in commands)
        knowledge = Knowledge(() if flushed else self.tables, kinds, _stored if "elements" in kinds else _unknown)
        steps = self._plan(commands, knowledge, complaints)
        if complaints:
            return self._complain(complaints)
        if steps and any(command.verb in _TELLING for command in commands):
            raise NotModelled("nft: a listing together with changes")
        refused = self._execute(steps, knowledge)
        if refused:
            return self._complain(refused)
        return self._tell(commands)

    # --- looking at commands ----------------------------------------------------------------------------------------

    def _plan(self, commands: list[Command], knowledge: Knowledge, complaints: list[Complaint]) -> list[Step]:
        names = {table.key: {name for name in table.sets if name.startswith("__")} for table in self.tables}
        planner = Planner(knowledge, self.environment, names)
        steps: list[Step] = []
        wrong = 0
        for command in commands:
            try:
                if command.verb in _TELLING:
                    check(command, knowledge)
                else:
                    steps += planner.plan(command)
            except Refused as refused:
                complaints += [*refused.before, refused.complaint]
                wrong += 1
                if wrong == _MAX_COMPLAINTS:
                    break
        return steps

    def _complain(self, complaints: Sequence[Complaint]) -> int:
        for complaint in complaints:
            self.process.error(str(complaint))
        return 1

    def _refuse_all(self, commands: list[Command], complaints: list[Complaint], kinds: frozenset[str]) -> int:
        """Without CAP_NET_ADMIN nothing can even be looked at."""
        if kinds or complaints or not commands:
            self.process.error(_NOT_PERMITTED)
            if not complaints:
                self.process.error(_NO_CACHE)
            return self._complain(complaints)
        words = f"Could not process rule: {Errno.EPERM.words}"
        return self._complain([Complaint(words, command.location) for command in commands[:1]])

    # --- changing ---------------------------------------------------------------------------------------------------

    def _execute(self, steps: list[Step], knowledge: Knowledge) -> list[Complaint]:
        if not steps:
            return []
        batch = NftBatch(operations=tuple(step.final() for step in steps), check="c" in self.options)
        try:
            self.process.network.execute(batch)
        except BatchRefused as refused:
            return [_complaint(failure, steps[failure.number], knowledge) for failure in refused.failures]
        return []

    # --- listing ----------------------------------------------------------------------------------------------------

    def _tell(self, commands: list[Command]) -> int:
        style = style_of(self.options, self.process)
        reporter = Reporter(self.process, self.tables, style, as_json="j" in self.options)
        for command in commands:
            if command.verb in _TELLING:
                complaint = reporter.tell(command)
                if complaint is not None:
                    return self._complain([complaint])
        return 0


def _complaint(failure: Failure, step: Step, knowledge: Knowledge) -> Complaint:
    words = f"Could not process rule: {failure.errno.words}"
    location = step.parts.get(failure.part) if failure.part else None
    if location is None:
        return Complaint(words, step.command.location)
    if failure.errno is not Errno.ENOENT:
        return Complaint(words, location)
    advice = knowledge.refused_advice(step.command)
    if advice is None:
        return Complaint(words, location)
    told, about_table = advice
    if about_table and step.command.table is not None:
        location = step.command.table.location
    return Complaint(f"{failure.errno.words}{told}", location)


# --- what a command has to know ------------------------------------------------------------------------------------


def _needed(commands: Sequence[Command]) -> frozenset[str]:
    """Kinds of things that nft fetches from the kernel before it looks at the commands."""
    kinds: frozenset[str] = frozenset()
    for command in commands:
        kinds = kinds | _needs(command)
    return kinds


def _needs(command: Command) -> frozenset[str]:
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


def _needs_to_add(command: Command) -> frozenset[str]:
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


def _stored(found: Set) -> list[KnownElement]:
    """Intervals that the kernel has."""
    elements = []
    for key, member in found.members.items():
        if isinstance(key, Interval):
            element = NewElement(key=key, data=member.data, comment=member.comment)
            elements.append(KnownElement(key.first, key.last, element, stored=True))
    return elements


def _unknown(_found: Set) -> list[KnownElement]:
    return []
