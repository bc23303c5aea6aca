"""Proposals about rules that were to let something through and do not fit it any more.

Where a packet is forwarded after DNAT, `--dport` is the port that it was translated to; the one that it was sent to is
known to its connection (xt_conntrack; Docker's documentation, "Packet filtering and firewalls").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.netfilter.packet import NetContext, PktInfo
from vnetsim.netfilter.rules import Return, Rule, Standard
from vnetsim.netfilter.verdicts import AcceptVerdict
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.filtering import is_engines, program_for, sent_to
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.loss import Loss

_PORT: Final = re.compile(r"-m (?:tcp|udp) --dport (\S+)")
_ORIGINAL: Final = r"-m conntrack --ctorigdstport \1 --ctdir ORIGINAL"


def translated(situation: Situation) -> Iterator[Change]:
    """A rule that allows the port of before the translation, before the one that dropped it in its chain."""
    for loss in situation.diagnosis.lost:
        netns = situation.namespaces.find(loss.event.namespace)
        came = None if netns is None else sent_to(situation, netns, loss.packet)
        is_dropped = (
            loss.reason in (DropReason.NETFILTER_DROP, DropReason.NETFILTER_REJECT) and loss.decider.table == "filter"
        )
        if netns is None or came is None or not is_dropped or is_engines(situation, netns, loss.decider):
            continue
        for number, rule in _before(netns, loss, came):
            line = f"{program_for(came)} -R {loss.decider.chain} {number} {_PORT.sub(_ORIGINAL, str(rule))}"
            text = f"let rule {number} of {loss.decider.chain} match the port of before the translation"
            yield Change((netns.command(line),), text)


def _before(netns: LabNetns, loss: Loss, came: Any) -> Iterator[tuple[int, Rule]]:
    """Rules that would have let the packet through as it came, whatever its devices."""
    chains = netns.network.ruleset(came.source.version).tables["filter"].chains
    end = loss.decider.number - 1 if loss.decider.kind == "rule" else None
    for number, entry in enumerate(chains[loss.decider.chain].entries[:end], 1):
        rule = attrs.evolve(entry.rule, in_device=None, out_device=None)
        is_meant = _lets_through(rule) and _PORT.search(str(rule)) and not any(match.tracks for match in rule.matches)
        if is_meant and all(test(PktInfo(came, NetContext())) for test in rule.tests()):
            yield number, entry.rule


def _lets_through(rule: Rule) -> bool:
    target = rule.target
    return isinstance(target, Return) or (isinstance(target, Standard) and isinstance(target.verdict, AcceptVerdict))
