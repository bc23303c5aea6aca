"""The forwarding database as a table: learning, ageing, addresses of the machine, people; then laws.

Refusals and orders are those recorded on Linux 6.18 with iproute2 6.1.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.fdb import AGEING, BridgeFdbEntry, ForwardingDatabase
from vnetsim.operations.verb import Verb
from vnetsim.wire.mac import UNKNOWN, Mac

RED, BLUE, OWN = Mac.parse("02:00:00:00:00:0a"), Mac.parse("02:00:00:00:00:0b"), Mac.parse("02:00:00:00:01:0a")

Fdb = ForwardingDatabase[str]


def behind(fdb: Fdb, mac: Mac, now: int = 0) -> str | None:
    entry = fdb.lookup(mac, now)
    return None if entry is None else entry.port


def listed(fdb: Fdb, port: str | None, now: int = 0) -> list[tuple[Mac, str]]:
    return [(entry.mac, entry.state) for entry in fdb.dump(port, now)]


@pytest.fixture
def fdb() -> Fdb:
    return ForwardingDatabase()


def test_a_station_is_found_where_it_was_seen(fdb: Fdb) -> None:
    assert fdb.learn(RED, "pa", 0)
    assert behind(fdb, RED) == "pa"
    assert behind(fdb, BLUE) is None


def test_a_station_that_moves_is_found_on_its_new_port(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 0)
    assert not fdb.learn(RED, "pa", 1)
    assert fdb.learn(RED, "pb", 2)
    assert behind(fdb, RED, 3) == "pb"


def test_an_entry_expires_when_not_seen_for_the_ageing_time(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 0)
    fdb.learn(RED, "pa", 10)
    assert behind(fdb, RED, AGEING + 9) == "pa"
    assert behind(fdb, RED, AGEING + 10) is None
    assert listed(fdb, "pa", AGEING + 10) == []


def test_being_asked_for_does_not_keep_an_entry_alive(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 0)
    fdb.lookup(RED, AGEING - 1)
    assert behind(fdb, RED, AGEING) is None


def test_a_station_that_comes_back_after_its_time_is_news(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 0)
    assert fdb.learn(RED, "pa", 2 * AGEING)


def test_with_ageing_zero_nothing_is_learned_so_that_everything_is_flooded(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 0)
    fdb.ageing = 0
    assert behind(fdb, RED, SECOND) is None
    assert not fdb.learn(RED, "pa", SECOND)
    assert behind(fdb, RED, SECOND) is None


def test_a_shorter_ageing_time_counts_at_once(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 0)
    fdb.learn(BLUE, "pa", 9 * SECOND)
    fdb.ageing = 2 * SECOND
    assert listed(fdb, "pa", 10 * SECOND) == [(BLUE, "")]


def test_used_and_updated_are_times_of_sending_and_of_being_seen(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 1)
    fdb.lookup(RED, 5)
    fdb.learn(RED, "pa", 7)
    entry = fdb.find(RED, 9)
    assert entry is not None
    assert (entry.used, entry.updated) == (5, 7)


# --- addresses of this machine ---------------------------------------------------------------------------------------


def test_an_address_of_the_machine_is_never_relearned_and_never_ages(fdb: Fdb) -> None:
    fdb.add_local(OWN, "pa")
    assert not fdb.learn(OWN, "pb", 0)
    entry = fdb.lookup(OWN, 10 * AGEING)
    assert entry is not None
    assert (entry.port, entry.local) == ("pa", True)


def test_a_port_with_an_address_that_was_heard_elsewhere_takes_it(fdb: Fdb) -> None:
    fdb.learn(OWN, "pb", 0)
    fdb.add_local(OWN, "pa")
    assert listed(fdb, "pa") == [(OWN, "permanent")]
    assert listed(fdb, "pb") == []


def test_the_first_of_two_ports_with_one_address_has_it(fdb: Fdb) -> None:
    fdb.add_local(OWN, "pa")
    fdb.add_local(OWN, None)
    assert listed(fdb, "pa") == [(OWN, "permanent")]
    assert listed(fdb, None) == []


@pytest.mark.parametrize("heir", ["pb", None])
def test_when_a_port_loses_an_address_another_with_the_same_takes_over(fdb: Fdb, heir: str | None) -> None:
    fdb.add_local(OWN, "pa")
    fdb.delete_local(OWN, "pa", [(RED, 0, "pc"), (OWN, 1, "pd"), (OWN, 0, heir)])
    assert listed(fdb, heir) == [(OWN, "permanent")]


def test_an_address_nobody_has_any_more_is_gone(fdb: Fdb) -> None:
    fdb.add_local(OWN, "pa")
    fdb.delete_local(OWN, "pa", [(RED, 0, "pb")])
    assert behind(fdb, OWN) is None


def test_a_port_cannot_take_away_the_address_of_another(fdb: Fdb) -> None:
    fdb.add_local(OWN, "pa")
    fdb.delete_local(OWN, "pb")
    assert listed(fdb, "pa") == [(OWN, "permanent")]


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "printed"), [("permanent", "permanent"), ("static", "static"), ("dynamic", "")])
def test_an_entry_made_by_hand_is_listed_with_its_state(fdb: Fdb, state: str, printed: str) -> None:
    fdb.add(RED, "pa", state, Verb.ADD, 0)
    assert listed(fdb, "pa") == [(RED, printed)]


def test_a_static_entry_follows_the_station_and_stays_static(fdb: Fdb) -> None:
    fdb.add(RED, "pa", "static", Verb.ADD, 0)
    assert fdb.learn(RED, "pb", 1)
    assert listed(fdb, "pb", 10 * AGEING) == [(RED, "static")]


REFUSED = [
    (RED, "pa", "static", Verb.ADD, True, Errno.EEXIST),
    (OWN, "pb", "permanent", Verb.ADD, True, Errno.EEXIST),
    (BLUE, "pa", "permanent", Verb.CHANGE, True, Errno.ENOENT),
    (BLUE, "pa", "dynamic", Verb.ADD, False, Errno.EPERM),
    (BLUE, None, "static", Verb.ADD, True, Errno.EINVAL),
    (UNKNOWN, "pa", "permanent", Verb.ADD, True, Errno.EINVAL),
]


@pytest.mark.parametrize(("mac", "port", "state", "verb", "port_learns", "errno"), REFUSED)
def test_what_makes_no_sense_is_refused(
    fdb: Fdb, mac: Mac, port: str | None, state: str, verb: Verb, port_learns: bool, errno: Errno
) -> None:
    fdb.add(RED, "pa", "static", Verb.ADD, 0)
    fdb.add_local(OWN, "pa")
    with pytest.raises(KernelError) as refused:
        fdb.add(mac, port, state, verb, 0, port_learns=port_learns)
    assert refused.value.errno is errno


@pytest.mark.parametrize("verb", [Verb.REPLACE, Verb.APPEND, Verb.CHANGE])
def test_an_entry_can_be_moved_and_given_another_state(fdb: Fdb, verb: Verb) -> None:
    fdb.add(RED, "pa", "static", Verb.ADD, 0)
    fdb.add(RED, "pb", "dynamic", verb, 5)
    assert listed(fdb, "pa") == []
    assert listed(fdb, "pb") == [(RED, "")]
    assert behind(fdb, RED, AGEING + 5) is None


def test_an_entry_that_is_replaced_by_the_same_was_used_but_not_seen(fdb: Fdb) -> None:
    """fdb_add_entry: `updated` is set only where something is modified."""
    fdb.add(RED, "p1", "static", Verb.ADD, 0)
    fdb.add(RED, "p1", "static", Verb.REPLACE, 5)
    [entry] = fdb.dump("p1", 5)
    assert (entry.used, entry.updated) == (5, 0)
    fdb.add(RED, "p1", "permanent", Verb.REPLACE, 7)
    [entry] = fdb.dump("p1", 7)
    assert (entry.used, entry.updated) == (7, 7)


def test_an_address_of_a_port_that_a_user_replaced_outlives_the_port_having_it(fdb: Fdb) -> None:
    """br_fdb_find_delete_local spares what has BR_FDB_ADDED_BY_USER."""
    fdb.add_local(OWN, "p1")
    fdb.add_local(BLUE, "p1")
    fdb.add(OWN, "p1", "permanent", Verb.REPLACE, 5)
    for mac in (OWN, BLUE):
        fdb.delete_local(mac, "p1")
    assert listed(fdb, "p1") == [(OWN, "permanent")]


def test_an_entry_is_deleted_only_on_the_port_where_it_is(fdb: Fdb) -> None:
    fdb.learn(RED, "pa", 0)
    with pytest.raises(KernelError) as refused:
        fdb.delete(RED, "pb")
    assert refused.value.errno is Errno.ENOENT
    fdb.delete(RED, "pa")
    assert behind(fdb, RED) is None


def everything_in(fdb: Fdb) -> Fdb:
    fdb.add_local(OWN, "pa")
    fdb.add(Mac(0x7), "pa", "static", Verb.ADD, 0)
    fdb.learn(RED, "pa", 0)
    fdb.learn(BLUE, "pb", 0)
    return fdb


def test_a_port_that_is_disabled_forgets_what_it_learned(fdb: Fdb) -> None:
    everything_in(fdb).flush_port("pa")
    assert listed(fdb, "pa") == [(Mac(0x7), "static"), (OWN, "permanent")]
    assert listed(fdb, "pb") == [(BLUE, "")]


def test_a_port_that_leaves_takes_everything_along_but_an_address_the_bridge_shares(fdb: Fdb) -> None:
    everything_in(fdb).flush_port("pa", everything=True, others=[(OWN, 0, None)])
    assert listed(fdb, "pa") == []
    assert listed(fdb, None) == [(OWN, "permanent")]


def test_flushing_the_bridge_forgets_what_was_learned_and_keeps_the_rest(fdb: Fdb) -> None:
    everything_in(fdb).flush()
    assert listed(fdb, "pa") == [(Mac(0x7), "static"), (OWN, "permanent")]
    assert listed(fdb, "pb") == []


def test_flushing_may_be_for_one_port_only(fdb: Fdb) -> None:
    everything_in(fdb).flush("pb")
    assert (RED, "") in listed(fdb, "pa")
    assert listed(fdb, "pb") == []


def test_the_newest_entry_is_listed_first_and_moving_does_not_make_it_newer(fdb: Fdb) -> None:
    """As recorded: the entry of a station that moved is behind the newer one of its new port."""
    fdb.add_local(OWN, "pc")
    fdb.learn(BLUE, "pb", 0)
    fdb.learn(RED, "pc", 0)
    fdb.learn(BLUE, "pc", 1)
    assert [mac for mac, _ in listed(fdb, "pc")] == [RED, BLUE, OWN]


# --- laws ------------------------------------------------------------------------------------------------------------

SIGHTINGS = st.lists(
    st.tuples(st.sampled_from([RED, BLUE, OWN]), st.sampled_from(["pa", "pb"]), st.integers(0, AGEING)), max_size=20
)


@given(SIGHTINGS)
def test_a_station_is_where_it_was_seen_last_or_nowhere(sightings: list[tuple[Mac, str, int]]) -> None:
    fdb: Fdb = ForwardingDatabase()
    fdb.add_local(OWN, "pa")
    now, last = 0, dict[Mac, tuple[str, int]]()
    for mac, port, pause in sightings:
        now += pause
        fdb.learn(mac, port, now)
        last[mac] = (port, now)
    for mac, (port, seen) in last.items():
        entry = fdb.lookup(mac, now)
        if mac == OWN:
            assert isinstance(entry, BridgeFdbEntry)
            assert entry.local
        else:
            assert (entry.port if entry else None) == (port if now < seen + AGEING else None)
