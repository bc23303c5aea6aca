"""Connections that began under other rules are forgotten when these change."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture
def lab() -> Lab:
    lab = Lab.docker_host()
    for line in ("docker network create app", "docker run -d --name other --network app alpine sleep infinity"):
        assert lab.run(line)
    return lab


def connections(lab: Lab, words: str) -> list[str]:
    """Sources and destinations of both directions."""
    done = lab.run(f"conntrack -L {words}")
    return [
        " ".join(word for word in line.split() if word.partition("=")[0] in ("src", "dst", "dport"))
        for line in done.stdout.splitlines()
    ]


def ask(lab: Lab) -> None:
    """A client that begins before anybody answers, and goes on from the same port."""
    lab.run("echo x | ip netns exec lan nc -u -p 5000 -w 0 192.168.56.10 8053")


UNPUBLISHED = "src=192.168.56.20 dst=192.168.56.10 dport=8053 src=192.168.56.10 dst=192.168.56.20 dport=5000"
PUBLISHED = "src=192.168.56.20 dst=192.168.56.10 dport=8053 src=172.18.0.3 dst=192.168.56.20 dport=5000"


def test_datagrams_go_to_a_container_that_was_published_later(lab: Lab) -> None:
    ask(lab)
    assert connections(lab, "-p udp --dport 8053") == [UNPUBLISHED]
    assert lab.run("docker run -d --name dns --network app -p 8053:53/udp alpine sleep infinity")
    assert connections(lab, "-p udp --dport 8053") == []
    ask(lab)
    assert connections(lab, "-p udp --dport 8053") == [PUBLISHED]


def test_they_do_not_go_to_one_that_is_no_more(lab: Lab) -> None:
    assert lab.run("docker run -d --name dns --network app -p 8053:53/udp alpine sleep infinity")
    ask(lab)
    assert connections(lab, "-p udp --dport 8053") == [PUBLISHED]
    assert lab.run("docker rm -f dns")
    assert connections(lab, "-p udp --dport 8053") == []


def test_other_connections_go_on(lab: Lab) -> None:
    lab.run("docker exec other ping -c 1 192.168.56.20")
    before = connections(lab, "-p icmp")
    assert len(before) == 1
    assert lab.run("docker run -d --name dns --network app -p 8053:53/udp alpine sleep infinity")
    assert connections(lab, "-p icmp") == before
