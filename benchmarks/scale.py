"""A host with many containers: seconds to build it, memory, and what one more container costs.

    python benchmarks/scale.py [--containers N] [--networks N] [--real]

Containers are spread over bridge networks and every tenth publishes a port.  Printed are the seconds and the peak
memory of the whole, the milliseconds of a `docker run` at the beginning and at the end (what grows with the host
shows as their ratio), and of one ping to the last container from one beside it.  With --real, the same `docker run`
on the engine that DOCKER_HOST names, an empty one: it makes and removes one container there.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from vnetsim import Lab
from vnetsim.budget import Budget

_SAMPLE = 20


def peak_mib() -> float:
    """Peak resident memory of this process; 0 where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 -- not on Windows
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def typed(lab: Lab, line: str) -> float:
    """Milliseconds of processor time that a command line takes."""
    began = time.process_time()
    answer = lab.run(line)
    assert answer, f"{line}: {answer.output}"
    return (time.process_time() - began) * 1e3


def build(containers: int, networks: int) -> tuple[Lab, list[float], list[float]]:
    budget = Budget(processes=10 * containers + 1000, devices=4 * containers + 1000)
    lab = Lab.docker_host(docker_flags=["--default-address-pool", "base=10.0.0.0/8,size=24"], budget=budget)
    made = [typed(lab, f"docker network create n{number}") for number in range(networks)]
    runs = []
    for number in range(containers):
        publish = f"-p {20000 + number}:80 " if number % 10 == 0 else ""
        network = f"n{number % networks}" if networks else "bridge"
        runs.append(typed(lab, f"docker run -d --name c{number:04} --network {network} {publish}nginx"))
    return lab, made, runs


def real_run_ms() -> float:
    """One `docker run -d` and its removal on the real engine of DOCKER_HOST."""
    host = os.environ.get("DOCKER_HOST")
    if not host:
        raise SystemExit("scale.py: --real wants DOCKER_HOST to name an engine that may be used")
    began = time.perf_counter()
    subprocess.run(["docker", "run", "-d", "--name", "vnetsim-scale", "nginx"], check=True, capture_output=True)
    took = (time.perf_counter() - began) * 1e3
    subprocess.run(["docker", "rm", "-f", "vnetsim-scale"], check=True, capture_output=True)
    return took


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", type=int, default=1000)
    parser.add_argument("--networks", type=int, default=50)
    parser.add_argument("--real", action="store_true")
    asked = parser.parse_args()
    began = time.perf_counter()
    lab, made, runs = build(asked.containers, asked.networks)
    seconds = time.perf_counter() - began
    print(f"{asked.containers} containers on {asked.networks} networks: {seconds:.1f} s, peak {peak_mib():.0f} MiB")
    print(f"docker network create: first {mean(made[:5]):.1f} ms, last {mean(made[-5:]):.1f} ms")
    first, last = mean(runs[:_SAMPLE]), mean(runs[-_SAMPLE:])
    print(f"docker run: first {first:.1f} ms, last {last:.1f} ms of processor time, ratio {last / first:.1f}")
    networks = lab.docker.container_inspect(f"c{asked.containers - 1:04}")["NetworkSettings"]["Networks"]
    network, endpoint = next(iter(networks.items()))
    typed(lab, f"docker run -d --name neighbour --network {network} alpine sleep 1d")  # nginx has no ping
    took = typed(lab, f"docker exec neighbour ping -c 1 {endpoint['IPAddress']}")
    print(f"ping between two containers: {took:.1f} ms")
    if asked.real:
        print(f"docker run on the real engine, one container: {real_run_ms():.0f} ms of wall clock")


if __name__ == "__main__":
    main()
