"""`ip link add`, `set`, `del`, `property`: which operation a command becomes, or what `ip` says before it asks."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.programs.fake import FakeMachine, FakeNetwork
from tests.programs.iproute2.ip.ip_host import BR0, LO, V0, V1, cases, device, ip_
from vnetsim.errors import Errno, KernelError
from vnetsim.operations import AddLink, DeleteLink, Peer, SetLink
from vnetsim.wire.mac import Mac

MAC1, MAC2 = Mac.parse("02:00:00:00:00:01"), Mac.parse("02:00:00:00:00:02")

ASKED: list[tuple[str, list[Any]]] = [
    ("ip link add a0 type veth peer name b0", [AddLink(kind="veth", name="a0", peer=Peer(name="b0"))]),
    ("ip link add name a0 type veth peer b0", [AddLink(kind="veth", name="a0", peer=Peer(name="b0"))]),
    ("ip link add dev a0 type veth", [AddLink(kind="veth", name="a0")]),
    ("ip link add type veth", [AddLink(kind="veth")]),
    ("ip l a name a0 ty veth peer", [AddLink(kind="veth", name="a0", peer=Peer())]),
    (
        "ip link add ea netns red address 02:00:00:00:00:01 type veth peer name lan netns blue address 2:0:0:0:0:2",
        [AddLink(kind="veth", name="ea", netns="red", mac=MAC1, peer=Peer(name="lan", netns="blue", mac=MAC2))],
    ),
    (
        "ip link add up type bridge",
        [AddLink(kind="bridge", up=True)],
    ),
    (
        "ip link add x txqueuelen 55 mtu 1400 index 77 group 7 master br0 up type bridge",
        [AddLink(kind="bridge", name="x", qlen=55, mtu=1400, index=77, group=7, master="br0", up=True)],
    ),
    ("ip link add x netns 17 type bridge", [AddLink(kind="bridge", name="x", netns=17)]),
    ("ip link add x alias foo type bridge", [AddLink(kind="bridge", name="x")]),
    (
        "ip link add m2 link v0 netns red address 02:00:00:00:00:02 type macvlan mode bridge",
        [AddLink(kind="macvlan", name="m2", link="v0", netns="red", mac=MAC2, options={"mode": "bridge"})],
    ),
    (
        "ip link add vx0 type vxlan id 100 local 192.168.0.1 dstport 4789 dev v1 nolearning",
        [
            AddLink(
                kind="vxlan", name="vx0",
                options={"id": 100, "local": "192.168.0.1", "dstport": 4789, "dev": "v1", "learning": 0},
            )
        ],
    ),
    (
        "ip link add br1 type bridge stp_state 1 forward_delay 0x190 mcast_snoo 0 group_address 01:80:c2:00:00:0e",
        [
            AddLink(
                kind="bridge", name="br1",
                options={
                    "stp_state": 1, "forward_delay": 400, "mcast_snooping": 0, "group_address": "01:80:c2:00:00:0e",
                },
            )
        ],
    ),
    ("ip link add d0 type dummy", [AddLink(kind="dummy", name="d0")]),
    ("ip link add x type nosuchtype", [AddLink(kind="nosuchtype", name="x")]),
    (
        "ip link add x arp off brd 02:00:00:00:00:01 type bridge",
        [AddLink(kind="bridge", name="x"), SetLink(device="x", arp=False, broadcast=MAC1)],
    ),
    ("ip link set v0 up", [SetLink(device="v0", up=True)]),
    ("ip link set up dev v0", [SetLink(device="v0", up=True)]),
    ("ip link set lanzero down", [SetLink(device="br0", up=False)]),
    ("ip link set if3 down", [SetLink(device="v0", up=False)]),
    ("ip link set v0 master br0 up", [SetLink(device="v0", master="br0", up=True)]),
    ("ip link set v0 nomaster", [SetLink(device="v0", master="")]),
    ("ip link set v0 name eth0", [SetLink(device="v0", name="eth0")]),
    ("ip link set name eth0 v0", [SetLink(device="v0", name="eth0")]),
    ("ip link set v0 name v0", [SetLink(device="v0")]),
    ("ip link set v1 netns red name eth7", [SetLink(device="v1", netns="red", name="eth7")]),
    ("ip link set v1 netns /run/netns/red", [SetLink(device="v1", netns="red")]),
    ("ip link set v1 netns /proc/4711/ns/net", [SetLink(device="v1", netns=4711)]),
    ("ip link set v0 alias 'uplink port' group 5", [SetLink(device="v0", alias="uplink port", group=5)]),
    ("ip link set v0 alias ''", [SetLink(device="v0", alias="")]),
    (
        "ip link set v0 address 2:0:0:0:0:1 brd ff:ff:ff:ff:ff:ff mtu 1400 qlen 10",
        [SetLink(device="v0", mac=MAC1, broadcast=Mac(0xFFFF_FFFF_FFFF), mtu=1400, qlen=10)],
    ),
    (
        "ip link set v0 arp off multicast on allmulticast off promisc on",
        [SetLink(device="v0", arp=False, multicast=True, allmulticast=False, promisc=True)],
    ),
    ("ip link set v0 netns red index 77", [SetLink(device="v0", netns="red", index=77)]),
    ("ip link set v0 addrgenmode none", [SetLink(device="v0", addrgenmode="none")]),
    ("ip link set v0 trailers on dynamic off mode default", [SetLink(device="v0")]),
    ("ip link set br0 type veth", [SetLink(device="br0", kind="veth")]),
    (
        "ip link set br0 type bridge ageing_time 100 fdb_flush",
        [SetLink(device="br0", kind="bridge", options={"ageing_time": 100, "fdb_flush": 1})],
    ),
    (
        "ip link set v0 type bridge_slave cost 5 hairpin on mcast_fast_leave off",
        [SetLink(device="v0", kind="bridge_slave", options={"cost": 5, "hairpin": 1, "fastleave": 0})],
    ),
    (
        "ip link set m0 type macvlan mode vepa flag nodst",
        [SetLink(device="m0", kind="macvlan", options={"mode": "vepa", "nodst": 1})],
    ),
    ("ip link set group 5 down", [SetLink(device="v1", up=False, group=5), SetLink(device="m0", up=False, group=5)]),
    ("ip link set group 99 down", []),
    ("ip link del v0", [DeleteLink(device="v0")]),
    ("ip link delete dev v0 type bridge", [DeleteLink(device="v0")]),
    ("ip link d v0", [DeleteLink(device="v0")]),
    ("ip link del group 5", [DeleteLink(device="v1"), DeleteLink(device="m0")]),
    (
        "ip link property add dev v0 altname one altname a-name-that-is-longer-than-fifteen",
        [
            SetLink(device="v0", add_altname="one"),
            SetLink(device="v0", add_altname="a-name-that-is-longer-than-fifteen"),
        ],
    ),
    ("ip link property del lanzero altname lanzero", [SetLink(device="br0", delete_altname="lanzero")]),
    ("ip link replace new type bridge", [AddLink(kind="bridge", name="new")]),
]  # fmt: skip

HOST = (
    LO,
    attrs.evolve(V1, group=5),
    V0,
    attrs.evolve(BR0, altnames=("lanzero",)),
    device(9, "m0", "macvlan", group=5),
)


def machine() -> FakeMachine:
    return FakeMachine({"red": FakeNetwork(), "blue": FakeNetwork()})


@pytest.mark.parametrize(("command", "operations"), ASKED)
def test_a_command_becomes_operations(command: str, operations: list[Any]) -> None:
    ended, executed = ip_(command, HOST, machine=machine())
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert executed == operations


SAID = cases(
    r"""\
