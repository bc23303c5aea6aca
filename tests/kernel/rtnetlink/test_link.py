"""Devices: names, numbers, moves and deletions.

Recordings: link_naming, link_move_loses, link_peer_index, link_errors.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.machines import bridged, pair, ping, typed
from vnetsim import Lab
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.rtnetlink.link import check_name
from vnetsim.operations import AddLink, DeleteLink, Peer, SetLink
from vnetsim.wire.mac import Mac


def names(lab: Lab, namespace: str | None = None) -> dict[str, int]:
    """The devices of a namespace and their numbers, in the order of the listing."""
    found = re.findall(r"^(\d+): ([^:@]+)", lab.run(_ip(namespace, "link")).stdout, re.MULTILINE)
    return {name: int(index) for index, name in found}


def _ip(namespace: str | None, rest: str) -> str:
    return f"ip {'' if namespace is None else f'-n {namespace} '}{rest}"


# --- numbers -----------------------------------------------------------------------------------------------------


def test_the_peer_is_registered_first_and_has_the_lower_number() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add v0 type veth peer name v1")
    assert names(lab) == {"lo": 1, "v1": 2, "v0": 3}


def test_a_number_is_not_used_again() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add v0 type veth peer name v1\nip link del v0\nip link add br0 type bridge")
    assert names(lab) == {"lo": 1, "br0": 4}


def test_a_number_can_be_asked_for_and_is_not_given_twice() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add br7 index 7 type bridge")
    assert names(lab)["br7"] == 7
    assert lab.run("ip link add br8 index 7 type bridge").exit_code == 2
    for number in range(8):
        typed(lab, f"ip link add b{number} type bridge")
    assert len(set(names(lab).values())) == len(names(lab)) == 10


def test_a_move_keeps_the_number_if_it_is_free() -> None:
    """link_peer_index."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip netns add one
        ip link add v0 type veth peer name v1
        ip link set v0 netns one
    """,
    )
    assert names(lab, "one") == {"lo": 1, "v0": 3}
    typed(lab, "ip link add w0 netns one type veth peer name w1\nip link set v1 netns one")
    assert names(lab, "one")["v1"] not in (names(lab, "one")[name] for name in ("lo", "v0", "w0"))


# --- names -------------------------------------------------------------------------------------------------------

#: A name, and why the kernel refuses it as that of a bridge; None if it takes it.
NAMES = [
    ("a", None), ("fifteen-letters", None), ("sixteen--letters", Errno.ERANGE), ("", Errno.EINVAL), (".", Errno.EINVAL),
    ("..", Errno.EINVAL), ("...", None), ("a/b", Errno.EINVAL), ("a:b", Errno.EINVAL), ("a b", Errno.EINVAL),
    ("a\tb", Errno.EINVAL), ("lo", Errno.EEXIST), ("br%d", None), ("%d", None), ("a%db", None), ("%d%d", Errno.EINVAL),
    ("%s", Errno.EINVAL), ("br%", Errno.EINVAL), ("-x", None), ("ünïcode", None), ("all", Errno.EINVAL),
    ("default", Errno.EINVAL),
]  # fmt: skip


@pytest.mark.parametrize(("name", "refusal"), NAMES)
def test_what_can_be_a_name(name: str, refusal: Errno | None) -> None:
    lab = Lab(docker=False)
    request = AddLink(kind="bridge", name=name)
    if refusal is None:
        lab.network().execute(request)
        assert name.replace("%d", "0") in names(lab)
        return
    with pytest.raises(KernelError) as refused:
        lab.network().execute(request)
    assert refused.value.errno is refusal
    assert list(names(lab)) == ["lo"]


def test_the_kernel_invents_names() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link add type veth
        ip link add type veth
        ip link add type bridge
        ip link add name tap%d type veth peer name zz%d
        ip link set veth0 name lan%d
    """,
    )
    assert list(names(lab)) == ["lo", "lan0", "veth1", "veth2", "veth3", "bridge0", "zz0", "tap0"]


def test_a_device_is_renamed_while_it_is_up_and_keeps_everything() -> None:
    lab = pair()
    typed(lab, "ip -n a route add 10.9.0.0/16 via 10.0.0.2\nip -n a link set eth0 name lan0")
    assert lab.run("ip -n a route").stdout.splitlines() == [
        "10.0.0.0/24 dev lan0 proto kernel scope link src 10.0.0.1 ",
        "10.9.0.0/16 via 10.0.0.2 dev lan0 ",
    ]
    assert ping(lab, "a", "10.0.0.2")
    assert lab.run("ip netns exec a sysctl -n net.ipv4.conf.lan0.forwarding").stdout == "0\n"
    assert not lab.run("ip netns exec a sysctl -n net.ipv4.conf.eth0.forwarding")


