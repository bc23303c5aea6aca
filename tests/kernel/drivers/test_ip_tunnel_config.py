"""The options of tunnels: what a change keeps, and which packets belong to a tunnel."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import KernelError, NotModelled
from vnetsim.kernel.drivers.ip_tunnel_config import TunnelConfig
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import GRE, Packet

HERE, THERE, OTHER = (IPv4.parse(f"10.0.0.{number}") for number in (1, 2, 3))


def configured(**options: str | int) -> TunnelConfig:
    config = TunnelConfig()
    config.take(options, Lab(docker=False).network().namespace)
    return config


def test_a_change_keeps_what_it_does_not_name() -> None:
    config = configured(remote=str(THERE), ttl=9, ikey=7, iseq=1)
    config.take({"ttl": 10, "ikey": ""}, Lab(docker=False).network().namespace)
    assert (config.remote, config.ttl, config.ikey, config.switches) == (THERE, 10, None, {"iseq": 1})


def test_a_copy_changes_alone() -> None:
    config = configured(iseq=1)
    config.copy().switches["iseq"] = 0
    assert config.switches == {"iseq": 1}


@pytest.mark.parametrize(
    ("local", "key", "source", "destination", "taken"),
    [(HERE, None, THERE, HERE, True), (HERE, None, OTHER, HERE, False), (HERE, None, THERE, OTHER, False),
     ("any", None, THERE, OTHER, True), (HERE, 7, THERE, HERE, False)],
)  # fmt: skip
def test_the_ends_and_the_key_decide(
    local: IPv4 | str, key: int | None, source: IPv4, destination: IPv4, taken: bool
) -> None:
    lab = Lab(docker=False)
    config = configured(remote=str(THERE), **({} if local == "any" else {"local": str(local)}))
    packet = Packet.build(source, destination, GRE, b"")
    assert config.takes(packet, lab.network().namespace.lo, key) is taken


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(KernelError):
        configured(dev="nosuch")
    with pytest.raises(NotModelled):
        configured(external=1)
