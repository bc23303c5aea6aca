"""Words and exit statuses, captured from iptables 1.8.9 (nf_tables)."""

from __future__ import annotations

import pytest

from tests.programs.iptables.fake_iptables import Bench

VERSION = "iptables v1.8.9 (nf_tables)"
HELP = "Try `iptables -h' or 'iptables --help' for more information.\n"


def said(*commands: str) -> tuple[int, str]:
    bench = Bench()
    for command in commands[:-1]:
        bench.run(command)
    result = bench.run(commands[-1])
    return result.status, result.stderr


WRONG_ARGUMENTS = [
    ("iptables", "no command specified"),
    ("iptables -v", "no command specified"),
    ("iptables -A", 'option "-A" requires an argument'),
    ("iptables -A INPUT --match", 'option "--match" requires an argument'),
    ("iptables -Q", 'unknown option "-Q"'),
    ("iptables --li", 'unknown option "--li"'),
    ("iptables -A INPUT --nosuch", 'unknown option "--nosuch"'),
    ("iptables -A INPUT -A OUTPUT", "Cannot use -A with -A"),
    ("iptables -L -F", "Cannot use -F with -L"),
    ("iptables ! -L", "unexpected '!' flag"),
    ("iptables ! -t nat -L", "unexpected ! flag before --table"),
    ("iptables -A INPUT ! -m tcp", "unexpected ! flag before --match"),
    ("iptables ! -v -L", "cannot have ! before -v"),
    ("iptables -n -n -L", "multiple -n flags not allowed"),
    ("iptables -A INPUT ! ! -d 1.2.3.4", "multiple consecutive ! not allowed"),
    ("iptables -A INPUT -d 1.2.3.4 !", "nothing appropriate following !"),
    ("iptables -A INPUT -j ACCEPT -- foo", "unknown arguments found on commandline"),
    ("iptables -F -n", "Illegal option `-n' with this command"),
    ("iptables -A INPUT -n", "Illegal option `-n' with this command"),
    ("iptables -x -A INPUT", "Illegal option `-x' with this command"),
    ("iptables -N FOO -j ACCEPT", "Illegal option `-j' with this command"),
    ("iptables -D INPUT 1 -j ACCEPT", "Illegal option `-j' with this command"),
    ("iptables -P INPUT", "-P requires a chain and a policy"),
    ("iptables -E A", "-E requires old-chain-name and new-chain-name"),
    ("iptables -R INPUT -j ACCEPT", "-R requires a rule number"),
    ("iptables -R INPUT 1 -s 1.1.1.1,2.2.2.2", "Replacement rule does not specify a unique address"),
    ("iptables -D INPUT a", "Invalid rule number `a'"),
    ("iptables -I INPUT 0", "Invalid rule number `0'"),
    ("iptables -L INPUT 99999999999", "Invalid rule number `99999999999'"),
    (
        "iptables -N abcdefghijklmnopqrstuvwxyzabc",
        "chain name `abcdefghijklmnopqrstuvwxyzabc' too long (must be under 29 chars)",
    ),
    ("iptables -N -foo", "chain name not allowed to start with `-'"),
    ("iptables -N 'a b'", "Invalid chain name `a b'"),
    ("iptables -N MARK", "chain name may not clash with target name"),
    ("iptables -N ''", "chain name may not clash with target name"),
    ("iptables -A INPUT -o eth0", "Can't use -o with INPUT\n"),
    ("iptables -A OUTPUT -i eth0", "Can't use -i with OUTPUT\n"),
    (
        "iptables -t nat -P POSTROUTING DROP",
        '\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n',
    ),
    ("iptables -A INPUT -s nosuch", "host/network `nosuch' not found"),
    ("iptables -w x -L", "wait seconds not numeric"),
    ("iptables -A INPUT -j NOSUCH", "Chain 'NOSUCH' does not exist"),
    ("iptables -A INPUT -m conntrack", "conntrack: At least one option is required"),
]


