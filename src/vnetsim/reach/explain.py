"""Why a packet arrived, or did not: a sentence, and the story behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.reach.endpoints import Question
from vnetsim.reach.probes import ask
from vnetsim.views.story import ending, story

if TYPE_CHECKING:
    from vnetsim.lab import Lab


def explain(lab: Lab, question: Question) -> tuple[str, str]:
    """Ask it of a lab that nobody needs any more."""
    verdict = ask(lab, question, watch=True)
    request = verdict.request
    if request is None:
        return verdict.words or verdict.outcome.value, ""
    told = story(verdict.events, request)
    if verdict:
        return f"{question} is {verdict.outcome.value}", told
    ends = [ending(verdict.events, packet) for packet in (request, verdict.reply) if packet is not None]
    return next(filter(None, ends), verdict.words or verdict.outcome.value), told
