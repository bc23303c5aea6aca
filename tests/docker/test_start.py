"""An engine that does not start: what dockerd says, what clients get then, and that no question is answered without it.

The sentences are those of Engine 28.5.2 (tests/recorded/docker/engine_no_bridge, engine_start_options).
"""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker.service import EngineFailure
from vnetsim.errors import NotModelled, UsageError
from vnetsim.reach.endpoints.endpoints import containers

_FAILED = (
    "Job for docker.service failed because the control process exited with error code.\n"
    'See "systemctl status docker.service" and "journalctl -xeu docker.service" for details.\n'
)
_NOBODY = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"
_BRIDGE = (
    'failed to start daemon: Error initializing network controller: error creating default "bridge" network: '
    "bridge device with non default name nosuchbridge must be created manually"
)


def restart_with(lab: Lab, text: str) -> None:
    """Write daemon.json; the engine must not start with it."""
    lab.run("mkdir -p /etc/docker")
    lab.run(f"echo '{text}' > /etc/docker/daemon.json")
    refused = lab.run("systemctl restart docker")
    assert (refused.exit_code, refused.stderr) == (1, _FAILED)


def test_a_bridge_that_is_not_there_is_not_made() -> None:
    with pytest.raises(EngineFailure) as refused:
        Lab(docker=True, docker_flags=["--bridge=nosuchbridge"])
    assert str(refused.value) == _BRIDGE


def test_an_engine_that_is_started_by_its_first_command_is_not_there_if_it_does_not_start() -> None:
    lab = Lab(docker_flags=["--bridge", "nosuchbridge"])
    listed = lab.run("docker ps")
    assert (listed.exit_code, listed.stdout, listed.stderr) == (1, "", _NOBODY)
    assert lab.engine_failure == _BRIDGE


def test_containers_of_an_engine_that_did_not_start_are_unknown_and_not_none() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -d --name web nginx")
    assert containers(lab) == ["web"]
    restart_with(lab, '{"bridge": "nosuchbridge"}')
    with pytest.raises(UsageError, match="did not start, so its containers are unknown: failed to start daemon"):
        containers(lab)
    for sender, target in (("host", "web:80"), ("web", "lan")):
        with pytest.raises(UsageError, match="must be created manually"):
            lab.reaches(sender, target)


def test_a_bridge_made_by_hand_serves() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -d --name web nginx")
    restart_with(lab, '{"bridge": "nosuchbridge"}')
    for line in ("add nosuchbridge type bridge", "set nosuchbridge up"):
        assert lab.run(f"ip link {line}")
    lab.run("ip addr add 10.55.0.1/24 dev nosuchbridge")
    assert lab.run("systemctl start docker")
    assert lab.engine_failure == ""
    assert containers(lab) == ["web"]
    assert lab.docker.network_inspect("bridge")["IPAM"]["Config"] == [
        {"Subnet": "10.55.0.0/24", "Gateway": "10.55.0.1"}
    ]


@pytest.mark.parametrize("device", ["lo", "eth0"])
def test_a_device_that_is_no_bridge_is_refused(device: str) -> None:
    lab = Lab.docker_host()
    restart_with(lab, f'{{"bridge": "{device}"}}')
    assert lab.engine_failure.endswith(f": existing interface {device} is not a bridge")


def test_an_option_that_is_not_modelled_keeps_the_engine_down_and_says_so() -> None:
    lab = Lab(docker=True)
    lab.run("mkdir -p /etc/docker; echo '{\"live-restore\": true}' > /etc/docker/daemon.json")
    refused = lab.run("systemctl restart docker")
    assert refused.exit_code != 0
    assert "vnetsim: not modelled: live-restore in /etc/docker/daemon.json" in refused.stderr
    assert lab.run("docker ps").exit_code == 1
    with pytest.raises(UsageError, match="not modelled: live-restore"):
        containers(lab)
    with pytest.raises(NotModelled):
        lab.docker  # noqa: B018 -- the engine would have to start
