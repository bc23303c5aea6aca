"""The devices of a namespace, and the notifier chain (net/core/dev.c)."""

from __future__ import annotations

import pytest

from tests.machines import pair, typed
from vnetsim.errors import KernelError
from vnetsim.kernel.netdev.device import Device
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

    def notifier(event: NetdevEvent, device: Device, replaced: Before) -> None:
        events.append(event)
        assert device is eth0 or event is NetdevEvent.REGISTER
        assert all(value == old for value, old in zip(replaced, before, strict=True) if value)

    namespace.netdev_chain.append(notifier)
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


def test_the_id_of_another_namespace_is_the_lowest_free_one() -> None:
    lab = pair()
    a, b, host = (lab.network(name).namespace for name in ("a", "b", None))
    a.nsids.clear()
    assert [a.peernet2id_alloc(other) for other in (b, host, b)] == [0, 1, 0]
    del a.nsids[b]
    assert a.peernet2id_alloc(b) == 0
