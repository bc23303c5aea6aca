"""Frames of the spanning tree in rules of ebtables, as recorded on Linux 6.18; floors: tests/recorded."""

from __future__ import annotations

import json

import pytest

from tests.netfilter.ebtables import bridged_frames as frames
from tests.recorded.floor import FLOOR, judged
from vnetsim.netfilter.ebtables.errors import EbtablesRefusal
from vnetsim.netfilter.ebtables.stp_options import STP

FLOORS: dict[str, int] = json.loads(FLOOR.read_text("utf-8"))


def test_rules_are_the_recorded_ones() -> None:
    assert sum(step.verdict == "same" for step in judged("kernel-vm/eb_stp")) >= FLOORS["kernel-vm/eb_stp"]


def test_other_frames_match_no_option_and_no_negation() -> None:
    texts = {"stp-root-addr": "02:00:00:00:00:01", "stp-sender-addr": "02:00:00:00:00:01"}
    for name, option in STP.items():
        for negated in (False, True):
            assert not option.build(texts.get(name, "1"), negated).test()(frames.ping()), name


@pytest.mark.parametrize(
    ("option", "text"), [("stp-type", "x"), ("stp-flags", "256"), ("stp-port", "2:1"), ("stp-root-addr", "x")]
)
def test_bad_values_are_refused(option: str, text: str) -> None:
    with pytest.raises(EbtablesRefusal, match=f"Bad --{option}"):
        STP[option].build(text, False)
