"""Proposals about what a host remembers: a flow that is translated as it was when it began, whatever the rules say now.

Rules of the nat table are asked by the first packet of a flow only (conntrack(8)); what is deleted is asked anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.reach.changes.situation import Change, Situation
from vnetsim.reach.crossing import crossings
from vnetsim.reach.flows import remembered
from vnetsim.trace import Filtered
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import Tcp


def entries(situation: Situation) -> Iterator[Change]:
    """Forget a translation that no rule made of this packet."""
    probe = situation.question.probe
    if not probe.source_port or probe.established:
        return
    for crossing in crossings(situation.places, situation.diagnosis.verdict, ended=True):
        asked = any(isinstance(event, Filtered) and event.table == "nat" for event in crossing.events)
        for each in () if asked else remembered(crossing):
            flow, kind = each.entry.original, "tcp" if isinstance(crossing.came.payload, Tcp) else "udp"
            if each.translated and kind == probe.protocol:
                line = (
                    f"conntrack -D{_family(flow.source)} -p {kind} -s {flow.source} -d {flow.destination} "
                    f"--sport {flow.source_port} --dport {flow.destination_port}"
                )
                words = f"let {crossing.place.label} forget how this flow was translated when it began"
                yield Change((crossing.place.command(line),), words)


def _family(address: Address) -> str:
    return " -f ipv6" if address.version == 6 else ""