$ ip link add a type veth peer name b  [1]
"type" is invalid lladdr.
$ ip link set a up  [1]
"up" is invalid lladdr.
$ ip link set b up  [1]
"up" is invalid lladdr.
$ ip link set a down  [255]
Not enough information: "dev" argument is required.
$ ip link set up up  [255]
Not enough information: "dev" argument is required.
$ ip link add type type bridge  [1]
Garbage instead of arguments "bridge ...". Try "ip link help".
$ ip link del type  [255]
Command line is not complete. Try option "help"
$ ip link set type type  [255]
Not enough information: "dev" argument is required.
$ ip link add name name1234567890xy type bridge  [255]
Error: argument "name1234567890xy" is wrong: "name" not a valid ifname
$ ip link add v5 type veth peer name name1234567890xy  [255]
Error: argument "name1234567890xy" is wrong: "name" not a valid ifname
$ ip link add 'a b' type bridge  [255]
Error: argument "a b" is wrong: "dev" not a valid ifname
$ ip link add a/b type bridge  [255]
Error: argument "a/b" is wrong: "dev" not a valid ifname
$ ip link set v0 name ''  [255]
Error: argument "" is wrong: "name" not a valid ifname
$ ip link add x5 name x6 type veth  [255]
both "name" and "dev" cannot be used when creating devices.
$ ip link add x7 x8 type bridge  [255]
Error: either "dev" is duplicate, or "x8" is a garbage.
$ ip link add name x7 name x8 type bridge  [255]
Error: duplicate "name": "x8" is the second value.
$ ip link set v0 bogus  [255]
Error: either "dev" is duplicate, or "bogus" is a garbage.
$ ip link set dev  [255]
Command line is not complete. Try option "help"
$ ip link set  [255]
Not enough information: "dev" argument is required.
$ ip link set nosuch up  [1]
Cannot find device "nosuch"
$ ip link set if99 up  [2]
RTNETLINK answers: No such device
$ ip link add x link nosuch type macvlan  [1]
Cannot find device "nosuch"
$ ip link add x  [1]
Not enough information: "type" argument is required
$ ip link add x type  [255]
Command line is not complete. Try option "help"
$ ip link set v0 master nosuch  [255]
Error: argument "nosuch" is wrong: Device does not exist

