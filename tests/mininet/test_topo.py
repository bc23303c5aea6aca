"""Topologies: which ports a link has, in which order nodes and links come."""

from __future__ import annotations

import networkx as nx
import pytest

from vnetsim.mininet.topo import LinearTopo, MinimalTopo, MultiGraph, SingleSwitchReversedTopo, SingleSwitchTopo, Topo
from vnetsim.mininet.topolib import TorusTopo, TreeTopo


def test_ports_of_hosts_begin_at_0_and_those_of_switches_at_1() -> None:
    topo = LinearTopo(2)
    assert topo.linkInfo("h1", "s1") == {"node1": "h1", "node2": "s1", "port1": 0, "port2": 1}
    assert topo.port("s1", "s2") == (2, 2)
    assert SingleSwitchReversedTopo(3).port("h1", "s1") == (0, 3)


def test_nodes_are_sorted_as_people_sort_them() -> None:
    assert SingleSwitchTopo(11).hosts() == [f"h{number}" for number in range(1, 12)]
    assert [link[0] for link in SingleSwitchTopo(11).links(sort=True)][-1] == "h11"
    assert MinimalTopo().switches() == ["s1"]


def test_two_links_between_the_same_nodes_have_keys() -> None:
    topo = Topo()
    topo.addHost("h1")
    topo.addSwitch("s1")
    assert [topo.addLink("h1", "s1", bw=number) for number in (1, 2)] == [1, 2]
    assert topo.port("h1", "s1") == [(0, 1), (1, 2)]
    assert topo.linkInfo("h1", "s1", 2)["bw"] == 2
    assert topo.links(withKeys=True) == [("h1", "s1", 1), ("h1", "s1", 2)]
    topo.setlinkInfo("h1", "s1", {"bw": 9})
    assert topo.linkInfo("s1", "h1") == {"bw": 9}


def test_options_of_all_nodes_and_links_give_way_to_their_own() -> None:
    topo = Topo(hopts={"cpu": 1}, sopts={"stp": True}, lopts={"bw": 5})
    topo.addHost("h1")
    topo.addHost("h2", cpu=2)
    topo.addSwitch("s1")
    topo.addLink("h1", "s1")
    assert (topo.nodeInfo("h1"), topo.nodeInfo("h2")) == ({"cpu": 1}, {"cpu": 2})
    assert topo.nodeInfo("s1") == {"isSwitch": True, "stp": True}
    assert topo.linkInfo("h1", "s1")["bw"] == 5
    topo.setNodeInfo("h1", {})
    assert topo.nodeInfo("h1") == {}


def test_trees_and_tori() -> None:
    tree = TreeTopo(2, 3)
    assert (len(tree.hosts()), len(tree.switches()), len(tree.links())) == (9, 4, 12)
    torus = TorusTopo(3, 3, 2)
    assert (len(torus.hosts()), len(torus.switches()), len(torus.links())) == (18, 9, 36)
    assert torus.nodeInfo("s2x3")["dpid"] == "203"
    with pytest.raises(Exception, match="3x3 or greater"):
        TorusTopo(2, 3)


def test_a_topology_is_a_graph_of_networkx() -> None:
    graph = TreeTopo(1, 2).convertTo(nx.MultiGraph)
    assert sorted(graph.nodes) == ["h1", "h2", "s1"]
    assert graph.number_of_edges() == 2


def test_edges_are_told_once() -> None:
    graph = MultiGraph()
    graph.add_edge("b", "a", weight=1)
    assert graph.edges(data=True, keys=True) == [("a", "b", 1, {"weight": 1})]
    assert (graph.edges(), len(graph), list(graph["a"])) == ([("a", "b")], 2, ["b"])
