"""A scenario as the lines that are typed on a bare machine: to be played again and again, with lines left out or added.

    stage = ScenarioScript.load("shop.session")
    lab = stage.play(stage.lines)

A docker script begins on a host that has a LAN: that is made by lines, too, so that what is played can be written down
as a session, and typed on a real host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, Unpack

from vnetsim.budget import Budget
from vnetsim.errors import UsageError
from vnetsim.failures import Failure
from vnetsim.lab import Lab
from vnetsim.record import flags_of
from vnetsim.scenario import parse
from vnetsim.scenario.build import LabOptions, play_text, shown
from vnetsim.scenario.composefile import ComposeScenario
from vnetsim.scenario.declared import declared_images
from vnetsim.scenario.document import Command, Pause
from vnetsim.scenario.endedcontainers import SETTLE_SECONDS
from vnetsim.scenario.shellscript import commands_of, is_run_whole
from vnetsim.scenario.source import SESSION_SUFFIXES, kind_of, read, resolved, seed_of
from vnetsim.values import frozen

#: The machine outside, as a docker script finds it.
LAN: Final = (
    "ip link set lo up",
    "ip netns add lan",
    "ip link add eth0 type veth peer name eth0 netns lan",
    "ip addr add 192.168.56.10/24 dev eth0",
    "ip link set eth0 up",
    "ip -n lan link set lo up",
    "ip -n lan addr add 192.168.56.20/24 dev eth0",
    "ip -n lan link set eth0 up",
    "ip route add default via 192.168.56.20",
)
_PAUSE: Final = re.compile(r"@ \+(\d+(?:\.\d+)?)s")
_SLEEP: Final = re.compile(r"@sleep (\d+(?:\.\d+)?)")


@frozen(kw_only=True)
class ScenarioScript:
    """`lines` are command lines, and pauses as `@ +2s`; they are typed on `Lab(seed, docker=docker)`.

    `flags` are those of dockerd; `failures` what of the scenario did not come about, if questions leave that out.
    """

    name: str
    lines: tuple[str, ...]
    seed: int = 0
    docker: bool | None = None
    flags: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    budget: Budget | None = None
    assumptions: tuple[str, ...] = ()
    images: Mapping[str, Sequence[str]] | None = None

    @classmethod
    def load(cls, source: str, **options: Unpack[LabOptions]) -> ScenarioScript:
        """Of a session file, a script of commands, or `-`; UsageError for what is none of them.

        IncompleteLab if a command of it fails, unless `incomplete`.
        """
        source = resolved(source)
        text = read(source)
        lab = play_text(shown(source), text, **options)
        images = declared_images(source, options.get("images"))
        known = kind_of(source, text)
        found = known if known in ("compose", "lab", "mininet") else options.get("kind") or known
        flags = tuple(options.get("docker_flags", ()))
        made = partial(cls, name=source, seed=seed_of(source, options.get("seed")), failures=lab.failures,
                       assumptions=lab.shortfall.assumptions, budget=options.get("budget"),
                       images=images)  # fmt: skip
        if found == "session":
            document = parse(source if source.endswith(SESSION_SUFFIXES) else f"{source}.session", text)
            lines = tuple(_typed(part) for part in document.parts if isinstance(part, Command | Pause))
            return made(lines=lines, docker=options.get("docker"), flags=flags)
        if found == "compose":
            compose = ComposeScenario.of(source, text, arguments=options.get("compose"))
            made = partial(made, images=compose.images(images))
            lines = (
                *LAN,
                *compose.files,
                *(each.text for each in compose.prepare),
                compose.up,
                f"@ +{SETTLE_SECONDS:g}s",
            )
            return made(lines=lines, flags=flags)
        if found == "lab":
            from vnetsim.scenario.labs.folder import LabFolder  # noqa: PLC0415 -- sessions do without

            lines = (*LabFolder.of(source, text).commands, f"@ +{SETTLE_SECONDS:g}s")
            return made(lines=lines, docker=options.get("docker") or False, flags=flags)
        if found == "mininet":
            return made(lines=_of_mininet(source), docker=False)
        script = commands_of(source, text) if is_run_whole(text) else tuple(_of_script(source, text))
        if found == "kernel":
            return made(lines=script, docker=False)
        return made(lines=(*LAN, *script), flags=flags_of(found, text, flags))

    def play(self, lines: Iterable[str], lab: Lab | None = None) -> Lab:
        """The lab after these lines, a new one unless `lab` is given; lines that are moves may fail."""
        lab = lab or Lab(self.seed, docker=self.docker, docker_flags=self.flags, budget=self.budget, images=self.images)
        lab.shortfall.accepted = True
        for line in lines:
            pause = _PAUSE.fullmatch(line)
            if pause:
                lab.sleep(float(pause[1]))
            else:
                lab.run(line)
        return lab


def _of_mininet(source: str) -> tuple[str, ...]:
    """The commands of the network that a script builds; UsageError if only the shell of a node understands one."""
    from vnetsim.mininet.script import MininetScript  # noqa: PLC0415 -- the nodes are for few scenarios

    steps = MininetScript(source).play(Lab(docker=False)).steps
    for step in steps:
        if step.command.startswith("#"):
            raise UsageError(f"{step.file}:{step.line}: {step.command.strip('# ')}: depends on the shell of its node")
    return (*(step.command for step in steps), f"@ +{SETTLE_SECONDS:g}s")


def _typed(part: Command | Pause) -> str:
    return part.text if isinstance(part, Command) else f"@ +{part.seconds:g}s"


def _of_script(name: str, text: str) -> Sequence[str]:
    found: list[str] = []
    for line in map(str.strip, text.splitlines()):
        sleep = _SLEEP.fullmatch(line)
        if sleep:
            found.append(f"@ +{sleep[1]}s")
        elif line.startswith("@") and not line.startswith(("@capture", "@stop")):
            raise UsageError(f"{name}: {line!r} is none of `@capture NAMESPACE DEVICE`, `@stop` and `@sleep SECONDS`")
        elif line and not line.startswith(("#", "@")):
            found.append(line)
    return found
