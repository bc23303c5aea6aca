"""Ports on the command line: `-p` and `--expose` (github.com/docker/go-connections/nat; docker/cli, package opts)."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.programs.docker.flags import BadOption, BadValue, parse_integer
from vnetsim.programs.docker.validators import parse_ip
from vnetsim.values import frozen

_PROTOCOLS: Final = ("tcp", "udp", "sctp")


@frozen
class PublishedPort:
    """One container port and where it is published: the engine chooses an empty host port."""

    port: str
    host_ip: str
    host_port: str


def parse_range(text: str) -> tuple[int, int]:
    """nat.ParsePortRange: `80` or `80-82`, BadValue otherwise."""
    if not text:
        raise BadValue("empty string specified for ports")
    first, *others = text.split("-")
    low = _port_number(first)
    high = _port_number(others[0]) if others else low
    if high < low:
        raise BadValue(f"invalid range specified for port: {text}")
    return low, high


def _port_number(text: str) -> int:
    if not is_digits(text) or not text.isascii():
        raise BadValue(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    return parse_integer(text.lstrip("0") or "0", 0, 0xFFFF, "ParseUint")


def publish(text: str) -> list[PublishedPort]:
    """`[[IP:][HOST]:]CONTAINER[/PROTOCOL]` or `target=80,published=8080,protocol=tcp`, each with ranges.

    BadOption if it is invalid.
    """
    address, host, container = _split(_short_form(text))
    if container == "":
        raise BadOption(f"no port specified: {_short_form(text)}<empty>")
    number, protocol = (*container.split("/"), "")[:2]
    protocol = protocol.lower() or "tcp"
    if not number:
        raise BadOption(f"no port specified: {_short_form(text)}<empty>")
    address = _address(address)
    low, high = _range(number, "containerPort")
    host_low, host_high = _range(host, "hostPort") if host else (0, 0)
    # Several host ports for one container port: the engine takes the first that is free.
    if host and high - low != host_high - host_low and high != low:
        raise BadOption(f"invalid ranges specified for container and host Ports: {number} and {host}")
    if protocol not in _PROTOCOLS:
        raise BadOption(f"invalid proto: {protocol}")
    bindings = []
    for offset in range(high - low + 1):
        host_port = str(host_low + offset) if host else ""
        if host and low == high and host_low != host_high:
            host_port = f"{host_low}-{host_high}"
        bindings.append(PublishedPort(f"{low + offset}/{protocol}", address, host_port))
    return bindings


def _range(text: str, which: str) -> tuple[int, int]:
    try:
        return parse_range(text)
    except BadValue:
        raise BadOption(f"invalid {which}: {text}") from None


def _short_form(text: str) -> str:
    """`published=8080,target=80` in the short form."""
    if "=" not in text:
        return text
    options = {"published": "", "target": "", "protocol": "tcp"}
    for field in text.split(","):
        name, equals, value = field.partition("=")
        if not equals:
            raise BadOption(f"invalid publish opts format (should be name=value but got '{field}')")
        options[name] = value
    return f"{options['published']}:{options['target']}/{options['protocol']}"


def _split(text: str) -> tuple[str, str, str]:
    """Address, host port and container port; addresses of IPv6 may contain colons."""
    parts = text.split(":")
    if len(parts) == 1:
        return "", "", parts[0]
    return ":".join(parts[:-2]), parts[-2], parts[-1]


def _address(text: str) -> str:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if bare and parse_ip(bare) is None:
        raise BadOption(f"invalid IP address: {bare}")
    return bare


def join_host_port(host: str, port: str) -> str:
    """net.JoinHostPort."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def expose(text: str) -> list[str]:
    """`--expose 80-82/udp`: container ports, or BadOption."""
    if ":" in text:
        raise BadOption(f"invalid port format for --expose: {text}")
    numbers, _, protocol = text.partition("/")
    try:
        low, high = parse_range(numbers)
    except BadValue as error:
        raise BadOption(f"invalid range format for --expose: {text}, error: {error}") from None
    return [f"{port}/{protocol or 'tcp'}" for port in range(low, high + 1)]
