"""Scenarios on a real engine: what is refused, played, skipped and removed; with an engine that is a file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.real import eventually
from vnetsim.backends.docker import ownership
from vnetsim.backends.docker.engine import EngineUnavailable, RealEngine
from vnetsim.cli import main
from vnetsim.verify import known_engine as known
from vnetsim.verify.engineside import unmarked
from vnetsim.verify.known_kernel import TENTATIVE
from vnetsim.verify.permitted import REFUSED, EngineLimits, permitted, programs
from vnetsim.verify.plan import from_script

ROOT = Path(__file__).parent.parent.parent
CLIENT = Path(ownership.__file__).with_name("client.sh")
#: Where there is no socket: nothing is known of the engine's host.
HOST = "unix:///nonexistent/engine.sock"
NOBODYS: dict[str, Any] = {"container": {}, "network": {}, "volume": {}}


def thing(name: str, label: str = "") -> dict[str, Any]:
    return {name.rjust(64, "0"): {"name": name, "label": label}}


class Fake:
    """The engine that is a file, and the `docker` that asks it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        program = directory / "docker"
        program.write_text(f"#!{sys.executable} -IS\n" + (Path(__file__).parent / "fake_docker.py").read_text())
        program.chmod(0o755)
        self.hold(NOBODYS)
        for kind in ("bridge", "host", "none"):
            self.hold({**self.state, "network": {**self.state["network"], **thing(kind)}})

    @property
    def state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self.directory / "state.json").read_text())
        except ValueError:  # it is being written
            return {}
        return state

    def hold(self, state: dict[str, Any]) -> None:
        (self.directory / "state.json").write_text(json.dumps(state))

    @property
    def calls(self) -> list[str]:
        return (self.directory / "calls").read_text().splitlines()

    def names(self) -> dict[str, list[str]]:
        return {kind: [one["name"] for one in things.values()] for kind, things in self.state.items()}


