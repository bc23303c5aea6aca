"""Drawing scenarios without a test around them: a list of values, the same for the same seed."""

from __future__ import annotations

from typing import Literal, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from vnetsim.strategies.commands import Scenario, scenarios
from vnetsim.strategies.topologies import topologies

_T = TypeVar("_T")


def drawn(count: int, number: int = 0, version: Literal[4, 6] = 4) -> list[Scenario]:
    """`count` scenarios of one family, those of seed `number`."""
    return drawn_from(scenarios(topologies(version)), count, number)


def drawn_from(strategy: st.SearchStrategy[_T], count: int, number: int = 0) -> list[_T]:
    """At most `count` values of a strategy: fewer if it has no more."""
    found: list[_T] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def keep(value: _T) -> None:
        found.append(value)

    keep()
    return found[:count]