def test_a_name_that_is_taken_is_refused_wherever_it_would_appear() -> None:
    lab = Lab(docker=False)
    typed(
        lab, "ip netns add one\nip link add v0 type veth peer name v1\nip link add w0 netns one type veth peer name w1"
    )
    typed(lab, "ip link property add dev v0 altname uplink")
    for command in ("ip link add v0 type bridge", "ip link add uplink type bridge", "ip link set v1 name v0",
                    "ip link set v1 name uplink", "ip link property add dev v1 altname v0",
                    "ip link add x type veth peer name v1", "ip link add w0 netns one type bridge"):  # fmt: skip
        assert lab.run(command).stderr == "RTNETLINK answers: File exists\n", command
    assert "An interface with the same name exists" in lab.run("ip link set v0 netns one name w0").stderr
    assert list(names(lab)) == ["lo", "v1", "v0", "w1"]


# --- moves -------------------------------------------------------------------------------------------------------


def test_what_a_move_loses_and_what_it_keeps() -> None:
    """link_move_loses."""
    lab = bridged(2)
    typed(
        lab,
        """
        ip netns add one
        ip link set p1 mtu 1400
        ip link set p1 txqueuelen 500
        ip link set p1 group 7
        ip link set p1 alias 'to the lab'
        ip link set p1 address 02:00:00:00:00:0a
        ip link property add dev p1 altname uplink
        ip addr add 10.1.0.1/24 dev p1
        ip route add 10.2.0.0/16 via 10.1.0.254
        ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:99 dev p1
        ip link set p1 netns one
    """,
    )
    assert lab.run("ip route").stdout == lab.run("ip neigh").stdout == ""
    assert "p1" not in lab.run("bridge link").stdout
    told = lab.run("ip -n one -d link show p1").stdout
    assert "<BROADCAST,MULTICAST> mtu 1400 qdisc noop state DOWN mode DEFAULT group 7 qlen 500" in told
    assert "02:00:00:00:00:0a" in told
    assert "alias to the lab" in told
    assert "altname uplink" in told
    assert lab.run("ip -n one addr show p1").stdout.count("inet") == 0
    assert lab.run("ip -n one route").stdout == ""


def test_a_move_may_ask_for_a_number() -> None:
    """link_altnames_move, recorded on Linux 6.18."""
    lab = Lab(docker=False)
    typed(lab, "ip netns add a\nip link add v0 type veth peer name v1")
    refusal = "Error: The ifindex 1 is not available in the target netns.\n"
    assert lab.run("ip link set v0 netns a index 1").stderr == refusal
    assert "v0@v1" in lab.run("ip link").stdout
    typed(lab, "ip link set v0 netns a index 77")
    assert lab.run("ip -n a link show v0").stdout.startswith("77: v0@if")


def test_an_alternative_name_that_is_taken_there_forbids_the_move() -> None:
    """link_altnames."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip netns add one
        ip link add v0 type veth peer name v1
        ip link property add dev v0 altname uplink
        ip -n one link add uplink type bridge
    """,
    )
    refused = lab.run("ip link set v0 netns one")
    assert refused.exit_code == 2
    assert refused.stderr == "Error: An interface with the altname uplink exists in the target netns.\n"
    assert "altname uplink" in lab.run("ip link show v0").stdout
    typed(lab, "ip -n one link del uplink\nip link set uplink netns one")
    assert lab.run("ip -n one link show uplink").exit_code == 0


def test_some_devices_stay_where_they_are() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip netns add one\nip link add br0 type bridge")
    for name in ("lo", "br0"):
        assert lab.run(f"ip link set {name} netns one").stderr == "Error: The interface netns is immutable.\n"


def test_a_device_moves_into_the_namespace_it_is_in_without_losing_anything() -> None:
    lab = pair()
    typed(lab, "ip -n a link set eth0 netns a")
    assert ping(lab, "a", "10.0.0.2")


def test_nothing_can_be_done_with_lo_that_would_end_it() -> None:
    lab = Lab(docker=False)
    assert lab.run("ip link del lo").stderr == "RTNETLINK answers: Operation not supported\n"
    typed(lab, "ip link add br0 type bridge")
    assert lab.run("ip link set lo master br0").stderr == "RTNETLINK answers: Invalid argument\n"


