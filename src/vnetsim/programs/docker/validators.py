"""Checks of single values (docker/cli, package opts): each gives the value as the engine wants it, or BadValue."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from vnetsim.docker.images import reference
from vnetsim.programs.docker.flags import BadValue

_LABEL: Final = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])"
_DOMAIN: Final = re.compile(rf"(:?{_LABEL}(?:\.{_LABEL})*)\.?\s*")
_SYSCTLS: Final = frozenset(
    f"kernel.{name}" for name in ("msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced")
)
_SYSCTL_PREFIXES: Final = ("net.", "fs.mqueue.")
_MAC: Final = re.compile(
    r"(?:[0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\1){4,18}[0-9a-fA-F]{2}|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2,9}"
)
_ULIMITS: Final = frozenset(
    {
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
        "rttime", "sigpending", "stack",
    }
)  # fmt: skip


def parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """net.ParseIP: no zones."""
    try:
        return None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None


def check_ip(text: str) -> str:
    address = parse_ip(text.strip())
    if address is None:
        raise BadValue(f"IP address is not correctly formatted: {text}")
    return str(address)


def check_dns_search(text: str) -> str:
    stripped = text.strip(" ")
    if stripped == ".":
        return stripped
    match = _DOMAIN.fullmatch(stripped)
    if match is None or not any(character.isalpha() for character in stripped) or len(match[1]) >= 255:
        raise BadValue(f"{stripped} is not a valid domain")
    return match[1]


def check_extra_host(text: str) -> str:
    """`name:address` or `name=address`; brackets around an IPv6 address go."""
    name, mark, address = text.partition("=") if "=" in text else text.partition(":")
    if not mark or not name:
        raise BadValue(f'bad format for add-host: "{text}"')
    if address == "host-gateway":
        return f"{name}:{address}"
    bare = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    if parse_ip(bare) is None:
        raise BadValue(f'invalid IP address in add-host: "{address}"')
    return f"{name}:{bare}"


def check_link(text: str) -> str:
    if not text:
        raise BadValue("empty string specified for links")
    if text.count(":") > 1:
        raise BadValue(f"bad format for links: {text}")
    return text


def check_label(text: str) -> str:
    name = text.partition("=")[0]
    stripped = name.strip()
    if not stripped:
        raise BadValue(f"invalid label '{text}': empty name")
    if any(character.isspace() for character in stripped):
        raise BadValue(f"label '{name}' contains whitespaces")
    return text


def check_env(text: str) -> str:
    """The value of a variable without one comes from the client's environment, which is not known here."""
    if not text.partition("=")[0]:
        raise BadValue(f"invalid environment variable: {text}")
    return text


def check_tag(text: str) -> str:
    try:
        reference.parse(text)
    except reference.InvalidReference as error:
        raise BadValue(str(error)) from None
    return text


def check_attach(text: str) -> str:
    stream = text.lower()
    if stream not in ("stdin", "stdout", "stderr"):
        raise BadValue("valid streams are STDIN, STDOUT and STDERR")
    return stream


def check_sysctl(text: str) -> str:
    name, equals, _ = text.partition("=")
    if not equals or not (name in _SYSCTLS or name.startswith(_SYSCTL_PREFIXES)):
        raise BadValue(f"sysctl '{text}' is not allowed")
    return text


def check_ulimit(text: str) -> tuple[str, int, int]:
    """Name, soft and hard limit."""
    name, equals, limits = text.partition("=")
    if not equals:
        raise BadValue(f"invalid ulimit argument: {text}")
    if name not in _ULIMITS:
        raise BadValue(f"invalid ulimit type: {name}")
    soft, colon, hard = limits.partition(":")
    numbers = [_limit(soft), _limit(hard) if colon else _limit(soft)]
    if numbers[1] != -1 and numbers[0] > numbers[1]:
        raise BadValue(f"ulimit soft limit must be less than or equal to hard limit: {numbers[0]} > {numbers[1]}")
    return name, numbers[0], numbers[1]


def _limit(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise BadValue(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def is_mac(text: str) -> bool:
    """net.ParseMAC: 6, 8 or 20 bytes."""
    match = _MAC.fullmatch(text)
    return match is not None and len(re.sub(r"[^0-9a-fA-F]", "", text)) in (12, 16, 40)
