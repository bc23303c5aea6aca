"""`ip -d link show`: what is told about kinds of devices.  Captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import json

import attrs
import pytest

from tests.programs.iproute2.ip.ip_host import BR0, LO, V0, V1, device, out, veth
from vnetsim.observations import Link
from vnetsim.programs.iproute2.ip.iplink import details

TAIL = "numtxqueues {} numrxqueues {} gso_max_size 65536 gso_max_segs 65535 tso_max_size {} tso_max_segs 65535"
JSON_TAIL = (
    '"num_tx_queues":{0},"num_rx_queues":{0},"gso_max_size":65536,"gso_max_segs":65535,"tso_max_size":{1},'
    '"tso_max_segs":65535,"gro_max_size":65536}}]\n'
)
PORT: dict[str, str | int] = {
    "state": "forwarding", "id": 0x8001, "no": 1, "designated_port": 32769, "bridge_id": "8000.2:0:0:0:0:b0",
    "root_id": "8000.2:0:0:0:0:b0", "forward_delay_timer": 1499,
}  # fmt: skip
PORT_LINE = (
    "    bridge_slave state forwarding priority 32 cost 2 hairpin off guard off root_block off fastleave off"
    " learning on flood on port_id 0x8001 port_no 0x1 designated_port 32769 designated_cost 0"
    " designated_bridge 8000.2:0:0:0:0:b0 designated_root 8000.2:0:0:0:0:b0 hold_timer    0.00"
    " message_age_timer    0.00 forward_delay_timer   14.99 topology_change_ack 0 config_pending 0 proxy_arp off"
    " proxy_arp_wifi off mcast_router 1 mcast_fast_leave off"
    " mcast_flood on bcast_flood on mcast_to_unicast off neigh_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0"
    " vlan_tunnel off isolated off locked off "
)
PORT_JSON = (
    '"info_slave_kind":"bridge","info_slave_data":{"state":"forwarding","priority":32,"cost":2,"hairpin":false,'
    '"guard":false,"root_block":false,"fastleave":false,"learning":true,"flood":true,"id":"0x8001","no":"0x1",'
    '"designated_port":32769,"designated_cost":0,"bridge_id":"8000.2:0:0:0:0:b0","root_id":"8000.2:0:0:0:0:b0",'
    '"hold_timer":0.00,"message_age_timer":0.00,"forward_delay_timer":14.99,"topology_change_ack":0,'
    '"config_pending":0,"proxy_arp":false,"proxy_arp_wifi":false,"multicast_router":1,"mcast_flood":true,'
    '"bcast_flood":true,"mcast_to_unicast":false,"neigh_suppress":false,"group_fwd_mask":"0",'
    '"group_fwd_mask_str":"0x0","vlan_tunnel":false,"isolated":false,"locked":false}'
)
BRIDGE_LINE = (
    "    bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768"
    " vlan_filtering 0 bridge_id 8000.2:0:0:0:0:b0 designated_root 8000.2:0:0:0:0:b0 root_port 0 root_path_cost 0"
    " topology_change 0 topology_change_detected 0 hello_timer    0.00 tcn_timer    0.00 topology_change_timer    0.00"
    " gc_timer    0.09 group_fwd_mask 0x8 group_address 01:80:c2:00:00:00 mcast_snooping 1 no_linklocal_learn 0"
    " mcast_vlan_snooping 0 mcast_router 1 mcast_query_use_ifaddr 0 mcast_querier 0 mcast_hash_elasticity 16"
    " mcast_hash_max 4096 mcast_last_member_count 2 mcast_startup_query_count 2 mcast_last_member_interval 100"
    " mcast_membership_interval 26000 mcast_querier_interval 25500 mcast_query_interval 12500"
    " mcast_query_response_interval 1000 mcast_startup_query_interval 3124 mcast_stats_enabled 0 mcast_igmp_version 2"
    " mcast_mld_version 1 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0 "
)
BRIDGE_JSON = (
    '{"info_kind":"bridge","info_data":{"forward_delay":1500,"hello_time":200,"max_age":2000,"ageing_time":30000,'
    '"stp_state":0,"priority":32768,"vlan_filtering":0,"bridge_id":"8000.2:0:0:0:0:b0",'
    '"root_id":"8000.2:0:0:0:0:b0","root_port":0,"root_path_cost":0,"topology_change":0,"topology_change_detected":0,'
    '"hello_timer":0.00,"tcn_timer":0.00,"topology_change_timer":0.00,"gc_timer":0.09,"group_fwd_mask":"0x8",'
    '"group_addr":"01:80:c2:00:00:00","mcast_snooping":1,"no_linklocal_learn":0,"mcast_vlan_snooping":0,'
    '"mcast_router":1,"mcast_query_use_ifaddr":0,"mcast_querier":0,"mcast_hash_elasticity":16,"mcast_hash_max":4096,'
    '"mcast_last_member_cnt":2,"mcast_startup_query_cnt":2,"mcast_last_member_intvl":100,'
    '"mcast_membership_intvl":26000,"mcast_querier_intvl":25500,"mcast_query_intvl":12500,'
    '"mcast_query_response_intvl":1000,"mcast_startup_query_intvl":3124,"mcast_stats_enabled":0,'
    '"mcast_igmp_version":2,"mcast_mld_version":1,"nf_call_iptables":0,"nf_call_ip6tables":0,"nf_call_arptables":0}}'
)
VXLAN = {"id": 42, "remote": "10.9.9.9", "link": "v1", "port": 4789}
VXLAN6 = {"id": 8, "remote": "fd00::2", "local": "fd00::1", "port": 4789, "ttl": "inherit"}
FULL_VXLAN = {
    "id": 6, "remote": "10.0.0.1", "local": "10.0.0.9", "port_low": 1000, "port_high": 2000, "port": 4789,
    "learning": 0, "proxy": 1, "rsc": 1, "l2miss": 1, "l3miss": 1, "tos": 1, "ttl": 5, "df": "set", "ageing": 10,
    "limit": 5, "udp_csum": 0, "udp_zero_csum6_tx": 1, "udp_zero_csum6_rx": 1, "tso_max_size": 65536,
}  # fmt: skip

#: The device; its third line but for the end that all devices have; its object linkinfo.
KINDS: list[tuple[Link, str, str]] = [
    (veth(3, "v0", "v1"), "    veth ", '{"info_kind":"veth"}'),
    (
        attrs.evolve(BR0, details={"bridge_id": "8000.2:0:0:0:0:b0", "gc_timer": 9, "group_fwd_mask": 8}),
        BRIDGE_LINE,
        BRIDGE_JSON,
    ),
    (
        device(5, "mv0", "macvlan", details={"mode": "bridge"}),
        "    macvlan mode bridge bcqueuelen 1000 usedbcqueuelen 1000 ",
        '{"info_kind":"macvlan","info_data":{"mode":"bridge","bcqueuelen":1000,"usedbcqueuelen":1000}}',
    ),
    (
        device(5, "mv0", "macvlan", details={"mode": "vepa", "nodst": 1}),
        "    macvlan mode vepa nodst bcqueuelen 1000 usedbcqueuelen 1000 ",
        '{"info_kind":"macvlan","info_data":{"mode":"vepa","nodst":true,"bcqueuelen":1000,"usedbcqueuelen":1000}}',
    ),
    (
        device(6, "vx0", "vxlan", details=VXLAN),
        (
            "    vxlan id 42 remote 10.9.9.9 dev v1 srcport 0 0 dstport 4789 ttl auto ageing 300 udpcsum"
            " noudp6zerocsumtx noudp6zerocsumrx "
        ),
        (
            '{"info_kind":"vxlan","info_data":{"id":42,"remote":"10.9.9.9","link":"v1","port_range":{"low":0,"high":0},'
            '"port":4789,"learning":true,"ttl":0,"df":"unset","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,'
            '"udp_zero_csum6_rx":false}}'
        ),
    ),
    (
        device(28, "x29", "vxlan", details=FULL_VXLAN),
        (
            "    vxlan id 6 remote 10.0.0.1 local 10.0.0.9 srcport 1000 2000 dstport 4789 nolearning proxy rsc l2miss"
            " l3miss tos inherit ttl 5 df set ageing 10 maxaddr 5 noudpcsum udp6zerocsumtx udp6zerocsumrx "
        ),
        (
            '{"info_kind":"vxlan","info_data":{"id":6,"remote":"10.0.0.1","local":"10.0.0.9","port_range":{"low":1000,'
            '"high":2000},"port":4789,"learning":false,"proxy":true,"rsc":true,"l2miss":true,"l3miss":true,"tos":"0x1",'
            '"ttl":5,"df":"set","ageing":10,"limit":5,"udp_csum":false,"udp_zero_csum6_tx":true,"udp_zero_csum6_rx":true}}'
        ),
    ),
    (
        device(29, "x30", "vxlan", details=VXLAN6),
        (
            "    vxlan id 8 remote fd00::2 local fd00::1 srcport 0 0 dstport 4789 ttl inherit ageing 300 udpcsum"
            " noudp6zerocsumtx noudp6zerocsumrx "
        ),
        (
            '{"info_kind":"vxlan","info_data":{"id":8,"remote6":"fd00::2","local6":"fd00::1","port_range":{"low":0,"high":0},'
            '"port":4789,"learning":true,"df":"unset","ageing":300,"udp_csum":true,"udp_zero_csum6_tx":false,'
            '"udp_zero_csum6_rx":false}}'
        ),
    ),
    (
        device(7, "tap0", "tun", details={"type": "tap"}),
        "    tun type tap pi off vnet_hdr off persist on ",
        '{"info_kind":"tun","info_data":{"type":"tap","pi":false,"vnet_hdr":false,"multi_queue":false,"persist":true}}',
    ),
    (device(8, "ifb2", "ifb"), "    ifb ", '{"info_kind":"ifb"}'),
]


@pytest.mark.parametrize(("link", "line", "info"), KINDS)
def test_a_kind_has_a_line_and_an_object(link: Link, line: str, info: str) -> None:
    queues, size = (2 if link.kind == "veth" else 1), details.general(link, "tso_max_size")
    lines = out(f"ip -d link show {link.name}", [link]).splitlines()
    assert lines[1].endswith(" brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 ")
    assert lines[2] == f"{line}addrgenmode eui64 {TAIL.format(queues, queues, size)} gro_max_size 65536 "
    assert out(f"ip -j -d link show {link.name}", [link]).endswith(
        f'"min_mtu":68,"max_mtu":65535,"linkinfo":{info},"inet6_addr_gen_mode":"eui64",{JSON_TAIL.format(queues, size)}'
    )


def test_a_bridge_port_has_a_line_of_its_own() -> None:
    port = attrs.evolve(V0, port=PORT, promiscuity=1, allmulti=1)
    lines = out("ip -d link show v0", [V1, port]).splitlines()
    assert lines[2:] == ["    veth ", f"{PORT_LINE}addrgenmode eui64 {TAIL.format(2, 2, 524280)} gro_max_size 65536 "]
    assert f'"linkinfo":{{"info_kind":"veth",{PORT_JSON}}},' in out("ip -j -d link show v0", [V1, port])


def test_a_ports_state_may_be_the_kernels_number() -> None:
    assert " state blocking " in out("ip -d link show v0", [attrs.evolve(V0, port={**PORT, "state": 4})])


def test_the_loopback_has_no_kind() -> None:
    assert out("ip -d link show lo", [LO]).splitlines()[1] == (
        "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0"
        f" addrgenmode eui64 {TAIL.format(1, 1, 524280)} gro_max_size 65536 "
    )


def test_ip_addr_does_not_tell_how_addresses_are_made() -> None:
    assert "addrgenmode" not in out("ip -d addr show v1", [V1])
    assert "addrgenmode" not in out("ip -d link show v1", [attrs.evolve(V1, mtu=1279)])


def test_pretty_details_are_json_all_the_same() -> None:
    pretty, plain = out("ip -d -j -p link"), out("ip -d -j link")
    assert json.loads(pretty) == json.loads(plain)
    assert '\n                "hello_timer": 0.00,\n' in pretty