def needs(*programs: str) -> None:
    """Skip the test where one of these programs is missing."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"this machine has no {', '.join(missing)}")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    needs("bash", "sh", "ip")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return Fake(tmp_path / "bin")


def verify(*words: str) -> Result:
    return CliRunner().invoke(main, ["verify", "--docker", HOST, *words])


# --- what is refused -------------------------------------------------------------------------------------------------


USED = (
    "1 container (web), 1 network (shop); scenarios are played on an engine without containers and networks of others"
    " only, so remove them or name an engine that is for this alone"
)


def test_an_engine_with_things_of_others_is_not_played_on(fake: Fake, tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("docker network create app\n")
    before = {**fake.state, "container": thing("web"), "network": {**fake.state["network"], **thing("shop")}}
    fake.hold(before)
    result = verify(str(script))
    assert (result.exit_code, result.output) == (
        2,
        f"vnetsim: the engine at {HOST} is somebody's: {USED}\n",
    )
    assert fake.state == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--docker", "ssh://somewhere"],
            "expected unix:///PATH or tcp://ADDRESS:PORT for the engine, found 'ssh://somewhere'",
        ),
        (["--docker", HOST, "--jobs", "2"], "--docker plays one scenario after the other: no --jobs, no --campaign"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_sentence(words: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text("docker ps\n")
    result = CliRunner().invoke(main, ["verify", *words, str(tmp_path / "x.sh")])
    assert (result.exit_code, result.output) == (2, f"vnetsim: {told}\n")


def test_an_engine_that_does_not_answer_is_told_in_the_words_of_docker(fake: Fake) -> None:
    (fake.directory / "docker").write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2; exit 1\n")
    with pytest.raises(EngineUnavailable, match=f"the engine at {HOST} cannot be asked: Cannot connect to the Docker"):
        RealEngine(HOST)


def test_the_users_own_engine_is_not_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, "the user's")
    told = ownership.environment(HOST)
    assert told["DOCKER_HOST"] == HOST
    assert "the user's" not in told.values()


@pytest.mark.parametrize("command", sorted(REFUSED))
def test_the_client_of_scenarios_refuses_what_is_about_more_than_a_scenario(command: str) -> None:
    needs("sh")
    done = subprocess.run(
        ["sh", str(CLIENT), command, "x"],
        env={"VNETSIM_DOCKER": "/bin/true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (125, f"vnetsim: not played: docker {command}\n")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("run -d alpine", "run --label L=1 --pull never -d alpine"),
        ("container create alpine", "create --label L=1 --pull never alpine"),
        ("network create app", "network create --label L=1 app"),
        ("network create --config-from conf app", "network create --config-from conf app"),
        ("network ls -q", "network ls -q"),
        ("exec web docker run", "exec web docker run"),
        ("network", "network"),
    ],
)
def test_what_scenarios_make_is_marked(typed: str, asked: str) -> None:
    needs("sh", "echo")
    environment = {"VNETSIM_DOCKER": shutil.which("echo") or "", "VNETSIM_LABEL": "L=1"}
    done = subprocess.run(
        ["sh", str(CLIENT), *typed.split()], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == asked.split()


# --- what is played and removed --------------------------------------------------------------------------------------


def test_a_scenario_is_played_and_all_that_it_made_is_removed(fake: Fake, tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text(
        "docker network create app\ndocker run -d --name web alpine\n"
        "docker run -d --name db -e MYSQL_ROOT_PASSWORD=secret mysql\n"
        "docker exec db true\nip link add d0 type dummy\n"
    )
    before = {**fake.state, "volume": thing("data", "vnetsim.verify=x-1-1")}
    fake.hold(before)
    result = verify("--json", str(script))
    report = json.loads(result.output)
    assert [(step["command"], step["verdict"], step["reason"]) for step in report["scenarios"][0]["steps"]] == [
        ("docker network create app", "same", ""),
        ("docker run -d --name web alpine", "same", ""),
        ("docker run -d --name db -e MYSQL_ROOT_PASSWORD=secret mysql", "skipped", "the engine has no image mysql"),
        ("docker exec db true", "skipped", "there is no container db, whose image mysql the engine has not"),
        ("ip link add d0 type dummy", "skipped", "the engine's host cannot be told"),
    ]
    assert result.exit_code == 0
    assert report["versions"] == {
        "kernel": "6.1",
        "engine": "Docker Engine 28.5.2 (API 1.51)",
        "containerd": "containerd 2.1",
        "docker": "docker 28.2.2 (API 1.50)",
    }
    assert fake.state == before
    assert any(
        "run --label vnetsim.verify=" in call and "--pull never -d --name web alpine" in call for call in fake.calls
    )


def test_networks_that_are_made_from_a_configuration_are_removed_too(fake: Fake, tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("docker network create --config-only conf\ndocker network create --config-from conf app\n")
    before = fake.state
    assert verify(str(script)).exit_code == 0
    assert any("create --config-from conf app" in call for call in fake.calls)
    assert fake.state == before


def test_what_has_come_from_others_meanwhile_stays(fake: Fake, tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("docker run -d --name web alpine\n")
    client = fake.directory / "docker"
    other = "state['container']['f' * 64] = {'name': 'other', 'label': ''}; make(state, "
    client.write_text(client.read_text().replace('make(state, "container"', f'{other}"container"'))
    verify(str(script))
    assert fake.names()["container"] == ["other"]


def test_killed_in_the_middle_it_still_removes_what_was_made(fake: Fake, tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("docker network create app\ndocker run -d --name web alpine\ndocker wait web\n")
    for pipe in ("began", "never"):
        os.mkfifo(fake.directory / pipe)
    before = fake.state
    command = [sys.executable, "-m", "vnetsim", "verify", "--incomplete", "--docker", HOST, str(script)]
    with subprocess.Popen(command) as playing:
        (fake.directory / "began").open().close()
        assert fake.names()["container"] == ["web"]
        playing.kill()
    assert eventually(lambda: fake.state == before)


def test_what_a_run_left_whose_engine_runner_was_killed_too_is_removed_by_the_next(fake: Fake, tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text("docker network create app\n")
    before = fake.state
    gone = f"vnetsim.verify={ownership.owner().rpartition('-')[0]}-1"
    fake.hold({**before, "container": thing("web", gone), "network": {**before["network"], **thing("app", gone)}})
    assert verify(str(script)).exit_code == 0
    assert fake.state == before
    elsewhere = {**before, "container": thing("web", "vnetsim.verify=another-machine-1-1")}
    fake.hold(elsewhere)
    assert verify(str(script)).exit_code == 2
    assert fake.state == elsewhere


HOST_BEFORE = """
    ip link set lo up; ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up
    ip link add eth0 type veth peer name peer; ip addr add 192.168.56.10/24 dev eth0; ip link set peer up
    ip link set eth0 up; ip route add default via 192.168.56.20
    iptables -A FORWARD -j DROP; iptables -t nat -A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE
