"""Rules as nft 1.0.6 on Linux 6.18 takes, lists and refuses them (captured_rules.json).

Each rule was added to a chain of a new table, which has sets and maps, and listed in three formats.  Rules that are not
modelled were left out, and so was what depends on a resolver.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, Final

import pytest

from tests.programs.nft.fake_nft import Bench
from vnetsim.errors import NotModelled

CAPTURED: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("captured_rules.json").read_text("utf-8"))
TABLE: Final = """
    add table {family} t
    add chain {family} t c {{ type filter hook forward priority filter; }}
    add chain {family} t nat {{ type nat hook postrouting priority srcnat; }}
    add chain {family} t pre {{ type nat hook prerouting priority dstnat; }}
    add chain {family} t d
    add set {family} t s {{ type {address}; flags interval; }}
    add set {family} t ports {{ type inet_service; elements = {{ 22, 80 }}; }}
    add set {family} t dyn {{ type {address}; flags dynamic,timeout; timeout 1h; }}
    add map {family} t m {{ type {address} : mark; }}
    add map {family} t v {{ type inet_service : verdict; }}
"""


def bench_with_table(family: str) -> Bench:
    bench = Bench()
    address = "ipv6_addr" if family == "ip6" else "ipv4_addr"
    commands = TABLE.format(family=family, address=address).strip().splitlines()
    assert bench.run(f"nft {shlex.quote('; '.join(map(str.strip, commands)))}").status == 0
    return bench


@pytest.mark.parametrize(
    "real", [pytest.param(real, id=f"{real['family']} {real['chain']} {real['rule']}"[:80]) for real in CAPTURED]
)
def test_a_rule_is_taken_and_listed_as_by_the_real_one(real: dict[str, Any]) -> None:
    bench, chain = bench_with_table(real["family"]), f"{real['family']} t {real['chain']}"
    added = bench.run(f"nft {shlex.quote(f'add rule {chain} ' + real['rule'])}")
    assert (added.status, added.stderr) == (real["status"], real["stderr"])
    for option, expected in (("", real["listed"]), ("-a -n", real["numeric"])):
        listed = bench.run(f"nft {option} list chain {chain}").stdout
        assert [line.strip() for line in listed.splitlines()[3:-2]] == expected
    listed = bench.run(f"nft -j list chain {chain}").stdout
    assert [each for each in json.loads(listed)["nftables"] if "rule" in each] == real["json"]


@pytest.mark.parametrize(
    "rule",
    ["meta priority set 1:2", "meta iifgroup 0", "dup to 10.0.0.1", "synproxy mss 1460 wscale 7", "ct helper \"ftp\"",
     "ct bytes > 1000"],
)  # fmt: skip
def test_what_is_not_modelled_is_refused_and_adds_nothing(rule: str) -> None:
    bench = bench_with_table("ip")
    with pytest.raises(NotModelled):
        bench.run(f"nft {shlex.quote(f'add rule ip t c {rule}')}")
    assert len(bench.run("nft list chain ip t c").stdout.splitlines()) == 5