@pytest.mark.parametrize(("command", "words"), WRONG_ARGUMENTS)
def test_arguments_that_make_no_sense_are_refused(command: str, words: str) -> None:
    assert said(command) == (2, f"{VERSION}: {words}\n{HELP}")


@pytest.mark.parametrize(
    ("command", "word"),
    [("iptables foo", "foo"), ("iptables -L -n INPUT", "INPUT"), ("iptables -F INPUT OUTPUT", "OUTPUT"),
     ("iptables -A INPUT -", "-"), ("iptables -D INPUT 1 2", "2")],
)  # fmt: skip
def test_a_word_too_many_is_a_bad_argument(command: str, word: str) -> None:
    assert said(command) == (2, f"Bad argument `{word}'\n{HELP}")


NO_FRAGMENTS = "`-f' is not supported in IPv6, use -m frag instead"
REFUSED = [
    (("iptables -A NOSUCH -j DROP",), 1, "iptables: No chain/target/match by that name.\n"),
    (("iptables -D INPUT -j DROP",), 1, "iptables: Bad rule (does a matching rule exist in that chain?).\n"),
    (("iptables -N A", "iptables -N A"), 1, "iptables: Chain already exists.\n"),
    (("iptables -P INPUT REJECT",), 1, "iptables: Bad policy name. Run `dmesg' for more information.\n"),
    (("iptables -P A DROP",), 1, "iptables: Bad built-in chain name.\n"),
    (("iptables -L NOSUCH",), 1, f"{VERSION}: chain `NOSUCH' in table `filter' is incompatible, use 'nft' tool.\n"),
    (("iptables -S NOSUCH",), 1, f"{VERSION}: chain `NOSUCH' in table `filter' is incompatible, use 'nft' tool.\n"),
    (("iptables -t nosuch -L",), 3,
     f"{VERSION}: table 'nosuch' does not exist\nPerhaps iptables or your kernel needs to be upgraded.\n"),
    (("iptables -N A", "iptables -A INPUT -j A", "iptables -X A"), 4,
     f"{VERSION}:  CHAIN_DEL failed (Device or resource busy): chain A\n"),
    (("iptables -A INPUT -j MASQUERADE",), 4,
     f"{VERSION}:  RULE_APPEND failed (Invalid argument): rule in chain INPUT\n"),
    (("iptables -L -Z",), 4, f"{VERSION}:  CHAIN_ZERO failed (No such file or directory): chain INPUT\n"),
    (("iptables -A INPUT -6 -j ACCEPT",), 2, HELP),
    (("iptables -W 5 -L",), 2,
     f"Ignoring deprecated --wait-interval option.\n{VERSION}: --wait-interval only makes sense with --wait\n\n{HELP}"),
    (("ip6tables -A INPUT -f",), 2, f"ip6tables v1.8.9 (nf_tables): {NO_FRAGMENTS}\n{HELP.replace('ipt', 'ip6t')}"),
]  # fmt: skip


@pytest.mark.parametrize(("commands", "status", "words"), REFUSED)
def test_what_cannot_be_done_is_refused(commands: tuple[str, ...], status: int, words: str) -> None:
    assert said(*commands) == (status, words)


ACCEPTED = [
    (
        "iptables -A INPUT -i 'a b'",
        "Warning: weird character in interface `a b' ('/' and ' ' are not allowed by the kernel).\n",
    ),
    (
        "iptables -A INPUT -m iprange --src-range 10.0.0.9-10.0.0.1",
        "xt_iprange: range 10.0.0.9-10.0.0.1 is reversed and will never match\n",
    ),
    ("iptables -w 5 -W 10000 -S", "Ignoring deprecated --wait-interval option.\n"),
]


@pytest.mark.parametrize(("command", "words"), ACCEPTED)
def test_what_is_odd_is_done_and_remarked_upon(command: str, words: str) -> None:
    assert said(command) == (0, words)


