"""Why packets end: each reason has a sentence and a code, and what is no end is told apart."""

from __future__ import annotations

from vnetsim.dropreason import CODES, OWN, REFUSALS, WITHOUT_DROP, DropReason


def test_each_reason_has_a_sentence_of_its_own() -> None:
    sentences = [reason.value for reason in DropReason]
    assert len(set(sentences)) == len(sentences)
    assert [each for each in sentences if each.endswith(".") or not each] == []


def test_the_codes_are_those_of_reasons() -> None:
    assert set(CODES) >= OWN
    assert DropReason.NO_PEER.code == "NO_TX_TARGET"
    assert DropReason.TC_INGRESS.code == "TC_INGRESS"
    assert {REFUSALS[errno].code for errno in REFUSALS} <= set(CODES)
    assert DropReason.TC_EGRESS not in WITHOUT_DROP
    assert {reason.code for reason in DropReason if reason.name.startswith("WG_")} <= OWN
    assert {reason.code for reason in DropReason if reason.name.startswith("WG_")} <= OWN
    assert {reason.code for reason in DropReason if reason.name.startswith("WG_")} <= OWN
