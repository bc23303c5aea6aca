"""The short syntax of published ports, `[IP:][HOST:]CONTAINER[/PROTOCOL]` (docker/go-connections 0.4, nat)."""

from __future__ import annotations

import ipaddress
from typing import Final

from vnetsim.compose.values import ComposeError, YamlMap

_PROTOCOLS: Final = ("tcp", "udp", "sctp")


def parse(spec: str) -> list[YamlMap]:
    """One entry for each container port, in the order of `PORT/PROTOCOL` as text."""
    ip, host, container = _parts(spec)
    protocol, container = _protocol(container)
    address = _address(ip)
    if not container:
        raise ComposeError(f"No port specified: {spec}<empty>")
    start, end = _range(container, f"Invalid containerPort: {container}")
    host_start, host_end = _range(host, f"Invalid hostPort: {host}") if host else (0, 0)
    if host and end - start != host_end - host_start and end != start:
        raise ComposeError(f"Invalid ranges specified for container and host Ports: {container} and {host}")
    if protocol not in _PROTOCOLS:
        raise ComposeError(f"Invalid proto: {_protocol(_parts(spec)[2])[0]}")
    found: list[tuple[str, YamlMap]] = []
    for offset in range(end - start + 1):
        published = str(host_start + offset) if host else ""
        if start == end and host_start != host_end:
            published = f"{published}-{host_end}"
        entry: YamlMap = {"mode": "ingress"}
        if address:
            entry["host_ip"] = address
        entry["target"] = start + offset
        if published:
            entry["published"] = published
        entry["protocol"] = protocol
        found.append((f"{start + offset}/{protocol}", entry))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def _parts(spec: str) -> tuple[str, str, str]:
    parts = spec.split(":")
    if len(parts) == 1:
        return "", "", parts[0]
    return ":".join(parts[:-2]), parts[-2], parts[-1]


def _protocol(text: str) -> tuple[str, str]:
    parts = text.split("/")
    if not parts[0]:
        return "", ""
    return (parts[1] if len(parts) > 1 and parts[1] else "tcp").lower(), parts[0]


def _address(text: str) -> str:
    """net.SplitHostPort and net.ParseIP."""
    inner = text
    if text.startswith("["):
        if not text.endswith("]"):
            raise ComposeError(f"Invalid ip address {text}: address {text}:: missing ']' in address")
        inner = text[1:-1]
    elif ":" in text:
        raise ComposeError(f"Invalid ip address {text}: address {text}:: too many colons in address")
    if inner and not is_ip(inner):
        raise ComposeError(f"Invalid ip address: {inner}")
    return inner


def is_ip(text: str) -> bool:
    """net.ParseIP: no zone, no leading zeros."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _range(text: str, message: str) -> tuple[int, int]:
    first, dash, second = text.partition("-")
    second = second if dash else first
    if not all(number.isascii() and number.isdecimal() and int(number[:6]) < 65536 for number in (first, second)):
        raise ComposeError(message)
    start, end = int(first), int(second)
    if end < start or end > 65535 or len(first) > 20:
        raise ComposeError(message)
    return start, end
