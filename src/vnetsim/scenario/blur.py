"""What differs from run to run on a real machine, blurred, but consistently: one thing stays one thing.

A line becomes its skeleton and the names in it (MAC addresses, ids, interface identifiers).  Two transcripts agree if
their skeletons do and if there is one to one correspondence between the names of the one and the names of the other,
over the whole session.  Names typed in a command are not random, and times are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.values import frozen

#: Numbers that mean nothing: pattern, what is shown instead.
_NOISE: Final = tuple(
    (re.compile(pattern, re.MULTILINE), shown)
    for pattern, shown in (
        (r";; (Query time|WHEN|MSG SIZE).*|;; ->>HEADER<<-.*id: \d+|; COOKIE:.*|; <<>> DiG.*", ";;"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\dZ+:-]*", "<when>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} [A-Z]+", "<when>"),
        (r"^\d\d:\d\d:\d\d\.\d{6}(?= )", "<when>"),
        (r"^# (Generated|Completed) .*$", "# <when>"),
        (r"time=[\d.]+ ms", "time=<time> ms"),
        (r"time \d+ms", "time <time>ms"),
        (
            r"(?:rtt|round-trip) min/avg/max(?:/mdev)? = [\d./]+ ms(?:, pipe \d+)?(?:, ipg/ewma [\d./]+ ms)?",
            "<round trip times>",
        ),
        (r"(?<=\s)[\d.]+ ?ms\b", "<time> ms"),
        (r"(?<=after )\d+ milliseconds", "<time> milliseconds"),
        (r"\b([0-9a-f]{4})\.(?:[0-9a-f]{12}|(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}|<mac>)", r"\1.<bridge>"),
        (r"link-netns dockerhost", "link-netnsid 0"),
        (r"\bid \d+, seq", "id <id>, seq"),
        # What tcpdump takes for a port is the checksum of an echo request, and that depends on its id.
        (r"(?<=protocol 1 port )\d+", "<checksum>"),
        (r"\b(type=\d+ code=\d+ id)=\d+", r"\1=<id>"),
        (r"\b(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|4\d{4}|5\d{4}|60\d{3})\b", "<ephemeral>"),
        (r"\b(seq|ack) \d{6,}", r"\1 <number>"),
        (r"TS val \d+ ecr \d+", "TS <numbers>"),
        (r"\bpid=\d+", "pid=<pid>"),
        (r'"(Pid|SandboxID|SandboxKey)": [^,\n]+', r'"\1": <>'),
        (r'"(\w*timer)": [\d.]+', r'"\1": <time>'),
        (r"^(tcp|udp|icmp|icmpv6|unknown)( +\d+) \d+ ", r"\1\2 <time> "),
        (
            r"\b(expires|used|age|ageing|hello_timer|tcn_timer|topology_change_timer|gc_timer)([ :]+)[\d./]+(?:sec)?",
            r"\1 <time>",
        ),
        (r"\binitval(?: |>)0x[0-9a-f]{8}", "initval <random>"),
        (r"\bup \d+ \w+|\bUp (?:Less than a second|About an? \w+|\d+ \w+)", "Up <time>"),
        (r"(?<=latest handshake: )(?:Now|.* ago)", "<time> ago"),
        (r"(?:Less than a second|About an? \w+|\d+ (?:second|minute|hour)s?) ago", "<time> ago"),
    )
)
#: How often a rule was met: it counts unsolicited traffic, too.
_COUNTERS: Final = (re.compile(r"\[\d+:\d+\]"), "[<counters>]")
_NAMES: Final = re.compile(
    r"(?P<mac>\b(?:(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?:[0-9A-F]{2}:){5}[0-9A-F]{2})\b)"
    r"|(?P<solicited>\bff02::1:ff[0-9a-f:]+\b)"
    r"|(?P<linklocal>\bfe80::[0-9a-f:]+\b)"
    r"|(?P<ula>\bfd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}(?=:))"
    r"|(?P<id>\b[0-9a-f]{64}\b|(?<![0-9a-f:.])(?:br-|dm-)?[0-9a-f]{12}(?![0-9a-f.]|:[0-9a-f]))"
    r"|(?P<veth>\bveth[0-9a-f]{7}\b)"
)
#: MAC addresses that are the same everywhere: broadcast, none, multicast groups.
_FIXED_MAC: Final = re.compile(r"ff:ff:ff:ff:ff:ff|00:00:00:00:00:00|33:33:(?!ff)|01:00:5e:|01:80:c2:")


@frozen
class Blurred:
    """A line without what is random: `names` are the values of the `<...>` of the skeleton, with their kind."""

    skeleton: str
    names: tuple[tuple[str, str], ...]


class Blur:
    """Blurs the lines of one session; `typed` are its commands.  With `counters` those of rules are not blurred."""

    def __init__(self, typed: Iterable[str], *, counters: bool = False) -> None:
        self._noise = _NOISE if counters else (*_NOISE, _COUNTERS)
        self._typed = frozenset(found[0] for text in typed for found in _NAMES.finditer(text))
        #: Lines by their text: most are expected as they come.
        self._known: dict[str, Blurred] = {}

    def line(self, text: str) -> Blurred:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._line(text)
        return known

    def _line(self, text: str) -> Blurred:
        names: list[tuple[str, str]] = []

        def replace(found: re.Match[str]) -> str:
            kind, name = str(found.lastgroup), found[0]
            if name.lower() in self._typed or (kind == "mac" and _FIXED_MAC.match(name)):
                return name
            start, name = _shortened(kind, name)
            if is_digits(name):
                return found[0]
            names.append((kind, name))
            return f"{start}<{kind}>"

        skeleton = _NAMES.sub(replace, text)
        for pattern, shown in self._noise:
            skeleton = pattern.sub(shown, skeleton)
        return Blurred(re.sub(r"[ \t]+", " ", skeleton).rstrip(), tuple(names))


def _shortened(kind: str, name: str) -> tuple[str, str]:
    """A long id is its first twelve digits; what precedes an id belongs to the skeleton."""
    if kind == "id":
        start, name = (name[:3], name[3:]) if name[2:3] == "-" else ("", name)
        return start, name[:12]
    if kind == "mac":
        return "", name.lower()  # arping shouts
    if kind == "solicited":
        return "ff02::1:ff", name.removeprefix("ff02::1:ff")
    return "", name


class Correspondence:
    """Which name of the one session is which of the other; a pair once found holds to the end."""

    def __init__(self) -> None:
        self._there: dict[tuple[str, str], tuple[str, str]] = {}
        self._back: dict[tuple[str, str], tuple[str, str]] = {}

    def copy(self) -> Correspondence:
        """The same so far."""
        other = Correspondence()
        other._there, other._back = self._there, self._back
        return other

    def agrees(self, one: Blurred, other: Blurred) -> bool:
        """Whether the lines have the same skeleton; if so, their names correspond from now on."""
        if one.skeleton != other.skeleton or len(one.names) != len(other.names):
            return False
        pairs = list(zip(one.names, other.names, strict=True))
        there, back = dict(self._there), dict(self._back)
        for name, counterpart in pairs:
            if there.setdefault(name, counterpart) != counterpart or back.setdefault(counterpart, name) != name:
                return False
        self._there, self._back = there, back
        return True
