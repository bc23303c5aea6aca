"""What came of a comparison, step by step, with what each step is about and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from vnetsim.backends.acts import is_probe
from vnetsim.values import frozen
from vnetsim.verify import known_kernel
from vnetsim.verify.judge import Judged, judge
from vnetsim.verify.plan import Plan, needs

#: After which a canary is too late to prove anything about who waited a fraction of a second.
LATE_SECONDS: Final = 0.2
_ATTEMPTS: Final = 3
#: What a step is about, by its command: the first that fits.
_FEATURES: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"^@capture", "frames"),
        (r"\bdocker (network|run|create|ps|inspect|port|rm|start|stop|restart|rename|version|info|events)\b", "Docker"),
        (r"\b(ip6?tables\S*|nft|conntrack)\b", "netfilter"),
        (r"\b(arping|arp)\b|\bip (-\S+ )*(-n \S+ )?n(eigh|eighbou?r)\b", "neighbours"),
        (r"\b(ping6?|traceroute|tracepath)\b", "reachability"),
        (r"\b(nc|curl|wget|ss|iperf3)\b", "sockets"),
        (r"\b(dig|nslookup|getent|host)\b", "names"),
        (r"\bbridge\b|\bbrctl\b", "bridges"),
        (r"\bip (-\S+ )*(-n \S+ )?(r|ro|route|rule|ru)\b|\broute\b", "routes"),
        (r"\bip (-\S+ )*(-n \S+ )?a(ddr(ess)?)?\b|\bifconfig\b", "addresses"),
        (r"\btc\b", "queueing"),
        (r"\bip (-\S+ )*(-n \S+ )?(l|link|tuntap)\b|\bethtool\b", "links"),
        (r"\bip netns\b|\bnsenter\b|\bunshare\b", "namespaces"),
        (r"\bsysctl\b|/proc/sys|/sys/class", "sysctls and files"),
    )
)


def feature(command: str) -> str:
    """What a command is about."""
    return next((name for pattern, name in _FEATURES if pattern.search(command)), "other")


@frozen
class Checked:
    """A step: its verdict is the judge's, or `skipped`, `unsure` or `explained`, with the reason."""

    command: str
    verdict: str
    diff: tuple[str, ...] = ()
    statuses: tuple[int | None, int | None] = (None, None)
    reason: str = ""

    @property
    def feature(self) -> str:
        return feature(self.command)


@frozen
class Verification:
    """A scenario's steps, in order, those that were not played at the end."""

    name: str
    steps: tuple[Checked, ...]

    def those(self, *verdicts: str) -> tuple[Checked, ...]:
        return tuple(step for step in self.steps if step.verdict in verdicts)

    @property
    def differences(self) -> tuple[Checked, ...]:
        return self.those("rc", "differs", "absent")

    @property
    def doubts(self) -> int:
        """How many steps differ, or may differ."""
        return len(self.differences) + len(self.those("unsure"))


def best_of(attempt: Callable[[], Verification]) -> Verification:
    """The attempt with the fewest doubts, of as many as it takes until there is none, and of three at most."""
    best = attempt()
    for _ in range(_ATTEMPTS - 1):
        if not best.doubts:
            break
        best = min(best, attempt(), key=lambda outcome: outcome.doubts)
    return best


def outcome(
    plan: Plan,
    real: Mapping[str, Any],
    simulated: Mapping[str, Any],
    canaries: Sequence[tuple[float | None, ...]] = (),
    lacks: frozenset[str] = frozenset(),
    *,
    counters: bool = False,
    explained: Callable[[str, Sequence[str]], str | None] | None = None,
) -> Verification:
    """Judge the recordings of a plan; `canaries` belong to the real one's steps.

    `explained` gives the reasons of differences that are none of the simulator's: those of `known_kernel` by default.
    """
    explained = explained or partial(known_kernel.reason, quiet=counters)
    judged = judge(real, simulated, counters=counters)
    flights = [
        canary for step, canary in zip(real["steps"], canaries, strict=True) if "rc" in step or "capture" in step
    ]
    flights += [()] * (len(judged) - len(flights))
    steps = [_checked(step, canary, lacks, explained) for step, canary in zip(judged, flights, strict=True)]
    steps += [Checked(command, "skipped", reason=reason) for command, reason in plan.skipped]
    return Verification(plan.name, tuple(steps))


def _checked(
    step: Judged,
    canary: tuple[float | None, ...],
    lacks: frozenset[str],
    explained: Callable[[str, Sequence[str]], str | None],
) -> Checked:
    command = step.real.command
    statuses = step.real.status, step.simulated.status if step.simulated else None
    missing = needs(command, lacks)
    if missing is not None:
        return Checked(command, "skipped", reason=f"this kernel has no {missing}")
    if _is_negative(step) and not all(seconds is not None and seconds < LATE_SECONDS for seconds in canary):
        return Checked(command, "unsure", step.diff, statuses, "a canary that had to arrive did not, or too late")
    why = explained(command, step.diff) if step.verdict == "rc" else None
    return Checked(command, "explained" if why else step.verdict, step.diff, statuses, why or "")


def _is_negative(step: Judged) -> bool:
    """Whether a real probe had no answer: which can also mean that the machine was too slow."""
    if not is_probe(step.real.command):
        return False
    return step.real.status != 0 or any(" 100% packet loss" in line for line in step.real.lines)
