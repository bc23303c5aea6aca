"""Each figure of the table that `python -m benchmarks` prints: what is measured, beside what, and the goal.

A figure is a function of the options that gives its values; the table runs each in a process of its own, so that
memory and caches of one do not change another.  Times of programs are those of the processor, times in which somebody
waits for a process to start are of the wall clock.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import attrs

from benchmarks import hop, nat, peers, reach, scale
from vnetsim import Lab
from vnetsim.reports.matrix import presented


@attrs.frozen
class Options:
    """The Pythons that have ns-3 and ns.py, and PyPy with vnetsim; None for those that are not to be asked."""

    ns3: str | None = None
    nspy: str | None = None
    pypy: str | None = None


@attrs.frozen
class Value:
    """A figure: ours in `unit`, the peer's in the same, and what must be at most `goal` (ours, or the ratio)."""

    name: str
    ours: float
    unit: str
    goal: float | None = None
    peer: str = ""
    theirs: float | None = None
    #: Whether the goal is one for ours / theirs.
    by_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        return None if self.theirs is None else self.ours / self.theirs

    @property
    def met(self) -> bool | None:
        """None where there is no goal, or no peer to hold it against."""
        judged = self.ratio if self.by_ratio else self.ours
        return None if judged is None or self.goal is None else judged <= self.goal


def containers(_options: Options) -> Iterable[Value]:
    began = time.process_time()
    _lab, _made, runs = scale.build(1000, 50)
    engine = peers.engine_run_seconds()
    yield Value("1,000 containers on 50 networks", time.process_time() - began, "s", 2,
                "real engine", None if engine is None else 1000 * engine)  # fmt: skip
    yield Value("docker run: last 20 / first 20 of 1,000", scale.mean(runs[-20:]), "ms", 1.1,
                "first 20", scale.mean(runs[:20]), by_ratio=True)  # fmt: skip
    yield Value("1,000 containers: peak memory", scale.peak_mib(), "MiB")


def many_containers(_options: Options) -> Iterable[Value]:
    began = time.process_time()
    scale.build(1000, 50)
    thousand = time.process_time() - began
    began = time.process_time()
    scale.build(10_000, 500)
    took = time.process_time() - began
    yield Value("10,000 containers on 500 networks", took, "s", 12, "1,000 on 50", thousand, by_ratio=True)
    yield Value("10,000 containers: peak memory", scale.peak_mib(), "MiB", 500)


def docker_run(_options: Options) -> Iterable[Value]:
    _lab, _made, runs = scale.build(40, 1)
    engine = peers.engine_run_seconds()
    yield Value("docker run in a small lab", statistics.median(runs), "ms", 1,
                "real engine", None if engine is None else 1000 * engine)  # fmt: skip


def link_hop(options: Options) -> Iterable[Value]:
    lab, one, other = hop.topology()
    hop.hop_us(lab, one, other, 1_000)
    rounds = [(hop.hop_us(lab, one, other, 20_000), hop.bare_event_us(80_000)) for _ in range(7)]
    ours, event = (statistics.median(column) for column in zip(*rounds, strict=True))
    yield Value("bridged link hop / bare SimPy event", ours, "us", 1.5, "SimPy event", event, by_ratio=True)
    ns3 = peers.ns3_hop_us(options.ns3, 20_000, hop.PORTS)
    yield Value("bridged link hop / ns-3's (C++)", ours, "us", 0.2, "ns-3", ns3, by_ratio=True)
    yield Value("bridged link hop / ns.py's wire", ours, "us", 1, "ns.py", peers.nspy_hop_us(options.nspy, 20_000),
                by_ratio=True)  # fmt: skip


def pypy_hop(options: Options) -> Iterable[Value]:
    script = "from benchmarks import hop; t = hop.topology(); hop.hop_us(*t, 100_000); print(hop.hop_us(*t, 200_000))"
    ran = options.pypy and subprocess.run([options.pypy, "-c", script], check=True, capture_output=True, text=True)
    if ran:
        ns3 = peers.ns3_hop_us(options.ns3, 20_000, hop.PORTS)
        yield Value("PyPy: bridged link hop / ns-3's (C++)", float(ran.stdout), "us", 0.1, "ns-3", ns3, by_ratio=True)


def nat_hops(_options: Options) -> Iterable[Value]:
    plain_lab, one, other = hop.topology()
    lab, container, lan = nat.topology()
    into = nat.Echoes(lan, container, nat.HOST, nat.PUBLISHED, nat.SERVICE)
    hop.hop_us(plain_lab, one, other, 500)
    for fresh, name, goal in (
        (False, "established flow through Docker's NAT / plain hop", 1.3),
        (True, "new connection through Docker's rules / plain hop", 5.0),
    ):
        into.hop_us(lab, 500, fresh=fresh)
        count = 500 if fresh else 5_000
        rounds = [(into.hop_us(lab, count, fresh=fresh), hop.hop_us(plain_lab, one, other, 5_000)) for _ in range(7)]
        ours, plain = (statistics.median(column) for column in zip(*rounds, strict=True))
        yield Value(name, ours, "us", goal, "plain hop", plain, by_ratio=True)


