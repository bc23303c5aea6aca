"""The notifier chain of a namespace: a subsystem takes the events that it declares."""

from __future__ import annotations

from operator import attrgetter

from tests.machines import pair
from vnetsim import Lab
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.netns import _SUBSCRIBERS


def state(lab: Lab) -> list[str]:
    lines = ("-d addr", "route show table all", "-6 route show table all", "maddr", "neigh")
    return [lab.run(f"ip -n a {line}").output for line in lines]


def test_an_event_changes_nothing_where_it_is_not_declared() -> None:
    lab = pair()
    lab.sleep(10)
    namespace = lab.machine.kernel.namespace_of("a")
    device, before = namespace.by_name["eth0"], state(lab)
    for name, events in filter(all, _SUBSCRIBERS):
        for event in NetdevEvent:
            if event not in events:
                due = lab.machine.engine.next_due()
                subsystem = attrgetter(name)(namespace)
                subsystem.netdev_event(event, device, Before(mtu=1500, mac=device.mac, name="eth1"))
                assert lab.machine.engine.next_due() == due
    assert state(lab) == before


def test_an_event_that_is_declared_has_its_effect() -> None:
    lab = pair()
    namespace = lab.machine.kernel.namespace_of("a")
    before = state(lab)
    namespace.call_netdevice_notifiers(NetdevEvent.UNREGISTER, namespace.by_name["eth0"])
    assert state(lab) != before
