"""The tree of docker's commands: what each is for, and where it is.

A command without a place is one that Docker has and vnetsim has not.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Final, cast

import attrs

from vnetsim.errors import NotModelled
from vnetsim.programs.docker.cobra import Command


@attrs.frozen
class Entry:
    """`place` is MODULE:NAME in this package; `canonical` the name that usage lines call an alias by."""

    short: str
    place: str = ""
    canonical: str = ""

    def load(self, path: str) -> Command:
        if not self.place:
            raise NotModelled(path)
        module, _, name = self.place.partition(":")
        return cast("Command", getattr(importlib.import_module(f"vnetsim.programs.docker.{module}"), name))


CONTAINER: Final[Mapping[str, Entry]] = {
    "attach": Entry("Attach local standard input, output, and error streams to a running container", "attach:ATTACH"),
    "commit": Entry("Create a new image from a container's changes"),
    "cp": Entry("Copy files/folders between a container and the local filesystem"),
    "create": Entry("Create a new container", "run:CREATE"),
    "diff": Entry("Inspect changes to files or directories on a container's filesystem"),
    "exec": Entry("Execute a command in a running container", "exec:EXEC"),
    "export": Entry("Export a container's filesystem as a tar archive"),
    "inspect": Entry("Display detailed information on one or more containers", "inspect_command:CONTAINER_INSPECT"),
    "kill": Entry("Kill one or more running containers", "lifecycle:KILL"),
    "logs": Entry("Fetch the logs of a container", "observe:LOGS"),
    "ls": Entry("List containers", "ps:PS"),
    "pause": Entry("Pause all processes within one or more containers", "lifecycle:PAUSE"),
    "port": Entry("List port mappings or a specific mapping for the container", "observe:PORT"),
    "prune": Entry("Remove all stopped containers", "lifecycle:PRUNE"),
    "rename": Entry("Rename a container", "lifecycle:RENAME"),
    "restart": Entry("Restart one or more containers", "lifecycle:RESTART"),
    "rm": Entry("Remove one or more containers", "lifecycle:RM"),
    "run": Entry("Create and run a new container from an image", "run:RUN"),
    "start": Entry("Start one or more stopped containers", "attach:START"),
    "stats": Entry("Display a live stream of container(s) resource usage statistics"),
    "stop": Entry("Stop one or more running containers", "lifecycle:STOP"),
    "top": Entry("Display the running processes of a container", "observe:TOP"),
    "unpause": Entry("Unpause all processes within one or more containers", "lifecycle:UNPAUSE"),
    "update": Entry("Update configuration of one or more containers", "lifecycle:UPDATE"),
    "wait": Entry("Block until one or more containers stop, then print their exit codes", "lifecycle:WAIT"),
}
NETWORK: Final[Mapping[str, Entry]] = {
    "connect": Entry("Connect a container to a network", "network:CONNECT"),
    "create": Entry("Create a network", "network_create:CREATE"),
    "disconnect": Entry("Disconnect a container from a network", "network:DISCONNECT"),
    "inspect": Entry("Display detailed information on one or more networks", "inspect_command:NETWORK_INSPECT"),
    "ls": Entry("List networks", "network_list:LS"),
    "prune": Entry("Remove all unused networks", "network:PRUNE"),
    "rm": Entry("Remove one or more networks", "network:RM"),
}
IMAGE: Final[Mapping[str, Entry]] = {
    "build": Entry("Build an image from a Dockerfile"),
    "history": Entry("Show the history of an image"),
    "import": Entry("Import the contents from a tarball to create a filesystem image"),
    "inspect": Entry("Display detailed information on one or more images", "inspect_command:IMAGE_INSPECT"),
    "load": Entry("Load an image from a tar archive or STDIN"),
    "ls": Entry("List images", "images:IMAGES"),
    "prune": Entry("Remove unused images"),
    "pull": Entry("Download an image from a registry", "images:PULL"),
    "push": Entry("Upload an image to a registry"),
    "rm": Entry("Remove one or more images"),
    "save": Entry("Save one or more images to a tar archive (streamed to STDOUT by default)"),
    "tag": Entry("Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE"),
}
SYSTEM: Final[Mapping[str, Entry]] = {
    "df": Entry("Show docker disk usage"),
    "events": Entry("Get real time events from the server", "events:EVENTS"),
    "info": Entry("Display system-wide information", "info:INFO"),
    "prune": Entry("Remove unused data", "system_prune:PRUNE"),
}
VOLUME: Final[Mapping[str, Entry]] = {
    "create": Entry("Create a volume"),
    "inspect": Entry("Display detailed information on one or more volumes"),
    "ls": Entry("List volumes"),
    "prune": Entry("Remove unused local volumes"),
    "rm": Entry("Remove one or more volumes"),
}


@attrs.frozen
class Group:
    """A management command; `aliases` are other names of its members."""

    short: str
    members: Mapping[str, Entry] = attrs.field(factory=dict)
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    #: What the usage line of a complaint says after the name.
    use: str = ""

    def member(self, name: str) -> str | None:
        """The member of that name, or by another name."""
        if name in self.members:
            return name
        return self.aliases.get(name)


GROUPS: Final[Mapping[str, Group]] = {
    "builder": Group("Manage builds"),
    "container": Group("Manage containers", CONTAINER, {"list": "ls", "ps": "ls", "remove": "rm"}),
    "context": Group("Manage contexts"),
    "image": Group("Manage images", IMAGE, {"list": "ls", "remove": "rm"}),
    "manifest": Group("Manage Docker image manifests and manifest lists"),
    "network": Group("Manage networks", NETWORK, {"list": "ls", "remove": "rm"}),
    "plugin": Group("Manage plugins"),
    "system": Group("Manage Docker", SYSTEM),
    "trust": Group("Manage trust on Docker images"),
    "volume": Group("Manage volumes", VOLUME, {"list": "ls", "remove": "rm"}, use=" COMMAND"),
}
SWARM: Final[Mapping[str, Group]] = {
    "config": Group("Manage Swarm configs"),
    "node": Group("Manage Swarm nodes"),
    "secret": Group("Manage Swarm secrets"),
    "service": Group("Manage Swarm services"),
    "stack": Group("Manage Swarm stacks"),
    "swarm": Group("Manage Swarm"),
}
COMMON: Final[Mapping[str, Entry]] = {
    "run": CONTAINER["run"],
    "exec": CONTAINER["exec"],
    "ps": CONTAINER["ls"],
    "build": IMAGE["build"],
    "pull": IMAGE["pull"],
    "push": IMAGE["push"],
    "images": IMAGE["ls"],
    "login": Entry("Authenticate to a registry"),
    "logout": Entry("Log out from a registry"),
    "search": Entry("Search Docker Hub for images"),
    "version": Entry("Show the Docker version information", "version:VERSION_COMMAND"),
    "info": SYSTEM["info"],
}
COMMANDS: Final[Mapping[str, Entry]] = {
    **{name: CONTAINER[name] for name in ("attach", "commit", "cp", "create", "diff")},
    "events": SYSTEM["events"],
    "export": CONTAINER["export"],
    "history": IMAGE["history"],
    "import": IMAGE["import"],
    "inspect": Entry("Return low-level information on Docker objects", "inspect_command:INSPECT"),
    "kill": CONTAINER["kill"],
    "load": IMAGE["load"],
    **{name: CONTAINER[name] for name in ("logs", "pause", "port", "rename", "restart", "rm")},
    "rmi": IMAGE["rm"],
    "save": IMAGE["save"],
    **{name: CONTAINER[name] for name in ("start", "stats", "stop")},
    "tag": IMAGE["tag"],
    **{name: CONTAINER[name] for name in ("top", "unpause", "update", "wait")},
}


def top_level(name: str) -> Entry | None:
    """`docker NAME`."""
    return COMMON.get(name) or COMMANDS.get(name)


def shorts(entries: Mapping[str, Entry] | Mapping[str, Group]) -> dict[str, str]:
    return {name: entry.short for name, entry in entries.items()}
