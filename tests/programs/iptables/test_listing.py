"""What is printed; captured from iptables 1.8.9 (nf_tables)."""

from __future__ import annotations

import pytest

from tests.programs.iptables.fake_iptables import Bench


def listed(command: str, *before: str) -> str:
    bench = Bench()
    for line in before:
        result = bench.run(line)
        assert (result.status, result.stderr) == (0, ""), line
    result = bench.run(command)
    assert (result.status, result.stderr) == (0, "")
    return result.stdout


EMPTY = """\
Chain INPUT (policy ACCEPT)
target     prot opt source               destination        \x20

Chain FORWARD (policy ACCEPT)
target     prot opt source               destination        \x20

Chain OUTPUT (policy ACCEPT)
target     prot opt source               destination        \x20
"""


def test_three_empty_chains_are_listed() -> None:
    assert listed("iptables -L") == EMPTY


RULES = (
    "iptables -N A",
    "iptables -A INPUT -s 10.0.0.0/8 ! -d 127.0.0.1 -i eth0 -p tcp --dport 80 -m comment --comment web -j ACCEPT",
    "iptables -A INPUT ! -p udp ! -i veth+ -f -j A",
    "iptables -A INPUT -p 200 -g A",
    "iptables -A FORWARD -o br0 -m conntrack --ctstate RELATED,ESTABLISHED",
)
NUMERIC = """\
Chain INPUT (policy ACCEPT)
num  target     prot opt source               destination        \x20
1    ACCEPT     6    --  10.0.0.0/8          !127.0.0.1            tcp dpt:80 /* web */
2    A         !17   -f  0.0.0.0/0            0.0.0.0/0          \x20
3    A          200  --  0.0.0.0/0            0.0.0.0/0           [goto]\x20

Chain FORWARD (policy ACCEPT)
num  target     prot opt source               destination        \x20
1               0    --  0.0.0.0/0            0.0.0.0/0            ctstate RELATED,ESTABLISHED

Chain OUTPUT (policy ACCEPT)
num  target     prot opt source               destination        \x20

Chain A (2 references)
num  target     prot opt source               destination        \x20
"""
WITH_NAMES = """\
Chain INPUT (policy ACCEPT 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination        \x20
    0     0 ACCEPT     tcp  --  eth0   any     10.0.0.0/8          !localhost            tcp dpt:http /* web */
    0     0 A         !udp  -f  !veth+ any     anywhere             anywhere           \x20
    0     0 A          200  --  any    any     anywhere             anywhere            [goto]\x20
"""


def test_rules_are_listed_with_numbers() -> None:
    assert listed("iptables -nL --line-numbers", *RULES) == NUMERIC


def test_rules_are_listed_with_names() -> None:
    assert listed("iptables -vL INPUT", *RULES) == WITH_NAMES


def test_one_rule_is_listed_without_a_title() -> None:
    assert listed("iptables -nL INPUT 3", *RULES) == (
        "A          200  --  0.0.0.0/0            0.0.0.0/0           [goto] \n"
    )
    assert listed("iptables -nL INPUT 9", *RULES) == ""


def test_a_network_of_etc_networks_has_a_name() -> None:
    assert "localhost            loopback/8 " in listed("iptables -L", "iptables -A INPUT -s 127.0.0.1 -d 127.0.0.0/8")


def test_ipv6_has_the_same_columns() -> None:
    before = "ip6tables -A INPUT -s fd00::1/ffff:0:ffff:: ! -d fe80::/10 -p icmpv6 --icmpv6-type 128"
    assert listed("ip6tables -nvL INPUT", before) == (
        "Chain INPUT (policy ACCEPT 0 packets, 0 bytes)\n"
        " pkts bytes target     prot opt in     out     source               destination         \n"
        "    0     0            58   --  *      *       fd00::/ffff:0:ffff:: !fe80::/10            ipv6-icmptype 128\n"
    )


@pytest.mark.parametrize(
    ("packets", "size", "shown"),
    [
        (99999, 99999, "99999 99999 "),
        (100000, 1234567, " 100K 1235K "),
        (9999499, 9999500, "9999K   10M "),
        (10**10, 10**13, "  10G   10T "),
    ],
)
def test_large_counters_are_shortened(packets: int, size: int, shown: str) -> None:
    line = listed("iptables -nvL INPUT 1", f"iptables -A INPUT -c {packets} {size} -j DROP")
    assert line.startswith(f"{shown}DROP ")


def test_exact_counters_are_not() -> None:
    line = listed("iptables -nvxL INPUT 1", "iptables -A INPUT -c 1000000 123456789 -j DROP")
    assert line.startswith(" 1000000 123456789 DROP       0    -- ")


def test_commands_are_printed_that_would_make_it_so() -> None:
    assert listed("iptables -S", *RULES) == (
        "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N A\n"
        "-A INPUT -s 10.0.0.0/8 ! -d 127.0.0.1/32 -i eth0 -p tcp -m tcp --dport 80 -m comment --comment web -j ACCEPT\n"
        "-A INPUT ! -i veth+ ! -p udp -f -j A\n"
        "-A INPUT -p 200 -g A\n"
        "-A FORWARD -o br0 -m conntrack --ctstate RELATED,ESTABLISHED\n"
    )


