"""`why` without ends: which packets of the latest command line were lost, and where."""

from __future__ import annotations

from collections.abc import Iterable

from vnetsim.trace import Event
from vnetsim.views.story import ending, journeys, losses, nothing_sent, story, unanswered, waiting


def lost_packets(events: Iterable[Event], *, verbose: bool) -> str:
    """A line for each packet that did not arrive, or (`verbose`) its path; empty if none was lost."""
    events = list(events)
    texts: dict[str, None] = {}
    paths = journeys(events)
    for lost in losses(events):
        path = paths[lost.packet]
        texts[story(path, lost.packet) if verbose else ending(path, lost.packet)] = None
    for held in waiting(events):
        question = "neighbour solicitations" if ":" in held.hop else "ARP"
        text = f"{held.namespace}, {held.device}: nobody has answered {question} yet ({held.hop})"
        texts[story(paths[held.packet], held.packet) if verbose else text] = None
    for packet, text in unanswered(events).items():
        texts[f"{story(paths[packet], packet)}\n{text}" if verbose else text] = None
    return "".join(f"{text}\n" for text in texts)


def no_loss(events: Iterable[Event]) -> str:
    """Why there is nothing to report."""
    if nothing_sent(list(events)):
        return "no packet was sent, so none was lost; what the command printed is the reason"
    return "no packet was lost"
