"""What ifconfig, netstat, route and arp have in common (net-tools 2.10: lib/)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from vnetsim.observations import AddressEntry, Link, Route
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.process.network import Network
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options, option
from vnetsim.programs.resources import resource
from vnetsim.values import define, frozen
from vnetsim.wire.inet import Address, IPv4, Prefix, inet_aton

VERSION: Final = "net-tools 2.10\n"
_HARDWARE: Final = (
    "+ETHER +ARC +SLIP +PPP +TUNNEL -TR +AX25 +NETROM +X25 +FR +ROSE +ASH +SIT +FDDI +HIPPI +HDLC/LAPB +EUI64 "
)
UNKNOWN_HOST: Final = "Host name lookup failure"

#: Flags of devices: their bits, and the letters of short listings.
_FLAGS: Final = (
    ("UP", 0x1, "U"), ("BROADCAST", 0x2, "B"), ("DEBUG", 0x4, "D"), ("LOOPBACK", 0x8, "L"),
    ("POINTOPOINT", 0x10, "P"), ("NOTRAILERS", 0x20, "N"), ("RUNNING", 0x40, "R"), ("NOARP", 0x80, "O"),
    ("PROMISC", 0x100, "P"), ("ALLMULTI", 0x200, "A"), ("SLAVE", 0x800, "s"), ("MASTER", 0x400, "m"),
    ("MULTICAST", 0x1000, "M"), ("DYNAMIC", 0x8000, "d"),
)  # fmt: skip
_SHORT_ORDER: Final = (
    "ALLMULTI", "BROADCAST", "DEBUG", "LOOPBACK", "MULTICAST", "DYNAMIC", "PROMISC", "NOTRAILERS", "NOARP",
    "POINTOPOINT", "SLAVE", "MASTER", "RUNNING", "UP",
)  # fmt: skip
_LETTERS: Final = {name: letter for name, _, letter in _FLAGS}
_UNITS: Final = ("EiB", "PiB", "TiB", "GiB", "MiB", "KiB")
_SCOPES: Final = {0: "0x0<global>", 200: "0x40<site>", 253: "0x20<link>", 254: "0x10<host>"}
_MAIN_TABLE: Final = 254
_NAMED_NETWORKS: Final = {"127.0.0.0": "loopback", "169.254.0.0": "link-local"}


@define
class NettoolsOptions(Options):
    """`tool` names the usage text, `features` are those that `--version` prints."""

    tool: ClassVar[str]
    features: ClassVar[str] = ""
    authors: ClassVar[str] = ""
    hardware: ClassVar[str] = " "

    def misused(self, *problems: str) -> Exit:
        return Exit(3, *problems, stderr=usage_text(self.tool))

    @option("-h", "-?", "--help")
    def help(self, _: str) -> None:
        print_usage(self.process, self.tool)
        raise Exit(0)

    @option("-V", "--version")
    def version(self, _: str) -> None:
        families = "+UNIX +INET +INET6 +IPX +AX25 +NETROM +X25 +ATALK +ECONET +ROSE -BLUETOOTH"
        version = f"{VERSION}{self.authors}{self.features}+I18N +SELINUX\n"
        raise Exit(0, stdout=f"{version}AF: (inet) {families}\nHW:{self.hardware} {_HARDWARE}\n")


def usage_text(tool: str) -> str:
    return resource("nettools", tool).replace("%%\n", "")


def print_usage(process: Process, tool: str) -> None:
    """The parts of the text are separated by `%%`; every other one is a list, which goes to standard error anyhow."""
    for index, part in enumerate(resource("nettools", tool).split("%%\n")):
        (process.error if index % 2 else process.write)(part)


def find_host(process: Process, name: str, status: int, problem: str = UNKNOWN_HOST) -> Coroutine[IPv4]:
    """An address in any form of inet_aton(3), or a name; the program ends with `status` if it is unknown."""
    number = inet_aton(name)
    if number is not None:
        return number
    resolved: Resolved = yield process.resolve(name, 4)
    for address in resolved.addresses:
        if isinstance(address, IPv4):
            return address
    raise Exit(status, stderr=f"{name}: {problem}\n")


# --- interfaces -------------------------------------------------------------------------------------------------------


@frozen
class NetInterface:
    """A device, or an alias of it: a name that one of its addresses has for itself."""

    name: str
    link: Link
    addresses: tuple[AddressEntry, ...]

    @property
    def is_alias(self) -> bool:
        return ":" in self.name

    @property
    def address(self) -> AddressEntry | None:
        """The first IPv4 address of that name."""
        return next((it for it in self.addresses if it.address.version == 4 and it.label == self.name), None)

    @property
    def flags(self) -> tuple[str, ...]:
        """In the order of ifconfig."""
        running = "UP" in self.link.flags and self.link.state in ("UP", "UNKNOWN")
        known = {*self.link.flags, *(("RUNNING",) if running else ())}
        return tuple(name for name, _, _ in _FLAGS if name in known)


def interfaces(network: Network) -> Iterator[NetInterface]:
    """By name, aliases behind their devices."""
    links, addresses = network.links(), network.addresses()
    for link in sorted(links, key=lambda link: _natural(link.name)):
        own = tuple(entry for entry in addresses if entry.index == link.index)
        yield NetInterface(link.name, link, own)
        aliases = {entry.label for entry in own if entry.label is not None and ":" in entry.label}
        for alias in sorted(aliases, key=_natural):
            yield NetInterface(alias, link, own)


def interface(network: Network, name: str) -> NetInterface | None:
    """Any alias of a device is one, even if no address has it."""
    device = name.partition(":")[0]
    link = next((link for link in network.links() if link.name == device), None)
    if link is None:
        return None
    return NetInterface(name, link, tuple(entry for entry in network.addresses() if entry.index == link.index))


def _natural(name: str) -> tuple[str, int]:
    """nstrcmp(): numbers at the end count as numbers."""
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :] or 0)


def interface_text(it: NetInterface) -> str:
    """ife_print_long()"""
    bits = sum(bit for name, bit, _ in _FLAGS if name in it.flags)
    lines = [f"{it.name}: flags={bits}<{','.join(it.flags)}>  mtu {it.link.mtu}", *_address_lines(it)]
    lines.append(f"        {_hardware(it.link)}")
    if not it.is_alias:
        lines += _statistics_lines(it.link)
    return "\n".join(lines) + "\n\n"


def _address_lines(it: NetInterface) -> Iterator[str]:
    entry = it.address
    if entry is not None:
        line = f"        inet {entry.address}  netmask {netmask(entry.length)}"
        if "BROADCAST" in it.flags:
            line += f"  broadcast {entry.broadcast or '0.0.0.0'}"
        if "POINTOPOINT" in it.flags:
            line += f"  destination {entry.peer or entry.address}"
        yield line
    if it.is_alias:
        return
    for inet6 in sorted((it for it in it.addresses if it.address.version == 6), key=lambda it: it.scope != 253):
        scope = _SCOPES.get(inet6.scope, "0x0<global>")
        yield f"        inet6 {inet6.address}  prefixlen {inet6.length}  scopeid {scope}"


def netmask(length: int) -> IPv4:
    return IPv4(0xFFFFFFFF << (32 - length) & 0xFFFFFFFF)


def _hardware(link: Link) -> str:
    if link.link_type == "loopback":
        return f"loop  txqueuelen {link.qlen or 0}  (Local Loopback)"
    if link.link_type == "ether":
        return f"ether {link.mac}  txqueuelen {link.qlen or 0}  (Ethernet)"
    return f"unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00  txqueuelen {link.qlen or 0}  (UNSPEC)"


def _statistics_lines(link: Link) -> Iterator[str]:
    count = link.statistics
    yield f"        RX packets {count.rx_packets}  bytes {count.rx_bytes} ({_readable(count.rx_bytes)})"
    yield f"        RX errors {count.rx_errors}  dropped {count.rx_dropped}  overruns 0  frame {count.rx_frame_errors}"
    yield f"        TX packets {count.tx_packets}  bytes {count.tx_bytes} ({_readable(count.tx_bytes)})"
    yield (
        f"        TX errors {count.tx_errors}  dropped {count.tx_dropped} overruns 0  "
        f"carrier {count.tx_carrier}  collisions {count.collisions}"
    )


def _readable(number: int) -> str:
    for power, unit in zip(range(6, 0, -1), _UNITS, strict=True):
        if number > 1024**power:
            tenths = number * 10 // 1024**power
            return f"{tenths // 10}.{tenths % 10} {unit}"
    return f"{number}.0 B"


def interface_row(it: NetInterface) -> str:
    """ife_print_short()"""
    count = it.link.statistics
    numbers = (
        f" {count.rx_packets:>8} {count.rx_errors:>6} {count.rx_dropped:>6} {0:<6}"
        f" {count.tx_packets:>8} {count.tx_errors:>6} {count.tx_dropped:>6} {0:>6} "
    )
    letters = "".join(_LETTERS[name] for name in _SHORT_ORDER if name in it.flags)
    columns = f"{'      - no statistics available -':<61}" if it.is_alias else numbers
    return f"{it.name:<15.15} {it.link.mtu:>5}{columns}{letters}\n"


# --- routes -----------------------------------------------------------------------------------------------------------

_HEAD: Final = "Kernel IP routing table\nDestination     Gateway         Genmask         Flags "
#: The columns behind the flags, by how much is wanted.
_COLUMNS: Final = (
    "Metric Ref    Use Iface\n",
    "  MSS Window  irtt Iface\n",
    "Metric Ref    Use Iface    MSS   Window irtt\n",
)


def route_table(process: Process, *, numeric: bool, form: int) -> Coroutine[str]:
    """INET_rprint(), of /proc/net/route; `form` chooses the columns: metric, MSS, all."""
    names = _Names(process, numeric)
    lines = [f"{_HEAD}{_COLUMNS[form]}"]
    for route in process.network.routes(4, _MAIN_TABLE):
        if route.kind not in ("broadcast", "multicast"):
            lines.append((yield from _route_line(names, route, form)))
    return "".join(lines)


def _route_line(names: _Names, route: Route, form: int) -> Coroutine[str]:
    hop = route.hops[0] if route.hops else None
    rejected = route.kind in ("unreachable", "prohibit")
    target = yield from names.target(route.destination)
    via = hop.via if hop is not None and isinstance(hop.via, IPv4) else None
    gateway = "-" if rejected else (yield from names.gateway(via))
    flags = "!" if rejected else "U" + ("G" if hop is not None and hop.via is not None else "")
    flags += "H" if route.destination.length == 32 and not rejected else ""
    device = "-" if rejected else hop.device if hop is not None and hop.device is not None else "*"
    nothing = "-" if rejected else "0"
    line = f"{target:<15.15} {gateway:<15.15} {netmask(route.destination.length)!s:<15} {flags:<5} "
    mss = "-" if rejected else str(route.advmss or 0)
    if form == 1:
        return f"{line}{mss:>5} {nothing:<6} {nothing:>5} {device}\n"
    line += f"{route.metric or 0:<6} {nothing:<3} {0:>6} "
    return f"{line}{device}\n" if form == 0 else f"{line}{device:<8} {mss:<5} {nothing:<6} {nothing}\n"


class _Names:
    """Names of hosts and networks, each looked up once."""

    def __init__(self, process: Process, numeric: bool) -> None:
        self._process = process
        self._numeric = numeric
        self._hosts: dict[Address, str] = {}

    def target(self, prefix: Prefix) -> Coroutine[str]:
        if self._numeric or prefix.length == 32:
            return (yield from self.gateway(prefix.address if self._numeric or prefix.address else None))
        if not prefix.address:
            return "default"
        return _NAMED_NETWORKS.get(str(prefix.address), str(prefix.address))

    def gateway(self, address: Address | None) -> Coroutine[str]:
        if address is None or self._numeric or not address:
            return str(address or "0.0.0.0")
        if address not in self._hosts:
            name: str | None = yield self._process.reverse(address)
            self._hosts[address] = name or str(address)
        return self._hosts[address]
