"""What is done in a scenario: acts read from a session file or from a script, and what of them a machine cannot do.

A session's own outputs are not looked at: `vnetsim run` holds the simulator against them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import attrs

from vnetsim.backends.acts import Act, CaptureAct, CommandAct, PauseAct, StopAct
from vnetsim.digits import is_digits
from vnetsim.errors import UsageError
from vnetsim.kernel.bridge.vlan import MODULE as VLAN_FILTERING
from vnetsim.programs import registry
from vnetsim.record import KINDS
from vnetsim.scenario import document, load, source
from vnetsim.scenario.labs.kinds import is_lab_file, is_mininet_script
from vnetsim.scenario.shellscript import commands_of, is_run_whole
from vnetsim.values import frozen

#: Arguments of `tc filter` that are verdicts of one action.
_OF_GACT: Final = ("drop", "pass", "ok", "shot", "continue", "reclassify")
_SESSIONS: Final = (".md", ".session")
#: Real time that a scenario may take in pauses.
PATIENCE_SECONDS: Final = 120.0
#: The file that a command writes its output to.
_WRITTEN: Final = re.compile(r"(?<!2)>{1,2}\s*(/[\w./-]+)")
#: The name of a program in a command line, after what may precede it.
_PROGRAM: Final = re.compile(
    r"(?:^|[;|&(]|&&|\|\||\$\(|`|\bsh -c ['\"])\s*(?:\w+=\S*\s+)*"
    r"(?:(?:ip netns exec \S+|docker exec (?:-\S+ )*\S+|timeout \S+|sudo|env|exec|time)\s+)*([\w./-]+)"
)


@frozen(kw_only=True)
class Plan:
    """`kind` is that of recordings, kernel or docker; `session` tells that it starts on a session's machine.

    `skipped` are (command, reason) that no real machine can run.
    """

    name: str
    kind: str
    acts: tuple[Act, ...]
    session: bool
    script: str = ""
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def engine_flags(self) -> tuple[str, ...]:
        """The engine flags in the first line of a script."""
        first = self.script.split("\n", 1)[0]
        return tuple(first.split()[1:]) if first.startswith("#dockerd") else ()

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(act.line for act in self.acts if isinstance(act, CommandAct))


def read(path: Path, kind: str | None = None) -> Plan:
    """The plan in a file; UsageError, in one sentence, if there is none that makes sense."""
    if kind is not None and kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of scenario: kernel or docker")
    if path.suffix in _SESSIONS:
        return _session(path, kind)
    name = source.resolved(str(path))
    text = source.read(name)
    return _compose(name) if source.is_compose(name, text) else from_script(name, text, kind)


def _compose(name: str) -> Plan:
    """The plan of a compose file, which is always about an engine."""
    from vnetsim.verify.composeplan import commands  # noqa: PLC0415 -- for compose files only

    found = commands(Path(name))
    acts = tuple(map(CommandAct, found.lines))
    script = "".join(f"{line}\n" for line in found.lines)
    return Plan(name=name, kind="docker", acts=acts, session=False, script=script, skipped=found.skipped)


def from_script(name: str, text: str, kind: str | None = None) -> Plan:
    """The plan of a script as `vnetsim record` takes it."""
    if is_lab_file(name) or is_mininet_script(name, text):
        raise UsageError(f"{name}: this is a lab: expected a script of it, as `vnetsim import` prints one")
    if source.is_compose(name, text):
        raise UsageError(
            f"{name}: this is a compose file: expected a session file, a script of commands or a shell script"
        )
    if is_run_whole(text):
        acts: tuple[Act, ...] = tuple(map(CommandAct, commands_of(name, text)))
    else:
        acts = tuple(_script_acts(name, text))
    return Plan(name=name, kind=kind or _kind(acts, text), acts=acts, session=False, script=text)


def from_lines(name: str, lines: tuple[str, ...]) -> Plan:
    """The plan of a list of commands, on a machine with nothing but lo."""
    return Plan(name=name, kind="kernel", acts=tuple(map(_command, lines)), session=False)


def _command(line: str) -> CommandAct:
    if line.endswith("&") and not line.endswith("&&"):
        return CommandAct(line[:-1].rstrip(), background=True)
    return CommandAct(line)


def _script_acts(name: str, text: str) -> Iterator[Act]:
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line or line.startswith("#"):
            continue
        match line.split():
            case ["@capture", namespace, device]:
                yield CaptureAct(namespace, device)
            case ["@stop"]:
                yield StopAct()
            case ["@sleep", seconds] if is_digits(seconds.replace(".", "", 1)):
                yield PauseAct(float(seconds))
            case [token, *_] if token.startswith("@"):
                known = "`@capture NAMESPACE DEVICE`, `@stop` or `@sleep SECONDS`"
                raise UsageError(f"{name}:{number}: expected {known}, found {line!r}")
            case _:
                yield _command(line)


def _kind(acts: tuple[Act, ...], text: str = "") -> str:
    lines = [act.line for act in acts if isinstance(act, CommandAct)]
    if text.startswith("#dockerd") or (is_run_whole(text) and source.uses_docker(text)):
        return "docker"
    return "docker" if any(source.uses_docker(line) for line in lines) else "kernel"


def _session(path: Path, kind: str | None) -> Plan:
    acts: list[Act] = []
    skipped: list[tuple[str, str]] = []
    for part in load(path).parts:
        match part:
            case document.Pause(seconds=seconds):
                acts.append(PauseAct(seconds))
            case document.Command(text=text) if text.split()[:1] == ["why"]:
                skipped.append((text, "no real machine has `why`"))
            case document.Command(text=text):
                acts.append(_command(text))
            case _:
                continue
    own_kind = kind or _kind(tuple(acts))
    return Plan(name=str(path), kind=own_kind, acts=tuple(acts), session=True, skipped=tuple(skipped))


# --- what a machine cannot do --------------------------------------------------------------------------------------


def programs(plan: Plan) -> tuple[str, ...]:
    """The programs that the plan's commands name, of those that vnetsim knows."""
    named = dict.fromkeys(name for line in plan.commands for name in _PROGRAM.findall(line))
    return tuple(name for name in named if registry.find(name) is not None)


