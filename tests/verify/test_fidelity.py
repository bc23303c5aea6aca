"""docs/fidelity.md says what the recordings and the latest campaign say."""

from __future__ import annotations

import json

from tests.recorded.floor import CAMPAIGN, HERE, PAGE
from vnetsim.verify import fidelity

AGAIN = "out of date: python -m tests.recorded.floor"


def test_the_page_says_how_many_steps_are_the_same() -> None:
    assert "\n".join(fidelity.tables(HERE)) in PAGE.read_text("utf-8"), AGAIN


def test_the_page_says_what_the_latest_campaign_found() -> None:
    tally = json.loads(CAMPAIGN.read_text("utf-8"))
    assert "\n".join(fidelity.campaign(tally)) in PAGE.read_text("utf-8"), AGAIN
    assert tally["same"] <= tally["steps"]


def test_every_recording_is_counted_once() -> None:
    counts = fidelity.counts(HERE)
    floor = json.loads((HERE / "floor.json").read_text("utf-8"))
    assert sum(count.scenarios for areas in counts.values() for count in areas.values()) == len(floor)
    assert sum(count.same for areas in counts.values() for count in areas.values()) == sum(floor.values())
    assert all(count.same <= count.steps for areas in counts.values() for count in areas.values())
