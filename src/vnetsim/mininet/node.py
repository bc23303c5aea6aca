"""`mininet.node`: nodes, hosts, switches and controllers."""

from __future__ import annotations

from vnetsim.mininet.controllers import (
    NOX,
    Controller,
    DefaultController,
    NullController,
    OVSController,
    RemoteController,
    Ryu,
    findController,
)
from vnetsim.mininet.hosts import CPULimitedHost, Host, Node
from vnetsim.mininet.interfaces import Intf
from vnetsim.mininet.switches import (
    IVSSwitch,
    OVSBridge,
    OVSSwitch,
    Switch,
    UserSwitch,
)

OVSKernelSwitch = KernelSwitch = OVSSwitch

__all__ = [
    "NOX", "CPULimitedHost", "Controller", "DefaultController", "Host", "IVSSwitch", "Intf", "KernelSwitch", "Node",
    "NullController", "OVSBridge", "OVSController", "OVSKernelSwitch", "OVSSwitch", "RemoteController", "Ryu",
    "Switch", "UserSwitch", "findController",
]  # fmt: skip
