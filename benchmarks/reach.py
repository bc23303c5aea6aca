"""How long a matrix takes: N containers on M networks, all pairs, one port.  python benchmarks/reach.py [N] [M] [PORT]

Beside it, in the same run, what one `nc -z` typed at the same lab takes: the matrix shares nothing but the start of
the programs, so it should cost much less than as many of those.
"""

from __future__ import annotations

import sys
import time

from vnetsim import Lab
from vnetsim.reach.matrix import Matrix

_TYPED = 40


def build(containers: int, networks: int) -> Lab:
    lab = Lab()
    for number in range(networks):
        assert lab.run(f"docker network create n{number}")
    for number in range(containers):
        assert lab.run(f"docker run -d --name c{number} --network n{number % networks} nginx")
    return lab


def main(containers: int = 200, networks: int = 10, port: str = "tcp/80") -> None:
    began = time.process_time()
    lab = build(containers, networks)
    built = time.process_time()
    print(f"{containers} containers on {networks} networks built in {built - began:.1f} s of processor time")
    target = lab.docker.container_inspect("c1")["NetworkSettings"]["Networks"]["n1"]["IPAddress"]
    for number in range(_TYPED):
        lab.run(f"docker exec c{number % containers} nc -z -w 1 {target} {port.partition('/')[2] or 80}")
    typed = (time.process_time() - built) / _TYPED
    for names in (True, False):  # the last one asks the lab itself
        began = time.process_time()
        matrix = Matrix.of(lab, ports=[port], names=names, in_place=not names, senders=["c*"], receivers=["c*"])
        took = time.process_time() - began
        reached = sum(cell.reached for cell in matrix.cells)
        print(
            f"{len(matrix.cells)} probes{' and as many names' if names else ''}, {reached} arrive: {took:.1f} s, "
            f"{1000 * took / len(matrix.cells):.2f} ms each, beside {1000 * typed:.1f} ms for one `nc -z`"
        )


if __name__ == "__main__":
    words = sys.argv[1:]
    main(*(int(word) for word in words[:2]), *words[2:3])  # type: ignore[arg-type]
