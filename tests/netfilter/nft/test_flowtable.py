"""Flowtables as nft makes, changes, lists and deletes them, as recorded on Linux 6.18; floors: tests/recorded."""

from __future__ import annotations

import json

import attrs

from tests.recorded.floor import FLOOR, judged
from vnetsim.netfilter.nft.operations import NftAddFlowtable, NftDeleteFlowtable

FLOORS: dict[str, int] = json.loads(FLOOR.read_text("utf-8"))


def test_flowtables_are_the_recorded_ones() -> None:
    scenario = "kernel-vm/nft_flowtable_forms"
    assert sum(step.verdict == "same" for step in judged(scenario)) >= FLOORS[scenario]


def test_operations_print_as_commands() -> None:
    made = NftAddFlowtable(family="ip", table="t", name="f", devices=("a", "b"), counter=True)
    assert made.command() == "nft add flowtable ip t f { hook ingress priority 0; devices = { a, b }; counter; }"
    gone = NftDeleteFlowtable(family="ip", table="t", name="f")
    assert gone.command() == "nft delete flowtable ip t f"
    assert attrs.evolve(gone, devices=("a",)).command() == "nft delete flowtable ip t f { devices = { a }; }"
