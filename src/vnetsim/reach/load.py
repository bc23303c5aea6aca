"""Where a question begins: a scenario, played to its end on a lab.

A scenario is a session file (`.md`, `.session`), a script of commands as `vnetsim record` takes it, a shell script
(`#!/bin/bash`, run whole), or one of them from standard input (`-`).  What it starts in the background goes on running;
its captures only take their time.  Standard error tells what of it is not modelled, for an answer leaves that out, and
which commands failed: of a session where no `[1]` says so, of a script where they were to build something.

The kernel has all that vnetsim has: a recording's machine lacks some of it, a question's need not.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.record import KINDS, STOP_SECONDS, Recorder, lab_for
from vnetsim.scenario.document import Document
from vnetsim.scenario.load import parse
from vnetsim.scenario.play import play
from vnetsim.scenario.shellscript import commands_of, is_shell_script

_SESSION_SUFFIXES: Final = (".md", ".session")
_TYPED: Final = re.compile(r"^\$ ", re.MULTILINE)
_FENCED: Final = re.compile(r"^\s*(```+|~~~+)\s*console\b", re.MULTILINE)
_DOCKER: Final = re.compile(r"^\s*(#dockerd\b|(sudo\s+)?docker\s)", re.MULTILINE)
_GAP: Final = re.compile(r"vnetsim: (not modelled: .*)")
_STDIN: Final = "-"
#: Commands that build something: the lab is not what its author meant where one of them is refused.
_BUILDS: Final = re.compile(
    r"(?:ip netns exec \S+ )?(?:ip(?! netns exec)|ip6?tables|bridge|tc|nft|sysctl|ifconfig|route|docker (?!exec))\b"
)


class Player(Recorder):
    """Plays a script for what it leaves behind; all that it said is in `said`."""

    @property
    def said(self) -> str:
        return "\n".join(step.get("stderr", "") + step.get("stdout", "") for step in self.steps)

    def play_on(self, script: str) -> None:
        for line in filter(None, map(str.strip, script.splitlines())):
            self._line(line)

    def capture(self, namespace: str, device: str) -> None:
        """Nobody will read it."""

    def stop(self) -> None:
        self.wait(STOP_SECONDS)


def load(
    source: str | Path, *, kind: str | None = None, seed: int = 0, docker: bool | None = None,
    docker_flags: Sequence[str] = (),
) -> Lab:  # fmt: skip
    """The lab in which the scenario has been played; UsageError, in one sentence, if there is none to be played."""
    name = str(source)
    shown = "standard input" if name == _STDIN else name
    return play_text(shown, read(name), kind=kind, seed=seed, docker=docker, docker_flags=docker_flags)


def read(name: str) -> str:
    """The text of a scenario, `-` being standard input; UsageError if there is none."""
    return sys.stdin.read().removeprefix("\ufeff") if name == _STDIN else _read(Path(name))


def kind_of(name: str, text: str) -> str:
    """What it looks like: a `session`, or a script for a machine of the kind `kernel` or `docker`."""
    if is_shell_script(text):
        return "docker" if _DOCKER.search(text) else "kernel"
    if name.endswith(_SESSION_SUFFIXES) or _TYPED.search(text) or _FENCED.search(text):
        return "session"
    return "docker" if _DOCKER.search(text) else "kernel"


def play_text(
    name: str, text: str, *, kind: str | None = None, seed: int = 0, docker: bool | None = None,
    docker_flags: Sequence[str] = (),
) -> Lab:  # fmt: skip
    """`load`, of a text: a script if `kind` says so (kernel or docker), else what it looks like."""
    if kind is not None and kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of script: kernel or docker")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found = kind or kind_of(name, text)
    if found == "session":
        return _play_session(name, text, Lab(seed, docker=docker, docker_flags=docker_flags))
    return _play_script(name, text, found, seed, docker_flags)


def _play_session(name: str, text: str, lab: Lab) -> Lab:
    plain = not name.endswith(".md") and not _FENCED.search(text)
    document = parse(name if name.endswith(_SESSION_SUFFIXES) or not plain else f"{name}.session", text)
    play_told(document, lab)
    return lab


def play_told(document: Document, lab: Lab) -> None:
    """Play it, and tell on standard error where it came out otherwise than its writer meant."""
    played = play(document, lab)
    _tell_gaps(document.name, "".join(each.output for each in played))
    for each in played:
        # `why` tells of packets that nobody watches here.
        asked = each.command.text.split()[:1] == ["why"]
        if each.status and each.status != each.command.status and not asked and not _GAP.search(each.output):
            _tell_failed(f"{document.name}:{each.command.line}", each.command.text, each.status, each.output)


def _play_script(name: str, text: str, kind: str, seed: int, docker_flags: Sequence[str]) -> Lab:
    if not any(line.strip() and not line.strip().startswith("#") for line in text.splitlines()):
        raise UsageError(f"{name}: there is no command in this script")
    lab = lab_for(kind, text, seed, docker_flags, complete=True)
    if is_shell_script(text):
        return _run_whole(name, text, lab)
    player = Player(lab)
    try:
        player.play_on(text)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
    _tell_gaps(name, player.said)
    for step in player.steps:
        if step.get("rc") and _BUILDS.match(step["cmd"]) and not _GAP.search(step["stderr"]):
            _tell_failed(name, step["cmd"], step["rc"], step["stderr"] or step["stdout"])
    return lab


def _run_whole(name: str, text: str, lab: Lab) -> Lab:
    put, run = commands_of(name, text)
    lab.run(put)
    result = lab.run(run)
    _tell_gaps(name, result.stderr)
    if result.exit_code:
        _tell_failed(name, run, result.exit_code, result.stderr or result.stdout)
    return lab


def _tell_failed(place: str, command: str, status: int, said: str) -> None:
    sys.stderr.write(f"vnetsim: {place}: `{command}` ended with {status}: {said.strip().split(chr(10))[-1]}\n")


def _tell_gaps(name: str, said: str) -> None:
    """A scenario that is not what was written must not be taken for it."""
    for gap, times in Counter(_GAP.findall(said)).items():
        often = f" ({times} times)" if times > 1 else ""
        sys.stderr.write(f"vnetsim: {name}: {gap}{often}; the answer is about the rest\n")


def _read(path: Path) -> str:
    if path.is_dir():
        raise UsageError(f"{path}: this is a directory, not a scenario")
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: expected UTF-8 text, found the byte 0x{error.object[error.start]:02x}") from None
