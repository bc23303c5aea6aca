"""Rules of arptables as values, and as the rules of nf_tables that they are (iptables/nft-arp.c of iptables 1.8.9).

    rule = ArpRule((ArpCondition("s", address, mask),), VerdictStmt(VerdictExpr("drop")))
    rule.statements()                       # what the kernel has
    ArpRule.of(statements) == rule          # what arptables reads of it, None for what it did not write
    rule.text(numeric=True)                 # -j DROP -s 10.0.0.1

As arptables has it: a mask of whole bytes of a MAC address is not read back, and neither is a negated length.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vnetsim.netfilter.ebtables.match_option import plain_mac_text
from vnetsim.netfilter.header import DeviceName, MaskedAddress, contiguous_length
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft.compat_rules import device_is, masked
from vnetsim.netfilter.nft.datatype import Datatype
from vnetsim.netfilter.nft.primary_expr import MetaExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import PayloadBase
from vnetsim.netfilter.nft.stateful import CounterStmt, Stmt
from vnetsim.netfilter.nft.statement import ExpressionStmt, VerdictStmt, XtTargetStmt
from vnetsim.values import frozen
from vnetsim.wire.inet import IPv4


def _field(offset: int, bits: int) -> PayloadExpr:
    return PayloadExpr(PayloadBase.NETWORK, offset, bits)


#: Fields of an ARP packet by the option about them, in the order in which they are compared.
FIELDS: Final[dict[str, tuple[PayloadExpr, Datatype]]] = {
    "h-type": (_field(0, 16), types.INTEGER),
    "proto-type": (_field(16, 16), types.ETHER_TYPE),
    "h-length": (_field(32, 8), types.INTEGER),
    "plen": (_field(40, 8), types.INTEGER),
    "opcode": (_field(48, 16), types.ARP_OP),
    "src-mac": (_field(64, 48), types.ETHER_ADDR),
    "s": (_field(112, 32), types.IPV4_ADDR),
    "dst-mac": (_field(144, 48), types.ETHER_ADDR),
    "d": (_field(192, 32), types.IPV4_ADDR),
}
_AT: Final = {payload.offset: option for option, (payload, _) in FIELDS.items()}
_DEVICES: Final = {"i": "iifname", "o": "oifname"}
#: What each rule compares: Ethernet addresses of six bytes and IPv4 addresses of four.
USUAL: Final = {"h-type": 1, "h-length": 6, "plen": 4}
OPCODES: Final = (
    "Request", "Reply", "Request_Reverse", "Reply_Reverse", "DRARP_Request", "DRARP_Reply", "DRARP_Error",
    "InARP_Request", "ARP_NAK",
)  # fmt: skip
IPV4_TYPE: Final = 0x0800
_SHOWN: Final = ("i", "o", "s", "src-mac", "d", "dst-mac", "h-length", "opcode", "h-type", "proto-type")
#: Options whose values arptables does not compare where it looks for a rule, only whether they are negated.
_NOT_COMPARED: Final = ("h-type", "opcode", "src-mac", "dst-mac")
#: The name of a device that there is not, for `! -i +`.
_NO_DEVICE: Final = "INVAL/D"
_MAC_BITS: Final = 48


@frozen
class ArpCondition:
    """`[!] --OPTION VALUE`: of a device its name, of a field its bits, of which those of `mask` count."""

    option: str
    value: int | str
    mask: int = 0
    negated: bool = False

    @property
    def whole(self) -> int:
        return (1 << FIELDS[self.option][0].bits) - 1

    @property
    def is_read(self) -> bool:
        """Whether arptables finds it in what the kernel has."""
        if not self.option.endswith("-mac") or self.mask == self.whole:
            return True
        length = contiguous_length(self.mask, _MAC_BITS)
        return length is None or bool(length % 8)

    @property
    def is_compared(self) -> bool:
        """Whether the kernel has it: of hardware, 0 is any."""
        return self.option not in USUAL or bool(self.value)

    def statement(self) -> Stmt:
        operator = "!=" if self.negated else "=="
        if isinstance(self.value, str):
            nowhere = self.negated and self.value == "+"
            device = DeviceName(_NO_DEVICE) if nowhere else DeviceName(self.value, self.negated)
            return device_is(device, _DEVICES[self.option])
        payload, datatype = FIELDS[self.option]
        return masked(operator, payload, self.value, self.mask or self.whole, datatype)

    def text(self, *, numeric: bool) -> str:
        option = self.option if len(self.option) == 1 else f"-{self.option}"
        return f"{'! ' if self.negated else ''}-{option} {self._value(numeric=numeric)}"

    def _value(self, *, numeric: bool) -> str:
        if isinstance(self.value, str):
            return self.value
        match self.option:
            case "s" | "d":
                return _network(self.value, self.mask or self.whole)
            case "src-mac" | "dst-mac":
                return plain_mac_text(self.value, self.mask or self.whole)
            case "opcode":
                named = not numeric and 0 < self.value <= len(OPCODES)
                return OPCODES[self.value - 1] if named else str(self.value)
            case "proto-type":
                return "IPv4" if self.value == IPV4_TYPE and not numeric else f"0x{self.value:x}"
        return str(self.value) if self.value else "0/0"


def _network(value: int, mask: int) -> str:
    return str(IPv4(value)) if mask == 0xFFFF_FFFF else MaskedAddress(IPv4(value), mask).text


@frozen
class ArpRule:
    """`target` is a verdict or an extension, None for a rule that counts only."""

    conditions: tuple[ArpCondition, ...] = ()
    target: VerdictStmt | XtTargetStmt | None = None

    def statements(self, counter: CounterStmt) -> tuple[Stmt, ...]:
        given = {condition.option: condition for condition in self.conditions}
        devices = [given[option].statement() for option in _DEVICES if option in given]
        usual = {option: ArpCondition(option, value) for option, value in USUAL.items()}
        fields = {**usual, **given}
        compared = [fields[option].statement() for option in FIELDS if option in fields and fields[option].is_compared]
        return (*devices, *compared, counter, *([self.target] if self.target is not None else []))

    @classmethod
    def of(cls, statements: Iterable[Stmt]) -> ArpRule | None:
        """None for what arptables has not made."""
        conditions: list[ArpCondition] = []
        target: VerdictStmt | XtTargetStmt | None = None
        for statement in statements:
            if isinstance(statement, ExpressionStmt):
                found = _condition(statement)
                if found is None:
                    return None
                conditions += [found] if found.option != "plen" else []
            elif isinstance(statement, (VerdictStmt, XtTargetStmt)):
                target = statement
            elif not isinstance(statement, CounterStmt):
                return None
        given = {condition.option for condition in conditions}
        conditions += [ArpCondition(option, 0) for option in ("h-type", "h-length") if option not in given]
        return cls(tuple(each for each in conditions if _matters(each)), target)

    @property
    def compared(self) -> tuple[object, ...]:
        """What two rules have in common where arptables takes them for the same (nft_arp_is_same)."""
        given = {each.option: each for each in self.conditions if _matters(each)}
        values = {each for each in given.values() if each.option not in _NOT_COMPARED}
        return frozenset(values), frozenset(each.option for each in given.values() if each.negated), self.target

    def text(self, *, numeric: bool, devices: tuple[str, str] = ("", "")) -> str:
        """`devices`: what is shown for any device, where all are."""
        given = {each.option: each for each in self.conditions if each.is_read and not _is_hidden(each)}
        name, options = self._target()
        shown = [f"-j {name}"] if name else []
        for option, every in zip(("i", "o"), devices, strict=True):
            shown += [f"-{option} {every}"] if every and option not in given else []
            shown += [given.pop(option).text(numeric=numeric)] if option in given else []
        shown += [given[option].text(numeric=numeric) for option in _SHOWN if option in given]
        return " ".join([*shown, *([options] if options else [])])

    def _target(self) -> tuple[str, str]:
        match self.target:
            case XtTargetStmt():
                return self.target.name, self.target.options
            case VerdictStmt(ex.VerdictExpr(kind=kind, chain=chain)):
                return chain or kind.upper(), ""
        return "", ""

    @property
    def jump(self) -> str | None:
        """The chain to which it leads."""
        match self.target:
            case VerdictStmt(ex.VerdictExpr(chain=chain)) if chain:
                return chain
        return None


def _matters(condition: ArpCondition) -> bool:
    return condition.is_read and (condition.negated or condition.value != USUAL.get(condition.option))


def _is_hidden(condition: ArpCondition) -> bool:
    """arptables does not show the usual hardware, negated or not."""
    return condition.option in USUAL and condition.value == USUAL[condition.option]


def _condition(statement: ExpressionStmt) -> ArpCondition | None:
    relation = statement.expression
    if not isinstance(relation, ex.RelationalExpr) or relation.operator not in ("==", "!="):
        return None
    left, right, negated = relation.left, relation.right, relation.operator == "!="
    mask = left.mask if isinstance(left, ex.BitwiseExpr) else None
    left = left.value if isinstance(left, ex.BitwiseExpr) else left
    if isinstance(left, MetaExpr):
        return _device(left, right, negated=negated)
    if not isinstance(left, PayloadExpr) or not isinstance(right, ex.ConstantExpr) or left.offset not in _AT:
        return None
    option = _AT[left.offset]
    missing = FIELDS[option][0].bits - left.bits
    if missing < 0 or not isinstance(right.value, int) or (option in USUAL and (missing or mask)):
        return None
    whole = (1 << left.bits) - 1 << missing
    return ArpCondition(option, right.value << missing, whole if mask is None else mask, negated)


def _device(left: MetaExpr, right: ex.Expr, *, negated: bool) -> ArpCondition | None:
    option = next((option for option, key in _DEVICES.items() if key == left.key), None)
    if option is None:
        return None
    if isinstance(right, ex.WildcardExpr):
        return ArpCondition(option, f"{right.text}+", 0, negated)
    if not isinstance(right, ex.ConstantExpr) or not isinstance(right.value, str):
        return None
    return (
        ArpCondition(option, "+", 0, True)
        if right.value == _NO_DEVICE
        else ArpCondition(option, right.value, 0, negated)
    )
