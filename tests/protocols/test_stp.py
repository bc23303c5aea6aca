"""The spanning tree: one bridge as a conversation, two as recorded on Linux 6.18, many as a law."""

from __future__ import annotations

import itertools

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.protocols.stp_if import SpanningTree
from vnetsim.protocols.stp_info import Action, Relearn, SetState, StpPortState, TimerKind, Transmit
from vnetsim.wire.bpdu import TOPOLOGY_CHANGE, TOPOLOGY_CHANGE_ACK, Bpdu, Config, TopologyChange
from vnetsim.wire.mac import Mac

DISABLED, LISTENING, LEARNING, FORWARDING, BLOCKING = (
    StpPortState.DISABLED,
    StpPortState.LISTENING,
    StpPortState.LEARNING,
    StpPortState.FORWARDING,
    StpPortState.BLOCKING,
)

Tree = SpanningTree[str]


def new_tree(*ports: str, mac: int = 0x0B00, on: bool = True, up: bool = True) -> Tree:
    """A bridge with ports that carry frames: forward_delay 2 s, hello 1 s, max_age 6 s, as recorded."""
    tree: Tree = SpanningTree(Mac(mac))
    tree.set_times(forward_delay=2 * SECOND, hello_time=SECOND, max_age=6 * SECOND)
    for number, port in enumerate(ports, 1):
        tree.add_port(port, number, 2)
    tree.set_enabled(on, 0)
    if up:
        tree.start(ports, 0)
    return tree


def states(tree: Tree, *ports: str) -> list[StpPortState]:
    return [tree.info(port).state for port in ports]


