"""/proc/sys/net: recorded defaults, what spreads to whom, limits (recordings sysctl_defaults and v6_disable)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.machines import router, typed
from vnetsim import Lab
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.sysctl.values import Settings, Sysctls, Variants


def fresh() -> Lab:
    """A namespace n with a device v0."""
    lab = Lab(docker=False)
    typed(lab, "ip netns add n\nip -n n link add v0 type veth peer name v1")
    return lab


def table(lab: Lab, namespace: str | None = "n") -> Sysctls:
    return lab.network(namespace).namespace.sysctls


#: FACTS, 13.
DEFAULTS = {
    "net/ipv4/ip_forward": "0", "net/ipv4/ip_default_ttl": "64", "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/v0/arp_ignore": "0", "net/ipv4/conf/v0/arp_evict_nocarrier": "1",
    "net/ipv4/conf/all/accept_redirects": "1", "net/ipv4/conf/v0/send_redirects": "1",
    "net/ipv4/conf/v0/secure_redirects": "1", "net/ipv4/conf/default/accept_source_route": "1",
    "net/ipv4/conf/all/accept_source_route": "0", "net/ipv4/conf/v0/promote_secondaries": "0",
    "net/ipv4/icmp_echo_ignore_broadcasts": "1", "net/ipv4/icmp_ratelimit": "1000", "net/ipv4/icmp_ratemask": "6168",
    "net/ipv4/ping_group_range": "1\t0", "net/ipv4/ip_local_port_range": "32768\t60999",
    "net/ipv4/ip_unprivileged_port_start": "1024", "net/ipv4/ipfrag_time": "30", "net/ipv4/tcp_syn_retries": "6",
    "net/netfilter/nf_conntrack_max": "262144", "net/netfilter/nf_conntrack_count": "0",
    "net/bridge/bridge-nf-call-iptables": "1", "net/ipv4/neigh/v0/base_reachable_time_ms": "30000",
    "net/ipv4/neigh/v0/retrans_time_ms": "1000", "net/ipv4/neigh/v0/locktime": "100",
    "net/ipv4/neigh/v0/proxy_delay": "80", "net/ipv6/conf/all/disable_ipv6": "0",
    "net/ipv4/conf/lo/disable_policy": "1",
}  # fmt: skip


@pytest.mark.parametrize(("key", "value"), DEFAULTS.items())
def test_a_new_namespace_has_the_recorded_defaults(key: str, value: str) -> None:
    assert table(fresh()).read(key) == value


#: A key, a value, what writing it comes to: an errno, or what is read then; each one recorded.
WRITTEN: list[tuple[str, str, str | Errno]] = [
    ("net/ipv4/ip_default_ttl", "70\n", "70"), ("net/ipv4/ip_default_ttl", " 0x40 ", "64"),
    ("net/ipv4/ip_default_ttl", "0", Errno.EINVAL), ("net/ipv4/ip_default_ttl", "256", Errno.EINVAL),
    ("net/ipv4/ip_default_ttl", "1", "1"), ("net/ipv4/ip_default_ttl", "255", "255"),
    ("net/ipv4/ip_forward", "5", "5"), ("net/ipv4/ip_forward", "abc", Errno.EINVAL),
    ("net/ipv4/ip_forward", "", Errno.EINVAL), ("net/ipv4/nosuch", "1", Errno.ENOENT),
    ("net/ipv4/conf/v0/rp_filter", "2", "2"), ("net/ipv4/conf/v0/nosuch", "2", Errno.ENOENT),
    ("net/ipv4/conf/nosuch/rp_filter", "2", Errno.ENOENT), ("net/ipv4/conf/v0/rp_filter", "-1", "-1"),
    ("net/ipv4/conf/v0/rp_filter", "99999999999", Errno.EINVAL),
    ("net/netfilter/nf_conntrack_count", "0", Errno.EACCES),
    ("net/ipv4/ip_local_port_range", "1024 2000\n", "1024\t2000"),
    ("net/ipv4/ip_local_port_range", "1000 2000", Errno.EINVAL),  # below ip_unprivileged_port_start
    ("net/ipv4/ip_local_port_range", "2000", "2000\t60999"),
    ("net/ipv4/ip_local_port_range", "1024 2000 3000", "1024\t2000"),
    ("net/ipv4/ip_unprivileged_port_start", "32768", "32768"),
    ("net/ipv4/ip_unprivileged_port_start", "32769", Errno.EINVAL),
    ("net/ipv4/ping_group_range", "5", "1\t0"), ("net/ipv4/ping_group_range", "5 3", "1\t0"),
    ("net/ipv4/conf/v0/rp_filter", "1 2", "1"), ("net/ipv4/ip_forward", "010", "8"),
    ("net/ipv4/ip_forward", "08", Errno.EINVAL),
    ("net/ipv4/icmp_ratelimit", "-5", Errno.EINVAL), ("net/ipv4/icmp_echo_ignore_all", "2", Errno.EINVAL),
    ("net/ipv4/tcp_sack", "255", "255"), ("net/ipv4/tcp_sack", "256", Errno.EINVAL),
    ("net/ipv4/neigh/v0/mcast_solicit", "-1", Errno.EINVAL), ("net/ipv4/conf/v0/mc_forwarding", "1", Errno.EACCES),
    ("net/bridge/bridge-nf-call-iptables", "5", "1"), ("net/bridge/bridge-nf-call-iptables", "-1", "1"),
    ("net/ipv4/tcp_congestion_control", "cubic\n", "cubic"),
    ("net/ipv4/tcp_congestion_control", "nosuch", Errno.ENOENT),
    ("net/netfilter/nf_conntrack_max", "1000", Errno.EACCES), ("net/core/rmem_max", "1000", Errno.EACCES),
    ("net/ipv4/ip_local_port_range", "2000 1000", Errno.EINVAL), ("net/ipv4/ip_local_port_range", "5", Errno.EINVAL),
    ("net/ipv4/ip_local_port_range", "0 70000", Errno.EINVAL),
    ("net/ipv4/ping_group_range", "0 2147483647", "0\t2147483647"),
    ("net/ipv4/tcp_syn_retries", "0", Errno.EINVAL), ("net/ipv4/tcp_syn_retries", "127", "127"),
]  # fmt: skip


def test_the_machines_first_namespace_sets_what_is_there_once() -> None:
    sysctls = table(Lab(docker=False), None)
    sysctls.write("net/netfilter/nf_conntrack_max", "300000")
    assert sysctls.read("net/netfilter/nf_conntrack_max") == "300000"


@pytest.mark.parametrize(("key", "text", "result"), WRITTEN)
def test_what_can_be_written(key: str, text: str, result: str | Errno) -> None:
    sysctls = table(fresh())
    if isinstance(result, str):
        sysctls.write(key, text)
        assert sysctls.read(key) == result
        return
    with pytest.raises(KernelError) as refused:
        sysctls.write(key, text)
    assert refused.value.errno is result


def test_ip_forward_is_all_forwarding_and_changes_every_device() -> None:
    lab = fresh()
    sysctls = table(lab)
    sysctls.write("net/ipv4/ip_forward", "1")
    keys = [f"net/ipv4/conf/{who}/forwarding" for who in ("all", "default", "lo", "v0", "v1")]
    assert [sysctls.read(key) for key in keys] == ["1"] * 5
    assert sysctls.read("net/ipv4/conf/all/accept_redirects") == "0"
    sysctls.write("net/ipv4/conf/v0/forwarding", "0")
    sysctls.write("net/ipv4/conf/all/forwarding", "1")  # no change, so nothing spreads
    assert [sysctls.read(key) for key in keys] == ["1", "1", "1", "0", "1"]
    sysctls.write("net/ipv4/conf/all/forwarding", "0")
    assert [sysctls.read(key) for key in keys] == ["0"] * 5
    assert sysctls.read("net/ipv4/ip_forward") == "0"
    assert sysctls.read("net/ipv4/conf/all/accept_redirects") == "1"


def test_a_new_default_reaches_devices_whose_own_setting_nobody_wrote() -> None:
    lab = fresh()
    sysctls = table(lab)
    sysctls.write("net/ipv4/conf/v1/rp_filter", "0")
    sysctls.write("net/ipv4/conf/default/rp_filter", "1")
    typed(lab, "ip -n n link add w0 type veth peer name w1")
    told = {who: sysctls.read(f"net/ipv4/conf/{who}/rp_filter") for who in ("v0", "v1", "w0", "all", "lo")}
    assert told == {"v0": "1", "v1": "0", "w0": "1", "all": "0", "lo": "1"}


def test_settings_follow_a_device_that_is_renamed_and_end_with_it() -> None:
    lab = fresh()
    sysctls = table(lab)
    sysctls.write("net/ipv4/conf/v0/rp_filter", "1")
    sysctls.write("net/ipv4/neigh/v0/retrans_time_ms", "500")
    typed(lab, "ip -n n link set v0 name eth0")
    assert sysctls.read("net/ipv4/conf/eth0/rp_filter") == "1"
    assert sysctls.read("net/ipv4/neigh/eth0/retrans_time_ms") == "500"
    typed(lab, "ip -n n link del eth0\nip -n n link add v0 type veth peer name v1")
    assert sysctls.read("net/ipv4/conf/v0/rp_filter") == "0"
    assert not [name for name in sysctls.names() if "/eth0/" in name]


def test_a_device_that_moves_takes_the_settings_of_where_it_goes() -> None:
    lab = fresh()
    typed(lab, "ip netns add m")
    table(lab, "n").write("net/ipv4/conf/v0/rp_filter", "1")
    table(lab, "m").write("net/ipv4/conf/default/rp_filter", "2")
    typed(lab, "ip -n n link set v0 netns m")
    assert table(lab, "m").read("net/ipv4/conf/v0/rp_filter") == "2"


def test_namespaces_copy_the_ipv4_settings_of_the_machines_first_one() -> None:
    """Not of the one that makes them; IPv6 and the rest begin with the defaults."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.default.rp_filter=2 net.ipv4.ip_default_ttl=99
        ip netns add n
        ip netns exec n sysctl -qw net.ipv4.ip_forward=0
        ip netns exec n ip netns add m
    """,
    )
    told = table(lab, "m")
    assert told.read("net/ipv4/ip_forward") == "1"
    assert told.read("net/ipv4/conf/default/rp_filter") == "2"
    assert told.read("net/ipv4/ip_default_ttl") == "64"


def test_disabling_ipv6_for_all_disables_every_device_and_those_to_come() -> None:
    """v6_disable."""
    lab = fresh()
    sysctls = table(lab)
    sysctls.write("net/ipv6/conf/all/disable_ipv6", "1")
    typed(lab, "ip -n n link add w0 type veth peer name w1")
    assert {sysctls.read(f"net/ipv6/conf/{who}/disable_ipv6") for who in ("default", "lo", "v0", "w0")} == {"1"}


def test_settings_matter_at_once() -> None:
    lab = fresh()
    typed(
        lab,
        """
        ip -n n link set v0 netns n
        ip -n n link set lo up
        ip netns exec n sysctl -qw net.ipv4.ip_default_ttl=17
    """,
    )
    assert " ttl=17 " in lab.run("ip netns exec n ping -c 1 127.0.0.1").stdout


#: What is written to one neighbours' setting, and what the other one is then; recorded.
OTHER_UNITS = [
    ("unres_qlen", "10", "unres_qlen_bytes", "20900"),
    ("unres_qlen_bytes", "5000", "unres_qlen", "2"),
    ("base_reachable_time", "5", "base_reachable_time_ms", "5000"),
    ("base_reachable_time_ms", "5600", "base_reachable_time", "5"),
    ("retrans_time", "7", "retrans_time_ms", "68"),
    ("retrans_time", "7", "retrans_time", "6"),
]


@pytest.mark.parametrize(("name", "value", "other", "expected"), OTHER_UNITS)
def test_some_settings_of_neighbours_are_others_in_other_units(
    name: str, value: str, other: str, expected: str
) -> None:
    sysctls = table(fresh())
    sysctls.write(f"net/ipv4/neigh/v0/{name}", value)
    assert sysctls.read(f"net/ipv4/neigh/v0/{other}") == expected


def test_what_routers_taught_is_forgotten_by_writing_to_route_flush() -> None:
    lab = router(mtu=1000)
    lab.run("ip netns exec h1 ping -c 1 -M do -s 1200 10.0.2.2")
    assert "mtu 1000" in lab.run("ip -n h1 route get 10.0.2.2").stdout
    assert lab.run("ip netns exec h1 sysctl -qw net.ipv4.route.flush=1")
    assert "mtu" not in lab.run("ip -n h1 route get 10.0.2.2").stdout
    assert lab.run("ip netns exec h1 cat /proc/sys/net/ipv4/route/flush").exit_code
    passed_over = lab.run("ip netns exec h1 sysctl net.ipv4.route.flush")
    assert (passed_over.exit_code, passed_over.output) == (0, "")


def test_a_secret_that_was_never_written_cannot_be_read() -> None:
    result = fresh().run("ip netns exec n cat /proc/sys/net/ipv6/conf/v0/stable_secret")
    assert result.stderr.endswith(": Input/output error\n")


# --- laws --------------------------------------------------------------------------------------------------------

NAMES = Lab(docker=False).network().namespace.sysctls.names()


@settings(max_examples=examples(60), deadline=None)
@given(key=st.sampled_from(NAMES), text=st.one_of(st.integers(-(2**33), 2**33).map(str), st.text(max_size=8)))
def test_what_was_written_is_read_again_or_refused_and_nothing_changed(key: str, text: str) -> None:
    sysctls = table(Lab(docker=False), None)
    if key.endswith(("/flush", "/stable_secret")):
        return
    before = sysctls.read(key)
    try:
        sysctls.write(key, text)
    except (KernelError, NotModelled):
        assert sysctls.read(key) == before
        return
    once = sysctls.read(key)
    sysctls.write(key, once)
    assert sysctls.read(key) == once


class Copying(Variants):
    """Everybody has settings of their own, which a write changes."""

    def changed(self, settings: Settings, name: str, value: int) -> Settings:
        return {**settings, name: value}


DEVICES = st.sampled_from(["all", "default", "lo", "d0", "d1"])
KEYS = [("ipv4", "conf", "rp_filter"), ("ipv4", "conf", "forwarding"), ("ipv6", "conf", "forwarding"),
        ("ipv6", "conf", "disable_ipv6"), ("ipv6", "conf", "accept_dad"), ("ipv6", "conf", "force_forwarding"),
        ("ipv6", "conf", "addr_gen_mode"), ("ipv4", "neigh", "locktime"), ("ipv6", "neigh", "unres_qlen")]  # fmt: skip
PLAIN = ["net/ipv4/ip_forward", "net/ipv4/tcp_rmem", "net/ipv4/ip_local_port_range"]
CHANGES = st.one_of(
    st.builds(lambda key, who, value: f"sysctl -w net/{key[0]}/{key[1]}/{who}/{key[2]}={value}",
              st.sampled_from(KEYS), DEVICES, st.integers(0, 2)),
    st.builds("sysctl -w {}={}".format, st.sampled_from(PLAIN), st.sampled_from(["0", "1", "2000 3000"])),
    st.sampled_from(["ip link add d0 type dummy", "ip link add d1 mtu 1300 type dummy", "ip link del d0",
                     "ip link set d0 name d1", "ip link set d1 name d0", "ip link set d0 up", "ip link set lo up",
                     "ip link set d0 mtu 1400", "ip link set d0 netns {}"]),
)  # fmt: skip
NAMESPACES = st.sampled_from([None, "n", "m"])


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(NAMESPACES, CHANGES), max_size=20))
def test_who_shares_settings_reads_what_owners_of_copies_read(history: list[tuple[str | None, str]]) -> None:
    seen = []
    for variants in (Variants(), Copying()):
        lab = Lab(docker=False)
        table(lab, None).variants = variants
        typed(lab, "ip netns add n")
        for namespace, change in history:
            prefix = "" if namespace is None else f"ip netns exec {namespace} "
            lab.run(prefix + change.format("m" if namespace == "n" else "n"))
            lab.run("ip netns add m")
        read: list[object] = []
        for known in (lab.network(name).namespace for name in (None, "n") + ("m",) * bool(history)):
            read.append([known.sysctls.read(key) for key in known.sysctls.names() if readable(key)])
            read.append([dict(conf) for device in known.devices() for conf in (device.ip.conf, device.ip6.conf)])
        seen.append(read)
    assert seen[0] == seen[1]


def readable(key: str) -> bool:
    return not key.endswith(("stable_secret", "route/flush"))


def test_the_range_of_ports_is_what_was_written_last() -> None:
    lab = fresh()
    seen = [table(lab).port_range()]
    typed(lab, "ip netns exec n sysctl -w net.ipv4.ip_local_port_range='40000 40009'")
    seen += [table(lab).port_range(), table(lab, None).port_range()]
    assert seen == [(32768, 60999), (40000, 40009), (32768, 60999)]
    refused = lab.run("ip netns exec n sysctl -w net.ipv4.ip_local_port_range='40009 40000'")
    assert refused.exit_code != 0
    assert table(lab).port_range() == (40000, 40009)
