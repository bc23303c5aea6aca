"""The same seed and the same commands give the same bytes; and whatever is typed, the machine goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands import BASE, senseless, sensible
from tests.laws import examples
from tests.machines import pair, ping, typed
from vnetsim import Lab
from vnetsim.result import Result

#: A session that uses most of the machine; what it prints and what happens to packets must not depend on anything else.
SESSION = """
ip link set lo up
ip netns add red
ip link add v0 type veth peer name eth0 netns red
ip link set v0 up
ip -n red link set eth0 up
ip -n red addr add 10.0.0.2/24 dev eth0
ip addr add 10.0.0.1/24 dev v0
ping -c 2 10.0.0.2
iptables -t nat -A POSTROUTING -o v0 -j MASQUERADE
ip -j -d link
ip neigh
docker network create web
docker run -d --name one --network web nginx
docker run -d --name two --network web -p 8080:80 nginx
docker exec one ping -c 1 two
docker network inspect web
docker ps
curl -s -m 2 http://127.0.0.1:8080/
iptables-save -c
conntrack -L
bridge fdb
ss -tuln
sysctl -a
"""

_PLAY = """
from vnetsim import Lab
lab = Lab(7, watch=True)
for line in __SESSION__.strip().splitlines():
    print("$", line)
    result = lab.run(line)
    print(result.output, result.exit_code, result.seconds)
    print(*lab.events, sep="\\n")
"""


def played(lines: list[str], seed: int) -> tuple[list[Result], list[str], int]:
    """What a session printed, what happened to packets, and when it ended."""
    lab = Lab(seed, docker=False, watch=True, frame_limit=20_000)
    typed(lab, BASE)
    results, events = [], []
    for line in lines:
        results.append(lab.run(line, timeout_seconds=60))
        events += [f"{event.at} {event.namespace} {event.packet} {event}" for event in lab.events]
    return results, events, lab.now()


@settings(max_examples=examples(25), deadline=None)
@given(lines=st.lists(sensible(), min_size=1, max_size=25), seed=st.integers(0, 5))
def test_the_same_commands_give_the_same_bytes(lines: list[str], seed: int) -> None:
    assert played(lines, seed) == played(lines, seed)


def test_nothing_depends_on_the_order_of_a_hash() -> None:
    texts = set()
    root = Path(__file__).parent.parent
    for number in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": number, "PYTHONPATH": str(root / "src")}
        code = _PLAY.replace("__SESSION__", repr(SESSION))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        texts.add(done.stdout)
    [text] = texts
    assert "2 packets transmitted, 2 received" in text
    assert "Welcome to nginx!" in text


def test_another_seed_gives_other_addresses() -> None:
    told = {Lab(seed, docker=False).run("ip link add v0 type veth && ip link show v0").stdout for seed in range(4)}
    assert len(told) == 4


def test_watching_changes_nothing_that_is_printed() -> None:
    lines = [line for line in SESSION.strip().splitlines() if not line.startswith("docker")]
    told = []
    for watch in (False, True):
        lab = Lab(3, watch=watch)
        told.append([lab.run(line) for line in lines])
    assert told[0] == told[1]


# --- whatever is typed -----------------------------------------------------------------------------------------------


def survived(lab: Lab, lines: list[str]) -> None:
    """Each line ends, with an exit status and no error of ours; afterwards the machine is as good as before."""
    for line in lines:
        result = lab.run(line, timeout_seconds=60)
        assert 0 <= result.exit_code <= 255, line
        assert "internal error" not in result.output, f"{line}\n{result.output}"
        assert "Traceback" not in result.output, f"{line}\n{result.output}"
    assert lab.run("echo still here").stdout == "still here\n"


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(senseless(), min_size=1, max_size=12))
def test_words_that_make_no_sense_are_refused_in_words(lines: list[str]) -> None:
    survived(pair(), lines)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(sensible(), min_size=1, max_size=25))
def test_commands_in_any_order_do_no_harm(lines: list[str]) -> None:
    lab = Lab(docker=False, frame_limit=20_000)
    typed(lab, BASE)
    survived(lab, lines)
    typed(lab, "ip netns add judge")
    assert lab.run("ip -n judge link set lo up && ip netns exec judge ping -c 1 127.0.0.1")


# What the laws above have found, shrunk.


def test_a_ping_to_nobody_by_a_device_without_an_address_ends() -> None:
    """Recorded: it means 127.0.0.1, to which no other device than lo leads."""
    lab = pair()
    typed(lab, "ip -n a addr flush dev eth0")
    assert ping(lab, "a", "0.0.0.0", "-c 1 -W 1 -I eth0").stderr == "ping: connect: Invalid argument\n"


def test_a_device_with_too_small_an_mtu_has_no_addresses() -> None:
    """Recorded: below 68 IPv4 is off, adding an address is refused, and nothing comes back by itself."""
    lab = Lab(docker=False)
    typed(lab, "ip link set lo up\nip link set lo mtu 67")
    assert "inet 127" not in lab.run("ip addr show lo").stdout
    assert lab.run("ip addr add 10.0.0.1/24 dev lo").stderr == "RTNETLINK answers: No buffer space available\n"
    assert lab.run("ping -c 1 -W 1 127.0.0.1").stderr == "ping: connect: Network is unreachable\n"
    typed(lab, "ip link set lo mtu 65536")
    assert "inet 127" not in lab.run("ip addr show lo").stdout


def test_a_route_with_an_mtu_that_leaves_no_room_carries_short_packets_only() -> None:
    lab = pair()
    typed(lab, "ip -n a route add 10.9.0.0/16 via 10.0.0.2 mtu 20\nip -n b addr add 10.9.0.1/32 dev lo")
    for command in ("ping -c 1 -W 1 10.9.0.1", "nc -u -w 1 10.9.0.1 9"):
        result = lab.run(f"echo hi | ip netns exec a {command}")
        assert "internal error" not in result.output
