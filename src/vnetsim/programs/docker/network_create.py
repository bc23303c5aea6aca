"""`docker network create` (docker/cli, network/create.go): the client assigns gateways and ranges to subnets."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, TypeAlias

from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import pairs
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.docker.validators import parse_ip

Json = dict[str, Any]
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def _parse_cidr(address_text: str) -> tuple[_Address, _Network]:
    """net.ParseCIDR; CommandError."""
    address, slash, length = address_text.partition("/")
    if slash and re.fullmatch(r"[0-9]+", length) and parse_ip(address) is not None:
        try:
            made = ipaddress.ip_interface(address_text)
        except ValueError:
            pass
        else:
            return made.ip, made.network
    raise CommandError(f"invalid CIDR address: {address_text}")


def _matches(subnet: str, address_text: str) -> bool:
    """Whether an address, or the address of a range, is in the subnet."""
    try:
        _, network = _parse_cidr(subnet)
    except CommandError as failure:
        raise CommandError(f"invalid subnet: {failure}") from None
    address = _parse_cidr(address_text)[0] if "/" in address_text else parse_ip(address_text)
    return address is not None and address in network


def _ipam_config(options: ParsedFlags) -> list[Json]:
    """IPAM.Config, one entry for each subnet, or CommandError."""
    subnets, ranges, gateways = (options.texts(name) for name in ("subnet", "ip-range", "gateway"))
    if len(subnets) < len(ranges) or len(subnets) < len(gateways):
        raise CommandError("every ip-range or gateway must have a corresponding subnet")
    configs: dict[str, Json] = {}
    for subnet in subnets:
        if any(_matches(subnet, known) or _matches(known, subnet) for known in configs):
            raise CommandError("multiple overlapping subnet configuration is not supported")
        configs[subnet] = {"Subnet": subnet}
    for address_text in ranges:
        _parse_cidr(address_text)
        _assign(configs, address_text, "IPRange", "range", "ranges ({}, {}) on the same subnet")
    for address_text in gateways:
        _assign(configs, address_text, "Gateway", "gateway", "gateways ({}, {}) for the same subnet")
    for name, _, address in (pair.partition("=") for pair in options.texts("aux-address")):
        _assign_auxiliary(configs, name, address)
    return list(configs.values())


def _assign(configs: dict[str, Json], address_text: str, key: str, kind: str, several: str) -> None:
    """Assign a range or a gateway to the subnets that contain it."""
    matching = [subnet for subnet in configs if _matches(subnet, address_text)]
    if not matching:
        raise CommandError(f"no matching subnet for {kind} {address_text}")
    for subnet in matching:
        if key in configs[subnet]:
            pair = several.format(address_text, configs[subnet][key])
            raise CommandError(f"cannot configure multiple {pair} ({subnet})")
        configs[subnet][key] = address_text


def _assign_auxiliary(configs: dict[str, Json], name: str, address: str) -> None:
    matching = [subnet for subnet in configs if _matches(subnet, address)]
    if not matching:
        raise CommandError(f"no matching subnet for aux-address {address}")
    for subnet in matching:
        configs[subnet].setdefault("AuxiliaryAddresses", {})[name] = address


def request(options: ParsedFlags) -> Json:
    """The body of POST /networks/create, or CommandError."""
    body: Json = {"Driver": options.text("driver"), "Scope": options.text("scope")}
    for version in ("ipv4", "ipv6"):
        if version in options.given:
            body[f"Enable{version.replace('ip', 'IP')}"] = options.switch(version)
    source = options.text("config-from")
    return {
        **body,
        "IPAM": {
            "Driver": options.text("ipam-driver"),
            "Options": pairs(options.texts("ipam-opt")),
            "Config": _ipam_config(options),
        },
        "Internal": options.switch("internal"),
        "Attachable": options.switch("attachable"),
        "Ingress": options.switch("ingress"),
        "ConfigOnly": options.switch("config-only"),
        "ConfigFrom": {"Network": source} if source else None,
        "Options": pairs(options.texts("opt")),
        "Labels": pairs(options.texts("label")),
        "Name": options.arguments[0],
    }


def run(session: DockerSession, options: ParsedFlags) -> Program:
    answer: Json = yield from session.engine.network_create(request(options))
    session.line(answer["Id"])
    return 0
