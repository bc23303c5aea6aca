"""What can complete the argument at the cursor: commands, namespaces, devices, containers, networks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from vnetsim.errors import KernelError
from vnetsim.lab import Lab
from vnetsim.programs import registry
from vnetsim.shell.builtins.table import names as builtin_names

_COMMAND_POSITION: Final = re.compile(r"(?:^|[|;&(]|\b(?:do|then|else)\b|\bip\s+netns\s+exec\s+\S+\s)\s*\S*$")
_FIRST_TOKEN: Final = re.compile(r"(?:^|[|;&(]|\b(?:do|then|else)\b)\s*\S*$")
_NAMESPACE: Final = re.compile(r"\bip\s+(?:netns\s+exec|-n|-netns)\s+(\S+)\s")


def candidates(lab: Lab, before: str) -> Iterator[str]:
    """Completions of the argument at the cursor; `before` is the line up to there."""
    prefix = re.search(r"\S*$", before)
    start = prefix[0] if prefix else ""
    if _COMMAND_POSITION.search(before):
        yield from _matching(start, sorted({*registry.names(), *builtin_names()}))
    if not _FIRST_TOKEN.search(before):
        yield from _matching(start, _names(lab, before))


def _names(lab: Lab, before: str) -> list[str]:
    """Namespaces, devices, and for docker commands containers and networks."""
    found = [*lab.machine.named_namespaces(), *_devices(lab, before)]
    if "docker" in before and lab.has_engine:
        engine = lab.docker
        found += [name.removeprefix("/") for each in engine.container_list(all=True) for name in each["Names"]]
        found += [each["Name"] for each in engine.network_list()]
    return sorted(dict.fromkeys(found))


def _devices(lab: Lab, before: str) -> list[str]:
    """Devices of the namespace that the line names, else the host's."""
    named = _NAMESPACE.search(before)
    try:
        return [link.name for link in lab.network(named[1] if named else None).links()]
    except KernelError:
        return []


def _matching(prefix: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name.startswith(prefix))