@pytest.mark.parametrize(
    "command",
    ["iptables -w5 -t nat -vnL POSTROUTING", "iptables --wait=5 --list INPUT --numeric", "iptables -LINPUT -n",
     "iptables -4 -S", "iptables-nft -nL", "iptables -t raw -t nat -S", "iptables -M foo -S", "/usr/sbin/iptables -S"],
)  # fmt: skip
def test_these_are_other_ways_to_say_it(command: str) -> None:
    result = Bench().run(command)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout


def test_the_version_is_told() -> None:
    assert Bench().run("ip6tables -V").stdout == "ip6tables v1.8.9 (nf_tables)\n"


def test_help_begins_with_the_usage() -> None:
    assert Bench().run("iptables -h").stdout.startswith(f"{VERSION}\n\nUsage: iptables -[ACD] chain rule-specification")


def test_names_of_hosts_are_resolved() -> None:
    bench = Bench()
    assert bench.run("iptables -A INPUT -s localhost -d 10.0.0.1,localhost").status == 0
    assert bench.run("ip6tables -A INPUT -s localhost").status == 0
    assert bench.run("iptables -S INPUT").stdout.splitlines()[1:] == [
        "-A INPUT -s 127.0.0.1/32 -d 10.0.0.1/32",
        "-A INPUT -s 127.0.0.1/32 -d 127.0.0.1/32",
    ]
    assert bench.run("ip6tables -S INPUT 1").stdout == "-A INPUT -s ::1/128\n"


def test_of_several_addresses_all_rules_are_made_or_none() -> None:
    bench = Bench()
    bench.run("iptables -A INPUT -s 1.1.1.1 -j DROP")
    result = bench.run("iptables -v -D INPUT -s 1.1.1.1,2.2.2.2 -j DROP")
    assert (result.status, result.stdout) == (1, "DROP  all opt -- in * out *  1.1.1.1  -> 0.0.0.0/0  \n")
    assert bench.run("iptables -C INPUT -s 1.1.1.1 -j DROP").status == 0


def test_only_the_superuser_may_even_look() -> None:
    bench = Bench(privileged=False)
    words = "Could not fetch rule set generation id: Permission denied (you must be root)\n"
    assert bench.run("iptables -S").stderr == f"{VERSION}: {words}"
    assert bench.run("iptables -S").status == bench.run("iptables-save").status == 4
    assert bench.run("iptables -A INPUT --nosuch").status == 2


def test_listing_and_zeroing_go_together() -> None:
    bench = Bench()
    bench.run("iptables -A INPUT -c 5 6 -j DROP")
    result = bench.run("iptables -nvL INPUT -Z")
    assert "    5     6 DROP" in result.stdout
    assert "    0     0 DROP" in bench.run("iptables -nvL INPUT").stdout


# --- iptables-restore and iptables-save ------------------------------------------------------------------------------

RESTORE = "iptables-restore v1.8.9 (nf_tables)"
RESTORE_HELP = "Try `iptables-restore -h' or 'iptables-restore --help' for more information.\n"


LOOP = "RULE_APPEND failed (Too many links): rule in chain"


def at_line(line: int, words: str) -> str:
    return f"{RESTORE}: {words}\nError occurred at line: {line}\n{RESTORE_HELP}"


