"""IPv6 addresses: how they come and go by themselves, whether they are anybody else's, and what follows from them.

The facts are those of the recordings v6_disable and bridge_default_noise, and of others made like them (Linux 6.18).
"""

from __future__ import annotations

import pytest

from tests.kernel.six import cable, namespace, pair6, reaches, router6
from tests.kernel.wires import watched, words
from tests.machines import typed
from vnetsim import Lab


def addresses(lab: Lab, name: str, device: str = "eth0") -> list[str]:
    """What `ip -6 addr` says of each address, without its scope and lifetimes."""
    lines = lab.run(f"ip -n {name} -6 -o addr show dev {device}").stdout.splitlines()
    shown = [line.split("inet6 ")[1].partition("\\")[0].split() for line in lines]
    return [" ".join(word for word in entry if word not in ("scope", "global", "link", "host")) for entry in shown]


def routes(lab: Lab, name: str, table: str = "main") -> list[str]:
    return [line.strip() for line in lab.run(f"ip -n {name} -6 route show table {table}").stdout.splitlines()]


def unchecked() -> Lab:
    """Two hosts whose link-local addresses are still to be checked."""
    lab = Lab(docker=False)
    for name in "ab":
        typed(lab, f"ip netns add {name}")
        typed(lab, f"ip -n {name} link set lo up")
    cable(lab, "a", "eth0", "b", "eth0", 1)
    return lab


# --- duplicate address detection -------------------------------------------------------------------------------------


def test_an_address_is_tentative_until_nobody_has_claimed_it_for_a_second() -> None:
    lab = unchecked()
    assert addresses(lab, "a") == ["fe80::ff:fe00:101/64 tentative"]
    assert routes(lab, "a") == ["fe80::/64 dev eth0 proto kernel metric 256 pref medium"]
    assert not any("fe80::ff" in line for line in routes(lab, "a", "local"))
    lab.sleep(2.1)
    assert addresses(lab, "a") == ["fe80::ff:fe00:101/64"]
    assert any("local fe80::ff:fe00:101" in line for line in routes(lab, "a", "local"))


def test_an_address_that_somebody_has_fails_and_is_good_for_nothing() -> None:
    lab = pair6(certain=False)
    heard = watched(lab, "b", "eth0")
    typed(lab, "ip netns exec b sysctl -qw net.ipv6.conf.eth0.accept_dad=1")
    typed(lab, "ip -n b addr add fd00::1/64 dev eth0")
    lab.sleep(2)
    asked, answered = (line for line in words(heard) if "fd00::1" in line.partition("ICMP6")[2])
    assert asked.startswith(":: > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fd00::1")
    assert answered.startswith("fd00::1 > ff02::1: ICMP6, neighbor advertisement, tgt is fd00::1")
    assert addresses(lab, "b")[0] == "fd00::1/64 dadfailed tentative"
    refused = lab.run("ip netns exec b ping -c 1 -I fd00::1 fd00::5")
    assert refused.stderr == "ping: bind icmp socket: Cannot assign requested address\n"
    assert reaches(lab, "a", "fd00::2")


@pytest.mark.parametrize(
    ("setting", "flags", "tentative"),
    [
        ("", "", True),
        ("", "nodad", False),
        ("accept_dad=0", "", False),
        ("dad_transmits=0", "", True),
    ],
)
def test_whether_an_address_is_checked_depends_on_its_device_and_on_what_was_said(
    setting: str, flags: str, tentative: bool
) -> None:
    lab = pair6(certain=False)
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.eth0.accept_dad=1")
    if setting:
        typed(lab, f"ip netns exec a sysctl -qw net.ipv6.conf.eth0.{setting}")
    typed(lab, f"ip -n a addr add fd00::7/64 dev eth0 {flags}")
    assert ("tentative" in addresses(lab, "a")[0]) == tentative


def test_an_address_that_nobody_is_asked_about_is_tentative_until_the_random_delay_is_over() -> None:
    """Recorded on Linux 6.18: for 0 to 1 s (addrconf_dad_kick)."""
    lab = pair6(certain=False)
    heard = watched(lab, "b", "eth0")
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=0")
    typed(lab, "ip -n a addr add fd00::7/64 dev eth0")
    assert addresses(lab, "a")[0] == "fd00::7/64 tentative"
    lab.sleep(1)
    assert addresses(lab, "a")[0] == "fd00::7/64"
    assert not any("who has fd00::7" in line for line in words(heard))


