"""What `wg show` prints: times, amounts, several devices."""

from __future__ import annotations

import pytest

from vnetsim.clock import SECOND
from vnetsim.observations import WireguardConfig, WireguardPeer
from vnetsim.programs.wireguardtools.show import ago, by_handshake, configuration, pretty, pretty_bytes, ugly

PEERS = (WireguardPeer(public_key=b"b" * 32), WireguardPeer(public_key=b"c" * 32, latest_handshake=9 * SECOND))
CONFIG = WireguardConfig(device="wg0", listen_port=7, peers=PEERS)


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (0, "Now"),
        (1, "1 second ago"),
        (62, "1 minute, 2 seconds ago"),
        (7200, "2 hours ago"),
        (90000, "1 day, 1 hour ago"),
        (-3, "(System clock wound backward; connections will fail.)"),
    ],
)
def test_times(passed: int, text: str) -> None:
    assert ago(10 * SECOND, (10 + passed) * SECOND) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1167, "1.14 KiB"), (5 << 20, "5.00 MiB"), (3 << 40, "3.00 TiB")]
)
def test_amounts(count: int, text: str) -> None:
    assert pretty_bytes(count) == text


def test_the_latest_handshake_comes_first_for_people_but_not_for_scripts() -> None:
    assert by_handshake(CONFIG) == [PEERS[1], PEERS[0]]
    assert pretty(CONFIG, 9 * SECOND, hidden=True).count("peer: ") == 2
    keys = [line.split()[0] for line in ugly(CONFIG, "peers", with_interface=False).splitlines()]
    assert keys == [line.split()[0] for line in ugly(CONFIG, "transfer", with_interface=False).splitlines()]
    assert ugly(CONFIG, "peers", with_interface=True).count("wg0\t") == 2
    assert ugly(CONFIG, "endpoints", with_interface=True).count("wg0\t") == 1


def test_private_keys_are_hidden_unless_asked_for() -> None:
    config = WireguardConfig(device="wg0", private_key=b"k" * 32, public_key=b"p" * 32)
    assert "private key: (hidden)" in pretty(config, 0, hidden=True)
    assert "hidden" not in pretty(config, 0, hidden=False)


def test_a_configuration_without_peers_ends_with_an_empty_line() -> None:
    assert configuration(WireguardConfig(device="wg1")) == "[Interface]\n\n"
