"""`ping` of busybox: when it ends and with what (tests/recorded/public has its output)."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name box alpine sleep infinity", expected=0)
    lab.run("docker run -d --name bare --cap-drop NET_RAW alpine sleep infinity", expected=0)
    return lab


@pytest.mark.parametrize(
    ("words", "status", "last"),
    [
        ("-c 3 -i 0.5 172.17.0.1", 0, "3 packets transmitted, 3 packets received, 0% packet loss"),
        ("-c 2 -W 1 172.17.0.9", 1, "2 packets transmitted, 0 packets received, 100% packet loss"),
        ("-w 3 172.17.0.9", 1, "3 packets transmitted, 0 packets received, 100% packet loss"),
        ("-q -A -c 2 172.17.0.1", 0, "2 packets transmitted, 2 packets received, 0% packet loss"),
    ],
)
def test_it_counts_what_it_sent(lab: Lab, words: str, status: int, last: str) -> None:
    answer = lab.run(f"docker exec box ping {words}")
    assert (answer.exit_code, last in answer.stdout) == (status, True), answer.output


@pytest.mark.parametrize(
    ("container", "words", "message"),
    [
        ("box", "-c x 172.17.0.1", "ping: invalid number 'x'\n"),
        ("box", "-c 1 -I nosuch 172.17.0.1", "ping: bad address 'nosuch'\n"),
        ("box", "-c 1 -I 172.17.0.77 172.17.0.1", "ping: can't set multicast source interface\n"),
        ("box", "-z 172.17.0.1", "ping: unrecognized option: z\nBusyBox v1.36.1"),
        ("box", "-c", "ping: option requires an argument: c\nBusyBox v1.36.1"),
    ],
)
def test_it_refuses_what_makes_no_sense(lab: Lab, container: str, words: str, message: str) -> None:
    answer = lab.run(f"docker exec {container} ping {words}")
    assert (answer.exit_code, answer.stderr[: len(message)]) == (1, message)


def test_without_bytes_for_the_time_it_shows_none(lab: Lab) -> None:
    assert "time=" not in lab.run("docker exec box ping -s 2 -c 1 172.17.0.1").stdout


def test_without_raw_sockets_it_knows_no_ttl(lab: Lab) -> None:
    assert "seq=0 ttl=42 time=" in lab.run("docker exec bare ping -c 1 172.17.0.1").stdout
