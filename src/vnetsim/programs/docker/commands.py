"""The tree of docker's commands: its groups, and the names that commands have without their group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from vnetsim.programs.docker.command_table import CommandTable
from vnetsim.values import frozen

TABLE: Final = CommandTable("docker")


@frozen
class CobraGroup:
    """A management command; `aliases` are other names of its members."""

    short: str
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    #: The part of the usage line after the name, in errors.
    use: str = ""


GROUPS: Final[Mapping[str, CobraGroup]] = {
    "builder": CobraGroup("Manage builds"),
    "container": CobraGroup("Manage containers", {"list": "ls", "ps": "ls", "remove": "rm"}),
    "context": CobraGroup("Manage contexts", {"list": "ls", "remove": "rm"}, use=" COMMAND"),
    "image": CobraGroup("Manage images", {"list": "ls", "remove": "rm"}),
    "manifest": CobraGroup("Manage Docker image manifests and manifest lists"),
    "network": CobraGroup("Manage networks", {"list": "ls", "remove": "rm"}),
    "plugin": CobraGroup("Manage plugins"),
    "system": CobraGroup("Manage Docker"),
    "trust": CobraGroup("Manage trust on Docker images"),
    "volume": CobraGroup("Manage volumes", {"list": "ls", "remove": "rm"}, use=" COMMAND"),
}
SWARM: Final[Mapping[str, CobraGroup]] = {
    "config": CobraGroup("Manage Swarm configs"),
    "node": CobraGroup("Manage Swarm nodes"),
    "secret": CobraGroup("Manage Swarm secrets"),
    "service": CobraGroup("Manage Swarm services"),
    "stack": CobraGroup("Manage Swarm stacks"),
    "swarm": CobraGroup("Manage Swarm"),
}


def _top_level(*commands: str) -> dict[str, str]:
    """Commands of the table by the name that follows `docker`, which is that in the group unless `=` gives another."""
    found: dict[str, str] = {}
    for command in commands:
        name, _, other = command.partition("=")
        found[other or name.rpartition(" ")[2]] = name
    return found


COMMON: Final = _top_level(
    "container run", "container exec", "container ls=ps", "image build", "image pull", "image push", "image ls=images",
    "login", "logout", "search", "version", "system info",
)  # fmt: skip
OTHERS: Final = _top_level(
    "container attach", "container commit", "container cp", "container create", "container diff", "system events",
    "container export", "image history", "image import", "inspect", "container kill", "image load", "container logs",
    "container pause", "container port", "container rename", "container restart", "container rm", "image rm=rmi",
    "image save", "container start", "container stats", "container stop", "image tag", "container top",
    "container unpause", "container update", "container wait",
)  # fmt: skip
TOP_LEVEL: Final = {**COMMON, **OTHERS}


def member(group: str, name: str) -> str | None:
    """The member of that name or alias."""
    return name if name in TABLE.names(group) else GROUPS[group].aliases.get(name)


def aliases(command: str) -> tuple[str, ...]:
    """The names of a command of the table if it has several, for --help."""
    group, _, name = command.rpartition(" ")
    members = [name, *(alias for alias, target in GROUPS[group].aliases.items() if target == name)] if group else []
    found = [f"docker {group} {one}" for one in members]
    found += [f"docker {top}" for top, target in TOP_LEVEL.items() if target == command]
    return tuple(found) if len(found) > 1 else ()


def shorts(group: str) -> dict[str, str]:
    return {name: TABLE.short(f"{group} {name}") for name in TABLE.names(group)}


def top_level_shorts(commands: Mapping[str, str]) -> dict[str, str]:
    return {name: TABLE.short(command) for name, command in commands.items()}
