"""OpenFlow controllers: the default ones make switches learn, which is assumed; all others are not modelled."""

from __future__ import annotations

from typing import Any

from vnetsim.mininet.emulation import current
from vnetsim.mininet.hosts import Node
from vnetsim.mininet.interfaces import Intf


class Controller(Node):
    """The reference controller, a learning switch; no process runs and nothing listens at its port.

    Not modelled: OpenFlow itself, and another `command` than that of the reference controller.
    """

    def __init__(self, name: str, inNamespace: bool = False, command: str = "controller", cargs: str = "",
                 cdir: str | None = None, ip: str = "127.0.0.1", port: int | None = None, protocol: str = "tcp",
                 **params: Any) -> None:  # fmt: skip
        if command not in ("controller", "ovs-testcontroller", "ovs-controller", "test-controller"):
            raise current().not_modelled(f"the controller {name}: {command}")
        self.command, self.cargs, self.cdir, self.protocol = command, cargs, cdir, protocol
        self.ip, self.port = ip, 6653 if port is None else port
        super().__init__(name, inNamespace=inNamespace, ip=ip, **params)

    def start(self) -> None:
        """Nothing runs: switches find it as an object."""

    def stop(self, *_args: Any, **_kwargs: Any) -> None:
        self.terminate()

    def IP(self, intf: Any = None) -> str | None:
        if self.intfs:
            return super().IP(intf)
        return self.ip

    def isAvailable(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {self.IP()}:{self.port} pid={self.pid}> "


class OVSController(Controller):
    """Open vSwitch's test controller, a learning switch."""


class _Other(Controller):
    """A controller whose program decides where frames go."""

    def __init__(self, name: str, *_args: Any, **_params: Any) -> None:
        raise current().not_modelled(f"{type(self).__name__} {name}: an OpenFlow controller other than the default one")


class NOX(_Other):
    pass


class Ryu(_Other):
    pass


class RemoteController(_Other):
    pass


def findController(controllers: Any = None) -> Any:
    """The class of the default controller."""
    del controllers
    return Controller


def DefaultController(name: str, controllers: Any = None, **kwargs: Any) -> Controller:
    del controllers
    return Controller(name, **kwargs)


def NullController(*_args: Any, **_kwargs: Any) -> None:
    """No controller."""


__all__ = ["NOX", "Controller", "DefaultController", "Intf", "NullController", "OVSController", "RemoteController",
           "Ryu", "findController"]  # fmt: skip
