"""A token bucket for each address or port: hashlimit (xt_hashlimit.c, revision 3).

Not modelled: rates in bytes, `--hashlimit-rate-match`, the files in /proc/net/ipt_hashlimit, the size of the table.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from vnetsim.clock import MICROSECOND, MILLISECOND
from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_limit import UNITS, printed_rate, read_rate
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.protocols.jiffies import HZ, JIFFY
from vnetsim.values import define, frozen
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

#: xt_hashlimit counts in millionths of a second.
_SCALE: Final = 1_000_000
_MODES: Final = ("srcip", "srcport", "dstip", "dstport")
_BURST: Final = 5
_MOST_BURST: Final = 1_000_000
#: Milliseconds between two garbage collections (htable-gcinterval).
_SWEEP: Final = 1000
_LONGEST_NAME: Final = 254
#: What iptables gives the kernel for a mask whose ones are not all in front.
_NO_LENGTH: Final = 255
#: Credits for a millionth of a second (CREDITS_PER_JIFFY), and what they are counted in (u64).
_CREDITS: Final = (HZ << (2**64 // (HZ * 86400)).bit_length() - 1) // _SCALE
_U64: Final = 2**64


@define
class _Bucket:
    """Tokens in nanoseconds."""

    tokens: int
    filled: int
    expires: int


@define
class Buckets:
    """The buckets of one name, with the limit of its first rule; unused ones are garbage-collected."""

    limit: HashLimit
    began: int
    each: dict[tuple[int, ...], _Bucket] = attrs.field(factory=dict)

    def take(self, key: tuple[int, ...], now: int) -> bool:
        cost = _SCALE * self.limit.unit // self.limit.rate * 1000
        full = self.limit.full(cost)
        bucket = self.each.get(key)
        if bucket is None or now >= self._swept(bucket):
            bucket = self.each[key] = _Bucket(full, now, now)
        bucket.tokens = min(full, bucket.tokens + (now // JIFFY - bucket.filled // JIFFY) * JIFFY)
        bucket.filled, bucket.expires = now, now + self.limit.expire * MILLISECOND
        if bucket.tokens < cost:
            return False
        bucket.tokens -= cost
        return True

    def _swept(self, bucket: _Bucket) -> int:
        """When it is garbage-collected if it is not used."""
        sweep = self.limit.sweep * MILLISECOND
        return self.began - (self.began - bucket.expires) // sweep * sweep


@frozen(kw_only=True)
class HashLimit(XtMatch):
    """`rate` packets in `unit` seconds and `burst` at once; `exceeded`: what goes beyond fits.

    `modes` is which parts of a packet have a bucket of their own; `expire` and `sweep` are in milliseconds, `size`
    and `most` are printed only.
    """

    name = "hashlimit"
    table: str
    rate: int
    unit: int
    burst: int = _BURST
    exceeded: bool = False
    modes: tuple[str, ...] = ()
    size: int = 0
    most: int = 0
    sweep: int = _SWEEP
    expire: int = 0
    source_length: int = 32
    destination_length: int = 32
    version: int = 4

    def fits(self, _rule: Rule) -> bool:
        """hashlimit_mt_check_common."""
        bits = 32 if self.version == 4 else 128
        masks = self.source_length <= bits and self.destination_length <= bits
        return masks and self.expire > 0 and self.sweep > 0 and "/" not in self.table

    @property
    def overflows(self) -> bool:
        period = _SCALE * self.unit // self.rate
        return _credits(period * self.burst) < _credits(period)

    def full(self, cost: int) -> int:
        """Nanoseconds of a full bucket of packets that cost so many: what the kernel's integer holds of them."""
        period = _SCALE * self.unit // self.rate * self.burst
        if period * _CREDITS < _U64:
            return cost * self.burst
        return _credits(period) * MICROSECOND // _CREDITS

    @property
    def memory_key(self) -> tuple[str, str]:
        return "hashlimit", self.table

    def matches(self, packet: PktInfo) -> bool:
        buckets = packet.context.memory.get(self.memory_key)
        if buckets is None:
            buckets = packet.context.memory[self.memory_key] = Buckets(self, packet.context.now())
        return buckets.take(self._key(packet), packet.context.now()) != self.exceeded

    def _key(self, packet: PktInfo) -> tuple[int, ...]:
        transport = packet.transport
        ports = (0, 0)
        if isinstance(transport, (Tcp, Udp)):
            ports = transport.source_port, transport.destination_port
        ip = packet.ip
        parts = {
            "srcip": int(ip.source) >> ip.source.bits - self.source_length,
            "srcport": ports[0],
            "dstip": int(ip.destination) >> ip.source.bits - self.destination_length,
            "dstport": ports[1],
        }
        return tuple(parts[mode] for mode in self.modes)

    # --- text -------------------------------------------------------------------------------------------------------

    @property
    def rate_text(self) -> str:
        rate, unit = printed_rate(_SCALE * self.unit // self.rate, _SCALE)
        return f"{rate}/{dict(UNITS)[unit]}"

    @property
    def usual_expire(self) -> int:
        return printed_rate(_SCALE * self.unit // self.rate, _SCALE)[1] * 1000

    def _details(self, prefix: str) -> list[str]:
        bits = 32 if self.version == 4 else 128
        details = (
            ("htable-size", self.size, 0),
            ("htable-max", self.most, 0),
            ("htable-gcinterval", self.sweep, _SWEEP),
            ("htable-expire", self.expire, self.usual_expire),
            ("srcmask", self.source_length, bits),
            ("dstmask", self.destination_length, bits),
        )
        return [f"{prefix}{name} {value}" for name, value, usual in details if value != usual]

    def listing(self, _numeric: bool) -> str:
        parts = [f"limit: {'above' if self.exceeded else 'up to'} {self.rate_text} burst {self.burst}"]
        parts += [f"mode {'-'.join(self.modes)}"] if self.modes else []
        return " ".join([*parts, *self._details("")])

    def __str__(self) -> str:
        parts = [f"-m hashlimit --hashlimit-{'above' if self.exceeded else 'upto'} {self.rate_text}"]
        parts.append(f"--hashlimit-burst {self.burst}")
        parts += [f"--hashlimit-mode {','.join(self.modes)}"] if self.modes else []
        return " ".join([*parts, f"--hashlimit-name {self.table}", *self._details("--hashlimit-")])


def _credits(period: int) -> int:
    """user2credits: millionths of a second as credits, in 64 bits."""
    return period * _CREDITS % _U64


def _rate(text: str, context: ParseContext) -> tuple[int, int]:
    if "b" in text.lower().partition("/")[0]:
        raise NotModelled("iptables -m hashlimit with bytes")
    found = read_rate(text, _SCALE)
    if found is None:
        raise options.bad_value(text, context)
    return found


def _burst(text: str, _context: ParseContext) -> int:
    if text[-1:].lower() == "b":
        raise NotModelled("iptables -m hashlimit with bytes")
    value = options.number(text)
    if value is None or not 1 <= value <= _MOST_BURST:
        raise ArgumentError(f'bad value for option "--hashlimit-burst", or out of range (1-{_MOST_BURST}).')
    return value


def _modes(text: str, context: ParseContext) -> tuple[str, ...]:
    modes = text.split(",")
    if not all(mode in _MODES for mode in modes):
        raise options.bad_value(text, context)
    return tuple(mode for mode in _MODES if mode in modes)


def _length(text: str, context: ParseContext) -> int:
    length = options.prefix_length(text, context)
    return _NO_LENGTH if length is None else length


def _not_modelled(text: str, context: ParseContext) -> Any:
    del text
    raise NotModelled(f"iptables -m hashlimit --{context.option}")


_KEYS: Final = ("hashlimit-upto", "hashlimit-above")


def _check(parsed: ParsedOptions) -> None:
    if "hashlimit-name" in parsed and not any(key in parsed for key in _KEYS):
        raise ArgumentError("You have to specify --hashlimit")


def _build(parsed: ParsedOptions) -> HashLimit:
    key = next(key for key in _KEYS if key in parsed)
    rate, unit = parsed.get(key)
    found = HashLimit(
        table=parsed.get("hashlimit-name"), rate=rate, unit=unit, burst=parsed.get("hashlimit-burst", _BURST),
        exceeded=(key == "hashlimit-above") != parsed.negated(key), modes=parsed.get("hashlimit-mode", ()),
        size=parsed.get("hashlimit-htable-size", 0), most=parsed.get("hashlimit-htable-max", 0),
        sweep=parsed.get("hashlimit-htable-gcinterval", _SWEEP),
        source_length=parsed.get("hashlimit-srcmask", parsed.context.bits),
        destination_length=parsed.get("hashlimit-dstmask", parsed.context.bits), version=parsed.context.version,
    )  # fmt: skip
    return attrs.evolve(found, expire=parsed.get("hashlimit-htable-expire", found.usual_expire))


_NUMBER: Final = options.integer(0, UINT32_MAX)

MATCHES: Final = (
    Extension(
        "hashlimit",
        (
            XtOption("hashlimit-upto", _rate, inverts=True, excludes=("hashlimit-above",)),
            XtOption("hashlimit-above", _rate, inverts=True, excludes=("hashlimit-upto",)),
            XtOption("hashlimit", _rate, inverts=True, key="hashlimit-upto"),
            XtOption("hashlimit-srcmask", _length),
            XtOption("hashlimit-dstmask", _length),
            XtOption("hashlimit-burst", _burst),
            *(XtOption(f"hashlimit-htable-{name}", _NUMBER) for name in ("size", "max", "expire", "gcinterval")),
            XtOption("hashlimit-mode", _modes),
            XtOption("hashlimit-name", options.string(_LONGEST_NAME, minimum=1), mandatory=True),
            XtOption("hashlimit-rate-match", _not_modelled),
            XtOption("hashlimit-rate-interval", _not_modelled),
        ),
        _build,
        _check,
    ),
)
