"""A small sample of what the fuzz drivers try; and what they and others have found, each once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fuzz import fuzz_files, fuzz_lines, fuzz_packets
from tests.fuzz.mutate import Run
from vnetsim import Lab
from vnetsim.errors import UsageError
from vnetsim.wire.applications import describe_stream
from vnetsim.wire.printer import PacketPrinter


@pytest.mark.parametrize(
    ("fuzz", "count"),
    [(fuzz_lines.fuzz, 150), (fuzz_packets.decode, 4000), (fuzz_packets.inject, 1500), (fuzz_files.fuzz, 60)],
)
def test_garbage_is_refused_and_crashes_nothing(fuzz: Callable[[int, int], Run], count: int) -> None:
    run = fuzz(1, count)
    assert run.inputs >= count
    assert run.failures == {}, run.report()


#: Each raised, or never ended.
LINES = [
    "ip link add br0 type bridge; ip link set br0 up; ip link add m4 link br0 type macvlan; ip link set m4 master br0",
    "ip link add br0 type bridge; ip link add link br0 name br0.5 type vlan id 5; ip link set br0.5 master br0",
    "busybox wget -T x http://127.0.0.1/", "sleep " + "9" * 400, "tc qdisc add dev lo root netem delay 1e400ms",
    "tc qdisc add dev lo root tbf rate 1e400bit burst 1k latency nan", "kill -\u00b2 1", "kill \u00b2", "exit \u00b2",
    "shift \u00b2", "f() { return \u00b2; }; f", "while :; do break \u00b2; done", "ss -tn sport = :\u00b2",
    "docker ps -f expose==80", "docker ps -f 'name=(a+)+$'", "ping -c 1 -s " + "9" * 5000 + " 127.0.0.1",
    "case " + "a" * 40 + " in *a*a*a*a*a*a*a*a*a*a*a*b) echo no;; esac", "[[ " + "a" * 40 + " =~ (a+)+$b ]]",
    "echo " + "a" * 40 + "b | grep -E '(a+)+$'", "echo " + "a" * 40 + "b | sed -E 's/(a+)+$/x/'",
    "echo " + "a" * 40 + "b | awk '/(a+)+$/ {print}'", "x=" + "a" * 40 + "; echo ${x##*a*a*a*a*a*a*a*a*a*a*a*b}",
    "getent hosts a..b; ping -c 1 a..b; curl -s http://a..b/",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:60])
def test_what_was_found_is_mended(line: str) -> None:
    output = Lab().run(f"ip link set lo up; {line}", timeout_seconds=20).output
    assert "internal error" not in output


@pytest.mark.parametrize(
    "text", ["search a..b\n", "search \udcff\n", "search " + "x." * 130 + "\n", "options ndots:\u00b2\n"]
)
def test_a_search_list_that_makes_no_names_is_passed_over(text: str) -> None:
    lab = Lab(docker=False, files={"/etc/resolv.conf": text + "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"})
    assert "internal error" not in lab.run("ip link set lo up; getent hosts web; ping -c 1 web").output


@pytest.mark.parametrize(
    "text", ['{"bip":"\\ud800"}', "\udcff", '{"icc": "\udcff"}',
             '{"default-address-pools": [{"base": "10.0.0.0/8", "size": 65535}]}', "[" * 100_000, '{"labels":[1]}',
             '{"default-address-pools": [1]}', '{"mtu": ' + "9" * 5000 + "}", '{"log-level":"\\\\ud800"}']
)  # fmt: skip
def test_a_configuration_of_the_engine_that_makes_no_sense_is_refused(text: str) -> None:
    lab = Lab(files={"/etc/docker/daemon.json": text})
    output = lab.run("docker network ls").output
    if output.startswith("vnetsim: not modelled: "):
        return
    assert "Cannot connect to the Docker daemon" in output
    output = lab.run("systemctl restart docker; dockerd --validate; journalctl -u docker").output
    assert "internal error" not in output


def test_a_length_of_redis_that_is_no_number_is_told() -> None:
    assert describe_stream(PacketPrinter(), 40000, 6379, b"*--5\r\n") != ""


def test_a_process_of_before_a_reboot_is_stopped_already() -> None:
    lab = Lab(docker=False)
    child = lab.start("ping 127.0.0.1")
    lab.run("reboot")
    lab.stop(child)
    assert lab.run("echo up").stdout == "up\n"


def test_an_engine_of_before_a_reboot_does_nothing() -> None:
    lab = Lab()
    engine = lab.docker
    lab.run("reboot")
    with pytest.raises(UsageError, match="has been rebooted meanwhile"):
        engine.network_create({"Name": "q"})


def test_a_program_that_polls_a_socket_waits_once() -> None:
    lab = Lab(docker=False)
    lab.run("ip link set lo up; nc -l -p 5 >/dev/null & sleep 1")
    assert lab.run("yes | head -n 2000 | nc -N 127.0.0.1 5").seconds < 10
