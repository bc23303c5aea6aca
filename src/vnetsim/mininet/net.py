"""`mininet.net`: the network.

Not modelled: switches and controllers in namespaces of their own (`inNamespace`), pinning to CPUs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from vnetsim.mininet.cli import CLI
from vnetsim.mininet.controllers import Controller, DefaultController
from vnetsim.mininet.emulation import current
from vnetsim.mininet.functions import ipAdd, macColonHex, netParse
from vnetsim.mininet.hosts import Host, Node
from vnetsim.mininet.interfaces import Intf
from vnetsim.mininet.link import Link
from vnetsim.mininet.log import error, info, warn
from vnetsim.mininet.measurement import Measurement
from vnetsim.mininet.nodelib import NAT
from vnetsim.mininet.switches import OVSSwitch
from vnetsim.mininet.term import makeTerms

VERSION: Final = "2.3.0"
#: How long `waitConnected` waits without a limit, in simulated seconds: a spanning tree needs 30.
_LONGEST_WAIT: Final = 300.0
#: How long the commands of a start take on a real machine, by the end of which all devices have reported their carrier.
_START_SECONDS: Final = 2.0


class Mininet(Measurement):
    """Nodes and links, from a topology or added one by one."""

    inited = True

    def __init__(self, topo: Any = None, switch: Any = OVSSwitch, host: Any = Host, controller: Any = DefaultController,
                 link: Any = Link, intf: Any = Intf, build: bool = True, xterms: bool = False, cleanup: bool = False,
                 ipBase: str = "10.0.0.0/8", inNamespace: bool = False, autoSetMacs: bool = False,
                 autoStaticArp: bool = False, autoPinCpus: bool = False, listenPort: int | None = None,
                 waitConnected: Any = False) -> None:  # fmt: skip
        self.topo, self.switch, self.host, self.controller, self.link, self.intf = (
            topo, switch, host, controller, link, intf)  # fmt: skip
        self.ipBase = ipBase
        self.ipBaseNum, self.prefixLen = netParse(ipBase)
        self.nextIP = (0xFFFFFFFF >> self.prefixLen) & self.ipBaseNum or 1
        if inNamespace:
            raise current().not_modelled("a control network: switches and controllers in namespaces")
        self.inNamespace, self.xterms, self.cleanup = inNamespace, xterms, cleanup
        self.autoSetMacs, self.autoStaticArp, self.autoPinCpus = autoSetMacs, autoStaticArp, autoPinCpus
        self.listenPort, self.waitConn = listenPort, waitConnected
        self.hosts: list[Any] = []
        self.switches: list[Any] = []
        self.controllers: list[Any] = []
        self.links: list[Any] = []
        self.nameToNode: dict[str, Any] = {}
        self.terms: list[Any] = []
        self._random = random.Random(f"mininet {current().lab.seed}")
        self.built = False
        if topo and build:
            self.build()

    @classmethod
    def init(cls) -> None:
        """The simulated machine is ready."""

    # --- adding and removing ----------------------------------------------------------------------------------------

    def addHost(self, name: str, cls: Any = None, **params: Any) -> Any:
        """A host with the next address, unless one is given."""
        address = ipAdd(self.nextIP, ipBaseNum=self.ipBaseNum, prefixLen=self.prefixLen)
        defaults: dict[str, Any] = {"ip": f"{address}/{self.prefixLen}"}
        if self.autoSetMacs:
            defaults["mac"] = macColonHex(self.nextIP)
        self.nextIP += 1
        host = (cls or self.host)(name, **{**defaults, **params})
        self.hosts.append(host)
        self.nameToNode[name] = host
        return host

    def addSwitch(self, name: str, cls: Any = None, **params: Any) -> Any:
        switch = (cls or self.switch)(name, **{"listenPort": self.listenPort, "inNamespace": False, **params})
        self.switches.append(switch)
        self.nameToNode[name] = switch
        return switch

    def addController(self, name: Any = "c0", controller: Any = None, **params: Any) -> Any:
        controller = controller or self.controller
        if isinstance(name, Controller):
            made: Any = name
            name = made.name
        else:
            made = controller(name, **params)
        if made:
            self.controllers.append(made)
            self.nameToNode[name] = made
        return made

    def addNAT(self, name: str = "nat0", connect: Any = True, inNamespace: bool = False, **params: Any) -> Any:
        nat = self.addHost(name, cls=NAT, inNamespace=inNamespace, subnet=self.ipBase, **params)
        if connect:
            self.addLink(nat, connect if isinstance(connect, Node) else self.switches[0])
            address = nat.params["ip"].split("/")[0]
            for host in self.hosts:
                if host.inNamespace:
                    host.setDefaultRoute(f"via {address}")
        return nat

    def randMac(self) -> str:
        return macColonHex(self._random.randint(1, 2**48 - 1) & 0xFEFFFFFFFFFF | 0x020000000000)

    def addLink(self, node1: Any, node2: Any, port1: int | None = None, port2: int | None = None, cls: Any = None,
                **params: Any) -> Any:  # fmt: skip
        node1, node2 = (self[node] if isinstance(node, str) else node for node in (node1, node2))
        options = dict(params)
        for key, port in (("port1", port1), ("port2", port2)):
            if port is not None:
                options.setdefault(key, port)
        if self.intf is not None:
            options.setdefault("intf", self.intf)
        options.setdefault("addr1", self.randMac())
        options.setdefault("addr2", self.randMac())
        link = (cls or self.link)(node1, node2, **options)
        self.links.append(link)
        return link

    def delNode(self, node: Any, nodes: list[Any] | None = None) -> None:
        if nodes is None:
            nodes = next((each for each in (self.hosts, self.switches, self.controllers) if node in each), [])
        node.stop(deleteIntfs=True)
        node.terminate()
        nodes.remove(node)
        del self.nameToNode[node.name]

    def delHost(self, host: Any) -> None:
        self.delNode(host, nodes=self.hosts)

    def delSwitch(self, switch: Any) -> None:
        self.delNode(switch, nodes=self.switches)

    def delController(self, controller: Any) -> None:
        self.delNode(controller)

    def delLink(self, link: Any) -> None:
        link.delete()
        self.links.remove(link)

    def linksBetween(self, node1: Any, node2: Any) -> list[Any]:
        return [link for link in self.links if (node1, node2) in (
            (link.intf1.node, link.intf2.node), (link.intf2.node, link.intf1.node))]  # fmt: skip

    def delLinkBetween(self, node1: Any, node2: Any, index: int = 0, allLinks: bool = False) -> list[Any]:
        links = self.linksBetween(node1, node2)
        links = links if allLinks else [links[index]]
        for link in links:
            self.delLink(link)
        return links

    # --- looking up -------------------------------------------------------------------------------------------------

    def getNodeByName(self, *args: str) -> Any:
        return self.nameToNode[args[0]] if len(args) == 1 else [self.nameToNode[name] for name in args]

    get = getNodeByName

    def __getitem__(self, key: str) -> Any:
        return self.nameToNode[key]

    def __delitem__(self, key: str) -> None:
        self.delNode(self.nameToNode[key])

    def __iter__(self) -> Iterator[str]:
        return (node.name for node in chain(self.hosts, self.switches, self.controllers))

    def __len__(self) -> int:
        return len(self.hosts) + len(self.switches) + len(self.controllers)

    def __contains__(self, item: object) -> bool:
        return item in self.nameToNode

    def keys(self) -> list[str]:
        return list(self)

    def values(self) -> list[Any]:
        return [self[name] for name in self]

    def items(self) -> Any:
        return zip(self.keys(), self.values(), strict=True)

    # --- from a topology to a running network -----------------------------------------------------------------------

    def buildFromTopo(self, topo: Any = None) -> None:
        info("*** Creating network\n")
        if not self.controllers and self.controller:
            info("*** Adding controller\n")
            classes = self.controller if isinstance(self.controller, list) else [self.controller]
            for number, cls in enumerate(classes):
                _ = self.addController(cls) if isinstance(cls, Controller) else self.addController(f"c{number}", cls)
        info("*** Adding hosts:\n")
        for name in topo.hosts():
            self.addHost(name, **topo.nodeInfo(name))
            info(name + " ")
        info("\n*** Adding switches:\n")
        for name in topo.switches():
            self.addSwitch(name, **topo.nodeInfo(name))
            info(name + " ")
        info("\n*** Adding links:\n")
        for source, target, params in topo.links(sort=True, withInfo=True):
            self.addLink(**params)
            info(f"({source}, {target}) ")
        info("\n")

    def configHosts(self) -> None:
        for host in self.hosts:
            info(host.name + " ")
            if host.defaultIntf():
                host.configDefault()
            else:
                host.configDefault(ip=None, mac=None)
        info("\n")

    def build(self) -> None:
        if self.topo:
            self.buildFromTopo(self.topo)
        info("*** Configuring hosts\n")
        self.configHosts()
        if self.xterms:
            self.startTerms()
        if self.autoStaticArp:
            self.staticArp()
        self.built = True

    def startTerms(self) -> None:
        self.terms += makeTerms(self.hosts, "host")

    def staticArp(self) -> None:
        for source in self.hosts:
            for target in self.hosts:
                if source != target:
                    source.setARP(ip=target.IP(), mac=target.MAC())

    def start(self) -> None:
        if not self.built:
            self.build()
        info("*** Starting controller\n")
        for controller in self.controllers:
            info(controller.name + " ")
            controller.start()
        info("\n")
        info(f"*** Starting {len(self.switches)} switches\n")
        for switch in self.switches:
            info(switch.name + " ")
            switch.start(self.controllers)
        info("\n")
        current().lab.sleep(_START_SECONDS)
        if self.waitConn:
            self.waitConnected(self.waitConn)

    def waitConnected(self, timeout: Any = None, delay: float = 0.5) -> bool:
        """Wait until all switches forward; whether they do."""
        info("*** Waiting for switches to connect\n")
        remaining, waited = list(self.switches), 0.0
        limit = (_LONGEST_WAIT if timeout else 0) if timeout is None or isinstance(timeout, bool) else timeout
        limit = _LONGEST_WAIT if timeout is None else limit
        while True:
            for switch in list(remaining):
                if switch.connected():
                    info(f"{switch} ")
                    remaining.remove(switch)
            if not remaining:
                info("\n")
                return True
            if waited >= limit:
                break
            current().lab.sleep(delay)
            waited += delay
        warn(f"Timed out after {waited:.0f} seconds\n")
        for switch in remaining:
            warn(f"Warning: {switch.name} is not connected to a controller\n")
        return False

    def stop(self) -> None:
        current().stands("net.stop()")
        info(f"*** Stopping {len(self.controllers)} controllers\n")
        for controller in self.controllers:
            info(controller.name + " ")
            controller.stop()
        info("\n")
        info(f"*** Stopping {len(self.links)} links\n")
        for link in self.links:
            info(".")
            link.stop()
        info("\n")
        info(f"*** Stopping {len(self.switches)} switches\n")
        for switch in self.switches:
            info(switch.name + " ")
            switch.stop()
            switch.terminate()
        info("\n")
        info(f"*** Stopping {len(self.hosts)} hosts\n")
        for host in self.hosts:
            info(host.name + " ")
            host.terminate()
        info("\n*** Done\n")

    def run(self, test: Any, *args: Any, **kwargs: Any) -> Any:
        self.start()
        info("*** Running test\n")
        result = test(*args, **kwargs)
        self.stop()
        return result

    def monitor(self, hosts: list[Any] | None = None, timeoutms: float = -1) -> Iterator[tuple[Any, str | None]]:
        """Lines of hosts whose commands run, as they appear; (None, None) where nothing came for `timeoutms`."""
        hosts = self.hosts if hosts is None else hosts
        while True:
            ready = False
            for host in hosts:
                if host.shell is not None and (host.shell.screen.text or (host.waiting and host._ended())):
                    ready = True
                    for line in host.monitor(0).splitlines() or [""]:
                        yield host, line
            if not ready:
                current().lab.sleep(0.01 if timeoutms < 0 else max(timeoutms, 1) / 1000)
                if timeoutms >= 0:
                    yield None, None

    def configLinkStatus(self, src: str, dst: str, status: str) -> None:
        """Set all links between two nodes up or down."""
        for end, name in (("src", src), ("dst", dst)):
            if name not in self.nameToNode:
                error(f"{end} not in network: {name}\n")
                return
        connections = self[src].connectionsTo(self[dst])
        if not connections:
            error(f"src and dst not connected: {src} {dst}\n")
        for pair in connections:
            for end, intf in zip(("src", "dst"), pair, strict=True):
                said = intf.ifconfig(status)
                if said:
                    error(f"link {end} status change failed: {said}\n")

    def interact(self) -> Any:
        self.start()
        result = CLI(self)
        self.stop()
        return result


class MininetWithControlNet(Mininet):
    """A network with a control network, which is not modelled."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        raise current().not_modelled("a control network: switches and controllers in namespaces")
