"""Flags about rights, files and names in a container: in effect, or refused; none that is accepted does nothing.

Sentences and states as recorded on Engine 28.5.2 (tests/recorded/docker/flags_surroundings).
"""

from __future__ import annotations

from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.errors import NotModelled


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = Lab.docker_host(has_registry=False)
    made.run("docker run -d --name base alpine sleep infinity")
    return made


@pytest.mark.parametrize(
    ("words", "gap"),
    [
        ("--security-opt apparmor=profile alpine true", "--security-opt apparmor=profile"),
        ("--security-opt systempaths=unconfined alpine true", "--security-opt systempaths=unconfined"),
        ("--security-opt seccomp=file.json alpine true", "--security-opt seccomp=file.json"),
        ("-v /tmp/hosts:/etc/hosts alpine true", "a mount at /etc/hosts"),
        ("--network host --user 1000 nginx", "--cap-drop NET_BIND_SERVICE"),
        ("--network host --cap-drop ALL nginx", "--cap-drop NET_BIND_SERVICE"),
        ("--network host --cap-drop NET_BIND_SERVICE nginx", "--cap-drop NET_BIND_SERVICE"),
        ("--cap-drop ALL --sysctl net.ipv4.ip_unprivileged_port_start=1024 nginx", "--cap-drop NET_BIND_SERVICE"),
    ],
)
def test_what_could_change_who_reaches_whom_is_refused(lab: Lab, words: str, gap: str) -> None:
    refused = lab.run(f"docker run --rm {words}")
    assert refused.exit_code != 0
    assert f"vnetsim: not modelled: {gap}" in refused.stderr
    assert lab.run("docker ps -q | wc -l").stdout.strip() == "1", "nothing runs but the first container"


@pytest.mark.parametrize(
    "words",
    [
        "--user root alpine true",
        "--user 0:0 alpine true",
        "--log-driver local alpine true",
        "--security-opt apparmor=unconfined alpine true",
        "--security-opt seccomp=unconfined alpine true",
        "--security-opt no-new-privileges alpine true",
        "--network host --cap-drop NET_RAW alpine true",
        "--cap-drop ALL alpine true",
        "--platform linux/amd64 alpine true",
        "--user 1000:1000 alpine true",
        "--log-driver syslog alpine true",
        "--userns host alpine true",
        "-v /tmp:/data:ro alpine true",
        "--mount type=tmpfs,target=/x alpine true",
        "--tmpfs /x:size=1m alpine true",
        "--gpus all --device /dev/fuse alpine true",
    ],
)
def test_what_could_not_is_accepted(lab: Lab, words: str) -> None:
    assert lab.run(f"docker run --rm {words}").output == ""


def test_another_user_is_one_of_the_containers_files(lab: Lab) -> None:
    assert "unable to find user who" in lab.run("docker exec -u who base id").stderr
    assert lab.run("docker exec -u root base id -un").stdout == "root\n"


@pytest.mark.parametrize(
    ("rights", "command", "refusal"),
    [
        ("", "nsenter -t 1 -n ip link", "nsenter: reassociate to namespaces failed: Operation not permitted\n"),
        ("--cap-add NET_ADMIN", "unshare -n ip link", "unshare: unshare failed: Operation not permitted\n"),
        ("--cap-add NET_ADMIN", "ip netns add x", "mount --make-shared /run/netns failed: Operation not permitted\n"),
        ("--privileged", "nsenter -t 2 -n ip link", "vnetsim: not modelled: namespaces by process number"),
        ("--privileged", "ip netns exec lan ip link", "vnetsim: not modelled: named network namespaces in a container"),
        ("--privileged", "ip -n lan link", "vnetsim: not modelled: named network namespaces in a container"),
        ("--privileged", "nsenter --net=/run/netns/lan ip link", "vnetsim: not modelled: named network namespaces"),
        ("--privileged", "ip link set lo netns 1", "vnetsim: not modelled: namespaces by process number"),
    ],
)
def test_a_container_does_not_get_into_the_hosts_namespaces(lab: Lab, rights: str, command: str, refusal: str) -> None:
    refused = lab.run(f"docker run --rm {rights} alpine {command}")
    assert refused.exit_code != 0
    assert refusal in refused.stderr


def test_a_container_sees_no_named_namespaces_and_is_its_own_first_process(lab: Lab) -> None:
    assert lab.run("docker exec base ip netns list").output == ""
    seen = lab.run("docker run --rm --privileged alpine nsenter -t 1 -n ip -br -4 addr").stdout
    assert "172.17.0." in seen
    assert "192.168.56.10" not in seen
    host = lab.run("docker run --rm --privileged --pid host alpine nsenter -t 1 -n ip -br -4 addr").stdout
    assert "192.168.56.10" in host


def test_files_of_a_read_only_container_stay_as_they_are(lab: Lab) -> None:
    lab.run("docker run -d --name fixed --read-only nginx")
    for command in ("sh -c 'echo x > /x'", "touch /x", "mkdir /x", "rm /www/index.html"):
        refused = lab.run(f"docker exec fixed {command}")
        assert refused.exit_code != 0
        assert "Read-only file system" in refused.stderr
    assert lab.run("docker exec fixed curl -s http://127.0.0.1/").stdout == "it works\n"
    lab.run("docker network create app; docker network connect app fixed")
    assert "172.18.0.2\t" in lab.run("docker exec fixed cat /etc/hosts").stdout, "the engine may write"
    lab.run("docker rm -f fixed; docker network rm app")


def test_a_working_directory_is_where_programs_start(lab: Lab) -> None:
    assert lab.run("docker run --rm -w /www alpine cat index.html").stdout == "it works\n"
    assert lab.run("docker run --rm -w /new/one alpine sh -c pwd").stdout == "/new/one\n"
    assert lab.run("docker exec -w /www base cat index.html").stdout == "it works\n"
    refused = lab.run("docker exec -w /nosuch base sh -c pwd")
    assert (refused.exit_code, "chdir to cwd" in refused.stdout) == (127, True)


def test_the_hosts_name_is_seen_with_its_uts_namespace(lab: Lab) -> None:
    own = lab.run("hostname").stdout
    assert lab.run("docker run --rm --uts host alpine hostname").stdout == own
    assert lab.run("docker exec base hostname").stdout != own


def test_without_a_log_there_is_none_to_read(lab: Lab) -> None:
    lab.run("docker run -d --name silent --log-driver none alpine sleep infinity")
    refused = lab.run("docker logs silent")
    words = "Error response from daemon: configured logging driver does not support reading\n"
    assert (refused.exit_code, refused.stderr) == (1, words)
    lab.run("docker rm -f silent")


def test_images_for_other_machines_are_not_there(lab: Lab) -> None:
    refused = lab.run("docker run --rm --platform linux/arm64 alpine true")
    assert refused.exit_code == 125
    assert refused.stderr.startswith("Unable to find image 'alpine:latest' locally\n")
    assert "lookup" in refused.stderr


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"NetworkDisabled": True}, "NetworkDisabled"),
        ({"HostConfig": {"Nosuch": 1}}, "HostConfig.Nosuch"),
    ],
)
def test_what_the_api_takes_and_this_engine_does_not_know_is_refused(lab: Lab, body: dict[str, Any], name: str) -> None:
    with pytest.raises(NotModelled, match=name):
        lab.docker.container_create({"Image": "alpine", **body}, "box")
    assert lab.run("docker ps -aq -f name=box").stdout == ""