def test_commands_of_one_chain_or_one_rule_are_printed() -> None:
    assert listed("iptables -S A", *RULES) == "-N A\n"
    assert listed("iptables -S INPUT 3", *RULES) == "-A INPUT -p 200 -g A\n"


def test_commands_tell_counters_if_asked() -> None:
    assert listed("iptables -vS INPUT", "iptables -A INPUT -p tcp -c 5 6 -j ACCEPT") == (
        "-P INPUT ACCEPT -c 0 0\n-A INPUT -p tcp -c 5 6 -j ACCEPT\n"
    )


SENTENCES = [
    ("-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT",
     "ACCEPT  tcp opt -- in * out *  0.0.0.0/0  -> 0.0.0.0/0   tcp dpt:80\n"),
    ("-A FORWARD ! -p tcp ! -s 1.1.1.1 -d 2.2.2.0/24 -i a ! -o b+",
     " !tcp opt -- in a out !b+ !1.1.1.1  -> 2.2.2.0/24  \n"),
    ("-I INPUT -s 1.1.1.1,2.2.2.2 -j DROP",
     "DROP  all opt -- in * out *  1.1.1.1  -> 0.0.0.0/0  \nDROP  all opt -- in * out *  2.2.2.2  -> 0.0.0.0/0  \n"),
    ("-A INPUT -j LOG --log-prefix x",
     'LOG  all opt -- in * out *  0.0.0.0/0  -> 0.0.0.0/0   LOG flags 0 level 4 prefix "x"\n'),
    ("-N A", ""),
    ("-P INPUT DROP", ""),
    ("-F", ""),
]  # fmt: skip


@pytest.mark.parametrize(("command", "words"), SENTENCES)
def test_a_verbose_iptables_repeats_what_it_does(command: str, words: str) -> None:
    assert listed(f"iptables {command} -v") == words


def test_a_verbose_iptables_names_the_chains_that_it_empties() -> None:
    before = ("iptables -N A", "iptables -P INPUT DROP")
    assert listed("iptables -vZ", *before) == "Zeroing chain `INPUT'\nZeroing chain `A'\n"
    flushed = "".join(f"Flushing chain `{name}'\n" for name in ("INPUT", "FORWARD", "OUTPUT", "A"))
    assert listed("iptables -vF", *before) == flushed
    assert listed("iptables -vX", *before) == "Deleting chain `A'\n"


SAVED = """\
# Generated by iptables-save v1.8.9 (nf_tables) on Tue Nov 24 06:32:29 2026
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:A - [0:0]
-A INPUT -p tcp -j A
COMMIT
# Completed on Tue Nov 24 06:32:29 2026
# Generated by iptables-save v1.8.9 (nf_tables) on Tue Nov 24 06:32:29 2026
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -j MASQUERADE
COMMIT
# Completed on Tue Nov 24 06:32:29 2026
"""
MADE = (
    "iptables -t nat -A POSTROUTING -j MASQUERADE",
    "iptables -N A",
    "iptables -P INPUT DROP",
    "iptables -A INPUT -p tcp -c 3 4 -j A",
)


def test_everything_is_saved() -> None:
    assert listed("iptables-save", *MADE) == SAVED


def test_counters_are_saved_if_asked() -> None:
    assert "\n[3:4] -A INPUT -p tcp -j A\n" in listed("iptables-save -c", *MADE)


def test_one_table_is_saved_even_if_nobody_has_touched_it() -> None:
    assert listed("iptables-save -t raw", *MADE).split("\n")[1:4] == [
        "*raw",
        ":PREROUTING ACCEPT [0:0]",
        ":OUTPUT ACCEPT [0:0]",
    ]


def test_nothing_is_saved_where_nothing_was_changed() -> None:
    assert listed("iptables-save") == listed("ip6tables-save", *MADE) == ""


def test_rules_are_saved_to_a_file() -> None:
    bench = Bench()
    for line in MADE:
        bench.run(line)
    assert bench.run("iptables-save -f /tmp/rules").stdout == ""
    assert bench.files.texts["/tmp/rules"] == SAVED


def test_addresses_of_connections_have_their_names_unless_numbers_are_wanted() -> None:
    bench = Bench()
    bench.run("iptables -A INPUT -m conntrack --ctorigsrc 127.0.0.1 ! --ctorigdst 10.0.0.0/8 --ctreplsrc 0.0.0.0/0")
    for option, shown in (
        ("", "ctorigsrc localhost ! ctorigdst 10.0.0.0/8 ctreplsrc anywhere"),
        ("-n", "ctorigsrc 127.0.0.1 ! ctorigdst 10.0.0.0/8 ctreplsrc 0.0.0.0/0"),
    ):
        assert shown in bench.run(f"iptables -L INPUT {option}").stdout
