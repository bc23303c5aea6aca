"""A scenario up to a moment: `shop.md@7` is after its seventh command, `shop.md@before` at that label in its prose.

    lab = load_checkpoint("shop.session@3")

A label is the first line of a piece of prose, or a heading of Markdown, without the marks; the moment is before the
commands that follow it.  In a script (as `vnetsim record` takes it) notes are the labels.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Unpack

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.scenario import load as load_document
from vnetsim.scenario.build import LabOptions, lab_for_session, load, play_document, play_text
from vnetsim.scenario.document import Command, Document, Part, Prose
from vnetsim.scenario.labs.kinds import is_lab_file, is_mininet_script
from vnetsim.scenario.shellscript import is_run_whole
from vnetsim.scenario.source import SESSION_SUFFIXES, is_compose, read, resolved, seed_of

_HEADING: Final = re.compile(r"^\s*#*\s*(.*?)\s*#*\s*$")


def load_checkpoint(source: str, **options: Unpack[LabOptions]) -> Lab:
    """The lab at that moment; a source without `@`, or a file whose name has one, is played to its end."""
    path, at, checkpoint = source.rpartition("@")
    if not at or not path or Path(source).exists():
        return load(source, **options)
    if not checkpoint:
        raise UsageError(f"{source}: expected the number of a command or a label behind `@`")
    if path.endswith(SESSION_SUFFIXES) and options.get("kind") is None:
        document = load_document(Path(path))
        options["seed"] = seed_of(path, options.get("seed"))
        until = attrs.evolve(document, parts=_until(document, checkpoint))
        return play_document(until, lab_for_session(**options), incomplete=options.get("incomplete", False))
    script = _script_until(path, checkpoint)
    return play_text(path, script, **options)


def _until(document: Document, checkpoint: str) -> tuple[Part, ...]:
    commands = 0
    for index, part in enumerate(document.parts):
        if isinstance(part, Command):
            commands += 1
            if checkpoint == str(commands):
                return document.parts[: index + 1]
        elif isinstance(part, Prose) and not is_digits(checkpoint) and checkpoint in _labels(part.text):
            return document.parts[:index]
    raise _missing(
        document.name,
        checkpoint,
        commands,
        [label for part in document.parts if isinstance(part, Prose) for label in _labels(part.text)],
    )


def _labels(prose: str) -> list[str]:
    """Its first line, and its headings."""
    lines = prose.strip().splitlines()
    return [_HEADING.sub(r"\1", line) for index, line in enumerate(lines) if not index or line.startswith("#")]


def _script_until(path: str, checkpoint: str) -> str:
    path = resolved(path)
    text = read(path)
    if is_lab_file(path) or is_mininet_script(path, text):
        raise UsageError(f"{path}@{checkpoint}: a lab is brought up whole, there are no moments in it")
    if is_compose(path, text):
        raise UsageError(f"{path}@{checkpoint}: a compose file is brought up whole, there are no moments in it")
    lines = text.splitlines()
    if is_run_whole(text):
        raise UsageError(f"{path}@{checkpoint}: a shell script is run whole, there are no moments in it")
    commands = 0
    for index, line in enumerate(lines):
        if line.startswith("#") and line.strip("# ") == checkpoint and not is_digits(checkpoint):
            return "\n".join(lines[:index])
        if line.strip() and not line.startswith(("#", "@")):
            commands += 1
            if checkpoint == str(commands):
                return "\n".join(lines[: index + 1])
    raise _missing(path, checkpoint, commands, [line.strip("# ") for line in lines if line.startswith("#")])


def _missing(name: str, checkpoint: str, commands: int, labels: list[str]) -> UsageError:
    known = f", or a label ({', '.join(labels[:5])})" if labels else ""
    return UsageError(f"{name}@{checkpoint}: expected the number of a command from 1 to {commands}{known}")
