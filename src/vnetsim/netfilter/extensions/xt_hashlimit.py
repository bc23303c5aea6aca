"""A token bucket for each address or port: hashlimit (xt_hashlimit.c, revision 3).

Not modelled: the files in /proc/net/ipt_hashlimit, the size of the table.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.dsthash import SCALE, DsthashTable, bytes_of_cost, cost_of_bytes, credits_of
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_limit import UNITS, named_unit, printed_rate, read_rate
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

_MODES: Final = ("srcip", "srcport", "dstip", "dstport")
_BURST: Final = 5
_MOST_BURST: Final = 1_000_000
#: Milliseconds between two garbage collections (htable-gcinterval).
_SWEEP: Final = 1000
_LONGEST_NAME: Final = 254
#: What iptables gives the kernel for a mask whose ones are not all in front.
_NO_LENGTH: Final = 255
#: Bytes of the units in which rates and bursts are printed, and milliseconds that entries for bytes last.
_UNITS: Final = ((1024 * 1024, "m"), (1024, "k"), (1, ""))
_BYTE_EXPIRE: Final = 15_000
_BURST_EXPIRE: Final = 60_000
_U64_MAX: Final = 2**64 - 1


@frozen(kw_only=True)
class HashLimit(XtMatch):
    """`rate` packets in `unit` seconds and `burst` at once; `exceeded`: what goes beyond fits.

    With `cost` (bytes_to_cost) it limits bytes instead, and `burst` is how often a second's bytes may come at once.
    `rate_match` compares what comes in each `interval` seconds with the rate.

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
    cost: int | None = None
    rate_match: bool = False
    interval: int = 0

    @property
    def average(self) -> int:
        return SCALE * self.unit // self.rate if self.cost is None else self.cost

    @property
    def counts_bytes(self) -> bool:
        return self.cost is not None

    def fits(self, _rule: Rule) -> bool:
        """hashlimit_mt_check_common."""
        bits = 32 if self.version == 4 else 128
        masks = self.source_length <= bits and self.destination_length <= bits
        return masks and self.expire > 0 and self.sweep > 0 and "/" not in self.table

    @property
    def overflows(self) -> bool:
        if self.counts_bytes or self.rate_match:
            return False
        return credits_of(self.average * self.burst) < credits_of(self.average)

    @property
    def memory_key(self) -> tuple[str, str]:
        return "hashlimit", self.table

    def matches(self, packet: PktInfo) -> bool:
        entries: DsthashTable | None = packet.context.memory.get(self.memory_key)
        if entries is None:
            entries = packet.context.memory[self.memory_key] = DsthashTable(self, packet.context.now())
        return entries.take(self._key(packet), packet.ip.length, packet.context.now()) != self.exceeded

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

    def rate_text(self, average: int) -> tuple[str, str]:
        """The rate of packets, and its unit."""
        rate, unit = printed_rate(average, SCALE)
        return str(rate), dict(UNITS)[unit]

    def _usual_expire(self, average: int) -> int:
        """Milliseconds, as those who print take them from the rate."""
        if self.cost is None:
            return printed_rate(average, SCALE)[1] * 1000
        return _BURST_EXPIRE if self.burst else _BYTE_EXPIRE

    def _parts(self, prefix: str, average: int) -> list[str]:
        """The rate and the burst."""
        if self.cost is None:
            return ["/".join(self.rate_text(average)), f"{prefix}burst {self.burst}"]
        rate, unit = self.byte_rate
        burst = self.byte_burst
        return [f"{rate}{unit}b/s", *([f"{prefix}burst {burst[0]}{burst[1]}b"] if burst else [])]

    @property
    def byte_rate(self) -> tuple[int, str]:
        """The rate of bytes in the largest unit that expresses it: k, m or bytes."""
        cost = self.cost or 0
        rate = bytes_of_cost(cost)
        size, name = next(
            (
                unit
                for unit in _UNITS[:-1]
                if rate >= unit[0] and cost_of_bytes(rate & UINT32_MAX - (unit[0] - 1)) == cost
            ),
            _UNITS[-1],
        )
        return rate // size, name

    @property
    def byte_burst(self) -> tuple[int, str] | None:
        """The same for the burst; None if there is none."""
        if not self.burst:
            return None
        count = bytes_of_cost(self.cost or 0) * self.burst
        size, name = next((unit for unit in _UNITS if count >= unit[0]), _UNITS[-1])
        return count // size, name

    def _ending(self, prefix: str) -> list[str]:
        """What the rate is compared with."""
        if not self.rate_match:
            return []
        return [f"{prefix}rate-match", *([f"{prefix}rate-interval {self.interval}"] if self.interval != 1 else [])]

    def _details(self, prefix: str, average: int) -> list[str]:
        bits = 32 if self.version == 4 else 128
        details = (
            ("htable-size", self.size, 0),
            ("htable-max", self.most, 0),
            ("htable-gcinterval", self.sweep, _SWEEP),
            ("htable-expire", self.expire, self._usual_expire(average)),
            ("srcmask", self.source_length, bits),
            ("dstmask", self.destination_length, bits),
        )
        return [f"{prefix}{name} {value}" for name, value, usual in details if value != usual]

    def listing(self, _numeric: bool) -> str:
        average = self.average * (self.interval or 1)
        parts = [f"limit: {'above' if self.exceeded else 'up to'}", *self._parts("", average)]
        parts += [f"mode {'-'.join(self.modes)}"] if self.modes else []
        return " ".join([*parts, *self._details("", average), *self._ending("")])

    def __str__(self) -> str:
        parts = [f"-m hashlimit --hashlimit-{'above' if self.exceeded else 'upto'}"]
        parts += self._parts("--hashlimit-", self.average)
        parts += [f"--hashlimit-mode {','.join(self.modes)}"] if self.modes else []
        parts.append(f"--hashlimit-name {self.table}")
        return " ".join([*parts, *self._details("--hashlimit-", self.average), *self._ending("--hashlimit-")])


