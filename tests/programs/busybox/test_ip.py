"""`ip` of busybox beside iproute2's: the same changes in other words (tests/recorded/public has its output)."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name box --cap-add NET_ADMIN alpine sleep infinity", expected=0)
    return lab


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        ("addr add 172.17.0.9/16 dev nosuch", 1, "ip: can't find device 'nosuch'\n"),
        ("link set nosuch up", 2, "ip: ioctl 0x8913 failed: No such device\n"),
        ("route add 10.3.0.0/16 via 9.9.9.9", 2, "ip: RTNETLINK answers: Network unreachable\n"),
        ("addr nosuch", 1, "ip: invalid argument 'nosuch' to 'ip'\n"),
        ("link add d0 type dummy", 1, "vnetsim: not modelled: busybox ip link add\n"),
        ("tunnel", 1, "vnetsim: not modelled: busybox ip tunnel\n"),
    ],
)
def test_a_refusal_is_in_the_words_of_busybox(lab: Lab, words: str, status: int, text: str) -> None:
    answer = lab.run(f"docker exec box ip {words}")
    assert (answer.exit_code, answer.output) == (status, text)


@pytest.mark.parametrize("words", ["", "-br addr", "-s link", "-j addr", "-n x addr", "netns", "maddr", "-d link"])
def test_what_only_iproute2_has_gets_the_usage(lab: Lab, words: str) -> None:
    answer = lab.run(f"docker exec box ip {words}")
    assert (answer.exit_code, "Usage: ip [OPTIONS] address|route|link" in answer.stderr) == (1, True)


def test_a_change_is_one(lab: Lab) -> None:
    for words in ("a add 10.7.0.1/24 dev eth0", "r add 10.8.0.0/16 via 10.7.0.9", "link set dev eth0 mtu 1400"):
        assert lab.run(f"docker exec box ip {words}").output == ""
    assert "10.8.0.0/16 via 10.7.0.9 dev eth0 \n" in lab.run("docker exec box ip route").stdout
    assert "mtu 1400 qdisc noqueue state UP \n" in lab.run("docker exec box ip link show eth0").stdout
