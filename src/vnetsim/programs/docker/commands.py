"""The tree of docker's commands: what each is for, and where it is.

A command without a place is one that Docker has and vnetsim has not.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Final, cast

import attrs

from vnetsim.errors import NotModelled
from vnetsim.programs.docker.cobra import CobraCommand


@attrs.frozen
class CommandEntry:
    """`place` is MODULE:NAME in this package; `canonical` the name that usage lines call an alias by."""

    short: str
    place: str = ""
    canonical: str = ""

    def load(self, path: str) -> CobraCommand:
        if not self.place:
            raise NotModelled(path)
        module, _, name = self.place.partition(":")
        return cast("CobraCommand", getattr(importlib.import_module(f"vnetsim.programs.docker.{module}"), name))


CONTAINER: Final[Mapping[str, CommandEntry]] = {
    "attach": CommandEntry(
        "Attach local standard input, output, and error streams to a running container", "attach:ATTACH"
    ),
    "commit": CommandEntry("Create a new image from a container's changes"),
    "cp": CommandEntry("Copy files/folders between a container and the local filesystem"),
    "create": CommandEntry("Create a new container", "run:CREATE"),
    "diff": CommandEntry("Inspect changes to files or directories on a container's filesystem"),
    "exec": CommandEntry("Execute a command in a running container", "exec:EXEC"),
    "export": CommandEntry("Export a container's filesystem as a tar archive"),
    "inspect": CommandEntry(
        "Display detailed information on one or more containers", "inspect_command:CONTAINER_INSPECT"
    ),
    "kill": CommandEntry("Kill one or more running containers", "lifecycle:KILL"),
    "logs": CommandEntry("Fetch the logs of a container", "observe:LOGS"),
    "ls": CommandEntry("List containers", "ps:PS"),
    "pause": CommandEntry("Pause all processes within one or more containers", "lifecycle:PAUSE"),
    "port": CommandEntry("List port mappings or a specific mapping for the container", "observe:PORT"),
    "prune": CommandEntry("Remove all stopped containers", "lifecycle:PRUNE"),
    "rename": CommandEntry("Rename a container", "lifecycle:RENAME"),
    "restart": CommandEntry("Restart one or more containers", "lifecycle:RESTART"),
    "rm": CommandEntry("Remove one or more containers", "lifecycle:RM"),
    "run": CommandEntry("Create and run a new container from an image", "run:RUN"),
    "start": CommandEntry("Start one or more stopped containers", "attach:START"),
    "stats": CommandEntry("Display a live stream of container(s) resource usage statistics"),
    "stop": CommandEntry("Stop one or more running containers", "lifecycle:STOP"),
    "top": CommandEntry("Display the running processes of a container", "observe:TOP"),
    "unpause": CommandEntry("Unpause all processes within one or more containers", "lifecycle:UNPAUSE"),
    "update": CommandEntry("Update configuration of one or more containers", "lifecycle:UPDATE"),
    "wait": CommandEntry("Block until one or more containers stop, then print their exit codes", "lifecycle:WAIT"),
}
NETWORK: Final[Mapping[str, CommandEntry]] = {
    "connect": CommandEntry("Connect a container to a network", "network:CONNECT"),
    "create": CommandEntry("Create a network", "network_create:CREATE"),
    "disconnect": CommandEntry("Disconnect a container from a network", "network:DISCONNECT"),
    "inspect": CommandEntry("Display detailed information on one or more networks", "inspect_command:NETWORK_INSPECT"),
    "ls": CommandEntry("List networks", "network_list:LS"),
    "prune": CommandEntry("Remove all unused networks", "network:PRUNE"),
    "rm": CommandEntry("Remove one or more networks", "network:RM"),
}
IMAGE: Final[Mapping[str, CommandEntry]] = {
    "build": CommandEntry("Build an image from a Dockerfile"),
    "history": CommandEntry("Show the history of an image"),
    "import": CommandEntry("Import the contents from a tarball to create a filesystem image"),
    "inspect": CommandEntry("Display detailed information on one or more images", "inspect_command:IMAGE_INSPECT"),
    "load": CommandEntry("Load an image from a tar archive or STDIN"),
    "ls": CommandEntry("List images", "images:IMAGES"),
    "prune": CommandEntry("Remove unused images"),
    "pull": CommandEntry("Download an image from a registry", "images:PULL"),
    "push": CommandEntry("Upload an image to a registry"),
    "rm": CommandEntry("Remove one or more images", "images:RM"),
    "save": CommandEntry("Save one or more images to a tar archive (streamed to STDOUT by default)"),
    "tag": CommandEntry("Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", "images:TAG"),
}
SYSTEM: Final[Mapping[str, CommandEntry]] = {
    "df": CommandEntry("Show docker disk usage"),
    "events": CommandEntry("Get real time events from the server", "events:EVENTS"),
    "info": CommandEntry("Display system-wide information", "info:INFO"),
    "prune": CommandEntry("Remove unused data", "system_prune:PRUNE"),
}
VOLUME: Final[Mapping[str, CommandEntry]] = {
    "create": CommandEntry("Create a volume", "volume:CREATE"),
    "inspect": CommandEntry("Display detailed information on one or more volumes", "inspect_command:VOLUME_INSPECT"),
    "ls": CommandEntry("List volumes", "volume:LS"),
    "prune": CommandEntry("Remove unused local volumes", "volume:PRUNE"),
    "rm": CommandEntry("Remove one or more volumes", "volume:RM"),
}


@attrs.frozen
class CobraGroup:
    """A management command; `aliases` are other names of its members."""

    short: str
    members: Mapping[str, CommandEntry] = attrs.field(factory=dict)
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    #: What the usage line of a complaint says after the name.
    use: str = ""

    def member(self, name: str) -> str | None:
        """The member of that name, or by another name."""
        if name in self.members:
            return name
        return self.aliases.get(name)


GROUPS: Final[Mapping[str, CobraGroup]] = {
    "builder": CobraGroup("Manage builds"),
    "container": CobraGroup("Manage containers", CONTAINER, {"list": "ls", "ps": "ls", "remove": "rm"}),
    "context": CobraGroup("Manage contexts"),
    "image": CobraGroup("Manage images", IMAGE, {"list": "ls", "remove": "rm"}),
    "manifest": CobraGroup("Manage Docker image manifests and manifest lists"),
    "network": CobraGroup("Manage networks", NETWORK, {"list": "ls", "remove": "rm"}),
    "plugin": CobraGroup("Manage plugins"),
    "system": CobraGroup("Manage Docker", SYSTEM),
    "trust": CobraGroup("Manage trust on Docker images"),
    "volume": CobraGroup("Manage volumes", VOLUME, {"list": "ls", "remove": "rm"}, use=" COMMAND"),
}
SWARM: Final[Mapping[str, CobraGroup]] = {
    "config": CobraGroup("Manage Swarm configs"),
    "node": CobraGroup("Manage Swarm nodes"),
    "secret": CobraGroup("Manage Swarm secrets"),
    "service": CobraGroup("Manage Swarm services"),
    "stack": CobraGroup("Manage Swarm stacks"),
    "swarm": CobraGroup("Manage Swarm"),
}
COMMON: Final[Mapping[str, CommandEntry]] = {
    "run": CONTAINER["run"],
    "exec": CONTAINER["exec"],
    "ps": CONTAINER["ls"],
    "build": IMAGE["build"],
    "pull": IMAGE["pull"],
    "push": IMAGE["push"],
    "images": IMAGE["ls"],
    "login": CommandEntry("Authenticate to a registry"),
    "logout": CommandEntry("Log out from a registry"),
    "search": CommandEntry("Search Docker Hub for images"),
    "version": CommandEntry("Show the Docker version information", "version:VERSION_COMMAND"),
    "info": SYSTEM["info"],
}
COMMANDS: Final[Mapping[str, CommandEntry]] = {
    **{name: CONTAINER[name] for name in ("attach", "commit", "cp", "create", "diff")},
    "events": SYSTEM["events"],
    "export": CONTAINER["export"],
    "history": IMAGE["history"],
    "import": IMAGE["import"],
    "inspect": CommandEntry("Return low-level information on Docker objects", "inspect_command:INSPECT"),
    "kill": CONTAINER["kill"],
    "load": IMAGE["load"],
    **{name: CONTAINER[name] for name in ("logs", "pause", "port", "rename", "restart", "rm")},
    "rmi": IMAGE["rm"],
    "save": IMAGE["save"],
    **{name: CONTAINER[name] for name in ("start", "stats", "stop")},
    "tag": IMAGE["tag"],
    **{name: CONTAINER[name] for name in ("top", "unpause", "update", "wait")},
}


def top_level(name: str) -> CommandEntry | None:
    """`docker NAME`."""
    return COMMON.get(name) or COMMANDS.get(name)


def shorts(entries: Mapping[str, CommandEntry] | Mapping[str, CobraGroup]) -> dict[str, str]:
    return {name: entry.short for name, entry in entries.items()}