"""
HOST_CHANGED = """
    iptables -F; iptables -P INPUT DROP; iptables -t raw -A PREROUTING -j DROP; iptables -t mangle -N mine
    ip6tables -A INPUT -j DROP; ip link add br9 type bridge; ip addr flush dev eth0; ip addr add 10.0.0.1/8 dev eth0
    ip addr add 127.0.0.9/8 dev lo; ip route add 9.9.9.9 dev eth0; ip link set eth0 down
    sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.eth0.rp_filter=1 net.bridge.bridge-nf-call-iptables=0
"""
HOST_LOOKED_AT = """
    ip -4 -o addr; ip -o link | cut -d ' ' -f 2,3; ip -4 route; ip6tables-save
    iptables-save | sed 's/^#.*//; s/\\[.*//'
    sysctl net.ipv4.ip_forward net.ipv4.conf.eth0.rp_filter net.bridge; nft list tables
"""
#: Runs in a network namespace of its own.
RESTORING = f"""
import os, subprocess, sys
sys.path.insert(0, {str(CLIENT.parent)!r})
import engine_runner
def shell(lines):
    return subprocess.run(["bash", "-c", lines], capture_output=True, text=True).stdout
shell({HOST_BEFORE!r})
before = shell({HOST_LOOKED_AT!r})
here = os.open("/proc/self/ns/net", os.O_RDONLY)
net = engine_runner.RestoredNetns(here, here)
shell({HOST_CHANGED!r})
changed = shell({HOST_LOOKED_AT!r})
net.restore()
print(before.count("192.168.56"), changed == before, shell({HOST_LOOKED_AT!r}) == before)
"""


def test_the_host_of_an_engine_is_as_it_was() -> None:
    missing = [name for name in ("unshare", "ip", "iptables", "nft", "sysctl") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"only root can play this, with {', '.join(missing) or 'namespaces'}")
    done = subprocess.run(
        ["unshare", "-n", "-m", sys.executable, "-I", "-c", RESTORING], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("4 False True\n", "")


# --- what of a scenario ----------------------------------------------------------------------------------------------

PKILL = "the engine's host has processes of others, and pkill is not for scenarios there"
HERE = EngineLimits(frozenset({"alpine:latest"}), closed="closed", probes=True)
OPEN = EngineLimits(frozenset({"alpine:latest", "nginx:latest"}), absent=frozenset({"conntrack"}))


@pytest.mark.parametrize(
    ("line", "place", "reason"),
    [
        ("docker run -d --name x alpine", HERE, ""),
        ("docker run -d --name x docker.io/library/alpine:latest", HERE, ""),
        ("docker run -d --name alpine nginx", HERE, "the engine has no image nginx"),
        ("docker run --no-such-flag x", HERE, ""),
        ("docker run -v /:/host alpine", HERE, "files and devices of the engine's host are not for scenarios"),
        ("docker run --pull always alpine", HERE, "images are not fetched"),
        ("docker system prune -f", HERE, "docker system prune is about more than what a scenario makes"),
        ("docker image ls", HERE, ""),
        ("docker -H tcp://10.0.0.1 ps", HERE, "docker -H may ask another engine, or in another way"),
        ("docker ps | grep -c x; curl -s http://127.0.0.1:8080/", HERE, ""),
        ("docker ps > /etc/motd", HERE, "closed"),
        ("echo 1 > /proc/sys/net/ipv4/ip_forward", HERE, "closed"),
        ("ping -c 1 10.0.0.1 2>&1 >/dev/null", HERE, ""),
        ("ip link", HERE, "closed"),
        ("curl -s x && iptables -F", HERE, "closed"),
        ("iptables -F", OPEN, ""),
        ("conntrack -L", OPEN, "this machine has no conntrack"),
        ("docker exec web kill 1", OPEN, ""),
        ("ip netns exec lan sh -c 'sleep 1; pkill nc'", OPEN, PKILL),
    ],
)
def test_what_cannot_be_asked_is_skipped_by_name(line: str, place: EngineLimits, reason: str) -> None:
    left = permitted(from_script("x", line + "\n"), place)
    assert left.skipped == (((line, reason),) if reason else ())


def test_an_engine_that_would_have_to_be_another_one_is_not_asked() -> None:
    left = permitted(from_script("x", "#dockerd --icc=false\ndocker ps\n"), OPEN)
    assert (left.acts, left.skipped) == (
        (),
        (("docker ps", "the engine would have to be started with --icc=false"),),
    )


@pytest.mark.parametrize(
    ("line", "started"),
    [
        ("pid=$(docker inspect -f '{{.State.Pid}}' web); nsenter -t $pid -n ip route", ["nsenter", "ip", "docker"]),
        ("for c in a b; do docker exec $c ip addr; done", ["for", "docker"]),
        ("ip -n lan addr; ip netns exec lan timeout 3 nc -l 80 | cat", ["ip", "ip", "nc", "cat"]),
        ('echo "$(docker ps -q | wc -l)"', ["echo", "docker", "wc"]),
        ("docker rm -f $(docker ps -aq) 2>/dev/null", ["docker", "docker"]),
        ("echo 'it is; not kill' \"unclosed", ["echo"]),
    ],
)
def test_a_line_is_read_as_a_shell_would(line: str, started: list[str]) -> None:
    assert [words[0] for words in programs(line)] == started


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        ('"Labels": {\n            "vnetsim.verify": "a-1-2"\n        }', '"Labels": {}'),
        ('"Labels": {"app": "x", "vnetsim.verify": "a-1-2"}', '"Labels": {"app": "x"}'),
        ('{"vnetsim.verify":"a-1-2","z":"y"}', '{"z":"y"}'),
        ("map[app:x vnetsim.verify:a-1-2]", "map[app:x]"),
        ("app=x,vnetsim.verify=a-1-2", "app=x"),
        ("vnetsim.verify=a-1-2,z=y", "z=y"),
        ("(image=alpine, name=web, vnetsim.verify=a-1-2)", "(image=alpine, name=web)"),
    ],
)
def test_the_mark_is_taken_off_again(real: str, shown: str) -> None:
    assert unmarked({"cmd": "x", "rc": 0, "stdout": real, "stderr": ""})["stdout"] == shown


@pytest.mark.parametrize(
    ("command", "diff", "reason"),
    [
        ("iptables -nvL", ["-   10   830 ACCEPT 0 -- lo *", "+   12  934 ACCEPT 0 -- lo *"], known.RULES),
        ("iptables -L -v", ["-Chain X (policy DROP 1 packets, 8 bytes)", "+Chain X (policy DROP 2 packets, 9 bytes)"],
         known.RULES),
        ("iptables -nvL", ["-   10   830 ACCEPT 0 -- lo *", "+   12  934 DROP 0 -- lo *"], None),
        ("iptables -nL", ["-   10   830 ACCEPT 0 -- lo *", "+   12  934 ACCEPT 0 -- lo *"], None),
        ("docker inspect -f X web", ["-{n1:1 n2:2}", "+{n2:2 n1:1}"], known.MAPS),
        ("docker inspect -f X web", ["-{n1:1 n2:2}", "+{n2:1 n1:2}"], None),
        ("docker exec web ip link", ["-2: eth0@if21: <UP>", "+2: eth0@if5: <UP>"], known.NUMBERED),
        ("pgrep -a nc", ["-77 nc -l 1", "-78 nc -l 2", "+1 nc -l 1", "+2 nc -l 2"], known.PROCESSES),
        ("pgrep -a nc", ["-77 nc -l 1", "+1 nc -l 2"], None),
        ("docker exec c ip route", ["-10.0.0.0/8 dev eth1", "-11.0.0.0/8 dev eth0", "+10.0.0.0/8 dev eth0",
                                    "+11.0.0.0/8 dev eth1"], known.INTERFACES),
        ("docker exec c ip route", ["-10.0.0.0/8 dev eth1", "+10.0.0.0/9 dev eth0"], None),
        ("ip -6 addr", ["-inet6 fe80::78d7:59ff:fe81:9e35/64", "+inet6 fe80::609f:d8ff:fe2c:7cd/64 tentative"],
         TENTATIVE),
        ("@capture - br0", ["+ARP, Request who-has 10.0.0.2 tell 10.0.0.2, length 28"], known.ANNOUNCED),
        ("@capture - br0", ["+ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28"], None),
        ("docker exec c ip -br a", ["-eth0@if4 UP 10.0.0.3/8", "-eth1@if5 UP 11.0.0.3/8", "+eth0@if4 UP 11.0.0.3/8",
                                    "+eth1@if5 UP 10.0.0.3/8"], known.INTERFACES),
        ("docker exec c ip -br a", ["-eth1@if9 UP 10.1.0.50/24", "+eth0@if8 UP 10.1.0.50/24"], known.INTERFACES),
        ("docker ps -a", ["-kind_cori", "+upbeat_floyd"], known.NAMES),
        ("docker ps -a", ["-kind_cori", "+floyd"], None),
        ("docker exec cli dig +short web", ["-10.0.0.2", "-10.0.0.3", "+10.0.0.3", "+10.0.0.2"], known.SHUFFLED),
        ("docker exec cli dig +short web", ["-10.0.0.2", "+10.0.0.3"], None),
        ("docker ps", ["-web", "+"], None),
    ],
)  # fmt: skip
def test_differences_of_engines_that_have_reasons_are_explained(
    command: str, diff: list[str], reason: str | None
) -> None:
    assert known.reason(command, diff, numbered=True) == reason
    assert known.reason(command, diff) == (None if reason == known.NUMBERED else reason)


# --- a real one ------------------------------------------------------------------------------------------------------


def test_a_lesson_on_a_real_engine() -> None:
    host = os.environ.get("VNETSIM_TEST_DOCKER")
    if not host:
        pytest.skip("VNETSIM_TEST_DOCKER names no engine (unix:///PATH or tcp://ADDRESS:PORT)")
    result = CliRunner().invoke(
        main, ["verify", "--docker", host, str(ROOT / "scenarios" / "03-dockers-own-networks.md")]
    )
    assert (result.exit_code, "no difference" in result.output) == (0, True), result.output
    RealEngine(host).refuse_if_used()


def test_the_keys_of_an_engine_are_those_of_the_user_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/keys")
    monkeypatch.setenv("DOCKER_HOST", "tcp://somebody:2376")
    told = ownership.environment("tcp://engine:2376")
    assert (told["DOCKER_TLS_VERIFY"], told["DOCKER_CERT_PATH"]) == ("1", "/keys")
    assert (told["DOCKER_HOST"], told["HOME"]) == ("tcp://engine:2376", "/nonexistent")
