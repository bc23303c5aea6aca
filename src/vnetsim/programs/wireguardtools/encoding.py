"""Keys, addresses and numbers as wireguard-tools reads and writes them (encoding.c, config.c)."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.netdb import entries
from vnetsim.programs.libc.streams import source
from vnetsim.wire.inet import Address, IPv4, IPv6, Prefix

#: Characters of a key in base64.
KEY_LENGTH: Final = 44
NO_KEY: Final = bytes(32)
_MOST_SECONDS: Final = 65535
_MARKS: Final = 1 << 32
_PORTS: Final = 1 << 16


def refused(sentence: str) -> Exit:
    return Exit(1, stderr=f"{sentence}\n")


def key_text(key: bytes | None) -> str:
    return "(none)" if key is None else base64.b64encode(key).decode()


def key_of(text: str) -> bytes | None:
    """None for what is no key (key_from_base64)."""
    if len(text) != KEY_LENGTH or not text.endswith("="):
        return None
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == len(NO_KEY) and key_text(key) == text else None


def read_key(text: str) -> bytes:
    key = key_of(text)
    if key is None:
        raise refused(f"Key is not the correct length or format: `{text}'")
    return key


def read_keyfile(process: Process, path: str) -> Coroutine[bytes]:
    """parse_keyfile: an empty file is no key."""
    try:
        text = yield from source(process, path).rest()
    except KernelError as error:
        raise refused(f"fopen: {error.errno.strerror}") from None
    if not text:
        return NO_KEY
    if len(text) < KEY_LENGTH:
        raise refused("Invalid length key in key file")
    trailing = text[KEY_LENGTH:].lstrip()
    if trailing:
        raise refused(f"Found trailing character in key file: `{trailing[0]}'")
    return read_key(text[:KEY_LENGTH])


def read_port(process: Process, text: str) -> int:
    """getaddrinfo(3): a number, cut to 16 bits, or a service of UDP."""
    if is_digits(text) and text.isascii():
        return int(text) % _PORTS
    for entry in entries(process, "services"):
        port, _, protocol = entry.number.partition("/")
        if protocol == "udp" and entry.is_called(text):
            return int(port)
    raise refused(f"Servname not supported for ai_socktype: `{text}'")


def read_fwmark(text: str) -> int:
    digits, base = (text[2:], 16) if text[:2] == "0x" else (text, 10)
    if text.lower() == "off":
        return 0
    try:
        mark = int(digits, base) if digits.isalnum() and digits.isascii() else -1
    except ValueError:
        mark = -1
    if not 0 <= mark < _MARKS:
        raise refused(f"Fwmark is neither 0/off nor 0-0xffffffff: `{text}'")
    return mark


def read_keepalive(text: str) -> int:
    if text.lower() == "off":
        return 0
    if not (is_digits(text) and text.isascii() and int(text) <= _MOST_SECONDS):
        raise refused(f"Persistent keepalive interval is neither 0/off nor 1-65535: `{text}'")
    return int(text)


def read_endpoint(process: Process, text: str) -> Coroutine[tuple[Address, int]]:
    """parse_endpoint: `10.0.0.2:51820`, `[fd00::2]:51820` or a name and a port."""
    if text.startswith("["):
        host, brace, rest = text[1:].partition("]")
        if not brace:
            raise refused(f"Unable to find matching brace of endpoint: `{text}'")
        port = rest[1:] if rest.startswith(":") else ""
    else:
        host, colon, port = text.rpartition(":")
        port = port if colon else ""
    if not port:
        raise refused(f"Unable to find port of endpoint: `{text}'")
    resolved: Resolved = yield process.resolve(host)
    if resolved.zone is not None:
        raise NotModelled("an endpoint that belongs to one link")
    if not host or not resolved.addresses:
        raise refused(f"{resolved.error or 'Name or service not known'}: `{text}'")
    return resolved.addresses[0], read_port(process, port)


def read_allowed_ips(process: Process, text: str) -> tuple[Prefix, ...]:
    return tuple(_allowed_ip(process, entry) for entry in text.split(",")) if text else ()


def _allowed_ip(process: Process, entry: str) -> Prefix:
    """parse_allowedips: bits behind the length are a warning."""
    text, slash, length_text = entry.partition("/")
    try:
        address: Address = IPv6.parse(text) if ":" in text else IPv4.parse(text)
    except ValueError:
        raise refused(f"Unable to parse IP address: `{text}'") from None
    length = address.bits
    if slash:
        length = int(length_text) if is_digits(length_text) and length_text.isascii() else length + 1
        if length > address.bits:
            raise refused(f"AllowedIP is not in the correct format: `{entry}'")
    network = Prefix.of(address, length)
    if network.address != address:
        process.error(f"Warning: AllowedIP has nonzero host part: {entry}\n")
    return network