RESTORES = [
    ("*filter\n:INPUT ACCEPT [7:8]\n-A INPUT -j FOO\nCOMMIT\n", 2, at_line(4, "Chain 'FOO' does not exist")),
    ("*filter\n:INPUT ACCEPT\n-A INPUT\n", 1, "iptables-restore: COMMIT expected at line 4\n"),
    ("*filter\n-A INPUT\n-A NOSUCH\nCOMMIT\n", 1,
     "iptables-restore: line 3 failed: No chain/target/match by that name.\n"),
    ("*filter\n-A INPUT\n-D INPUT 99\nCOMMIT\n", 1, "iptables-restore: line 3 failed: Index of deletion too big.\n"),
    ("*filter\n-A INPUT -p tcp --dport 80 -j MASQUERADE\nCOMMIT\n", 4,
     f"{RESTORE}: \nline 2: RULE_APPEND failed (Invalid argument): rule in chain INPUT\n"),
    ("*filter\n:X -\n:Y -\n-A X -j Y\n-A FORWARD -j X\n-A Y -j X\n-A INPUT -j X\nCOMMIT\n", 4,
     f"{RESTORE}: \nline 6: {LOOP} Y\nline 7: {LOOP} INPUT\n"),
    ("*filter\n-A INPUT -p tcp --dport 80 -j DROP foo\nCOMMIT\n", 2,
     f"Bad argument `foo'\nError occurred at line: 2\n{RESTORE_HELP}"),
    ("*filter\nfoo\nCOMMIT\n", 2, f"Bad argument `foo'\nError occurred at line: 2\n{RESTORE_HELP}"),
    ("*filter\n-A INPUT -p tcp --nosuch\nCOMMIT\n", 2, at_line(2, 'unknown option "--nosuch"')),
    ("*nosuch\nCOMMIT\n", 2, at_line(1, "iptables-restore: line 1 table name 'nosuch' invalid")),
    ("-A INPUT\n", 1, "iptables-restore: line 1 failed\n"),
    ("*filter\nCOMMIT\nCOMMIT\n", 1, "iptables-restore: line 3 failed\n"),
    ("#\n\n*filter\n#c\n\n:INPUT\nCOMMIT\n", 2, at_line(6, "iptables-restore: line 6 policy invalid")),
    ("*filter\n:\nCOMMIT\n", 2, at_line(2, "iptables-restore: line 2 chain name invalid")),
    ("*filter\n:MARK - [0:0]\nCOMMIT\n", 2, at_line(2, "chain name may not clash with target name")),
    ("*filter\n:INPUT FOO\nCOMMIT\n", 1, "iptables-restore: line 2 failed: Bad policy name.\n"),
    ("*filter\n-t nat -A INPUT\nCOMMIT\n", 2, at_line(2, "The -t option cannot be used in iptables-restore.\n")),
    ("*filter\n-A INPUT\n*nat\nCOMMIT\n", 2, f"Bad argument `*nat'\nError occurred at line: 3\n{RESTORE_HELP}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "status", "words"), RESTORES)
def test_a_wrong_line_is_named(text: str, status: int, words: str) -> None:
    result = Bench().run("iptables-restore -n", text)
    assert (result.status, result.stderr) == (status, words)


def test_counters_of_a_policy_have_to_be_numbers_if_they_are_wanted() -> None:
    text = "*filter\n:INPUT ACCEPT [0:a]\nCOMMIT\n"
    assert Bench().run("iptables-restore", text).status == 0
    assert Bench().run("iptables-restore -c", text).stderr == at_line(2, "invalid policy counters for chain 'INPUT'")


def test_each_commit_stands_for_itself() -> None:
    bench = Bench()
    text = "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n*nat\n-A INPUT -j NOSUCH\nCOMMIT\n"
    assert bench.run("iptables-restore", text).status == 2
    assert "-A INPUT -j ACCEPT\n" in bench.save()
    assert "*nat" not in bench.save()


def test_restoring_replaces_the_tables_that_are_told_unless_asked_not_to() -> None:
    bench = Bench()
    for command in ("iptables -A INPUT -p tcp", "iptables -P OUTPUT DROP", "iptables -t nat -A OUTPUT"):
        bench.run(command)
    bench.run("iptables-restore -n", "*filter\n-A INPUT -p udp\nCOMMIT\n")
    assert bench.run("iptables -S INPUT").stdout == "-P INPUT ACCEPT\n-A INPUT -p tcp\n-A INPUT -p udp\n"
    bench.run("iptables-restore", "*filter\n-A INPUT -p gre\nCOMMIT\n")
    assert bench.save().startswith(
        "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p gre\nCOMMIT\n*nat\n"
    )


def test_counters_are_restored_if_asked() -> None:
    text = "*filter\n:INPUT ACCEPT [7:8]\n[4:5] -A INPUT -p tcp\nCOMMIT\n"
    bench = Bench()
    bench.run("iptables-restore", text)
    assert "[0:0] -A INPUT -p tcp\n" in bench.run("iptables-save -c").stdout
    bench.run("iptables-restore -c", text)
    assert ":INPUT ACCEPT [7:8]\n" in bench.run("iptables-save -c").stdout
    assert "[4:5] -A INPUT -p tcp\n" in bench.run("iptables-save -c").stdout


def test_a_test_changes_nothing_and_a_chosen_table_only_itself() -> None:
    text = "*filter\n-A INPUT\nCOMMIT\n*nat\n-A OUTPUT\nCOMMIT\n"
    bench = Bench()
    assert bench.run("iptables-restore -t", text).status == 0
    assert bench.save() == ""
    bench.run("iptables-restore -T nat", text)
    assert [line for line in bench.save().splitlines() if line.startswith("*")] == ["*nat"]


def test_lines_for_the_other_family_are_passed_over() -> None:
    text = "*filter\n-4 -A INPUT -p tcp\n-6 -A INPUT -p udp\nCOMMIT\n"
    bench = Bench()
    bench.run("iptables-restore", text)
    bench.run("ip6tables-restore", text)
    assert bench.run("iptables -S INPUT 1").stdout == "-A INPUT -p tcp\n"
    assert bench.run("ip6tables -S INPUT 1").stdout == "-A INPUT -p udp\n"


def test_a_file_is_restored() -> None:
    bench = Bench()
    bench.files.texts["/etc/rules"] = '*filter\n-A INPUT -m comment --comment "a \\" b"\nCOMMIT\n'
    assert bench.run("iptables-restore /etc/rules").status == 0
    assert bench.run("iptables -S INPUT 1").stdout == '-A INPUT -m comment --comment "a \\" b"\n'
    assert bench.run("iptables-restore /nosuch").stderr == "Can't open /nosuch: No such file or directory\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            "iptables-restore --nosuch",
            "iptables-restore: unrecognized option '--nosuch'\nTry `iptables-restore -h' for more information.\n",
        ),
        ("iptables-restore a b", "Unknown arguments found on commandline\n"),
        (
            "iptables-save -h",
            "iptables-save: invalid option -- 'h'\nLook at manual page `iptables-save.8' for more information.\n",
        ),
        ("iptables-save foo", "Unknown arguments found on commandline\n"),
        ("iptables-save -t nosuch", "Table `nosuch' does not exist\n"),
    ],
)
def test_saving_and_restoring_have_complaints_of_their_own(command: str, words: str) -> None:
    assert said(command) == (1, words)


def test_the_counters_of_one_rule_are_zeroed() -> None:
    """Captured: a number behind the last rule zeroes nothing, and is no error."""
    bench = Bench()
    for number in (1, 2, 3):
        bench.run(f"iptables -A FORWARD -s 10.0.0.{number} -c {number} 100")
    assert bench.run("iptables -Z FORWARD 2").status == 0
    assert bench.run("iptables -Z FORWARD 4").status == 0
    assert bench.run("iptables -vS FORWARD").stdout.splitlines()[1:] == [
        "-A FORWARD -s 10.0.0.1/32 -c 1 100",
        "-A FORWARD -s 10.0.0.2/32 -c 0 0",
        "-A FORWARD -s 10.0.0.3/32 -c 3 100",
    ]
    missing = bench.run("iptables -Z NOSUCH 1")
    assert (missing.status, "Bad rule" in missing.stderr) == (1, True)
