"""Every flag that the parsers of docker and dockerd take: in effect, without bearing on the network, or refused.

What is in effect must change something that can be observed; what is without bearing must change nothing of it and be
shown by `docker inspect`; what is refused says `not modelled` and fails.  A flag without a line here fails the test.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final

import attrs
import pytest

from vnetsim import Lab
from vnetsim.docker.config import configfile, options
from vnetsim.programs.docker.commands import TABLE


@attrs.frozen
class Effect:
    """`words` change what `look` prints, besides what is always looked at; `plain` are the words without the flag."""

    words: str
    look: str = ""
    plain: str = ""
    image: str = "alpine"


@attrs.frozen
class Shown:
    """`words` change nothing but this field of `docker inspect`; `why` they have no bearing on the network."""

    words: str
    field: str
    value: Any
    why: str


@attrs.frozen
class Ignored:
    """`words` are taken, change nothing and are shown nowhere, on a real engine as well."""

    words: str
    why: str


@attrs.frozen
class Refused:
    """`words` are refused: NotModelled, or the engine's own refusal, which holds `sentence`."""

    words: str
    sentence: str = "vnetsim: not modelled: "


#: How many seconds it takes to stop the container; who has this name.
STOPPING: Final = "began=$(date +%s); docker stop box; echo $(( $(date +%s) - began ))"
OTHER: Final = "docker exec friend getent hosts other"
_LIMIT: Final = "resource limit"
_RIGHTS: Final = "rights of programs that are root's already"
_WINDOWS: Final = "is only supported on a Docker daemon running on windows"

