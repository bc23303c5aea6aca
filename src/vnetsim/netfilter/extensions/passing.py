"""Targets that hand a packet to somebody who is not there, or note something beside it.

NFLOG, NFQUEUE, AUDIT, CHECKSUM, CLASSIFY, ECN (xt_NFLOG.c, xt_NFQUEUE.c, xt_AUDIT.c, xt_CHECKSUM.c, xt_CLASSIFY.c,
ipt_ECN.c).  Not modelled: programs that listen to groups and queues, the audit log, checksums that are missing, and
classes of queueing disciplines, so that a packet that no queue refuses simply goes on.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.netfilter import options, verdicts
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Context, Extension, Option, Said, quoted
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Rule, Target
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.wire.tcp import CWR, ECE, Tcp

_TCP: Final = 6
_SHORT: Final = 0xFFFF
_MANGLE: Final = frozenset({"mangle"})


@attrs.frozen(str=False, kw_only=True)
class NfLog(Target):
    name = "NFLOG"
    prefix: str = ""
    group: int = 0
    size: int | None = None
    threshold: int = 0

    def act(self, packet: Packet) -> None:
        del packet

    @property
    def _details(self) -> list[tuple[str, str]]:
        return [
            (word, text)
            for word, text, said in (
                ("prefix", quoted(self.prefix), self.prefix), ("group", str(self.group), self.group),
                ("size", str(self.size), self.size is not None),
                ("threshold", str(self.threshold), self.threshold),
            )
            if said
        ]  # fmt: skip

    def listing(self, numeric: bool) -> str:
        del numeric
        return " ".join(f"nflog-{word} {text}" for word, text in self._details)

    def __str__(self) -> str:
        return " ".join(["NFLOG", *(f"--nflog-{word} {text}" for word, text in self._details)])


def _range(text: str, context: Context) -> int:
    context.notes.append(
        "warn: --nflog-range has never worked and is no longer supported, please use --nflog-size instead"
    )
    size: int = options.integer(0, UINT32_MAX)(text, context)
    return size


def _nflog(said: Said, context: Context) -> NfLog:
    del context
    return NfLog(
        prefix=said.get("nflog-prefix", ""), group=said.get("nflog-group", 0), size=said.get("nflog-size"),
        threshold=said.get("nflog-threshold", 0),
    )  # fmt: skip


@attrs.frozen(str=False, kw_only=True)
class NfQueue(Target):
    """Queues from `first` to `last`, to which nobody listens: the packet is lost, or with `bypass` goes on."""

    name = "NFQUEUE"
    first: int = 0
    last: int = 0
    bypass: bool = False
    fanout: bool = False

    def act(self, packet: Packet) -> Verdict:
        del packet
        return verdicts.ACCEPT if self.bypass else verdicts.DROP

    def listing(self, numeric: bool) -> str:
        del numeric
        queues = f"num {self.first}" if self.first == self.last else f"balance {self.first}:{self.last}"
        return f"NFQUEUE {queues}{' bypass' * self.bypass}{' cpu-fanout' * self.fanout}"

    def __str__(self) -> str:
        queues = f"num {self.first}" if self.first == self.last else f"balance {self.first}:{self.last}"
        return f"NFQUEUE --queue-{queues}{' --queue-bypass' * self.bypass}{' --queue-cpu-fanout' * self.fanout}"


def _balance(text: str, context: Context) -> tuple[int, int]:
    first, last = options.integers(_SHORT)(text, context)
    if ":" not in text:
        raise ArgumentError(f'Bad range "{text}"')
    if first >= last:
        raise ArgumentError(f"{first} should be less than {last}")
    return first, last


def _nfqueue(said: Said, context: Context) -> NfQueue:
    del context
    number = said.get("queue-num", 0)
    first, last = said.get("queue-balance", (number, number))
    return NfQueue(first=first, last=last, bypass="queue-bypass" in said, fanout="queue-cpu-fanout" in said)


@attrs.frozen(str=False)
class Audit(Target):
    """`kind` is accept, drop or reject: what is said to become of the packet."""

    name = "AUDIT"
    kind: str

    def act(self, packet: Packet) -> None:
        del packet

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"AUDIT {self.kind}"

    def __str__(self) -> str:
        return f"AUDIT --type {self.kind}"


def _audited(text: str, context: Context) -> str:
    del context
    if text.lower() not in ("accept", "drop", "reject"):
        raise ArgumentError(f'Bad action type value "{text}"')
    return text.lower()


@attrs.frozen(str=False)
class Checksum(Target):
    name = "CHECKSUM"
    tables = _MANGLE

    def act(self, packet: Packet) -> None:
        del packet

    def listing(self, numeric: bool) -> str:
        del numeric
        return "CHECKSUM fill"

    def __str__(self) -> str:
        return "CHECKSUM --checksum-fill"


@attrs.frozen(str=False)
class Classify(Target):
    name = "CLASSIFY"
    major: int
    minor: int

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"FORWARD", "OUTPUT", "POSTROUTING"})

    def act(self, packet: Packet) -> None:
        del packet

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"CLASSIFY set {self.major:x}:{self.minor:x}"

    def __str__(self) -> str:
        return f"CLASSIFY --set-class {self.major:04x}:{self.minor:04x}"


def _class(text: str, context: Context) -> tuple[int, int]:
    del context
    found = re.match(r"\s*(?:0x)?([0-9a-f]{1,8}):(?:0x)?([0-9a-f]{1,8})", text, re.IGNORECASE)
    if found is None:
        raise ArgumentError(f'Bad class value "{text}"')
    return int(found[1], 16) & _SHORT, int(found[2], 16) & _SHORT


@attrs.frozen(str=False)
class RemoveEcn(Target):
    """TCP's flags ECE and CWR go."""

    name = "ECN"
    tables = _MANGLE

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == _TCP and not rule.protocol.negated

    def act(self, packet: Packet) -> None:
        segment = packet.ip.payload
        if isinstance(segment, Tcp) and segment.flags & (ECE | CWR):
            changed = attrs.evolve(segment, flags=segment.flags & ~(ECE | CWR))
            packet.ip = attrs.evolve(packet.ip, payload=changed)

    def listing(self, numeric: bool) -> str:
        del numeric
        return "ECN TCP remove"

    def __str__(self) -> str:
        return "ECN --ecn-tcp-remove"


