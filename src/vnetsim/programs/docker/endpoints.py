"""The networks in the request for a new container (docker/cli, container/opts.go: parseNetworkOpts).

The options of the short syntax (--ip, --network-alias ...) belong to the first network.
"""

from __future__ import annotations

from typing import Any, Final, cast

from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.flags import BadOption
from vnetsim.programs.docker.network_flag import Attachment
from vnetsim.programs.docker.validators import is_mac
from vnetsim.values import evolved

Json = dict[str, Any]

_PREDEFINED: Final = ("default", "bridge", "host", "none", "")


def is_user_defined(mode: str) -> bool:
    return mode not in _PREDEFINED and not is_container(mode)


def is_container(mode: str) -> bool:
    return mode == "container" or mode.startswith("container:")


def networking(options: ParsedFlags) -> Json:
    """NetworkingConfig, or BadOption."""
    attachments = [evolved(one) for one in cast("list[Attachment]", options.values("network"))]
    if not attachments:
        only = Attachment("default")
        _apply(only, options)
        return {"EndpointsConfig": {"default": _endpoint(only)}}
    endpoints: dict[str, Json] = {}
    modes: set[bool] = set()
    for number, attachment in enumerate(attachments):
        modes.add(is_user_defined(attachment.target))
        if number == 0:
            _apply(attachment, options)
        endpoint = _endpoint(attachment)
        if attachment.target in endpoints:
            raise BadOption(f'network "{attachment.target}" is specified multiple times')
        # The engine itself attaches a single network without settings.
        if len(attachments) > 1 or endpoint != settings():
            endpoints[attachment.target] = endpoint
    if len(modes) > 1:
        raise BadOption("conflicting options: cannot attach both user-defined and non-user-defined network-modes")
    return {"EndpointsConfig": endpoints}


def _apply(attachment: Attachment, options: ParsedFlags) -> None:
    """Apply the options of the short syntax to the first network."""
    _conflict(attachment.aliases and options.texts("network-alias"), "--network-alias and per-network alias")
    _conflict(attachment.links and options.texts("link"), "--link and per-network links")
    _conflict(attachment.ipv4 and options.text("ip"), "--ip and per-network IPv4 address")
    _conflict(attachment.ipv6 and options.text("ip6"), "--ip6 and per-network IPv6 address")
    _conflict(attachment.mac and options.text("mac-address"), "--mac-address and per-network MAC address")
    _conflict(
        attachment.link_local and options.texts("link-local-ip"),
        "--link-local-ip and per-network link-local IP addresses",
    )
    attachment.aliases = attachment.aliases or options.texts("network-alias")
    if is_user_defined(attachment.target):
        attachment.links = attachment.links or options.texts("link")
    attachment.ipv4 = attachment.ipv4 or options.text("ip")
    attachment.ipv6 = attachment.ipv6 or options.text("ip6")
    attachment.mac = attachment.mac or options.text("mac-address")
    attachment.link_local = attachment.link_local or options.texts("link-local-ip")


def _conflict(both: object, flags: str) -> None:
    if both:
        raise BadOption(f"conflicting options: cannot specify both {flags}")


def _endpoint(attachment: Attachment) -> Json:
    if not attachment.target.strip():
        raise BadOption("no name set for network")
    if not is_user_defined(attachment.target):
        if attachment.aliases:
            raise BadOption("network-scoped aliases are only supported for user-defined networks")
        if attachment.links:
            raise BadOption("links are only supported for user-defined networks")
    if attachment.mac and not is_mac(attachment.mac.strip()):
        raise BadOption(f"{attachment.mac} is not a valid mac address")
    addresses: Json = {}
    if attachment.ipv4:
        addresses["IPv4Address"] = attachment.ipv4
    if attachment.ipv6:
        addresses["IPv6Address"] = attachment.ipv6
    if attachment.link_local:
        addresses["LinkLocalIPs"] = attachment.link_local
    return settings(
        IPAMConfig=addresses or None,
        Links=attachment.links or None,
        Aliases=attachment.aliases or None,
        MacAddress=attachment.mac,
        DriverOpts=attachment.driver_opts or None,
        GwPriority=attachment.gw_priority,
    )


def settings(**wanted: object) -> Json:
    """An EndpointSettings with the fields that the client leaves to the engine."""
    return {
        "IPAMConfig": None,
        "Links": None,
        "Aliases": None,
        "MacAddress": "",
        "DriverOpts": None,
        "GwPriority": 0,
        "NetworkID": "",
        "EndpointID": "",
        "Gateway": "",
        "IPAddress": "",
        "IPPrefixLen": 0,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "DNSNames": None,
        **wanted,
    }
