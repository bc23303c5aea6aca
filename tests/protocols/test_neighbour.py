"""The neighbour machine, told as conversations with a table, then as laws.

Times and states are those recorded on Linux 6.18 (HZ=250).
"""

from __future__ import annotations

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.laws import examples
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.protocols.neighbour import NeighbourTable, truesize
from vnetsim.protocols.neighbour_entry import (
    CONNECTED,
    IN_TIMER,
    VALID,
    Action,
    DropWhy,
    Neighbour,
    NeighbourDrop,
    NeighbourFail,
    NeighbourSend,
    NudState,
    Parameters,
    Solicit,
)
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac

DEV = 3
HOP, OTHER_HOP = IPv4.parse("10.0.0.2"), IPv4.parse("10.0.0.3")
MAC, OTHER_MAC = Mac.parse("02:00:00:00:00:02"), Mac.parse("02:00:00:00:00:99")
LATER = 60 * SECOND

Table = NeighbourTable[str]


def new_table(parameters: Parameters | None = None) -> Table:
    told = parameters or Parameters()
    return NeighbourTable(lambda _: told, random.Random(1))


def state(table: Table, hop: IPv4 = HOP) -> NudState:
    entry = table.lookup(DEV, hop)
    assert entry is not None
    return entry.state


def run(table: Table, until: int) -> list[tuple[int, Action[str]]]:
    """Everything that happens by itself until then, with its time in milliseconds."""
    happened = []
    while (due := table.deadline) is not None and due <= until:
        happened += [(due // MILLISECOND, action) for action in table.expire(due)]
    return happened


def table_with(hop_state: NudState, now: int = 0) -> Table:
    """A table that knows HOP in this state since `now`."""
    table = new_table()
    table.update(DEV, HOP, MAC if hop_state in VALID else None, hop_state, now, admin=True, create=True)
    return table


def replied(table: Table, now: int, mac: Mac = MAC, hop: IPv4 = HOP) -> list[Action[str]]:
    return table.heard(DEV, hop, mac, now, reply=True, unicast=True)


# --- resolving -------------------------------------------------------------------------------------------------------


def test_an_unknown_neighbour_is_asked_for_and_its_reply_releases_what_waited_in_order() -> None:
    table = new_table()
    assert table.resolve(DEV, HOP, "first", 0) == [Solicit(DEV, HOP, None, "first")]
    assert table.resolve(DEV, HOP, "second", 1) == []
    assert state(table) is NudState.INCOMPLETE
    assert replied(table, 2) == [NeighbourSend(DEV, "first", MAC), NeighbourSend(DEV, "second", MAC)]
    assert state(table) is NudState.REACHABLE
    assert table.resolve(DEV, HOP, "third", 3) == [NeighbourSend(DEV, "third", MAC)]


def test_nobody_answers_three_requests_and_every_packet_fails_after_three_seconds() -> None:
    table = new_table()
    table.resolve(DEV, HOP, "first", 0)
    table.resolve(DEV, HOP, "second", SECOND // 2)
    assert run(table, LATER) == [
        (1024, Solicit(DEV, HOP, None, "second")),
        (2048, Solicit(DEV, HOP, None, "second")),
        (3072, NeighbourFail(DEV, "first")),
        (3072, NeighbourFail(DEV, "second")),
    ]
    assert state(table) is NudState.FAILED
    assert table.deadline is None


def test_a_failed_neighbour_is_asked_for_anew_by_broadcast() -> None:
    table = new_table()
    table.resolve(DEV, HOP, "ping", 0)
    run(table, LATER)
    assert table.resolve(DEV, HOP, "again", LATER) == [Solicit(DEV, HOP, None, "again")]
    assert state(table) is NudState.INCOMPLETE


def test_the_oldest_packet_makes_room_when_too_many_wait() -> None:
    table = new_table(Parameters(queue_bytes=2 * truesize(0)))
    table.resolve(DEV, HOP, "one", 0)
    table.resolve(DEV, HOP, "two", 0)
    assert table.resolve(DEV, HOP, "three", 0) == [NeighbourDrop(DEV, "one", DropWhy.QUEUE_FULL)]
    assert replied(table, 1) == [NeighbourSend(DEV, "two", MAC), NeighbourSend(DEV, "three", MAC)]


@pytest.mark.parametrize(("length", "waiting"), [(28, 255), (178, 255), (228, 166), (528, 166), (1028, 92), (1428, 92)])
def test_as_many_packets_wait_as_on_linux(length: int, waiting: int) -> None:
    """unres_discards was counted for UDP of several sizes; one more fits where the division leaves no rest."""
    assert Parameters().queue_bytes // truesize(length) in (waiting, waiting + 1)


def test_a_device_that_never_asks_loses_the_packet() -> None:
    table = new_table(Parameters(mcast_solicit=0))
    assert table.resolve(DEV, HOP, "ping", 0) == [NeighbourDrop(DEV, "ping", DropWhy.NO_SOLICITATION)]
    assert state(table) is NudState.FAILED


def test_the_same_address_on_another_device_is_another_neighbour() -> None:
    table = table_with(NudState.REACHABLE)
    assert table.lookup(DEV + 1, HOP) is None


# --- the life of an entry --------------------------------------------------------------------------------------------


def test_reachable_becomes_stale_after_fifteen_to_forty_five_seconds() -> None:
    table = table_with(NudState.REACHABLE)
    assert run(table, 15 * SECOND - 1) == []
    assert state(table) is NudState.REACHABLE
    assert run(table, 50 * SECOND) == []
    assert state(table) is NudState.STALE


def test_a_confirmed_neighbour_stays_reachable() -> None:
    table = table_with(NudState.REACHABLE)
    for now in range(0, 600, 10):
        run(table, now * SECOND)
        table.confirm(DEV, HOP, now * SECOND)
    assert state(table) is NudState.REACHABLE


def test_a_reachable_neighbour_in_use_is_doubted_not_dropped() -> None:
    """`used` moves only while the entry is not connected; one that was just used goes to DELAY instead of STALE."""
    table = table_with(NudState.REACHABLE)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    while state(table) is NudState.REACHABLE:
        due = table.deadline
        assert due is not None
        entry.used = due
        table.expire(due)
    assert state(table) is NudState.DELAY


def test_using_a_stale_entry_sends_at_once_and_asks_in_person_five_seconds_later() -> None:
    table = table_with(NudState.STALE)
    assert table.resolve(DEV, HOP, "ping", 0) == [NeighbourSend(DEV, "ping", MAC)]
    assert state(table) is NudState.DELAY
    ((at, action),) = run(table, 5_500 * MILLISECOND)
    assert action == Solicit(DEV, HOP, MAC, None)
    assert 5_000 <= at <= 5_256
    assert state(table) is NudState.PROBE
    assert replied(table, 6 * SECOND) == []
    assert state(table) is NudState.REACHABLE


def test_three_unanswered_questions_in_person_make_it_fail() -> None:
    table = table_with(NudState.PROBE)
    questions = [(at, action) for at, action in run(table, LATER) if action == Solicit(DEV, HOP, MAC, None)]
    assert len(questions) == 3
    assert state(table) is NudState.FAILED
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    assert entry.known_mac is None


def test_packets_keep_leaving_while_the_neighbour_is_in_doubt() -> None:
    table = table_with(NudState.PROBE)
    assert table.resolve(DEV, HOP, "ping", 0) == [NeighbourSend(DEV, "ping", MAC)]


def test_delay_ends_without_a_question_if_a_protocol_confirmed_it() -> None:
    table = table_with(NudState.STALE)
    table.resolve(DEV, HOP, "segment", 0)
    table.confirm(DEV, HOP, SECOND)
    assert run(table, 6 * SECOND) == []
    assert state(table) is NudState.REACHABLE


# --- hearing ---------------------------------------------------------------------------------------------------------

#: known state, is it a reply, to us in person, gratuitous -> state and whether the new address was taken
HEARD = [
    (NudState.STALE, True, True, False, NudState.REACHABLE, True),
    (NudState.STALE, True, False, False, NudState.STALE, True),
    (NudState.REACHABLE, False, False, False, NudState.STALE, True),
    (NudState.REACHABLE, False, False, True, NudState.STALE, True),
    (NudState.REACHABLE, True, True, False, NudState.REACHABLE, True),
    (NudState.DELAY, False, False, False, NudState.STALE, True),
    (NudState.FAILED, True, True, False, NudState.REACHABLE, True),
    (NudState.FAILED, False, False, False, NudState.STALE, True),
    (NudState.INCOMPLETE, False, False, False, NudState.STALE, True),
    (NudState.PERMANENT, True, True, False, NudState.PERMANENT, False),
    (NudState.PERMANENT, True, True, True, NudState.PERMANENT, False),
    (NudState.NOARP, False, False, True, NudState.NOARP, False),
]


@pytest.mark.parametrize(("known", "reply", "unicast", "gratuitous", "then", "taken"), HEARD)
def test_what_is_heard_changes_the_entry(
    known: NudState, reply: bool, unicast: bool, gratuitous: bool, then: NudState, taken: bool
) -> None:
    table = table_with(known)
    table.heard(DEV, HOP, OTHER_MAC, 10 * SECOND, reply=reply, unicast=unicast, gratuitous=gratuitous)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    assert (entry.state, entry.mac == OTHER_MAC) == (then, taken)


@pytest.mark.parametrize("known", [NudState.REACHABLE, NudState.DELAY, NudState.PROBE, NudState.STALE])
def test_hearing_the_known_address_again_in_passing_changes_nothing(known: NudState) -> None:
    table = table_with(known)
    table.solicited_by(DEV, HOP, MAC, 10 * SECOND)
    assert state(table) is known


def test_a_stranger_is_not_learned_from_what_nobody_asked() -> None:
    table = new_table()
    assert replied(table, 0) == []
    assert table.lookup(DEV, HOP) is None


def test_a_stranger_is_learned_where_arp_accept_says_so() -> None:
    table = new_table()
    table.heard(DEV, HOP, MAC, 0, reply=False, unicast=False, gratuitous=True, create=True)
    assert state(table) is NudState.STALE


def test_whoever_asks_us_is_learned_and_gets_what_waited_for_it() -> None:
    table = new_table()
    assert table.solicited_by(DEV, HOP, MAC, 0) == []
    assert state(table) is NudState.STALE
    table.resolve(DEV, OTHER_HOP, "ping", 0)
    assert table.solicited_by(DEV, OTHER_HOP, OTHER_MAC, 1) == [NeighbourSend(DEV, "ping", OTHER_MAC)]
    assert state(table, OTHER_HOP) is NudState.DELAY


def test_the_first_of_two_answers_wins() -> None:
    table = new_table()
    table.resolve(DEV, HOP, "ping", 0)
    replied(table, 1000)
    replied(table, 2000, OTHER_MAC)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    assert entry.mac == MAC
    replied(table, 2 * SECOND, OTHER_MAC)
    assert entry.mac == OTHER_MAC


def test_a_gratuitous_announcement_is_believed_at_once() -> None:
    table = new_table()
    table.resolve(DEV, HOP, "ping", 0)
    replied(table, 1000)
    table.heard(DEV, HOP, OTHER_MAC, 2000, reply=True, unicast=False, gratuitous=True)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    assert (entry.mac, entry.state) == (OTHER_MAC, NudState.STALE)


def test_a_weak_override_only_makes_a_reachable_neighbour_doubtful() -> None:
    """IPv6: an advertisement without the override flag, from another station (RFC 4861, 7.2.5)."""
    table = table_with(NudState.REACHABLE)
    table.update(DEV, HOP, OTHER_MAC, NudState.REACHABLE, 1, override=False, weak_override=True)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    assert (entry.mac, entry.state) == (MAC, NudState.STALE)


def test_an_advertisement_says_whether_the_neighbour_is_a_router() -> None:
    table = table_with(NudState.REACHABLE)
    table.update(DEV, HOP, MAC, NudState.REACHABLE, 1, router=True)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    assert entry.router


# --- people and devices ----------------------------------------------------------------------------------------------


def ask(table: Table, verb: str, told: NudState, mac: Mac | None = MAC) -> list[Action[str]]:
    return table.change(DEV, HOP, mac, told, 0, create=verb != "change", exclusive=verb == "add", replace=verb != "add")


@pytest.mark.parametrize(
    "told", [NudState.PERMANENT, NudState.NOARP, NudState.REACHABLE, NudState.STALE, NudState.FAILED]
)
def test_an_entry_is_added_in_the_state_that_was_said(told: NudState) -> None:
    table = new_table()
    ask(table, "add", told)
    assert state(table) is told


def test_an_entry_told_to_be_in_delay_asks_at_once() -> None:
    table = new_table()
    ask(table, "add", NudState.DELAY)
    ((at, action),) = run(table, SECOND)
    assert at <= 4
    assert action == Solicit(DEV, HOP, MAC, None)


REFUSED = [
    (NudState.STALE, "add", MAC, Errno.EEXIST, None),
    (None, "change", MAC, Errno.ENOENT, None),
    (None, "add", None, Errno.EINVAL, "No link layer address given"),
    (NudState.FAILED, "replace", None, Errno.EINVAL, "No link layer address given"),
]


@pytest.mark.parametrize(("known", "verb", "mac", "errno", "words"), REFUSED)
def test_what_makes_no_sense_is_refused(
    known: NudState | None, verb: str, mac: Mac | None, errno: Errno, words: str | None
) -> None:
    table = new_table() if known is None else table_with(known)
    with pytest.raises(KernelError) as refused:
        ask(table, verb, NudState.PERMANENT, mac)
    assert (refused.value.errno, refused.value.explanation) == (errno, words)


def test_a_refused_addition_leaves_an_entry_that_says_nothing() -> None:
    """Recorded: the next `ip neigh add` of the address says File exists."""
    table = new_table()
    with pytest.raises(KernelError):
        ask(table, "add", NudState.PERMANENT, None)
    assert state(table) is NudState.NONE
    with pytest.raises(KernelError) as refused:
        ask(table, "add", NudState.PERMANENT)
    assert refused.value.errno is Errno.EEXIST


def test_a_state_is_changed_without_naming_the_address_again() -> None:
    table = table_with(NudState.REACHABLE)
    ask(table, "change", NudState.STALE, None)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    assert (entry.mac, entry.state) == (MAC, NudState.STALE)


def test_what_waits_for_an_entry_made_by_hand_leaves() -> None:
    table = new_table()
    table.resolve(DEV, HOP, "ping", 0)
    assert ask(table, "replace", NudState.PERMANENT) == [NeighbourSend(DEV, "ping", MAC)]


def test_deleting_an_entry_that_is_being_resolved_fails_its_packets() -> None:
    table = new_table()
    table.resolve(DEV, HOP, "ping", 0)
    assert table.delete(DEV, HOP, 1) == [NeighbourFail(DEV, "ping")]
    assert table.lookup(DEV, HOP) is None
    assert table.deadline is None


def test_deleting_what_is_not_there_is_refused() -> None:
    with pytest.raises(KernelError) as refused:
        new_table().delete(DEV, HOP, 0)
    assert refused.value.errno is Errno.ENOENT


@pytest.mark.parametrize(("keep_permanent", "left"), [(True, [NudState.PERMANENT]), (False, [])])
def test_carrier_loss_keeps_only_permanent_entries_and_going_down_none(
    keep_permanent: bool, left: list[NudState]
) -> None:
    table = new_table()
    for number, told in enumerate(
        [NudState.REACHABLE, NudState.STALE, NudState.PERMANENT, NudState.NOARP, NudState.FAILED]
    ):
        table.update(DEV, IPv4(number), MAC, told, 0, admin=True, create=True)
    table.update(DEV + 1, HOP, MAC, NudState.STALE, 0, create=True)
    table.flush(DEV, keep_permanent=keep_permanent)
    assert [entry.state for entry in table.dump() if entry.index == DEV] == left
    assert table.lookup(DEV + 1, HOP) is not None


def test_a_forgotten_entry_is_not_used_by_whoever_still_holds_it() -> None:
    table = table_with(NudState.REACHABLE)
    entry = table.lookup(DEV, HOP)
    assert entry is not None
    table.flush(DEV)
    assert entry.dead
    assert not entry.connected


def test_what_waits_is_lost_silently_when_the_device_goes_down() -> None:
    table = new_table()
    table.resolve(DEV, HOP, "ping", 0)
    assert table.flush(DEV) == [NeighbourDrop(DEV, "ping", DropWhy.FLUSHED)]


def test_entries_are_listed_as_they_came() -> None:
    table = table_with(NudState.STALE)
    table.solicited_by(DEV, OTHER_HOP, MAC, 0)
    assert [entry.address for entry in table.dump()] == [HOP, OTHER_HOP]


# --- laws ------------------------------------------------------------------------------------------------------------

HOPS = [IPv4(n) for n in range(3)]


class EveryPacketEndsOnce(RuleBasedStateMachine):
    """Whatever happens in whatever order: a packet is sent, failed, dropped or still waiting, and only one of these."""

    def __init__(self) -> None:
        super().__init__()
        self.table: NeighbourTable[int] = NeighbourTable(
            lambda _: Parameters(queue_bytes=4 * truesize(0)), random.Random(0)
        )
        self.now = 0
        self.handed_in = 0
        self.settled: list[int] = []

    def settle(self, actions: list[Action[int]]) -> None:
        self.settled += [action.packet for action in actions if not isinstance(action, Solicit)]

    @rule(hop=st.sampled_from(HOPS))
    def resolve(self, hop: IPv4) -> None:
        self.handed_in += 1
        self.settle(self.table.resolve(DEV, hop, self.handed_in, self.now))

    @rule(hop=st.sampled_from(HOPS), mac=st.sampled_from([MAC, OTHER_MAC]), reply=st.booleans(), create=st.booleans())
    def hear(self, hop: IPv4, mac: Mac, reply: bool, create: bool) -> None:
        self.settle(self.table.heard(DEV, hop, mac, self.now, reply=reply, unicast=reply, create=create))

    @rule(hop=st.sampled_from(HOPS), told=st.sampled_from(NudState), mac=st.sampled_from([MAC, OTHER_MAC]))
    def change(self, hop: IPv4, told: NudState, mac: Mac) -> None:
        self.settle(self.table.change(DEV, hop, mac, told, self.now, create=True, exclusive=False, replace=True))

    @rule(hop=st.sampled_from(HOPS))
    def delete(self, hop: IPv4) -> None:
        if self.table.lookup(DEV, hop) is not None:
            self.settle(self.table.delete(DEV, hop, self.now))

    @rule(keep=st.booleans())
    def flush(self, keep: bool) -> None:
        self.settle(self.table.flush(DEV, keep_permanent=keep))

    @rule(milliseconds=st.integers(0, 20_000))
    def wait(self, milliseconds: int) -> None:
        until = self.now + milliseconds * MILLISECOND
        while (due := self.table.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            self.settle(self.table.expire(self.now))
        self.now = until

    def entries(self) -> list[Neighbour[int]]:
        return list(self.table.entries.values())

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        waiting = [packet for entry in self.entries() for packet in entry.waiting]
        assert sorted(self.settled + waiting) == list(range(1, self.handed_in + 1))

    @invariant()
    def packets_wait_only_for_what_is_not_known(self) -> None:
        assert all(entry.state not in VALID for entry in self.entries() if entry.waiting)

    @invariant()
    def the_packets_way_sees_the_state(self) -> None:
        for entry in self.entries():
            assert entry.connected == (entry.state in CONNECTED)
            assert entry.ready == (entry.state in VALID and entry.state is not NudState.STALE)
            assert entry.state not in VALID or entry.mac is not None

    @invariant()
    def only_states_that_wait_have_a_timer(self) -> None:
        for entry in self.entries():
            assert entry.timer is None or entry.state in IN_TIMER
            assert entry.timer is None or entry.timer >= self.now


TestEveryPacketEndsOnce = EveryPacketEndsOnce.TestCase
TestEveryPacketEndsOnce.settings = settings(max_examples=examples(60), stateful_step_count=30, deadline=None)
