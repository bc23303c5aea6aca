"""What a probe comes to does not depend on whether it is sent with others or alone, watched or not."""

from __future__ import annotations

import attrs
import pytest

from vnetsim.lab import Lab
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.probing import asking
from vnetsim.reach.probing.asking import Asker
from vnetsim.reach.probing.sweep import ProbeRequest
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.wire.inet import parse_address

SETUP = """
    ip netns add a
    ip -n a link set lo up
    ip link add va type veth peer name eth0 netns a
    ip link set va up
    ip addr add 10.1.0.1/24 dev va
    ip -n a link set eth0 up
    ip -n a addr add 10.1.0.2/24 dev eth0
    ip -n a route add default via 10.1.0.1
"""
#: Where, and with what, something is refused; and what a client with TCP and one with ping are told.
REFUSALS = {
    "iptables -A INPUT -j REJECT": (Outcome.REFUSED, Outcome.ERROR),
    "iptables -A INPUT -j REJECT --reject-with icmp-host-prohibited": (Outcome.ERROR, Outcome.ERROR),
    "iptables -A INPUT -p tcp -j REJECT --reject-with tcp-reset": (Outcome.REFUSED, Outcome.ANSWERED),
    "ip netns exec a iptables -A OUTPUT -d 10.1.0.1 -j REJECT": (Outcome.REFUSED, Outcome.NOT_SENT),
    "ip netns exec a iptables -A OUTPUT -d 10.1.0.1 -j REJECT --reject-with icmp-net-unreachable": (
        Outcome.ERROR,
        Outcome.NOT_SENT,
    ),
    "ip netns exec a iptables -A OUTPUT -p tcp -d 10.1.0.1 -j REJECT --reject-with tcp-reset": (
        Outcome.REFUSED,
        Outcome.ANSWERED,
    ),
    "ip netns exec a iptables -A OUTPUT -j DROP": (Outcome.SILENT, Outcome.NOT_SENT),
    "ip -n a route add prohibit 10.1.0.1": (Outcome.NOT_SENT, Outcome.NOT_SENT),
}


@pytest.mark.parametrize("rule", REFUSALS)
@pytest.mark.parametrize(("probe", "client"), [(Probe("tcp", 80), 0), (Probe(), 1)])
def test_a_refusal_is_one_however_the_probe_is_sent(rule: str, probe: Probe, client: int) -> None:
    lab = Lab(docker=False)
    for line in [*SETUP.split("\n"), rule]:
        assert lab.run(line), line
    asker = Asker(lab, jobs=1)
    request = ProbeRequest(Endpoint("netns", "a"), parse_address("10.1.0.1"), probe)
    alone, unwatched = asker.alone(request), asker._alone([request])[0]
    (watched,) = asker.answers([request], [request]).values()
    (together,) = Asker(lab, jobs=1).answers([request]).values()
    assert together.outcome is REFUSALS[rule][client]
    assert attrs.evolve(alone, arrival=None) == unwatched == attrs.evolve(watched, arrival=None) == together


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_goes_up_to_the_number_of_probes(monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    monkeypatch.setattr(asking, "WORTH_A_PROCESS", 2)
    lab = Lab(docker=False)
    for line in SETUP.split("\n"):
        assert lab.run(line), line
    seen: list[tuple[int, int]] = []
    asker = Asker(lab, jobs=jobs, progress=lambda done, of: seen.append((done, of)))
    protocols = ("tcp", "udp", "tcp", "tcp", "tcp")
    asker.answers([
        ProbeRequest(Endpoint("netns", "a"), parse_address("10.1.0.1"), Probe(protocol, 80 + number))
        for number, protocol in enumerate(protocols)
    ])  # fmt: skip
    assert seen == sorted(seen)
    assert seen[-1] == (5, 5)
    assert len(seen) > 2


@pytest.mark.parametrize("late", [5, 22, 25])
def test_a_port_that_a_bridge_is_about_to_open_is_closed_for_the_last_probe_too(late: int) -> None:
    """A sweep and its patience take simulated seconds, in which the timers of the spanning tree run."""
    lab = Lab(docker=False)
    setup = ["ip link add br0 type bridge stp_state 1", "ip link set br0 up", "ip addr add 10.7.0.1/24 dev br0"]
    for number in range(3):
        setup += [
            f"ip netns add m{number}", f"ip link add v{number} type veth peer name eth0 netns m{number}",
            f"ip link set v{number} master br0 up", f"ip -n m{number} link set eth0 up",
            f"ip -n m{number} addr add 10.7.0.{number + 2}/24 dev eth0", f"ip netns exec m{number} nc -lk -p 80 &",
        ]  # fmt: skip
    for line in (*setup, "sleep 40", "ip link set v2 down", "ip link set v2 up", f"sleep {late}"):
        assert lab.run(line), line
    requests = [
        ProbeRequest(Endpoint("netns", sender), parse_address("10.7.0.4"), probe)
        for sender in ("m0", "m1")
        for probe in (Probe("tcp", 80), Probe("udp", 80), Probe())
    ]
    asker = Asker(lab, jobs=1)
    found = asker.answers(requests, requests[3:])
    assert [attrs.evolve(found[each], arrival=None) for each in requests] == [
        attrs.evolve(asker.alone(each), arrival=None) for each in requests
    ]
