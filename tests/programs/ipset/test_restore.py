"""`ipset restore`, as ipset 7.17 does it: what is about one set is sent together."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab

NEW = "create s hash:ip"


@pytest.mark.parametrize(
    ("lines", "error", "status", "members"),
    [
        ([NEW, "add s 1.1.1.1"], "", 0, ["1.1.1.1"]),
        ([NEW, "add s 1.1.1.1", "add s 1.1.1.1"],
         "Error in line 3: Element cannot be added to the set: it's already added\n", 1, ["1.1.1.1"]),
        ([NEW, "add s 1.1.1.1", "bogus"],
         "No command specified: unknown argument bogus\nTry `ipset help' for more information.\n", 2, []),
        (["# a comment", "", NEW, "add s 2.2.2.2", "add s 3.3.3.300"],
         "Error in line 5: Syntax error: cannot parse 3.3.3.300: resolving to IPv4 address failed\n", 1, []),
        ([NEW, "add s 2.2.2.2", "COMMIT", "del s 9.9.9.9"],
         "Error in line 4: Element cannot be deleted from the set: it's not added\n", 1, ["2.2.2.2"]),
        ([NEW, "add s 2.2.2.2", "del s 2.2.2.2"], "", 0, []),
        (["add s 2.2.2.2"], "Error in line 1: The set with the given name does not exist\n", 1, None),
        ([NEW, "restore"],
         "Command `restore' is invalid in restore mode.\nTry `ipset help' for more information.\n", 2, []),
        ([NEW, 'add s "1.1.1.1'], "Missing close quote!\nTry `ipset help' for more information.\n", 2, []),
        (['create s hash:ip comment', 'add s 1.1.1.1 comment "a b"'], "", 0, ['1.1.1.1 comment "a b"']),
    ],
)  # fmt: skip
def test_lines_are_restored(lines: list[str], error: str, status: int, members: list[str] | None) -> None:
    lab = Lab(0, docker=False)
    text = "".join(f"{line}\n" for line in lines)
    result = lab.run(f"ipset restore <<'END'\n{text}END")
    assert (result.stderr, result.exit_code) == (f"ipset v7.17: {error}" if error else "", status)
    saved = lab.run("ipset save s").stdout.splitlines()
    assert [line.removeprefix("add s ") for line in saved[1:]] == (members or [])
    assert bool(saved) is (members is not None)


def test_what_is_saved_can_be_restored() -> None:
    lab = Lab(0, docker=False)
    for command in (
        "ipset create a hash:net counters comment",
        "ipset add a 10.0.0.0/8 packets 3 bytes 5 comment 'x y'",
        "ipset add a 10.1.0.0/16 nomatch",
        "ipset create b list:set",
        "ipset add b a",
        "ipset save -f /tmp/sets",
    ):
        assert lab.run(command).exit_code == 0
    before = lab.run("ipset save").stdout
    lab.run("ipset flush; ipset destroy")
    assert lab.run("ipset restore -f /tmp/sets").exit_code == 0
    assert lab.run("ipset save").stdout == before
    assert lab.run("ipset restore -f /tmp/none").exit_code == 255
