"""Choosing addresses and ports for translated connections (nf_nat_core.c), one connection after the other.

The ports are those that Linux 6.18 chose for datagrams under the same rules, except where chance chooses.
"""

from __future__ import annotations

import attrs
import pytest

from tests.kernel.netfilter.tracked_router import Router, verdict
from tests.kernel.wires import datagram, ip
from tests.machines import typed
from vnetsim.kernel.netfilter.nat_core import alike
from vnetsim.protocols.conntrack import AlikeConnections, FlowTuple
from vnetsim.wire import ipv4
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.ipv4 import ICMP, TCP
from vnetsim.wire.tcp import SYN, Tcp


@pytest.mark.parametrize(
    ("target", "port", "becomes"),
    [
        ("DNAT --to-destination 10.0.0.2:5001-5009", 70, 5001),
        ("DNAT --to-destination 10.0.0.2:5001-5009", 5005, 5005),
        ("DNAT --to-destination 10.0.0.2:5001-5009", 5009, 5009),
        ("DNAT --to-destination 10.0.0.2:5001-5009", 5010, 5001),
        ("DNAT --to-destination 10.0.0.2:5001", 5001, 5001),
        ("DNAT --to-destination 10.0.0.2", 70, 70),
        ("REDIRECT --to-ports 7001-7009", 72, 7001),
        ("DNAT --to-destination 10.0.0.2:80-90/1080", 1080, 80),
        ("DNAT --to-destination 10.0.0.2:80-90/1080", 1085, 85),
        ("DNAT --to-destination 10.0.0.2:80-90/1080", 1091, 80),
        ("DNAT --to-destination 10.0.0.2:80-90/1080", 1079, 88),
        ("DNAT --to-destination 10.0.0.2:80-90/1080", 85, 84),
        ("DNAT --to-destination :99", 70, 99),
    ],
)
def test_a_destinations_port_is_the_first_of_its_range_unless_it_lies_in_it(
    target: str, port: int, becomes: int
) -> None:
    router = Router()
    for source_port in (4001, 4002):
        answers = router.begin(datagram("10.9.0.1", "10.9.0.2", port, source_port=source_port), to=target)
        assert answers is not None
        assert (answers.source_port, answers.destination_port) == (becomes, source_port)


def test_a_port_of_a_range_is_chosen_by_chance_only_if_asked_for() -> None:
    router = Router()
    chosen = set()
    for source_port in range(4000, 4040):
        packet = datagram("10.9.0.1", "10.9.0.2", 5003, source_port=source_port)
        answers = router.begin(packet, to="DNAT --to-destination 10.0.0.2:5001-5005 --random")
        assert answers is not None
        chosen.add(answers.source_port)
    assert chosen == {5001, 5002, 5003, 5004, 5005}


def test_the_next_port_of_the_range_is_taken_where_the_first_one_would_be_answered_alike() -> None:
    """Three destinations that are published as the same server, called from the same port."""
    router = Router()
    seen = []
    for last in (2, 3, 4):
        packet = datagram("10.9.0.1", f"10.9.0.{last}", 70)
        answers = router.begin(packet, to="DNAT --to-destination 10.0.0.2:5001-5002")
        assert answers is not None
        seen.append((answers.source_port, answers.destination_port == packet.payload.source_port))  # type: ignore[union-attr]
    # Where no port is left, the client gets another one.
    assert seen == [(5001, True), (5002, True), (5002, False)]


@pytest.mark.parametrize("port", [6000, 6050, 6100])
def test_a_sources_port_stays_if_it_lies_in_the_range(port: int) -> None:
    answers = Router().begin(
        datagram("10.9.0.1", "10.9.0.2", 90, source_port=port), come_from="SNAT --to-source 10.0.0.1:6000-6100"
    )
    assert answers == FlowTuple(17, ip("10.9.0.2"), ip("10.0.0.1"), 90, port)


