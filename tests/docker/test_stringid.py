"""Names that chance gives."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.docker.libnetwork.netutils import interface_name, mac_address
from vnetsim.docker.namesgenerator import container_name
from vnetsim.docker.stringid import new_id, short


@given(st.integers())
def test_the_shape_of_names(seed: int) -> None:
    chance = random.Random(seed)
    made = new_id(chance)
    assert re.fullmatch(r"[0-9a-f]{64}", made)
    assert not short(made).isdigit()
    assert re.fullmatch(r"veth[0-9a-f]{7}", interface_name(chance, lambda _: False))
    assert re.fullmatch(r"[a-z]+_[a-z]+", container_name(chance, lambda _: False))
    mac = mac_address(chance)
    assert mac >> 40 & 0b11 == 0b10, "locally administered and no group"


def test_the_same_seed_gives_the_same_names() -> None:
    assert new_id(random.Random(1)) == new_id(random.Random(1))


def test_names_that_are_taken_are_not_given() -> None:
    chance = random.Random(0)
    first = interface_name(random.Random(0), lambda _: False)
    assert interface_name(chance, lambda name: name == first) != first
    taken: set[str] = set()
    for _ in range(2000):
        name = container_name(chance, taken.__contains__)
        assert name not in taken
        taken.add(name)
    assert any(name[-1].isdigit() for name in taken)
