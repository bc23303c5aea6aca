"""api/types/network and nat as the docker command (28.2.2) knows them."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.docker.go.times import TIME
from vnetsim.programs.docker.go.values import (
    BOOL,
    EMPTY_STRUCT,
    INT,
    STRING,
    STRING_MAP,
    STRINGS,
    GoKind,
    map_of,
    named,
    pointer_to,
    slice_of,
    structure,
)
from vnetsim.programs.docker.types.fields import embedded, fields, opaque

PORT: Final = named(GoKind.STRING, "nat.Port")
PORT_SET: Final = map_of(EMPTY_STRUCT, PORT, "nat.PortSet")
PORT_BINDING: Final = structure("nat.PortBinding", *fields(STRING, "HostIP=HostIp", "HostPort"))
PORT_MAP: Final = map_of(slice_of(PORT_BINDING), PORT, "nat.PortMap")
ENDPOINT_IPAM: Final = structure(
    "network.EndpointIPAMConfig",
    *fields(STRING, "IPv4Address?", "IPv6Address?"),
    *fields(STRINGS, "LinkLocalIPs?"),
)
ENDPOINT: Final = structure(
    "network.EndpointSettings",
    *fields(pointer_to(ENDPOINT_IPAM), "IPAMConfig"),
    *fields(STRINGS, "Links", "Aliases"),
    *fields(STRING, "MacAddress"),
    *fields(STRING_MAP, "DriverOpts"),
    *fields(INT, "GwPriority"),
    *fields(STRING, "NetworkID", "EndpointID", "Gateway", "IPAddress"),
    *fields(INT, "IPPrefixLen"),
    *fields(STRING, "IPv6Gateway", "GlobalIPv6Address"),
    *fields(INT, "GlobalIPv6PrefixLen"),
    *fields(STRINGS, "DNSNames"),
)
_NETWORK_SETTINGS_BASE: Final = structure(
    "container.NetworkSettingsBase",
    *fields(STRING, "Bridge", "SandboxID", "SandboxKey"),
    *fields(PORT_MAP, "Ports"),
    *fields(BOOL, "HairpinMode"),
    *fields(STRING, "LinkLocalIPv6Address"),
    *fields(INT, "LinkLocalIPv6PrefixLen"),
    *fields(opaque("[]network.Address"), "SecondaryIPAddresses", "SecondaryIPv6Addresses"),
)
_DEFAULT_NETWORK_SETTINGS: Final = structure(
    "container.DefaultNetworkSettings",
    *fields(STRING, "EndpointID", "Gateway", "GlobalIPv6Address"),
    *fields(INT, "GlobalIPv6PrefixLen"),
    *fields(STRING, "IPAddress"),
    *fields(INT, "IPPrefixLen"),
    *fields(STRING, "IPv6Gateway", "MacAddress"),
)
NETWORK_SETTINGS: Final = structure(
    "container.NetworkSettings",
    embedded("NetworkSettingsBase", _NETWORK_SETTINGS_BASE),
    embedded("DefaultNetworkSettings", _DEFAULT_NETWORK_SETTINGS),
    *fields(map_of(pointer_to(ENDPOINT)), "Networks"),
)
IPAM_CONFIG: Final = structure(
    "network.IPAMConfig",
    *fields(STRING, "Subnet?", "IPRange?", "Gateway?"),
    *fields(STRING_MAP, "AuxAddress=AuxiliaryAddresses?"),
)
IPAM: Final = structure(
    "network.IPAM",
    *fields(STRING, "Driver"),
    *fields(STRING_MAP, "Options"),
    *fields(slice_of(IPAM_CONFIG), "Config"),
)
ENDPOINT_RESOURCE: Final = structure(
    "network.EndpointResource", *fields(STRING, "Name", "EndpointID", "MacAddress", "IPv4Address", "IPv6Address")
)
NETWORK: Final = structure(
    "network.Inspect",
    *fields(STRING, "Name", "ID=Id"),
    *fields(TIME, "Created"),
    *fields(STRING, "Scope", "Driver"),
    *fields(BOOL, "EnableIPv4", "EnableIPv6"),
    *fields(IPAM, "IPAM"),
    *fields(BOOL, "Internal", "Attachable", "Ingress"),
    *fields(structure("network.ConfigReference", *fields(STRING, "Network")), "ConfigFrom"),
    *fields(BOOL, "ConfigOnly"),
    *fields(map_of(ENDPOINT_RESOURCE), "Containers"),
    *fields(STRING_MAP, "Options", "Labels"),
    *fields(opaque("[]network.PeerInfo"), "Peers?"),
    *fields(map_of(structure("network.ServiceInfo")), "Services?"),
)
