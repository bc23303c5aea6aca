"""Random scenarios on both sides: what they are made of, how differences are grouped, and that the two sides agree."""

from __future__ import annotations

import pytest

from tests.real import kernel_session, machine
from vnetsim.backends.acts import CaptureAct, PauseAct, StopAct
from vnetsim.strategies.drawing import drawn
from vnetsim.verify import campaign as campaign_module
from vnetsim.verify import known_kernel as known
from vnetsim.verify.campaign import Campaign, Sessions, plan_of, signature, summary
from vnetsim.verify.outcome import Checked


def test_every_other_scenario_is_watched_on_one_device() -> None:
    scenario = drawn(1, 7)[0]
    plain, watched = plan_of(scenario, 0), plan_of(scenario, 1)
    assert plain.commands == watched.commands == scenario.lines
    assert not [act for act in plain.acts if isinstance(act, CaptureAct | StopAct)]
    assert len([act for act in watched.acts if isinstance(act, CaptureAct | StopAct)]) == 2
    assert len([act for act in plain.acts if isinstance(act, PauseAct)]) == 2


def test_the_same_seed_draws_the_same_scenarios() -> None:
    assert drawn(3, 5) == drawn(3, 5)


def test_differences_that_look_alike_are_one_group() -> None:
    one = Checked("ip netns exec a ping -c 1 10.0.0.1", "rc", ("-1 received", "+0 received"), (0, 1))
    other = Checked("ip netns exec b ping -c 1 10.0.0.7", "rc", ("-1 received", "+0 received"), (0, 1))
    third = Checked("ip netns exec b ping -c 1 10.0.0.7", "rc", ("-1 received", "+5 errors"), (0, 1))
    assert signature(one) == signature(other) != signature(third)


@pytest.mark.parametrize(
    ("command", "diff", "reason"),
    [
        ("@capture a eth0", ("-x", " y", "+x"), known.ORDER),
        ("@capture a eth0", ("-x", " y"), None),
        (
            "ip addr",
            ("-    inet6 fe80::1/64 scope link", "+    inet6 fe80::1/64 scope link tentative "),
            known.TENTATIVE,
        ),
        ("ip addr", ("-    inet6 fe80::1/64 scope link", "+    inet6 fe80::2/64 scope link tentative "), None),
        ("bridge fdb show br br0 | wc -l", ("-3", "+2"), known.LEARNED),
        ("bridge fdb show br br0", ("-3", "+2"), None),
        ("ip addr", (" same",), None),
        ("ip maddr", ("-one", " other", "+one"), None),
    ],
)
def test_only_what_is_known_is_explained(command: str, diff: tuple[str, ...], reason: str | None) -> None:
    assert known.reason(command, diff) == reason


def test_both_sides_agree_on_a_handful() -> None:
    with kernel_session() as kernel:
        machine(kernel, "ip", "ping", "iptables", "bridge")
    sessions = Sessions(4)
    try:
        campaign = Campaign(sessions, shrink=False)
        tallies = list(campaign.run(drawn(4, 11)))
    finally:
        sessions.close()
    assert campaign.tally.scenarios == 4
    assert campaign.tally.steps > 80
    assert campaign.tally.same + campaign.tally.varying >= 0.95 * campaign.tally.steps, summary(tallies[-1])


def test_its_options_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def noted(*args: object, **_: object) -> int:
        asked.append(args[:3])
        return 0

    monkeypatch.setattr(campaign_module, "campaign", noted)
    assert campaign_module.main(["--examples", "7", "--seed", "5", "--sessions", "3"]) == 0
    assert asked == [(7, 5, 3)]
