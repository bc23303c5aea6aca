"""`ip monitor`, its options and what it refuses; recordings are tests/recorded/kernel-vm/ipmon_*."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab()


def test_each_object_is_told_of_as_it_changes_and_labels_name_it(lab: Lab) -> None:
    heard = lab.run(
        """
        ip netns add other
        ip monitor all address route rule neigh nexthop >> all &
        ip -6 monitor rule neigh >> six & ip monitor link dev d1 >> dev & ip -o -t monitor link >> line &
        ip -ts monitor link >> brief &
        sleep 1
        ip link add d0 address 02:00:00:00:00:01 type dummy; ip link add d1 type dummy; ip link set d0 up
        ip addr add 10.0.0.1/24 dev d0; ip route add 10.1.0.0/24 via 10.0.0.9; ip route del 10.1.0.0/24
        ip nexthop add id 3 via 10.0.0.8 dev d0; ip nexthop del id 3
        ip rule add from 10.9.0.0/16 table 7; ip -6 rule add from fd00::/8 table 8
        ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev d0; ip -6 neigh add fd00::7 lladdr 02:00:00:00:00:07 dev d0
        ip link del d0
        sleep 1; grep -v inet6 all | grep -v 'fe80\\|ff0' | grep -v valid; echo ---; cat six dev; echo ---
        sed 's/[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/TIME/; s/[0-9]* usec/N usec/' line | head -n 2
        echo ---; sed 's/T[0-9:.]*/TTIME/' brief | head -n 1
        """
    ).stdout.split("---\n")
    assert heard[0] == (
        "[ADDR]2: d0    inet 10.0.0.1/24 scope global d0\n"
        "[ROUTE]local 10.0.0.1 dev d0 table local proto kernel scope host src 10.0.0.1 \n"
        "[ROUTE]10.0.0.0/24 dev d0 proto kernel scope link src 10.0.0.1 \n"
        "[ROUTE]broadcast 10.0.0.255 dev d0 table local proto kernel scope link src 10.0.0.1 \n"
        "[ROUTE]10.1.0.0/24 via 10.0.0.9 dev d0 \n[ROUTE]Deleted 10.1.0.0/24 via 10.0.0.9 dev d0 \n"
        "[NEXTHOP]id 3 via 10.0.0.8 dev d0 scope link \n[NEXTHOP]Deleted id 3 via 10.0.0.8 dev d0 scope link \n"
        "[RULE]32765:\tfrom 10.9.0.0/16 lookup 7\n[RULE]32765:\tfrom fd00::/8 lookup 8\n"
        "[NEIGH]10.0.0.7 dev d0 lladdr 02:00:00:00:00:07 PERMANENT \n"
        "[NEIGH]fd00::7 dev d0 lladdr 02:00:00:00:00:07 PERMANENT \n"
        "[NEIGH]Deleted 10.0.0.7 dev d0 lladdr 02:00:00:00:00:07 PERMANENT \n"
        "[NEIGH]Deleted fd00::7 dev d0 lladdr 02:00:00:00:00:07 PERMANENT \n"
        "[ADDR]Deleted 2: d0    inet 10.0.0.1/24 scope global d0\n"
        "[ROUTE]Deleted local 10.0.0.1 dev d0 table local proto kernel scope host src 10.0.0.1 \n"
    )
    assert heard[1].splitlines()[:2] == [
        "32765:\tfrom fd00::/8 lookup 8",
        "fd00::7 dev d0 lladdr 02:00:00:00:00:07 PERMANENT ",
    ]
    assert heard[2].splitlines()[0].startswith("Timestamp: ")
    assert (
        heard[2].splitlines()[1].startswith("2: d0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default \\")
    )
    assert heard[3].startswith("[")
    assert "T" in heard[3][:14]


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("ip monitor nonsense", 255, 'Argument "nonsense" is unknown, try "ip monitor help".\n'),
        ("ip monitor link dev none", 255, 'Error: argument "none" is wrong: Device does not exist\n\n'),
        ("ip monitor dev", 255, 'Command line is not complete. Try option "help"\n'),
        ("ip monitor file x", 2, "vnetsim: not modelled: ip monitor file\n"),
        ("ip monitor all-nsid", 2, "vnetsim: not modelled: ip monitor all-nsid\n"),
        ("ip -s monitor", 2, "vnetsim: not modelled: ip -s monitor\n"),
        ("timeout 1 ip mo l a r n ru", 124, ""),
    ],
)
def test_what_is_refused(lab: Lab, command: str, status: int, said: str) -> None:
    result = lab.run(command)
    assert (result.exit_code, result.stderr) == (status, said)


def test_ids_and_settings_are_told_of(lab: Lab) -> None:
    heard = lab.run(
        """
        ip monitor nsid netconf > out & sleep 1
        ip netns add third; ip link add v0 type veth peer name v1 netns third
        sysctl -qw net.ipv4.conf.v0.rp_filter=2; sysctl -qw net.ipv4.conf.v0.rp_filter=2
        echo 1 > /proc/sys/net/ipv6/conf/v0/forwarding
        ip netns del third; sleep 1; cat out
        """
    )
    assert heard.stdout == (
        "inet v0 forwarding off rp_filter off mc_forwarding off proxy_neigh off ignore_routes_with_linkdown off \n"
        "inet6 v0 forwarding off mc_forwarding off proxy_neigh off ignore_routes_with_linkdown off \n"
        "nsid 0 (iproute2 netns name: third)\ninet v0 rp_filter loose \ninet6 v0 forwarding on \n"
        "Deleted inet v0 \nDeleted inet6 v0 \nDeleted nsid 0 \n"
    ), heard
