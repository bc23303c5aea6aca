"""The text of /etc/hosts in a container (libnetwork/etchosts of moby)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vnetsim.values import frozen
from vnetsim.wire.inet import Address, parse_address

HOSTS: Final = "/etc/hosts"
HOSTNAME: Final = "/etc/hostname"
_FIXED_HOSTS: Final = "127.0.0.1\tlocalhost\n"
_FIXED_HOSTS6: Final = (
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n"
)


@frozen
class HostsLine:
    address: str
    names: str

    def __str__(self) -> str:
        return f"{self.address}\t{self.names}\n"


def hosts(lines: Iterable[HostsLine], *, ipv6: bool = True) -> str:
    """The fixed lines and then `lines`; without IPv6 those of IPv4 only (etchosts.BuildNoIPv6)."""
    if ipv6:
        return _FIXED_HOSTS + _FIXED_HOSTS6 + "".join(map(str, lines))
    return _FIXED_HOSTS + "".join(str(line) for line in lines if ":" not in line.address)


def own_names(hostname: str, domainname: str) -> str:
    """`web`, or `web.corp.lan web` for a host name with a domain."""
    names = f"{hostname}.{domainname}" if domainname else hostname
    first, dot, _ = names.partition(".")
    return f"{names} {first}" if dot else names


def without_hosts(text: str, lines: Iterable[HostsLine]) -> str:
    """`text` less those lines (empty lines go too); what a user has changed stays."""
    unwanted = {(parse_address(line.address), line.names) for line in lines}
    return "".join(f"{line}\n" for line in text.splitlines() if line and _read_line(line) not in unwanted)


def _read_line(line: str) -> tuple[Address, str] | None:
    address, _, names = line.partition("\t")
    try:
        return parse_address(address.strip()), names
    except ValueError:
        return None


def with_address(text: str, name: str, address: str) -> str:
    """`text` with `address` in every line whose first name is `name`, or begins with it and a dot."""
    lines = []
    for line in text.splitlines():
        _, tab, names = line.partition("\t")
        fits = tab and (names.split(" ")[0] == name or names.startswith(f"{name}."))
        lines.append(f"{address}\t{names}" if fits else line)
    return "".join(f"{line}\n" for line in lines)
