"""/etc/resolv.conf as BIND's tools read it (lib/irs/resconf.c): resolv.conf(5), but for `sortlist` and $LOCALDOMAIN."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.bind.lookup import DigServer
from vnetsim.values import frozen
from vnetsim.wire.inet import LOOPBACK4, Address, parse_address

_MOST_SERVERS: Final = 3
_MOST_DOMAINS: Final = 8
_NUMBERS: Final = ("ndots", "attempts", "timeout")


@frozen(kw_only=True)
class ResConf:
    """`timeout` in seconds, 0 where the file does not warning; `servers` are none where it names none."""

    servers: tuple[Address, ...] = ()
    search: tuple[str, ...] = ()
    ndots: int = 1
    attempts: int = 3
    timeout: int = 0

    def usable(self, versions: tuple[int, ...]) -> list[DigServer]:
        """The servers of the families in use; where there are none, this host."""
        found = [DigServer(str(address), str(address)) for address in self.servers if address.version in versions]
        if found:
            return found
        return [DigServer(text, text) for version, text in ((6, "::1"), (4, "127.0.0.1")) if version in versions]


def parse(text: str) -> ResConf:
    servers: list[Address] = []
    search: tuple[str, ...] = ()
    numbers: dict[str, int] = {}
    for line in text.splitlines():
        match line.partition("#")[0].partition(";")[0].split():
            case ["nameserver", value]:
                servers += _server(value)
            case ["domain", value]:
                search = (value,)
            case ["search", *values]:
                search = tuple(values[:_MOST_DOMAINS])
            case ["options", *values]:
                numbers |= _options(values)
    return ResConf(servers=tuple(servers[:_MOST_SERVERS]), search=search, **numbers)


def _server(value: str) -> list[Address]:
    try:
        address = parse_address(value)
    except ValueError:
        return []
    return [LOOPBACK4 if address == 0 and address.version == 4 else address]


def _options(values: list[str]) -> dict[str, int]:
    pairs = [value.partition(":") for value in values]
    return {name: int(value) for name, _, value in pairs if name in _NUMBERS and is_digits(value) and int(value) < 256}


def read(process: Process) -> ResConf:
    try:
        return parse(process.files.read("/etc/resolv.conf"))
    except KernelError:
        return ResConf()
