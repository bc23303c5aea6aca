"""Rules of nat POSTROUTING that gave a request no other source, though they read as if they did.

A remark on an answer that found no route back: each rule is matched with the packet as it would have met it
(xt_MASQUERADE.c, xt_nat.c).  Not modelled: rules of nft's own tables, and what gives another source elsewhere.
"""

from __future__ import annotations

from vnetsim.netfilter.rules import Rule
from vnetsim.reach.diagnosis.bypassed import Fitting, fitting
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.probing.verdict import ProbeVerdict
from vnetsim.reach.walks.crossing import Crossing, crossings

_HOOK = "POSTROUTING"
_TARGETS = ("MASQUERADE", "SNAT")


def unmasqueraded(namespaces: LabNamespaces, verdict: ProbeVerdict) -> str:
    """Why a rule gave the request no other source; "" where there is none, or one did."""
    for crossing in crossings(namespaces, verdict):
        text = _missed(crossing) if _HOOK in crossing.hooks and not _is_translated(crossing) else ""
        if text:
            return f"{crossing.netns.label} did not masquerade it: {text}"
    return ""


def _is_translated(crossing: Crossing) -> bool:
    return crossing.left is not None and crossing.left.source != crossing.came.source


def _missed(crossing: Crossing) -> str:
    accepted: Fitting | None = None
    others: list[Fitting] = []
    for found in fitting(crossing.netns, crossing.left or crossing.came, "nat", _HOOK):
        target, fits = _target(found.rule), _leaves(found.rule, crossing.out_device)
        if target in _TARGETS and fits:
            return "" if accepted is None else f"{accepted} lets it go as it is before {found}"
        if target in _TARGETS:
            others.append(found)
        elif target == "ACCEPT" and fits:
            accepted = accepted or found
    if not others:
        return _other_source(crossing)
    found = min(others, key=lambda each: _exists(crossing, each.rule))
    missing = "" if _exists(crossing, found.rule) else f", and there is no {_device(found.rule)}"
    return f"{found} is not about it: it left by {crossing.out_device}{missing}"


def _other_source(crossing: Crossing) -> str:
    """A rule about other senders, that would be about it otherwise; not one for the network of a bridge (`! -o`)."""
    packet = crossing.left or crossing.came
    tables = crossing.netns.network.ruleset(packet.source.version).tables
    entries = tables["nat"].chains[_HOOK].entries if "nat" in tables else []
    for number, entry in enumerate(entries, 1):
        source = entry.rule.source
        if _target(entry.rule) not in _TARGETS or source is None or source.negated or _is_of_a_bridge(entry.rule):
            continue
        if packet.source & source.mask != source.address and _leaves(entry.rule, crossing.out_device):
            return f"{Fitting(_HOOK, number, entry.rule)} is not about it: it comes from {packet.source}"
    return ""


def _is_of_a_bridge(rule: Rule) -> bool:
    return rule.out_device is not None and rule.out_device.negated


def _device(rule: Rule) -> str:
    return str(rule.out_device).removeprefix("! ").removeprefix("-o ")


def _exists(crossing: Crossing, rule: Rule) -> bool:
    return _device(rule).endswith("+") or crossing.netns.link(_device(rule)) is not None


def _target(rule: Rule) -> str:
    return str(rule.target).split(None, 1)[0]


def _leaves(rule: Rule, device: str) -> bool:
    return rule.out_device is None or rule.out_device.fits(device)