def test_a_strict_device_whose_own_address_is_taken_gives_ipv6_up() -> None:
    lab = pair6()
    typed(
        lab,
        """
        ip -n b link set eth0 down
        ip -n b link set eth0 address 02:00:00:00:01:01
        ip netns exec b sysctl -qw net.ipv6.conf.eth0.accept_dad=2
        ip -n b link set eth0 up
    """,
    )
    lab.sleep(3)
    assert addresses(lab, "b") == []
    assert lab.run("ip netns exec b sysctl -n net.ipv6.conf.eth0.disable_ipv6").stdout == "1\n"


# --- up and down -----------------------------------------------------------------------------------------------------


def test_a_device_that_goes_down_loses_its_addresses_and_comes_back_with_its_own_alone() -> None:
    lab = pair6()
    typed(lab, "ip -n a -6 route add fd99::/64 via fd00::2")
    typed(lab, "ip -n a link set eth0 down")
    assert addresses(lab, "a") == []
    assert routes(lab, "a", "all") == ["local ::1 dev lo table local proto kernel metric 0 pref medium"]
    typed(lab, "ip -n a link set eth0 up")
    lab.sleep(2)
    assert addresses(lab, "a") == ["fe80::ff:fe00:101/64"]
    assert routes(lab, "a") == ["fe80::/64 dev eth0 proto kernel metric 256 pref medium"]


def test_static_addresses_stay_where_they_are_to_be_kept() -> None:
    lab = pair6()
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.eth0.keep_addr_on_down=1")
    typed(lab, "ip -n a link set eth0 down")
    assert addresses(lab, "a") == ["fd00::1/64 nodad"]
    assert routes(lab, "a") == []
    typed(lab, "ip -n a link set eth0 up")
    lab.sleep(2)
    assert reaches(lab, "a", "fd00::2")


def test_a_lost_carrier_marks_the_routes_and_takes_nothing_away() -> None:
    lab = pair6()
    typed(lab, "ip -n b link set eth0 down")
    assert len(addresses(lab, "a")) == 2
    assert [line.split(" metric 256 ")[1] for line in routes(lab, "a")] == ["linkdown pref medium"] * 2
    assert not any("linkdown" in line for line in routes(lab, "a", "local") if line.startswith("local"))
    typed(lab, "ip -n b link set eth0 up")
    assert not any("linkdown" in line for line in routes(lab, "a"))
    assert "fe80::ff:fe00:101/64" in addresses(lab, "a")


def test_frames_too_short_for_ipv6_take_it_away() -> None:
    lab = pair6()
    typed(lab, "ip -n a link set eth0 mtu 1279")
    assert addresses(lab, "a") == []
    assert lab.run("ip -n a addr add fd00::1/64 dev eth0").stderr == "RTNETLINK answers: Invalid argument\n"
    typed(lab, "ip -n a link set eth0 mtu 1280")
    assert addresses(lab, "a") == ["fe80::ff:fe00:101/64"]


def test_all_disable_ipv6_is_every_device_and_those_to_come() -> None:
    lab = pair6()
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1")
    assert addresses(lab, "a", "lo") == addresses(lab, "a") == []
    typed(lab, "ip -n a link add n0 type veth peer name n1")
    assert lab.run("ip netns exec a sysctl -n net.ipv6.conf.n0.disable_ipv6").stdout == "1\n"
    assert lab.run("ip netns exec a ping -c 1 ::1").stderr == "ping: connect: Cannot assign requested address\n"
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=0")
    assert addresses(lab, "a", "lo") == ["::1/128"]
    assert addresses(lab, "a") == ["fe80::ff:fe00:101/64"]


def test_a_device_makes_no_address_by_itself_where_it_shall_not() -> None:
    lab = pair6()
    typed(
        lab,
        """
        ip -n a link set eth0 down
        ip netns exec a sysctl -qw net.ipv6.conf.eth0.addr_gen_mode=1
        ip -n a link set eth0 up
    """,
    )
    lab.sleep(2)
    assert addresses(lab, "a") == []


