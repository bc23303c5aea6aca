"""`ipset` in a lab, as ipset 7.17 answered on Linux 6.18."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    found = Lab(0, docker=False)
    for command in (
        "ipset create h hash:ip comment initval 0x1",
        "ipset add h 10.0.0.1 comment 'the first'",
        "ipset create n hash:net family inet6",
        "ipset create p bitmap:port range 1-1024",
        "ipset create l list:set",
        "ipset add l h",
        "ip6tables -A INPUT -m set --match-set n src",
    ):
        found.run(command)
    return found


def said(lab: Lab, command: str) -> str:
    """What is printed, and the exit status unless it is 0."""
    result = lab.run(command)
    status = f"[{result.exit_code}]" if result.exit_code else ""
    return result.stdout + result.stderr + status


TRY = "Try `ipset help' for more information.\n[2]"
HELP = "\n\nTry `{0} -h' or '{0} --help' for more information.\n[2]"
BUSY = "Set cannot be destroyed: it is in use by a kernel component"
CASES = [
    ("ipset", f"ipset v7.17: No command specified.\n{TRY}"),
    ("ipset bogus", f"ipset v7.17: No command specified: unknown argument bogus\n{TRY}"),
    ("ipset add h", f"ipset v7.17: Missing second mandatory argument to command add\n{TRY}"),
    ("ipset list h x", f"ipset v7.17: Unknown argument x\n{TRY}"),
    ("ipset create z hash:ip bogus 1", f"ipset v7.17: Unknown argument: `bogus'\n{TRY}"),
    ("ipset create z hash:bogus", "ipset v7.17: Syntax error: typename 'hash:bogus' is unknown\n[1]"),
    ("ipset create h hash:ip", "ipset v7.17: Set cannot be created: set with the same name already exists\n[1]"),
    ("ipset add h 10.0.0.1", "ipset v7.17: Element cannot be added to the set: it's already added\n[1]"),
    ("ipset -! add h 10.0.0.1 comment 'the first'", ""),
    ("ipset -q add h 10.0.0.1", "[1]"),
    ("ipset del h 10.0.0.2", "ipset v7.17: Element cannot be deleted from the set: it's not added\n[1]"),
    ("ipset test h 10.0.0.1", "Warning: 10.0.0.1 is in set h.\n"),
    ("ipset test h 10.0.0.2", "10.0.0.2 is NOT in set h.\n[1]"),
    ("ipset list nosuch", "ipset v7.17: The set with the given name does not exist\n[1]"),
    ("ipset destroy n", f"ipset v7.17: {BUSY}\n[1]"),
    ("ipset destroy", f"ipset v7.17: {BUSY}\n[1]"),
    ("ipset rename n m", "ipset v7.17: Set cannot be renamed: it is in use by another system\n[1]"),
    ("ipset list -n", "h\nn\np\nl\n"),
    ("ipset list -o json h", "ipset v7.17: Syntax error: unknown output mode 'json'\n[1]"),
    ("ipset version", "ipset v7.17, protocol version: 7\n"),
    ("ipset help nosuch", "vnetsim: not modelled: ipset help about a type\n[1]"),
    ("ipset -r list", "vnetsim: not modelled: ipset -r\n[1]"),
    ("ipset -", "vnetsim: not modelled: ipset -, commands typed one after the other\n[1]"),
    ("ipset create z hash:ip bitmask 255.0.0.255", "vnetsim: not modelled: ipset: the option bitmask\n[1]"),
    ("iptables -A INPUT -m set --match-set nosuch src",
     f"iptables v1.8.9 (nf_tables): Set nosuch doesn't exist.{HELP.format('iptables')}"),
    ("iptables -A INPUT -m set --match-set n src",
     "iptables v1.8.9 (nf_tables): The protocol family of set n is IPv6, which is not applicable."
     + HELP.format("iptables")),
]  # fmt: skip


@pytest.mark.parametrize(("command", "answer"), CASES, ids=[command for command, _ in CASES])
def test_a_command_is_answered(lab: Lab, command: str, answer: str) -> None:
    assert said(lab, command) == answer


def test_names_are_resolved() -> None:
    lab = Lab(0, docker=False)
    lab.run("ipset create h hash:ip")
    assert said(lab, "ipset add h localhost") == ""
    assert said(lab, "ipset test h 127.0.0.1") == "Warning: 127.0.0.1 is in set h.\n"


def test_sets_belong_to_a_namespace() -> None:
    lab = Lab(0, docker=False)
    lab.run("ip netns add x")
    lab.run("ip netns exec x ipset create s hash:ip")
    assert said(lab, "ipset list -n") == ""
    assert said(lab, "ip netns exec x ipset list -n") == "s\n"
