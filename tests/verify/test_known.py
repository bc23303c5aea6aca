"""What is explained of a difference, and what is not."""

from __future__ import annotations

import pytest

from vnetsim.verify.known_kernel import CARRIERS, COUNTED, HANDLE, HASHED, TENTATIVE, reason

SHOWN = "ip -n gw -s link show g0"


@pytest.mark.parametrize(
    ("diff", "expected"),
    [
        (["-  902  11  0  0  0  0 ", "+  812  10  0  0  0  0 "], COUNTED),
        (["-  902  11  0  0  0  0 ", "+  762  9  0  0  0  0 "], COUNTED),
        (["-  812  10  0  0  0  0 ", "+  972  12  0  0  0  0 "], COUNTED),
        (["-  910  11  0  0  0  0 ", "+  812  10  0  0  0  0 "], None),  # a ping
        (["-  854  11  0  0  0  0 ", "+  812  10  0  0  0  0 "], None),  # an ARP request
        (["-  902  11  0  1  0  0 ", "+  812  10  0  0  0  0 "], None),  # something dropped
        (["-  902  11  0  0  0  0 "], None),
        (["-qdisc tbf 800e: root refcnt 3 rate 1Mbit", "+qdisc tbf 8001: root refcnt 3 rate 1Mbit"], HANDLE),
        (["-qdisc tbf 800e: root refcnt 3 rate 1Mbit", "+qdisc tbf 8001: root refcnt 3 rate 2Mbit"], None),
        (["-inet6 fe80::1/64 scope link tentative ", "+inet6 fe80::1/64 scope link "], TENTATIVE),
        ([" the same"], None),
    ],
)
def test_reasons(diff: list[str], expected: str | None) -> None:
    assert reason(SHOWN, diff) == expected


def test_an_order_is_explained_where_it_is_that_of_a_hash_table() -> None:
    diff = ["-tcp 0.0.0.0:80", " tcp 0.0.0.0:81", "+tcp 0.0.0.0:80"]
    assert reason("netstat -tln", diff) == HASHED
    assert reason("ip route", diff) is None
    groups = ["-multicast ff00::/8 dev a table local", "+multicast ff00::/8 dev a table local"]
    assert reason("ip -6 route show table all", groups) == CARRIERS


def test_where_nothing_speaks_by_itself_counters_must_agree() -> None:
    assert reason(SHOWN, ["-  902  11  0  0  0  0 ", "+  812  10  0  0  0  0 "], quiet=True) is None
