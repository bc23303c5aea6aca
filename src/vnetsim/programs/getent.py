"""`getent`: entries of the databases of names, as glibc finds them (nss/getent.c; `hosts: files dns`).

/etc/hosts is read here, for its other names (nss/nss_files/files-hosts.c); the resolver answers everything else.

Not modelled: `-s`, databases of aliases, of passwords and of hosts without a disk, listing of all services, protocols
and networks, and the name that DNS calls canonical, for which the given name is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program, Resolved
from vnetsim.programs.libc import netdb
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, flag
from vnetsim.values import define, frozen
from vnetsim.wire.inet import LOOPBACK4, LOOPBACK6, Address, IPv6, is_address, parse_address

_NOT_FOUND: Final = 2
_BAD_OPTION: Final = 64
_TRY: Final = "Try `getent --help' or `getent --usage' for more information.\n"
_MAPPED: Final = 0xFFFF << 32
#: Databases that glibc has besides those that are here.
_OTHERS: Final = ("aliases", "ethers", "gshadow", "initgroups", "netgroup", "rpc", "shadow")
#: Databases of names and numbers.
_NETBASE: Final = ("services", "protocols", "networks")

Keys = Coroutine[int]


@define
class GetentOptions(Options):
    unmodelled = "-s: -?|--help -V|--version"
    ignored = "-i|--no-idn"

    any_family: bool = flag("-A", "--no-addrconfig")

    def misused(self, problem: str) -> Exit:
        return Exit(_BAD_OPTION, stderr=f"{self.program}: {problem}\n{_TRY}")


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 0: every key was found, 2: one was not, 1: there is no such database."""
    options = GetentOptions.read(process)
    if not options.operands:
        return _misused(process, f"{options.program}: wrong number of arguments")
    database, *keys = options.operands
    if database in _OTHERS:
        raise NotModelled(f"getent {database}")
    if database in ("passwd", "group"):
        return _lines(process, database, keys)
    if database in _NETBASE:
        return _numbers(process, database, keys)
    if database not in _LOOKUPS:
        return _misused(process, f"Unknown database: {database}")
    if not keys:
        return _list_hosts(process)
    return _each(process, keys, _LOOKUPS[database], configured_only=not options.any_family)


def _misused(process: Process, complaint: str) -> int:
    process.error(f"{complaint}\n")
    process.write(_TRY)
    return 1


def _each(process: Process, keys: list[str], look: Lookup, *, configured_only: bool) -> Keys:
    status = 0
    for key in keys:
        found = yield from look(process, key, configured_only)
        process.write(found)
        status = status if found else _NOT_FOUND
    return status


# --- files of lines ---------------------------------------------------------------------------------------------------


def _read(process: Process, path: str) -> str:
    try:
        return process.files.read(path)
    except KernelError:
        return ""


def _lines(process: Process, database: str, keys: list[str]) -> int:
    """passwd and group: by the name or the number in a line."""
    lines = [line for line in _read(process, f"/etc/{database}").splitlines() if line.count(":") >= 2]
    if not keys:
        process.write("".join(f"{line}\n" for line in lines))
        return 0
    status = 0
    for key in keys:
        found = next((line for line in lines if key in (line.split(":")[0], line.split(":")[2])), None)
        if found is None:
            status = _NOT_FOUND
        else:
            process.write(f"{found}\n")
    return status


def _numbers(process: Process, database: str, keys: list[str]) -> int:
    """services, protocols and networks: by a name or a number; services also with their protocol (`53/udp`)."""
    known = list(netdb.entries(process, database))
    if not keys and database != "networks" and known:
        raise NotModelled(f"getent {database} without a name")
    if not keys:
        process.write("".join(map(_entry_line, known)))
        return 0
    status = 0
    for key in keys:
        found = next((entry for entry in known if _is_meant(entry, key, database)), None)
        if found is None:
            status = _NOT_FOUND
        else:
            process.write(_entry_line(found))
    return status


def _is_meant(entry: netdb.NetdbEntry, key: str, database: str) -> bool:
    name, slash, protocol = key.partition("/")
    number, _, own = entry.number.partition("/")
    if database == "services" and slash and protocol != own:
        return False
    if database != "services":
        name = key
    return number == name or (not is_digits(name) and entry.is_called(name))


