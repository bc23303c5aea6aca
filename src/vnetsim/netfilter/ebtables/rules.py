"""Rules of ebtables as values: `str` of each is what `ebtables -L` prints.

A rule is the conditions on the Ethernet header and the devices, those of extensions in the order of their names, and a
target.  Two rules are the same when their texts are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.values import define, frozen
from vnetsim.wire.arp import ArpOperation
from vnetsim.wire.mac import Mac

FrameTest: TypeAlias = Callable[[FrameInfo], bool]
#: Makes the test of a new rule; most keep nothing and are the same for all.
TestMaker: TypeAlias = Callable[[], FrameTest]

ACCEPT: Final = "ACCEPT"
DROP: Final = "DROP"
CONTINUE: Final = "CONTINUE"
RETURN: Final = "RETURN"
STANDARD: Final = (ACCEPT, DROP, CONTINUE, RETURN)


@frozen
class EbCondition:
    """`OPTION [! ]TEXT`; `before`: the exclamation mark comes before the option."""

    option: str
    text: str
    make: TestMaker = attrs.field(eq=False, repr=False)
    negated: bool = False
    before: bool = False

    def test(self) -> FrameTest:
        found, negated = self.make(), self.negated
        return (lambda frame: not found(frame)) if negated else found

    def __str__(self) -> str:
        mark = "! " if self.negated else ""
        if self.before:
            return f"{mark}{self.option} {self.text}".rstrip()
        return f"{self.option} {mark}{self.text}".rstrip()


class EbTarget:
    """What `-j NAME` does; `str` is NAME with its options."""

    __slots__ = ()

    def act(self, _frame: FrameInfo, _reply: Callable[[Mac], None], _bridge: Mac, /) -> str:
        """ACCEPT, DROP, CONTINUE or RETURN.

        `reply(mac)` answers an ARP request with that address, `bridge` is the address of the bridge.
        """
        raise NotImplementedError

    @property
    def where(self) -> tuple[str, ...] | None:
        """The built-in chains, as `TABLE CHAIN`, that the kernel takes it in; None for all."""
        return None


@frozen(str=False)
class EbVerdict(EbTarget):
    name: str

    def act(self, _frame: FrameInfo, _reply: Callable[[Mac], None], _bridge: Mac) -> str:
        return self.name

    def __str__(self) -> str:
        return self.name


@frozen(str=False)
class EbJump(EbTarget):
    chain: str

    def __str__(self) -> str:
        return self.chain


@frozen(str=False)
class EbSetMark(EbTarget):
    """ebt_mark.c; `action` is set, or, and, xor."""

    action: str
    value: int
    verdict: str = ACCEPT

    def act(self, frame: FrameInfo, _reply: Callable[[Mac], None], _bridge: Mac) -> str:
        before, value = frame.mark, self.value
        changed = {"set": value, "or": before | value, "and": before & value, "xor": before ^ value}
        frame.mark = changed[self.action]
        return self.verdict

    def __str__(self) -> str:
        return f"mark --mark-{self.action} 0x{self.value:x} --mark-target {self.verdict}"


@frozen(str=False)
class EbDnat(EbTarget):
    """ebt_dnat.c."""

    mac: Mac
    verdict: str = ACCEPT

    @property
    def where(self) -> tuple[str, ...]:
        return ("nat PREROUTING", "nat OUTPUT")

    def act(self, frame: FrameInfo, _reply: Callable[[Mac], None], _bridge: Mac) -> str:
        frame.frame = attrs.evolve(frame.frame, destination=self.mac)
        return self.verdict

    def __str__(self) -> str:
        return f"dnat --to-dst {self.mac} --dnat-target {self.verdict}"


@frozen(str=False)
class EbSnat(EbTarget):
    """ebt_snat.c."""

    mac: Mac
    verdict: str = ACCEPT

    @property
    def where(self) -> tuple[str, ...]:
        return ("nat POSTROUTING",)

    def act(self, frame: FrameInfo, _reply: Callable[[Mac], None], _bridge: Mac) -> str:
        frame.frame = attrs.evolve(frame.frame, source=self.mac)
        return self.verdict

    def __str__(self) -> str:
        return f"snat --to-src {self.mac} --snat-target {self.verdict}"


@frozen(str=False)
class EbRedirect(EbTarget):
    """ebt_redirect.c: to the bridge itself."""

    verdict: str = ACCEPT

    @property
    def where(self) -> tuple[str, ...]:
        return ("nat PREROUTING",)

    def act(self, frame: FrameInfo, _reply: Callable[[Mac], None], bridge: Mac) -> str:
        frame.frame = attrs.evolve(frame.frame, destination=bridge)
        return self.verdict

    def __str__(self) -> str:
        return "redirect " if self.verdict == ACCEPT else f"redirect --redirect-target {self.verdict}"


@frozen(str=False)
class EbArpReply(EbTarget):
    """ebt_arpreply.c."""

    mac: Mac
    verdict: str = DROP

    @property
    def where(self) -> tuple[str, ...]:
        return ("nat PREROUTING",)

    def act(self, frame: FrameInfo, reply: Callable[[Mac], None], _bridge: Mac) -> str:
        arp = frame.arp
        if arp is None or arp.operation != ArpOperation.REQUEST:
            return CONTINUE
        reply(self.mac)
        return self.verdict

    def __str__(self) -> str:
        ending = "" if self.verdict == DROP else f" --arpreply-target {self.verdict}"
        return f"arpreply --arpreply-mac {self.mac}{ending}"


@frozen
class EbRule:
    """`problem`: the kernel refuses it, as an extension needs a protocol that the rule does not name."""

    conditions: tuple[EbCondition, ...]
    target: EbTarget
    problem: bool = False

    @property
    def verdict(self) -> str:
        """As `-j` has it."""
        return str(self.target)

    def __str__(self) -> str:
        return " ".join([*map(str, self.conditions), f"-j {self.target}"])


@frozen(str=False)
class EbRuleText:
    """A rule as a trace has it."""

    text: str

    def __str__(self) -> str:
        return self.text


@define(eq=False)
class EbEntry:
    """A rule in a chain, with its counters and tests."""

    rule: EbRule
    packets: int = 0
    bytes: int = 0
    tests: tuple[FrameTest, ...] = ()
    text: EbRuleText = EbRuleText("")

    @classmethod
    def of(cls, rule: EbRule) -> EbEntry:
        tests = tuple(condition.test() for condition in rule.conditions)
        return cls(rule, tests=tests, text=EbRuleText(str(rule)))
