"""-m connlabel: its text as iptables 1.8.9 prints it, and labels on connections (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.machines import pair
from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import Connection, at
from vnetsim.netfilter.errors import NO_LABEL_NAMES, ArgumentError
from vnetsim.netfilter.parse import parse_rule


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ('-m connlabel --label "40"', "connlabel 40"),
        ('-m connlabel ! --label "40"', "connlabel ! 40"),
        ('-m connlabel --label "41" --set', "connlabel 41 set"),
    ],
)
def test_texts(text: str, listed: str) -> None:
    rule = parse_rule(text)
    assert str(rule) == text
    assert rule.matches[0].listing(True) == listed


def test_a_label_that_a_rule_sets_stays_with_the_connection() -> None:
    connection = Connection()
    packet = at(connection=connection)
    assert not fits("-m connlabel --label 41", packet)
    assert fits("-m connlabel ! --label 41", packet)
    assert fits("-m connlabel --label 41 --set", packet)
    assert fits("-m connlabel --label 41", at(connection=connection))
    assert not fits("-m connlabel ! --label 41 --set", packet)
    assert not fits("-m connlabel --label 40", packet)


def test_without_a_connection_there_is_no_label() -> None:
    assert not fits("-m connlabel --label 1 --set", at(connection=None))
    assert fits("-m connlabel ! --label 1", at(connection=None))


def test_what_is_refused() -> None:
    with pytest.raises(ArgumentError, match="label 'abc' not found or invalid value"):
        parse_rule("-m connlabel --label abc")
    with pytest.raises(ArgumentError, match='option "--label" must be specified'):
        parse_rule("-m connlabel --set")
    result = pair().run("ip netns exec a iptables -A INPUT -m connlabel --label 128")
    assert "RULE_APPEND failed (Numerical result out of range)" in result.stderr


def test_who_prints_labels_looks_for_their_names() -> None:
    lab = pair()
    for command in ("-A INPUT -m connlabel --label 5 --set", "-A INPUT -m connlabel --label 5"):
        assert lab.run(f"ip netns exec a iptables {command}")
    for program in ("iptables -S", "iptables -nL", "iptables-save"):
        assert lab.run(f"ip netns exec a {program}").stderr == 2 * f"{NO_LABEL_NAMES}\n"
    assert lab.run("ip netns exec a ping -c 2 -i 0.1 10.0.0.2")
    lines = lab.run("ip netns exec a iptables -nvL INPUT").stdout.splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["2", "2"]
