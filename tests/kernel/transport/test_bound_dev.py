"""Which sockets get a packet of a VRF (include/net/inet_sock.h: inet_bound_dev_eq)."""

from __future__ import annotations

import pytest

from vnetsim.kernel.drivers.dummy import Dummy
from vnetsim.kernel.drivers.vrf import Vrf
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.transport.bound_dev import bound_dev_eq
from vnetsim.wire.mac import UNKNOWN

RED, BLUE = Vrf("red", UNKNOWN, 10), Vrf("blue", UNKNOWN, 20)
SLAVE = Dummy("slave", UNKNOWN)
SLAVE.l3mdev = RED


@pytest.mark.parametrize(
    ("bound", "slave", "accepts", "gets"),
    [
        (None, None, False, True),
        (None, SLAVE, False, False),
        (None, SLAVE, True, True),
        (RED, SLAVE, False, True),
        (SLAVE, SLAVE, False, True),
        (BLUE, SLAVE, True, False),
        (RED, None, True, False),
    ],
)
def test_a_socket_gets_what_its_device_lets_it(
    bound: Device | None, slave: Device | None, accepts: bool, gets: bool
) -> None:
    assert bound_dev_eq(bound, slave, accepts=accepts) is gets