@pytest.mark.parametrize("port", [5999, 6101])
def test_a_sources_port_outside_of_the_range_becomes_one_of_it(port: int) -> None:
    router = Router()
    chosen = set()
    for client in range(1, 41):
        packet = datagram(f"10.9.0.{client}", "10.9.9.2", 90, source_port=port)
        answers = router.begin(packet, come_from="SNAT --to-source 10.0.0.1:6000-6100")
        assert answers is not None
        chosen.add(answers.destination_port)
    assert len(chosen) == 40
    assert all(6000 <= each <= 6100 for each in chosen)


def test_the_same_source_is_seen_by_everybody_with_the_same_port() -> None:
    """find_appropriate_src: 10.9.0.1:3000 has become a port of the range, and goes on being that one."""
    router = Router()
    ports = set()
    for last in range(2, 12):
        packet = datagram("10.9.0.1", f"10.9.1.{last}", 90, source_port=3000)
        answers = router.begin(packet, come_from="SNAT --to-source 10.0.0.1:6000-6100")
        assert answers is not None
        ports.add(answers.destination_port)
    assert len(ports) == 1
    other = router.begin(
        datagram("10.9.0.1", "10.9.1.2", 90, source_port=3001), come_from="SNAT --to-source 10.0.0.1:6000-6100"
    )
    assert other is not None
    assert other.destination_port not in ports


