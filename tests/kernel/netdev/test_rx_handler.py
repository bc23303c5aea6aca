"""Who gets a frame that arrived: filters, then VLANs, then a handler, then the protocols."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import Errno, KernelError


def test_filters_come_before_vlans_and_those_before_handlers() -> None:
    lab = Lab(docker=False)
    lab.run("ip link add v0 type veth peer name v1; ip link add br0 type bridge; ip link set v0 master br0")
    device = lab.machine.kernel.namespaces[0].device("v0")
    of_bridge = device.rx_handler
    assert of_bridge is not None
    assert lab.run("ip link add link v0 name v0.7 type vlan id 7; tc qdisc add dev v0 clsact")
    of_filters = device.rx_handler
    lab.run("tc qdisc del dev v0 clsact")
    of_vlans = device.rx_handler
    assert len({of_bridge, of_filters, of_vlans}) == 3
    lab.run("ip link del v0.7")
    assert device.rx_handler == of_bridge
    with pytest.raises(KernelError) as refused:
        device.register_rx_handler(print, None)
    assert refused.value.errno is Errno.EBUSY


@pytest.mark.parametrize("words", ["action pass", "action continue"])
def test_what_filters_let_pass_goes_on_to_the_bridge(words: str) -> None:
    lab = Lab(docker=False)
    for line in (
        "ip netns add a; ip netns add b; ip link add br0 type bridge; ip link set br0 up",
        "for n in a b; do ip link add to-$n type veth peer name eth0 netns $n; ip link set to-$n up master br0; done",
        "ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 dev eth0",
        "ip -n a link set eth0 up; ip -n b link set eth0 up; tc qdisc add dev to-a clsact",
        f"tc filter add dev to-a ingress matchall {words}",
    ):
        assert lab.run(line), line
    assert lab.run("ip netns exec a ping -c 2 -i 0.2 10.0.0.2")
    lab.run("tc filter replace dev to-a ingress pref 1 matchall action drop")
    assert not lab.run("ip netns exec a ping -c 1 -W 1 10.0.0.2")
