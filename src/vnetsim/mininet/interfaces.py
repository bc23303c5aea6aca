"""Interfaces of nodes (`mininet.link.Intf`), configured by ifconfig and ip as Mininet does."""

from __future__ import annotations

import re
from typing import Any

from vnetsim.mininet.emulation import current
from vnetsim.mininet.log import error

_IP = re.compile(r"\d+\.\d+\.\d+\.\d+")
_MAC = re.compile(r"..:..:..:..:..:..")


class Intf:
    """An interface of a node."""

    def __init__(self, name: str, node: Any = None, port: int | None = None, link: Any = None, mac: str | None = None,
                 **params: Any) -> None:  # fmt: skip
        self.node, self.name, self.link, self.mac = node, name, link, mac
        self.ip: str | None = None
        self.prefixLen: Any = None
        if name == "lo":
            self.ip, self.prefixLen = "127.0.0.1", 8
        if node is not None:
            move = params.pop("moveIntfFn", None)
            node.addIntf(self, port=port, **({"moveIntfFn": move} if move else {}))
        self.params = params
        self.config(**params)

    # --- commands of the node --------------------------------------------------------------------------------------

    def cmd(self, *args: Any, **kwargs: Any) -> Any:
        return self.node.cmd(*args, **kwargs)

    def ifconfig(self, *args: Any) -> Any:
        """The output of ifconfig; "" if it succeeded."""
        line = " ".join(map(str, ("ifconfig", self.name, *args)))
        return current().run(line, namespace=self.node.namespace).replace("\n", "\r\n")

    def setIP(self, ipstr: str, prefixLen: Any = None) -> Any:
        if "/" in ipstr:
            self.ip, self.prefixLen = ipstr.split("/")
            return self.ifconfig(ipstr, "up")
        if prefixLen is None:
            raise Exception(f"No prefix length set for IP address {ipstr}")
        self.ip, self.prefixLen = ipstr, prefixLen
        return self.ifconfig(f"{ipstr}/{prefixLen}")

    def setMAC(self, macstr: str) -> Any:
        self.mac = macstr
        return self.ifconfig("down") + self.ifconfig("hw", "ether", macstr) + self.ifconfig("up")

    def updateIP(self) -> str | None:
        """The address that the interface has by now."""
        found = _IP.findall(self.ifconfig())
        self.ip = found[0] if found else None
        return self.ip

    def updateMAC(self) -> str | None:
        found = _MAC.findall(self.ifconfig())
        self.mac = found[0] if found else None
        return self.mac

    def updateAddr(self) -> tuple[str | None, str | None]:
        return self.updateIP(), self.updateMAC()

    def IP(self) -> str | None:
        return self.ip

    def MAC(self) -> str | None:
        return self.mac

    def isUp(self, setUp: bool = False) -> bool:
        """Whether it is up; with `setUp`, whether it could be set up."""
        if not setUp:
            return "UP" in self.ifconfig()
        said = self.ifconfig("up")
        if said:
            error(f"Error setting {self.name} up: {said} ")
        return not said

    def rename(self, newname: str) -> Any:
        if self.node is not None and self.name in self.node.nameToIntf:
            self.node.nameToIntf[newname] = self.node.nameToIntf.pop(self.name)
        self.ifconfig("down")
        result = current().run(f"ip link set {self.name} name {newname}", namespace=self.node.namespace)
        self.name = newname
        self.ifconfig("up")
        return result

    # --- configuration ---------------------------------------------------------------------------------------------

    def setParam(self, results: dict[str, Any], method: str, **param: Any) -> Any:
        """Call the method of that name with the value, if there is one."""
        return set_param(self, results, method, **param)

    def config(self, mac: str | None = None, ip: str | None = None, ifconfig: Any = None, up: bool = True,
               **_params: Any) -> Any:  # fmt: skip
        results: dict[str, Any] = {}
        self.setParam(results, "setMAC", mac=mac)
        self.setParam(results, "setIP", ip=ip)
        self.setParam(results, "isUp", up=up)
        self.setParam(results, "ifconfig", ifconfig=ifconfig)
        return results

    def delete(self) -> None:
        current().run(f"ip link del {self.name}", namespace=self.node.namespace)
        self.node.delIntf(self)
        self.link = None

    def status(self) -> str:
        return "OK" if self.name in current().run("ip link show", namespace=self.node.namespace) else "MISSING"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def __str__(self) -> str:
        return self.name


def set_param(owner: Any, results: dict[str, Any], method: str, **param: Any) -> Any:
    """`setParam` of interfaces and nodes: a list or a mapping is the arguments."""
    ((name, value),) = param.items()
    function = getattr(owner, method, None)
    if value is None or function is None:
        return None
    if isinstance(value, list):
        results[name] = function(*value)
    elif isinstance(value, dict):
        results[name] = function(**value)
    else:
        results[name] = function(value)
    return results[name]