_NO_DEVICES: Final = "no program uses devices"
_NO_FILES: Final = "what is in volumes is not modelled"
CONTAINER: Final[dict[str, Any]] = {
    # networking
    "add-host": Effect("--add-host other:10.1.1.1"),
    "dns": Effect("--dns 9.9.9.9"),
    "dns-opt": Effect("--dns-opt ndots:3"),
    "dns-option": Effect("--dns-option ndots:3"),
    "dns-search": Effect("--dns-search corp.local"),
    "domainname": Effect("--domainname corp.local"),
    "expose": Effect("--expose 80 -P", plain="-P"),
    "hostname": Effect("--hostname other"),
    "ip": Effect("--network app --ip 10.9.9.9", plain="--network app"),
    "ip6": Effect("--network six --ip6 fd00:9::99", plain="--network six"),
    "link": Effect("--link db:database"),
    "link-local-ip": Effect("--network app --link-local-ip 169.254.7.7", plain="--network app"),
    "mac-address": Effect("--mac-address 02:00:00:00:00:07", "docker exec box ip link | grep -c 02:00:00:00:00:07"),
    "net": Effect("--net app"),
    "net-alias": Effect("--net app --net-alias other", OTHER, plain="--net app"),
    "network": Effect("--network app"),
    "network-alias": Effect("--network app --network-alias other", OTHER, plain="--network app"),
    "publish": Effect("-p 8080:80"),
    "publish-all": Effect("-P", image="nginx"),
    "sysctl": Effect("--sysctl net.ipv4.ip_forward=0", "docker exec box sysctl net.ipv4.ip_forward"),
    # rights, files, names
    "cap-add": Effect("--cap-add NET_ADMIN", "docker exec box ip link set lo mtu 1400"),
    "cap-drop": Effect("--cap-drop NET_RAW", "docker exec box arping -c 1 -w 1 172.17.0.2"),
    "privileged": Effect("--privileged", "docker exec box sysctl -w net.ipv4.ip_forward=0"),
    "pid": Effect("--pid container:db", "docker exec box pgrep -c nc"),
    "read-only": Effect("--read-only", "docker exec box touch /x"),
    "uts": Effect("--uts host"),
    "workdir": Effect("--workdir /www", "docker exec box sh -c pwd"),
    "user": Effect("--user 1000", "docker exec box id"),
    "userns": Shown("--userns host", "HostConfig.UsernsMode", "host", "there are no user namespaces"),
    "security-opt": Shown("--security-opt no-new-privileges", "HostConfig.SecurityOpt", ["no-new-privileges"], _RIGHTS),
    # the main process
    "attach": Effect("-a stdout"),
    "cidfile": Effect("--cidfile /tmp/id", "cat /tmp/id; rm -f /tmp/id"),
    "entrypoint": Effect("--entrypoint true"),
    "env": Effect("-e COLOUR=blue"),
    "env-file": Effect("--env-file /etc/os.env"),
    "init": Effect("--init", "docker exec box pkill sleep; sleep 1; docker ps -a --format '{{.State}}'"),
    "interactive": Effect("-i --entrypoint cat", plain="--entrypoint cat"),
    "tty": Effect("-t --entrypoint sh", plain="--entrypoint sh"),
    "name": Effect("--name other", "docker inspect -f '{{.Name}}' other; docker rm -f other"),
    "restart": Effect("--restart always --entrypoint false", plain="--entrypoint false"),
    "rm": Effect("--rm --entrypoint true", plain="--entrypoint true"),
    "stop-signal": Effect("--stop-signal KILL", STOPPING),
    "stop-timeout": Effect("--stop-timeout 1", STOPPING),
    "log-driver": Effect("--log-driver none", "docker logs box"),
    # without bearing on the network
    "annotation": Shown("--annotation a=b", "HostConfig.Annotations", {"a": "b"}, "metadata"),
    "cgroup-parent": Shown("--cgroup-parent /x", "HostConfig.CgroupParent", "/x", _LIMIT),
    "cgroupns": Shown("--cgroupns private", "HostConfig.CgroupnsMode", "private", "view of resource limits"),
    "group-add": Shown("--group-add 5", "HostConfig.GroupAdd", ["5"], "rights to files, and root has them all"),
    "ipc": Shown("--ipc shareable", "HostConfig.IpcMode", "shareable", "shared memory"),
    "isolation": Shown("--isolation default", "HostConfig.Isolation", "default", "the only one that Linux has"),
    "label": Shown("--label a=b", "Config.Labels", {"a": "b"}, "metadata"),
    "label-file": Shown("--label-file /etc/os.env", "Config.Labels", {"COLOUR": "blue"}, "metadata"),
    "log-opt": Shown("--log-opt max-size=1m", "HostConfig.LogConfig.Config", {"max-size": "1m"}, "logging"),
    "runtime": Shown("--runtime runc", "HostConfig.Runtime", "runc", "the only one that there is"),
    "disable-content-trust": Ignored("--disable-content-trust=false", "nothing is pulled"),
    "platform": Ignored("--platform linux/amd64", "that of this machine; another one's image is not there"),
    "quiet": Ignored("--quiet", "nothing is pulled"),
    "pull": Refused("--pull always", "lookup registry.invalid"),
    # resource limits
    "cpu-period": Shown("--cpu-period 50000", "HostConfig.CpuPeriod", 50000, _LIMIT),
    "cpu-quota": Shown("--cpu-quota 50000", "HostConfig.CpuQuota", 50000, _LIMIT),
    "cpu-rt-period": Shown("--cpu-rt-period 0", "HostConfig.CpuRealtimePeriod", 0, _LIMIT),
    "cpu-rt-runtime": Shown("--cpu-rt-runtime 0", "HostConfig.CpuRealtimeRuntime", 0, _LIMIT),
    "cpu-shares": Shown("--cpu-shares 5", "HostConfig.CpuShares", 5, _LIMIT),
    "cpus": Shown("--cpus 1", "HostConfig.NanoCpus", 1_000_000_000, _LIMIT),
    "cpuset-cpus": Shown("--cpuset-cpus 0", "HostConfig.CpusetCpus", "0", _LIMIT),
    "cpuset-mems": Shown("--cpuset-mems 0", "HostConfig.CpusetMems", "0", _LIMIT),
    "kernel-memory": Ignored("--kernel-memory 64m", "no kernel has it any more"),
    "memory": Shown("--memory 64m", "HostConfig.Memory", 64 << 20, _LIMIT),
    "memory-reservation": Shown("--memory-reservation 64m", "HostConfig.MemoryReservation", 64 << 20, _LIMIT),
    "memory-swap": Shown("--memory 64m --memory-swap 128m", "HostConfig.MemorySwap", 128 << 20, _LIMIT),
    "memory-swappiness": Shown("--memory-swappiness 5", "HostConfig.MemorySwappiness", 5, _LIMIT),
    "oom-kill-disable": Shown("--memory 64m --oom-kill-disable", "HostConfig.OomKillDisable", True, _LIMIT),
    "oom-score-adj": Shown("--oom-score-adj 5", "HostConfig.OomScoreAdj", 5, _LIMIT),
    "pids-limit": Shown("--pids-limit 50", "HostConfig.PidsLimit", 50, _LIMIT),
    "shm-size": Shown("--shm-size 32m", "HostConfig.ShmSize", 32 << 20, _LIMIT),
    "ulimit": Shown("--ulimit nofile=5", "HostConfig.Ulimits", [{"Name": "nofile", "Hard": 5, "Soft": 5}], _LIMIT),
    # refused
    "blkio-weight": Effect("--blkio-weight 10"),
    "blkio-weight-device": Refused("--blkio-weight-device /dev/sda:10"),
    "device": Shown(
        "--device /dev/fuse:/dev/x:r",
        "HostConfig.Devices",
        [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/x", "CgroupPermissions": "r"}],
        _NO_DEVICES,
    ),
    "device-cgroup-rule": Shown(
        "--device-cgroup-rule 'c 1:1 r'",
        "HostConfig.DeviceCgroupRules",
        ["c 1:1 r"],
        _NO_DEVICES,
    ),
    "device-read-bps": Shown(
        "--device-read-bps /dev/sda:1mb",
        "HostConfig.BlkioDeviceReadBps",
        [{"Path": "/dev/sda", "Rate": 1048576}],
        _NO_DEVICES,
    ),
    "device-read-iops": Shown(
        "--device-read-iops /dev/sda:1",
        "HostConfig.BlkioDeviceReadIOps",
        [{"Path": "/dev/sda", "Rate": 1}],
        _NO_DEVICES,
    ),
    "device-write-bps": Shown(
        "--device-write-bps /dev/sda:1mb",
        "HostConfig.BlkioDeviceWriteBps",
        [{"Path": "/dev/sda", "Rate": 1048576}],
        _NO_DEVICES,
    ),
    "device-write-iops": Shown(
        "--device-write-iops /dev/sda:1",
        "HostConfig.BlkioDeviceWriteIOps",
        [{"Path": "/dev/sda", "Rate": 1}],
        _NO_DEVICES,
    ),
    "gpus": Shown(
        "--gpus 2",
        "HostConfig.DeviceRequests",
        [{"Driver": "", "Count": 2, "DeviceIDs": None, "Capabilities": [["gpu"]], "Options": {}}],
        _NO_DEVICES,
    ),
    "health-cmd": Effect("--health-cmd true", "docker ps -f health=starting"),
    "health-interval": Shown(
        "--health-interval 1s",
        "Config.Healthcheck",
        {"Interval": 1_000_000_000},
        "no check runs",
    ),
    "health-retries": Shown("--health-retries 1", "Config.Healthcheck", {"Retries": 1}, "no check runs"),
    "health-start-interval": Shown(
        "--health-start-interval 1s",
        "Config.Healthcheck",
        {"StartInterval": 1_000_000_000},
        "no check runs",
    ),
    "health-start-period": Shown(
        "--health-start-period 1s",
        "Config.Healthcheck",
        {"StartPeriod": 1_000_000_000},
        "no check runs",
    ),
    "health-timeout": Shown("--health-timeout 1s", "Config.Healthcheck", {"Timeout": 1_000_000_000}, "no check runs"),
    "mount": Shown("--mount type=tmpfs,target=/x", "HostConfig.Mounts", [{"Type": "tmpfs", "Target": "/x"}], _NO_FILES),
    "no-healthcheck": Shown("--no-healthcheck", "Config.Healthcheck", {"Test": ["NONE"]}, "no check runs"),
    "storage-opt": Refused("--storage-opt size=1G", "--storage-opt is supported only for overlay over xfs"),
    "tmpfs": Shown("--tmpfs /x", "HostConfig.Tmpfs", {"/x": ""}, _NO_FILES),
    "use-api-socket": Refused("--use-api-socket"),
    "volume": Shown("-v /tmp:/data", "HostConfig.Binds", ["/tmp:/data"], _NO_FILES),
    "volume-driver": Shown("--volume-driver local", "HostConfig.VolumeDriver", "local", _NO_FILES),
    "volumes-from": Shown("--volumes-from db", "HostConfig.VolumesFrom", ["db"], _NO_FILES),
    "cpu-count": Refused("--cpu-count 1", _WINDOWS),
    "cpu-percent": Refused("--cpu-percent 1", _WINDOWS),
    "io-maxbandwidth": Refused("--io-maxbandwidth 1", _WINDOWS),
    "io-maxiops": Refused("--io-maxiops 1", _WINDOWS),
}
#: Of `docker run` alone; both are about a client at a terminal.
RUN_ONLY: Final = {"detach", "detach-keys", "sig-proxy"}

#: What is always looked at, of the host and the container.
LOOKS: Final = (
    "docker ps -a --format '{{.Names}} {{.State}} {{.Ports}}'", "iptables-save", "ip6tables-save", "ip addr",
    "ip route", "docker exec box ip -6 route", "docker exec box ip addr", "docker exec box ip route",
    "docker exec box cat /etc/hosts",
    "docker exec box cat /etc/resolv.conf", "docker exec box hostname", "docker exec box env", "docker logs box",
)  # fmt: skip
_RANDOM: Final = (
    (re.compile(r"^#.*\n", re.MULTILINE), ""),
    (re.compile(r"\[\d+:\d+\]"), "[]"),
    (re.compile(r"veth[0-9a-f]{7}"), "veth"),
    (re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"), "mac"),
    (re.compile(r"fe80::[0-9a-f:]+"), "fe80"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "id"),
    (re.compile(r"^\d+: |@if\d+|link-netnsid \d+", re.MULTILINE), ""),
    (re.compile(r" tentative"), ""),
)


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = Lab.docker_host(has_registry=False)
    for line in (
        "docker network create --subnet 10.9.9.0/24 app",
        "docker network create --ipv6 --subnet 10.9.8.0/24 --subnet fd00:9::/64 six",
        "docker run -d --name db postgres",
        "docker run -d --name friend --network app alpine sleep infinity",
        "echo COLOUR=blue > /etc/os.env",
    ):
        assert made.run(line), line
    return made


@attrs.frozen
class Seen:
    """What `LOOKS` and one more command print, and `docker inspect` of the container."""

    text: str
    inspected: dict[str, Any]


def see(lab: Lab, words: str, look: str = "", image: str = "alpine") -> Seen:
    """Start a container with these words, look at it and at the host, and remove it."""
    name = "" if "--name" in words else "--name box"
    started = lab.run(f"docker run -d {name} {words} {image}")
    lab.sleep(3)
    texts = [started.stderr, *(lab.run(line).output for line in LOOKS if "docker logs" not in line or not look)]
    if look:
        texts.append(lab.run(look).output)
    inspected = lab.run("docker inspect box")
    lab.run("docker rm -f box")
    return Seen(normalised("\n".join(texts)), json.loads(inspected.stdout)[0] if inspected else {})


def normalised(text: str) -> str:
    for pattern, name in _RANDOM:
        text = pattern.sub(name, text)
    return text


def value_of(inspected: dict[str, Any], path: str) -> Any:
    value: Any = inspected
    for key in path.split("."):
        value = value[key]
    return value


def of_kind(table: dict[str, Any], kind: type) -> list[Any]:
    return [pytest.param(line, id=name) for name, line in table.items() if isinstance(line, kind)]


def flags_of(command: str) -> set[str]:
    return {flag.name for flag in TABLE.flags(command)}


def test_every_flag_of_docker_run_and_create_has_its_line() -> None:
    assert flags_of("container run") - RUN_ONLY == set(CONTAINER)
    assert flags_of("container create") == set(CONTAINER)


@pytest.mark.parametrize("line", of_kind(CONTAINER, Effect))
def test_what_is_in_effect_can_be_seen(lab: Lab, line: Effect) -> None:
    if "-a stdout" in line.words:
        assert lab.run("docker run --name box -a stdout alpine sh -c 'echo out; echo err >&2'").output == "out\n"
        lab.run("docker rm -f box")
        return
    plain = see(lab, line.plain, line.look, line.image)
    assert see(lab, line.words, line.look, line.image).text != plain.text


@pytest.mark.parametrize("line", of_kind(CONTAINER, Shown))
def test_what_is_without_bearing_changes_nothing_and_is_shown(lab: Lab, line: Shown) -> None:
    assert line.why
    given = see(lab, line.words)
    assert given.text == see(lab, "").text
    assert value_of(given.inspected, line.field) == line.value


@pytest.mark.parametrize("line", of_kind(CONTAINER, Ignored))
def test_what_is_ignored_changes_nothing(lab: Lab, line: Ignored) -> None:
    assert line.why
    assert see(lab, line.words).text == see(lab, "").text


@pytest.mark.parametrize("line", of_kind(CONTAINER, Refused))
@pytest.mark.parametrize("command", ["docker run -d", "docker create"])
def test_what_is_refused_leaves_no_container(lab: Lab, line: Refused, command: str) -> None:
    refused = lab.run(f"{command} --name box {line.words} alpine")
    assert refused.exit_code != 0
    assert line.sentence in refused.stderr
    assert lab.run("docker ps -aq -f name=box").stdout == ""


# --- docker exec, network create, network connect --------------------------------------------------------------------

EXEC_TABLE: Final[dict[str, Any]] = {
    "detach": Effect("-d", "echo here"),
    "detach-keys": Ignored("--detach-keys ctrl-a", "a client at a terminal"),
    "env": Effect("-e COLOUR=blue", "env"),
    "env-file": Effect("--env-file /etc/os.env", "env"),
    "interactive": Effect("-i", "cat"),
    "privileged": Effect("--privileged", "sysctl -w net.ipv4.ip_forward=1"),
    "tty": Effect("-t", "env"),
    "user": Effect("--user 1000", "id"),
    "workdir": Effect("-w /www", "sh -c pwd"),
}


def test_every_flag_of_docker_exec_has_its_line() -> None:
    assert flags_of("container exec") == set(EXEC_TABLE)


@pytest.mark.parametrize("name", EXEC_TABLE)
def test_flags_of_docker_exec(lab: Lab, name: str) -> None:
    line = EXEC_TABLE[name]
    command = line.look if isinstance(line, Effect) else "hostname"
    plain, given = (lab.run(f"echo input | docker exec {words} friend {command}") for words in ("", line.words))
    if isinstance(line, Refused):
        assert (given.exit_code != 0, line.sentence in given.stderr) == (True, True)
    else:
        assert (given.output == plain.output) is isinstance(line, Ignored)


NETWORK: Final[dict[str, Any]] = {
    "attachable": Shown("--attachable", "Attachable", True, "Swarm's services alone care"),
    "aux-address": Effect("--subnet 10.7.0.0/24 --aux-address a=10.7.0.2", plain="--subnet 10.7.0.0/24"),
    "config-from": Effect("--config-from plan"),
    "config-only": Effect("--config-only"),
    "driver": Effect("--driver macvlan"),
    "gateway": Effect("--subnet 10.7.0.0/24 --gateway 10.7.0.9", plain="--subnet 10.7.0.0/24"),
    "ingress": Refused("--ingress", "Ingress network can only be global scope network"),
    "internal": Effect("--internal"),
    "ip-range": Effect("--subnet 10.7.0.0/24 --ip-range 10.7.0.128/25", plain="--subnet 10.7.0.0/24"),
    "ipam-driver": Refused("--ipam-driver nosuch", 'plugin "nosuch" not found'),
    "ipam-opt": Shown("--ipam-opt a=b", "IPAM.Options", {"a": "b"}, "the default driver reads none"),
    "ipv4": Effect("--ipv4=false --ipv6", plain="--ipv6"),
    "ipv6": Effect("--ipv6"),
    "label": Shown("--label a=b", "Labels", {"a": "b"}, "metadata"),
    "opt": Effect("-o com.docker.network.bridge.enable_icc=false"),
    "scope": Refused("--scope swarm", "cannot create a swarm scoped network when swarm is not active"),
    "subnet": Effect("--subnet 10.7.0.0/24"),
}


def test_every_flag_of_docker_network_create_has_its_line() -> None:
    assert flags_of("network create") == set(NETWORK)


@cache
def with_network(words: str) -> tuple[str, dict[str, Any]]:
    lab = Lab.docker_host()
    lab.run("docker network create --config-only --subnet 10.6.0.0/24 plan")
    made = lab.run(f"docker network create {words} made")
    texts = [made.stderr, lab.run("docker run -d --name box --network made alpine sleep infinity").stderr]
    texts += [lab.run(look).output for look in LOOKS]
    inspected = lab.run("docker network inspect made")
    return "\n".join(texts), json.loads(inspected.stdout)[0] if inspected else {}


@pytest.mark.parametrize("name", NETWORK)
def test_flags_of_docker_network_create(name: str) -> None:
    line = NETWORK[name]

    plain, _ = with_network(getattr(line, "plain", ""))
    given, inspected = with_network(line.words)
    if isinstance(line, Refused):
        assert line.sentence in given
        assert not inspected
    elif isinstance(line, Effect):
        assert given != plain
    else:
        assert given == plain
        assert value_of(inspected, line.field) == line.value


CONNECTING: Final[dict[str, Any]] = {
    "alias": Effect("--alias other", "docker exec friend getent hosts other"),
    "driver-opt": Effect("--driver-opt com.docker.network.endpoint.ifname=front0"),
    "gw-priority": Effect("--gw-priority -5"),
    "ip": Effect("--ip 10.9.9.77"),
    "ip6": Effect("--ip6 fd00:9::77", "docker exec box ip -6 addr"),
    "link": Effect("--link friend:other", "docker exec box getent hosts other"),
    "link-local-ip": Effect("--link-local-ip 169.254.7.7"),
}


def test_every_flag_of_docker_network_connect_has_its_line() -> None:
    assert flags_of("network connect") == set(CONNECTING)


@pytest.mark.parametrize("name", CONNECTING)
def test_flags_of_docker_network_connect(lab: Lab, name: str) -> None:
    line = CONNECTING[name]
    network = "six" if name == "ip6" else "app"

    def looked_at(words: str) -> str:
        lab.run("docker run -d --name box alpine sleep infinity")
        connected = lab.run(f"docker network connect {words} {network} box")
        texts = [connected.stderr, *(lab.run(look).output for look in (*LOOKS, line.look or "true"))]
        lab.run("docker rm -f box")
        return normalised("\n".join(texts))

    assert looked_at(line.words) != looked_at("")


# --- dockerd ------------------------------------------------------------------------------------------------------

DAEMON: Final[dict[str, Any]] = {
    "allow-direct-routing": Effect("--allow-direct-routing"),
    "bip": Effect("--bip 10.7.0.1/24"),
    "bip6": Effect("--ipv6 --bip6 fd00:7::1/64", plain="--ipv6"),
    "bridge": Effect("--bridge none"),
    "default-address-pool": Effect("--default-address-pool base=10.7.0.0/16,size=24"),
    "default-gateway": Effect("--default-gateway 172.17.0.9"),
    "default-gateway-v6": Effect(
        "--ipv6 --fixed-cidr-v6 fd00:7::/64 --default-gateway-v6 fd00:7::9", plain="--ipv6 --fixed-cidr-v6 fd00:7::/64"
    ),
    "default-network-opt": Effect("--default-network-opt bridge=com.docker.network.bridge.enable_icc=false"),
    "dns": Effect("--dns 9.9.9.9"),
    "dns-opt": Effect("--dns-opt ndots:3"),
    "dns-search": Effect("--dns-search corp.local"),
    "fixed-cidr": Effect("--fixed-cidr 172.17.9.0/24"),
    "fixed-cidr-v6": Effect("--ipv6 --fixed-cidr-v6 fd00:7::/64", plain="--ipv6"),
    "host-gateway-ip": Effect("--host-gateway-ip 10.5.5.5"),
    "icc": Effect("--icc=false"),
    "ip": Effect("--ip 127.0.0.1"),
    "ip-forward": Effect("--ip-forward=false"),
    "ip-forward-no-drop": Effect("--ip-forward-no-drop"),
    "ip-masq": Effect("--ip-masq=false"),
    "ip6tables": Effect("--ip6tables=false"),
    "iptables": Effect("--iptables=false"),
    "ipv6": Effect("--ipv6"),
    "mtu": Effect("--mtu 1400"),
    "userland-proxy": Effect("--userland-proxy=false"),
    "debug": Ignored("--debug", "what the engine itself logs"),
    "log-level": Ignored("--log-level warn", "what the engine itself logs"),
}


def test_every_flag_of_dockerd_has_its_line() -> None:
    assert set(options._FLAGS) == set(DAEMON)
    directives = {flag for flag, _ in configfile._DIRECTIVES.values()}
    assert directives == set(DAEMON)


@cache
def with_engine(words: str) -> list[str]:
    lab = Lab.docker_host(docker_flags=words.split())
    lab.run("docker network create app")
    lab.run("docker run -d --name box --add-host gate:host-gateway -p 8080:80 alpine sleep infinity")
    lab.run("docker run -d --name second --network app alpine sleep infinity")
    return [lab.run(look).output for look in (*LOOKS, "ss -tln", "docker network inspect app")]


@pytest.mark.parametrize("name", DAEMON)
def test_flags_of_dockerd(name: str) -> None:
    line = DAEMON[name]

    assert (with_engine(line.words) == with_engine(getattr(line, "plain", ""))) is isinstance(line, Ignored)


@pytest.mark.parametrize("flag", options._OTHERS.split())
def test_every_other_flag_of_dockerd_is_refused(flag: str) -> None:
    with pytest.raises(Exception, match=f"not modelled: dockerd --{flag}"):
        Lab(docker=True, docker_flags=[f"--{flag}"])


@pytest.mark.parametrize("directive", configfile._UNMODELLED.split())
def test_every_other_directive_of_daemon_json_is_refused(directive: str) -> None:
    with pytest.raises(Exception, match=f"not modelled: {directive} in /etc/docker/daemon.json"):
        options.DaemonOptions.validate([], json.dumps({directive: True}))