def _ecn_check(said: Said, context: Context) -> None:
    del context
    if not said:
        raise ArgumentError("ECN target: An operation is required")


TARGETS: Final = (
    Extension(
        "NFLOG",
        (
            Option("nflog-group", options.integer(0, _SHORT)),
            Option("nflog-prefix", options.string(63, minimum=1)),
            Option("nflog-range", _range),
            Option("nflog-size", options.integer(0, UINT32_MAX)),
            Option("nflog-threshold", options.integer(0, _SHORT)),
        ),
        _nflog,
    ),
    Extension(
        "NFQUEUE",
        (
            Option("queue-num", options.integer(0, _SHORT), excludes=("queue-balance",)),
            Option("queue-balance", _balance, excludes=("queue-num",)),
            Option("queue-bypass"),
            Option("queue-cpu-fanout", requires=("queue-balance",)),
        ),
        _nfqueue,
    ),
    Extension("AUDIT", (Option("type", _audited, mandatory=True),), lambda said, _context: Audit(said.get("type"))),
    Extension("CHECKSUM", (Option("checksum-fill", mandatory=True),), lambda _said, _context: Checksum()),
    Extension(
        "CLASSIFY",
        (Option("set-class", _class, mandatory=True),),
        lambda said, _context: Classify(*said.get("set-class")),
    ),
    Extension("ECN", (Option("ecn-tcp-remove"),), lambda _said, _context: RemoveEcn(), _ecn_check, versions=(4,)),
)
