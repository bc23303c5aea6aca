"""The tables of options."""

from __future__ import annotations

import attrs

from vnetsim.kernel.drivers.bonding.params import CHOICES, MODE_NAMES, MODES, NUMBERS, OPTIONS, BondParams
from vnetsim.kernel.drivers.bonding.xmit_hash import POLICIES
from vnetsim.programs.iproute2.ip.iplink.bond import BOND

#: Set by their effect, or not at all.
WITHOUT_FIELD = {"active_slave", "arp_ip_target", "ns_ip6_target", "prio"}


def test_each_option_has_a_field_and_each_field_an_option() -> None:
    assert {field.name for field in attrs.fields(BondParams)} == set(OPTIONS) - WITHOUT_FIELD


def test_the_program_reads_each_option() -> None:
    assert {name for name, _ in BOND} - {"clear_active_slave", "num_unsol_na"} == set(OPTIONS) - {"prio"}


def test_choices_begin_with_the_usual_value() -> None:
    params = BondParams()
    assert all(getattr(params, name) == names[0] for name, names in CHOICES.items() if name != "lacp_active")
    assert set(NUMBERS["xmit_hash_policy"]) == set(POLICIES)
    assert len(MODES) == len(MODE_NAMES)
