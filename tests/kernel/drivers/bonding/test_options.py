"""What is refused of a bond's options; whole sessions are bond_options and bond_xor of tests/recorded/kernel-vm."""

from __future__ import annotations

import pytest

from vnetsim import Lab

REFUSED = {
    "type bond mode balance-rr primary lo": "Error: option not supported in mode.\n",
    "type bond miimon 100 arp_interval 100": "Error: ARP monitoring cannot be used with MII monitoring.\n",
    "type bond downdelay 100": "RTNETLINK answers: Operation not permitted\n",
    "type bond min_links 4294967295": "Error: invalid option value.\n",
    "type bond mode active-backup arp_interval 100": "vnetsim: not modelled: bond arp_interval: monitoring by ARP\n",
    "type bond arp_ip_target 10.0.0.1": "vnetsim: not modelled: bond arp_ip_target: monitoring by ARP\n",
    "type bond mode active-backup fail_over_mac follow": "vnetsim: not modelled: bond fail_over_mac follow\n",
    "type bond mode balance-xor xmit_hash_policy encap3+4": "vnetsim: not modelled: bond xmit_hash_policy encap3+4\n",
}


@pytest.mark.parametrize("options", REFUSED)
def test_an_option_that_is_refused_leaves_no_bond(options: str) -> None:
    lab = Lab(docker=False)
    assert lab.run(f"ip link add bond0 {options}").stderr == REFUSED[options]
    assert not lab.run("ip link show bond0")


def test_an_option_that_is_refused_does_not_undo_those_before() -> None:
    lab = Lab(docker=False)
    lab.run("ip link add bond0 type bond")
    assert not lab.run("ip link set bond0 type bond miimon 100 resend_igmp 256")
    assert " miimon 100 " in lab.run("ip -d link show bond0").stdout
