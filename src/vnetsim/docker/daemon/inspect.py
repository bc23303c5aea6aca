"""The object that `docker inspect` prints of a container (daemon/inspect.go of moby 28.5)."""

from __future__ import annotations

import hashlib
from typing import Final

from vnetsim.docker.api.network import is_user_defined
from vnetsim.docker.api.types import Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.gotypes import timestamp
from vnetsim.docker.runconfig.config import shown_config, shown_host_config

_OWN_FILES: Final = ("resolv.conf", "hostname", "hosts")


def inspect_container(container: Container, links: list[str], driver_bridge: str) -> Json:
    """`links` as `/db:/app/database`."""
    directory = f"/var/lib/docker/containers/{container.id}/"
    where = dict.fromkeys(_OWN_FILES, "") if container.files is None else {n: f"{directory}{n}" for n in _OWN_FILES}
    log = "" if container.files is None else f"{directory}{container.id}-json.log"
    command = container.command
    return {
        "Id": container.id,
        "Created": timestamp(container.created),
        "Path": command[0],
        "Args": command[1:],
        "State": _state(container),
        "Image": container.image.id,
        "ResolvConfPath": where["resolv.conf"],
        "HostnamePath": where["hostname"],
        "HostsPath": where["hosts"],
        "LogPath": log,
        "Name": f"/{container.name}",
        "RestartCount": container.restarts.count,
        "Driver": "overlay2",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": list(container.execs) or None,
        "HostConfig": shown_host_config(container.host_config, links),
        "GraphDriver": {"Data": _layers(container), "Name": "overlay2"},
        "Mounts": container.mounts,
        "Config": _shown_config(container),
        "NetworkSettings": _network_settings(container, driver_bridge),
    }


def _state(container: Container) -> Json:
    state = container.state.json(container.pid if container.state.running else 0)
    if container.health is not None:
        state["Health"] = container.health.json()
    return state


def _shown_config(container: Container) -> Json:
    main = container.attachments.get(container.mode)
    desired = (
        main.desired_mac if main is not None and (container.mode == "bridge" or is_user_defined(container.mode)) else ""
    )
    return shown_config({**container.config, "MacAddress": desired})


def _network_settings(container: Container, driver_bridge: str) -> Json:
    default = container.attachments.get("bridge")
    shown = default.json() if default is not None else {}
    return {
        "Bridge": driver_bridge if container.mode == "bridge" and container.state.running else "",
        "SandboxID": container.sandbox.id if container.sandbox else "",
        "SandboxKey": container.sandbox.key if container.sandbox else "",
        "Ports": container.ports(),
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        "EndpointID": shown.get("EndpointID", ""),
        "Gateway": shown.get("Gateway", ""),
        "GlobalIPv6Address": shown.get("GlobalIPv6Address", ""),
        "GlobalIPv6PrefixLen": shown.get("GlobalIPv6PrefixLen", 0),
        "IPAddress": shown.get("IPAddress", ""),
        "IPPrefixLen": shown.get("IPPrefixLen", 0),
        "IPv6Gateway": shown.get("IPv6Gateway", ""),
        "MacAddress": shown.get("MacAddress", ""),
        "Networks": container.attachments.json(),
    }


def _layers(container: Container) -> Json:
    """The overlay2 paths of a container; the directories do not exist."""
    own = f"/var/lib/docker/overlay2/{hashlib.sha256(container.id.encode()).hexdigest()}"
    from vnetsim.docker.images.layers import chain_ids, directory_of  # noqa: PLC0415 -- most labs make no images
    from vnetsim.docker.images.origins import with_origin  # noqa: PLC0415 -- most labs make no images

    origin = with_origin(container.image, 0).origin
    assert origin is not None
    layers = reversed(chain_ids([layer.digest for layer in origin.layers]))
    below = [f"{own}-init/diff", *(f"{directory_of(each)}/diff" for each in layers)]
    return {
        "ID": container.id,
        "LowerDir": ":".join(below),
        "MergedDir": f"{own}/merged",
        "UpperDir": f"{own}/diff",
        "WorkDir": f"{own}/work",
    }
