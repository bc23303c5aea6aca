"""Many generated networks, of which the matrix is held against `ping` and `nc -z` typed pair by pair.

python -m tests.reach.campaign 500 500 500  # so many namespaces, Docker hosts with rules by hand, gateways

Prints every disagreement with the session that shows it, and how many cells were compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.strategies import SearchStrategy

from tests.reach.gateways import Gateway, by_hand, gateways, unasked
from tests.reach.matrix.test_matrix import CALM, changed_hosts, docker_lab, kernel_lab
from tests.reach.typed import disagreements
from vnetsim.lab import Lab
from vnetsim.reach.matrix.matrix import Matrix
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


def main(namespaces: int, hosts: int, routers: int = 0) -> None:
    campaign = Campaign()

    def kernel(scenario: Any) -> None:
        lab = kernel_lab(scenario)
        campaign.compare(lab, Matrix.of(lab, ports=["icmp", "tcp/80"]))

    def docker(drawn: Any) -> None:
        lab = docker_lab(*drawn)
        campaign.compare(lab, Matrix.of(lab))

    def gateway(drawn: Gateway) -> None:
        lab = drawn.lab()
        campaign.compare(lab, Matrix.of(lab, senders=["inet", "www", "r*"]))
        campaign.wrong += len(found := unasked(lab))
        print(*found, sep="\n", end="" if not found else "\n", flush=True)

    run(scenarios(), namespaces, kernel)
    run(st.tuples(changed_hosts(), by_hand()).map(lambda both: (both[0][0], (*both[0][1], *both[1]))), hosts, docker)
    run(gateways(), routers, gateway)
    print(f"{campaign.networks} networks, {campaign.cells} cells, {campaign.wrong} disagreements")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
