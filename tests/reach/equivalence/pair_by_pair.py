"""The matrix that shares walks, against each of its probes alone: on a copy of the lab that nobody else has probed.

    PYTHONPATH=src:. python -m tests.reach.equivalence.pair_by_pair LABS [SEED]

Compared are the answers of the matrix (outcome, words, and where it tells so the place of arrival) with those of the
probes alone; and in each orbit the walks: each namespace, device, hook, table, verdict and reason to be dropped that
the request and its replies met, with the names of the ends exchanged.  Names are compared with each one resolved.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.reach.equivalence.crowds import Crowd, crowds
from vnetsim.lab import Lab
from vnetsim.process import Resolved
from vnetsim.reach.endpoints.endpoints import Endpoint, network_of
from vnetsim.reach.equivalence.classes import EquivalenceClasses
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing import asking
from vnetsim.reach.probing.asking import Asker
from vnetsim.reach.probing.probes import ask
from vnetsim.reach.probing.single import answer_of, question_of
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.trace import Delivered, Dropped, Filtered, Routed
from vnetsim.wire.inet import parse_address

#: One a lab, in turn.
PORTS: Final = ("icmp", "tcp/80", "udp/53")
#: Changes by which a probe is lost or not by the random port of its client.
BY_CHANCE: Final = ("sport", "30000:45000")
#: Names and addresses, but for the first address of a range.
_WORD: Final = re.compile(r"[\w.:-]+(?![\w.:-])(?!/(?!32\b|128\b))")
#: Rules for single addresses may stand in any order.
_NUMBER: Final = re.compile(r" rule \d+")
Step: TypeAlias = tuple[str, ...]


@attrs.frozen
class Fate:
    """What became of a probe alone, and the walk of its packets."""

    answer: Answer
    walk: tuple[Step, ...]


def fate(lab: Lab, request: ProbeRequest, arrivals: Any) -> Fate:
    verdict = ask(lab, question_of(request), watch=True, settle=True)
    packets = [*verdict.packets, *(made.packet for made in verdict.replies())]
    steps = (_step(event) for packet in packets for event in verdict.journey(packet))
    return Fate(answer_of(verdict, arrivals()), tuple(steps))


def _step(event: Any) -> Step:
    here = type(event).__name__, event.namespace, event.device
    match event:
        case Filtered():
            return *here, event.table, event.hook, event.verdict, *(_NUMBER.sub("", str(hit)) for hit in event.hits)
        case Dropped():
            return *here, event.reason.value, _NUMBER.sub("", event.detail)
        case Routed():
            return *here, event.text
        case Delivered():
            return *here, event.to if event.to.startswith(("tcp", "udp")) else ""
    return here


@attrs.define
class Comparison:
    """Differences in one lab, as text; `shared` probes were not sent."""

    cells: int = 0
    requests: int = 0
    shared: int = 0
    differences: list[str] = attrs.field(factory=list)


def compare(lab: Lab, ports: Sequence[str] = PORTS) -> Comparison:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "_WORTH_CLASSES", 0)
        matrix = Matrix.of(lab.fork(), ports=ports, names=False, in_place=True, jobs=1)
        found = Comparison(cells=len(matrix.cells))
        answers = {
            ProbeRequest(cell.source, parse_address(cell.address), cell.probe): cell.answer for cell in matrix.cells
        }
        found.requests = len(answers)
        asker = Asker(lab.fork(), in_place=True, jobs=1)
        alone = dict(zip(answers, asker.on_copies(partial(fate, arrivals=asker.arrivals), list(answers)), strict=True))
        found.differences += _unlike(answers, alone)
        _compare_orbits(asker, alone, found)
        _compare_names(lab, patch, found)
    return found


def _unlike(answers: Mapping[ProbeRequest, Answer], alone: Mapping[ProbeRequest, Fate]) -> list[str]:
    found = []
    for request, answer in answers.items():
        real = alone[request].answer
        if answer.arrival is None:
            real = attrs.evolve(real, arrival=None)
        if answer != real:
            found.append(f"answer {request.sender} {request.address} {request.probe}: {answer}, alone {real}")
    return found


def _compare_orbits(asker: Asker, alone: Mapping[ProbeRequest, Fate], found: Comparison) -> None:
    """The walks of an orbit are one walk."""
    first: dict[object, tuple[ProbeRequest, tuple[Step, ...]]] = {}
    for request, real in alone.items() if asker.classes else ():
        orbit = asker.classes.orbit(request.sender, request.address), request.probe
        walk = _renamed(asker, request, real.walk)
        known, other = first.setdefault(orbit, (request, walk))
        found.shared += known is not request
        if walk != other:
            found.differences.append(
                f"walk {request.sender} {request.address} {request.probe}: {_first(walk, other)},"
                f" of {known.sender} {known.address}: {_first(other, walk)}"
            )


def _first(walk: tuple[Step, ...], other: tuple[Step, ...]) -> Step | None:
    """The first step that is not that of another walk."""
    return next((step for place, step in enumerate(walk) if step != (*other, *walk)[place : place + 1][0]), None)


def _renamed(asker: Asker, request: ProbeRequest, walk: tuple[Step, ...]) -> tuple[Step, ...]:
    """With what belongs to the sender and the destination named after them."""
    names: dict[str, str] = {}
    for role, member in zip("sd", asker.classes.ends(request.sender, request.address), strict=True):
        if member is not None:
            names = _names(asker.lab, member.endpoint, role) | names
    return tuple(tuple(_WORD.sub(lambda word: names.get(word[0], word[0]), text) for text in step) for step in walk)


def _names(lab: Any, endpoint: Endpoint, role: str) -> dict[str, str]:
    network: Any = network_of(lab, endpoint)
    found = {lab.label_of(network): role}
    addresses = [entry.address for entry in network.addresses() if not entry.address.is_loopback]
    found.update((str(address), f"{role}{place}") for place, address in enumerate(addresses))
    for place, device in enumerate(network.namespace.devices()):
        peer = device.peer
        if device.kind == "veth" and peer is not None:
            found.update({peer.name: f"{role}-cable{place}", str(peer.mac): f"{role}-far{place}"})
            found[str(device.mac)] = f"{role}-mac{place}"
    return found


def _compare_names(lab: Lab, patch: pytest.MonkeyPatch, found: Comparison) -> None:
    shared = meanings(lab)
    patch.setattr(EquivalenceClasses, "__bool__", lambda _: False)
    for key, answer in meanings(lab).items():
        if shared[key] != answer:
            found.differences.append(f"name {key}: {shared[key]}, resolved {answer}")


def meanings(lab: Lab) -> dict[tuple[Endpoint, str], Resolved]:
    """What every container's name means to everybody; several addresses of one family come in a random order."""
    asker = Asker(lab.fork(), in_place=True, jobs=1)
    names = [one.name for one in asker.running if one.kind == "container"]
    return {key: in_order(answer) for key, answer in asker.meanings(dict.fromkeys(asker.senders, names)).items()}


def in_order(answer: Resolved) -> Resolved:
    addresses = answer.addresses
    several = len({address.version for address in addresses}) < len(addresses)
    return Resolved(tuple(sorted(addresses)) if several else addresses, answer.error, answer.zone)


def main(labs: int, number: int) -> int:
    """Print each difference with its lab, and the sums."""
    total: Counter[str] = Counter()

    @seed(number)
    @settings(max_examples=labs, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(crowds(max_members=4))
    def compare_all(crowd: Crowd) -> None:
        if any(word in change.text for change in crowd.changes for word in BY_CHANCE):
            return
        lab = crowd.lab()
        found = compare(lab, [PORTS[total["labs"] % len(PORTS)]])
        total.update(labs=1, cells=found.cells, requests=found.requests, shared=found.shared)
        total.update(labs_shared=bool(found.shared), differences=len(found.differences))
        if not total["labs"] % 10:
            print(dict(total), flush=True)
        for difference in found.differences[:4]:
            print(difference)
        if found.differences:
            print(
                "   ",
                *crowd.setup[:9],
                *(f"# {crowd.line(lab, change)}" for change in crowd.changes),
                sep="; ",
                flush=True,
            )

    compare_all()
    print(dict(total))
    return int(bool(total["differences"]))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
