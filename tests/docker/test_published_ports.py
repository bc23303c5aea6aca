"""Who reaches a published port by which address, and whom the server sees.

The facts are those of the recordings ports_reach, ports_reach_no_proxy, ports_source_address and
ports_source_address_no_proxy (Engine 28.5.2 on Linux 6.18).
"""

from __future__ import annotations

import functools
import re
from typing import Final

import pytest

from vnetsim import Lab

PROXY: Final = "with a proxy"
NO_PROXY: Final = "--userland-proxy=false"
#: Who asks; on the host, no prefix.
CLIENTS: Final = {
    "host": "", "lan": "ip netns exec lan ", "web": "docker exec web ", "same": "docker exec same ",
    "diff": "docker exec diff ", "dflt": "docker exec dflt ", "hostc": "docker exec hostc ",
}  # fmt: skip
#: web is 172.18.0.2 and same 172.18.0.3 in a network, diff in another one, dflt in the default one, hostc at the host.
SETUP: Final = """\
docker network create mynet
docker network create other
docker run -d --name web --network mynet -p 8080:80 nettools busybox httpd -f -p 80 -h /www
docker run -d --name same --network mynet nettools
docker run -d --name diff --network other nettools
docker run -d --name dflt nettools
docker run -d --name hostc --network host nettools
docker exec -d web sh -c "tcpdump -n -l -i any 'tcp[tcpflags] == tcp-syn' > /tmp/cap 2>/dev/null"
"""
#: What curl exits with.
REFUSED, SILENT = 7, 28
WEB: Final = "172.18.0.2"
GATEWAY: Final = "172.18.0.1"
HOST, LAN = "192.168.56.10", "192.168.56.20"
SAME: Final = "172.18.0.3"

#: The engine, who asks where, and whom the server sees, or what comes of it instead.
WAYS: Final[list[tuple[str, str, str, str | int]]] = [
    (PROXY, "host", "127.0.0.1:8080", GATEWAY),
    (PROXY, "host", "localhost:8080", GATEWAY),
    (PROXY, "host", f"{HOST}:8080", HOST),
    (PROXY, "host", "172.18.0.1:8080", GATEWAY),
    # What has an address of another Docker network is masqueraded, even if it is the host itself.
    (PROXY, "host", "172.17.0.1:8080", GATEWAY),
    (PROXY, "host", "[::1]:8080", GATEWAY),
    (PROXY, "host", f"{WEB}:80", GATEWAY),
    (PROXY, "host", f"{WEB}:8080", REFUSED),
    (PROXY, "lan", f"{HOST}:8080", LAN),
    (PROXY, "lan", f"{HOST}:80", REFUSED),
    (PROXY, "lan", f"{WEB}:80", REFUSED),
    (PROXY, "web", "127.0.0.1:80", "127.0.0.1"),
    (PROXY, "web", "127.0.0.1:8080", REFUSED),
    (PROXY, "web", f"{HOST}:8080", GATEWAY),
    (PROXY, "web", "172.18.0.1:8080", GATEWAY),
    (PROXY, "same", "web:80", SAME),
    (PROXY, "same", "web:8080", REFUSED),
    (PROXY, "same", f"{HOST}:8080", GATEWAY),
    (PROXY, "same", "172.18.0.1:8080", GATEWAY),
    (PROXY, "same", "172.17.0.1:8080", GATEWAY),
    (PROXY, "diff", f"{WEB}:80", SILENT),
    (PROXY, "diff", f"{HOST}:8080", GATEWAY),
    (PROXY, "diff", "172.19.0.1:8080", GATEWAY),
    (PROXY, "dflt", f"{HOST}:8080", GATEWAY),
    (PROXY, "dflt", "172.17.0.1:8080", GATEWAY),
    (PROXY, "hostc", "127.0.0.1:8080", GATEWAY),
    (PROXY, "hostc", f"{WEB}:80", GATEWAY),
    (NO_PROXY, "host", "127.0.0.1:8080", GATEWAY),
    (NO_PROXY, "host", f"{HOST}:8080", GATEWAY),
    (NO_PROXY, "host", "172.18.0.1:8080", GATEWAY),
    (NO_PROXY, "host", "[::1]:8080", REFUSED),
    (NO_PROXY, "lan", f"{HOST}:8080", LAN),
    (NO_PROXY, "web", "127.0.0.1:8080", REFUSED),
    (NO_PROXY, "web", f"{HOST}:8080", GATEWAY),
    (NO_PROXY, "web", "172.18.0.1:8080", GATEWAY),
    (NO_PROXY, "same", f"{HOST}:8080", SAME),
    (NO_PROXY, "same", "172.18.0.1:8080", SAME),
    (NO_PROXY, "diff", f"{HOST}:8080", SILENT),
    (NO_PROXY, "diff", "172.19.0.1:8080", SILENT),
    (NO_PROXY, "dflt", "172.17.0.1:8080", SILENT),
]


@functools.cache
def engine(which: str) -> Lab:
    """No question changes anything that another one would notice."""
    lab = Lab.docker_host(docker_flags=() if which == PROXY else (which,))
    for line in SETUP.splitlines():
        assert lab.run(line), line
    lab.sleep(0.5)
    return lab


def seen(lab: Lab) -> list[str]:
    """Sources of what came in to the server so far."""
    captured = lab.run("docker exec web cat /tmp/cap").stdout
    found = re.findall(rf" In +IP (\S+)\.\d+ > (?:{WEB}|127\.0\.0\.1)\.80:", captured)
    return [str(source) for source in found]


@pytest.mark.parametrize(("which", "client", "target", "expected"), WAYS)
def test_whom_the_server_sees(which: str, client: str, target: str, expected: str | int) -> None:
    lab = engine(which)
    before = len(seen(lab))
    result = lab.run(f"{CLIENTS[client]}curl -s -m 1 'http://{target}/'")
    lab.sleep(0.1)
    sources = seen(lab)[before:]
    if isinstance(expected, int):
        assert (result.exit_code, sources) == (expected, [])
    else:
        assert (result.stdout, sorted(set(sources))) == ("it works\n", [expected])