@frozen
class _Rate:
    """As it is given: packets in a unit, with the seconds of the unit that was named; or a cost of bytes."""

    rate: int = 1
    unit: int = 1
    named: int = 1
    cost: int | None = None


def _rate(text: str, context: ParseContext) -> _Rate:
    byte_rate = _byte_rate(text)
    if byte_rate:
        cost = cost_of_bytes(byte_rate)
        if cost == 0:
            raise ArgumentError(f'Rate too high "{text}"')
        return _Rate(cost=cost)
    count = re.match(r"\d+", text, re.ASCII)
    _, slash, unit = text.partition("/")
    found = read_rate(f"{count[0]}{slash}{unit}", SCALE) if count else None
    if found is None:
        raise options.bad_value(text, context)
    return _Rate(*found, (named_unit(unit) or 1) if slash else 1)


def _byte_rate(text: str) -> int:
    """Bytes a second of `10kb/s`, whatever is before the unit (parse_bytes); 0 of what is no such rate."""
    count = re.match(r"\d+", text, re.ASCII)
    before, found, _ = text.partition("b/s")
    if not found or not before or count is None:
        return 0
    return int(count[0]) * _FACTORS.get(before[-1], 1)


_FACTORS: Final = {"m": 1024 * 1024, "k": 1024}


def _burst(text: str, _context: ParseContext) -> int:
    value, rest = options.leading_number(text)
    if value is None or not 1 <= value <= _U64_MAX or (not rest and value > _MOST_BURST):
        raise ArgumentError(f'bad value for option "--hashlimit-burst", or out of range (1-{_MOST_BURST}).')
    return value * _FACTORS.get(rest[:1], 1)


def _modes(text: str, context: ParseContext) -> tuple[str, ...]:
    modes = text.split(",")
    if not all(mode in _MODES for mode in modes):
        raise options.bad_value(text, context)
    return tuple(mode for mode in _MODES if mode in modes)


def _length(text: str, context: ParseContext) -> int:
    length = options.prefix_length(text, context)
    return _NO_LENGTH if length is None else length


def _interval(text: str, context: ParseContext) -> int:
    count = re.match(r"\d+", text, re.ASCII)
    if count is None or int(count[0]) == 0:
        raise options.bad_value(text, context)
    return int(count[0])


_KEYS: Final = ("hashlimit-upto", "hashlimit-above")


def _check(parsed: ParsedOptions) -> None:
    if "hashlimit-name" in parsed and not any(key in parsed for key in _KEYS):
        raise ArgumentError("You have to specify --hashlimit")


def _bursts(parsed: ParsedOptions, rate: _Rate) -> int:
    """hashlimit_check: a burst of bytes is counted in rates."""
    burst: int = parsed.get("hashlimit-burst", _BURST)
    if rate.cost is None:
        if burst > _MOST_BURST:
            raise ArgumentError(f'bad value for option "--hashlimit-burst", or out of range (1-{_MOST_BURST}).')
        return burst
    if "hashlimit-burst" not in parsed:
        return 0
    each = bytes_of_cost(rate.cost)
    if burst < each:
        raise ArgumentError(f"burst cannot be smaller than {each}b")
    return -(-burst // each) if each else burst


def _build(parsed: ParsedOptions) -> HashLimit:
    key = next(key for key in _KEYS if key in parsed)
    given: _Rate = parsed.get(key)
    rate, unit, interval = given.rate, given.unit, parsed.get("hashlimit-rate-interval", 0)
    if "hashlimit-rate-match" in parsed:
        interval = interval or given.named
        rate, unit = printed_rate(SCALE * unit // rate // given.named, SCALE)
    found = HashLimit(
        table=parsed.get("hashlimit-name"), rate=rate, unit=unit, burst=_bursts(parsed, given), cost=given.cost,
        exceeded=(key == "hashlimit-above") != parsed.negated(key), modes=parsed.get("hashlimit-mode", ()),
        size=parsed.get("hashlimit-htable-size", 0), most=parsed.get("hashlimit-htable-max", 0),
        sweep=parsed.get("hashlimit-htable-gcinterval", _SWEEP),
        source_length=parsed.get("hashlimit-srcmask", parsed.context.bits),
        destination_length=parsed.get("hashlimit-dstmask", parsed.context.bits), version=parsed.context.version,
        rate_match="hashlimit-rate-match" in parsed, interval=interval,
    )  # fmt: skip
    expire = given.named * 1000 if given.cost is None else _BURST_EXPIRE if found.burst else _BYTE_EXPIRE
    return attrs.evolve(found, expire=parsed.get("hashlimit-htable-expire", expire))


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
            XtOption("hashlimit-rate-match"),
            XtOption("hashlimit-rate-interval", _interval),
        ),
        _build,
        _check,
    ),
)
