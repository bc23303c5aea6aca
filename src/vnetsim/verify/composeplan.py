"""A compose file as a plan: the commands of docker that make what `docker compose up -d` made, and questions about it.

    plan = read("shop/compose.yaml")

The file is played in the simulator, and what is there then is read back from `docker inspect`: networks, containers,
their connections.  So a real engine and a real kernel are asked about the same addresses, rules, ports and who reaches
whom.  Compose itself is not run, and volumes are left out: `skipped` names them.  The commands of `prepare` in
vnetsim.yaml come first, as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from vnetsim.docker import images
from vnetsim.reach.endpoints.netns import quoted
from vnetsim.reach.remedies.changes.options import network_options, options
from vnetsim.reach.remedies.changes.remade import connecting, published
from vnetsim.scenario.build import load
from vnetsim.scenario.declared import prepare_commands
from vnetsim.values import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from vnetsim.lab import Lab

_COMPOSE: Final = "com.docker.compose."
_VOLUME: Final = re.compile(r"docker\s+volume\b")
_NO_VOLUMES: Final = "volumes are not lent to the containers of a comparison"
_OWN: Final = ("bridge", "host", "none")
_ADDRESSES: Final = (
    "{{range $name, $end := .NetworkSettings.Networks}}"
    "{{$name}} {{$end.IPAddress}} {{$end.GlobalIPv6Address}} {{$end.Gateway}}{{println}}{{end}}"
)
_POOLS: Final = "{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}} {{end}}{{.Internal}} {{.EnableIPv6}} {{json .Options}}"


@frozen
class ComposeCommands:
    """`lines` of a script; `skipped` are (what, why)."""

    lines: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()


def commands(path: Path) -> ComposeCommands:
    """IncompleteLab if the file does not come up."""
    lab = load(path)
    prepare = [each.text for each in prepare_commands(str(path))]
    containers = [
        _plain(lab.docker.container_inspect(each["Id"])) for each in _oldest_first(lab) if _composed(each["Labels"])
    ]
    started = sorted((each for each in containers if each["State"]["Status"] != "created"), key=_started_at)
    lines = [
        *(line for line in prepare if not _VOLUME.match(line)),
        *_networks(lab), *(line for each in containers for line in _made(each)),
        *(f"docker start {_name(each)}" for each in started), *_questions(lab, containers),
    ]  # fmt: skip
    volumes = ((f"`{line}`", _NO_VOLUMES) for line in prepare if _VOLUME.match(line))
    return ComposeCommands(tuple(lines), (*volumes, *_left_out(containers)))


def _composed(labels: Mapping[str, str] | None) -> bool:
    """Whether Compose made it, and not a command of `prepare`."""
    return any(key.startswith(_COMPOSE) for key in labels or ())


def _started_at(inspected: Mapping[str, Any]) -> str:
    return str(inspected["State"]["StartedAt"])


def _oldest_first(lab: Lab) -> list[Mapping[str, Any]]:
    return list(reversed(lab.docker.container_list(all=True)))


def _plain(inspected: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the labels of Compose and without volumes."""
    labels = {key: value for key, value in (inspected["Config"]["Labels"] or {}).items() if _COMPOSE not in key}
    host = {**inspected["HostConfig"], "Binds": None, "Tmpfs": None}
    return {**inspected, "Config": {**inspected["Config"], "Labels": labels}, "HostConfig": host}


def _networks(lab: Lab) -> Iterator[str]:
    for entry in lab.docker.network_list():
        if entry["Name"] not in _OWN:
            found = lab.docker.network_inspect(entry["Name"])
            if not _composed(found["Labels"]):
                continue
            labels = {key: value for key, value in (found["Labels"] or {}).items() if _COMPOSE not in key}
            yield quoted(
                "docker", "network", "create", *network_options({**found, "Labels": labels}, {}), found["Name"]
            )


def _made(inspected: Mapping[str, Any]) -> Iterator[str]:
    """The commands that make a container as it is, and connect it."""
    config, mode = inspected["Config"], inspected["HostConfig"]["NetworkMode"]
    networks = inspected["NetworkSettings"]["Networks"]
    first = mode if mode in networks or mode in _OWN or mode.startswith("container:") else next(iter(networks), mode)
    args = ["docker", "create", "--name", _name(inspected), *options(inspected, first)]
    for address, port, inside in published(inspected):
        number, _, protocol = inside.partition("/")
        where = f"[{address}]:" if ":" in address else f"{address}:" if address else ""
        args += ["-p", f"{where}{port}:{number}{'' if protocol == 'tcp' else f'/{protocol}'}"]
    image = images.of_name(config["Image"])
    entrypoint, command = list(config["Entrypoint"] or ()), list(config["Cmd"] or ())
    if entrypoint != list(image.entrypoint):
        args += ["--entrypoint", entrypoint[0] if entrypoint else ""]
        command = entrypoint[1:] + command
    elif command == list(image.command):
        command = []
    yield quoted(*args, config["Image"], *command)
    yield from (connecting(inspected, each) for each in networks if each != first)


def _name(inspected: Mapping[str, Any]) -> str:
    return str(inspected["Name"].removeprefix("/"))


def _questions(lab: Lab, containers: list[Mapping[str, Any]]) -> Iterator[str]:
    for entry in lab.docker.network_list():
        if entry["Name"] not in _OWN:
            yield quoted("docker", "network", "inspect", "-f", _POOLS, entry["Name"])
    for each in containers:
        yield quoted("docker", "inspect", "-f", _ADDRESSES, _name(each))
        yield f"docker port {_name(each)}"
    yield from ("iptables -S", "iptables -t nat -S", "ip route")
    running = [each for each in containers if each["State"]["Running"]]
    for each in running:
        ends = each["NetworkSettings"]["Networks"].values()
        yield from (f"ping -c 1 -W 1 {end['IPAddress']}" for end in ends if end.get("IPAddress"))
        for address, port, inside in published(each):
            if inside.endswith("/tcp"):
                yield f"nc -z -w 2 {address if address not in ('', '0.0.0.0', '::') else '127.0.0.1'} {port}"
    for each in running:
        if "ping" in (lab.docker.engine.container_context(each["Id"]).available or ()):
            yield from (
                f"docker exec {_name(each)} ping -c 1 -W 1 {_name(other)}" for other in running if other != each
            )


def _left_out(containers: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for each in containers:
        if each["Mounts"]:
            yield f"the volumes of {_name(each)}", _NO_VOLUMES
