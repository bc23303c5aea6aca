"""`mininet.topo`: topologies as graphs, and those that come with Mininet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from vnetsim.mininet.functions import irange, natural, naturalSeq


class MultiGraph:
    """Nodes and edges with attributes; `edge[a][b]` and `edge[b][a]` are the same mapping of keys to attributes."""

    def __init__(self) -> None:
        self.node: dict[str, dict[str, Any]] = {}
        self.edge: dict[str, dict[str, dict[Any, dict[str, Any]]]] = {}

    def add_node(self, node: str, attr_dict: dict[str, Any] | None = None, **attrs: Any) -> None:
        attr_dict = {} if attr_dict is None else attr_dict
        attr_dict.update(attrs)
        self.node[node] = attr_dict

    def add_edge(self, src: str, dst: str, key: Any = None, attr_dict: dict[str, Any] | None = None,
                 **attrs: Any) -> Any:  # fmt: skip
        """The key of the new edge: the next free number, from 1, if none is given."""
        attr_dict = {} if attr_dict is None else attr_dict
        attr_dict.update(attrs)
        for end in (src, dst):
            self.node.setdefault(end, {})
            self.edge.setdefault(end, {})
        entry = self.edge[dst][src] = self.edge[src].setdefault(dst, {})
        if key is None:
            key = max([0, *(each for each in entry if isinstance(each, int))]) + 1
        entry[key] = attr_dict
        return key

    def nodes(self, data: bool = False) -> Iterable[Any]:
        return self.node.items() if data else self.node.keys()

    def edges_iter(self, data: bool = False, keys: bool = False) -> Iterator[tuple[Any, ...]]:
        for src, entry in self.edge.items():
            for dst, between in entry.items():
                if src <= dst:
                    for key, attrs in between.items():
                        yield (src, dst, *((key,) if keys else ()), *((attrs,) if data else ()))

    def edges(self, data: bool = False, keys: bool = False) -> list[tuple[Any, ...]]:
        return list(self.edges_iter(data=data, keys=keys))

    def __getitem__(self, node: str) -> dict[str, dict[Any, dict[str, Any]]]:
        return self.edge[node]

    def __len__(self) -> int:
        return len(self.node)

    def convertTo(self, cls: Any, data: bool = False, keys: bool = False) -> Any:
        """The same graph as one of networkx, or of a class like it."""
        graph = cls()
        graph.add_nodes_from(self.nodes(data=data))
        graph.add_edges_from(self.edges(data=(data or keys), keys=keys))
        return graph


class Topo:
    """A topology; subclasses override `build`."""

    def __init__(self, *args: Any, **params: Any) -> None:
        self.g = MultiGraph()
        self.hopts: dict[str, Any] = params.pop("hopts", {})
        self.sopts: dict[str, Any] = params.pop("sopts", {})
        self.lopts: dict[str, Any] = params.pop("lopts", {})
        #: ports[node][port] is the other end: its node and port.
        self.ports: dict[str, dict[int, tuple[str, int]]] = {}
        self.build(*args, **params)

    def build(self, *args: Any, **params: Any) -> Any:
        """Add nodes and links."""

    # --- making -----------------------------------------------------------------------------------------------------

    def addNode(self, name: str, **opts: Any) -> str:
        self.g.add_node(name, **opts)
        return name

    def addHost(self, name: str, **opts: Any) -> str:
        return self.addNode(name, **(opts or self.hopts))

    def addSwitch(self, name: str, **opts: Any) -> str:
        return self.addNode(name, isSwitch=True, **(opts or self.sopts))

    def addLink(self, node1: str, node2: str, port1: int | None = None, port2: int | None = None, key: Any = None,
                **opts: Any) -> Any:  # fmt: skip
        opts = dict(opts or self.lopts)
        port1, port2 = self.addPort(node1, node2, port1, port2)
        opts.update(node1=node1, node2=node2, port1=port1, port2=port2)
        return self.g.add_edge(node1, node2, key, opts)

    def addPort(self, src: str, dst: str, sport: int | None = None, dport: int | None = None) -> tuple[int, int]:
        """The ports of a new link: as many as there are, plus one for switches, whose first is 1."""
        ports = self.ports
        ports.setdefault(src, {})
        ports.setdefault(dst, {})
        sport = len(ports[src]) + self.isSwitch(src) if sport is None else sport
        dport = len(ports[dst]) + self.isSwitch(dst) if dport is None else dport
        ports[src][sport], ports[dst][dport] = (dst, dport), (src, sport)
        return sport, dport

    # --- reading ----------------------------------------------------------------------------------------------------

    def nodes(self, sort: bool = True) -> Iterable[str]:
        return self.sorted(self.g.nodes()) if sort else self.g.nodes()

    def isSwitch(self, n: str) -> bool:
        return bool(self.g.node[n].get("isSwitch", False))

    def switches(self, sort: bool = True) -> list[str]:
        return [name for name in self.nodes(sort) if self.isSwitch(name)]

    def hosts(self, sort: bool = True) -> list[str]:
        return [name for name in self.nodes(sort) if not self.isSwitch(name)]

    def iterLinks(self, withKeys: bool = False, withInfo: bool = False) -> Iterator[tuple[Any, ...]]:
        for _src, _dst, key, info in self.g.edges_iter(data=True, keys=True):
            yield (info["node1"], info["node2"], *((key,) if withKeys else ()), *((info,) if withInfo else ()))

    def links(self, sort: bool = False, withKeys: bool = False, withInfo: bool = False) -> list[tuple[Any, ...]]:
        links = list(self.iterLinks(withKeys, withInfo))
        return sorted(links, key=lambda link: naturalSeq(link[: 3 if withKeys else 2])) if sort else links

    def port(self, src: str, dst: str) -> Any:
        """The pair of ports of the link from `src` to `dst`, or a list of pairs if there are several."""
        ports = [(sport, entry[1]) for sport, entry in self.ports[src].items() if entry[0] == dst]
        return ports if len(ports) != 1 else ports[0]

    def linkInfo(self, src: str, dst: str, key: Any = None) -> dict[str, Any]:
        entry = self.g[src][dst]
        return entry[min(entry) if key is None else key]

    def setlinkInfo(self, src: str, dst: str, info: dict[str, Any], key: Any = None) -> None:
        entry = self.g[src][dst]
        entry[min(entry) if key is None else key] = info

    def nodeInfo(self, name: str) -> dict[str, Any]:
        return self.g.node[name]

    def setNodeInfo(self, name: str, info: dict[str, Any]) -> None:
        self.g.node[name] = info

    def convertTo(self, cls: Any, data: bool = True, keys: bool = True) -> Any:
        return self.g.convertTo(cls, data=data, keys=keys)

    @staticmethod
    def sorted(items: Iterable[str]) -> list[str]:
        """In the order of people: h2 before h10."""
        return sorted(items, key=natural)


class SingleSwitchTopo(Topo):
    """k hosts at one switch."""

    def build(self, k: int = 2, **_opts: Any) -> None:
        self.k = k
        switch = self.addSwitch("s1")
        for number in irange(1, k):
            self.addLink(self.addHost(f"h{number}"), switch)


class SingleSwitchReversedTopo(Topo):
    """k hosts at one switch, the first host at the last port."""

    def build(self, k: int = 2, **_opts: Any) -> None:
        self.k = k
        switch = self.addSwitch("s1")
        for number in irange(1, k):
            self.addLink(self.addHost(f"h{number}"), switch, port1=0, port2=k - number + 1)


class MinimalTopo(SingleSwitchTopo):
    """Two hosts at one switch."""

    def build(self, k: int = 2, **_opts: Any) -> None:
        del k
        super().build(k=2)


class LinearTopo(Topo):
    """k switches in a row, with n hosts each."""

    def build(self, k: int = 2, n: int = 1, **_opts: Any) -> None:
        self.k, self.n = k, n
        last = None
        for i in irange(1, k):
            switch = self.addSwitch(f"s{i}")
            for j in irange(1, n):
                self.addLink(self.addHost(f"h{i}" if n == 1 else f"h{j}s{i}"), switch)
            if last:
                self.addLink(switch, last)
            last = switch
