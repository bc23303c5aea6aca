"""Changes of sets print as the commands that make them."""

from __future__ import annotations

import pytest

from vnetsim.netfilter.ipset import operations as ops
from vnetsim.netfilter.ipset.entry import Extensions
from vnetsim.netfilter.ipset.setbase import SetOptions
from vnetsim.netfilter.ipset.settypes import TYPES
from vnetsim.programs.ipset.arguments import read
from vnetsim.programs.ipset.options import create_options, element_options
from vnetsim.programs.ipset.parse import ElementParser

CREATED = [
    "ipset create a hash:ip",
    "ipset create a hash:ip family inet6 hashsize 512 netmask 64 timeout 5 counters comment -exist",
    "ipset create a bitmap:port range 5-10",
    "ipset create a bitmap:ip range 10.0.0.0/24",
]
ADDED = [
    ("hash:ip,port", "ipset add a 10.0.0.1,tcp:80"),
    ("hash:net", 'ipset add a 10.0.0.0/8 timeout 5 packets 1 comment "x" nomatch -exist'),
    ("hash:ip", "ipset add a 10.0.0.1-10.0.0.9 skbmark 0x1/0xff"),
]


@pytest.mark.parametrize("command", CREATED)
def test_a_set_is_created_by_its_command(command: str) -> None:
    found = read(command.split()[1:])
    options = create_options(TYPES[found.second], found.rest, {}, lambda _text: None)
    operation = ops.CreateSet(name="a", type=found.second, options=options, exist="exist" in found.switches)
    assert operation.command() == command


@pytest.mark.parametrize(("kind", "command"), ADDED)
def test_an_element_is_added_by_its_command(kind: str, command: str) -> None:
    found = read(command.replace('"', "").split()[1:])
    element = ElementParser(TYPES[kind], 4, {}).element(found.second)
    given, _ = element_options(TYPES[kind], "add", found.rest)
    exist = "exist" in found.switches
    assert ops.AddElement(name="a", element=element, extensions=given, exist=exist).command() == command
    assert ops.DeleteElement(name="a", element=element).command() == f"ipset del a {found.second}"


def test_defaults() -> None:
    assert Extensions().arguments() == ""
    assert SetOptions().extensions == frozenset()
    assert SetOptions(timeout=0, skbinfo=True).extensions == {"timeout", "skbinfo"}
