"""The output options of tcpdump, and the state that it keeps between packets.

Every value on the wire has `describe(printer)`; its `str` is the text of a new printer.  The defaults are those of
`tcpdump -n -e`.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

import attrs

from vnetsim.values import define
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac


class PrinterNames(Protocol):
    """The name that tcpdump prints for a port without -n; `protocol` is tcp or udp."""

    def address(self, address: Address) -> str: ...
    def port(self, port: int, protocol: str) -> str: ...
    def station(self, mac: Mac) -> str: ...


@define(eq=False)
class PacketPrinter:
    """`link` is -e, `verbosity` the number of -v, `absolute` is -S, `quiet` is -q; without `names` numbers are printed.

    `offload`: UDP and TCP checksums are still to be filled in by hardware that a virtual cable does not have, so that
    with -v they look wrong, as they do on a real machine.
    `conversations` are the initial sequence numbers of the TCP connections seen so far, by which tcpdump makes the
    later ones relative.
    """

    link: bool = True
    verbosity: int = 0
    absolute: bool = False
    offload: bool = False
    conversations: dict[Hashable, tuple[int, int]] = attrs.field(factory=dict)
    quiet: bool = False
    names: PrinterNames | None = None

    def address(self, address: Address) -> str:
        return str(address) if self.names is None else self.names.address(address)

    def port(self, port: int, protocol: str) -> str:
        return str(port) if self.names is None else self.names.port(port, protocol)

    def station(self, mac: Mac) -> str:
        return str(mac) if self.names is None else self.names.station(mac)


def dump(data: bytes, *, text: bool = True) -> str:
    """What tcpdump prints of bytes that it does not know: a line for each 16, each behind a newline and a tab."""
    return "".join(f"\n\t{_dump_line(data[at : at + 16], at, text)}" for at in range(0, len(data), 16))


def _dump_line(data: bytes, at: int, text: bool) -> str:
    """`0x0010:  7878 7878  xxxx`, the second column 39 characters wide."""
    groups = " ".join(data[here : here + 2].hex() for here in range(0, len(data), 2))
    if not text:
        return f"0x{at:04x}:  {groups}"
    characters = "".join(chr(octet) if 32 < octet < 127 else "." for octet in data)
    return f"0x{at:04x}:  {groups:<39}  {characters}"


def visible(data: bytes) -> str:
    """Text as tcpdump shows it: `^J` for a newline, `M-` before what is not ASCII."""
    return "".join(map(_visible_octet, data))


def _visible_octet(octet: int) -> str:
    before, octet = ("M-", octet - 128) if octet > 127 else ("", octet)
    return f"{before}{chr(octet)}" if 31 < octet < 127 else f"{before}^{chr(octet ^ 64)}"
