"""Why a rule that was meant to stop something did not: it never saw the packet, or saw another one than it speaks of.

A rule was meant if it drops or rejects and names the port or the address of the question, in one of the
namespaces that the packet came through; or if it is a policy that would have dropped it.  Each of its parts
is compared with the packet as the rule's chain saw it (`vnetsim.reach.walks.crossing`).

Not modelled: rules of nft's that speak of sets, maps and marks; chains of the types route and nat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import attrs

from vnetsim.netfilter.header import DestinationAddress, InDevice, OutDevice, Protocol, SourceAddress, protocol_name
from vnetsim.netfilter.nft.do_chain import NftHit
from vnetsim.netfilter.nft.output import STATELESS
from vnetsim.netfilter.nft.rule import table_text
from vnetsim.netfilter.nft.tables import HOOKS, IP_FAMILIES, NftTable
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Jump, Rule, Standard
from vnetsim.netfilter.tables import BUILTIN, Chain, XtTable
from vnetsim.netfilter.verdicts import DropVerdict, RejectVerdict
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.endpoints.publications import publications
from vnetsim.reach.probing.verdict import ProbeVerdict
from vnetsim.reach.walks.crossing import Crossing, crossings
from vnetsim.reach.walks.loss import rule_text
from vnetsim.values import frozen
from vnetsim.wire.inet import parse_address

#: Causes, and how telling each is: what speaks of the port counts more than a policy.
CAUSES: Final = (
    "dnat", "chain", "order", "device", "family", "protocol", "port", "source", "destination", "state", "unreferenced",
    "bridged",
)  # fmt: skip
_TABLES: Final = ("raw", "mangle", "filter")
#: Of a rule without conditions, and of a policy.
_WALL: Final = 2
_POLICY: Final = 3
#: So many rules are reported.
_MOST: Final = 3


@frozen(kw_only=True)
class Missed:
    """A rule (number 0: a policy), its cause (one of CAUSES), and a sentence; `rule` is the one of iptables."""

    namespace: str
    table: str
    chain: str
    number: int
    text: str
    cause: str
    sentence: str
    rule: Rule | None = attrs.field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.table} {self.chain}{f' rule {self.number}' if self.number else ''}: {self.text}"


@frozen(kw_only=True)
class _Candidate:
    """A rule that drops; `hooks` from which its chain is called; `weight`: 0 speaks of the port, 3 is a policy."""

    version: int
    table: str
    chain: str
    number: int
    text: str
    hooks: tuple[str, ...]
    weight: int
    rule: Rule | None = None
    native: bool = False


def missed(namespaces: LabNamespaces, verdict: ProbeVerdict) -> list[Missed]:
    """The rules that were meant to stop a request that arrived, the likeliest first."""
    found: list[tuple[int, Missed]] = []
    for crossing in crossings(namespaces, verdict):
        for candidate in _candidates(crossing):
            explanation = _why_not(crossing, candidate)
            if explanation is not None and _is_telling(candidate, explanation[0]):
                cause, sentence = explanation
                found.append((candidate.weight, Missed(
                    namespace=crossing.netns.label, table=candidate.table, chain=candidate.chain,
                    number=candidate.number, text=candidate.text, cause=cause, sentence=sentence, rule=candidate.rule,
                )))  # fmt: skip
    best = min((weight for weight, _ in found), default=0)
    found.sort(key=lambda each: each[0])
    return [each for weight, each in found if weight == best][:_MOST]


def _is_telling(candidate: _Candidate, cause: str) -> bool:
    """What a wall lets through by an exception was let through on purpose; so was what came before a policy."""
    return cause != "order" or candidate.weight < _WALL


# --- which rules -----------------------------------------------------------------------------------------------------


def _candidates(crossing: Crossing) -> Iterator[_Candidate]:
    for version in (4, 6):
        for name, table in crossing.netns.network.ruleset(version).tables.items():
            if name in _TABLES:
                yield from _of_table(crossing, version, table)
    yield from _native(crossing)


def _of_table(crossing: Crossing, version: int, table: XtTable) -> Iterator[_Candidate]:
    name = next(iter(table.chains.values())).table if table.chains else ""
    for chain in table.chains.values():
        hooks = _hooks(table, chain.name)
        for number, entry in enumerate(chain.entries, 1):
            rule, weight = entry.rule, _weight(crossing, entry.rule)
            if weight is not None and not _is_engines(crossing, name, chain):
                yield _Candidate(
                    version=version, table=name, chain=chain.name, number=number, text=str(rule), hooks=hooks,
                    weight=weight, rule=rule,
                )  # fmt: skip
        engines = chain.name == "FORWARD" and crossing.netns.lab.has_engine and crossing.netns.endpoint.kind == "host"
        if isinstance(chain.policy, DropVerdict) and version == crossing.came.source.version and not engines:
            text = f"the policy of {name} {chain.name} is DROP"
            yield _Candidate(
                version=version, table=name, chain=chain.name, number=0, text=text, hooks=hooks, weight=_POLICY
            )


def _is_engines(crossing: Crossing, table: str, chain: Chain) -> bool:
    """The engine's own rules do what it was configured for."""
    return (chain.name.startswith("DOCKER") and chain.name != "DOCKER-USER") or (
        table == "raw" and crossing.netns.lab.has_engine and crossing.netns.endpoint.kind == "host"
    )


