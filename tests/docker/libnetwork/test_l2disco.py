"""An endpoint's addresses are advertised: recorded with Engine 28.5.2 (v6_restart_reach, v6_advertise_options)."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab

_NETWORK = "docker network create --ipv6 --subnet fd00:1::/64 --subnet 10.1.0.0/24"


def _lab(*options: str) -> Lab:
    lab = Lab.docker_host()
    for line in (
        " ".join((_NETWORK, "-o com.docker.network.bridge.name=br-n1", *options, "n1")),
        "docker run -d --name client --network n1 alpine sleep 1d",
        "docker run -d --name web --network n1 --ip 10.1.0.20 --ip6 fd00:1::20 alpine sleep 1d",
    ):
        assert lab.run(line), line
    return lab


def _seen(lab: Lab, command: str) -> list[str]:
    """What the bridge carries of advertisements while `command` runs and 3 s after, with seconds from the first."""
    pattern = r"Request who-has (\S+) tell \1|neighbor advertisement, tgt is [0-9a-f:]+"
    shown = lab.run(f"timeout 4 tcpdump -n -tt -i br-n1 'arp or icmp6' 2>/dev/null & sleep 0.1; {command}; wait").stdout
    found = [(float(line.split()[0]), re.search(pattern, line)) for line in shown.splitlines() if line[:1].isdigit()]
    first = min(at for at, match in found if match)
    return [f"{at - first:.1f} {match[0]}" for at, match in found if match]


def test_whoever_is_restarted_is_reached_at_once_by_neighbours_that_knew_it() -> None:
    lab = _lab()
    for address in ("fd00:1::20", "10.1.0.20"):
        assert lab.run(f"docker exec client ping -c 1 -W 1 {address}")
    before = lab.run("docker exec web cat /sys/class/net/eth0/address").stdout
    assert lab.run("docker restart -t 0 web")
    assert lab.run("docker exec web cat /sys/class/net/eth0/address").stdout != before
    for address in ("fd00:1::20", "10.1.0.20"):
        assert lab.run(f"docker exec client ping -c 1 -W 1 {address}"), address


def test_without_advertisements_a_neighbour_goes_on_sending_to_the_old_mac_address() -> None:
    lab = _lab("-o com.docker.network.advertise_addr_nmsgs=0")
    assert lab.run("docker exec client ping -c 1 -W 1 fd00:1::20")
    assert lab.run("docker restart -t 0 web")
    assert not lab.run("docker exec client ping -c 1 -W 1 fd00:1::20")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["0.0", "1.0", "2.0"]),
        (("-o com.docker.network.advertise_addr_nmsgs=1",), ["0.0"]),
        (
            ("-o com.docker.network.advertise_addr_nmsgs=2", "-o com.docker.network.advertise_addr_ms=300"),
            ["0.0", "0.3"],
        ),
    ],
)
def test_both_addresses_are_advertised_as_often_as_the_network_says(
    options: tuple[str, ...], expected: list[str]
) -> None:
    lab = _lab(*options)
    lab.run("sleep 5")
    seen = _seen(lab, "docker run -d --name new --network n1 --ip 10.1.0.30 --ip6 fd00:1::30 alpine sleep 1d")
    assert seen == [
        line
        for at in expected
        for line in (
            f"{at} Request who-has 10.1.0.30 tell 10.1.0.30",
            f"{at} neighbor advertisement, tgt is fd00:1::30",
        )
    ]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("nmsgs=4", "com.docker.network.advertise_addr_nmsgs must be in the range 0 to 3"),
        ("nmsgs=-1", "com.docker.network.advertise_addr_nmsgs must be in the range 0 to 3"),
        ("nmsgs=x", 'value for option com.docker.network.advertise_addr_nmsgs "x" must be an integer'),
        ("ms=99", "com.docker.network.advertise_addr_ms must be in the range 100 to 2000"),
        ("ms=2001", "com.docker.network.advertise_addr_ms must be in the range 100 to 2000"),
        ("ms=x", 'value for option com.docker.network.advertise_addr_ms "x" must be integer milliseconds'),
    ],
)
def test_other_values_are_refused(option: str, words: str) -> None:
    lab = Lab.docker_host()
    refused = lab.run(f"docker network create -o com.docker.network.advertise_addr_{option} bad")
    assert (refused.exit_code, refused.stderr) == (1, f"Error response from daemon: {words}\n")
    assert "bad" not in lab.run("docker network ls").stdout
