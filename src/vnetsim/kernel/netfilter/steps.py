"""The steps of the hooks: tables and base chains in the order of their priorities (nf_hook_entries_grow).

All chains of type nat are run at one step, and packets are tracked and connections confirmed at others.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vnetsim.netfilter.ruleset import HookEntry, Ruleset, at_hook, priority

if TYPE_CHECKING:
    from vnetsim.netfilter.nft.ruleset import NftRuleset
    from vnetsim.netfilter.nft.tables import NftChain as NativeChain
    from vnetsim.netfilter.nft.tables import NftTable as NativeTable

#: A base chain of nft.
Native: TypeAlias = "tuple[NativeTable, NativeChain]"
#: A table of iptables, one of the steps below, or such a chain.
Step: TypeAlias = "str | Native"
#: Steps and their priorities.
Entries: TypeAlias = "list[tuple[int, Step]]"

#: Steps of a hook beside the tables.
TRACK: Final = "(track)"
CONFIRM: Final = "(confirm)"
#: Priorities of these steps (enum nf_ip_hook_priorities).
_TRACKING: Final = -200
_CONFIRMING: Final = 0x7FFFFFFF
_HOOKS: Final = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")


class HookSteps(NamedTuple):
    """The steps of each hook, and those of type nat."""

    steps: Mapping[str, tuple[Step, ...]]
    translating: Mapping[str, tuple[Step, ...]]

    @property
    def active(self) -> bool:
        """Whether any hook has a step."""
        return any(self.steps.values())


def steps_of(ruleset: Ruleset, native: NftRuleset | None) -> HookSteps:
    """Of the rules of one family."""
    if native is None or not native.tables:
        return _of_iptables(ruleset.hooked, ruleset.needs_conntrack)
    tracking = ruleset.needs_conntrack or native.needs_conntrack(ruleset.version)
    return _ordered({hook: _entries(ruleset, native, hook) for hook in _HOOKS}, tracking=tracking)


@cache
def _of_iptables(hooked: tuple[HookEntry, ...], tracking: bool) -> HookSteps:
    """Without chains of nft; most namespaces have one of a few sets of chains, and share its steps."""
    entries: dict[str, Entries] = {
        hook: [(priority(table, hook), table) for table, _ in at_hook(hooked, hook)] for hook in _HOOKS
    }
    return _ordered(entries, tracking=tracking)


def _entries(ruleset: Ruleset, native: NftRuleset, hook: str) -> Entries:
    """Tables and native chains with their priorities; of two with the same one the newer is the first."""
    entries: list[tuple[int, int, Step]] = []
    for name, _ in at_hook(ruleset.hooked, hook):
        entries.append((priority(name, hook), -native.foreign.registered(ruleset.version, name, hook), name))
    for table, chain in native.base_chains(ruleset.version, hook.lower()):
        assert chain.hook is not None
        entries.append((chain.hook.priority, -chain.registered, (table, chain)))
    return [(entry[0], entry[2]) for entry in sorted(entries, key=lambda entry: entry[:2])]


def _ordered(entries: Mapping[str, Entries], *, tracking: bool) -> HookSteps:
    return HookSteps(
        {hook: _order(hook, entries[hook], tracking=tracking) for hook in _HOOKS},
        {hook: tuple(step for _, step in entries[hook] if _translates(step)) for hook in _HOOKS},
    )


def _order(hook: str, entries: Entries, *, tracking: bool) -> tuple[Step, ...]:
    """The steps of a hook, and where packets are tracked and connections confirmed."""
    steps = [entry for entry in entries if not _translates(entry[1])]
    if not tracking:
        return tuple(step for _, step in steps)
    if hook in ("PREROUTING", "OUTPUT"):
        steps.append((_TRACKING, TRACK))
    if hook != "FORWARD":
        steps.append((priority("nat", hook), "nat"))
    if hook in ("POSTROUTING", "INPUT"):
        steps.append((_CONFIRMING, CONFIRM))
    return tuple(step for _, step in sorted(steps, key=lambda entry: (entry[0], entry[1] == "nat")))


def _translates(step: Step) -> bool:
    return step == "nat" if isinstance(step, str) else step[1].hook is not None and step[1].hook.kind == "nat"


def reroutes(step: Step) -> bool:
    """Whether a step of OUTPUT reroutes changed packets: mangle, nat, chains of nft of the types route and nat."""
    if isinstance(step, str):
        return step in ("mangle", "nat")
    return step[1].hook is not None and step[1].hook.kind in ("route", "nat")


NO_STEPS: Final = _of_iptables((), False)
