"""The sets of a namespace."""

from __future__ import annotations

from typing import Any

import pytest

from tests.netfilter.ipset.sets import Sets
from vnetsim.netfilter.ipset import operations as ops
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.operations import IpsetOperation


def code(sets: Sets, operation: IpsetOperation) -> str:
    try:
        sets.sets.execute(operation)
    except IpsetRefusal as refused:
        return refused.code
    return ""


@pytest.fixture
def sets() -> Sets:
    found = Sets()
    found.create("a", "hash:ip", timeout=5)
    found.create("b", "hash:ip")
    found.create("n", "hash:net")
    return found


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (ops.CreateSet(name="a", type="hash:ip"), "EEXIST"),
        (ops.CreateSet(name="b", type="hash:ip", exist=True), ""),
        (ops.CreateSet(name="a", type="hash:ip", exist=True), "EEXIST"),
        (ops.CreateSet(name="n", type="hash:ip", exist=True), "EEXIST"),
        (ops.DestroySet(name="x"), "ENOENT"),
        (ops.DestroySet(name="n"), "BUSY"),
        (ops.DestroySet(), "BUSY"),
        (ops.FlushSet(name="x"), "ENOENT"),
        (ops.FlushSet(), ""),
        (ops.RenameSet(name="n", other="m"), "REFERENCED"),
        (ops.RenameSet(name="a", other="b"), "EXIST_SETNAME2"),
        (ops.RenameSet(name="a", other="c"), ""),
        (ops.SwapSets(name="a", other="x"), "EXIST_SETNAME2"),
        (ops.SwapSets(name="a", other="n"), "TYPE_MISMATCH"),
        (ops.SwapSets(name="a", other="b"), ""),
    ],
    ids=lambda value: value.command() if isinstance(value, IpsetOperation) else "",
)
def test_a_change_is_refused_or_not(sets: Sets, operation: IpsetOperation, expected: str) -> None:
    sets.used.append("n")
    assert code(sets, operation) == expected


def test_who_refers_to_a_name_has_the_other_set_after_a_swap(sets: Sets) -> None:
    sets.used.append("a")
    sets.add("b", "10.0.0.1")
    assert code(sets, ops.SwapSets(name="a", other="b")) == ""
    assert (sets.members("a"), sets.members("b"), sets.sets.references("a")) == (["10.0.0.1"], [], 1)


def test_a_new_set_takes_the_first_free_place_and_lists_come_last(sets: Sets) -> None:
    assert code(sets, ops.DestroySet(name="b")) == ""
    sets.create("l", "list:set")
    sets.create("z", "hash:ip")
    assert sets.sets.names() == ["a", "n", "z", "l"]


@pytest.mark.parametrize(
    ("options", "hashsize", "bucketsize"),
    [({}, 1024, 12), ({"hashsize": 0}, 64, 12), ({"hashsize": 100}, 128, 12), ({"bucketsize": 5}, 1024, 6),
     ({"bucketsize": 100}, 1024, 12), ({"bucketsize": 1}, 1024, 2)],
)  # fmt: skip
def test_sizes_are_rounded(options: Any, hashsize: int, bucketsize: int) -> None:
    sets = Sets()
    sets.create("s", "hash:ip", **options)
    found: Any = sets.sets.named("s")
    assert (1 << found.bits, found.options.bucketsize) == (hashsize, bucketsize)


@pytest.mark.parametrize(
    ("kind", "version", "element", "empty", "one"),
    [
        ("hash:ip", 4, "10.0.0.1", 216, 256),
        ("hash:ip", 6, "fd00::1", 224, 288),
        ("hash:net", 6, "fd00::/64", 1240, 1312),
        ("hash:ip,port,ip", 4, "1.1.1.1,80,1.1.1.1", 208, 264),
        ("hash:net,port,net", 6, "fd00::/64,80,fd00::/64", 1784, 1896),
        ("hash:mac", 4, "02:00:00:00:00:01", 200, 248),
    ],
)
def test_the_memory_is_what_the_kernel_says(kind: str, version: int, element: str, empty: int, one: int) -> None:
    sets = Sets()
    sets.create("s", kind, family=version)
    assert sets.sets.named("s").memory == empty
    sets.add("s", element)
    assert sets.sets.named("s").memory == one


def test_extensions_take_memory() -> None:
    sets = Sets()
    sets.create("s", "hash:ip", timeout=60, counters=True, comment=True)
    for n in range(1, 6):
        sets.add("s", f"10.0.0.{n}", comment={3: "hello world", 5: "plain"}.get(n))
    assert sets.sets.named("s").memory in range(826 - 2 * 112, 827)
    sets.create("b", "bitmap:ip,mac", within="10.0.0.0/24", skbinfo=True)
    assert sets.sets.named("b").memory == 6256


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (ops.CreateSet(name="a", type="hash:ip", exist=True), "ipset create a hash:ip -exist"),
        (ops.DestroySet(name="x"), "ipset destroy x"),
        (ops.FlushSet(), "ipset flush"),
        (ops.SwapSets(name="a", other="b"), "ipset swap a b"),
    ],
)
def test_a_change_is_a_command(operation: IpsetOperation, text: str) -> None:
    assert operation.command() == text
