"""Rules as values: `str` of anything here is what `iptables -S` prints (struct ipt_entry, struct ip6t_entry).

A rule is a header (addresses, protocol, devices), matches in the order of the command, and a target.  A match
or a target is one frozen class per iptables extension; it knows how it is saved (`str`), how `iptables -L` lists it
(`listing`) and what it does.  A target's `act` gives a verdict, or None where the packet goes on to the next rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from vnetsim.netfilter import packet as read
from vnetsim.netfilter import verdicts
from vnetsim.netfilter.header import DestinationAddress, FragmentBit, InDevice, OutDevice, Protocol, SourceAddress
from vnetsim.netfilter.packet import MatchKey, PktInfo
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.netfilter.estimators import Estimators

#: Whether a packet matches; the result may depend on earlier packets (limit, statistic).
Test: TypeAlias = Callable[[PktInfo], bool]


class _Extension:
    """Where the kernel takes a match or a target; None is everywhere."""

    __slots__ = ()
    name: str = ""
    tables: frozenset[str] | None = None
    tracks: bool = False  #: needs connection tracking
    #: Does the same with every packet of one direction of an established connection, and changes nothing.
    cacheable: bool = False

    @property
    def match_keys(self) -> tuple[MatchKey, ...] | None:
        """What its answer depends on; None if there is more to it: it remembers, it chances, or it changes things."""
        return None

    @property
    def memory_key(self) -> tuple[str, str] | None:
        """Under which it remembers something together with other rules (Packet.memory)."""
        return None

    @property
    def hooks(self) -> frozenset[str] | None:
        return None

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Those that `iptables -L` without -n shows by their names."""
        return ()

    def listing(self, numeric: bool, /) -> str:
        raise NotImplementedError

    def named(self, _name: Callable[[Address], str], /) -> str:
        """As `iptables -L` without -n shows it."""
        return self.listing(False)

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets of `ipset` that it refers to."""
        return ()

    @property
    def estimators(self) -> Estimators | None:
        """Those that it makes, or uses."""
        return None

    @property
    def exists(self) -> bool:
        """Whether the kernel has what it names."""
        return True

    @property
    def overflows(self) -> bool:
        """Whether its numbers are too large for what the kernel counts with."""
        return False

    def fits(self, _rule: Rule, /) -> bool:
        """Whether the kernel takes it in `rule`: some extensions are for one protocol only."""
        return True


class XtMatch(_Extension):
    """Something that `-m NAME` loads.  Frozen: state, such as a token bucket, is kept in what `test` returns.

    `str` begins with `-m NAME`.
    """

    __slots__ = ()

    @property
    def match_keys(self) -> tuple[MatchKey, ...] | None:
        return (self.matches,) if self.cacheable else None

    def matches(self, packet: PktInfo, /) -> bool:
        raise NotImplementedError

    def test(self) -> Test:
        """The test of a new rule with this match; a match with state initialises it here."""
        return self.matches

    def listing(self, numeric: bool, /) -> str:
        """As a line of `iptables -L` shows it, without blanks around."""
        raise NotImplementedError


class XtTarget(_Extension):
    """Something that `-j NAME` loads; `str` is NAME and its options."""

    __slots__ = ()

    @property
    def match_keys(self) -> tuple[MatchKey, ...] | None:
        return () if self.cacheable else None

    def act(self, _packet: PktInfo, /) -> Verdict | None:
        """None: the packet goes on to the next rule."""
        return None

    @property
    def column(self) -> str:
        """In the column `target` of `iptables -L`."""
        return self.name

    def listing(self, _numeric: bool, /) -> str:
        """What follows the columns of `iptables -L`, without blanks around."""
        return ""

    def __str__(self) -> str:
        return self.column


@frozen(str=False)
class Standard(XtTarget):
    """ACCEPT and DROP."""

    cacheable = True
    verdict: Verdict

    def act(self, _packet: PktInfo) -> Verdict:
        return self.verdict

    @property
    def column(self) -> str:
        return str(self.verdict)


@frozen(str=False)
class Return(XtTarget):
    """Back to the chain that called, or on to the policy; the evaluator does it."""

    name = "RETURN"
    cacheable = True


@frozen(str=False)
class Jump(XtTarget):
    """On to a user-defined chain and back; with `goto`, back to where this chain was called from instead."""

    cacheable = True
    chain: str
    goto: bool = False

    @property
    def column(self) -> str:
        return self.chain


ACCEPT: Final = Standard(verdicts.ACCEPT)
DROP: Final = Standard(verdicts.DROP)
RETURN: Final = Return()


@frozen(kw_only=True)
class Rule:
    """One line of a chain; an absent part is None.  Without a target, packets are counted and go on."""

    source: SourceAddress | None = None
    destination: DestinationAddress | None = None
    in_device: InDevice | None = None
    out_device: OutDevice | None = None
    protocol: Protocol | None = None
    fragment: FragmentBit | None = None
    matches: tuple[XtMatch, ...] = ()
    target: XtTarget | None = None

    def _header(self) -> Iterator[SourceAddress | DestinationAddress | InDevice | OutDevice | Protocol | FragmentBit]:
        """In the order of `iptables -S`."""
        for part in (self.source, self.destination, self.in_device, self.out_device, self.protocol, self.fragment):
            if part is not None:
                yield part

    def tests(self) -> tuple[Test, ...]:
        """Everything that a packet must pass, newly begun."""
        return (*(part.matches for part in self._header()), *(match.test() for match in self.matches))

    @property
    def extensions(self) -> tuple[XtMatch | XtTarget, ...]:
        return self.matches if self.target is None else (*self.matches, self.target)

    @property
    def matches_no_address(self) -> bool:
        """Whether an address is to be outside of everything, which the kernel refuses."""
        return any(part is not None and part.negated and part.mask == 0 for part in (self.source, self.destination))

    @property
    def tracks(self) -> bool:
        """Whether it needs connection tracking."""
        return any(extension.tracks for extension in self.extensions)

    @property
    def cacheable(self) -> bool:
        """Whether all that it matches is the same for every packet of one direction of an established connection."""
        return self.fragment is None and all(extension.cacheable for extension in self.extensions)

    @property
    def match_keys(self) -> tuple[MatchKey, ...] | None:
        """All that its result depends on; None if that is not known."""
        found: list[MatchKey] = [read.meta_key] if self.in_device or self.out_device or self.protocol else []
        found += [read.source] if self.source else []
        found += [read.destination] if self.destination else []
        found += [self.fragment.matches] if self.fragment else []
        for extension in self.extensions:
            if extension.match_keys is None:
                return None
            found += extension.match_keys
        return tuple(found)

    @property
    def selection(self) -> str:
        """The part before `-j`."""
        return " ".join(map(str, (*self._header(), *self.matches)))

    @property
    def action(self) -> str:
        """`-j TARGET`, `-g CHAIN`, or nothing."""
        if self.target is None:
            return ""
        return f"{'-g' if isinstance(self.target, Jump) and self.target.goto else '-j'} {self.target}"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.selection, self.action)))
