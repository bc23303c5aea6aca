"""The story of packets in words, from a trace."""

from __future__ import annotations

from collections.abc import Iterable

from vnetsim.clock import MILLISECOND
from vnetsim.trace import Dropped, Event, Filtered, Waiting


def story(events: Iterable[Event], packet: int) -> str:
    """What happened to one packet, a line an event: time in milliseconds, namespace, words."""
    own = [event for event in events if event.packet == packet]
    width = max((len(event.namespace) for event in own), default=0)
    return "\n".join(f"{event.at / MILLISECOND:12.3f} ms  {event.namespace:<{width}}  {event}" for event in own)


def losses(events: Iterable[Event]) -> list[Dropped]:
    """The packets that ended without arriving, in order."""
    return [event for event in events if isinstance(event, Dropped)]


def ending(events: Iterable[Event], packet: int) -> str:
    """Why a packet did not arrive, in one sentence: where, and the rule, route or neighbour that ended it.

    "" if nothing is known to have ended it.
    """
    own = [event for event in events if event.packet == packet]
    lost = next((event for event in reversed(own) if isinstance(event, Dropped)), None)
    if lost is None:
        return ""
    place = f"{lost.namespace}, {lost.device}" if lost.device else lost.namespace
    return f"{place}: {lost.reason.value}{_decider(own, lost)}"


def waiting(events: Iterable[Event]) -> list[Waiting]:
    """The packets of which nothing more is known than that they wait for a neighbour's address."""
    latest: dict[int, Event] = {}
    for event in events:
        latest[event.packet] = event
    return [event for event in latest.values() if isinstance(event, Waiting)]


def _decider(own: list[Event], lost: Dropped) -> str:
    """The hook, chain and rule, or whose address was not known."""
    before = [event for event in own if event.at <= lost.at]
    filtered = next((e for e in reversed(before) if isinstance(e, Filtered) and e.verdict != "ACCEPT"), None)
    if filtered is not None:
        rule = f", {filtered.hits[-1]}" if filtered.hits else ", by its policy"
        return f" ({filtered.table} {filtered.hook}{rule})"
    waiting = next((e for e in reversed(before) if isinstance(e, Waiting)), None)
    if waiting is not None and "ARP" in lost.reason.value:
        return f" ({waiting.hop})"
    return f" ({lost.detail})" if lost.detail else ""
