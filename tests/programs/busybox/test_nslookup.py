"""`nslookup` of busybox, asked in a container."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    for line in ("docker network create app", "docker run -d --name box --network app alpine sleep infinity"):
        lab.run(line, expected=0)
    return lab


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        ("-type=a box", 0, "Name:\tbox\nAddress: 172.18.0.2\n"),
        ("172.18.0.2", 0, "2.0.18.172.in-addr.arpa\tname = box.app\n"),
        ("box 127.0.0.11", 0, "Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n"),
        ("box 172.18.0.9", 1, ";; connection timed out; no servers could be reached\n"),
        ("box nosuch", 1, "nslookup: bad address 'nosuch'\n"),
        ("-type=mx box", 1, "vnetsim: not modelled: busybox nslookup -type=mx\n"),
        ("", 1, "Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]"),
    ],
)
def test_an_answer(lab: Lab, words: str, status: int, text: str) -> None:
    answer = lab.run(f"docker exec box nslookup {words}")
    assert (answer.exit_code, text in answer.output) == (status, True), answer.output
