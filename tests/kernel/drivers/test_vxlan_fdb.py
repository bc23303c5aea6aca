"""The entries of a VXLAN device, as `bridge fdb` makes them (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.drivers.vxlan_fdb import FarEnd, VxlanDatabase
from vnetsim.operations import Verb
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import UNKNOWN, Mac

HOST = Mac.parse("02:00:00:00:00:01")
GROUP = Mac.parse("01:00:5e:00:00:01")
ONE, TWO = FarEnd(IPv4.parse("192.168.0.1")), FarEnd(IPv4.parse("192.168.0.2"))


def with_entry(mac: Mac, state: str = "permanent") -> VxlanDatabase:
    database = VxlanDatabase()
    database.add(mac, ONE, state, Verb.ADD, 0)
    return database


def ends(database: VxlanDatabase, mac: Mac) -> list[FarEnd]:
    entry = database.find(mac, 0)
    return [] if entry is None else entry.far_ends


@pytest.mark.parametrize(
    ("mac", "verb", "refusal"),
    [
        (HOST, Verb.ADD, Errno.EEXIST),
        (UNKNOWN, Verb.ADD, Errno.EEXIST),
        (UNKNOWN, Verb.REPLACE, Errno.EOPNOTSUPP),
        (GROUP, Verb.REPLACE, Errno.EOPNOTSUPP),
    ],
)
def test_changes_that_are_refused(mac: Mac, verb: Verb, refusal: Errno) -> None:
    database = with_entry(mac)
    with pytest.raises(KernelError) as caught:
        database.add(mac, TWO, "permanent", verb, 0)
    assert caught.value.errno is refusal
    assert ends(database, mac) == [ONE]


@pytest.mark.parametrize(
    ("mac", "verb", "then"),
    [
        (HOST, Verb.REPLACE, [TWO]),
        (HOST, Verb.APPEND, [ONE]),
        (UNKNOWN, Verb.APPEND, [ONE, TWO]),
        (GROUP, Verb.APPEND, [ONE, TWO]),
    ],
)
def test_changes_of_what_is_there(mac: Mac, verb: Verb, then: list[FarEnd]) -> None:
    database = with_entry(mac)
    database.add(mac, TWO, "permanent", verb, 0)
    assert ends(database, mac) == then


def test_the_same_far_end_is_there_once() -> None:
    database = with_entry(UNKNOWN)
    database.add(UNKNOWN, ONE, "permanent", Verb.APPEND, 0)
    assert ends(database, UNKNOWN) == [ONE]


def test_no_group_is_made_by_replacing() -> None:
    with pytest.raises(KernelError) as caught:
        VxlanDatabase().add(GROUP, ONE, "permanent", Verb.REPLACE, 0)
    assert caught.value.errno is Errno.EOPNOTSUPP


def test_deleting_one_far_end_leaves_the_others() -> None:
    database = with_entry(UNKNOWN)
    database.add(UNKNOWN, TWO, "permanent", Verb.APPEND, 0)
    database.delete(UNKNOWN, ONE, 0)
    assert ends(database, UNKNOWN) == [TWO]
    database.delete(UNKNOWN, TWO, 0)
    assert database.find(UNKNOWN, 0) is None


def test_deleting_a_far_end_that_is_not_there_changes_nothing_and_is_no_error() -> None:
    database = with_entry(HOST)
    database.delete(HOST, TWO, 0)
    assert ends(database, HOST) == [ONE]


def test_deleting_what_is_not_there_is_an_error() -> None:
    with pytest.raises(KernelError) as caught:
        VxlanDatabase().delete(HOST, None, 0)
    assert caught.value.errno is Errno.ENOENT


def test_no_more_entries_than_the_limit() -> None:
    database = VxlanDatabase(limit=1)
    database.add(HOST, ONE, "permanent", Verb.ADD, 0)
    with pytest.raises(KernelError) as caught:
        database.add(Mac(HOST + 1), ONE, "permanent", Verb.ADD, 0)
    assert caught.value.errno is Errno.ENOSPC
    assert database.learn(Mac(HOST + 1), ONE.address, 0)
    assert database.find(Mac(HOST + 1), 0) is None


def test_a_learned_address_moves_and_ages_and_goes_with_the_device() -> None:
    database = VxlanDatabase(ageing=10 * SECOND)
    assert database.learn(HOST, ONE.address, 0)
    assert database.learn(HOST, TWO.address, 5 * SECOND)
    assert ends(database, HOST) == [TWO]
    assert database.find(HOST, 14 * SECOND) is not None
    assert database.find(HOST, 15 * SECOND) is None
    database.learn(HOST, ONE.address, 20 * SECOND)
    database.flush()
    assert database.dump(20 * SECOND) == []


@pytest.mark.parametrize("state", ["permanent", "static"])
def test_a_fixed_entry_does_not_move_and_what_says_otherwise_is_dropped(state: str) -> None:
    database = with_entry(HOST, state)
    assert database.learn(HOST, ONE.address, 0)
    assert not database.learn(HOST, TWO.address, 0)
    assert ends(database, HOST) == [ONE]
    assert database.find(HOST, 1000 * SECOND) is not None


def test_entries_are_listed_newest_first_with_what_differs_from_the_device() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link add v0 type veth
        ip link add vx0 type vxlan id 100 remote 192.168.0.2 dstport 4789
        bridge fdb add 02:00:00:00:00:b1 dev vx0 dst 192.168.0.3
        bridge fdb add 02:00:00:00:00:b3 dev vx0 dst 192.168.0.3 dynamic
        bridge fdb add 02:00:00:00:00:b4 dev vx0 dst 192.168.0.3 static
        bridge fdb add 02:00:00:00:00:b5 dev vx0 dst 192.168.0.3 vni 200 port 5000 via v0
        bridge fdb add 02:00:00:00:00:b6 dev vx0 dst 192.168.0.3 vni 100 port 4789
    """,
    )
    assert lab.run("bridge fdb show dev vx0").stdout == (
        "02:00:00:00:00:b6 dst 192.168.0.3 self permanent\n"
        "02:00:00:00:00:b5 dst 192.168.0.3 port 5000 vni 200 via v0 self permanent\n"
        "02:00:00:00:00:b4 dst 192.168.0.3 self static\n"
        "02:00:00:00:00:b3 dst 192.168.0.3 self \n"
        "02:00:00:00:00:b1 dst 192.168.0.3 self permanent\n"
        "00:00:00:00:00:00 dst 192.168.0.2 self permanent\n"
    )


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("bridge fdb add 02:00:00:00:00:b2 dev vx0", "RTNETLINK answers: Invalid argument"),
        ("bridge fdb add 02:00:00:00:00:b2 dev vx0 dst fd00::1", "Address family not supported by protocol"),
        ("bridge fdb replace 00:00:00:00:00:00 dev vx0 dst 1.2.3.4", "Error: Cannot replace non-unicast fdb entries."),
        ("bridge fdb del 02:00:00:00:00:b2 dev vx0", "RTNETLINK answers: No such file or directory"),
        ("bridge fdb add 02:00:00:00:00:b2 dev vx0 dst 1.2.3.4 master", "RTNETLINK answers: Operation not supported"),
        ("bridge fdb add 02:00:00:00:00:b2 dev vx0 dst 1.2.3.4 via nosuch", 'Cannot find device "nosuch"'),
    ],
)
def test_what_the_device_does_not_take_is_refused(command: str, refusal: str) -> None:
    lab = Lab(docker=False)
    lab.run("ip link add vx0 type vxlan id 100 remote 192.168.0.2 dstport 4789")
    result = lab.run(command)
    assert (result.exit_code, refusal in result.output) == (255, True), result.output


def test_another_device_has_a_filter_of_addresses_where_only_add_minds_what_is_there() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link add v0 type veth
        bridge fdb append 02:00:00:00:00:01 dev v0 dst 192.168.0.3
        bridge fdb append 02:00:00:00:00:01 dev v0
    """,
    )
    assert "File exists" in lab.run("bridge fdb add 02:00:00:00:00:01 dev v0").output
    assert "Invalid argument" in lab.run("bridge fdb add 02:00:00:00:00:02 dev v0 dynamic").output
