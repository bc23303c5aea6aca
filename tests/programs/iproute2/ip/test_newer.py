"""The newer `ip` of containers.  The texts were captured from iproute2 7.3 on Linux 6.18."""

from __future__ import annotations

import attrs
import pytest

from tests.programs.iproute2.ip.ip_host import BR0, LO, V0, cases, device, inet, ip_, out, veth
from vnetsim.observations import Link
from vnetsim.wire.mac import Mac

ETH0 = veth(2, "eth0", 10, qlen=0, mac=Mac.parse("16:cb:cb:43:81:83"))
ADDRESSES = (
    inet(LO, "127.0.0.1/8", scope=254),
    inet(LO, "::1/128", scope=254, protocol=1),
    inet(ETH0, "172.17.0.2/16", broadcast=inet(LO, "172.17.255.255/32").address),
    inet(ETH0, "fe80::14cb:cbff:fe43:8183/64", scope=253, flags=("tentative",), protocol=3),
)
VX0 = device(
    3,
    "vx0",
    "vxlan",
    mac=Mac.parse("c6:e7:7d:4a:ec:62"),
    max_mtu=65535,
    details={"id": 5, "port": 4789, "tso_max_size": 65536},
)
GENERAL = (
    "numtxqueues {0} numrxqueues {0} gso_max_size 65536 gso_max_segs 65535 tso_max_size {1} tso_max_segs 65535"
    " gro_max_size 65536 gso_ipv4_max_size 65536 gro_ipv4_max_size 65536 \n"
)


def contained(command: str, *links: Link) -> str:
    return out(command, links or (LO, ETH0), ADDRESSES, in_container=True)


def test_the_queue_length_is_told_even_if_it_is_zero() -> None:
    assert contained("ip link") == (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n"
        "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
        "2: eth0@if10: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default"
        " qlen 0\n"
        "    link/ether 16:cb:cb:43:81:83 brd ff:ff:ff:ff:ff:ff link-netnsid 0\n"
    )
    assert '"group":"default","txqlen":0,"link_type":"ether"' in contained("ip -j link")


def test_an_address_tells_who_made_it() -> None:
    assert contained("ip addr") == (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n"
        "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
        "    inet 127.0.0.1/8 scope host lo\n"
        "       valid_lft forever preferred_lft forever\n"
        "    inet6 ::1/128 scope host proto kernel_lo \n"
        "       valid_lft forever preferred_lft forever\n"
        "2: eth0@if10: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 0\n"
        "    link/ether 16:cb:cb:43:81:83 brd ff:ff:ff:ff:ff:ff link-netnsid 0\n"
        "    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0\n"
        "       valid_lft forever preferred_lft forever\n"
        "    inet6 fe80::14cb:cbff:fe43:8183/64 scope link tentative proto kernel_ll \n"
        "       valid_lft forever preferred_lft forever\n"
    )
    assert '"scope":"link","tentative":true,"protocol":"kernel_ll","valid_life_time"' in contained("ip -j addr")
    assert "inet6 ::1/128 scope 254 proto 0x1 \n" in contained("ip -N addr show lo")


def test_the_ipv6_listing_knows_no_queue() -> None:
    assert contained("ip -6 addr show", LO) == (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN \n"
        "    inet6 ::1/128 scope host proto kernel_lo \n"
        "       valid_lft forever preferred_lft forever\n"
    )


def test_a_peer_elsewhere_follows_the_queue_where_no_address_is_shown() -> None:
    assert contained("ip -4 addr show eth0").startswith(
        "2: eth0@if10: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 0"
        " link-netnsid 0\n"
        "    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0\n"
    )


def test_details_of_a_device() -> None:
    assert contained("ip -d link", LO, ETH0) == (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n"
        "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0 allmulti 0 minmtu 0 maxmtu 0"
        f" netns-immutable addrgenmode eui64 {GENERAL.format(1, 524280)}"
        "2: eth0@if10: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default"
        " qlen 0\n"
        "    link/ether 16:cb:cb:43:81:83 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0 allmulti 0 minmtu 68"
        f" maxmtu 65535 \n    veth addrgenmode eui64 {GENERAL.format(2, 524280)}"
    )
    assert '"max_mtu":0,"netns-immutable":true,"inet6_addr_gen_mode"' in contained("ip -j -d link show lo")


def test_details_of_a_bridge() -> None:
    text = contained("ip -d link", attrs.evolve(BR0, details={"bridge_id": "8000.1", "root_id": "1000.2"}))
    assert " maxmtu 65535 netns-immutable \n    bridge forward_delay 1500 " in text
    assert " bridge_id 8000.1 designated_root 1000.2 root_port 0 " in text
    assert " gc_timer    0.00 fdb_n_learned 0 fdb_max_learned 0 group_fwd_mask 0 " in text
    assert (
        " mcast_vlan_snooping 0 mst_enabled 0 mdb_offload_fail_notification 0 fdb_local_vlan_0 0 mcast_router 1 "
    ) in text


def test_details_of_a_bridge_port() -> None:
    text = contained("ip -d link", V0, BR0)
    assert (
        " neigh_suppress off neigh_vlan_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off"
        " isolated off locked off mab off addrgenmode"
    ) in text


