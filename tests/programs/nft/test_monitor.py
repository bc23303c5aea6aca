"""`nft monitor`, its filters and what it refuses; a whole recording is tests/recorded/kernel-vm/nft_monitor."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(docker=False)


def test_events_are_those_that_were_asked_for(lab: Lab) -> None:
    heard = lab.run(
        """
        nft monitor > all & nft monitor rules > rules & nft monitor destroy > gone & nft monitor new sets > sets &
        nft -a monitor new chains > chains & sleep 1
        nft add table t; nft add chain t c; nft add rule t c tcp dport '{ 1, 2 }' counter drop
        nft add set t s '{ type inet_service; }'; nft add element t s '{ 5 }'; nft -c add table u; nft add table t
        nft insert rule t c accept; nft delete rule t c handle 5; nft add counter t n; nft delete table t
        sleep 1; sed 's/process [0-9]*/process N/' all; echo ---; cat rules; echo ---; cat gone; echo ---
        cat sets chains
        """
    ).stdout.split("---\n")
    assert heard[0].splitlines()[:6] == [
        "add table ip t",
        "# new generation 2 by process N (nft)",
        "add chain ip t c",
        "# new generation 3 by process N (nft)",
        "add rule ip t c tcp dport { 1, 2 } counter packets 0 bytes 0 drop",
        "# new generation 4 by process N (nft)",
    ]
    assert "add counter ip t n" in heard[0]
    assert heard[0].count("add table") == 1
    assert heard[1].splitlines()[1:3] == ["insert rule ip t c accept", "delete rule ip t c handle 5"]
    assert "counter" not in heard[2]
    assert heard[2].splitlines()[-1] == "delete table ip t"
    assert heard[3] == "add set ip t s { type inet_service; } \nadd chain ip t c # handle 1\n"


def test_what_is_refused(lab: Lab) -> None:
    for command, status, said in (
        ("nft monitor nonsense", 1, "Error: invalid event nonsense\nmonitor nonsense\n        ^^^^^^^^\n"),
        ("nft monitor warn", 1, "vnetsim: not modelled: nft monitor with warn\n"),
        ("nft -c monitor", 1, "vnetsim: not modelled: nft monitor with c\n"),
        ("nft monitor ruleset", 1, "vnetsim: not modelled: nft monitor with ruleset\n"),
        ("nft monitor new nonsense", 1, "vnetsim: not modelled: nft monitor: a syntax error\n"),
        ("timeout 1 nft monitor new", 124, ""),
    ):
        result = lab.run(command)
        assert (result.exit_code, result.stderr) == (status, said), command
    beside = lab.run("nft monitor & sleep 1; iptables -A INPUT -j ACCEPT; sleep 1")
    assert beside.stderr == "vnetsim: not modelled: nft monitor beside changes by iptables\n"
    beside = lab.run("nft monitor & sleep 1; nft flush ruleset; sleep 1")
    assert beside.stderr == "vnetsim: not modelled: nft monitor beside changes by iptables\n"


def test_echo_and_json_say_what_was_added(lab: Lab) -> None:
    heard = lab.run(
        """
        nft -j monitor > json & sleep 1
        nft -ae add table e; nft -je add chain e c; nft -e delete chain e c; nft -ec add chain e d; nft -e add table e
        sleep 1; echo ---; cat json
        """
    ).stdout.split("---\n")
    assert heard[0].splitlines()[0].startswith("add table ip e # handle ")
    assert '{"nftables": [{"add": {"chain": {"family": "ip", "table": "e", "name": "c", "handle": 1}}}]}' in heard[0]
    assert heard[0].count("\n") == 3
    assert heard[1].splitlines()[1:] == [
        '{"add": {"chain": {"family": "ip", "table": "e", "name": "c", "handle": 1}}}',
        '{"delete": {"chain": {"family": "ip", "table": "e", "name": "c", "handle": 1}}}',
    ]
