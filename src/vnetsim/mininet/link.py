"""`mininet.link`: links as veth pairs, with the interfaces of `interfaces` and `tcintf`.

Not modelled: patch ports between Open vSwitch bridges as such; an OVSLink is a veth pair.
"""

from __future__ import annotations

from typing import Any

from vnetsim.mininet.functions import makeIntfPair
from vnetsim.mininet.interfaces import Intf
from vnetsim.mininet.tcintf import TCIntf


class Link:
    """A veth pair between two nodes."""

    def __init__(self, node1: Any, node2: Any, port1: int | None = None, port2: int | None = None,
                 intfName1: str | None = None, intfName2: str | None = None, addr1: str | None = None,
                 addr2: str | None = None, intf: Any = Intf, cls1: Any = None, cls2: Any = None, params1: Any = None,
                 params2: Any = None, fast: bool = True, **params: Any) -> None:  # fmt: skip
        first, second = ({**(each or {})} for each in (params1, params2))
        for node, port, own in ((node1, port1, first), (node2, port2, second)):
            if port is not None:
                own["port"] = port
            if "port" not in own:
                own["port"] = node.newPort()
        name1 = intfName1 or self.intfName(node1, first["port"])
        name2 = intfName2 or self.intfName(node2, second["port"])
        first.update(params)
        second.update(params)
        self.fast = fast
        if fast:
            first.setdefault("moveIntfFn", self._ignore)
            second.setdefault("moveIntfFn", self._ignore)
            self.makeIntfPair(name1, name2, addr1, addr2, node1, node2, deleteIntfs=False)
        else:
            self.makeIntfPair(name1, name2, addr1, addr2)
        self.intf1: Any = (cls1 or intf)(name=name1, node=node1, link=self, mac=addr1, **first)
        self.intf2: Any = (cls2 or intf)(name=name2, node=node2, link=self, mac=addr2, **second)

    @staticmethod
    def _ignore(*args: Any, **kwargs: Any) -> None:
        """The ends of a fast link are made where they belong."""

    def intfName(self, node: Any, n: int) -> str:
        return f"{node.name}-eth{n}"

    @classmethod
    def makeIntfPair(cls, intfname1: str, intfname2: str, addr1: str | None = None, addr2: str | None = None,
                     node1: Any = None, node2: Any = None, deleteIntfs: bool = True) -> None:  # fmt: skip
        makeIntfPair(intfname1, intfname2, addr1, addr2, node1, node2, deleteIntfs=deleteIntfs)

    def delete(self) -> None:
        for intf in (self.intf1, self.intf2):
            intf.delete()
        self.intf1 = self.intf2 = None

    def stop(self) -> None:
        self.delete()

    def status(self) -> str:
        return f"({self.intf1.status()} {self.intf2.status()})"

    def __str__(self) -> str:
        return f"{self.intf1}<->{self.intf2}"


class OVSIntf(Intf):
    """An end of an OVSLink."""


class OVSLink(Link):
    """A link between Open vSwitch bridges."""


class TCLink(Link):
    """A link with delay, loss and bandwidth."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("cls1", TCIntf)
        kwargs.setdefault("cls2", TCIntf)
        super().__init__(*args, **kwargs)


class TCULink(TCLink):
    """A TCLink without checksum offload."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(txo=False, rxo=False)
        super().__init__(*args, **kwargs)


__all__ = ["Intf", "Link", "OVSIntf", "OVSLink", "TCIntf", "TCLink", "TCULink"]