def _hooks(table: XtTable, name: str, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The built-in chains from which a chain is reached."""
    if any(name in chains for chains in BUILTIN.values()):
        return (name,)
    callers = [
        chain.name
        for chain in table.chains.values()
        for entry in chain.entries
        if isinstance(entry.rule.target, Jump) and entry.rule.target.chain == name and chain.name not in seen
    ]
    return tuple(dict.fromkeys(hook for caller in callers for hook in _hooks(table, caller, (*seen, name))))


def _drops(rule: Rule) -> bool:
    target = rule.target
    verdict = target.verdict if isinstance(target, Standard) else None
    return isinstance(verdict, DropVerdict | RejectVerdict) or getattr(target, "name", "") == "REJECT"


def _weight(crossing: Crossing, rule: Rule) -> int | None:
    """How surely a rule is about this packet; None if it is about others."""
    if not _drops(rule):
        return None
    text = str(rule)
    ports = ports_of(text)
    destination_ports = _destination_ports(crossing)
    if ports:
        return 0 if ports & destination_ports else None
    if rule.source is None and rule.destination is None and rule.in_device is None:
        return _WALL if rule.protocol is None and not rule.matches else None
    return 1 if _names_end(crossing, rule) else None


def _names_end(crossing: Crossing, rule: Rule) -> bool:
    """Whether it speaks of an address of the packet, or of nothing but devices."""
    seen = [crossing.came, *([crossing.left] if crossing.left is not None else [])]
    for part, end in ((rule.source, "source"), (rule.destination, "destination")):
        if part is not None and not part.negated:
            same = part.address.version == crossing.came.source.version
            if same and not any(getattr(packet, end) & part.mask == part.address for packet in seen):
                return False
    return rule.protocol is None or any(rule.protocol.matches(crossing.seen(hook)) for hook in crossing.hooks)


def forbidden_ports(namespaces: LabNamespaces) -> Iterator[int]:
    """Destination ports of which rules of iptables that drop or reject speak, anywhere; of a range, its ends."""
    seen: set[int] = set()
    for netns in namespaces:
        for version in (4, 6):
            tables = netns.network.ruleset(version).tables
            rules = [entry.rule for name in _TABLES if name in tables for chain in tables[name].chains.values()
                     for entry in chain.entries if _drops(entry.rule)]  # fmt: skip
            for rule in rules:
                for group in _PORTS.findall(str(rule)):
                    new = {int(number) for number in re.findall(r"\d+", group)} - seen
                    seen |= new
                    yield from sorted(new)


_PORTS: Final = re.compile(
    r"(?:--(?:dport|dports|ctorigdstport|destination-port|destination-ports)|\bdport) "
    r"(?:!= )?(?:\{ )?([0-9:,\- ]+)"
)
_RANGE: Final = re.compile(r"(\d+)[:\-](\d+)")


def ports_of(text: str) -> set[int]:
    """The destination ports that a rule speaks of."""
    found: set[int] = set()
    for group in _PORTS.findall(text):
        found.update(int(number) for number in re.findall(r"\d+", group))
        for first, last in _RANGE.findall(group):
            found.update(range(int(first), min(int(last), int(first) + 10_000) + 1))
    return found


def _destination_ports(crossing: Crossing) -> set[int]:
    """The port of the question, that to which it was translated, and that of the container behind docker-proxy."""
    packets = [packet for packet in (crossing.came, crossing.left) if packet is not None]
    found = {packet.payload.destination_port for packet in packets if hasattr(packet.payload, "destination_port")}
    if crossing.is_delivered and _is_proxied(crossing):
        doors = publications(crossing.netns.lab)
        found |= {door.inside.port for door in doors if door.probe.port in found}
    return found


# --- why not ---------------------------------------------------------------------------------------------------------


def _why_not(crossing: Crossing, rule: _Candidate) -> tuple[str, str] | None:
    """The cause and a sentence; None where it is not known."""
    version = crossing.came.source.version
    if rule.version and rule.version != version:
        tool, other = ("iptables", "ip6tables") if rule.version == 4 else ("ip6tables", "iptables")
        reason = (
            f"it is a rule of {tool}, for IPv{rule.version}; this came by IPv{version}, of which only {other} knows"
        )
        return "family", reason
    if not rule.hooks:
        without = f"{rule.chain} has no hook, and " if rule.native else ""
        return "unreferenced", f"{without}no rule jumps to {rule.chain}, so no packet ever meets it"
    passed = [hook for hook in rule.hooks if hook in crossing.hooks]
    if not passed:
        return _other_hook(crossing, rule)
    if crossing.is_bridged and not crossing.filtered(passed[0]):
        key = "net.bridge.bridge-nf-call-iptables"
        if not crossing.netns.sysctl_value(key):
            return "bridged", f"it crossed the bridge {crossing.in_device}, and bridged frames meet no rule ({key} = 0)"
    if rule.number == 0:
        return _before(crossing, rule, passed[0])
    if rule.rule is not None:
        failed = _failed(crossing, rule.rule, passed[0])
    else:
        failed = _failed_native(crossing, rule.text, passed[0])
    return failed or _before(crossing, rule, passed[0])


_SEES: Final = {
    "INPUT": "what is delivered to the host itself",
    "FORWARD": "what the host passes on",
    "OUTPUT": "what the host itself sends",
    "PREROUTING": "what comes in",
    "POSTROUTING": "what goes out",
}


def _other_hook(crossing: Crossing, rule: _Candidate) -> tuple[str, str]:
    hook = rule.hooks[0]
    sees = f"{hook} sees {_SEES[hook]}"
    if crossing.is_forwarded:
        actual = f"this was {'bridged' if crossing.is_bridged else 'forwarded'}, which is FORWARD's"
    elif crossing.is_made_here:
        actual = "this was sent by the host itself, which is OUTPUT's"
    else:
        listener = "docker-proxy" if _is_proxied(crossing) else "a program"
        actual = f"this was delivered to {listener} on the host itself, which is INPUT's"
    if crossing.translation is not None and hook == "INPUT":
        return "chain", f"{sees}; {_translated(crossing)} before, and {actual}"
    return "chain", f"{sees}; {actual}"


def _is_proxied(crossing: Crossing) -> bool:
    port = getattr(crossing.came.payload, "destination_port", 0)
    sockets = crossing.netns.network.sockets()
    return any(entry.local_port == port and entry.process == "docker-proxy" for entry in sockets)


def _translated(crossing: Crossing) -> str:
    event = crossing.translation
    ip = crossing.seen("FORWARD").ip
    port = getattr(ip.payload, "destination_port", None)
    where = f"{ip.destination}{f':{port}' if port is not None else ''}"
    assert event is not None
    return f"nat {event.hook} had translated its destination to {where}"


def _failed(crossing: Crossing, rule: Rule, hook: str) -> tuple[str, str] | None:
    """The first part of a rule that the packet does not fit."""
    packet = crossing.seen(hook)
    for part in (rule.in_device, rule.out_device, rule.protocol, rule.source, rule.destination):
        if part is not None and not part.matches(packet):
            return _part(crossing, part, packet)
    for match in rule.matches:
        if not match.matches(packet):
            return _match(crossing, str(match), packet)
    return None


def _part(crossing: Crossing, part: Any, packet: PktInfo) -> tuple[str, str]:
    match part:
        case InDevice():
            return "device", f"it came in by {packet.in_device or 'no device'}, and the rule says {part}"
        case OutDevice():
            return "device", f"it leaves by {packet.out_device or 'no device'}, and the rule says {part}"
        case Protocol():
            return "protocol", f"it is {protocol_name(packet.protocol)}, and the rule says {part}"
        case SourceAddress():
            return "source", f"it comes from {packet.ip.source}, and the rule says {part}"
        case DestinationAddress():
            if crossing.translation is not None and part.matches(crossing.seen("PREROUTING")):
                return "dnat", f"{_translated(crossing)} before, and the rule says {part}"
            return "destination", f"it goes to {packet.ip.destination}, and the rule says {part}"
    raise AssertionError(part)


def _match(crossing: Crossing, text: str, packet: PktInfo) -> tuple[str, str]:
    ports = ports_of(text)
    port = getattr(packet.ip.payload, "destination_port", None)
    if ports and port is not None:
        was = getattr(crossing.came.payload, "destination_port", None)
        if crossing.translation is not None and was in ports:
            return "dnat", f"{_translated(crossing)} before, and the rule says {text}"
        return "port", f"it goes to port {port}, and the rule says {text}"
    if "state" in text:
        return "state", f"it begins a connection (NEW), and the rule says {text}"
    return "state", f"the rule says {text}, which is not so"


def _before(crossing: Crossing, rule: _Candidate, hook: str) -> tuple[str, str] | None:
    """What decided in the same table before it was this rule's turn."""
    for event in crossing.filtered(hook):
        if event.hits and event.hits[-1].table == rule.table and event.verdict == "ACCEPT":
            hit = event.hits[-1]
            if "ACCEPT" in str(hit.rule) or " accept" in rule_text(hit):
                return "order", f"{hit.table} {hit.chain} rule {hit.number} accepted it before: {rule_text(hit)}"
            if "RETURN" in str(hit.rule):
                return "order", f"{hit.table} {hit.chain} rule {hit.number} had sent it back before: {rule_text(hit)}"
    return None


# --- nft -------------------------------------------------------------------------------------------------------------


def _native(crossing: Crossing) -> Iterator[_Candidate]:
    for table in crossing.netns.network.native_tables().values():
        if table.family not in IP_FAMILIES:
            continue
        version = {"ip": 4, "ip6": 6}.get(table.family, 0)
        for chain in table.chains.values():
            hook = chain.hook
            hooks = () if hook is None else (HOOKS.get(hook.hook, ""),)
            if (hook is None and is_called(table, chain.name)) or (hook is not None and hook.kind != "filter"):
                continue
            if "" in hooks:
                continue
            for number, entry in enumerate(chain.entries, 1):
                text = rule_text(NftHit(str(table), chain.name, number, entry.rule, table))
                ports = ports_of(text)
                if re.search(r"\b(drop|reject)\b", text) and (not ports or ports & _destination_ports(crossing)):
                    yield _Candidate(
                        version=version, table=str(table), chain=chain.name, number=number, text=text, native=True,
                        hooks=hooks, weight=0 if ports else _WALL if text in ("drop", "reject") else 1,
                    )  # fmt: skip
            if hook is not None and hook.policy == "drop":
                text = f"the policy of {table} {chain.name} is drop"
                yield _Candidate(
                    version=version, table=str(table), chain=chain.name, number=0, text=text, native=True,
                    hooks=hooks, weight=_POLICY,
                )  # fmt: skip


def is_called(table: NftTable, chain: str) -> bool:
    """Whether a rule, or an element of a set, leads to a chain."""
    return re.search(rf"\b(?:jump|goto) {re.escape(chain)}\b", table_text(table, STATELESS)) is not None


_IIF: Final = re.compile(r'\b(iif|iifname) (!= )?"?([\w.\-]+)"?')
_ADDRESS: Final = re.compile(r"\b(saddr|daddr) (!= )?([0-9a-f.:]+)(/\d+)?")
_ORIGINAL: Final = re.compile(r"\bct original proto-dst (\d+)\b(?!-)")
_KIND: Final = re.compile(r"\b(tcp|udp) dport")


def _failed_native(crossing: Crossing, text: str, hook: str) -> tuple[str, str] | None:
    packet = crossing.seen(hook)
    for kind, negated, name in _IIF.findall(text):
        if (packet.in_device == name) == bool(negated):
            return "device", f"it came in by {packet.in_device}, and the rule says {kind} {negated}{name}"
    kinds = _KIND.search(text)
    if kinds is not None and kinds[1] != protocol_name(packet.protocol):
        return "protocol", f"it is {protocol_name(packet.protocol)}, and the rule says {kinds[0]}"
    for end, negated, address, length in _ADDRESS.findall(text):
        part = (SourceAddress if end == "saddr" else DestinationAddress).parse(
            str(parse_address(address)) + length, negated=bool(negated)
        )
        if not part.matches(packet):
            return _part(crossing, part, packet)
    was = getattr(crossing.came.payload, "destination_port", None)
    for number in _ORIGINAL.findall(text):
        if was is not None and int(number) != was:
            return "port", f"it was sent to port {was}, and the rule says ct original proto-dst {number}"
    ports = ports_of(text)
    if ports and getattr(packet.ip.payload, "destination_port", None) not in ports:
        return _match(crossing, re.sub(r".*?((?:tcp|udp) dport \S+( \{[^}]*\})?).*", r"\1", text), packet)
    return None
