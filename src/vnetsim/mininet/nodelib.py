"""`mininet.nodelib`: Linux bridges, and a router to the machine's other networks.

The warnings about iptables for bridged frames are Mininet's.  Not modelled: /etc/network/interfaces.
"""

from __future__ import annotations

from typing import Any, ClassVar

from vnetsim.mininet.emulation import current
from vnetsim.mininet.hosts import Node
from vnetsim.mininet.switches import Switch


class LinuxBridge(Switch):
    """A Linux bridge, with the spanning tree protocol if `stp`."""

    nextPrio: ClassVar[int] = 100

    def __init__(self, name: str, stp: bool = False, prio: int | None = None, **kwargs: Any) -> None:
        self.stp = stp
        self.prio = prio or LinuxBridge.nextPrio
        if not prio:
            LinuxBridge.nextPrio += 1
        super().__init__(name, **kwargs)

    def connected(self) -> bool:
        return self.is_forwarding() if self.stp else True

    def start(self, controllers: Any) -> None:
        """Mininet 2.3 calls brctl setbridgeprio without the bridge, so that all have the default priority."""
        del controllers
        self.make_bridge(self.stp)

    def stop(self, deleteIntfs: bool = True) -> None:
        self.delete_bridge()
        super().stop(deleteIntfs)

    def dpctl(self, *args: Any) -> str:
        return self.cmd("brctl", *args)


class NAT(Node):
    """A router between the nodes and what else the machine reaches, with masquerading."""

    def __init__(self, name: str, subnet: str = "10.0/8", localIntf: Any = None, flush: bool = False,
                 **params: Any) -> None:  # fmt: skip
        super().__init__(name, **params)
        self.subnet, self.localIntf, self.flush = subnet, localIntf, flush
        self.forwardState = current().run("sysctl -n net.ipv4.ip_forward", namespace=self.namespace).strip()

    def config(self, **params: Any) -> dict[str, Any]:  # type: ignore[override]
        self.localIntf = self.localIntf or self.defaultIntf()
        results = super().config(**params)
        if self.flush:
            for line in ("sysctl net.ipv4.ip_forward=0", "iptables -F", "iptables -t nat -F",
                         "iptables -P INPUT ACCEPT", "iptables -P OUTPUT ACCEPT",
                         "iptables -P FORWARD DROP"):  # fmt: skip
                self.cmd(line)
        self.cmd(f"iptables -I {self._rules()[0]}")
        for rule in self._rules()[1:]:
            self.cmd(f"iptables -A {rule}")
        self.cmd(f"iptables -t nat -A {self._masquerade()}")
        self.cmd("sysctl net.ipv4.ip_forward=1")
        return results

    def _rules(self) -> tuple[str, ...]:
        intf, subnet = self.localIntf, self.subnet
        return (f"FORWARD -i {intf} -d {subnet} -j DROP", f"FORWARD -i {intf} -s {subnet} -j ACCEPT",
                f"FORWARD -o {intf} -d {subnet} -j ACCEPT")  # fmt: skip

    def _masquerade(self) -> str:
        return f"POSTROUTING -s {self.subnet} '!' -d {self.subnet} -j MASQUERADE"

    def terminate(self) -> None:
        if self.shell is not None and self.localIntf is not None:
            for rule in self._rules():
                current().run(f"iptables -D {rule}", namespace=self.namespace)
            current().run(f"iptables -t nat -D {self._masquerade()}", namespace=self.namespace)
            current().run(f"sysctl net.ipv4.ip_forward={self.forwardState}", namespace=self.namespace)
        super().terminate()
