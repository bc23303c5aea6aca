"""Events of network devices (enum netdev_cmd), which Netns.call_netdevice_notifiers passes along netdev_chain."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from vnetsim.wire.mac import Mac


class NetdevEvent(Enum):
    """enum netdev_cmd."""

    REGISTER = "NETDEV_REGISTER"
    UNREGISTER = "NETDEV_UNREGISTER"
    UP = "NETDEV_UP"
    DOWN = "NETDEV_DOWN"
    #: The carrier came or went.
    CHANGE = "NETDEV_CHANGE"
    CHANGEADDR = "NETDEV_CHANGEADDR"
    CHANGEMTU = "NETDEV_CHANGEMTU"
    CHANGENAME = "NETDEV_CHANGENAME"
    #: Its frames take another path now: send gratuitous ARP, and multicast reports.
    NOTIFY_PEERS = "NETDEV_NOTIFY_PEERS"
    RESEND_IGMP = "NETDEV_RESEND_IGMP"
    #: It joined or left a VRF.
    CHANGEUPPER = "NETDEV_CHANGEUPPER"


class Before(NamedTuple):
    """The value that an event replaced: of CHANGEMTU, CHANGEADDR, CHANGENAME."""

    mtu: int = 0
    mac: Mac | None = None
    name: str = ""


UNCHANGED: Final = Before()
