"""RATEEST and rateest: texts as iptables 1.8.9 prints them, and rates (recorded on Linux 6.18: ipt_rateest)."""

from __future__ import annotations

import pytest

from tests.machines import pair
from tests.netfilter.packets_for_rules import at
from vnetsim import Lab
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_rateest import RateEstimator
from vnetsim.netfilter.parse import parse_rule

INSIDE = "ip netns exec a "
MAKES = "-A INPUT -j RATEEST --rateest-name {} --rateest-interval 250ms --rateest-ewmalog 500ms"


def estimating(*rules: str) -> Lab:
    lab = pair()
    for rule in (MAKES.format("RE1"), MAKES.format("RE2"), *rules):
        assert lab.run(f"{INSIDE}iptables {rule}"), rule
    return lab


TEXTS = [
    ("--rateest RE1 --rateest-lt --rateest-bps 8bit", "RE1 bps 1 lt"),
    ("--rateest RE1 --rateest-eq --rateest-pps 5", "RE1 pps eq 5"),
    ("--rateest RE1 ! --rateest-gt --rateest-bps 5000bit", "RE1 bps 625 ! gt"),
    ("--rateest-delta --rateest RE1 --rateest-bps1 8bit --rateest-lt --rateest-bps2 16bit", "RE1 delta bps 1 2 lt"),
    ("--rateest1 RE1 --rateest-lt --rateest-bps --rateest2 RE2", "RE1 bps lt RE2 bps"),
    ("--rateest-delta --rateest1 RE1 --rateest-pps1 0 --rateest-lt --rateest-pps2 42 --rateest2 RE2",
     "RE1 delta pps 0 lt RE2 pps 42"),
    ("--rateest RE1 --rateest-lt --rateest-bps 8000Kbit", "RE1 bps 1000000 lt"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "listed"), TEXTS)
def test_texts(words: str, listed: str) -> None:
    rule = parse_rule(f"-m rateest {words}")
    assert str(rule) == f"-m rateest {words}"
    assert rule.matches[0].listing(True) == f"rateest match {listed}"


@pytest.mark.parametrize(
    ("given", "saved"), [("5kbit", "5000bit"), ("100", "96bit"), ("100kbps", "800000bit"), ("1Kibit", "1024bit")]
)
def test_units(given: str, saved: str) -> None:
    assert str(parse_rule(f"-m rateest --rateest R --rateest-lt --rateest-bps {given}")).endswith(saved)


def test_times_of_the_target_are_rounded() -> None:
    rule = parse_rule("-j RATEEST --rateest-name R --rateest-interval 900ms --rateest-ewmalog 4s")
    assert str(rule.target) == "RATEEST --rateest-name R --rateest-interval 1.0s --rateest-ewmalog 4.0s"
    assert rule.target is not None
    assert rule.target.listing(True) == "name R interval 1.0s ewmalog 4.0s"


def test_packets_are_compared_with_the_rate_of_those_before() -> None:
    """As recorded: 10 pings a second are more than 3 packets a second after the first interval."""
    lab = estimating(
        "-A INPUT -m rateest --rateest RE1 --rateest-gt --rateest-pps 3",
        "-A INPUT -m rateest --rateest RE1 --rateest-lt --rateest-pps 3",
        "-A INPUT -m rateest --rateest RE1 --rateest-gt --rateest-bps 100kbit",
        "-A INPUT -m rateest --rateest1 RE1 --rateest-eq --rateest-bps --rateest2 RE2",
    )
    assert "40 received" in lab.run(f"{INSIDE}ping -q -c 40 -i 0.1 10.0.0.2").stdout
    lines = lab.run(f"{INSIDE}iptables -nvL INPUT").stdout.splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["40", "40", "37", "3", "0", "40"]


def test_an_average_rises_to_the_rate_and_falls_to_nothing() -> None:
    estimator = RateEstimator(0, 1, 0)
    for now in range(0, 10 * SECOND, 10 * MILLISECOND):
        estimator.count(100, now)
    rates = estimator.read(10 * SECOND)
    assert rates[0] == pytest.approx(10_000, rel=0.02)
    assert rates[1] == pytest.approx(100, rel=0.02)
    assert estimator.read(11 * SECOND)[0] < rates[0] / 8
    assert estimator.read(60 * SECOND) == (0, 0)


def test_differences_are_not_negative() -> None:
    packet = at()
    target = parse_rule("-j RATEEST --rateest-name R --rateest-interval 250ms --rateest-ewmalog 500ms").target
    assert target is not None
    target.act(packet)
    for mode, fits in (("lt --rateest-pps2 9", True), ("gt --rateest-pps2 8", False)):
        rule = parse_rule(f"-m rateest --rateest-delta --rateest R --rateest-pps1 8 --rateest-{mode}")
        assert rule.matches[0].matches(packet) == fits


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("-m rateest --rateest nosuch --rateest-lt --rateest-bps 8bit", "No such file or directory"),
        ("-m rateest", "Invalid argument"),
        ("-m rateest --rateest RE1 --rateest-lt", "Invalid argument"),
        ("-j RATEEST --rateest-name RE1 --rateest-interval 500ms --rateest-ewmalog 1s", "Invalid argument"),
    ],
)
def test_what_the_kernel_refuses(rule: str, said: str) -> None:
    result = estimating().run(f"{INSIDE}iptables -A INPUT {rule}")
    assert f"RULE_APPEND failed ({said})" in result.stderr
    assert result.exit_code == 4


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("-m rateest ! --rateest RE1 --rateest-gt --rateest-pps 9", "rateest: rateest can't be inverted"),
        ("-m rateest --rateest RE1 --rateest-lt --rateest-bps x", "rateest: could not parse rate `x'"),
        ("-m rateest --rateest RE1 --rateest-lt --rateest-pps x", "rateest: could not parse pps `x'"),
        ("-m rateest --rateest A --rateest1 B", "rateest: can't specify --rateest1 twice"),
        ("-j RATEEST", "RATEEST: ewmalog value is out of range"),
        ("-j RATEEST --rateest-name R --rateest-interval 9s --rateest-ewmalog 9s", "interval value is too large"),
        ("-j RATEEST --rateest-name R --rateest-interval x --rateest-ewmalog 9s", 'bad interval value "x"'),
    ],
)
def test_what_iptables_refuses(rule: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        parse_rule(rule)
