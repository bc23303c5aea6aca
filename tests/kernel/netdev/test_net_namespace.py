"""The devices of a namespace, and the notifier chain (net/core/dev.c)."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.machines import pair, typed
from vnetsim.engine import Engine
from vnetsim.errors import KernelError
from vnetsim.kernel.host import Host
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.net_namespace import Netns
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent

EVENTS = [
    ("ip -n a link set eth0 down", [NetdevEvent.DOWN]),
    ("ip -n a link set eth0 mtu 1400", [NetdevEvent.CHANGEMTU]),
    ("ip -n a link set eth0 address 02:00:00:00:00:05", [NetdevEvent.CHANGEADDR]),
    ("ip -n a link set eth0 name lan0", [NetdevEvent.CHANGENAME]),
    ("ip -n a link del eth0", [NetdevEvent.DOWN, NetdevEvent.UNREGISTER]),
    ("ip -n b link set eth0 down", [NetdevEvent.CHANGE]),
    ("ip -n a link add d0 type dummy", [NetdevEvent.REGISTER]),
]


@pytest.mark.parametrize(("command", "expected"), EVENTS)
def test_a_change_calls_the_notifier_chain_with_what_was_before(command: str, expected: list[NetdevEvent]) -> None:
    lab = pair()
    namespace = lab.network("a").namespace
    eth0 = namespace.device("eth0")
    before = Before(mtu=eth0.mtu, mac=eth0.mac, name=eth0.name)
    events: list[NetdevEvent] = []

    class Block:
        def netdev_event(self, event: NetdevEvent, device: Device, replaced: Before) -> None:
            events.append(event)
            assert device is eth0 or event is NetdevEvent.REGISTER
            assert all(value == old for value, old in zip(replaced, before, strict=True) if value)

    namespace.netdev_chain += (Block(),)
    typed(lab, command)
    lab.sleep(1.5)
    assert events == expected


def test_indexes_and_names_are_the_first_free_ones() -> None:
    lab = pair()
    namespace = lab.network("a").namespace
    typed(
        lab,
        """
        ip -n a link add index 7 dummy0 type dummy
        ip -n a link add type dummy
        ip -n a link property add dev dummy0 altname dummy2
    """,
    )
    assert namespace.free_name("dummy%d") == "dummy3"
    assert namespace.device("dummy2") is namespace.by_index[7]
    with pytest.raises(KernelError):
        namespace.device("dummy3")
    namespace.skip_indexes(20)
    assert namespace.new_index() == 20


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 7)), max_size=30))
def test_the_id_of_another_namespace_is_the_lowest_free_one(history: list[tuple[int, int | None]]) -> None:
    """Also after others have gone, or got an id by hand."""
    host = Host(Engine(), Random(0))
    namespace, others = host.root, [host.new_namespace(str(number)) for number in range(6)]
    known: dict[Netns, int] = {}
    for number, by_hand in history:
        other = others[number]
        if other in known:
            del known[other]
            namespace.forget_nsid(other)
        elif by_hand is not None and by_hand not in known.values():
            known[other] = by_hand
            namespace.set_nsid(other, by_hand)
        else:
            known[other] = next(number for number in range(7) if number not in known.values())
            assert namespace.peernet2id_alloc(other) == known[other]
        assert namespace.nsids == known
