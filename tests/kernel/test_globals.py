"""What belongs to no namespace: numbers that are counted, and the limit of messages."""

from __future__ import annotations

from vnetsim import Lab


def test_handles_of_disciplines_are_counted_over_all_namespaces() -> None:
    lab = Lab(docker=False)
    lab.run("ip netns add a; ip link add v0 type veth peer name v1 netns a; tc qdisc add dev v0 root pfifo")
    lab.run("ip netns exec a tc qdisc add dev v1 root pfifo")
    assert lab.run("tc qdisc show dev v0").stdout.startswith("qdisc pfifo 8001:")
    assert lab.run("ip netns exec a tc qdisc show dev v1").stdout.startswith("qdisc pfifo 8002:")


def test_ten_messages_in_five_seconds_and_how_many_were_missed() -> None:
    lab = Lab(docker=False)
    host = lab.machine.kernel
    assert [host.net_ratelimit() for _ in range(12)] == [True] * 10 + [False] * 2
    lab.sleep(6)
    assert host.net_ratelimit()
    assert host.kernel_log[-1][2] == "net_ratelimit: 2 callbacks suppressed"
