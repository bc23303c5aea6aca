"""Images, versions, events and what the engine tells of its host."""

from __future__ import annotations

import pytest

from tests.docker.simulated import Simulated
from vnetsim.errors import EngineError


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def test_there_is_no_registry(host: Simulated) -> None:
    result = host.lab.run("docker pull nosuch")
    assert (result.exit_code, round(result.seconds)) == (1, 10)
    said = host.named(result.stderr)
    assert said == (
        'Error response from daemon: Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on '
        "10.255.255.53:53: read udp 192.168.56.10:port1->10.255.255.53:53: i/o timeout\n"
    )
    assert host.lab.run("docker pull nginx").exit_code == 1, "the registry is asked for what is there as well"


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (
            "echo > /etc/resolv.conf",
            ("lookup registry.invalid on [::1]:53: read udp [::1]:port1->[::1]:53: read: connection refused"),
        ),
        (
            "ip route del default",
            ("lookup registry.invalid on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable"),
        ),
    ],
)
def test_nor_a_name_server(host: Simulated, before: str, words: str) -> None:
    host.lab.run(before)
    result = host.lab.run("docker pull nosuch")
    assert host.named(result.stderr).strip().endswith(words)
    assert result.seconds < 1


# --- the engine ----------------------------------------------------------------------------------------------------


def test_version_and_info(host: Simulated) -> None:
    host.run("web")
    host.create("made")
    assert host.engine.ping() == "OK"
    assert host.engine.system_version()["ApiVersion"] == "1.51"
    told = host.engine.system_info()
    assert [told[key] for key in ("Containers", "ContainersRunning", "ContainersStopped", "Name")] == [2, 1, 1, "host"]
    assert told["IPv4Forwarding"]
    host.lab.run("sysctl -qw net.ipv4.ip_forward=0")
    assert not host.engine.system_info()["IPv4Forwarding"]


def test_top(host: Simulated) -> None:
    host.run("web")
    told = host.engine.container_top("web")
    assert told["Titles"] == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    assert [row[-1] for row in told["Processes"]] == ["sleep 1000000"]
    assert told["Processes"][0][4] == "00:00"
    host.do(host.engine.container_stop("web", 0))
    with pytest.raises(EngineError, match="is not running"):
        host.engine.container_top("web")


def test_what_happened_is_told_in_order(host: Simulated) -> None:
    host.network("app")
    host.lab.run("docker run --rm --name web --network app alpine true")
    host.do(host.engine.network_delete("app"))
    events = [event for event in host.engine.system_events() if event["Actor"]["Attributes"]["name"] in ("web", "app")]
    assert [(event["Type"], event["Action"]) for event in events] == [
        ("network", "create"), ("container", "create"), ("container", "attach"), ("network", "connect"),
        ("container", "start"), ("network", "disconnect"), ("container", "die"), ("container", "destroy"),
        ("network", "destroy"),
    ]  # fmt: skip
    assert [event["timeNano"] for event in events] == sorted(event["timeNano"] for event in events)
    assert list(events[0]) == ["Type", "Action", "Actor", "scope", "time", "timeNano"]
    assert events[6]["Actor"]["Attributes"] == {
        "execDuration": "0",
        "exitCode": "0",
        "image": "alpine",
        "name": "web",
    }


@pytest.mark.parametrize(
    ("filters", "actions"),
    [
        ({"type": ["network"], "network": ["app"]}, ["create", "connect"]),
        ({"container": ["web"], "event": ["start"]}, ["start"]),
        ({"event": ["nothing"]}, []),
        ({"image": ["nginx"], "event": ["create"]}, ["create"]),
        ({"label": ["tier"], "event": ["start", "die"]}, ["start"]),
    ],
)
def test_events_are_filtered(host: Simulated, filters: dict[str, list[str]], actions: list[str]) -> None:
    host.network("app")
    host.run("other")
    host.lab.run("docker run -d --name web --network app --label tier=front nginx")
    assert [event["Action"] for event in host.engine.system_events(filters)] == actions


def test_updating_a_restart_policy(host: Simulated) -> None:
    host.create("web")
    policy = {"Name": "on-failure", "MaximumRetryCount": 3}
    assert host.do(host.engine.container_update("web", {"RestartPolicy": policy})) == {"Warnings": None}
    assert host.engine.container_inspect("web")["HostConfig"]["RestartPolicy"] == policy
    gone = host.create("gone", AutoRemove=True)
    assert host.refusal(host.engine.container_update("gone", {"RestartPolicy": policy})) == (
        f"409 Cannot update container {gone}: "
        "Restart policy cannot be updated because AutoRemove is enabled for the container"
    )