VXLANS = [
    (
        VX0,
        "vxlan id 5 srcport 0 0 dstport 4789 ttl auto ageing 300 reserved_bits 0xf7ffffff000000ff addrgenmode",
        ('{"id":5,"port_range":{"low":0,"high":0},"port":4789,"ttl":0,"df":"unset","ageing":300,'
        '"reserved_bits":"0xf7ffffff000000ff","external":false,"learning":true,"proxy":false,"rsc":false,'
        '"l2miss":false,"l3miss":false,"udp_csum":true,"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false,'
        '"remcsum_tx":false,"remcsum_rx":false,"localbypass":true}'),
    ),
    (
        attrs.evolve(
            VX0,
            details={
                "id": 6, "remote": "10.0.0.9", "local": "10.0.0.1", "link": "eth0", "port": 4789, "tos": 16, "ttl": 5,
                "reserved_bits": "0x77000000000000ff", "gbp": 1, "learning": 0, "proxy": 1, "udp_csum": 0,
            },
        ),
        ("vxlan id 6 remote 10.0.0.9 local 10.0.0.1 dev eth0 srcport 0 0 dstport 4789 tos 0x10 ttl 5 ageing 300"
        " reserved_bits 0x77000000000000ff gbp nolearning proxy noudp_csum addrgenmode"),
        ('{"id":6,"remote":"10.0.0.9","local":"10.0.0.1","link":"eth0","port_range":{"low":0,"high":0},"port":4789,'
        '"tos":"0x10","ttl":5,"df":"unset","ageing":300,"reserved_bits":"0x77000000000000ff","gbp":null,'
        '"external":false,"learning":false,"proxy":true,"rsc":false,"l2miss":false,"l3miss":false,"udp_csum":false,'
        '"udp_zero_csum6_tx":false,"udp_zero_csum6_rx":false,"remcsum_tx":false,"remcsum_rx":false,'
        '"localbypass":true}'),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("link", "text", "document"), VXLANS)
def test_details_of_a_vxlan(link: Link, text: str, document: str) -> None:
    assert f"\n    {text}" in contained("ip -d link", link)
    assert f'"info_data":{document}' in contained("ip -j -d link", link)


def test_colours_suit_a_dark_background() -> None:
    assert contained("ip -c -4 addr show eth0").startswith(
        "2: \x1b[1;36meth0@if10: \x1b[0m<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state"
        " \x1b[1;32mUP \x1b[0mgroup default qlen 0 link-netnsid 0\n"
        "    inet \x1b[1;35m172.17.0.2\x1b[0m/16 brd \x1b[1;35m172.17.255.255 \x1b[0mscope global eth0\n"
    )
    assert "inet6 \x1b[1;94m::1\x1b[0m/128" in contained("ip -c addr show lo")


def test_devices_that_are_down() -> None:
    assert contained("ip -j link show down", LO, VX0).startswith('[{},{"ifindex":3,')
    assert contained("ip link show up down", LO, VX0) == ""
    assert contained("ip -o link show novf lo").startswith("1: lo: ")


def test_devices_outside_a_group_leave_no_trace() -> None:
    assert contained("ip -j link show group 5") == "[]\n"
    assert out("ip -j link show group 5", (LO, ETH0)) == "[{},{}]\n"


def test_addresses_of_a_protocol_and_those_of_none() -> None:
    text = contained("ip -br addr show proto 1")
    assert text.split() == ["lo", "UNKNOWN", "127.0.0.1/8", "::1/128", "eth0@if10", "UP", "172.17.0.2/16"]


SAYS = cases("""\
$ ip -V  [0]
$ ip -f  [255]
Error: argument "family type" is required
$ ip -l  [255]
Error: argument "loop count" is required
$ ip -b  [255]
Error: argument "batch file" is required
$ ip -rc  [255]
Error: argument "rcvbuf size" is required
$ ip link set eth0 bogus  [255]
Error: either "dev" is duplicate, or "bogus" is garbage.
$ ip link add name a/b type bridge  [255]
Error: argument "a/b" is wrong: "name" not a valid ifname
$ ip link set eth0 name ..  [255]
Error: argument ".." is wrong: "name" not a valid ifname
$ ip link add '' type bridge  [255]
Error: argument "" is wrong: "dev" not a valid ifname
$ ip link property add dev eth0 altname ''  [255]
Error: argument "" is wrong: not a valid altname
$ ip link set eth0 netns 99999  [255]
Error: argument "99999" is wrong: Invalid "netns" value

$ ip addr show proto kernel_lo  [255]
Error: argument "kernel_lo" is wrong: "proto" value is invalid

$ ip netns add a  [1]
mount --make-shared /run/netns failed: Operation not permitted
$ ip netns set foo 5  [1]
$ ip tuntap add dev t0 mode tap  [1]
open: No such file or directory
""")


@pytest.mark.parametrize(("command", "status", "said"), SAYS)
def test_what_is_said_otherwise(command: str, status: int, said: str) -> None:
    ended, asked = ip_(command, (LO, ETH0), in_container=True)
    assert (ended.status, ended.err, asked) == (status, said, [])


def test_the_kernel_judges_other_names() -> None:
    _, asked = ip_("ip link add a/b type bridge", (LO, ETH0), in_container=True)
    assert [operation.name for operation in asked] == ["a/b"]


@pytest.mark.parametrize(
    "command", ["ip link add d0 type bridge mst_enabled 1", "ip addr add fd00::1/64 dev lo proto 7"]
)
def test_what_vnetsim_leaves_out(command: str) -> None:
    ended, _ = ip_(command, (LO, ETH0), in_container=True)
    assert ended.status == 2
    assert "not modelled" in ended.err
