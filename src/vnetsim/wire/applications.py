"""What tcpdump prints of the data behind well-known ports.

Over UDP: DNS, VXLAN and Geneve.  Over TCP: text protocols (HTTP, RTSP, FTP, SMTP), Redis and DNS.
Not modelled: the other ports that tcpdump 4.99 looks into (DHCP, NTP, SIP, BGP, SMB ...), whose data is not
printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import DecodeError
from vnetsim.values import frozen
from vnetsim.wire import dns
from vnetsim.wire.printer import PacketPrinter, visible

_TOKEN: Final = re.compile(rb"[!-~]+")
_BLANKS: Final = re.compile(rb"[ \t\v\f]*")
_LINE: Final = re.compile(rb"([\t -~]*)(\r\n|\n|\Z)?")
#: A Redis command as a person types it.
_INLINE: Final = re.compile(rb"([^\r\n]*)[\r\n]+")
_LONGEST_TOKEN: Final = 127


@frozen
class _TextProtocol:
    """`commands` begin a request; without any, every line is one.  A response has a code as first or second token."""

    name: str
    commands: frozenset[str] = frozenset()
    code_is_second: bool = False

    def describe(self, printer: PacketPrinter, data: bytes) -> str:
        text = f": {self.name.upper()}"
        if not self._begins_message(data):
            return text
        if not printer.verbosity:
            return text + self._line(": ", data, 0)[0]
        text += f", length: {len(data)}"
        at: int | None = 0
        while at is not None and at < len(data):
            line, at = self._line("\n\t", data, at)
            text += line
        return text

    def _begins_message(self, data: bytes) -> bool:
        if not self.commands:
            return True
        token, rest = _token(data, 0)
        if token.lower() in self.commands:
            return True
        if self.code_is_second and rest:
            token, rest = _token(data, rest)
        return len(token) == 3 and is_digits(token)

    def _line(self, prefix: str, data: bytes, at: int) -> tuple[str, int | None]:
        """A line behind `prefix`, and where the next one begins if there can be one."""
        found = _LINE.match(data, at)
        if found is None or found[2] is None:
            return "", None
        if found[2]:
            return prefix + found[1].decode(), found.end()
        return f"{prefix}{found[1].decode()} [|{self.name}]", None


def _token(data: bytes, at: int) -> tuple[str, int]:
    """The token at `at` and where what follows it begins; "" and 0 if there is none."""
    found = _TOKEN.match(data, at)
    if found is None or len(found[0]) > _LONGEST_TOKEN:
        return "", 0
    end = found.end()
    if end < len(data) and not data[end : end + 1].isspace():
        return "", 0
    blanks = _BLANKS.match(data, end)
    return found[0].decode(), blanks.end() if blanks else end


_HTTP_COMMANDS: Final = frozenset(
    {
        "get", "put", "copy", "head", "lock", "move", "poll", "post", "bcopy", "bmove", "mkcol", "trace",
        "label", "merge", "delete", "search", "unlock", "report", "update", "notify", "bdelete", "bpropfind",
        "bproppatch", "checkin", "options", "propfind", "checkout", "mkworkspace", "proppatch", "subscribe",
        "uncheckout", "unsubscribe", "baseline-control", "version-control", "mkactivity", "connect", "ccm_post",
        "rpc_connect",
    }
)  # fmt: skip
_HTTP: Final = _TextProtocol("http", _HTTP_COMMANDS, code_is_second=True)
_RTSP_COMMANDS: Final = frozenset(
    {
        "options", "describe", "announce", "setup", "play", "pause", "teardown", "get_parameter",
        "set_parameter", "redirect", "record",
    }
)  # fmt: skip
_RTSP: Final = _TextProtocol("rtsp", _RTSP_COMMANDS, code_is_second=True)


#: The printers of tunnels over UDP by port, which the package registers: a tunnel carries packets of the layers above.
TUNNELS: Final[dict[int, Callable[[PacketPrinter, bytes], str]]] = {}


def describe_datagram(printer: PacketPrinter, source_port: int, destination_port: int, data: bytes) -> str:
    """What follows the ports of a datagram with `data`, "" if its ports are not known."""
    ports = source_port, destination_port
    if dns.PORT in ports:
        return _describe_message(printer, data)
    for port, describe in TUNNELS.items():
        if port in ports:
            try:
                return describe(printer, data)
            except DecodeError:
                return ""
    return ""


def describe_stream(printer: PacketPrinter, source_port: int, destination_port: int, data: bytes) -> str:
    """What follows `length 27` of a segment with `data`, "" if its ports are not known."""
    ports = {source_port, destination_port}
    for known, describe in _STREAMS:
        if not known.isdisjoint(ports):
            return describe(printer, data)
    return ""


def _describe_dns(printer: PacketPrinter, data: bytes) -> str:
    """DNS over TCP: a length of two bytes precedes the message."""
    length = int.from_bytes(data[:2], "big")
    if length != len(data) - 2:
        return f" [prefix length({length}) != length({len(data) - 2})] (invalid)"
    return f" {_describe_message(printer, data[2:])}"


def _describe_message(printer: PacketPrinter, data: bytes) -> str:
    from vnetsim.wire import dns_printer  # noqa: PLC0415 -- dnspython is loaded with the first message

    return dns_printer.describe(printer, data)


# --- Redis ----------------------------------------------------------------------------------------------------------


def _describe_redis(printer: PacketPrinter, data: bytes) -> str:  # noqa: ARG001 (as its siblings)
    text = ": RESP"
    at = 0
    try:
        while at < len(data):
            values, at = _redis_value(data, at)
            text += values
    except DecodeError:
        text += " [|resp]"
    return text


def _redis_value(data: bytes, at: int) -> tuple[str, int]:
    """A value of the Redis serialisation protocol as text, and where the next one begins."""
    kind = data[at : at + 1]
    if kind not in (b"+", b"-", b":", b"$", b"*"):
        inline = _INLINE.match(data, at)
        if inline is None:
            raise DecodeError("a command is cut short")
        return f' "{visible(inline[1])}"' * bool(inline[1]), inline.end()
    line, at = _redis_line(data, at + 1)
    if kind in b"+-:":
        return f' "{line}"', at
    count = int(line) if is_digits(line.removeprefix("-")) else -1
    if count <= 0:
        end = at + 2 if kind == b"$" and count == 0 else at
        return " null" if count < 0 else " empty", end
    if kind == b"*":
        return _redis_array(data, at, count)
    if len(data) < at + count + 2:
        raise DecodeError("a bulk string is cut short")
    return f' "{visible(data[at : at + count])}"', at + count + 2


def _redis_array(data: bytes, at: int, count: int) -> tuple[str, int]:
    text = ""
    for _ in range(count):
        if at >= len(data):
            raise DecodeError("an array is cut short")
        values, at = _redis_value(data, at)
        text += values
    return text, at


def _redis_line(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\n", at)
    if end < 0:
        raise DecodeError("a line is cut short")
    return visible(data[at:end].rstrip(b"\r")), end + 1


#: The printers of payloads, in tcpdump's order: the first whose port is at either end.
_STREAMS: Final[tuple[tuple[frozenset[int], Callable[[PacketPrinter, bytes], str]], ...]] = (
    (frozenset({25}), _TextProtocol("smtp").describe),
    (frozenset({6379}), _describe_redis),
    (frozenset({21}), _TextProtocol("ftp").describe),
    (frozenset({80, 8080}), _HTTP.describe),
    (frozenset({554, 8554}), _RTSP.describe),
    (frozenset({dns.PORT}), _describe_dns),
)
