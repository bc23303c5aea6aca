"""Labs that several tests ask."""

from __future__ import annotations

from functools import cache

from vnetsim import Lab

TWO_NETWORKS = (
    "docker network create app",
    "docker run -d --name db -e POSTGRES_PASSWORD=secret postgres",
    "docker run -d --name web --network app --network-alias front nettools busybox httpd -f -p 80 -h /www",
    "docker run -d --name cache --network app -p 8080:6379 nettools nc -lk 6379",
    "docker create --name idle alpine sleep infinity",
    "ip netns add red",
    "ip netns add web2",
)


@cache
def _original() -> Lab:
    lab = Lab()
    for line in TWO_NETWORKS:
        assert lab.run(line), line
    return lab


def two_networks() -> Lab:
    """A lab of one's own: containers on the default bridge and on `app`, and namespaces with nothing inside."""
    return _original().fork()


def made_by(*lines: str) -> Lab:
    lab = Lab()
    for line in lines:
        assert lab.run(line), line
    return lab
