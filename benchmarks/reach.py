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


def made(lab: Lab, port: str, *, names: bool, jobs: int) -> Matrix:
    """The matrix of all containers, on a copy: the lab is as it was for whoever measures after this."""
    return Matrix.of(lab, ports=[port], names=names, senders=["c*"], receivers=["c*"], jobs=jobs)


def matrix_seconds(lab: Lab, port: str, *, names: bool, jobs: int) -> tuple[float, Matrix]:
    """Seconds of processor time for it."""
    began = used()
    matrix = made(lab, port, names=names, jobs=jobs)
    return used() - began, matrix


def main(containers: int, networks: int, port: str) -> None:
    began = used()
    lab = build(containers, networks)
    print(f"{containers} containers on {networks} networks built in {used() - began:.1f} s of processor time")
    rows = []
    for names, jobs in ((True, cores()), (False, cores()), (False, 1)):
        clock = time.perf_counter()
        took, matrix = matrix_seconds(lab, port, names=names, jobs=jobs)
        rows.append((names, jobs, time.perf_counter() - clock, took, matrix))
    typed = typed_seconds(lab, containers)
    for names, jobs, passed, took, matrix in rows:
        cells = len(matrix.cells)
        print(
            f"{cells} probes{' and as many names' if names else ''}, {sum(cell.reached for cell in matrix.cells)} "
            f"arrive, {jobs} processes: {passed:.1f} s, {took:.1f} s of processor time, "
            f"{1000 * took / cells:.2f} ms each, beside {1000 * typed:.1f} ms for one `nc -z`"
        )


if __name__ == "__main__":
    words = [*sys.argv[1:], *("200", "10", "tcp/80")[len(sys.argv) - 1 :]]
    main(int(words[0]), int(words[1]), words[2])
