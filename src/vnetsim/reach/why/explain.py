"""Why a packet arrived, or did not: a sentence, and the story behind it, as `vnetsim why` tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.why.why import why

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


def explain(lab: BaseLab, question: ReachQuestion) -> tuple[str, str]:
    """The question is answered on a copy of the lab; no change is searched for."""
    answer = attrs.evolve(why(lab, question, change=False), failures=())  # the caller reports these
    return answer.sentence, str(answer).strip("\n")
