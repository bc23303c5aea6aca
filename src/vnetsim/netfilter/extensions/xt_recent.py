"""Lists of addresses seen lately: recent (xt_recent.c).

Not modelled: `xt_recent`'s module parameters (ip_list_tot 100, ip_pkt_list_tot 0).
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.protocols.jiffies import HZ, JIFFY
from vnetsim.values import define, frozen
from vnetsim.wire.inet import Address

_ACTIONS: Final = ("set", "rcheck", "update", "remove")
_TITLES: Final = {"set": "SET", "rcheck": "CHECK", "update": "UPDATE", "remove": "REMOVE"}
#: Addresses that a list can have, times kept of each where no rule wants more, and how many a rule may want.
_LONGEST: Final = 100
_TIMES: Final = 32
_MOST_HITS: Final = 0xFFFF
_MOST_CHARACTERS: Final = 199


@define
class RecentEntry:
    """An address, with the ticks at which it was seen; `next` is where the next one goes (struct recent_entry)."""

    address: Address
    ttl: int
    ticks: list[int] = attrs.field(factory=list)
    next: int = 0

    def note(self, tick: int, most: int) -> None:
        self.next %= most
        if self.next < len(self.ticks):
            self.ticks[self.next] = tick
        else:
            self.ticks.append(tick)
        self.next += 1

    def __str__(self) -> str:
        """A line of /proc/net/xt_recent/NAME."""
        ticks = ", ".join(map(str, self.ticks))
        newest = self.ticks[self.next - 1]
        return f"src={self.address} ttl: {self.ttl} last_seen: {newest} oldest_pkt: {self.next} {ticks}"


@define
class RecentTable:
    """The list of one name; the one seen longest ago comes first (struct recent_table)."""

    most: int = 0
    seen: dict[Address, RecentEntry] = attrs.field(factory=dict)

    def resize(self, hits: int) -> None:
        """A rule wants so many times to be kept; what was kept for less is lost."""
        most = _TIMES if hits == 0 else 1 << (hits - 1).bit_length()
        if most > self.most:
            self.most = most
            self.seen.clear()

    def add(self, address: Address, ttl: int) -> RecentEntry:
        if len(self.seen) >= _LONGEST:
            del self.seen[next(iter(self.seen))]
        self.seen[address] = RecentEntry(address, ttl)
        return self.seen[address]

    def touch(self, entry: RecentEntry, tick: int, ttl: int) -> None:
        entry.note(tick, self.most)
        entry.ttl = ttl
        self.seen[entry.address] = self.seen.pop(entry.address)


@frozen(kw_only=True)
class Recent(XtMatch):
    """`action` is set, rcheck, update or remove; `of_destination`: it is about the destination's address."""

    name = "recent"
    action: str
    mask: Address
    negated: bool = False
    seconds: int = 0
    hits: int = 0
    reap: bool = False
    same_ttl: bool = False
    table: str = "DEFAULT"
    of_destination: bool = False

    def fits(self, _rule: Rule) -> bool:
        plain = not (self.seconds or self.hits or self.reap or self.same_ttl)
        named = bool(self.table) and "/" not in self.table
        return named and self.hits <= _MOST_HITS and (plain or self.action in ("rcheck", "update"))

    @property
    def memory_key(self) -> tuple[str, str]:
        return "recent", self.table

    def matches(self, packet: PktInfo) -> bool:
        return self._found(self._list(packet), packet) != self.negated

    def _list(self, packet: PktInfo) -> RecentTable:
        found: RecentTable = packet.context.memory.setdefault(self.memory_key, RecentTable())
        found.resize(self.hits)
        return found

    def _found(self, lately: RecentTable, packet: PktInfo) -> bool:
        whole = packet.ip.destination if self.of_destination else packet.ip.source
        address = type(whole)(whole & self.mask)
        ttl = packet.hop_limit + bool(packet.out_device and packet.owner is None)
        tick = packet.context.now() // JIFFY
        entry = lately.seen.get(address)
        if entry is None or (self.same_ttl and entry.ttl != ttl):
            if self.action == "set":
                lately.touch(lately.add(address, ttl), tick, ttl)
            return self.action == "set"
        if self.action == "remove":
            del lately.seen[address]
            return True
        found = self.action == "set" or self._is_recent(entry, tick)
        if self.reap:
            self._forget_old(lately, entry, tick, stays=self.action == "update" and found != self.negated)
        if self.action == "set" or (self.action == "update" and found != self.negated):
            lately.touch(entry, tick, ttl)
        return found

    def _is_recent(self, entry: RecentEntry, tick: int) -> bool:
        hits = sum(not self.seconds or each >= tick - self.seconds * HZ for each in entry.ticks)
        return hits >= max(1, self.hits)

    def _forget_old(self, lately: RecentTable, entry: RecentEntry, tick: int, *, stays: bool) -> None:
        """recent_entry_reap: of the whole list only the one seen longest ago is looked at."""
        oldest = next(iter(lately.seen.values()))
        if not (oldest is entry and stays) and oldest.ticks[oldest.next - 1] < tick - self.seconds * HZ:
            del lately.seen[oldest.address]

    # --- text -------------------------------------------------------------------------------------------------------

    def listing(self, _numeric: bool) -> str:
        parts = [f"{negation(self.negated)}recent: {_TITLES[self.action]}"]
        parts += [f"seconds: {self.seconds}"] if self.seconds else []
        parts += ["reap"] if self.reap else []
        parts += [f"hit_count: {self.hits}"] if self.hits else []
        parts += ["TTL-Match"] if self.same_ttl else []
        side = "dest" if self.of_destination else "source"
        return " ".join([*parts, f"name: {self.table} side: {side} mask: {self.mask}"])

    def __str__(self) -> str:
        parts = [f"-m recent {negation(self.negated)}--{self.action}"]
        parts += [f"--seconds {self.seconds}"] if self.seconds else []
        parts += ["--reap"] if self.reap else []
        parts += [f"--hitcount {self.hits}"] if self.hits else []
        parts += ["--rttl"] if self.same_ttl else []
        side = "--rdest" if self.of_destination else "--rsource"
        return " ".join([*parts, f"--name {self.table} --mask {self.mask} {side}"])


def _check(parsed: ParsedOptions) -> None:
    if not any(action in parsed for action in _ACTIONS):
        raise ArgumentError("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'")


def _build(parsed: ParsedOptions) -> Recent:
    action = next(action for action in _ACTIONS if action in parsed)
    everything = options.address(
        "255.255.255.255" if parsed.context.version == 4 else "ffff:" * 7 + "ffff", parsed.context.version
    )
    return Recent(
        action=action, negated=parsed.negated(action), seconds=parsed.get("seconds", 0), hits=parsed.get("hitcount", 0),
        reap="reap" in parsed, same_ttl="rttl" in parsed, table=parsed.get("name", "DEFAULT"),
        mask=parsed.get("mask", everything), of_destination="rdest" in parsed,
    )  # fmt: skip


MATCHES: Final = (
    Extension(
        "recent",
        (
            *(
                XtOption(action, inverts=True, excludes=tuple(other for other in _ACTIONS if other != action))
                for action in _ACTIONS
            ),
            XtOption("seconds", options.integer(1, UINT32_MAX)),
            XtOption("reap", requires=("seconds",)),
            XtOption("hitcount", options.integer(0, UINT32_MAX)),
            XtOption("rttl", excludes=("set", "remove")),
            XtOption("name", options.string(_MOST_CHARACTERS)),
            XtOption("rsource"),
            XtOption("rdest"),
            XtOption("mask", options.numeric_host),
        ),
        _build,
        _check,
    ),
)
