"""How long a matrix takes: N containers on M networks, all pairs, one port.  python benchmarks/reach.py [N] [M] [PORT]

By one process and by one for each core, and beside it, in the same run, what one `nc -z` typed at the same lab takes:
the matrix shares nothing but the start of the programs, so it should cost much less than as many of those.
"""

from __future__ import annotations

import os
import sys
import time

from vnetsim import Lab
from vnetsim.reach.forks.workers import cores
from vnetsim.reach.matrix.matrix import Matrix

_TYPED = 40


def build(containers: int, networks: int) -> Lab:
    lab = Lab()
    for number in range(networks):
        assert lab.run(f"docker network create --subnet 10.{number}.0.0/16 n{number}")  # the default pools have 31
    for number in range(containers):
        assert lab.run(f"docker run -d --name c{number} --network n{number % networks} nginx")
    return lab


def used() -> float:
    """Seconds of processor time, those of the processes that were started and are over included."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def typed_seconds(lab: Lab, containers: int) -> float:
    """Seconds of processor time that one `nc -z` between two containers takes, typed."""
    target = lab.docker.container_inspect("c1")["NetworkSettings"]["Networks"]["n1"]["IPAddress"]
    began = used()
    for number in range(_TYPED):
        lab.run(f"docker exec c{number % containers} nc -z -w 1 {target} 80")
    return (used() - began) / _TYPED


def matrix_seconds(lab: Lab, port: str, *, names: bool, jobs: int) -> tuple[float, int]:
    """Seconds of processor time for the matrix of all containers, and how many pairs it has."""
    began = used()
    matrix = Matrix.of(lab, ports=[port], names=names, in_place=True, senders=["c*"], receivers=["c*"], jobs=jobs)
    return used() - began, len(matrix.cells)


def main(containers: int, networks: int, port: str) -> None:
    began = used()
    lab = build(containers, networks)
    print(f"{containers} containers on {networks} networks built in {used() - began:.1f} s of processor time")
    target = lab.docker.container_inspect("c1")["NetworkSettings"]["Networks"]["n1"]["IPAddress"]
    began = used()
    for number in range(_TYPED):
        lab.run(f"docker exec c{number % containers} nc -z -w 1 {target} {port.partition('/')[2] or 80}")
    typed = (used() - began) / _TYPED
    for names, jobs in ((True, cores()), (False, cores()), (False, 1)):
        clock, began = time.perf_counter(), used()
        matrix = Matrix.of(lab, ports=[port], names=names, in_place=True, senders=["c*"], receivers=["c*"], jobs=jobs)
        took, passed = used() - began, time.perf_counter() - clock
        reached = sum(cell.reached for cell in matrix.cells)
        print(
            f"{len(matrix.cells)} probes{' and as many names' if names else ''}, {reached} arrive, {jobs} processes: "
            f"{passed:.1f} s, {took:.1f} s of processor time, {1000 * took / len(matrix.cells):.2f} ms each, "
            f"beside {1000 * typed:.1f} ms for one `nc -z`"
        )


if __name__ == "__main__":
    words = [*sys.argv[1:], *("200", "10", "tcp/80")[len(sys.argv) - 1 :]]
    main(int(words[0]), int(words[1]), words[2])
