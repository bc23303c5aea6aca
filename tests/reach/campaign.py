"""Many generated networks, of which the matrix is held against `ping` and `nc -z` typed pair by pair.

python -m tests.reach.campaign 500 500      # so many namespaces, so many Docker hosts

Prints every disagreement with the session that shows it, and how many cells were compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from hypothesis import Phase, given, seed, settings
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.strategies import SearchStrategy

from tests.reach.test_matrix import CALM, changed_hosts, docker_lab, kernel_lab
from tests.reach.typed import disagreements
from vnetsim.lab import Lab
from vnetsim.reach.matrix import Matrix
from vnetsim.strategies import scenarios


class Campaign:
    """Counts, and goes on after a disagreement."""

    def __init__(self) -> None:
        self.networks = self.cells = self.wrong = 0

    def compare(self, lab: Lab, matrix: Matrix) -> None:
        self.networks += 1
        self.cells += len(matrix.cells)
        found = disagreements(lab, matrix)
        if found:
            self.wrong += len(found)
            print(lab.session(), *found, sep="\n", flush=True)
        if self.networks % 50 == 0:
            print(f"{self.networks} networks, {self.cells} cells, {self.wrong} disagreements", flush=True)


def run(strategy: SearchStrategy[Any], count: int, check: Callable[[Any], None]) -> None:
    if not count:
        return
    plain = settings(CALM, max_examples=count, phases=[Phase.generate], database=InMemoryExampleDatabase())
    seed(20260101)(plain(given(strategy)(check)))()


def main(namespaces: int, hosts: int) -> None:
    campaign = Campaign()

    def kernel(scenario: Any) -> None:
        lab = kernel_lab(scenario)
        campaign.compare(lab, Matrix.of(lab, ports=["icmp", "tcp/80"]))

    def docker(drawn: Any) -> None:
        lab = docker_lab(*drawn)
        campaign.compare(lab, Matrix.of(lab))

    run(scenarios(), namespaces, kernel)
    run(changed_hosts(), hosts, docker)
    print(f"{campaign.networks} networks, {campaign.cells} cells, {campaign.wrong} disagreements")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
