"""One pair of each two kinds of machines is probed, and the cells are those of each pair."""

from __future__ import annotations

import pytest

from tests.reach.equivalence.alike import crowd_of_eight
from vnetsim.reach.equivalence.classes import EquivalenceClasses
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing import asking


def test_names_and_published_ports_are_those_of_each_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = crowd_of_eight()
    for line in ("docker run -d --name web -p 8080:80 --network n0 nginx", "docker network connect bridge c3",
                 "iptables -t nat -A PREROUTING -p tcp --dport 81 -j DNAT --to-destination 172.18.0.2:80",
                 "docker exec c2 sh -c 'echo 172.18.0.4 c0 >> /etc/hosts'", "sleep 3"):  # fmt: skip
        assert lab.run(line), line
    monkeypatch.setattr(asking, "_WORTH_CLASSES", 0)
    shared = Matrix.of(lab.fork(), in_place=True, jobs=1)
    assert {cell.by for cell in shared.cells} == {"name", "address"}
    assert any(cell.published for cell in shared.cells)
    monkeypatch.setattr(EquivalenceClasses, "__bool__", lambda _: False)
    assert shared == Matrix.of(lab.fork(), in_place=True, jobs=1)
