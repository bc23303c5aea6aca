"""Filters as values: the command that each is, and which of flower's differ in their masks."""

from __future__ import annotations

import pytest

from vnetsim.operations.tcfilter import ChangeFilter, DeleteFilter, Flower, MatchAll
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import IPv4


@pytest.mark.parametrize("verb", ["add", "change", "replace"])
def test_a_filter_is_the_command_that_was_typed(verb: str) -> None:
    words = "dev v0 ingress matchall action drop"
    operation = ChangeFilter(device="v0", words=words, match=MatchAll(), verb=Verb(verb))
    assert operation.command() == f"tc filter {verb} {words}"
    assert DeleteFilter(device="v0", words="dev v0 ingress").command() == "tc filter del dev v0 ingress"


def test_the_mask_is_the_fields_and_the_lengths_of_networks() -> None:
    one, two = IPv4.parse("10.0.0.0"), IPv4.parse("10.1.0.0")
    assert Flower({"dst_ip": (one, 16)}).mask() == Flower({"dst_ip": (two, 16)}).mask()
    assert Flower({"dst_ip": (one, 16)}).mask() != Flower({"dst_ip": (one, 24)}).mask()
    assert Flower({"dst_ip": (one, 16)}).mask() != Flower({"src_ip": (one, 16)}).mask()
