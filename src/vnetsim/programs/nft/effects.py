"""Rules: their statements one after the other (stmt_evaluate, rule_evaluate of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft import datatypes as types
from vnetsim.netfilter.nft.datatypes import Basis, Datatype, concatenated, same_type
from vnetsim.netfilter.nft.expressions import CONNTRACK, META, Payload, SetReference, TcpOption, VerdictNode, shape
from vnetsim.netfilter.nft.headers import IP, IP6, TCP, TH, Base, Header
from vnetsim.netfilter.nft.sets import SetSpec
from vnetsim.netfilter.nft.statements import (
    Log,
    Nat,
    ObjectReference,
    Reject,
    SetConntrack,
    SetMeta,
    SetOption,
    SetPayload,
    SetUpdate,
    Statement,
    Verdict,
    VerdictMap,
)
from vnetsim.netfilter.nft.tables import Rule
from vnetsim.programs.nft.encode import Settled, matches, node_of, reduced
from vnetsim.programs.nft.evaluate import Expected
from vnetsim.programs.nft.knowledge import Knowledge
from vnetsim.programs.nft.meaning import KnownPrefix, KnownRange, Looked, Mapped, Meaning, Referred, Several
from vnetsim.programs.nft.members import OBJECT_MAP, Declare, check_key
from vnetsim.programs.nft.protocols import Dependencies, field_of, network_number
from vnetsim.programs.nft.relations import RelationEvaluator
from vnetsim.programs.nft.source import Location, Refused
from vnetsim.programs.nft.syntax import (
    ConcatSyntax,
    FieldSyntax,
    MappingSyntax,
    MapSyntax,
    MatchSyntax,
    NatSyntax,
    NodeSyntax,
    ObjectSyntax,
    ReadyStatement,
    RejectSyntax,
    RuleSyntax,
    SetConntrackSyntax,
    SetMetaSyntax,
    SetPlaceSyntax,
    SetSymbol,
    SetSyntax,
    StatementSyntax,
    Syntax,
    UpdateSyntax,
    VerdictStatement,
    VerdictSyntax,
)
from vnetsim.programs.nft.values import NameEnvironment, parse

_CODES: Final = {"icmp": types.ICMP_CODE, "icmpv6": types.ICMPV6_CODE, "icmpx": types.ICMPX_CODE}
_FAMILY_KINDS: Final = {"ip": "icmp", "ip6": "icmpv6"}
#: The codes of `reject` alone: port unreachable.
_USUAL: Final = {"icmp": 3, "icmpv6": 4, "icmpx": 1}
_ADDRESSES: Final = {"ip": types.IPV4_ADDR, "ip6": types.IPV6_ADDR}
_FLAGS: Final = ("random", "fully-random", "persistent")
_NAME_BITS: Final = 8 * 128


class RuleEvaluator(RelationEvaluator):
    """One rule."""

    def __init__(self, family: str, knowledge: Knowledge, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, knowledge, environment, declare)
        self._settle: dict[type[StatementSyntax], Callable[..., Statement]] = {
            ReadyStatement: self._ready, ObjectSyntax: self._object, RejectSyntax: self._reject, NatSyntax: self._nat,
            SetMetaSyntax: self._set_meta, SetConntrackSyntax: self._set_conntrack, SetPlaceSyntax: self._set_place,
            UpdateSyntax: self._update,
        }  # fmt: skip

    def rule(self, syntax: RuleSyntax) -> tuple[Rule, tuple[Location | None, ...]]:
        """What the rule says, and for each statement what a complaint about it points to."""
        try:
            self._statements(syntax.statements)
        except Refused as refused:
            refused.before = tuple(self.complaints)
            raise
        if self.complaints:
            raise Refused.of(self.complaints)
        said: list[Statement] = []
        places: list[Location | None] = []
        for draft in reduced(self.drafts, self.family):
            found = [draft.statement] if isinstance(draft, Settled) else matches(draft)
            said += found
            places += [draft.blame if isinstance(draft, Settled) else draft.left.location] * len(found)
        return Rule(tuple(said), syntax.comment), tuple(places)

    def _statements(self, statements: tuple[StatementSyntax, ...]) -> None:
        terminal: StatementSyntax | None = None
        for statement in statements:
            if terminal is not None:
                words = "Statement after terminal statement has no effect"
                raise Refused(words, statement.location, terminal.location)
            if self._statement(statement):
                terminal = statement

    def _statement(self, syntax: StatementSyntax) -> bool:
        """Whether nothing behind it is ever reached."""
        if isinstance(syntax, MatchSyntax):
            self.compare(syntax.expression)
            return False
        if isinstance(syntax, VerdictStatement):
            return self._verdict_statement(syntax)
        statement = self._settle[type(syntax)](syntax)
        place = syntax.name.location if isinstance(syntax, ObjectSyntax) else syntax.location
        self.drafts.append(Settled(statement, place))
        return statement.terminal

    # --- arguments --------------------------------------------------------------------------------------------------

    def _argument(self, syntax: Syntax, statement: StatementSyntax, datatype: Datatype, bits: int) -> Meaning:
        """What a statement is given (stmt_evaluate_arg)."""
        self.expected = Expected(datatype, bits)
        found = self.evaluate(syntax)
        _check_argument(found, statement, datatype, bits)
        if isinstance(found, KnownPrefix) and isinstance(found.value, int):
            last = found.value | (1 << found.bits - found.length) - 1
            return KnownRange(
                location=found.location, datatype=found.datatype, bits=found.bits, first=found.value, last=last
            )
        return found

    def _ready(self, syntax: ReadyStatement) -> Statement:
        if isinstance(syntax.statement, Log):
            _check_log(syntax.statement, syntax.location)
        return syntax.statement

    def _verdict_statement(self, syntax: VerdictStatement) -> bool:
        said = syntax.verdict
        if isinstance(said, VerdictSyntax):
            place = said.location if said.chain is None else said.chain.location
            verdict = Verdict(VerdictNode(said.kind, "" if said.chain is None else said.chain.text))
            self.drafts.append(Settled(verdict, place))
            return verdict.terminal
        found = self._argument(said, syntax, types.VERDICT, 0)
        assert isinstance(found, Mapped)
        mapped = VerdictMap(node_of(found.key), SetReference(found.spec.name))
        self.drafts.append(Settled(mapped, said.location))
        return False

    def _object(self, syntax: ObjectSyntax) -> Statement:
        if isinstance(syntax.name, MapSyntax):
            return ObjectReference(syntax.kind, node_of(self._object_map(syntax.kind, syntax.name)))
        name = self._argument(syntax.name, syntax, types.STRING, _NAME_BITS)
        if not name.constant:
            raise Refused("Counter expression must be constant", name.location)
        return ObjectReference(syntax.kind, node_of(name))

    def _object_map(self, kind: str, syntax: MapSyntax) -> Mapped:
        key = self.map_key(syntax)
        if isinstance(syntax.mappings, SetSyntax):
            spec, key = self.declare_map(syntax, key, SetSpec(name=OBJECT_MAP, key=(), bits=(), objects=kind))
        else:
            found = self.evaluate(syntax.mappings)
            if not isinstance(found, Referred):
                raise Refused("Expression is not a map", found.location)
            if found.spec.objects is None:
                raise Refused("Expression is not a map with objects", found.location)
            spec = found.spec
        check_key(spec, key, syntax.mappings.location)
        return Mapped(location=syntax.location, datatype=types.STRING, key=key, spec=spec)

    # --- setting ----------------------------------------------------------------------------------------------------

    def _set_meta(self, syntax: SetMetaSyntax) -> Statement:
        return SetMeta(syntax.key, node_of(self._argument(syntax.value, syntax, *META[syntax.key])))

    def _set_conntrack(self, syntax: SetConntrackSyntax) -> Statement:
        value = self._argument(syntax.value, syntax, *CONNTRACK[syntax.key])
        return SetConntrack(syntax.key, node_of(value), syntax.direction)

    def _set_place(self, syntax: SetPlaceSyntax) -> Statement:
        place = syntax.place
        if isinstance(place, FieldSyntax):
            looked = field_of(place.header, place.field.name, place.location)
            if place.header is not TH:
                for comparison in Dependencies(self.protocols).of(looked):
                    self.depend(comparison)
            assert isinstance(looked.node, Payload)
            value = self._argument(syntax.value, syntax, looked.datatype, looked.bits)
            return SetPayload(looked.node, node_of(value))
        assert isinstance(place, NodeSyntax)
        datatype, bits = shape(place.node)
        value = self._argument(syntax.value, syntax, datatype, bits)
        if isinstance(place.node, TcpOption):
            return SetOption(place.node, node_of(value))
        assert isinstance(place.node, Payload)
        return SetPayload(place.node, node_of(value))

    def _update(self, syntax: UpdateSyntax) -> Statement:
        found = self.evaluate(syntax.reference)
        if not isinstance(found, Referred):
            raise Refused("Expression does not refer to a set", found.location)
        spec = found.spec
        key = self._update_part(syntax, syntax.element.key, "Key", spec.key, spec.bits)
        if syntax.element.comment is not None:
            raise Refused("Key expression comments are not supported", syntax.element.location)
        data = None
        if syntax.data is not None:
            data = self._update_part(syntax, syntax.data.key, "Data", spec.data, tuple(d.bits for d in spec.data))
        if isinstance(syntax.reference, SetSymbol):
            self.knowledge.find_set(spec.name, syntax.reference.location).dynamic = True
        statements = tuple(one.statement for one in syntax.statements if isinstance(one, ReadyStatement))
        return SetUpdate(
            syntax.operation, SetReference(spec.name), node_of(key), syntax.element.timeout, statements,
            None if data is None else node_of(data),
        )  # fmt: skip

    def _update_part(
        self, statement: UpdateSyntax, syntax: Syntax, word: str, kinds: tuple[Datatype, ...], sizes: tuple[int, ...]
    ) -> Meaning:
        bits = sizes[0] if len(sizes) == 1 else sum((size + 31) // 32 * 32 for size in sizes)
        found = self._argument(syntax, statement, concatenated(kinds), bits)
        if found.constant and not isinstance(found, Mapped):
            raise Refused(f"{word} expression can not be constant", found.location)
        return found

    # --- reject -----------------------------------------------------------------------------------------------------

    def _reject(self, syntax: RejectSyntax) -> Statement:
        kind = syntax.kind or self._usual_kind()
        code = _USUAL.get(kind, 0)
        if syntax.code is not None:
            value, _ = parse(syntax.code, _CODES[kind], self.environment)
            assert isinstance(value, int)
            code = value & 0xFF
        if syntax.kind == "tcp reset":
            self._check_reset(syntax)
        place = syntax.location if syntax.code is None else syntax.code.location
        if self.family == "inet":
            self._reject_either(kind, place)
        else:
            self._check_family(syntax, kind, place)
        if kind == "tcp reset":
            self._ask_first(Base.TRANSPORT, field_of(TCP, "sport", syntax.location), TCP)
        return Reject(kind, code)

    def _usual_kind(self) -> str:
        family = self.family if self.family != "inet" else network_number(self.protocols)
        return _FAMILY_KINDS.get(family or "", "icmpx")

    def _check_reset(self, syntax: RejectSyntax) -> None:
        known = self.protocols.at.get(Base.TRANSPORT)
        if known is not None and known is not TCP:
            places = [self.protocols.places[Base.TRANSPORT]] if Base.TRANSPORT in self.protocols.places else []
            raise Refused("you cannot use tcp reset with this protocol", syntax.location, *places)

    def _check_family(self, syntax: RejectSyntax, kind: str, place: Location) -> None:
        if kind == "icmpx":
            raise Refused("abstracted ICMP unreachable not supported", place, syntax.location)
        if kind in ("icmp", "icmpv6") and kind != _FAMILY_KINDS[self.family]:
            raise Refused("conflicting protocols specified: ip vs ip6", place, syntax.location)

    def _reject_either(self, kind: str, place: Location) -> None:
        """In a table of both families ICMP is told of one of them only."""
        if kind not in ("icmp", "icmpv6"):
            return
        network = network_number(self.protocols)
        family = "ip" if kind == "icmp" else "ip6"
        if network is not None and network != family:
            places = [self.protocols.places[Base.NETWORK]] if Base.NETWORK in self.protocols.places else []
            raise Refused("conflicting protocols specified: ip vs ip6", place, *places)
        field = "protocol" if family == "ip" else "nexthdr"
        header = _header(family)
        self._ask_first(Base.NETWORK, field_of(header, field, place), header)

    def _ask_first(self, base: Base, looked: Looked, header: Header) -> None:
        """A condition at the beginning of the rule, so that nothing is logged that is not rejected."""
        if self.protocols.at.get(base) is not None:
            return
        dependencies = Dependencies(self.protocols)
        dependencies.need(looked, header)
        self.drafts[:0] = dependencies.asked

    # --- translations -----------------------------------------------------------------------------------------------

    def _nat(self, syntax: NatSyntax) -> Statement:
        family = self._nat_family(syntax)
        flags = tuple(flag for flag in _FLAGS if flag in syntax.flags)
        address = None
        concatenated_map = False
        if syntax.address is not None:
            self._check_network(syntax, family)
            concatenated_map = syntax.concatenated or self._leads_to_both(syntax.address)
            address = self._nat_map(syntax, family) if concatenated_map else self._nat_address(syntax, family)
        port = None
        if syntax.port is not None and not concatenated_map:
            port = self._nat_port(syntax, syntax.port)
        return Nat(
            syntax.kind, family, None if address is None else node_of(address), None if port is None else node_of(port),
            flags, syntax.prefix, concatenated_map,
        )  # fmt: skip

    def _nat_family(self, syntax: NatSyntax) -> str:
        if self.family != "inet":
            return syntax.family or self.family
        if syntax.address is None:
            return "inet"
        return syntax.family or network_number(self.protocols) or ""

    def _check_network(self, syntax: NatSyntax, family: str) -> None:
        network = network_number(self.protocols)
        if network is not None and network != family:
            words = f"{network} vs. {family}. You must specify ip or ip6 family in nat statement"
            places = [self.protocols.places[Base.NETWORK]] if Base.NETWORK in self.protocols.places else []
            raise Refused(f"conflicting protocols specified: {words}", syntax.location, *places)

    def _nat_address(self, syntax: NatSyntax, family: str) -> Meaning:
        assert syntax.address is not None
        datatype = _ADDRESSES.get(family if self.family == "inet" else self.family)
        if datatype is None:
            raise Refused("ip or ip6 must be specified with address for inet tables.", syntax.location)
        return self._argument(syntax.address, syntax, datatype, datatype.bits)

    def _nat_port(self, syntax: NatSyntax, port: Syntax) -> Meaning:
        if self.protocols.at.get(Base.TRANSPORT) is None and not _looks_at_transport(syntax.address):
            words = "transport protocol mapping is only valid after transport protocol match"
            raise Refused(words, port.location, syntax.location)
        return self._argument(port, syntax, types.INET_SERVICE, 16)

    def _leads_to_both(self, address: Syntax) -> bool:
        """Whether a map gives address and port."""
        if not isinstance(address, MapSyntax):
            return False
        mappings = address.mappings
        if isinstance(mappings, SetSyntax):
            return any(
                isinstance(one, MappingSyntax) and isinstance(one.data, ConcatSyntax) for one in mappings.elements
            )
        if isinstance(mappings, SetSymbol):
            return len(self.knowledge.find_set(mappings.name, mappings.location).spec.data) > 1
        return False

    def _nat_map(self, syntax: NatSyntax, family: str) -> Meaning:
        assert syntax.address is not None
        if family not in _ADDRESSES:
            raise NotModelled("nft: a map to addresses and ports of no known family")
        datatype = concatenated((_ADDRESSES[family], types.INET_SERVICE))
        self.expected = Expected(datatype, datatype.bits)
        found = self.evaluate(syntax.address)
        if self.protocols.at.get(Base.TRANSPORT) is None and not _looks_at_transport(syntax.address):
            words = "transport protocol mapping is only valid after transport protocol match"
            raise Refused(words, found.location, syntax.location)
        _check_argument(found, syntax, datatype, datatype.bits)
        return found


def _header(family: str) -> Header:
    return IP if family == "ip" else IP6


def _looks_at_transport(syntax: Syntax | None) -> bool:
    """Whether the key of a map asks for a transport protocol."""
    if not isinstance(syntax, MapSyntax) or not isinstance(syntax.key, ConcatSyntax):
        return False
    for part in syntax.key.parts:
        if isinstance(part, FieldSyntax):
            if part.header.base is Base.TRANSPORT and part.header is not TH:
                return True
            if part.header.base is Base.NETWORK and part.header.tells_protocol(part.field):
                return True
        elif isinstance(part, NodeSyntax) and getattr(part.node, "key", "") == "l4proto":
            return True
    return False


def _check_argument(found: Meaning, statement: StatementSyntax, datatype: Datatype, bits: int) -> None:
    number = found.datatype.basis is Basis.INTEGER and found.datatype.name == "integer"
    field = isinstance(found, Looked) and isinstance(found.node, Payload)
    if field and number and (datatype.basis is not Basis.INTEGER or found.bits != bits):
        words = f"expected {datatype.description}, expression has type {found.datatype.description} with length"
        raise Refused(f"datatype mismatch: {words} {found.bits}", found.location, statement.location)
    if not number and not same_type(found.datatype, datatype):
        words = f"expected {datatype.description}, expression has type {found.datatype.description}"
        raise Refused(f"datatype mismatch: {words}", found.location, statement.location)
    if isinstance(found, Several):
        raise Refused("you cannot use a set here, unknown value to use", found.location, statement.location)
    if isinstance(found, Referred):
        raise Refused("you cannot reference a set here, unknown value to use", found.location, statement.location)


def _check_log(log: Log, place: Location) -> None:
    grouped = log.group is not None or log.snaplen is not None or log.threshold is not None
    if grouped and log.level is not None:
        raise Refused("level and group are mutually exclusive", place)
    if grouped and log.flags:
        raise Refused("flags and group are mutually exclusive", place)
    if log.level == "audit" and (grouped or log.prefix is not None or log.flags):
        raise Refused("log level audit doesn't support any further options", place)
