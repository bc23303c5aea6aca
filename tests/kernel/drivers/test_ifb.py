"""ifb: what is redirected to it waits there and goes back to where it was (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.machines import pair, ping
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.trace import Dropped

INSIDE = "ip netns exec a "


def shaped(*lines: str) -> Lab:
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    for line in ("ip link add ifb0 type ifb", "ip link set ifb0 up", *lines):
        assert lab.run(INSIDE + line), line
    return lab


@pytest.mark.parametrize(
    "lines",
    [
        ("tc qdisc add dev eth0 ingress", "tc filter add dev eth0 parent ffff: protocol ip u32 match u32 0 0 action"),
        ("tc qdisc add dev eth0 clsact", "tc filter add dev eth0 ingress protocol ip matchall action"),
        ("tc qdisc add dev eth0 clsact", "tc filter add dev eth0 egress protocol ip matchall action"),
        ("tc qdisc add dev eth0 root handle 1: prio", "tc filter add dev eth0 parent 1: protocol ip matchall action"),
    ],
)
def test_what_comes_and_goes_can_be_delayed(lines: tuple[str, str]) -> None:
    first, second = lines
    lab = shaped("tc qdisc add dev ifb0 root netem delay 50ms", first, f"{second} mirred egress redirect dev ifb0")
    result = lab.run(f"{INSIDE}ping -c 1 10.0.0.2")
    assert 50 <= float(result.stdout.split("time=")[1].split()[0]) < 52
    assert lab.run(f"{INSIDE}ip -s link show ifb0").stdout.split("mcast")[1].split()[:2] == ["98", "1"]


def test_it_has_the_discipline_of_the_machine() -> None:
    lab = shaped()
    assert lab.run(f"{INSIDE}tc qdisc show dev ifb0").stdout == (
        "qdisc fq_codel 0: root refcnt 2 limit 10240p flows 1024 quantum 1514 target 5ms interval 100ms "
        "memory_limit 32Mb ecn drop_batch 64 \n"
    )
    lab.run(f"{INSIDE}tc qdisc add dev ifb0 root pfifo")
    lab.run(f"{INSIDE}tc qdisc del dev ifb0 root")
    assert lab.run(f"{INSIDE}tc qdisc show dev ifb0").stdout.startswith("qdisc fq_codel 0: root")


def test_what_nobody_redirected_is_dropped() -> None:
    lab = shaped("ip addr add 10.5.0.1/24 dev ifb0")
    assert not ping(lab, "a", "10.5.0.2")
    drops = [event for event in lab.events if isinstance(event, Dropped)]
    assert (drops[-1].reason, drops[-1].device) == (DropReason.NO_PEER, "ifb0")


def test_a_kernel_without_it_does_not_know_the_kind() -> None:
    result = Lab(docker=False, without=["ifb"]).run("ip link add type ifb")
    assert (result.exit_code, result.stderr) == (2, "Error: Unknown device type.\n")