$ ip link set v0 netns nosuchns  [255]
Error: argument "nosuchns" is wrong: Invalid "netns" value

$ ip link set v0 mtu abc  [255]
Error: argument "abc" is wrong: Invalid "mtu" value

$ ip link set v0 mtu 1400 mtu 1300  [255]
Error: duplicate "mtu": "1300" is the second value.
$ ip link add x txqueuelen 10 txqlen 20 type veth  [255]
Error: duplicate "txqueuelen": "20" is the second value.
$ ip link set v0 address 02:00:00:00:00  [1]
Invalid address length 5 - must be 6 bytes
$ ip link set v0 address bogus  [1]
Invalid address length 1 - must be 6 bytes
$ ip link set v0 address 10.0.0.1  [1]
Invalid address length 4 - must be 6 bytes
$ ip link set v0 address 02:00:00:00:00:zz  [1]
"zz" is invalid lladdr.
$ ip link set v0 address 02:00:00:00:00:123  [1]
"123" is invalid lladdr.
$ ip link add x address 02:00:00:00:00 type bridge  [2]
RTNETLINK answers: Invalid argument
$ ip link set v0 arp maybe  [1]
Error: argument of "arp" must be "on" or "off", not "maybe"
$ ip link set v0 carrier bogus  [22]
Error: argument of "carrier" must be one of "off", "on", not "bogus"
$ ip link set v0 protodown on  [2]
Error: Protodown not supported by device.
$ ip link set v0 group bogus  [255]
Error: argument "bogus" is wrong: Invalid "group" value

$ ip link set v0 addrgenmode bogus  [255]
Error: argument "bogus" is wrong: Invalid address generation mode

$ ip link set v0 vrf br0  [255]
Error: argument "br0" is wrong: Not a valid VRF name

$ ip link set v0 index 10  [255]
index can be used only when creating devices or when moving device to another netns.
$ ip link add x4 index 0 type bridge  [255]
Error: argument "0" is wrong: Invalid "index" value
$ ip link add group 5 type bridge  [255]
group cannot be used when creating devices.
$ ip link add x addrgenmode none type bridge  [2]
RTNETLINK answers: Address family not supported by protocol
$ ip link set br0 type bridge ageing_time abc  [255]
Error: argument "abc" is wrong: invalid ageing_time
$ ip link set br0 type bridge priority 70000  [255]
Error: argument "70000" is wrong: invalid priority
$ ip link set br0 type bridge mcast_snooping  [255]
Command line is not complete. Try option "help"
$ ip link set v0 type bridge_slave hairpin yes  [1]
Error: argument of "hairpin" must be one of "off", "on", not "yes"
$ ip link set v0 type bridge_slave cost abc  [255]
Error: argument "abc" is wrong: cost is invalid
$ ip link set v0 type bridge_slave backup_port nosuch  [255]
Error: argument "nosuch" is wrong: Device does not exist