def test_what_a_source_became_under_another_rule_does_not_bind_it() -> None:
    router, seen = Router(), []
    for last, ports in enumerate(("6000-6100", "7000-7100", "6000-6100", "7000-7100"), 2):
        packet = datagram("10.9.0.1", f"10.9.1.{last}", 90, source_port=3000)
        answers = router.begin(packet, come_from=f"SNAT --to-source 10.0.0.1:{ports}")
        assert answers is not None
        seen.append(answers.destination_port)
    assert seen[:2] == seen[2:]
    assert [port // 1000 for port in seen[:2]] == [6, 7]


def test_what_a_source_became_is_forgotten_with_its_last_connection() -> None:
    router = Router()
    first = router.begin(
        datagram("10.9.0.1", "10.9.1.2", 90, source_port=3000), come_from="SNAT --to-source 10.0.0.1:6000-6100"
    )
    for connection in list(router.connections.table):
        router.connections.table.forget(connection)
    ports = set()
    for _ in range(8):
        answers = router.begin(
            datagram("10.9.0.1", "10.9.1.3", 90, source_port=3000), come_from="SNAT --to-source 10.0.0.1:6000-6100"
        )
        assert answers is not None
        ports.add(answers.destination_port)
        for connection in list(router.connections.table):
            router.connections.table.forget(connection)
    assert first is not None
    assert len(ports) > 1


def test_a_single_port_is_given_away_once() -> None:
    """Captured: `sendto` of the second one is refused (EPERM), since it would be answered like the first."""
    router = Router()
    given = [
        router.begin(datagram("10.9.0.1", "10.9.0.2", 91, source_port=port), come_from="SNAT --to-source 10.0.0.1:6000")
        for port in (3000, 3001)
    ]
    assert [None if each is None else each.destination_port for each in given] == [6000, None]


@pytest.mark.parametrize(
    ("target", "client", "addresses"),
    [
        ("10.0.0.50-10.0.0.52", "10.0.0.51", {"10.0.0.51"}),
        ("10.0.0.50-10.0.0.52", "10.9.0.1", {"10.0.0.50", "10.0.0.51", "10.0.0.52"}),
        ("10.0.0.50-10.0.0.49", "10.9.0.1", {"10.0.0.50"}),
        ("10.0.0.50-10.0.0.52 --persistent", "10.9.0.1", {"one of them"}),
    ],
)
def test_a_range_of_addresses_is_used_for_different_servers_unless_persistent(
    target: str, client: str, addresses: set[str]
) -> None:
    """A client whose own address lies in the range keeps it (nf_in_range)."""
    router = Router()
    seen = set()
    for last in range(1, 60):
        packet = datagram(client, f"10.9.1.{last}", 90, source_port=2000 + last)
        answers = router.begin(packet, come_from=f"SNAT --to-source {target}")
        assert answers is not None
        seen.add(str(answers.destination))
    assert seen == addresses if "one of them" not in addresses else len(seen) == 1


@pytest.mark.parametrize(
    ("port", "first", "last"), [(511, 1, 511), (512, 600, 1023), (1023, 600, 1023), (1024, 1024, 65535)]
)
def test_a_port_that_is_taken_becomes_one_of_its_class(port: int, first: int, last: int) -> None:
    router = Router()
    ports = []
    for client in range(1, 60):
        packet = datagram(f"10.9.0.{client}", "10.9.9.2", 90, source_port=port)
        answers = router.begin(packet, come_from="MASQUERADE")
        assert answers is not None
        assert str(answers.destination) == "10.0.0.1"
        ports.append(answers.destination_port)
    assert ports[0] == port
    assert all(first <= each <= last for each in ports[1:])
    assert len(set(ports)) == len(ports)


def test_a_connection_without_a_rule_changes_its_port_where_a_translated_one_has_its_answers() -> None:
    """alloc_null_binding: its port changes if its answers would be taken for another's."""
    router = Router()
    router.begin(datagram("10.9.0.1", "10.9.0.2", 90, source_port=3000), come_from="SNAT --to-source 10.0.0.1")
    answers = router.begin(datagram("10.0.0.1", "10.9.0.2", 90, source_port=3000))
    assert answers is not None
    assert answers.destination_port != 3000
    alone = router.begin(datagram("10.0.0.1", "10.9.0.2", 90, source_port=3001))
    assert alone is not None
    assert alone.destination_port == 3001


def test_mapped_networks_that_meet_in_one_address_are_told_apart_by_ports() -> None:
    router = Router()
    ports = set()
    for network in (1, 2):
        packet = datagram(f"10.9.{network}.7", "10.8.0.2", 90, source_port=3000)
        answers = router.begin(packet, come_from="NETMAP --to 10.0.7.0/24")
        assert answers is not None
        assert str(answers.destination) == "10.0.7.7"
        ports.add(answers.destination_port)
    assert len(ports) == 2


@pytest.mark.parametrize("target", ["", "SNAT --to-source 10.0.0.1", "SNAT --to-source 10.0.0.1 --random"])
def test_a_protocol_without_ports_has_nothing_to_choose_from(target: str) -> None:
    packet = ipv4.Packet.build(ip("10.9.0.1"), ip("10.9.0.2"), 47, b"gre")
    answers = Router().begin(packet, come_from=target)
    assert answers is not None
    assert (answers.source_port, answers.destination_port) == (0, 0)


def test_identifiers_of_pings_are_told_apart() -> None:
    router = Router()
    identifiers = set()
    for client in range(1, 20):
        packet = ipv4.Packet.build(ip(f"10.9.0.{client}"), ip("10.9.9.2"), ICMP, Icmp.echo_request(7, 1, b""))
        answers = router.begin(packet, come_from="MASQUERADE")
        assert answers is not None
        identifiers.add(answers.source_port)
    assert 7 in identifiers
    assert len(identifiers) == 19


def test_a_chance_is_taken_even_where_the_port_could_stay() -> None:
    router = Router()
    ports = set()
    for client in range(1, 9):
        packet = ipv4.Packet.build(
            ip(f"10.9.0.{client}"), ip("10.9.9.2"), TCP, Tcp.build(3000 + client, 80, 1, 0, SYN, 64240)
        )
        answers = router.begin(packet, come_from="MASQUERADE --random-fully")
        assert answers is not None
        ports.add(answers.destination_port)
    assert not ports & set(range(3001, 3009))


@pytest.mark.parametrize(("to", "come_from"), [("REDIRECT", ""), ("", "MASQUERADE")])
def test_a_device_without_an_address_has_none_to_give(to: str, come_from: str) -> None:
    router = Router()
    typed(router.lab, "ip -n a addr flush dev eth0")
    assert router.begin(datagram("10.9.0.1", "10.9.0.2", 53), to=to, come_from=come_from) is None


def test_sources_of_connections_that_are_over_are_not_kept_for_ever() -> None:
    router = Router()
    for number in range(1200):
        packet = datagram("10.9.0.1", "10.9.1.3", 90, source_port=2000 + number)
        router.begin(packet, come_from="SNAT --to-source 10.0.0.1")
        for connection in list(router.connections.table):
            router.connections.table.forget(connection)
    assert len(router.connections.nat._sources) < 1100


# --- packets that overtake each other ------------------------------------------------------------------------------


ALIKE = [
    ("", ""), ("DNAT --to-destination 10.0.0.2", ""), ("DNAT --to-destination 10.0.0.2:5001", ""),
    ("DNAT --to-destination 10.0.0.2-10.0.0.9", ""), ("REDIRECT --to-ports 7001", ""),
    ("", "SNAT --to-source 10.0.0.9"), ("", "MASQUERADE"), ("DNAT --to-destination 10.0.0.2:5001", "MASQUERADE"),
]  # fmt: skip
#: Ports of clients of two addresses; what was chosen for the first of a port binds the others.
CLIENTS = [("10.9.0.1", 4001), ("10.9.0.1", 4002), ("10.9.0.7", 4002), ("10.9.0.7", 4003), ("10.9.0.1", 4003)]


@pytest.mark.parametrize(("to", "come_from"), ALIKE)
def test_connections_that_are_alike_come_to_what_the_verdicts_make_of_each(to: str, come_from: str) -> None:
    one, other = Router(), Router()
    alikes: dict[str, AlikeConnections] = {}
    quick = 0
    for source, port in CLIENTS:
        packet = datagram(source, "10.9.0.2", 70, source_port=port)
        like, now = alikes.get(source), other.device.softirq.instant
        begun = None if like is None else other.connections.nat.begin_like(like, packet, now)
        quick += begun is not None
        answers = begun.reply if begun is not None else other.begin(packet, to=to, come_from=come_from)
        assert answers == one.begin(packet, to=to, come_from=come_from)
        assert answers is not None
        found = [table.find(answers, 0) for table in (one.connections.table, other.connections.table)]
        assert None not in found
        first, second = (each[0] for each in found if each is not None)
        assert attrs.asdict(first) == attrs.asdict(second)
        if like is None and (found_alike := alike(second, [verdict(to), verdict(come_from)])) is not None:
            alikes[source] = found_alike
    # Clients that share an address cannot both keep a port: of the second one's connections none is like another.
    assert quick == (1 if come_from else 3)


@pytest.mark.parametrize(
    ("to", "come_from"),
    [("DNAT --to-destination 10.0.0.2:5001-5009", ""), ("DNAT --to-destination 10.0.0.2:5001 --random", ""),
     ("DNAT --to-destination 10.0.0.2 --persistent", "SNAT --to-source 10.0.0.8-10.0.0.9"),
     ("", "SNAT --to-source 10.0.0.9:1-65535"), ("", "MASQUERADE --to-ports 4000-4100"), ("", "MASQUERADE --random"),
     ("", "MASQUERADE --random-fully"), ("NETMAP --to 10.0.0.0/24", ""),
     ("DNAT --to-destination 10.0.0.2:80-90/1080", "")],
)  # fmt: skip
def test_what_depends_on_chance_or_ports_is_decided_for_each_connection(to: str, come_from: str) -> None:
    router = Router()
    answers = router.begin(datagram("10.9.0.1", "10.9.0.2", 1080, source_port=4001), to=to, come_from=come_from)
    assert answers is not None
    found = router.connections.table.find(answers, 0)
    assert found is not None
    assert alike(found[0], [verdict(to), verdict(come_from)]) is None


def test_a_connection_whose_port_changed_is_like_no_other() -> None:
    router = Router()
    for source in ("10.9.0.1", "10.9.0.7"):
        answers = router.begin(datagram(source, "10.9.0.2", 70, source_port=4001), come_from="MASQUERADE")
    assert answers is not None
    found = router.connections.table.find(answers, 0)
    assert found is not None
    assert alike(found[0], [verdict(""), verdict("MASQUERADE")]) is None