def test_the_mtu_of_ipv6_follows_the_device_and_may_be_less() -> None:
    lab = pair6()
    key = "ip netns exec a sysctl -n net.ipv6.conf.eth0.mtu"
    assert lab.run(key).stdout == "1500\n"
    for value, works in ((1400, True), (1279, False), (1501, False)):
        assert bool(lab.run(f"ip netns exec a sysctl -w net.ipv6.conf.eth0.mtu={value}")) == works
    heard = watched(lab, "b", "eth0")
    assert reaches(lab, "a", "fd00::2", "-c 1 -W 1 -s 1353")
    assert any("frag (1352|9)" in line for line in words(heard))
    typed(lab, "ip -n a link set eth0 mtu 1450")
    assert lab.run(key).stdout == "1450\n"


# --- lists, lifetimes, changes ---------------------------------------------------------------------------------------


def test_the_newest_address_is_listed_first_among_those_of_its_scope() -> None:
    lab = pair6()
    typed(
        lab,
        """
        ip -n a addr add fd00:1::1/64 dev eth0
        ip -n a addr add fe80::5/64 dev eth0
        ip -n a addr add fd00::5 peer fd00::6 dev eth0 home
    """,
    )
    assert addresses(lab, "a") == [
        "fd00::5 peer fd00::6/128 home",
        "fd00:1::1/64",
        "fd00::1/64 nodad",
        "fe80::5/64",
        "fe80::ff:fe00:101/64",
    ]
    assert [line.split(" proto")[0] for line in routes(lab, "a")] == [
        "fd00::5 dev eth0",
        "fd00::6 dev eth0",
        "fd00::/64 dev eth0",
        "fd00:1::/64 dev eth0",
        "fe80::/64 dev eth0",
    ]


def test_a_subnet_is_connected_as_long_as_one_address_of_it_is_left() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add fd00::7/64 dev eth0")
    typed(lab, "ip -n a addr del fd00::1/64 dev eth0")
    assert any(line.startswith("fd00::/64") for line in routes(lab, "a"))
    typed(lab, "ip -n a addr del fd00::7/64 dev eth0")
    assert not any(line.startswith("fd00::/64") for line in routes(lab, "a"))


def test_an_address_is_deprecated_and_then_gone_and_its_route_is_collected_later() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add fd01::1/64 dev eth0 nodad valid_lft 5 preferred_lft 2")
    assert addresses(lab, "a")[0] == "fd01::1/64 nodad dynamic"
    assert "fd01::/64 dev eth0 proto kernel metric 256 expires 4sec pref medium" in routes(lab, "a")
    lab.sleep(3)
    assert addresses(lab, "a")[0] == "fd01::1/64 nodad deprecated dynamic"
    lab.sleep(4)
    assert addresses(lab, "a")[0] == "fd00::1/64 nodad"
    assert "fd01::/64 dev eth0 proto kernel metric 256 expires -2sec pref medium" in routes(lab, "a")
    assert not lab.run("ip -n a -6 route get fd01::2")
    lab.sleep(30)
    assert not any("fd01" in line for line in routes(lab, "a"))


def test_an_address_that_stays_keeps_the_route_of_one_that_goes() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add fd01::1/64 dev eth0 nodad valid_lft 5 preferred_lft 2")
    typed(lab, "ip -n a addr add fd01::2/64 dev eth0")
    assert "fd01::/64 dev eth0 proto kernel metric 256 pref medium" in routes(lab, "a")
    lab.sleep(60)
    assert "fd01::/64 dev eth0 proto kernel metric 256 pref medium" in routes(lab, "a")


def test_changing_an_address_changes_its_lifetimes_its_flags_and_its_route() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr replace fd00::1/64 dev eth0 metric 99")
    assert "fd00::/64 dev eth0 proto kernel metric 99 pref medium" in routes(lab, "a")
    typed(lab, "ip -n a addr change fd00::1/64 dev eth0 preferred_lft 0")
    assert addresses(lab, "a")[0] == "fd00::1/64 metric 99 deprecated"
    typed(lab, "ip -n a addr change fd00::1/64 dev eth0 noprefixroute")
    assert not any("fd00::/64" in line for line in routes(lab, "a"))


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ("add fd00::1/64", "Error: ipv6: address already assigned."),
        ("add ff02::5/64", 'Error: ipv6: Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag.'),
        ("add ::1/128", "Error: ipv6: Cannot assign loopback address on this device."),
        ("add ::/64", "Error: ipv6: Invalid address."),
        ("del fd00::9/64", "Error: ipv6: address not found."),
        ("del fd00::1/128", "Error: ipv6: address not found."),
    ],
)
def test_the_kernel_refuses_addresses_in_its_words(asked: str, refusal: str) -> None:
    result = pair6().run(f"ip -n a addr {asked} dev eth0")
    assert (result.exit_code, result.stderr) == (2, f"{refusal}\n")


