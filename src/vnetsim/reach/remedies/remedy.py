"""A remedy: commands that were typed on a copy of the lab and turned the verdict there, and what else they change."""

from __future__ import annotations

from typing import Any

import attrs

from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.remedies.effects import Effect, Scope
from vnetsim.values import frozen


@frozen(kw_only=True)
class Remedy:
    """`commands` are typed on the host, in order; `description` is what they do.

    `effects` are the pairs and ports that they change besides the one of the question, as far as `scope` was
    compared.  `question` is how the destination is reached afterwards, None for the question as it was.
    """

    commands: tuple[str, ...]
    description: str
    effects: tuple[Effect, ...]
    scope: Scope
    question: ReachQuestion | None = None

    @property
    def opens(self) -> tuple[Effect, ...]:
        return tuple(each for each in self.effects if each.opens)

    @property
    def closes(self) -> tuple[Effect, ...]:
        return tuple(each for each in self.effects if not each.opens)

    def json(self) -> dict[str, Any]:
        question = self.question
        return {
            "words": self.description, "commands": list(self.commands),
            "ask": None if question is None else {"from": str(question.sender), "to": str(question.target),
                                               "probe": str(question.probe)},
            "effects": [attrs.asdict(each) for each in self.effects],
            "compared": {"sources": self.scope.sources, "destinations": self.scope.destinations,
                         "ends": self.scope.ends, "pairs_and_ports": self.scope.cells,
                         "added": list(self.scope.added), "caveat": self.scope.caveat or None},
        }  # fmt: skip


@frozen(kw_only=True)
class Refused:
    """A change that was tried and is not proposed, and why not."""

    description: str
    reason: str

    def json(self) -> dict[str, Any]:
        return {"words": self.description, "reason": self.reason}


@frozen(kw_only=True)
class Hint:
    """Another question, which is answered without any change: that may be what was meant."""

    description: str
    question: ReachQuestion

    def json(self) -> dict[str, Any]:
        question = self.question
        return {
            "words": self.description,
            "from": str(question.sender),
            "to": str(question.target),
            "probe": str(question.probe),
        }


@frozen(kw_only=True)
class Findings:
    """What a search came to: the remedies, the best first; hints; and what was tried in vain or refused."""

    remedies: tuple[Remedy, ...] = ()
    hints: tuple[Hint, ...] = ()
    refused: tuple[Refused, ...] = ()
    tried: int = 0
