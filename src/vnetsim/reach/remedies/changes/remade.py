"""The commands that make a container or a network again, with its options as `docker inspect` tells them, but for some.

    again(situation, "web", publish=[("", "8080", "80/tcp")])       # docker rm -f web; docker run -d --name web ...
    network_again(situation, "app", subnet=Prefix.parse("172.29.0.0/16"))

Not modelled: what a container wrote into its own files, which is gone with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from vnetsim.docker import images
from vnetsim.reach.endpoints.endpoints import containers
from vnetsim.reach.endpoints.netns import quoted
from vnetsim.reach.remedies.changes.options import can_be_made_again, connect_options, network_options, options
from vnetsim.wire.inet import Prefix, parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab
    from vnetsim.reach.endpoints.netns import LabNetns
    from vnetsim.reach.remedies.changes.situation import Situation

#: The default bridge cannot be removed.
DEFAULT: Final = "bridge"
#: The address of the host, its port, and the container's as `80/tcp`.
Published = tuple[str, str, str]


# --- containers ------------------------------------------------------------------------------------------------------


def is_main(situation: Situation, netns: LabNetns, argv: Sequence[str]) -> bool:
    """Whether a program is what a container was started for."""
    if netns.endpoint.kind != "container":
        return False
    inspected = situation.lab.docker.container_inspect(netns.endpoint.name)
    return [inspected["Path"], *inspected["Args"]] == [*argv]


def again(
    situation: Situation, name: str, *, publish: list[Published] | None = None, command: Sequence[str] | None = None,
    config: Mapping[str, Any] | None = None, network: str = "", settings: Sequence[str] = (),
) -> tuple[str, ...]:  # fmt: skip
    """The commands that make a container again: with other ports, another command, on another network, more `settings`.

    `config` are keys of HostConfig as they are to be.  Those that share its network (`container:NAME`) are made
    again too.
    """
    inspected = situation.lab.docker.container_inspect(name)
    inspected = {**inspected, "HostConfig": {**inspected["HostConfig"], **(config or {})}}
    if inspected["Config"]["Hostname"] == situation.lab.machine.hostname:
        inspected = {**inspected, "Config": {**inspected["Config"], "Hostname": ""}}  # that of host mode
    networks = inspected["NetworkSettings"]["Networks"] or {inspected["HostConfig"]["NetworkMode"]: {}}
    first, *rest = [network] if network else networks
    args = ["docker", "run", "-d", "--name", name, *options(inspected, first)]
    args += [word for setting in settings for word in ("-e", setting)]
    for address, port, inside in published(inspected) if publish is None else publish:
        number, _, protocol = inside.partition("/")
        suffix = "" if protocol == "tcp" else f"/{protocol}"
        where = f"[{address}]:" if ":" in address else f"{address}:" if address else ""
        args += ["-p", f"{where}{port}:{number}{suffix}"]
    args += [inspected["Config"]["Image"], *(_command(inspected) if command is None else command)]
    connects = (connecting(inspected, each) for each in rest)
    joined = situation.joined.get(name, [])
    follow = [line for each in joined for line in again(situation, each, network=f"container:{name}")]
    return (f"docker rm -f {name}", quoted(*args), *connects, *follow)


def published(inspected: Mapping[str, Any]) -> list[Published]:
    bindings = inspected["HostConfig"]["PortBindings"] or {}
    return [(each["HostIp"], each["HostPort"], inside) for inside, several in bindings.items() for each in several]


def _command(inspected: Mapping[str, Any]) -> list[str]:
    """The arguments after the image."""
    command = [*(inspected["Config"]["Cmd"] or ())]
    return [] if command == list(images.of_name(inspected["Config"]["Image"]).command) else command


def connecting(
    inspected: Mapping[str, Any], network: str, *, priority: int | None = None, aliases: Sequence[str] = ()
) -> str:
    """`docker network connect`, as a container is connected to a network, with another priority or more aliases."""
    settings = dict(inspected["NetworkSettings"]["Networks"].get(network) or {})
    settings["Aliases"] = [*(settings.get("Aliases") or ()), *aliases]
    if priority is not None:
        settings["GwPriority"] = priority
    args = ("docker", "network", "connect", *connect_options(settings))
    return quoted(*args, network, inspected["Name"].removeprefix("/"))


def reconnecting(inspected: Mapping[str, Any], network: str, **change: Any) -> tuple[str, str]:
    """The commands that take a container off a network and put it back with other settings."""
    name = inspected["Name"].removeprefix("/")
    return f"docker network disconnect {network} {name}", connecting(inspected, network, **change)


# --- networks --------------------------------------------------------------------------------------------------------


def network_again(
    situation: Situation,
    name: str,
    *,
    subnets: Mapping[str, Prefix] | None = None,
    driver_options: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The commands that make a network again, with other subnets (by the old ones) or options of its driver.

    Its containers leave it before, and come back; a fixed address keeps its host part in the new subnet.  None for
    the default bridge, and where not all of its options are known.
    """
    inspected = situation.lab.docker.network_inspect(name)
    if name == DEFAULT or not can_be_made_again(inspected):
        return ()
    inspected = {**inspected, "Options": {**(inspected["Options"] or {}), **(driver_options or {})}}
    moved = {Prefix.parse(old): new for old, new in (subnets or {}).items()}
    there = list(_members(situation.lab, name))
    leave = (f"docker network disconnect {name} {each['Name'].removeprefix('/')}" for each in there)
    create = quoted("docker", "network", "create", *network_options(inspected, moved), name)
    back = (connecting(_moved(each, name, moved), name) for each in there)
    return (*leave, f"docker network rm {name}", create, *back)


def _members(lab: BaseLab, network: str) -> Iterator[Mapping[str, Any]]:
    """The containers that are on a network, running or not."""
    for name in containers(lab):
        inspected = lab.docker.container_inspect(name)
        if network in inspected["NetworkSettings"]["Networks"]:
            yield inspected


def _moved(inspected: Mapping[str, Any], network: str, moved: Mapping[Prefix, Prefix]) -> Mapping[str, Any]:
    networks = inspected["NetworkSettings"]["Networks"]
    settings = networks[network]
    fixed = {
        key: _translated(value, moved) if isinstance(value, str) and value else value
        for key, value in (settings["IPAMConfig"] or {}).items()
    }
    changed = {**networks, network: {**settings, "IPAMConfig": fixed}}
    return {**inspected, "NetworkSettings": {**inspected["NetworkSettings"], "Networks": changed}}


def _translated(text: str, moved: Mapping[Prefix, Prefix]) -> str:
    address = parse_address(text)
    for old, new in moved.items():
        if address.version == old.version and address in old:
            return str(type(address)(int(new.first) + int(address) - int(old.first)))
    return text