$ ip link set v0 type nosuch foo  [1]
Garbage instead of arguments "foo ...". Try "ip link help".
$ ip link set v0 type veth peer name x  [1]
Cannot find device "x"
$ ip link add x type veth peer name y type bridge  [255]
Error: duplicate "type": "bridge" is the second value.
$ ip link add x type veth peer name y up  [2]
RTNETLINK answers: Transport endpoint is not connected
$ ip link add x link v0 type macvlan mode bogus  [1]
Error: argument of "mode" must be "private", "vepa", "bridge", "passthru" or "source", not "bogus"
$ ip link add x type vxlan id 16777216  [255]
Error: argument "16777216" is wrong: invalid id
$ ip link add x type vxlan dstport 4789  [1]
vxlan: missing virtual network identifier
$ ip link add x type vxlan id 5 dev nosuch  [255]
Cannot find device "nosuch"
$ ip link add x type vxlan id 5 group 239.1.1.1  [1]
vxlan: 'group' requires 'dev' to be specified
$ ip link add x type vxlan id 6 remote 239.1.1.1  [255]
Error: argument "239.1.1.1" is wrong: invalid remote address
$ ip link add x type vxlan id 6 remote 10.0.0.1 group 239.1.1.1  [1]
vxlan: both group and remote cannot be specified
$ ip link add x type vxlan id 6 id 7  [255]
Error: either "id" is duplicate, or "7" is a garbage.
$ ip link add x type vxlan id 6 local fd00::1 remote 10.0.0.1  [1]
Error: inet6 address is expected rather than "10.0.0.1".
$ ip link del group 99  [2]
RTNETLINK answers: No such device
$ ip link del group default  [2]
RTNETLINK answers: Operation not permitted
$ ip link replace v0 type bridge  [2]
RTNETLINK answers: Operation not supported
$ ip link property bogus  [255]
Operator required
$ ip link property add altname q  [255]
Not enough of information: "dev" argument is required.
$ ip link property add dev v0 altname 'a b'  [255]
Error: argument "a b" is wrong: not a valid altname
$ ip link property add dev nosuch altname q  [1]
Cannot find device "nosuch"
$ ip link set v0 vf 0 mac 02:00:00:00:00:01  [2]
vnetsim: not modelled: ip link vf
$ ip link set v0 xdp off  [2]
vnetsim: not modelled: ip link xdp
$ ip link set v0 mode dormant  [2]
vnetsim: not modelled: ip link mode dormant
"""
)


@pytest.mark.parametrize(("command", "status", "text"), SAID)
def test_what_ip_refuses_itself_is_not_asked_of_the_kernel(command: str, status: int, text: str) -> None:
    ended, executed = ip_(command, HOST, machine=machine())
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert executed == []


def test_an_unknown_option_of_a_kind_is_followed_by_its_usage() -> None:
    ended, executed = ip_("ip link set br0 type bridge bogus 1")
    assert ended.status == 1
    assert ended.err.startswith('bridge: unknown command "bogus"?\nUsage: ... bridge [ fdb_flush ]\n')
    assert executed == []


def test_a_veth_that_is_not_told_of_its_peer_gets_the_usage_on_standard_output() -> None:
    ended, executed = ip_("ip link add x type veth foo")
    assert (ended.status, ended.err) == (1, "")
    assert (
        ended.out == "Usage: ip link <options> type veth [peer <options>]\nTo get <options> type 'ip link add help'\n"
    )
    assert executed == []


def test_a_vxlan_without_a_port_is_made_with_a_warning() -> None:
    ended, executed = ip_("ip link add x26 type vxlan id 42")
    assert ended.status == 0
    assert ended.err == (
        "vxlan: destination port not specified\nWill use Linux kernel default (non-standard value)\n"
        "Use 'dstport 4789' to get the IANA assigned value\nUse 'dstport 0' to get default and quiet this message\n"
    )
    assert executed == [AddLink(kind="vxlan", name="x26", options={"id": 42})]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KernelError(Errno.EEXIST), "RTNETLINK answers: File exists\n"),
        (KernelError(Errno.EOPNOTSUPP, "Unknown device type"), "Error: Unknown device type.\n"),
    ],
)
def test_what_the_kernel_refuses_ends_with_status_2(error: KernelError, text: str) -> None:
    def refuse(_: Any) -> None:
        raise error

    ended, _ = ip_("ip link add br0 type bridge", refuse=refuse)
    assert (ended.status, ended.err) == (2, text)


def test_without_privileges_the_kernel_is_not_changed() -> None:
    ended, executed = ip_("ip link set lo down", privileged=False)
    assert (ended.status, ended.err) == (2, "RTNETLINK answers: Operation not permitted\n")
    assert executed == []


def test_help_of_a_kind_is_no_error_and_help_of_the_command_is() -> None:
    ended, _ = ip_("ip link help macvlan")
    assert (ended.status, ended.out.splitlines()[0]) == (
        0,
        "Usage: ... macvlan mode MODE [flag MODE_FLAG] MODE_OPTS [bcqueuelen BC_QUEUE_LEN]",
    )
    ended, _ = ip_("ip link help")
    assert (ended.status, ended.out) == (255, "")
    assert ended.err.startswith("Usage: ip link add [link DEV | parentdev NAME] [ name ] NAME\n")
