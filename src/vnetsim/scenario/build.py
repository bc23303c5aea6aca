"""Where a question begins: a scenario, played to its end on a lab.

A scenario is a session file (`.md`, `.session`), a script of commands as `vnetsim record` takes it, a shell script
(`#!/bin/bash`, run whole), a compose file, a lab of another program (vnetsim.scenario.labs), a directory that holds one
of the two, a script of Mininet (which runs as the Python program that it is), or a text from standard input (`-`).
What it starts in the background goes on running; its captures only take their time.  A scenario of which something was
not done is refused (vnetsim.failures), unless an answer about the rest is wanted (`incomplete`).

The kernel has all that vnetsim has: a recording's machine lacks some of it, a question's need not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from vnetsim.budget import Budget
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.record import KINDS, STOP_SECONDS, Recorder, lab_for
from vnetsim.scenario.composearguments import ComposeArguments
from vnetsim.scenario.declared import declared_images
from vnetsim.scenario.document import Document
from vnetsim.scenario.labs.kinds import is_lab_file, is_mininet_script
from vnetsim.scenario.load import parse
from vnetsim.scenario.play import play
from vnetsim.scenario.session import run_script
from vnetsim.scenario.shellscript import OF_COMMANDS, is_run_whole
from vnetsim.scenario.source import FENCED, SESSION_SUFFIXES, STDIN, is_compose, kind_of, read, resolved, seed_of

if TYPE_CHECKING:
    from vnetsim.scenario.composefile import ComposeScenario

#: A comment of a shell script that names an assumption, as `vnetsim import` writes it.
_ASSUMED: Final = re.compile(r"^# assumed: (.+)$", re.MULTILINE)


class Player(Recorder):
    """Plays a script for what it leaves behind."""

    def play_on(self, name: str, script: str) -> None:
        for number, line in enumerate(map(str.strip, script.splitlines()), 1):
            if line:
                with self.lab.shortfall.located_at(name, number):
                    self._line(line)

    def capture(self, namespace: str, device: str) -> None:
        """No process reads it."""

    def stop(self) -> None:
        self.wait(STOP_SECONDS)


class LabOptions(TypedDict, total=False):
    """How a scenario is played, as keywords: those of `play_text`."""

    kind: str | None
    seed: int | None
    docker: bool | None
    docker_flags: Sequence[str]
    incomplete: bool
    budget: Budget | None
    images: Mapping[str, Sequence[str]] | None
    compose: ComposeArguments | None


def load(source: str | Path, **options: Unpack[LabOptions]) -> Lab:
    """The lab in which the scenario has been played; UsageError, in one sentence, if there is none to be played.

    IncompleteLab if a command of it failed, unless `incomplete`.
    """
    name = resolved(str(source))
    return play_text(shown(name), read(name), **options)


def shown(name: str) -> str:
    """What people call a scenario."""
    return "standard input" if name == STDIN else name


def play_text(
    name: str, text: str, *, kind: str | None = None, seed: int | None = None, docker: bool | None = None,
    docker_flags: Sequence[str] = (), incomplete: bool = False, budget: Budget | None = None,
    images: Mapping[str, Sequence[str]] | None = None, compose: ComposeArguments | None = None,
) -> Lab:  # fmt: skip
    """`load`, of a text: a script if `kind` is kernel or docker, else what it looks like."""
    if kind is not None and kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of script: kernel or docker")
    images, seed = declared_images(name, images), seed_of(name, seed)
    if is_lab_file(name):
        lab = Lab(seed, docker=docker or False, docker_flags=docker_flags, budget=budget, images=images)
        from vnetsim.scenario.labs.folder import LabFolder  # noqa: PLC0415 -- sessions do without

        LabFolder.of(name, text).play(lab)
        return _answering(lab, incomplete=incomplete)
    if is_mininet_script(name, text):
        from vnetsim.mininet.script import MininetScript  # noqa: PLC0415 -- the nodes are for few scenarios

        lab = Lab(seed, docker=docker or False, docker_flags=docker_flags, budget=budget, images=images)
        MininetScript(name).play(lab)
        return _answering(lab, incomplete=incomplete)
    found = "compose" if is_compose(name, text) else kind or kind_of(name, text)
    if found != "compose" and compose is not None:
        compose.refuse(name)
    if found == "session":
        lab = lab_for_session(seed=seed, docker=docker, docker_flags=docker_flags, budget=budget, images=images)
        return _play_session(name, text, lab, incomplete=incomplete)
    if found == "compose":
        return play_compose(
            compose_of(name, text, compose), seed=seed, docker_flags=docker_flags, incomplete=incomplete, budget=budget,
            images=images,
        )  # fmt: skip
    lab = lab_for_script(name, text, found, seed, docker_flags, budget, images)
    return _play_script(name, text, lab, incomplete=incomplete)


def compose_scenario(source: str | Path, arguments: ComposeArguments | None = None) -> ComposeScenario:
    """The compose file, or that of a directory; UsageError for other scenarios."""
    name = resolved(str(source))
    text = read(name)
    if not is_compose(name, text):
        raise UsageError(f"{shown(name)}: expected a compose file, or a policy to hold against this scenario")
    return compose_of(shown(name), text, arguments)


def compose_of(name: str, text: str, arguments: ComposeArguments | None = None) -> ComposeScenario:
    from vnetsim.scenario.composefile import ComposeScenario  # noqa: PLC0415 -- sessions do without

    return ComposeScenario.of(name, text, arguments=arguments)


def play_compose(scenario: ComposeScenario, **options: Unpack[LabOptions]) -> Lab:
    """The lab after `docker compose up -d`; IncompleteLab as in `load`."""
    lab = lab_for(
        "docker", "", options.get("seed") or 0, options.get("docker_flags", ()), complete=True,
        budget=options.get("budget"), images=scenario.images(declared_images(scenario.name, options.get("images"))),
    )  # fmt: skip
    _ = scenario.play(lab)
    return _answering(lab, incomplete=options.get("incomplete", False))


def _play_session(name: str, text: str, lab: Lab, *, incomplete: bool) -> Lab:
    plain = not name.endswith(".md") and not FENCED.search(text)
    document = parse(name if name.endswith(SESSION_SUFFIXES) or not plain else f"{name}.session", text)
    return play_document(document, lab, incomplete=incomplete)


def play_document(document: Document, lab: Lab, *, incomplete: bool = False) -> Lab:
    """The lab after the session."""
    play(document, lab)
    return _answering(lab, incomplete=incomplete)


def lab_for_session(**options: Unpack[LabOptions]) -> Lab:
    """The machine on which the session starts."""
    return Lab(options.get("seed") or 0, docker=options.get("docker"), docker_flags=options.get("docker_flags", ()),
               budget=options.get("budget"), images=options.get("images"))  # fmt: skip


def lab_for_script(
    name: str, text: str, kind: str, seed: int, docker_flags: Sequence[str], budget: Budget | None = None,
    images: Mapping[str, Sequence[str]] | None = None,
) -> Lab:  # fmt: skip
    """The machine on which the script starts."""
    if not any(line.strip() and not line.strip().startswith("#") for line in text.splitlines()):
        raise UsageError(f"{name}: there is no command in this script")
    return lab_for(kind, text, seed, docker_flags, complete=True, budget=budget, images=images)


def _play_script(name: str, text: str, lab: Lab, *, incomplete: bool) -> Lab:
    if is_run_whole(text):
        _ = run_script(lab, name, text)
        for assumption in _ASSUMED.findall(text):
            lab.machine.assume(assumption)
        return _answering(lab, incomplete=incomplete)
    commands = OF_COMMANDS.sub("", text)
    if commands != text and is_run_whole(commands):
        raise UsageError(f"{name}: its lines need one shell, and beside lines of @ each has its own")
    try:
        Player(lab).play_on(name, text)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
    return _answering(lab, incomplete=incomplete)


def _answering(lab: Lab, *, incomplete: bool) -> Lab:
    """The lab, ready for questions."""
    lab.shortfall.accepted = incomplete
    lab.shortfall.required()
    return lab
