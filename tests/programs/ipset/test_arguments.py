"""The command line of `ipset` 7.17."""

from __future__ import annotations

import pytest

from vnetsim.programs.ipset.arguments import read
from vnetsim.programs.ipset.errors import IpsetError


@pytest.mark.parametrize(
    ("line", "name", "first", "second", "switches"),
    [
        ("list h -t", "list", "h", "", {"terse"}),
        ("-exist add h x", "add", "h", "x", {"exist"}),
        ("add h x --exist", "add", "h", "x", {"exist"}),
        ("n h hash:ip", "create", "h", "hash:ip", set()),
        ("cre h hash:ip", "create", "h", "hash:ip", set()),
        ("-A h x", "add", "h", "x", set()),
        ("x h", "destroy", "h", "", set()),
        ("list -x", "list", "-x", "", set()),
        ("-N -x hash:ip", "create", "-x", "hash:ip", set()),
    ],
)
def test_a_command_is_read(line: str, name: str, first: str, second: str, switches: set[str]) -> None:
    found = read(line.split())
    assert (found.name, found.first, found.second, found.switches) == (name, first, second, switches)


@pytest.mark.parametrize(
    ("line", "message", "status"),
    [
        ("--bogus", "No command specified: unknown argument --bogus", 2),
        ("add", "Missing mandatory argument to command add", 2),
        ("list -o", "Missing mandatory argument to option -o", 2),
        ("-f", "Missing mandatory argument to option -f", 2),
        ("restore x", "Unknown argument x", 2),
        ("list " + "a" * 32, f"Syntax error: setname '{'a' * 32}' is longer than 31 characters", 1),
    ],
)
def test_a_command_is_refused(line: str, message: str, status: int) -> None:
    with pytest.raises(IpsetError) as refused:
        read(line.split())
    assert (str(refused.value), refused.value.status) == (message, status)
