"""The matches of u32 as tc reads and shows them (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.tc.test_tcfilter import shown, with_clsact
from vnetsim.programs.iproute2.lib.arguments import usage_text


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("match u32 0 0", ["00000000/00000000 at 0"]),
        ("match ip src 10.0.0.1", ["0a000001/ffffffff at 12"]),
        ("match ip dst 10.0.0.0/24", ["0a000000/ffffff00 at 16"]),
        ("match ip src any match icmp type 8 0xff", ["00000000/00000000 at 12", "08000000/ff000000 at nexthdr+0"]),
        ("match ip dport 80 0xffff match ip sport 53 0xffff", ["00350050/ffffffff at 20"]),
        ("match ip tos 0x10 0xff match u8 0x05 0x0f at 0", ["05100000/0fff0000 at 0"]),
        ("match u16 0x1234 0xffff at 2 match ip protocol 6 0xff", ["00001234/0000ffff at 0", "00060000/00ff0000 at 8"]),
        ("match tcp dst 22 0xffff", ["00000016/0000ffff at nexthdr+0"]),
        ("match u8 2 0xff at -14 match u16 8 0xffff at -2", ["00000200/0000ff00 at -16", "00000008/0000ffff at -4"]),
        ("match u16 1 0xffff at 1 match u8 1 0xff at 3", ["00000001/0000ffff at 0"]),
        ("match u8 5 0xff at nexthdr+-4", ["05000000/ff000000 at nexthdr+-4"]),
        ("match ip firstfrag match ip df", ["00006000/00007fff at 4"]),
        ("match ip6 dst fd00::/64", ["fd000000/ffffffff at 24", "00000000/ffffffff at 28"]),
    ],
)  # fmt: skip
def test_what_is_shown(words: str, keys: list[str]) -> None:
    found = shown(f"protocol ip u32 {words} flowid 1:1").splitlines()
    assert found[2].endswith("fh 800::800 order 2048 key ht 800 bkt 0 *flowid 1:1 not_in_hw ")
    assert [line.removeprefix("  match ") for line in found[3:]] == keys


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("match ip bogus 1", 1, 'Illegal "match"\n'),
        ("match bogus", 1, 'Illegal "match"\n'),
        ("match ip dst bogus", 1, 'Illegal "match"\n'),
        ("match ip dst ::1", 1, 'Illegal "match"\n'),
        ("match ip dport 80", 1, 'Illegal "match"\n'),
        ("match ip dst 10.0.0.1 match ip dst 10.0.0.2", 1, 'Illegal "match"\n'),
        ("match u32 1 0xff at 3", 1, 'Illegal "match"\n'),
        ("match u32 1 0xffffffff at -16", 2, "vnetsim: not modelled: u32 match before the link-layer header\n"),
        ("match ip", 255, 'Command line is not complete. Try option "help"\n'),
        ("match", 255, 'Command line is not complete. Try option "help"\n'),
        ("bogus", 1, f'What is "bogus"?\n{usage_text("tc-u32")}'),
        ("match ether dst 02:00:00:00:00:01", 2, "vnetsim: not modelled: u32 match ether\n"),
        ("divisor 256", 2, "vnetsim: not modelled: u32 divisor\n"),
        ("ht 800: match u32 0 0", 2, "vnetsim: not modelled: u32 ht\n"),
    ],
)
def test_what_is_refused(words: str, status: int, said: str) -> None:
    result = with_clsact().run(f"tc filter add dev v0 ingress protocol ip u32 {words}")
    assert (result.stderr, result.exit_code) == (said, status)


def test_what_is_not_modelled_of_showing() -> None:
    lab = with_clsact()
    assert lab.run("tc filter add dev v0 ingress u32 match u32 0 0 flowid 1:1")
    for options, said in (("-pretty", "tc -pretty of u32"), ("-o", "tc -oneline of filters")):
        assert lab.run(f"tc {options} filter show dev v0 ingress").stderr == f"vnetsim: not modelled: {said}\n"
    assert "fh 800::800[80000800] order" in lab.run("tc -raw filter show dev v0 ingress").stdout