def matrix(_options: Options) -> Iterable[Value]:
    """On a lab that was built and is as it was, as `Matrix.of(lab)` and `vnetsim reach` find it."""
    lab = reach.build(200, 10)
    found = [reach.matrix_seconds(lab, "tcp/80", names=names, jobs=1) for names in (False, True)]
    typed = reach.typed_seconds(lab, 200)
    for (seconds, each), goal, label in zip(found, (1.0, 2.0), ("", ", with names"), strict=True):
        yield Value(
            f"matrix of 200 containers on 10 networks{label}", seconds, "s", goal,
            "nc -z for each pair", typed * len(each.cells),
        )  # fmt: skip


def million_pairs(_options: Options) -> Iterable[Value]:
    lab = reach.build(1000, 50)
    seconds, matrix = reach.matrix_seconds(lab, "tcp/80", names=False, jobs=1)
    yield Value(f"matrix of 1,000 containers, {len(matrix.cells):,} pairs", seconds, "s", 5)
    began = time.process_time()
    assert not any(cell.is_unknown for cell in matrix.cells)
    yield Value("the same, each cell looked at", time.process_time() - began, "s")
    before, began = scale.peak_mib(), time.process_time()
    with Path(os.devnull).open("w", encoding="utf-8") as out:
        out.writelines(presented(matrix, "json"))
    yield Value("the same, written as JSON", time.process_time() - began, "s")
    yield Value("the same, memory for that", scale.peak_mib() - before, "MiB")


_BROKEN: Final = (
    (["docker network create app", "docker run -d --name db -e POSTGRES_PASSWORD=secret postgres",
      "docker run -d --name web --network app alpine sleep infinity"], "web", "db:5432"),
    (["ip netns add a", "ip link add v0 type veth peer name eth0 netns a", "ip addr add 10.0.0.1/24 dev v0",
      "ip link set v0 up", "ip -n a addr add 10.0.0.2/24 dev eth0"], "host", "10.0.0.2"),
    (["docker run -d --name web -p 8080:80 nginx", "iptables -I DOCKER-USER -p tcp -j DROP"], "lan", "host:8080"),
    ([f"docker run -d --name c{number} nginx" for number in range(40)] + ["iptables -I DOCKER-USER -j ACCEPT",
      "docker network create app", "docker run -d --name far --network app nginx"], "c1", "far:80"),
)  # fmt: skip


def why(_options: Options) -> Iterable[Value]:
    times = []
    for commands, sender, target in _BROKEN:
        lab = Lab.docker_host()
        for line in commands:
            assert lab.run(line), line
        began = reach.used()
        lab.why(sender, target)
        times.append(reach.used() - began)
    yield Value(f"why, median of {len(times)} labs", statistics.median(times), "s", 0.3)
    yield Value(f"why, slowest of {len(times)} labs", max(times), "s", 1)


_PROPERTY: Final = """
from hypothesis import given, settings, strategies as st
from vnetsim import Lab
from vnetsim.reports.matrix import presented
SETUP = ("docker network create --internal backend", "docker network create front",
         "docker run -d --name db --network backend alpine sleep infinity",
         "docker run -d --name web --network front alpine sleep infinity")
CHANGES = ("docker network connect bridge web", "docker network disconnect front web", "docker restart db",
           "iptables -P FORWARD ACCEPT")

@settings(max_examples=30, deadline=None, database=None)
@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6))
def never(changes):
    lab = Lab()
    for line in SETUP:
        assert lab.run(line)
    for line in changes:
        lab.run(line)
    address = lab.docker.container_inspect("db")["NetworkSettings"]["Networks"]["backend"]["IPAddress"]
    assert not lab.run(f"docker exec web ping -c 1 -W 1 {address}")

never()
"""


def python_seconds(*argv: str) -> float:
    """Wall-clock seconds of a Python process that keeps its byte code, as an installed one does: median of five."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return statistics.median(
        _wall(lambda: subprocess.run([sys.executable, *argv], check=True, capture_output=True, env=environment))
        for _ in range(5)
    )


def _wall(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def starting(_options: Options) -> Iterable[Value]:
    bare = python_seconds("-c", "")
    yield Value(
        "from vnetsim import Lab", python_seconds("-c", "from vnetsim import Lab"), "s", 0.1, "python -c ''", bare
    )
    yield Value("tutorial, process start included", python_seconds("-m", "vnetsim", "tutorial", "--quiet"), "s", 0.5,
                "python -c ''", bare)  # fmt: skip
    yield Value("property over 30 examples", python_seconds("-c", _PROPERTY), "s", 3, "python -c ''", bare)


def built_networks(_options: Options) -> Iterable[Value]:
    commands = hop.commands()
    lab = Lab(docker=False)
    ours = _wall(lambda: [lab.run(line) for line in commands])
    yield Value(f"{len(commands)} commands: a bridge and its hosts", ours, "s", None, "real kernel",
                peers.kernel_seconds(commands))  # fmt: skip
    yield Value("a bridge with 6 hosts", ours, "s", None, "Mininet", peers.mininet_seconds(hop.PORTS))


FIGURES: Final[dict[str, Callable[[Options], Iterable[Value]]]] = {
    "hop": link_hop, "nat": nat_hops, "docker-run": docker_run, "containers": containers, "matrix": matrix, "why": why,
    "starting": starting, "built": built_networks, "pypy": pypy_hop, "million-pairs": million_pairs,
    "10000-containers": many_containers,
}  # fmt: skip
#: Those that take minutes, and are measured if they are named or by --all.
LONG: Final = frozenset(("million-pairs", "10000-containers"))
CORES: Final = os.cpu_count() or 1
