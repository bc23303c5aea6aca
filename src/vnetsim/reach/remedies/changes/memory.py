"""Proposals about what a host remembers: a flow that is translated as it was when it began, whatever the rules are now.

Rules of the nat table are evaluated for the first packet of a flow only (conntrack(8)); a deleted flow is new again.
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.reach.diagnosis.bypassed import stale
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.wire.inet import Address


def entries(situation: Situation) -> Iterator[Change]:
    """Forget a translation that no rule made of this packet."""
    for crossing, each in stale(situation.namespaces, situation.diagnosis.verdict):
        flow, kind = each.entry.original, situation.question.probe.protocol
        line = (
            f"conntrack -D{_family(flow.source)} -p {kind} -s {flow.source} -d {flow.destination} "
            f"--sport {flow.source_port} --dport {flow.destination_port}"
        )
        text = f"let {crossing.netns.label} forget how this flow was translated when it began"
        yield Change((crossing.netns.command(line),), text)


def _family(address: Address) -> str:
    return " -f ipv6" if address.version == 6 else ""
