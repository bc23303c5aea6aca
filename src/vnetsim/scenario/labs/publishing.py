"""Published ports of a lab's machines, as translations on the host: what Docker does for these programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import UsageError
from vnetsim.scenario.labs.steps import LabStep

_PORT: Final = re.compile(r"(?:(?P<host>[0-9]{1,5}):)?(?P<guest>[0-9]{1,5})(?:/(?P<protocol>tcp|udp))?", re.IGNORECASE)


def published(text: str, address: str, host_port: str, file: str, line: int) -> Iterator[LabStep]:
    """Of `[HOST:]GUEST[/tcp|/udp]`, `host_port` being HOST if there is none."""
    found = _PORT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{file}:{line}: expected [HOST:]GUEST[/tcp|/udp], found {text!r}")
    protocol, host = (found["protocol"] or "tcp").lower(), found["host"] or host_port
    match = f"-p {protocol} -m addrtype --dst-type LOCAL --dport {host}"
    target = f"-j DNAT --to-destination {address}:{found['guest']}"
    yield LabStep(f"iptables -t nat -A PREROUTING {match} {target}", file, line)
    yield LabStep(f"iptables -t nat -A OUTPUT ! -d 127.0.0.0/8 {match} {target}", file, line)
