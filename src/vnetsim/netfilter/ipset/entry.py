"""What an element has besides itself: timeout, counters, comment, marks (ip_set_ext, ip_set_extension)."""

from __future__ import annotations

from vnetsim.clock import SECOND
from vnetsim.netfilter.ipset.settypes import COMMENT
from vnetsim.protocols.jiffies import JIFFY
from vnetsim.values import define, frozen


@frozen(kw_only=True)
class Extensions:
    """As `add` gives them; None is not given.  `timeout` is in seconds, `skbprio` major and minor."""

    timeout: int | None = None
    packets: int | None = None
    bytes: int | None = None
    comment: str | None = None
    skbmark: tuple[int, int] | None = None
    skbprio: tuple[int, int] | None = None
    skbqueue: int | None = None
    nomatch: bool = False

    def arguments(self) -> str:
        """As they are typed."""
        words = [
            f"{name} {value}" for name in ("timeout", "packets", "bytes") if (value := getattr(self, name)) is not None
        ]
        words += [f'comment "{self.comment}"'] if self.comment else []
        words += [f"skbmark 0x{self.skbmark[0]:x}/0x{self.skbmark[1]:x}"] if self.skbmark else []
        words += [f"skbprio {self.skbprio[0]:x}:{self.skbprio[1]:x}"] if self.skbprio else []
        words += [f"skbqueue {self.skbqueue}"] if self.skbqueue is not None else []
        return " ".join([*words, *(["nomatch"] if self.nomatch else [])])


NOTHING = Extensions()


@define
class SetEntry:
    """An element's own values; `expires` is in nanoseconds, 0 for never."""

    expires: int = 0
    packets: int = 0
    bytes: int = 0
    comment: str = ""
    mark: tuple[int, int] = (0, 0)
    priority: tuple[int, int] = (0, 0)
    queue: int = 0
    nomatch: bool = False

    def renew(self, given: Extensions, timeout: int | None, now: int) -> None:
        """An element is added, or once more; `timeout` is that of its set."""
        seconds = given.timeout if given.timeout is not None else timeout
        self.expires = 0 if not seconds else (now // JIFFY) * JIFFY + seconds * SECOND
        self.packets, self.bytes = given.packets or 0, given.bytes or 0
        self.comment = given.comment or ""
        self.mark, self.priority = given.skbmark or (0, 0), given.skbprio or (0, 0)
        self.queue, self.nomatch = given.skbqueue or 0, given.nomatch

    def alive(self, now: int) -> bool:
        return not self.expires or now < self.expires

    def remaining(self, now: int) -> int:
        """Seconds (ip_set_timeout_get)."""
        return max(1, (self.expires - now // JIFFY * JIFFY) // SECOND) if self.expires else 0

    @property
    def comment_size(self) -> int:
        return COMMENT + len(self.comment) if self.comment else 0


@frozen(kw_only=True)
class CounterTest:
    """`--packets-eq` and such of one of the counters: `operator` is eq, lt or gt."""

    operator: str
    value: int
    negated: bool = False

    def fits(self, counted: int) -> bool:
        if self.operator == "eq":
            return (counted == self.value) != self.negated
        return counted < self.value if self.operator == "lt" else counted > self.value


@frozen(kw_only=True)
class SetLookup:
    """How a rule looks a packet up in a set (struct ip_set_adt_opt): `sides` are src and dst.

    `size` is the packet's length; the other fields are the options of `-m set`.
    """

    sides: tuple[str, ...]
    size: int
    counts: bool = True
    subcounts: bool = True
    return_nomatch: bool = False
    packets: CounterTest | None = None
    bytes: CounterTest | None = None

    def matches(self, entry: SetEntry, *, counting: bool) -> bool:
        """ip_set_match_extensions: count the packet, then compare."""
        if not counting:
            return True
        if self.counts:
            entry.packets, entry.bytes = entry.packets + 1, entry.bytes + self.size
        compared = ((self.packets, entry.packets), (self.bytes, entry.bytes))
        return all(test is None or test.fits(counted) for test, counted in compared)
