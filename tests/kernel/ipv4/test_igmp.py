"""Groups: who is in which, and who is told of them.  Recordings: igmp, bridge_default_noise, l2_host_routes."""

from __future__ import annotations

from tests.kernel.wires import packets, watched
from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.wire.igmp import TO_EXCLUDE, TO_INCLUDE, Igmp


def bridge() -> Lab:
    """br0, down, with the port v0, whose cable leads to eth0 in a."""
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        {QUIET}
        ip netns add a
        ip netns exec a {QUIET}
        ip link add v0 type veth peer name eth0 netns a
        ip link add br0 address 02:00:00:00:00:b0 type bridge
        ip link set v0 up master br0
        ip -n a link set eth0 up
    """,
    )
    return lab


def reports(lab: Lab, *commands: str, seconds: int = 4) -> list[tuple[str, int, str]]:
    """Who told of what: the source, the kind of record, the group."""
    seen = watched(lab, "a", "eth0")
    typed(lab, "\n".join(commands))
    lab.sleep(seconds)
    messages = [(packet.source, packet.payload) for packet in packets(seen)]
    return [
        (str(source), record.type, str(record.group))
        for source, message in messages
        if isinstance(message, Igmp)
        for record in message.records
    ]


def test_a_bridge_that_snoops_tells_of_it_twice() -> None:
    assert reports(bridge(), "ip link set br0 up") == [("0.0.0.0", TO_EXCLUDE, "224.0.0.106")] * 2


def test_the_source_is_an_address_of_the_device() -> None:
    lab = bridge()
    typed(lab, "ip addr add 10.0.0.1/24 dev br0")
    assert {source for source, _, _ in reports(lab, "ip link set br0 up")} == {"10.0.0.1"}


def test_of_all_hosts_nobody_is_told() -> None:
    assert reports(bridge(), "ip -n a addr add 10.0.0.2/24 dev eth0") == []


def test_a_bridge_that_snoops_no_more_leaves_the_group() -> None:
    lab = bridge()
    reports(lab, "ip link set br0 up")
    off = "ip link set br0 type bridge mcast_snooping"
    assert reports(lab, f"{off} 0") == [("0.0.0.0", TO_INCLUDE, "224.0.0.106")] * 2
    assert "224.0.0.106" not in lab.run("ip maddr show dev br0").stdout
    assert reports(lab, f"{off} 1") == [("0.0.0.0", TO_EXCLUDE, "224.0.0.106")] * 2


def test_a_bridge_that_goes_down_tells_nothing_more() -> None:
    assert len(reports(bridge(), "ip link set br0 up", "sleep 0.1", "ip link set br0 down")) == 1


def test_link_local_groups_may_be_kept_quiet() -> None:
    assert reports(bridge(), "sysctl -qw net.ipv4.igmp_link_local_mcast_reports=0", "ip link set br0 up") == []


def test_reports_meet_the_rules_of_output() -> None:
    lab = bridge()
    reports(lab, "iptables -A OUTPUT -p igmp", "ip link set br0 up")
    assert lab.run("iptables -nvxL OUTPUT").stdout.splitlines()[2].split()[:2] == ["2", "80"]


def test_maddress_lists_groups_by_device() -> None:
    lab = bridge()
    typed(lab, "ip link set br0 up")
    assert lab.run("ip maddr show dev br0").stdout.splitlines() == [
        "3:\tbr0", "\tlink  33:33:00:00:00:01", "\tlink  01:00:5e:00:00:6a", "\tlink  33:33:00:00:00:6a",
        "\tlink  01:00:5e:00:00:01", "\tinet  224.0.0.1", "\tinet  224.0.0.106", "\tinet6 ff02::6a",
        "\tinet6 ff02::1", "\tinet6 ff01::1",
    ]  # fmt: skip


def test_an_address_of_a_group_by_hand() -> None:
    lab = bridge()
    typed(lab, "ip maddr add 01:00:5e:01:02:03 dev v0\nip maddr add 01:00:5e:01:02:03 dev v0")
    assert "\tlink  01:00:5e:01:02:03 static\n" in lab.run("ip -0 maddr show dev v0").stdout
    typed(lab, "ip maddr del 01:00:5e:01:02:03 dev v0")
    gone = lab.run("ip maddr del 01:00:5e:01:02:03 dev v0")
    assert (gone.exit_code, gone.output) == (1, "ioctl: No such file or directory\n")


def test_an_address_with_autojoin_is_a_group_that_is_joined() -> None:
    """Recording: addr_autojoin."""
    lab = bridge()
    typed(lab, "ip link set br0 up\nip link set br0 type bridge mcast_snooping 0")
    lab.sleep(4)
    add, delete = "ip addr add 239.1.2.3/32 dev br0 autojoin", "ip addr del 239.1.2.3/32 dev br0"
    assert reports(lab, add) == [("239.1.2.3", TO_EXCLUDE, "239.1.2.3")] * 2
    assert "inet 239.1.2.3/32 scope global autojoin br0\n" in lab.run("ip addr show dev br0").stdout
    assert "\tinet  239.1.2.3\n" in lab.run("ip maddr show dev br0").stdout
    assert reports(lab, delete) == [("0.0.0.0", TO_INCLUDE, "239.1.2.3")] * 2
    assert reports(lab, "ip addr add 239.1.2.3/32 dev br0") == []
    assert "239.1.2.3" not in lab.run("ip maddr show dev br0").stdout


def test_a_group_is_joined_by_autojoin_once_and_stays_joined_when_its_address_expires() -> None:
    lab = bridge()
    typed(lab, "ip addr add 239.1.2.3/32 dev br0 autojoin valid_lft 2 preferred_lft 1")
    again = "ip addr add 239.1.2.3/24 dev br0 autojoin"
    refused = (2, "Error: ipv4: Multicast auto join failed.\n")
    assert (lab.run(again).exit_code, lab.run(again).output) == refused
    lab.sleep(3)
    assert lab.run("ip -4 addr show dev br0").stdout == ""
    assert (lab.run(again).exit_code, lab.run(again).output) == refused
    peer = lab.run("ip addr add 239.1.2.4 peer 10.9.9.9/32 dev br0 autojoin")
    assert (peer.exit_code, peer.output) == refused
    typed(lab, "sysctl -qw net.ipv4.igmp_max_memberships=1")
    assert lab.run("ip addr add 239.1.2.5/32 dev br0 autojoin").exit_code == 2
