"""Transmission Control Protocol segments (RFC 9293), their options (RFC 7323, RFC 2018) and their text in tcpdump.

Not modelled: options of other kinds, which are carried as bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final, TypeAlias

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import applications
from vnetsim.wire.checksum import checksum, ones_complement_sum, pseudo_header
from vnetsim.wire.inet import Address
from vnetsim.wire.printer import PacketPrinter, visible

PROTOCOL: Final = 6
HEADER_LENGTH: Final = 20
_LAYOUT: Final = struct.Struct("!HHIIBBHHH")

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
PSH: Final = 0x08
ACK: Final = 0x10
URG: Final = 0x20
ECE: Final = 0x40
CWR: Final = 0x80
#: A letter for each flag, from the lowest bit on.
_LETTERS: Final = "FSRP.UEW"

#: How much tcpdump prints of the data of a reset.
_LONGEST_REASON: Final = 30

# Kinds of options.
END: Final = 0
NOP: Final = 1
MSS: Final = 2
WINDOW_SCALE: Final = 3
SACK_PERMITTED: Final = 4
SACK: Final = 5
TIMESTAMPS: Final = 8
#: In bytes, of options with a fixed length (unless they are malformed).
_LENGTHS: Final = {END: 1, NOP: 1, MSS: 4, WINDOW_SCALE: 3, SACK_PERMITTED: 2, TIMESTAMPS: 10}

_NAMES: Final = {
    END: "eol", NOP: "nop", MSS: "mss", WINDOW_SCALE: "wscale", SACK_PERMITTED: "sackOK", SACK: "sack",
    TIMESTAMPS: "TS",
}  # fmt: skip

#: The value of an option: nothing, a number, the two timestamps, the blocks that arrived, or the bytes of another kind.
Value: TypeAlias = "int | tuple[int, int] | tuple[tuple[int, int], ...] | bytes | None"
Option: TypeAlias = tuple[int, Value]


@define
class Tcp:
    """A segment.  `length` counts the header, its options and all data, also where `data` was cut short."""

    source_port: int
    destination_port: int
    sequence: int
    acknowledgement: int
    flags: int
    window: int
    options: tuple[Option, ...]
    data: bytes
    urgent: int
    length: int

    @classmethod
    def build(
        cls, source_port: int, destination_port: int, sequence: int, acknowledgement: int, flags: int, window: int,
        options: tuple[Option, ...] = (), data: bytes = b"", urgent: int = 0,
    ) -> Tcp:  # fmt: skip
        """Options that are not a multiple of four bytes get an END behind them; more padding is not kept."""
        options_size = sum(map(option_length, options))
        if options_size % 4:
            options = (*options, (END, None))
        length = HEADER_LENGTH + (options_size + 3 & ~3) + len(data)
        return cls(
            source_port, destination_port, sequence, acknowledgement, flags, window, options, data, urgent, length
        )

    @property
    def data_length(self) -> int:
        """Of the whole segment, in bytes, also where `data` was cut short."""
        return self.length - HEADER_LENGTH - options_length(self.options)

    @property
    def sequence_length(self) -> int:
        """How many sequence numbers it takes: SYN and FIN count one each."""
        return self.data_length + bool(self.flags & SYN) + bool(self.flags & FIN)

    def option(self, kind: int) -> Value:
        """The value of the first option of that kind; None too if there is none."""
        return next((value for known, value in self.options if known == kind), None)

    @property
    def mss(self) -> int | None:
        value = self.option(MSS)
        return value if isinstance(value, int) else None

    @property
    def window_scale(self) -> int | None:
        value = self.option(WINDOW_SCALE)
        return value if isinstance(value, int) else None

    @property
    def sack_permitted(self) -> bool:
        return any(kind == SACK_PERMITTED for kind, _ in self.options)

    @property
    def timestamps(self) -> tuple[int, int] | None:
        """The sender's clock, and the one it echoes."""
        value = self.option(TIMESTAMPS)
        match value:
            case (int(clock), int(echo)):
                return clock, echo
        return None

    # --- bytes -------------------------------------------------------------------------------------------------------

    @classmethod
    def decode(cls, data: bytes, source: Address, destination: Address) -> Tcp:
        """All of `data` is the segment; a wrong checksum is a DecodeError."""
        segment = cls.decode_start(data, len(data))
        if checksum(pseudo_header(source, destination, PROTOCOL, len(data)) + data):
            raise DecodeError("wrong TCP checksum")
        return segment

    @classmethod
    def decode_start(cls, data: bytes, length: int) -> Tcp:
        """A segment of `length` bytes of which the start is there, all of its header at least."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"TCP needs {HEADER_LENGTH} bytes, got {len(data)}")
        source, destination, sequence, acknowledgement, size, flags, window, _, urgent = _LAYOUT.unpack_from(data)
        size = (size >> 4) * 4
        if not HEADER_LENGTH <= size <= len(data):
            raise DecodeError(f"a TCP header of {size} bytes in {len(data)}")
        options = _decode_options(data[HEADER_LENGTH:size])
        rest = bytes(data[size:])
        return cls(source, destination, sequence, acknowledgement, flags, window, options, rest, urgent, length)

    def encode(self, source: Address, destination: Address) -> bytes:
        """With the checksum over what is there."""
        options = b"".join(_encode_option(kind, value) for kind, value in self.options)
        options = options.ljust(len(options) + 3 & ~3, b"\0")
        size = (HEADER_LENGTH + len(options)) << 2
        bare = _LAYOUT.pack(
            self.source_port, self.destination_port, self.sequence, self.acknowledgement, size, self.flags, self.window,
            0, self.urgent,
        )  # fmt: skip
        total = checksum(pseudo_header(source, destination, PROTOCOL, self.length) + bare + options + self.data)
        return bare[:16] + total.to_bytes(2, "big") + bare[18:] + options + self.data

    # --- text --------------------------------------------------------------------------------------------------------

    def describe(self, printer: PacketPrinter, source: Address, destination: Address, *, checked: bool = True) -> str:
        """What follows the addresses: `Flags [S], seq 1, ...`; `checked` unless only a fragment is there."""
        if printer.quiet:
            return f"tcp {self.data_length}"
        base = self._base(printer, source, destination)
        parts = [f"Flags [{flags_text(self.flags)}]"]
        size = self.data_length
        if printer.verbosity and checked and len(self.data) == size:
            parts.append(self._checksum_text(printer, source, destination))
        sequence = self.sequence - base.sequence & 0xFFFF_FFFF
        if size or self.flags & (SYN | FIN | RST) or printer.verbosity > 1:
            parts.append(f"seq {sequence}:{sequence + size & 0xFFFF_FFFF}" if size else f"seq {sequence}")
        if self.flags & ACK:
            parts.append(f"ack {self.acknowledgement - base.acknowledgement & 0xFFFF_FFFF}")
        parts.append(f"win {self.window}")
        if self.flags & URG:
            parts.append(f"urg {self.urgent}")
        if self.options:
            parts.append(f"options [{','.join(_option_text(option, base.sack) for option in self.options)}]")
        parts.append(f"length {size}")
        return ", ".join(parts) + self._application(printer)

    def _checksum_text(self, printer: PacketPrinter, source: Address, destination: Address) -> str:
        right = self.encode(source, destination)[16:18].hex()
        # Recorded: the kernel itself sums the resets by which it refuses.
        if not printer.offload or self.flags & RST:
            return f"cksum 0x{right} (correct)"
        partial = ones_complement_sum(pseudo_header(source, destination, PROTOCOL, self.length))
        return f"cksum 0x{partial:04x} (incorrect -> 0x{right})"

    def _application(self, printer: PacketPrinter) -> str:
        if not self.data:
            return ""
        if self.flags & RST and printer.verbosity:
            more = "+" * (len(self.data) > _LONGEST_REASON)
            return f" [RST{more} {visible(self.data[:_LONGEST_REASON])}]"
        return applications.describe_stream(printer, self.source_port, self.destination_port, self.data)

    def _base(self, printer: PacketPrinter, source: Address, destination: Address) -> _Base:
        """What to subtract from the numbers; the first segment with ACK of a conversation is printed as it is."""
        if printer.absolute or not self.flags & ACK:
            return _Base()
        reverse = (self.source_port, source) > (self.destination_port, destination)
        ends = (source, self.source_port), (destination, self.destination_port)
        key = (source.version, *(ends[::-1] if reverse else ends))
        known = printer.conversations.get(key)
        if known is None or self.flags & SYN:
            first = (self.acknowledgement - 1, self.sequence) if reverse else (self.sequence, self.acknowledgement - 1)
            printer.conversations[key] = first
            return _Base(0, 0, first[0] if reverse else first[1])
        if reverse:
            return _Base(known[1], known[0], known[0])
        return _Base(known[0], known[1], known[1])


@define
class _Base:
    sequence: int = 0
    acknowledgement: int = 0
    sack: int = 0


def flags_text(flags: int) -> str:
    """`S.` for SYN and ACK; `none` for none."""
    return "".join(letter for bit, letter in enumerate(_LETTERS) if flags >> bit & 1) or "none"


# --- options --------------------------------------------------------------------------------------------------------


def options_length(options: Iterable[Option]) -> int:
    """In a header, with the padding behind them, in bytes."""
    return sum(map(option_length, options)) + 3 & ~3


def option_length(option: Option) -> int:
    """In bytes, without padding."""
    kind, value = option
    fixed = _LENGTHS.get(kind)
    return fixed if fixed is not None and type(value) is not bytes else len(_encode_option(kind, value))


def _encode_option(kind: int, value: Value) -> bytes:
    if kind in (END, NOP):
        return bytes((kind,))
    body = _encode_value(kind, value)
    return bytes((kind, 2 + len(body))) + body


def _encode_value(kind: int, value: Value) -> bytes:
    match value:
        case None:
            return b""
        case bytes():
            return value
        case int():
            return value.to_bytes(2 if kind == MSS else 1, "big")
        case (int(clock), int(echo)):
            return struct.pack("!II", clock, echo)
        case _:
            return b"".join(struct.pack("!II", *block) for block in value)


def _decode_options(data: bytes) -> tuple[Option, ...]:
    options: list[Option] = []
    at = 0
    while at < len(data):
        kind = data[at]
        if kind == END:
            if any(data[at:]):
                raise DecodeError("TCP options after their end")
            options.append((END, None))
            break
        if kind == NOP:
            options.append((NOP, None))
            at += 1
            continue
        size = data[at + 1] if at + 1 < len(data) else 0
        if not 2 <= size <= len(data) - at:
            raise DecodeError(f"a TCP option of {size} bytes")
        options.append((kind, _decode_value(kind, data[at + 2 : at + size])))
        at += size
    return tuple(options)


def _decode_value(kind: int, body: bytes) -> Value:
    if (kind, len(body)) in ((MSS, 2), (WINDOW_SCALE, 1)):
        return int.from_bytes(body, "big")
    if kind == SACK_PERMITTED and not body:
        return None
    numbers = struct.unpack(f"!{len(body) // 4}I", body[: len(body) // 4 * 4])
    if kind == TIMESTAMPS and len(body) == 8:
        return numbers[0], numbers[1]
    if kind == SACK and body and len(body) % 8 == 0:
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return body


def _option_text(option: Option, base: int) -> str:
    kind, value = option
    name = _NAMES.get(kind, f"unknown-{kind}")
    match value:
        case None:
            return name
        case int():
            return f"{name} {value}"
        case bytes():
            return f"{name} 0x{value.hex()}" if value else name
        case (int(clock), int(echo)):
            return f"{name} val {clock} ecr {echo}"
        case _:
            return f"{name} {len(value)} " + "".join(
                f"{{{left - base & 0xFFFF_FFFF}:{right - base & 0xFFFF_FFFF}}}" for left, right in value
            )
