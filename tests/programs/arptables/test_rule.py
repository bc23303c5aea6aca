"""Rules of arptables are rules of nf_tables, and are read back from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.netfilter.nft.stateful import CounterStmt
from vnetsim.programs.arptables.arguments import ArpCommandReader
from vnetsim.programs.arptables.rule import ArpRule

_OPTIONS = st.fixed_dictionaries({}, optional={
    "-i": st.sampled_from(("lo", "eth+")),
    "-s": st.sampled_from(("10.0.0.1", "10.0.0.0/8", "10.1.0.0/255.1.0.0", "10.0.0.0/30")),
    "-d": st.sampled_from(("10.0.0.2", "192.168.0.0/16")),
    "--src-mac": st.sampled_from(("02:00:00:00:00:01", "Multicast")),
    "--dst-mac": st.just("02:00:00:00:00:02"),
    "--opcode": st.sampled_from(("Request", "2", "9")),
    "--proto-type": st.sampled_from(("0x800", "ipv4", "17")),
    "--h-type": st.sampled_from(("1", "6")),
    "-j": st.sampled_from(("DROP", "ACCEPT", "RETURN", "mangle --mangle-ip-s 1.2.3.4", "MARK --or-mark 4")),
})  # fmt: skip


@given(_OPTIONS, st.sets(st.sampled_from(("-i", "-s", "-d", "--src-mac", "--opcode", "--proto-type"))))
def test_a_rule_is_read_back_from_what_the_kernel_has(options: dict[str, str], negated: set[str]) -> None:
    ordered = sorted(options.items(), key=lambda pair: pair[0] != "-j")
    words = " ".join(f"{'! ' if name in negated else ''}{name} {value}" for name, value in ordered)
    rule = ArpCommandReader(f"-A INPUT {words}".split()).read().rules[0]
    found = ArpRule.of(rule.statements(CounterStmt()))
    assert found is not None
    assert found.text(numeric=True) == rule.text(numeric=True)
    assert found.compared == rule.compared


@pytest.mark.parametrize(
    ("mask", "shown"),
    [("ff:ff:ff:00:00:00", ""), ("fe:00:00:00:00:00", "--src-mac 02:00:00:00:00:00/fe:00:00:00:00:00")],
)
def test_a_mask_of_whole_bytes_is_not_read_back(mask: str, shown: str) -> None:
    rule = ArpCommandReader(f"-A INPUT --src-mac 02:00:00:00:00:01/{mask}".split()).read().rules[0]
    found = ArpRule.of(rule.statements(CounterStmt()))
    assert found is not None
    assert found.text(numeric=True) == shown
