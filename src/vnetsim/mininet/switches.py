"""Switches that forward by the default controller, or without one, as bridges of the machine.

An Open vSwitch bridge with the default controller is a learning switch and so is one in fail mode `standalone`:
both are made as Linux bridges, which each answer names as assumed.  In fail mode `secure` without a controller
nothing is forwarded.  Not modelled: OpenFlow, flow tables (`dpctl`, `ovs-ofctl`), the user-space switches, the
database of Open vSwitch.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from vnetsim.mininet.emulation import current
from vnetsim.mininet.hosts import Node
from vnetsim.mininet.interfaces import Intf


class Switch(Node):
    """A switch, on the machine itself."""

    portBase: ClassVar[int] = 1
    dpidLen: ClassVar[int] = 16

    def __init__(self, name: str, dpid: str | None = None, opts: str = "", listenPort: int | None = None,
                 **params: Any) -> None:  # fmt: skip
        if params.get("inNamespace"):
            raise current().not_modelled(f"the switch {name} in a namespace of its own")
        super().__init__(name, **{**params, "inNamespace": False})
        self.dpid = self.defaultDpid(dpid)
        self.opts, self.listenPort = opts, listenPort
        self.controlIntf = Intf("lo", self, port=0)

    def defaultDpid(self, dpid: str | None = None) -> str:
        """The datapath id: the first number in the name, unless one is given."""
        if dpid:
            dpid = dpid.replace(":", "")
            assert len(dpid) <= self.dpidLen
            assert int(dpid, 16) >= 0
            return dpid.rjust(self.dpidLen, "0")
        numbers = re.findall(r"\d+", self.name)
        if not numbers:
            self.terminate()
            raise Exception("Unable to derive default datapath ID - please either specify a dpid or use a canonical "
                            "switch name such as s23.")  # fmt: skip
        return f"{int(numbers[0]):x}".rjust(self.dpidLen, "0")

    def defaultIntf(self) -> Any:
        return self.controlIntf or super().defaultIntf()

    def connected(self) -> bool:
        return True

    def start(self, controllers: Any) -> None:
        """Begin to forward."""

    def stop(self, deleteIntfs: bool = True) -> None:
        if deleteIntfs:
            self.deleteIntfs()

    # --- bridges ----------------------------------------------------------------------------------------------------

    def make_bridge(self, stp: bool = False, priority: int | None = None) -> None:
        """A bridge of the machine with all interfaces of this switch."""
        run = current().run
        run(f"brctl addbr {self.name}")
        if priority is not None:
            run(f"brctl setbridgeprio {self.name} {priority}")
        if stp:
            run(f"brctl stp {self.name} on")
        for intf in self.intfList():
            if self.name in intf.name:
                run(f"brctl addif {self.name} {intf}")
        run(f"ifconfig {self.name} up")

    def delete_bridge(self) -> None:
        current().run(f"ifconfig {self.name} down")
        current().run(f"brctl delbr {self.name}")

    def is_forwarding(self) -> bool:
        """Whether the spanning tree lets it forward."""
        return "forwarding" in current().run(f"brctl showstp {self.name}")


class OVSSwitch(Switch):
    """An Open vSwitch bridge."""

    def __init__(self, name: str, failMode: str = "secure", datapath: str = "kernel", inband: bool = False,
                 protocols: str | None = None, reconnectms: int = 1000, stp: bool = False, batch: bool = False,
                 **params: Any) -> None:  # fmt: skip
        super().__init__(name, **params)
        self.failMode, self.datapath, self.inband, self.protocols = failMode, datapath, inband, protocols
        self.reconnectms, self.stp, self.batch = reconnectms, stp, batch

    @classmethod
    def isOldOVS(cls) -> bool:
        return False

    def start(self, controllers: Any) -> None:
        kind = type(self).__name__
        if controllers:
            current().assume(f"switches of the class {kind} forward as learning switches, by the default controller")
            self.make_bridge(self.stp)
        elif self.failMode == "standalone":
            current().assume(f"switches of the class {kind} forward as Linux bridges do")
            self.make_bridge(self.stp)
        else:
            current().assume(f"{self.name} forwards nothing: {kind} has no controller, and its fail mode is secure")

    def stop(self, deleteIntfs: bool = True) -> None:
        self.delete_bridge()
        super().stop(deleteIntfs)

    def connected(self) -> bool:
        return self.is_forwarding() if self.stp else True

    def controllerUUIDs(self, update: bool = False) -> list[str]:
        del update
        return []

    def attach(self, intf: Any) -> None:
        """Connect an interface that was added after the start."""
        current().run(f"brctl addif {self.name} {intf}")
        current().run(f"ifconfig {intf} up")

    def detach(self, intf: Any) -> None:
        current().run(f"brctl delif {self.name} {intf}")

    def cmd(self, *args: Any, **kwargs: Any) -> str:
        """Of the database of Open vSwitch, ports: `ovs-vsctl add-port`, `del-port`, `get Interface NAME ofport`."""
        words = " ".join(map(str, args[0] if len(args) == 1 and isinstance(args[0], list) else args)).split()
        if words[:1] != ["ovs-vsctl"]:
            return super().cmd(*args, **kwargs)
        return self.vsctl(*words[1:])

    def _port(self, verb: str, name: str) -> str:
        """A port of Open vSwitch forwards at once; that of a bridge when its carrier is noticed, within a second."""
        said = current().run(f"brctl {verb} {self.name} {name}")
        if verb == "addif":
            said += current().run(f"ifconfig {name} up")
            current().lab.sleep(1)
        return said

    def dpctl(self, *args: Any) -> str:
        """`del-flows`: what the switch has learned is gone."""
        if list(map(str, args)) == ["del-flows"]:
            return current().run(f"ip link set dev {self.name} type bridge fdb_flush")
        raise current().not_modelled(f"ovs-ofctl {' '.join(map(str, args))}: the flow table of {self.name}")

    def vsctl(self, *args: Any, **_kwargs: Any) -> str:
        """A port has the number that Mininet requests, which is that of `ports`."""
        match list(map(str, args)):
            case ["get", "Interface", name, "ofport"] if name in self.nameToIntf:
                return f"{self.ports[self.nameToIntf[name]]}\r\n"
            case ["add-port", self.name, name, *rest] if name in self.nameToIntf:
                port = self.ports[self.nameToIntf[name]]
                if rest in ([], ["--", "set", "Interface", name, f"ofport_request={port}"]):
                    return self._port("addif", name)
            case ["del-port", self.name, name]:
                return self._port("delif", name)
        raise current().not_modelled(f"ovs-vsctl {' '.join(map(str, args))}")


class OVSBridge(OVSSwitch):
    """An Open vSwitch bridge without a controller, in fail mode standalone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(failMode="standalone")
        super().__init__(*args, **kwargs)

    def start(self, controllers: Any) -> None:
        del controllers
        super().start([])


class _Other(Switch):
    """A switch that only OpenFlow rules tell what to do."""

    def __init__(self, name: str, *_args: Any, **_params: Any) -> None:
        raise current().not_modelled(f"{type(self).__name__} {name}")


class UserSwitch(_Other):
    pass


class IVSSwitch(_Other):
    pass
