"""Requests about WireGuard devices, and what dumps say of them."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.wireguard.wireguard_lab import PRIVATE, PUBLIC
from tests.machines import pair
from vnetsim import Lab
from vnetsim.errors import Errno, KernelError
from vnetsim.operations import AddLink
from vnetsim.operations.wireguard import SetWireguard, SetWireguardPeer
from vnetsim.programs.wireguardtools.encoding import read_key
from vnetsim.wire.inet import IPv4, Prefix

A, B, C = (read_key(PUBLIC[name]) for name in "abc")
KEY = read_key(PRIVATE["a"])
NETWORK = Prefix.parse("10.9.0.0/24")


@pytest.fixture
def lab() -> Lab:
    lab = pair()
    lab.network("a").execute(AddLink(kind="wireguard", name="wg0"))
    return lab


def test_a_dump_has_what_was_set_with_the_key_as_it_is_used(lab: Lab) -> None:
    network = lab.network("a")
    peer = SetWireguardPeer(public_key=B, preshared_key=C, endpoint=(IPv4.parse("10.0.0.2"), 5), persistent_keepalive=9,
                            allowed_ips=(NETWORK,))  # fmt: skip
    network.execute(SetWireguard(device="wg0", private_key=KEY, listen_port=7, fwmark=8, peers=(peer,)))
    config = network.wireguard("wg0")
    assert (config.public_key, config.listen_port, config.fwmark) == (A, 7, 8)
    assert config.private_key != KEY
    (found,) = config.peers
    assert (found.preshared_key, found.endpoint, found.allowed_ips) == (C, peer.endpoint, (NETWORK,))


def test_a_peer_is_changed_replaced_and_removed(lab: Lab) -> None:
    network = lab.network("a")
    both = tuple(SetWireguardPeer(public_key=key, allowed_ips=(NETWORK,)) for key in (B, C))
    network.execute(SetWireguard(device="wg0", peers=both))
    assert [peer.allowed_ips for peer in network.wireguard("wg0").peers] == [(), (NETWORK,)]
    network.execute(SetWireguard(device="wg0", peers=(SetWireguardPeer(public_key=C, replace_allowed_ips=True),)))
    assert [peer.allowed_ips for peer in network.wireguard("wg0").peers] == [(), ()]
    network.execute(SetWireguard(device="wg0", replace_peers=True, peers=both[1:]))
    assert [peer.public_key for peer in network.wireguard("wg0").peers] == [C]
    network.execute(SetWireguard(device="wg0", peers=(SetWireguardPeer(public_key=C, remove=True),)))
    network.execute(SetWireguard(device="wg0", peers=(SetWireguardPeer(public_key=C, remove=True),)))
    assert network.wireguard("wg0").peers == ()


def test_a_device_is_no_peer_of_itself(lab: Lab) -> None:
    network = lab.network("a")
    itself = (SetWireguardPeer(public_key=A),)
    network.execute(SetWireguard(device="wg0", peers=itself))
    network.execute(SetWireguard(device="wg0", private_key=KEY))
    assert network.wireguard("wg0").peers == ()
    network.execute(SetWireguard(device="wg0", peers=itself))
    assert network.wireguard("wg0").peers == ()


@pytest.mark.parametrize(("name", "errno"), [("none", Errno.ENODEV), ("eth0", Errno.EOPNOTSUPP)])
def test_other_devices_refuse(lab: Lab, name: str, errno: Errno) -> None:
    for ask in (lambda: lab.network("a").wireguard(name), lambda: lab.network("a").execute(SetWireguard(device=name))):
        with pytest.raises(KernelError) as refused:
            ask()
        assert refused.value.errno is errno


def test_a_request_prints_as_the_command() -> None:
    peer = SetWireguardPeer(public_key=B, endpoint=(IPv4.parse("10.0.0.2"), 5), allowed_ips=(NETWORK,))
    gone = SetWireguardPeer(public_key=C, remove=True)
    assert SetWireguard(device="wg0", listen_port=7, peers=(peer, gone)).command() == (
        f"wg set wg0 listen-port 7 peer {PUBLIC['b']} endpoint 10.0.0.2:5 allowed-ips 10.9.0.0/24 "
        f"peer {PUBLIC['c']} remove"
    )
