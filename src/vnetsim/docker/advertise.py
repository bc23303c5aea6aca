"""Telling the neighbours: three ARP requests for a container's own address, a second apart (libnetwork/osl, l2disco).

Not modelled: the unsolicited neighbour advertisements for its IPv6 address.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.process import Process, Program
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import BROADCAST, Mac

MESSAGES: Final = 3
INTERVAL: Final = SECOND


def advertiser(device: str, mac: Mac, address: IPv4) -> Callable[[Process], Program]:
    """A program that advertises `address` of `device` and ends when the device has gone or changed."""

    def main(process: Process) -> Program:
        socket = process.network.packet_socket(device)
        try:
            for message in range(MESSAGES):
                if message:
                    yield process.sleep(INTERVAL)
                if not any(link.name == device and link.mac == mac for link in process.network.links()):
                    break
                socket.send(Frame.build(BROADCAST, mac, ARP, Arp.request(mac, address, address)))
        finally:
            socket.close()
        return 0

    return main