def possible(plan: Plan, absent: frozenset[str]) -> Plan:
    """The plan without the commands whose programs are `absent`, and without pauses that are too long.

    What a command that is left out would have written to a file, no other one can read.
    """
    acts: list[Act] = []
    skipped = list(plan.skipped)
    patience = PATIENCE_SECONDS
    unwritten: set[str] = set()
    for act in plan.acts:
        reason = _impossible(act.line, absent, unwritten) if isinstance(act, CommandAct) else ""
        if isinstance(act, CommandAct) and reason:
            skipped.append((act.line, reason))
            unwritten.update(_WRITTEN.findall(act.line))
        elif isinstance(act, PauseAct) and act.seconds > patience:
            skipped += [
                (f"all after a pause of {act.seconds:g} s", f"it takes more than {PATIENCE_SECONDS:g} s in all")
            ]
            break
        else:
            patience -= act.seconds if isinstance(act, PauseAct) else 0
            acts.append(act)
    return attrs.evolve(plan, acts=tuple(acts), skipped=tuple(skipped))


def _impossible(line: str, absent: frozenset[str], unwritten: set[str]) -> str:
    missing = sorted(set(_PROGRAM.findall(line)) & absent)
    if missing:
        return f"this machine has no {missing[0]}"
    files = [token for token in re.split(r"[\s<>;|&'\"]+", line) if token in unwritten]
    return f"it needs {files[0]}, which was not written" if files else ""


def needs(line: str, lacks: frozenset[str]) -> str | None:
    """What the kernel lacks of a command's requests: a kind of device, a queueing discipline."""
    args = line.split()
    kinds = [after for before, after in pairwise(args) if before in ("type", "root", "parent")]
    if VLAN_FILTERING in lacks and ("vlan_filtering" in args or args[:2] == ["bridge", "vlan"]):
        return VLAN_FILTERING
    if "tc" in args and "filter" in args:
        return next((module for token in args for module in _modules(token) if module in lacks), None)
    return next((token for token in [*kinds, *args] if token in lacks and (token in kinds or "tc" in args)), None)


def _modules(token: str) -> tuple[str, ...]:
    """Those of the kernel that an argument of `tc filter` may mean."""
    return f"cls_{token}", f"act_{'gact' if token in _OF_GACT else token}"
