"""-j CT: zones of connection tracking, from iptables and nft (recorded on Linux 6.18: ct_zones)."""

from __future__ import annotations

import pytest

from tests.machines import pair
from tests.netfilter.packets_for_rules import at
from vnetsim import Lab
from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.parse import parse_rule

INSIDE = "ip netns exec a "


def tracked(*rules: str) -> Lab:
    """a drops what belongs to no connection; `rules` are those of its raw table, or commands of nft."""
    lab = pair()
    lab.run(f"{INSIDE}ping -c 1 10.0.0.2")
    words = [rule if rule.startswith("nft") else f"iptables -t raw -A {rule}" for rule in rules]
    for command in (*words, "iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", "iptables -P INPUT DROP"):
        assert lab.run(f"{INSIDE}{command}"), command
    lab.run(f"{INSIDE}conntrack -F")
    return lab


NFT = (
    "nft add table ip z",
    "nft 'add chain ip z in { type filter hook prerouting priority raw; }'",
    "nft 'add chain ip z out { type filter hook output priority raw; }'",
)


@pytest.mark.parametrize(
    ("rules", "answered", "shown"),
    [
        ((), True, "mark=0 use=1"),
        (("PREROUTING -j CT --zone 5", "OUTPUT -j CT --zone 5"), True, "mark=0 zone=5 use=1"),
        (("OUTPUT -j CT --zone 5",), False, "mark=0 zone=5 use=1"),
        (("OUTPUT -j CT --zone 5", "PREROUTING -j CT --zone 6"), False, "mark=0 zone=5 use=1"),
        (("OUTPUT -j CT --zone-orig 8",), True, "zone-orig=8 src=10.0.0.2"),
        (("OUTPUT -j CT --zone-reply 9", "PREROUTING -j CT --zone-reply 9"), True, "zone-reply=9 mark=0 use=1"),
        (("OUTPUT -j CT --zone-reply 9",), False, "zone-reply=9 mark=0 use=1"),
        (("OUTPUT -j CT --zone 5", "OUTPUT -j CT --zone 6", "PREROUTING -j CT --zone 5"), True, "mark=0 zone=5 use=1"),
        (("OUTPUT -j MARK --set-mark 7", "OUTPUT -j CT --zone mark", "PREROUTING -j CT --zone 7"), True, "zone=7 "),
        (("OUTPUT -j CT", "OUTPUT -j CT --zone 6"), True, "mark=0 use=1"),
        ((*NFT, "nft add rule ip z in ct zone set 3", "nft add rule ip z out ct zone set 3"), True, "zone=3 use=1"),
        ((*NFT, "nft add rule ip z out ct original zone set 3"), True, "zone-orig=3"),
        ((*NFT, "nft add rule ip z out ct reply zone set 3"), False, "zone-reply=3"),
    ],
)  # fmt: skip
def test_in_which_zone_a_connection_is(rules: tuple[str, ...], answered: bool, shown: str) -> None:
    lab = tracked(*rules)
    assert bool(lab.run(f"{INSIDE}ping -c 1 -W 0.1 10.0.0.2")) == answered
    listed = lab.run(f"{INSIDE}conntrack -L").stdout
    assert shown in listed
    assert ("[UNREPLIED]" in listed) != answered


def test_conntrack_finds_and_deletes_by_zone() -> None:
    lab = tracked("PREROUTING -j CT --zone 5", "OUTPUT -j CT --zone 5")
    assert lab.run(f"{INSIDE}ping -c 1 10.0.0.2")
    assert "zone=5" in lab.run(f"{INSIDE}cat /proc/net/nf_conntrack").stdout
    for words in ("-L --zone 6", "-L --orig-zone 5", "-L --reply-zone 5"):
        assert lab.run(f"{INSIDE}conntrack {words}").stdout == ""
    assert "not modelled: conntrack -o xml or save with zones" in lab.run(f"{INSIDE}conntrack -L -o xml").stderr
    assert lab.run(f"{INSIDE}conntrack -D -w 5")
    assert lab.run(f"{INSIDE}conntrack -D -w 5").exit_code == 1


def test_nft_reads_zones() -> None:
    lab = tracked(*NFT, "nft add rule ip z in ct zone set 3", "nft add rule ip z out ct zone set 3")
    commands = ("'add chain ip z seen { type filter hook input priority 0; }'", "add rule ip z seen ct zone 3 counter",
                "add rule ip z seen ct original zone 3 counter", "add rule ip z seen ct zone 0 counter")  # fmt: skip
    for command in commands:
        assert lab.run(f"{INSIDE}nft {command}")
    assert lab.run(f"{INSIDE}ping -c 1 10.0.0.2")
    lines = lab.run(f"{INSIDE}nft list chain ip z seen").stdout.splitlines()[3:6]
    assert [line.split()[-3] for line in lines] == ["1", "1", "0"]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("CT --zone 5", "CT zone 5"),
        ("CT --zone-orig 5", "CT zone-orig 5"),
        ("CT --zone-reply mark", "CT zone-reply mark"),
        ("CT --notrack --zone 1", "CT notrack zone 1"),
        ("CT", "CT"),
        ("CT --notrack", "CT notrack"),
    ],
)
def test_texts(text: str, listed: str) -> None:
    target = parse_rule(f"-j {text}").target
    assert target is not None
    assert str(target) == text
    assert target.listing(True) == listed


def test_what_is_tracked_already_stays_where_it_is() -> None:
    target = parse_rule("-j CT --zone 5").target
    assert target is not None
    packet = at(connection=None)
    packet.untracked = True
    target.act(packet)
    assert packet.zone is None
    last = parse_rule("-j CT --zone 1 --zone-orig 2").target
    assert str(last) == "CT --zone-orig 2"


@pytest.mark.parametrize("zone", ["70000", "-1", "x"])
def test_zones_that_are_none(zone: str) -> None:
    with pytest.raises(ArgumentError, match=f"Cannot parse {zone} as a zone ID"):
        parse_rule(f"-j CT --zone {zone}")


@pytest.mark.parametrize("words", ["--helper ftp", "--timeout x", "--ctevents new", "--expevents new"])
def test_what_is_not_modelled_says_so(words: str) -> None:
    with pytest.raises(NotModelled, match="CT --"):
        parse_rule(f"-j CT {words}")