def run(tree: Tree, until: int) -> list[tuple[int, Action[str]]]:
    """Everything that happens by itself until then, with its time in milliseconds."""
    happened = []
    while (due := tree.timers.deadline) is not None and due <= until:
        happened += [(due // MILLISECOND, action) for action in tree.expire(due)]
    return happened


def hello(
    root: int = 0x0A00, *, cost: int = 0, bridge: int | None = None, port: int = 0x8001, flags: int = 0, age: int = 0
) -> Config:
    """A configuration BPDU of a better bridge."""
    best = 0x8000 << 48 | root
    return Config.build(
        flags, best, cost, best if bridge is None else 0x8000 << 48 | bridge, port, message_age=age,
        maximum_age=6 * 256, hello_time=256, forward_delay=2 * 256,
    )  # fmt: skip


def sent(actions: list[Action[str]]) -> list[tuple[str, Bpdu]]:
    return [(action.port, action.bpdu) for action in actions if isinstance(action, Transmit)]


# --- states ----------------------------------------------------------------------------------------------------------


def test_without_the_protocol_a_port_forwards_at_once_though_its_timer_runs() -> None:
    tree = new_tree("a", on=False)
    assert states(tree, "a") == [FORWARDING]
    assert tree.timers.remaining(TimerKind.FORWARD_DELAY, "a", 0) > 0
    assert run(tree, 60 * SECOND) == []


def test_with_it_a_port_listens_then_learns_then_forwards() -> None:
    tree = new_tree("a")
    assert states(tree, "a") == [LISTENING]
    changes = [(at, action.state) for at, action in run(tree, 20 * SECOND) if isinstance(action, SetState)]
    assert [state for _, state in changes] == [LEARNING, FORWARDING]
    assert [at // 1000 for at, _ in changes] == [2, 4]


def test_a_forward_delay_of_zero_is_no_delay() -> None:
    tree = new_tree("a", on=False, up=False)
    tree.set_times(forward_delay=0)
    tree.start(["a"], 0)
    assert states(tree, "a") == [FORWARDING]
    assert tree.timers.deadline is None


def test_switching_it_on_sets_a_delay_that_is_allowed() -> None:
    tree = new_tree("a", on=False)
    tree.set_times(forward_delay=SECOND)
    tree.set_enabled(True, 0)
    assert tree.bridge_forward_delay == 2 * SECOND
    with pytest.raises(KernelError) as refused:
        tree.set_times(forward_delay=SECOND)
    assert refused.value.errno is Errno.ERANGE


@pytest.mark.parametrize("wrong", [{"hello_time": SECOND // 2}, {"max_age": SECOND}, {"max_age": 41 * SECOND}])
def test_other_times_have_limits_always(wrong: dict[str, int]) -> None:
    with pytest.raises(KernelError) as refused:
        new_tree(on=False).set_times(**wrong)
    assert refused.value.errno is Errno.ERANGE


def test_a_bridge_that_goes_down_disables_its_ports_and_falls_silent() -> None:
    tree = new_tree("a", "b")
    run(tree, 10 * SECOND)
    actions = tree.stop(10 * SECOND)
    assert SetState("a", DISABLED) in actions
    assert Relearn(False) in actions
    assert states(tree, "a", "b") == [DISABLED, DISABLED]
    assert run(tree, 100 * SECOND) == []


def test_a_port_without_carrier_is_disabled_and_begins_anew_when_it_comes_back() -> None:
    tree = new_tree("a", "b")
    run(tree, 10 * SECOND)
    assert tree.disable_port("a", 10 * SECOND)[0] == SetState("a", DISABLED)
    tree.enable_port("a", 11 * SECOND)
    assert states(tree, "a", "b") == [LISTENING, FORWARDING]


def test_states_by_hand_are_for_bridges_without_the_protocol() -> None:
    with pytest.raises(KernelError) as refused:
        new_tree("a").set_state("a", LEARNING, 0)
    assert refused.value.errno is Errno.EBUSY
    tree = new_tree("a", on=False)
    for asked, then in ((LEARNING, LEARNING), (BLOCKING, FORWARDING), (DISABLED, DISABLED), (LISTENING, LISTENING)):
        tree.set_state("a", asked, 0)
        assert states(tree, "a") == [then]


# --- BPDUs -----------------------------------------------------------------------------------------------------------


def test_the_root_speaks_on_every_port_about_once_a_hello_time() -> None:
    tree = new_tree("a", "b")
    spoken = [at for at, action in run(tree, 10 * SECOND + 100 * MILLISECOND) if sent([action])]
    assert len(spoken) == 20
    own = tree.identifier
    (port, first), *_ = sent([action for _, action in run(tree, 12 * SECOND)])
    assert isinstance(first, Config)
    assert (port, first.root, first.bridge, first.root_path_cost) == ("b", own, own, 0)
    assert (first.port, first.flags, first.maximum_age, first.hello_time, first.forward_delay) == (
        0x8002, TOPOLOGY_CHANGE, 6 * 256, 256, 2 * 256)  # fmt: skip


def test_a_better_bridge_is_believed_and_the_news_passed_on() -> None:
    tree = new_tree("a", "b")
    actions = tree.received("a", hello(), SECOND // 2)
    assert not tree.is_root
    assert (tree.root_port, tree.root_path_cost) == (1, 2)
    ((port, passed),) = sent(actions)
    assert isinstance(passed, Config)
    assert (port, passed.root, passed.root_path_cost, passed.bridge) == ("b", hello().root, 2, tree.identifier)
    assert passed.message_age == 1


def test_a_worse_bridge_is_corrected() -> None:
    tree = new_tree("a", mac=0x0A00)
    ((port, answer),) = sent(tree.received("a", hello(0x0C00), 0))
    assert isinstance(answer, Config)
    assert (port, answer.root) == ("a", tree.identifier)
    assert tree.is_root


def test_a_second_bpdu_waits_for_a_second() -> None:
    tree = new_tree("a", mac=0x0A00)
    assert sent(tree.received("a", hello(0x0C00), 0))
    assert not sent(tree.received("a", hello(0x0C00), 1))
    assert tree.info("a").config_pending
    assert [at for at, action in run(tree, 1100 * MILLISECOND) if sent([action])]


def test_the_second_way_to_the_root_is_blocked() -> None:
    tree = new_tree("a", "b")
    tree.received("a", hello(port=0x8001), 0)
    tree.received("b", hello(port=0x8002), 0)
    assert states(tree, "a", "b") == [LISTENING, BLOCKING]


@pytest.mark.parametrize("change", ["cost", "priority"])
def test_people_can_prefer_the_other_way(change: str) -> None:
    """The own port's priority decides only between equal offers, a cost always."""
    tree = new_tree("a", "b")
    tree.received("a", hello(port=0x8001), 0)
    tree.received("b", hello(port=0x8001 if change == "priority" else 0x8002), 0)
    if change == "cost":
        tree.set_cost("a", 10, SECOND)
    else:
        tree.set_port_priority("b", 16, SECOND)
        tree.received("b", hello(port=0x8001), SECOND)
    assert tree.root_port == 2
    assert states(tree, "a", "b") == [BLOCKING, LISTENING]


@pytest.mark.parametrize("value", [0, 65536])
def test_costs_and_priorities_have_limits(value: int) -> None:
    tree = new_tree("a")
    with pytest.raises(KernelError):
        tree.set_cost("a", value, 0)
    with pytest.raises(KernelError):
        tree.set_port_priority("a", value + 64, 0)


def test_a_root_that_falls_silent_is_forgotten_after_its_maximum_age() -> None:
    tree = new_tree("a", "b")
    for second in range(5):
        run(tree, second * SECOND)
        tree.received("a", hello(), second * SECOND)
    run(tree, 9 * SECOND)
    assert not tree.is_root
    run(tree, 11 * SECOND)
    assert tree.is_root


def test_news_that_are_too_old_are_none() -> None:
    tree = new_tree("a")
    assert tree.received("a", hello(age=7 * 256), 0) == []
    assert tree.is_root


def test_bpdus_mean_nothing_while_the_protocol_is_off_or_the_bridge_down() -> None:
    for tree in (new_tree("a", on=False), new_tree("a", up=False)):
        assert tree.received("a", hello(), 0) == []
        assert tree.is_root


# --- topology changes ------------------------------------------------------------------------------------------------


def test_the_root_tells_a_change_for_a_while() -> None:
    tree = new_tree("a")
    happened = run(tree, 30 * SECOND)
    assert [action for _, action in happened if isinstance(action, Relearn)] == [Relearn(True), Relearn(False)]
    flags = [bpdu.flags for _, action in happened for _, bpdu in sent([action]) if isinstance(bpdu, Config)]
    assert flags[0] == 0
    assert flags[-1] == 0
    assert TOPOLOGY_CHANGE in flags


def test_another_bridge_tells_the_root_until_the_root_has_heard() -> None:
    tree = new_tree("a", "b")
    tree.received("a", hello(), 0)
    told: list[tuple[str, Bpdu]] = []
    for second in range(1, 9):
        told += sent([action for _, action in run(tree, second * SECOND)])
        tree.received("a", hello(flags=TOPOLOGY_CHANGE_ACK if second > 6 else 0), second * SECOND)
    assert 2 <= told.count(("a", TopologyChange())) <= 3
    assert not tree.topology_change_detected


def test_a_notification_is_acknowledged_on_its_port() -> None:
    tree = new_tree("a")
    ((port, answer),) = sent(tree.received("a", TopologyChange(), 0))
    assert isinstance(answer, Config)
    assert (port, answer.flags) == ("a", TOPOLOGY_CHANGE | TOPOLOGY_CHANGE_ACK)


# --- a bridge is renamed, a port leaves ------------------------------------------------------------------------------


def test_a_new_address_makes_a_new_id_and_perhaps_a_root() -> None:
    tree = new_tree("a")
    tree.received("a", hello(), 0)
    tree.set_mac(Mac(0x0900), SECOND)
    assert tree.is_root
    assert tree.designated_root == tree.identifier == 0x8000 << 48 | 0x0900


def test_when_the_port_towards_the_root_leaves_the_bridge_is_its_own_root() -> None:
    tree = new_tree("a", "b")
    tree.received("a", hello(), 0)
    actions = tree.remove_port("a", SECOND)
    assert tree.is_root
    assert not any(isinstance(action, SetState) and action.port == "a" for action in actions)
    assert all(port == "b" for port, _ in sent(actions))


# --- several bridges -------------------------------------------------------------------------------------------------


@attrs.define
class Lan:
    """Bridges and the cables between their ports; BPDUs arrive at once."""

    trees: list[Tree]
    cables: dict[tuple[int, str], tuple[int, str]] = attrs.field(factory=dict)
    now: int = 0

    @classmethod
    def build(cls, macs: list[int], cables: list[tuple[int, int]]) -> Lan:
        ends: list[list[str]] = [[] for _ in macs]
        lan = cls([])
        for one, other in cables:
            pair = [(bridge, f"p{len(ends[bridge])}") for bridge in (one, other)]
            for bridge, port in pair:
                ends[bridge].append(port)
            lan.cables[pair[0]], lan.cables[pair[1]] = pair[1], pair[0]
        lan.trees = [new_tree(*ports, mac=mac, up=False) for mac, ports in zip(macs, ends, strict=True)]
        for number, tree in enumerate(lan.trees):
            lan.carry(number, tree.start(ends[number], 0))
        return lan

    def carry(self, number: int, actions: list[Action[str]]) -> None:
        for port, bpdu in sent(actions):
            other, its_port = self.cables.get((number, port), (None, ""))
            if other is not None:
                self.carry(other, self.trees[other].received(its_port, bpdu, self.now))

    def run(self, until: int) -> None:
        while (due := min(t.timers.deadline for t in self.trees if t.timers.deadline is not None)) <= until:
            self.now = due
            for number, tree in enumerate(self.trees):
                self.carry(number, tree.expire(due))
        self.now = until

    def cut(self, number: int, port: str) -> None:
        for bridge, end in ((number, port), self.cables.pop((number, port))):
            self.cables.pop((bridge, end), None)
            self.carry(bridge, self.trees[bridge].disable_port(end, self.now))

    def forwarding(self) -> list[tuple[int, int]]:
        """The cables by which frames travel: both ends forward."""
        carrying = [
            (one, other)
            for one, other in self.cables.items()
            if one < other and all(self.trees[bridge].info(port).state is FORWARDING for bridge, port in (one, other))
        ]
        return [(one[0], other[0]) for one, other in carrying]


def groups(count: int, edges: list[tuple[int, int]]) -> int:
    """How many parts of the network there are."""
    part = list(range(count))
    for one, other in edges:
        old, new = part[one], part[other]
        part = [new if known == old else known for known in part]
    return len(set(part))


def test_two_bridges_with_two_cables_use_one_and_fail_over() -> None:
    """As recorded: the higher port of the bridge that is not the root blocks, and forwards 2 x forward_delay after."""
    lan = Lan.build([0x0B00, 0x0B01], [(0, 1), (0, 1)])
    root, other = lan.trees
    lan.run(SECOND + 500 * MILLISECOND)
    assert states(root, "p0", "p1") == [LISTENING, LISTENING]
    assert states(other, "p0", "p1") == [LISTENING, BLOCKING]
    lan.run(6 * SECOND)
    assert states(root, "p0", "p1") == [FORWARDING, FORWARDING]
    assert states(other, "p0", "p1") == [FORWARDING, BLOCKING]
    assert (other.root_port, other.root_path_cost) == (1, 2)
    lan.cut(1, "p0")
    assert states(other, "p1") == [LISTENING]
    lan.run(11 * SECOND)
    assert states(other, "p1") == [FORWARDING]


def test_a_better_priority_makes_another_bridge_the_root() -> None:
    lan = Lan.build([0x0B00, 0x0B01], [(0, 1)])
    lan.run(10 * SECOND)
    lan.carry(1, lan.trees[1].set_priority(4096, lan.now))
    lan.run(12 * SECOND)
    assert lan.trees[1].is_root
    assert lan.trees[0].root_port == 1


@settings(max_examples=examples(40), deadline=None)
@given(st.data())
def test_any_network_settles_into_one_tree_without_loops(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 5))
    macs = data.draw(st.permutations(range(1, count + 1)))
    pairs = list(itertools.combinations(range(count), 2))
    cables = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=8))
    lan = Lan.build(list(macs), cables)
    lan.run(40 * SECOND)
    used = lan.forwarding()
    parts = groups(count, cables)
    assert groups(count, used) == parts, "whoever was connected can still be reached"
    assert len(used) == count - parts, "and there is only one way"
    assert sum(tree.is_root for tree in lan.trees) == parts
