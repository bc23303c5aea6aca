"""The machines of one port, as bond_3ad.c of Linux 6.18 runs them (recordings bond_8023ad_pair and _lone)."""

from __future__ import annotations

from tests.protocols.lacp_cables import FAST, Host, hosts, pass_seconds
from vnetsim.wire.lacp import ACTIVITY, AGGREGATION, DEFAULTED, EXPIRED, SYNCHRONIZATION, TIMEOUT


def test_two_ports_come_to_collect_and_distribute() -> None:
    one, other = hosts(1)
    pass_seconds(4, one, other)
    assert one.ports[0].state == other.ports[0].state == 0x3F
    assert one.ports[0].partner.system == other.ports[0].system


def test_a_port_without_a_partner_is_defaulted_and_in_sync_with_nobody() -> None:
    lone = Host("02:00:00:00:00:01", 1)
    pass_seconds(5, lone)
    assert lone.ports[0].state == ACTIVITY | TIMEOUT | AGGREGATION | SYNCHRONIZATION | DEFAULTED
    assert lone.ports[0].active, "it carries traffic all the same"


def test_a_partner_that_falls_silent_expires_after_three_seconds_and_is_forgotten_after_six() -> None:
    one, other = hosts(1)
    pass_seconds(4, one, other)
    pass_seconds(3.5, one)
    assert one.ports[0].state & EXPIRED
    pass_seconds(3, one)
    assert one.ports[0].state & DEFAULTED
    assert not one.ports[0].partner.system


def test_with_long_timeouts_that_takes_a_minute_and_a_half() -> None:
    one, other = hosts(1)
    one.ports[0].state &= ~TIMEOUT
    pass_seconds(4, one, other)
    pass_seconds(85, one)
    assert not one.ports[0].state & EXPIRED
    pass_seconds(6, one)
    assert one.ports[0].state & EXPIRED


def test_at_most_three_frames_are_sent_in_a_second_and_one_each_30_without_a_partner() -> None:
    lone = Host("02:00:00:00:00:01", 1)
    pass_seconds(1, lone)
    assert len(lone.ports[0].sent) <= 3
    pass_seconds(9, lone)
    lone.ports[0].sent.clear()
    pass_seconds(60, lone)
    assert len(lone.ports[0].sent) == 2


def test_two_passive_ports_find_each_other_while_they_wait_for_another() -> None:
    """As on Linux 6.18 with `lacp_active off` at both ends: one that expires takes its partner for active."""
    one, other = hosts(1)
    for port in (one.ports[0], other.ports[0]):
        port.state &= ~ACTIVITY
    pass_seconds(10, one, other)
    assert one.ports[0].partner.system == other.ports[0].system
    assert one.ports[0].state == 0x3E


def test_a_port_that_is_not_in_sync_for_a_minute_has_churned() -> None:
    lone = Host("02:00:00:00:00:01", 2)
    pass_seconds(70, lone)
    assert [port.actor_churn.state for port in lone.ports] == ["none", "churned"]
    assert [port.partner_churn.count for port in lone.ports] == [1, 1]


def test_a_link_without_a_known_speed_takes_no_part() -> None:
    one, other = hosts(1)
    one.ports[0].set_link(None, up=True)
    pass_seconds(5, one, other)
    assert not one.ports[0].sent
    assert one.ports[0].receive == "lacp disabled"
    one.ports[0].set_link(FAST, up=True)
    pass_seconds(5, one, other)
    assert one.ports[0].state == 0x3F


def test_its_own_frames_are_reported() -> None:
    lone = Host("02:00:00:00:00:01", 2)
    lone.ports[0].peer, lone.ports[1].peer = lone.ports[1], lone.ports[0]
    pass_seconds(3, lone)
    assert all(port.looped for port in lone.ports)