# --- what a host says by itself --------------------------------------------------------------------------------------


def test_a_host_reports_its_group_asks_for_its_address_and_looks_for_routers() -> None:
    lab = Lab(docker=False)
    for name in "ab":
        typed(lab, f"ip netns add {name}")
    cable(lab, "a", "eth0", "b", "eth0", 1)
    heard = watched(lab, "b", "eth0")
    lab.sleep(20)
    mine = [line for line in words(heard) if "fe80::ff:fe00:101" in line or "ff00:101" in line]
    assert sum("who has fe80::ff:fe00:101" in line for line in mine) == 1
    assert sum("multicast listener report" in line for line in mine) >= 2
    solicited = [each.at for each in heard if "fe80::ff:fe00:101 > ff02::2" in str(each.frame)]
    assert [round((later - solicited[0]) / 1e9) for later in solicited] == [0, 4, 12]


def test_a_router_looks_for_no_routers_and_tells_of_its_groups_when_it_becomes_one() -> None:
    lab = router6(forwards=False)
    heard = watched(lab, "h1", "eth0")
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=1")
    lab.sleep(30)
    mine = [line for line in words(heard) if line.startswith("fe80::ff:fe00:201 >")]
    assert sum("ff02::16: HBH ICMP6, multicast listener report v2, 3 group record(s)" in line for line in mine) == 2
    assert not any("router solicitation" in line for line in mine)


def test_no_router_is_looked_for_where_none_is_wanted() -> None:
    lab = Lab(docker=False)
    namespace(lab, "a", "b")
    typed(lab, "ip link add eth0 netns a type veth peer name eth0 netns b")
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.eth0.router_solicitations=0")
    typed(lab, "ip -n a link set eth0 up")
    typed(lab, "ip -n b link set eth0 up")
    heard = watched(lab, "a", "eth0")
    lab.sleep(20)
    assert not any(
        "router solicitation" in line for each, line in zip(heard, words(heard), strict=True) if each.outgoing
    )


# --- the order in which IPv6 begins ----------------------------------------------------------------------------------


def test_a_device_whose_number_is_that_of_its_other_end_begins_with_the_next_run() -> None:
    """As in v6_forwarding: r1 (2, joined to 2) comes behind r2 (3, joined to 2), as nobody asks for it before."""
    lab = Lab(docker=False)
    namespace(lab, "h1", "r", "h2")
    cable(lab, "h1", "eth0", "r", "r1", 1)
    cable(lab, "h2", "eth0", "r", "r2", 2)
    lab.sleep(2)
    assert [line.split()[2] for line in routes(lab, "r") if line.startswith("fe80::")] == ["r2", "r1"]


def test_a_change_replaces_the_peer_and_its_route_and_keeps_the_length() -> None:
    """addr_peer6."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip netns add a
        ip link add eth0 netns a type veth peer name p0
        ip -n a link set eth0 up addrgenmode none
        ip -n a -6 addr add fd00::1 peer fd00::2 dev eth0 nodad
        ip -n a -6 addr change fd00::1 peer fd00::3/64 dev eth0 nodad
    """,
    )
    assert addresses(lab, "a") == ["fd00::1 peer fd00::3/128 nodad"]
    peers = [line.split()[0] for line in routes(lab, "a")]
    assert peers == ["fd00::1", "fd00::3"]
    typed(lab, "ip -n a -6 addr change fd00::1/64 dev eth0 nodad")
    assert addresses(lab, "a") == ["fd00::1 peer fd00::3/128 nodad"]
    typed(lab, "ip -n a -6 addr change fd00::1 peer fd00::4 dev eth0 nodad noprefixroute")
    assert routes(lab, "a") == []


@pytest.mark.parametrize("flag", ["mngtmpaddr", "optimistic"])
def test_addresses_with_flags_that_are_not_modelled_are_refused(flag: str) -> None:
    lab = Lab(docker=False)
    refused = lab.run(f"ip addr add fd00::1/64 dev lo {flag}")
    assert (refused.exit_code, refused.stderr) == (2, f"vnetsim: not modelled: {flag} addresses\n")
    assert "fd00::1" not in lab.run("ip addr show dev lo").stdout
