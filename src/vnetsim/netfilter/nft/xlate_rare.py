"""More extensions of iptables in the words of nft: those that few rules have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from vnetsim.netfilter.extensions.xt_audit import Audit
from vnetsim.netfilter.extensions.xt_classify import Classify
from vnetsim.netfilter.extensions.xt_ecn import EcnMatch
from vnetsim.netfilter.extensions.xt_hashlimit import HashLimit
from vnetsim.netfilter.extensions.xt_nflog import NfLog
from vnetsim.netfilter.extensions.xt_nfqueue import NfQueue
from vnetsim.netfilter.extensions.xt_quota import Quota
from vnetsim.netfilter.extensions.xt_tcpmss import SegmentSize
from vnetsim.netfilter.extensions.xt_time import EVERY_MONTHDAY, EVERY_WEEKDAY, Time, clock, date
from vnetsim.wire.inet import IPv4

_CODEPOINTS: Final = ("not-ect", "ect1", "ect0", "ce")
_LONG_UNITS: Final = {"sec": "second", "min": "minute", "hour": "hour", "day": "day"}
_BURST: Final = 5
_SECOND: Final = 1000
#: Parts of a packet in the order in which meters tell them.
_KEYS: Final = ("dstip", "dstport", "srcip", "srcport")


def _not(negated: bool) -> str:
    return "!= " if negated else ""


def _ecn(match: EcnMatch, _family: str) -> str:
    """All is told as negated if anything is (ecn_xlate)."""
    no = _not(match.negated or False in (match.ece, match.cwr))
    said = [f"tcp flags {no}{name}" for name, flag in (("ecn", match.ece), ("cwr", match.cwr)) if flag is not None]
    if match.codepoint is not None:
        said.append(f"ip ecn {no}{_CODEPOINTS[match.codepoint]}")
    return " ".join(said)


def _segment_size(match: SegmentSize, _family: str) -> str:
    span = f"{match.first}" if match.first == match.last else f"{match.first}-{match.last}"
    return f"tcp option maxseg size {_not(match.negated)}{span}"


def _quota(match: Quota, _family: str) -> str:
    return f"quota {'over ' if match.negated else ''}{match.bytes} bytes"


def _hashlimit(match: HashLimit, family: str) -> str | None:
    if not match.modes:
        return None
    words = [" . ".join(_key(match, mode, family) for mode in _KEYS if mode in match.modes)]
    if match.expire != _SECOND:
        words.append(f"timeout {match.expire // _SECOND}s")
    rate, _, unit = match.rate_words.partition("/")
    words.append(f"limit rate {'over ' if match.exceeded else ''}{rate}/{_LONG_UNITS[unit]}")
    if match.burst != _BURST:
        words.append(f"burst {match.burst} packets")
    return f"meter {match.table} {{ {' '.join(words)} }}"


def _key(match: HashLimit, mode: str, family: str) -> str:
    if mode.endswith("port"):
        return f"tcp {'s' if mode == 'srcport' else 'd'}port"
    bits = 32 if family == "ip" else 128
    length = match.source_length if mode == "srcip" else match.destination_length
    end = f"{family} {'s' if mode == 'srcip' else 'd'}addr"
    return end if length == bits else f"{end} and {_mask(bits, length)}"


def _mask(bits: int, length: int) -> str:
    """An IPv6 mask is printed in full (xtables_ip6mask_to_numeric)."""
    mask = (1 << bits) - (1 << bits - length)
    return str(IPv4(mask)) if bits == IPv4.bits else ":".join(re.findall("....", f"{mask:032x}"))


def _time(match: Time, _family: str) -> str | None:
    return None if match.monthdays != EVERY_MONTHDAY else " ".join(_times(match))


def _times(match: Time) -> Iterator[str]:
    """An empty word where no date is said, whose blank stays."""
    dated = match.date_start or match.date_stop != 0x7FFFFFFF
    yield f'meta time "{date(match.date_start, " ")}"-"{date(match.date_stop, " ")}"' if dated else ""
    if not match.is_all_day:
        yield f'meta hour "{clock(match.start)}"-"{clock(match.stop)}"'
    if match.weekdays != EVERY_WEEKDAY:
        days = [str(day % 7) for day in match.weekdays]
        yield f"meta day {days[0]}" if len(days) == 1 else f"meta day {{ {', '.join(days)} }}"


def _nflog(target: NfLog, _family: str) -> str:
    words = [f'log prefix "{target.prefix}"' if target.prefix else "log", f"group {target.group}"]
    words += [f"snaplen {target.size}"] if target.size is not None else []
    return " ".join([*words, *([f"queue-threshold {target.threshold}"] if target.threshold else [])])


def _nfqueue(target: NfQueue, _family: str) -> str:
    queues = f"{target.first}" if target.first == target.last else f"{target.first}-{target.last}"
    flags = [word for word, said in (("bypass", target.bypass), ("fanout", target.fanout)) if said]
    return " ".join(["queue num", queues, *([",".join(flags)] if flags else [])])


def _audit(_target: Audit, _family: str) -> str:
    return "log level audit"


def _classify(target: Classify, _family: str) -> str:
    return f"meta priority set {target.major:x}:{target.minor:x}"


TELLERS: Final[dict[type[Any], Callable[..., str | None]]] = {
    EcnMatch: _ecn, SegmentSize: _segment_size, Quota: _quota, HashLimit: _hashlimit, Time: _time, NfLog: _nflog,
    NfQueue: _nfqueue, Audit: _audit, Classify: _classify,
}  # fmt: skip
