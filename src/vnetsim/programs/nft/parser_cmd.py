"""Commands (base_cmd of src/parser_bison.y of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.location import InputDescriptor, Location
from vnetsim.netfilter.nft.sets import OBJECT_KINDS
from vnetsim.programs.nft.cmd import Cmd, Name, Number, ObjectBlock
from vnetsim.programs.nft.erec import ErrorRecord, NftError
from vnetsim.programs.nft.parser import NftScope, ParserAbort
from vnetsim.programs.nft.parser_block import SEPARATORS, BlockParser
from vnetsim.programs.nft.parser_expr import STARTS
from vnetsim.programs.nft.scanner import END, NEWLINE, NUMBER, SEMICOLON, STRING

_FAMILIES: Final = ("ip", "ip6", "inet", "arp", "bridge", "netdev")
_SCOPED_FAMILIES: Final = frozenset({"ip", "ip6", "arp"})
_OTHER_THINGS: Final = frozenset({"ct", "secmark", "synproxy", "meter", "flow"})
_OTHER_PLURALS: Final = frozenset({"secmarks", "synproxys", "meters", "hooks"})
_PLURALS: Final = ("tables", "chains", "sets", "maps", "counters", "quotas", "limits", "flowtables", "ruleset")
#: Listings that can be of one table.
_OF_TABLES: Final = ("sets", "counters", "quotas", "limits")
#: Tokens that a line can begin with.
_VERBS: Final = (
    "add", "replace", "create", "insert", "delete", "get", "list", "reset", "flush", "rename", "import", "export",
    "monitor", "describe",
)  # fmt: skip


def parse(source: InputDescriptor, scope: NftScope) -> tuple[list[Cmd], list[ErrorRecord]]:
    """The commands without syntax errors, and the errors of the others."""
    reader = CmdParser(source, scope)
    return reader.all(), reader.errors


class CmdParser(BlockParser):
    """Whole sources."""

    def __init__(self, source: InputDescriptor, scope: NftScope) -> None:
        super().__init__(source, scope)
        self._verbs: dict[str, Callable[[str, Location], Cmd]] = {
            "add": self._add, "create": self._add, "insert": self._insert,
            "replace": self._replace, "delete": self._delete, "flush": self._flush,
            "rename": self._rename, "list": self._listing, "reset": self._reset_command,
            "get": self._get,
        }  # fmt: skip

    def all(self) -> list[Cmd]:
        found: list[Cmd] = []
        try:
            while self.peek() != END:
                try:
                    self._line(found)
                except NftError as refused:
                    self.recover(refused)
        except ParserAbort:
            pass
        except NftError as refused:
            self.errors.append(refused.error)
        return found

    def _line(self, found: list[Cmd]) -> None:
        if self.common():
            return
        command = self._command()
        if self.peek() not in (*SEPARATORS, END):
            self.unexpected("end of file", NEWLINE, SEMICOLON)
        if self.peek() != END:
            self.take()
            command = attrs.evolve(command, location=self.since(command.location))
        found.append(command)

    def _command(self) -> Cmd:
        start = self._token().location
        kind = self.peek()
        if kind not in _VERBS:
            if kind == "'}'":
                self.unexpected()
            return attrs.evolve(self._add("add", start), location=self.since(start))
        self.take()
        reader = self._verbs.get(kind)
        if reader is None:
            raise NotModelled(f"nft {kind}")
        command = reader(kind, start)
        command = attrs.evolve(command, location=self.since(start))
        if kind in ("list", "reset"):
            self.leave(kind)
        return command

    # --- families and names -----------------------------------------------------------------------------------------

    def _family(self) -> str | None:
        token = self.accept(*_FAMILIES)
        if token is None:
            return None
        if token.kind in _SCOPED_FAMILIES:
            self.leave(token.kind)
        return token.kind

    def _table(self) -> tuple[str, Name]:
        return self._family() or "ip", self.identifier()

    def _path(self, verb: str, thing: str, start: Location) -> Cmd:
        """`FAMILY TABLE NAME`, of a table and of what it contains without NAME."""
        family, table = self._table()
        name = None if thing in ("table", *_PLURALS) else self.identifier()
        return Cmd(location=start, verb=verb, thing=thing, family=family, table=table, name=name)

    # --- add, create, insert, replace -------------------------------------------------------------------------------

    def _add(self, verb: str, start: Location) -> Cmd:
        kind = self.peek()
        if kind in _OTHER_THINGS:
            raise NotModelled(f"nft {verb} {kind}")
        adders = {
            "table": self._add_table,
            "chain": self._add_chain,
            "set": self._add_set,
            "map": self._add_set,
            "element": self._add_element,
            "flowtable": self._add_flowtable,
            **dict.fromkeys(OBJECT_KINDS, self._add_object),
        }
        if kind in adders:
            self.take()
            return adders[kind](verb, kind, start)
        if verb == "create":
            self.unexpected()
        if kind == "rule":
            self.take()
        return self._add_rule(verb, start)

    def _add_table(self, verb: str, kind: str, start: Location) -> Cmd:
        command = self._path(verb, kind, start)
        if self.peek() != "'{'":
            self._end_of_command()
            return command
        return attrs.evolve(command, payload=self.table_block())

    def _end_of_command(self) -> None:
        """The expected tokens do not include the brace, as in bison's error."""
        if self.peek() not in (*SEPARATORS, END):
            self.unexpected("end of file", NEWLINE, SEMICOLON)

    def _add_chain(self, verb: str, kind: str, start: Location) -> Cmd:
        command = self._path(verb, kind, start)
        if self.peek() != "'{'":
            self._end_of_command()
            return command
        return attrs.evolve(command, payload=self.chain_block())

    def _add_set(self, verb: str, kind: str, start: Location) -> Cmd:
        command = self._path(verb, kind, start)
        if self.peek() != "'{'":
            self.unexpected("'{'")
        return attrs.evolve(command, payload=self.set_block(kind))

    def _add_element(self, verb: str, kind: str, start: Location) -> Cmd:
        command = self._path(verb, kind, start)
        return attrs.evolve(command, payload=self.elements())

    def _add_flowtable(self, verb: str, kind: str, start: Location) -> Cmd:
        command = self._path(verb, kind, start)
        if self.peek() != "'{'":
            self.unexpected("'{'")
        return attrs.evolve(command, payload=self.flowtable_block())

    def _add_object(self, verb: str, kind: str, start: Location) -> Cmd:
        command = self._path(verb, kind, start)
        where = self._token().location
        if self.peek() == "'{'":
            block = self.object_block(kind)
        elif kind == "counter" and self.peek() in (*SEPARATORS, END):
            block = None
        else:
            block = ObjectBlock(where, self.object_statement(kind))
        self.leave(kind)
        return attrs.evolve(command, payload=block)

    def _add_rule(self, verb: str, start: Location) -> Cmd:
        command = self._position(self._path(verb, "rule", start))
        return self._with_rule(command)

    def _with_rule(self, command: Cmd) -> Cmd:
        if self.peek() not in STARTS:
            self.unexpected()
        return attrs.evolve(command, payload=self.rule())

    def _position(self, command: Cmd) -> Cmd:
        token = self.accept("position", "handle", "index")
        if token is None:
            return command
        value = self.expect(NUMBER)
        whole = self.since(token.location)
        if token.kind == "index":
            return attrs.evolve(command, index=Number(whole, int(value.text, 0)))
        location = value.location if token.kind == "handle" else whole
        return attrs.evolve(command, handle=Number(location, int(value.text, 0)))

    def _insert(self, verb: str, start: Location) -> Cmd:
        self.expect("rule")
        return self._add_rule(verb, start)

    def _replace(self, verb: str, start: Location) -> Cmd:
        self.expect("rule")
        return self._with_rule(self._rule_by_handle(verb, start))

    def _rule_by_handle(self, verb: str, start: Location) -> Cmd:
        command = self._path(verb, "rule", start)
        self.expect("handle")
        return attrs.evolve(command, handle=self._handle())

    def _handle(self) -> Number:
        value = self.expect(NUMBER)
        return Number(value.location, int(value.text, 0))

    # --- delete, flush, rename --------------------------------------------------------------------------------------

    def _delete(self, verb: str, start: Location) -> Cmd:
        kind = self.peek()
        if kind in _OTHER_THINGS:
            raise NotModelled(f"nft {verb} {kind}")
        if kind not in ("table", "chain", "rule", "set", "map", "element", "flowtable", *OBJECT_KINDS):
            self.unexpected()
        self.take()
        if kind == "rule":
            return self._rule_by_handle(verb, start)
        if kind == "element":
            return self._add_element(verb, kind, start)
        command = self._by_name_or_handle(verb, kind, start)
        if kind in OBJECT_KINDS:
            self.leave(kind)
        if kind == "flowtable" and command.name is not None and self.peek() == "'{'":
            return attrs.evolve(command, payload=self.flowtable_block())
        return command

    def _by_name_or_handle(self, verb: str, kind: str, start: Location) -> Cmd:
        family = self._family() or "ip"
        command = Cmd(location=start, verb=verb, thing=kind, family=family)
        if kind == "table":
            name = self._name_or_handle()
            return attrs.evolve(command, table=name) if isinstance(name, Name) else attrs.evolve(command, handle=name)
        command = attrs.evolve(command, table=self.identifier())
        found = self.identifier() if kind == "map" else self._name_or_handle()
        return attrs.evolve(command, name=found) if isinstance(found, Name) else attrs.evolve(command, handle=found)

    def _name_or_handle(self) -> Name | Number:
        if self.accept("handle"):
            return self._handle()
        name = self.expect(STRING, instead=("handle", STRING))
        return Name(name.location, name.text)

    def _flush(self, verb: str, start: Location) -> Cmd:
        kind = self.peek()
        if kind in ("meter", "flow"):
            raise NotModelled(f"nft {verb} {kind}")
        if kind not in ("table", "chain", "set", "map", "ruleset"):
            self.unexpected()
        self.take()
        if kind == "ruleset":
            return Cmd(location=start, verb=verb, thing=kind, family=self._family())
        return self._path(verb, kind, start)

    def _rename(self, verb: str, start: Location) -> Cmd:
        self.expect("chain")
        command = self._path(verb, "chain", start)
        return attrs.evolve(command, new_name=self.identifier().text)

    # --- list, reset, get -------------------------------------------------------------------------------------------

    def _listing(self, verb: str, start: Location) -> Cmd:
        kind = self.peek()
        if kind in _OTHER_THINGS or kind in _OTHER_PLURALS:
            raise NotModelled(f"nft {verb} {kind}")
        if kind in _PLURALS:
            return self._plural(verb, self.take().kind, start)
        if kind not in ("table", "chain", "set", "map", "flowtable", *OBJECT_KINDS):
            self.unexpected()
        self.take()
        command = self._path(verb, kind, start)
        if kind in OBJECT_KINDS:
            self.leave(kind)
        return command

    def _plural(self, verb: str, kind: str, start: Location) -> Cmd:
        if kind in _OF_TABLES and self.accept("table"):
            return self._path(verb, kind, start)
        return Cmd(location=start, verb=verb, thing=kind, family=self._family())

    def _reset_command(self, verb: str, start: Location) -> Cmd:
        kind = self.peek()
        if kind in ("counters", "quotas"):
            return self._plural(verb, self.take().kind, start)
        if kind not in ("counter", "quota"):
            self.unexpected("quota", "counter", "counters", "quotas")
        self.take()
        command = self._path(verb, kind, start)
        self.leave(kind)
        return command

    def _get(self, verb: str, start: Location) -> Cmd:
        self.expect("element")
        return self._add_element(verb, "element", start)
