"""Planted faults: labs with one mistake each that people really make.

Each is a session that anybody can play; `why` names the mistake in it, and what it proposes heals it, as ordinary
commands say that are typed on a fresh lab.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from vnetsim import Lab
from vnetsim.dropreason import CODES
from vnetsim.reach.why.why import Why
from vnetsim.scenario.compare import differences, report
from vnetsim.scenario.document import Document
from vnetsim.scenario.load import load
from vnetsim.scenario.play import play

FAULTS = Path(__file__).parent / "faults"
PING = "ip netns exec red ping -c 1 -W 1 "
NC = "ip netns exec red nc -z -w 2 "
LAN = "ip netns exec lan "
CURL = LAN + "curl -s -m 2 -o /dev/null http://192.168.56.10:8080/"
WEB = "docker exec web "
WEB_TO_DB = WEB + "nc -z -w 2 db 5432"


class Fault(NamedTuple):
    """The reason, words of the sentence that name the mistake, what works once it is healed."""

    reason: str
    mistake: str
    healed: str


TABLE = {
    "address-on-a-port": Fault("NEIGH_FAILED", "by to-red, a port of br0", PING + "10.0.0.1"),
    "alias-on-another-network": Fault("NAME_NOT_RESOLVED", "db is called so on b", WEB + "nc -z database 5432"),
    "arp-disabled": Fault("NEIGH_FAILED", "lost at blue, eth0: nobody here handles this protocol", PING + "10.0.0.3"),
    "blackhole-route": Fault("ROUTE_BLACKHOLE", "blackhole 10.0.2.2/32", PING + "10.0.2.2"),
    "bridge-down": Fault("NEIGH_FAILED", "br0 is down", PING + "10.0.0.3"),
    "bridge-without-its-address": Fault("NEIGH_FAILED", "hop 172.17.0.1: no", WEB + "ping -c 1 -W 1 192.168.56.20"),
    "container-on-localhost": Fault("NO_SOCKET", "127.0.0.1:8000 only", LAN + "nc -z -w 2 192.168.56.10 8080"),
    "container-stopped": Fault("CONTAINER_NOT_RUNNING", "container:db is exited", WEB_TO_DB),
    "dnat-hairpin": Fault("NO_SOCKET", "it comes from 10.0.2.2, and", "ip netns exec green nc -z -w 2 10.0.1.1 80"),
    "dnat-wrong-host": Fault("NEIGH_FAILED", "next hop 10.0.2.3: no namespace here", NC + "10.0.1.1 80"),
    "docker-user-drop": Fault("NETFILTER_DROP", "filter DOCKER-USER rule 1", CURL),
    "duplicate-address": Fault("DUPLICATE_ADDRESS", "green has the address 10.0.0.3 too", PING + "10.0.0.3"),
    "etc-hosts-override": Fault("NEIGH_FAILED", "that db is 172.18.0.77 says /etc/hosts of web", WEB_TO_DB),
    "flushed-engine": Fault("NETFILTER_DROP", "the policy of filter FORWARD is DROP", CURL),
    "forgotten-ip-forward": Fault("IP_INADDRERRORS", "net.ipv4.ip_forward = 0", PING + "10.0.2.2"),
    "forward-policy-drop": Fault("NETFILTER_DROP", "the policy of filter FORWARD is DROP", PING + "10.0.2.2"),
    "forwarding-per-device": Fault("IP_INADDRERRORS", "net.ipv4.conf.to-red.forwarding = 0", PING + "10.0.2.2"),
    "host-port-taken": Fault("CONTAINER_NOT_RUNNING", "bind: Address already in use", WEB + "true"),
    "icc-off": Fault("NETFILTER_DROP", "DOCKER-FORWARD rule", WEB_TO_DB),
    "internal-network": Fault("IP_OUTNOROUTES", "no route to 192.168.56.20", WEB + "ping -c 1 -W 1 192.168.56.20"),
    "invalid-drop": Fault("NETFILTER_DROP", "--ctstate INVALID -j DROP", NC + "10.0.2.2 5000"),
    "ipv6-on-one-side": Fault("NO_SOURCE_ADDRESS", "no address from which to speak to fd00::3", PING + "fd00::3"),
    "link-down": Fault("NEIGH_FAILED", "the device has no carrier", PING + "10.0.0.3"),
    "localhost-in-a-container": Fault("NO_SOCKET", "127.0.0.1 is web itself", WEB + "nc -z host.docker.internal 5000"),
    "macvlan-and-its-host": Fault("NO_TX_TARGET", "a macvlan of eth9", "ping -c 1 -W 1 10.0.0.2"),
    "missing-bridge-port": Fault("NEIGH_FAILED", "heard by host", PING + "10.0.0.3"),
    "missing-masquerade": Fault("IP_OUTNOROUTES", "no answer left: no route to 10.0.1.2", PING + "192.168.56.20"),
    "missing-return-route": Fault("IP_OUTNOROUTES", "no answer left: no route to 10.0.1.2", PING + "10.0.2.2"),
    "mtu-black-hole": Fault("PKT_TOO_BIG", "the ICMP error about it was lost too (red: filter INPUT rule 1", ""),
    "mtu-of-a-bridge-port": Fault("PKT_TOO_BIG", "to-blue mtu 1400", PING + "-s 1450 -M do 10.0.0.3"),
    "name-on-default-bridge": Fault("NAME_NOT_RESOLVED", "the default bridge has no name service", WEB_TO_DB),
    "narrower-route": Fault("IP_INADDRERRORS", "it came back: r1 sent it by its route 10.0.2.0/28", PING + "10.0.2.2"),
    "neighbour-discovery-dropped": Fault("NEIGH_FAILED", "the policy of filter INPUT is DROP", PING + "fd00::3"),
    "network-none": Fault("NO_ADDRESS", "container:db has no address", WEB_TO_DB),
    "nft-drop": Fault("NETFILTER_DROP", "inet guard input rule 1: icmp type echo-request drop", PING + "10.0.0.3"),
    "no-broadcasts": Fault("NEIGH_FAILED", "bcast_flood off", PING + "10.0.0.3"),
    "not-connected": Fault("NETFILTER_DROP", "raw PREROUTING rule 1: -d 172.17.0.2", WEB_TO_DB),
    "not-published": Fault("IP_OUTNOROUTES", "no route to 172.17.0.2", CURL.replace(":8080", ":80")),
    "overlapping-subnets": Fault("NEIGH_FAILED", "host, to-red: nobody answered", "ping -c 1 -W 1 10.0.1.130"),
    "private-macvlans": Fault("NEIGH_FAILED", "both are macvlans of eth9", PING + "10.0.0.3"),
    "published-on-localhost": Fault("NO_SOCKET", "docker-proxy listens on tcp 127.0.0.1:8080 only", CURL),
    "reject-rule": Fault("NETFILTER_DROP", "--dport 5000 -j REJECT", NC + "10.0.0.3 5000"),
    "return-into-a-wall": Fault("NETFILTER_DROP", "filter INPUT rule 2: -j DROP", NC + "10.0.0.3 5000"),
    "reverse-path-filter": Fault("IP_RPFILTER", "net.ipv4.conf.all.rp_filter = 1", PING + "10.0.2.2"),
    "routing-loop": Fault("TTL_EXCEEDED", "it goes round: r1 by default via 10.0.12.2", PING + "10.0.2.2"),
    "rule-to-empty-table": Fault("IP_OUTNOROUTES", "no route to 10.0.2.2", PING + "10.0.2.2"),
    "same-mac": Fault("NEIGH_FAILED", "eth0 of red and eth0 of blue have the same address", PING + "10.0.0.3"),
    "second-firewall": Fault("NETFILTER_DROP", "the policy of inet fw in INPUT is DROP", NC + "10.0.0.3 5000"),
    "server-on-localhost": Fault("NO_SOCKET", "nc listens on tcp 127.0.0.1:5000 only", NC + "10.0.0.3 5000"),
    "strict-filter-two-ways": Fault("NEIGH_FAILED", "net.ipv4.conf.to-red2.rp_filter = 1", PING + "10.0.2.2"),
    "tc-filter-drop": Fault("TC_INGRESS", "host, to-red: a filter of tc", PING + "10.0.2.2"),
    "two-masks": Fault("IP_OUTNOROUTES", "blue, and no answer left: no route to 10.0.1.2", PING + "10.0.0.3"),
    "udp-not-published": Fault("NO_SOCKET", "docker-proxy listens on tcp", LAN + "nc -uz -w 1 192.168.56.10 5353"),
    "udp-or-tcp": Fault("NO_SOCKET", "nc listens on udp 0.0.0.0:5353 only", NC + "-u 10.0.0.3 5353"),
    "vxlan-networks": Fault("NEIGH_FAILED", "no VXLAN device of network 42 is up", PING + "172.16.0.2"),
    "wrong-gateway": Fault("NEIGH_FAILED", "10.0.1.254: no namespace here has this address", PING + "10.0.2.2"),
    "wrong-namespace": Fault("NO_ADDRESS", "netns:blue has no address", PING + "10.0.0.1"),
    "wrong-neighbour": Fault("OTHERHOST", "blue, eth0: the frame is addressed to another station", PING + "10.0.0.3"),
    "wrong-published-port": Fault("NO_SOCKET", "tcp port 80; listening there: tcp [::]:8080", CURL),
    "wrong-vlan": Fault("NEIGH_FAILED", "lost at blue, eth0: nobody here handles this protocol", PING + "10.0.0.3"),
}


@cache
def document(name: str) -> Document:
    return load(FAULTS / f"{name}.md")


def broken(name: str) -> Lab:
    """The lab before the question."""
    lab = Lab()
    for command in document(name).commands[:-1]:
        lab.run(command.text)
    return lab


def answer(name: str) -> list[str]:
    """What `why` says in the session."""
    command = document(name).commands[-1]
    assert command.text.startswith("why ")
    return list(command.output)


def proposals(name: str) -> list[list[str]]:
    """The commands of each remedy, the first one first."""
    found: list[list[str]] = []
    for line in answer(name):
        if line.startswith(("change   ", "or       ")):
            found.append([])
        elif line.startswith("         $ "):
            found[-1].append(line.strip().removeprefix("$ "))
    return [commands for commands in found if commands]


#: Mistakes that are answered by another question, and by no change.
HINTS = ("udp-or-tcp",)
#: What heals these gives a place back its network, or its name: everybody is reached again.
WIDE = {
    "address-on-a-port": 9, "blackhole-route": 9, "bridge-without-its-address": 10, "container-stopped": 14,
    "duplicate-address": 6,
    "host-port-taken": 17, "narrower-route": 9, "network-none": 14, "not-connected": 9, "routing-loop": 13,
    "rule-to-empty-table": 11,
}  # fmt: skip
#: Rules in the way: what lets one through lets nobody else through.
NOTHING_ELSE = (
    "docker-user-drop", "forward-policy-drop", "icc-off", "invalid-drop", "nft-drop", "reject-rule",
    "return-into-a-wall", "second-firewall", "mtu-black-hole", "mtu-of-a-bridge-port", "reverse-path-filter",
    "etc-hosts-override", "name-on-default-bridge", "alias-on-another-network", "no-broadcasts", "vxlan-networks",
)  # fmt: skip


def test_there_is_a_row_for_each_fault() -> None:
    assert sorted(path.stem for path in FAULTS.glob("*.md")) == sorted(TABLE)


class AskedLab(Lab):
    """Keeps the latest answer of `why`."""

    def ask(self, sender: str, target: str, *tokens: str) -> Why:
        self.answer = super().ask(sender, target, *tokens)
        return self.answer


@pytest.mark.parametrize("name", TABLE)
def test_the_session_comes_out_as_it_is_written_and_its_remedies_change_little_else(name: str) -> None:
    """What remedies change is held against packets by `why`; here is how much it may be."""
    lab = AskedLab(watch=True)
    found = differences(document(name), play(document(name), lab))
    assert not found, report(document(name), found)
    remedies = lab.answer.remedies
    assert not any(remedy.closes for remedy in remedies)
    if name in NOTHING_ELSE:
        assert "changes nothing else" in answer(name)[answer(name).index(next_command(name)) + 1].strip()
        assert not remedies[0].effects
    elif name not in HINTS:
        assert len(remedies[0].effects) <= WIDE.get(name, 5)


@pytest.mark.parametrize("name", TABLE)
def test_why_names_the_mistake(name: str) -> None:
    fault = TABLE[name]
    assert fault.reason in CODES
    assert answer(name)[0].endswith(f"does not arrive: {fault.reason}")
    (sentence,) = (line for line in answer(name) if line.startswith("reason "))
    assert fault.mistake in sentence


@pytest.mark.parametrize("name", [name for name in TABLE if TABLE[name].healed])
def test_each_remedy_heals_it(name: str) -> None:
    assert bool(proposals(name)) == (name not in HINTS)
    healed = TABLE[name].healed
    if name not in ("duplicate-address", *HINTS):
        # Another one answers; another question is the cure.
        assert not broken(name).run(healed)
    for number, commands in enumerate(proposals(name) or [[]]):
        lab = broken(name)
        for line in commands:
            if line.endswith(" &"):
                lab.start(line.removesuffix(" &"))
            else:
                assert lab.run(line), line
        lab.sleep(1)
        if number:  # by another address, perhaps
            assert lab.why(*document(name).commands[-1].text.split()[1:], change=False)
        else:
            assert lab.run(healed)


def next_command(name: str) -> str:
    """The last line of the first remedy's commands, as it stands in the session."""
    return f"         $ {proposals(name)[0][-1]}"


@pytest.mark.parametrize("name", HINTS)
def test_another_question_is_a_hint_and_no_remedy(name: str) -> None:
    assert any(line.startswith("hint     ask ") for line in answer(name))
    assert any(line.startswith("change   none was found") for line in answer(name))


def test_the_narrow_link_is_healed_for_a_connection() -> None:
    for (line,) in proposals("mtu-black-hole"):
        lab = Lab()
        for command in document("mtu-black-hole").commands[:-2]:
            assert lab.run(command.text)
        assert not lab.why("red", "blue", "tcp/5000", "size=5000", change=False)
        assert lab.run(line)
        assert lab.why("red", "blue", "tcp/5000", "size=5000", change=False)
