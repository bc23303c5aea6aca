"""Why a packet arrived, or did not: a sentence, and the story behind it, as `vnetsim why` tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.why.why import why

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


def explain(lab: BaseLab, question: ReachQuestion) -> tuple[str, str]:
    """Asked on a copy of the lab; no change is looked for."""
    answer = attrs.evolve(why(lab, question, change=False), failures=())  # whoever asks for it tells of these
    return answer.sentence, str(answer).strip("\n")