def _entry_line(entry: netdb.NetdbEntry) -> str:
    return f"{entry.name:<21} {entry.number}{''.join(f' {alias}' for alias in entry.aliases)}\n"


# --- /etc/hosts -------------------------------------------------------------------------------------------------------


@frozen
class _Host:
    """A line of /etc/hosts."""

    address: Address
    names: tuple[str, ...]


def _hosts(process: Process, version: int | None) -> Iterator[_Host]:
    """The lines that count for one family: to IPv4, `::1` is 127.0.0.1."""
    for line in _read(process, "/etc/hosts").splitlines():
        fields = line.partition("#")[0].split()
        if len(fields) < 2:
            continue
        try:
            address = parse_address(fields[0])
        except ValueError:
            continue
        if version == 4 and address == LOOPBACK6 and address.version == 6:
            address = LOOPBACK4
        if version in (None, address.version):
            yield _Host(address, tuple(fields[1:]))


def _named(process: Process, name: str, version: int | None) -> tuple[list[Address], list[str]]:
    """All lines with that name are one host: its addresses, and its names, the canonical one first."""
    addresses: list[Address] = []
    names: list[str] = []
    for host in _hosts(process, version):
        if name.lower() in (field.lower() for field in host.names):
            addresses.append(host.address)
            names += host.names if not names or host.names[0] != names[0] else host.names[1:]
    return addresses, names


def _list_hosts(process: Process) -> int:
    for host in _hosts(process, 4):
        process.write(_host_line(host.address, host.names))
    return 0


def _host_line(address: Address, names: tuple[str, ...] | list[str]) -> str:
    return f"{address!s:<15} {' '.join(names)}\n"


# --- hosts ------------------------------------------------------------------------------------------------------------


def _look_host(process: Process, key: str, _: bool) -> Coroutine[str]:
    """hosts_keys(): an address is looked up in reverse, a name as IPv6 first."""
    try:
        address = parse_address(key)
    except ValueError:
        pass
    else:
        return (yield from _look_address(process, address))
    for version in (6, 4):
        addresses, names = _named(process, key, version)
        if not addresses:
            resolved: Resolved = yield process.resolve(key, version)
            addresses, names = list(resolved.addresses), [key.rstrip(".")]
        if addresses:
            return "".join(_host_line(address, names) for address in addresses)
    return ""


def _look_address(process: Process, address: Address) -> Coroutine[str]:
    for host in _hosts(process, address.version):
        if host.address == address:
            return _host_line(address, host.names)
    name: str | None = yield process.reverse(address)
    return _host_line(address, [name]) if name is not None else ""


# --- ahosts -----------------------------------------------------------------------------------------------------------


def _ahosts(family: int | None) -> Lookup:
    """getaddrinfo(3) with AI_CANONNAME, AI_V4MAPPED and AI_ADDRCONFIG."""

    def look(process: Process, key: str, configured_only: bool) -> Coroutine[str]:
        version = family
        if configured_only and not is_address(key):
            configured = _configured(process)
            if family is not None and family not in configured:
                return ""
            version = next(iter(configured)) if family is None and len(configured) == 1 else family
        addresses, name = yield from _addresses(process, key, version)
        if not addresses and family == 6:
            plain, name = yield from _addresses(process, key, 4)
            addresses = [IPv6(_MAPPED | address) for address in plain]
        return "".join(_sockets(address, name if index == 0 else "") for index, address in enumerate(addresses))

    return look


def _sockets(address: Address, name: str) -> str:
    return f"{address!s:<15} STREAM {name}\n{address!s:<15} DGRAM  \n{address!s:<15} RAW    \n"


def _configured(process: Process) -> set[int]:
    """The families that have an address of their own here."""
    own = [entry.address for entry in process.network.addresses()]
    return {address.version for address in own if address not in (LOOPBACK4, LOOPBACK6)}


def _addresses(process: Process, key: str, version: int | None) -> Coroutine[tuple[list[Address], str]]:
    addresses, names = _named(process, key, version)
    if addresses:
        return addresses, names[0]
    resolved: Resolved = yield process.resolve(key, version)
    return list(resolved.addresses), key.rstrip(".")


Lookup = Callable[[Process, str, bool], Coroutine[str]]

_LOOKUPS: Final[dict[str, Lookup]] = {
    "hosts": _look_host,
    "ahosts": _ahosts(None),
    "ahostsv4": _ahosts(4),
    "ahostsv6": _ahosts(6),
}