@pytest.mark.parametrize("mac", ["00:00:00:00:00:00", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"])
def test_a_group_or_nobody_is_no_address(mac: str) -> None:
    lab = pair()
    for command in (f"ip -n a link set eth0 address {mac}", f"ip link add v0 address {mac} type veth"):
        assert lab.run(command).stderr == "RTNETLINK answers: Cannot assign requested address\n"


def test_a_refused_request_leaves_nothing_behind() -> None:
    """The pair is made by two registrations; either may be refused."""
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 type bridge")
    for command in (
        "ip link add v0 type veth peer name br0",
        "ip link add br0 type veth peer name v1",
        "ip link add v0 index 1 type veth peer name v1",
        "ip link add v0 mtu 10 type veth peer name v1",
        "ip link add v0 type veth peer name v1 mtu 99999",
        "ip link add v0 master nosuch type veth",
    ):
        assert lab.run(command).exit_code != 0, command
        assert list(names(lab)) == ["lo", "br0"], command


# --- laws --------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=20))
def test_a_name_is_refused_or_can_be_used(name: str) -> None:
    try:
        check_name(name)
    except KernelError:
        return
    assert name not in ("", ".", "..")
    assert not set(name) & set("/: \t\n")


_some = st.sampled_from(["v0", "v1", "w0", "br0"])
_where = st.sampled_from(["one", "two"])
_request = st.one_of(
    st.builds(lambda n, p: AddLink(kind="veth", name=n, peer=Peer(name=p)), _some, _some),
    st.builds(lambda n, p, w: AddLink(kind="veth", name=n, peer=Peer(name=p, netns=w)), _some, _some, _where),
    st.builds(lambda n: AddLink(kind="bridge", name=n), _some),
    st.builds(lambda d: DeleteLink(device=d), _some),
    st.builds(lambda d, w: SetLink(device=d, netns=w), _some, _where),
    st.builds(lambda d, n: SetLink(device=d, name=n), _some, _some),
    st.builds(lambda d, up: SetLink(device=d, up=up), _some, st.booleans()),
    st.builds(lambda d, m: SetLink(device=d, master=m), _some, st.sampled_from(["br0", "v0", ""])),
    st.builds(lambda d, m: SetLink(device=d, mac=Mac(m)), _some, st.integers(0x020000000001, 0x020000000005)),
    st.builds(lambda d, m: SetLink(device=d, mtu=m), _some, st.sampled_from([60, 1300, 1500, 9000])),
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(_where, _request), max_size=25))
def test_whatever_is_asked_the_books_of_a_namespace_agree(
    requests: list[tuple[str, AddLink | SetLink | DeleteLink]],
) -> None:
    """Names, numbers, peers, ports and carriers stay consistent, whatever is refused."""
    lab = Lab(docker=False)
    typed(lab, "ip netns add one\nip netns add two")
    for where, request in requests:
        try:
            lab.network(where).execute(request)
        except KernelError:
            continue
        _check(lab)
    typed(lab, "ip netns del one\nip netns del two")
    assert len(lab.network().links()) == 1


def _check(lab: Lab) -> None:
    for where in ("one", "two"):
        namespace = lab.network(where).namespace
        assert sorted(device.index for device in namespace.by_name.values()) == sorted(namespace.by_index)
        for device in namespace.devices():
            assert namespace.by_name[device.name] is device
            assert device.namespace is namespace
            peer = device.peer
            if device.kind == "veth":
                assert peer is not None
                assert peer.peer is device
                assert peer.namespace.by_index[peer.index] is peer
                assert device.carrier == peer.carrier == (device.up and peer.up)
            if (port := br_port_get(device)) is not None:
                assert port in port.bridge.ports
                assert port.bridge.namespace is namespace
        assert [link.name for link in lab.network(where).links()] == [device.name for device in namespace.devices()]


def test_a_device_that_is_asked_for_is_as_one_that_is_looked_at() -> None:
    told = []
    for question in ("link", "ask_link"):
        lab = Lab(docker=False)
        lab.run("ip netns add x; ip link add a0 type veth peer name a1 netns x; ip link set a0 up")
        getattr(lab.network(), question)("a0")
        getattr(lab.network(), question)("nosuch")
        lab.run("ip netns add y; ip link add b0 type veth peer name b1 netns y")
        told.append(lab.run("ip netns list-id; ip -d link; ip -n x netns list-id").output)
    assert told[0] == told[1]
