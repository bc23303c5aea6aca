"""The options with which a container or a network was made, read back from `docker inspect`.

    lost(before, after)          # what a container that was made again has not, or otherwise

Not modelled: limits of processors, memory and block devices, log drivers and the like: `lost` tells of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from vnetsim.docker import images
from vnetsim.wire.inet import Prefix

#: Keys of HostConfig and the options that fill them, by how they are written.
_LISTS: Final = {
    "CapAdd": "--cap-add", "CapDrop": "--cap-drop", "Dns": "--dns", "DnsOptions": "--dns-option",
    "DnsSearch": "--dns-search", "ExtraHosts": "--add-host", "GroupAdd": "--group-add", "SecurityOpt": "--security-opt",
    "Binds": "--volume",
}  # fmt: skip
_SWITCHES: Final = {
    "Privileged": "--privileged",
    "ReadonlyRootfs": "--read-only",
    "PublishAllPorts": "--publish-all",
    "AutoRemove": "--rm",
    "Init": "--init",
}
_PAIRS: Final = {"Sysctls": ("--sysctl", "="), "Tmpfs": ("--tmpfs", ":")}
#: Changed on purpose, or no property of a container.
_ASIDE: Final = frozenset((
    "PortBindings", "ExposedPorts", "ExtraHosts", "Dns", "Links", "NetworkMode", "Cmd", "ContainerIDFile",
    "ConsoleSize", "Hostname", "AttachStdin", "AttachStdout", "AttachStderr", "StdinOnce",
))  # fmt: skip


def options(inspected: Mapping[str, Any], network: str) -> Iterator[str]:
    """The arguments of `docker run` between the name and the ports; `network` is the first one."""
    settings = inspected["NetworkSettings"]["Networks"].get(network) or {}
    priority = settings.get("GwPriority")
    if priority:
        yield from ("--network", f"name={network},gw-priority={priority}")
    elif network != "bridge":
        yield from ("--network", network)
    yield from _of_endpoint(settings, "--network-alias")
    yield from _of_host(inspected["HostConfig"])
    yield from _of_config(inspected)


def connect_options(settings: Mapping[str, Any]) -> Iterator[str]:
    """The options of `docker network connect` with which an endpoint was made."""
    if settings.get("GwPriority"):
        yield from ("--gw-priority", str(settings["GwPriority"]))
    for name, value in (settings.get("DriverOpts") or {}).items():
        yield from ("--driver-opt", f"{name}={value}")
    yield from _of_endpoint(settings, "--alias")


def _of_endpoint(settings: Mapping[str, Any], alias_option: str) -> Iterator[str]:
    for alias in settings.get("Aliases") or ():
        yield from (alias_option, alias)
    fixed = settings.get("IPAMConfig") or {}
    for key, option in (("IPv4Address", "--ip"), ("IPv6Address", "--ip6")):
        if fixed.get(key):
            yield from (option, fixed[key])
    for address in fixed.get("LinkLocalIPs") or ():
        yield from ("--link-local-ip", address)
    for link in settings.get("Links") or ():
        yield from ("--link", link)


def can_be_made_again(inspected: Mapping[str, Any]) -> bool:
    """Whether the options below are all that a network was made with."""
    ipam = inspected["IPAM"]
    return (
        not (ipam.get("Options") or inspected["ConfigFrom"]["Network"] or inspected["ConfigOnly"])
        and ipam["Driver"] == "default"
    )


def network_options(inspected: Mapping[str, Any], moved: Mapping[Prefix, Prefix]) -> Iterator[str]:
    """The arguments of `docker network create` before the name; `moved` are other subnets for some."""
    if inspected["Driver"] != "bridge":
        yield from ("--driver", inspected["Driver"])
    for key, option in (("EnableIPv6", "--ipv6"), ("Internal", "--internal"), ("Attachable", "--attachable")):
        if inspected.get(key):
            yield option
    if inspected.get("EnableIPv4") is False:
        yield "--ipv4=false"
    for pool in inspected["IPAM"]["Config"] or ():
        yield from _of_pool(pool, moved)
    for key, option in (("Options", "--opt"), ("Labels", "--label")):
        for name, value in (inspected.get(key) or {}).items():
            yield from (option, f"{name}={value}")


def _of_pool(pool: Mapping[str, Any], moved: Mapping[Prefix, Prefix]) -> Iterator[str]:
    """A subnet and the options about addresses in it, which a new subnet does not have."""
    new = moved.get(Prefix.parse(pool["Subnet"]))
    yield from ("--subnet", str(new or pool["Subnet"]))
    if new is not None:
        return
    for key, option in (("Gateway", "--gateway"), ("IPRange", "--ip-range")):
        if pool.get(key):
            yield from (option, pool[key])
    for name, address in (pool.get("AuxiliaryAddresses") or {}).items():
        yield from ("--aux-address", f"{name}={address}")


def _of_host(host: Mapping[str, Any]) -> Iterator[str]:
    for key, option in _LISTS.items():
        for value in host.get(key) or ():
            yield from (option, value)
    for key, (option, sign) in _PAIRS.items():
        for name, value in (host.get(key) or {}).items():
            yield from (option, f"{name}{sign}{value}" if value or sign == "=" else name)
    for link in host.get("Links") or ():
        other, _, alias = link.partition(":")
        yield from ("--link", f"{other.rpartition('/')[2]}:{alias.rpartition('/')[2]}")
    for key, option in _SWITCHES.items():
        if host.get(key):
            yield option
    policy = host.get("RestartPolicy") or {}
    if policy.get("Name") not in (None, "", "no"):
        count = policy.get("MaximumRetryCount")
        yield from ("--restart", f"{policy['Name']}{f':{count}' if count else ''}")
    for limit in host.get("Ulimits") or ():
        yield from ("--ulimit", f"{limit['Name']}={limit['Soft']}:{limit['Hard']}")


def _of_config(inspected: Mapping[str, Any]) -> Iterator[str]:
    config, image = inspected["Config"], images.of_name(inspected["Config"]["Image"])
    joined = inspected["HostConfig"]["NetworkMode"].startswith("container:")  # the name is that of the network's owner
    if config["Hostname"] and not inspected["Id"].startswith(config["Hostname"]) and not joined:
        yield from ("--hostname", config["Hostname"])
    for key, option in (("Domainname", "--domainname"), ("User", "--user")):
        if config.get(key):
            yield from (option, config[key])
    for key, option in (("Tty", "--tty"), ("OpenStdin", "--interactive")):
        if config.get(key):
            yield option
    for name, value in (config.get("Labels") or {}).items():
        yield from ("--label", f"{name}={value}")
    for variable in config["Env"] or ():
        if variable not in image.environment:
            yield from ("-e", variable)


def lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Keys of Config and HostConfig of which a container that was made again has other values; links and variables
    may be added."""
    return [
        key
        for part in ("Config", "HostConfig")
        for key, value in before[part].items()
        if key not in _ASIDE
        and (value or None) != (after[part].get(key) or None)
        and not (key in ("Links", "Env") and set(value or ()) <= set(after[part][key] or ()))
    ]
