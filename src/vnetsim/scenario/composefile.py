"""Compose files as scenarios: the lab is a Docker host after `docker compose up -d`.

    project = ComposeScenario.of("shop/compose.yaml", text)
    failures = project.play(lab)

The files that Compose reads, and no others, are written to the host, into a directory that is called like theirs; so
whoever replays the commands, on a real machine too, needs nothing else.  Files outside the compose file's own folder
are not read.  Variables come from `.env`, not from the environment of vnetsim.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import attrs

from vnetsim.compose.config import image_of
from vnetsim.compose.dotenv import read_files
from vnetsim.compose.files import ComposeFiles, DiskFiles, absolute, relative
from vnetsim.compose.model import Project
from vnetsim.compose.options import DEFAULT_FILES, ProjectOptions
from vnetsim.compose.reading import YamlNode, documents
from vnetsim.compose.values import ComposeError
from vnetsim.errors import NotModelled, UsageError
from vnetsim.failures import Failure
from vnetsim.lab import Lab
from vnetsim.result import Result
from vnetsim.scenario.composearguments import ComposeArguments
from vnetsim.scenario.declared import NAME, PrepareCommand, prepare_commands
from vnetsim.scenario.endedcontainers import SETTLE_SECONDS, first_error_line
from vnetsim.scenario.folderfiles import PARENT, FolderFiles, read_mounted
from vnetsim.scenario.shellscript import writing
from vnetsim.values import frozen

#: How often one that was restarted is looked at in that time.
_LOOKS: Final = 40
_UNHEALTHY: Final = re.compile(r"container (\S+) is unhealthy")
#: What messages call the parts of a compose file, and the sections in which these are.
_NAMED: Final = (
    (re.compile(r'\bservice "?([\w.-]+)"?'), "services"),
    (re.compile(r'\bnetwork "?([\w.-]+)"?'), "networks"),
)
_EXTERNAL: Final = re.compile(
    r'network \S+ declared as external, but could not be found|external volume "\S+" not found'
)
_IMAGE_ERROR: Final = re.compile(r"^ (\S+) (?:Error|Pulling)\b", re.MULTILINE)
_PROGRESS: Final = re.compile(r"^ Container (\S+)  (Creating|Created|Starting|Started)$", re.MULTILINE)


def find(directory: Path) -> Path | None:
    """The compose file in a directory that `docker compose` takes."""
    found = next((path for name in DEFAULT_FILES if (path := directory / name).is_file()), None)
    named = None if found is not None else _of_environment(DiskFiles(), str(directory))
    return found if not named else Path(named[0])


def is_compose_file(name: str, text: str) -> bool:
    """Whether YAML is a mapping with a mapping `services` or a list `include`; UsageError for what is no YAML."""
    try:
        node = next(documents(text), None)
    except ComposeError as error:
        raise UsageError(f"{name}:{error.line or 1}: {error}") from None
    except RecursionError:
        raise UsageError(f"{name}: YAML that is nested too deeply") from None
    services, included = child(node, "services"), child(node, "include")
    if services is None:
        return included is not None and included.kind == "sequence"
    return services.kind == "mapping" or (services.plain and not services.value)


def child(node: YamlNode | None, key: str) -> YamlNode | None:
    """The value of a key; None if the node is no mapping or has no such key."""
    return next((value for name, value in pairs(node) if name.value == key), None)


def pairs(node: YamlNode | None) -> Iterator[tuple[YamlNode, YamlNode]]:
    """Keys and values of a mapping, or of the one that an alias refers to; those that `<<` merges as well."""
    node = node.target if node is not None and node.target is not None else node
    if node is None or node.kind != "mapping":
        return
    for name, value in zip(node.content[::2], node.content[1::2], strict=True):
        if name.value != "<<":
            yield name, value
            continue
        for merged in value.content if value.kind == "sequence" else [value]:
            yield from pairs(merged)


@frozen(kw_only=True)
class ComposeScenario:
    """A compose file that is called `name`; `home` is its directory on the host, `path` the file there."""

    name: str
    path: str
    #: The files to be written, by their paths on the host, and directories that must be there.
    texts: dict[str, str]
    directories: tuple[str, ...]
    arguments: ComposeArguments = attrs.field(factory=ComposeArguments)
    #: The files that -f names, by their paths on the host; none if Compose finds them.
    config_paths: tuple[str, ...] = ()
    #: Where Compose refuses the files: file and line, by the user's names.
    refused_at: tuple[str, int] | None = None
    #: What is typed before the services start.
    prepare: tuple[PrepareCommand, ...] = ()
    executable: tuple[str, ...] = ()
    #: None if Compose refuses the files, or they need what is not modelled.
    project: Project | None = attrs.field(default=None, eq=False, repr=False)

    @classmethod
    def of(
        cls, name: str, text: str, changed: Mapping[str, str] | None = None, arguments: ComposeArguments | None = None
    ) -> ComposeScenario:
        """Read what Compose reads; UsageError for files outside the folder.

        `changed` are texts to be read instead of those of files, by their paths on the host.
        """
        given = Path("compose.yaml" if name in ("-", "standard input") else name)
        folder = given.parent
        home = f"{PARENT}/{folder.resolve().name or 'project'}"
        path = f"{home}/{given.name}"
        files = FolderFiles(folder, home, {**(changed or {}), path: text})
        given_arguments = arguments or ComposeArguments()
        found = given_arguments.on_host(folder, home)
        paths = [path, *found.files] if found.files else _config_paths(files, path)
        options = ProjectOptions(
            directory=home, files=files, config_paths=paths, profiles=list(found.profiles),
            env_files=list(found.env_files),
        )  # fmt: skip
        refused_at = project = None
        try:
            project = options.project()
            read_mounted(files, project)
        except ComposeError as error:
            refused_at = _shown(name, path, error.file or path), error.line or 1
        except NotModelled:
            pass  # `up` reports it
        texts, directories = {path: text, **files.texts}, tuple(sorted(files.directories | {home}))
        return cls(
            name=name, path=path, texts=texts, directories=directories, refused_at=refused_at, project=project,
            arguments=given_arguments, config_paths=tuple(paths), prepare=prepare_commands(name),
            executable=tuple(filter(files.is_executable, files.texts)),
        )  # fmt: skip

    def images(self, declared: Mapping[str, Sequence[str]] | None) -> Mapping[str, Sequence[str]] | None:
        """With the images that are built for services, where a service is declared by its name."""
        if declared is None or self.project is None:
            return declared
        built = {
            image_of(service, self.project): declared[name]
            for name, service in self.project.services.items()
            if service.build is not None and name in declared
        }
        return {**built, **declared}

    def with_text(self, path: str, text: str) -> ComposeScenario:
        """The same scenario, but for the text of one file."""
        changed = {**self.texts, path: text}
        return self.of(self.name, changed[self.path], changed, self.arguments)

    def shown(self, path: str) -> str:
        """What the user calls a file of the host."""
        return _shown(self.name, self.path, path)

    @property
    def home(self) -> str:
        return posixpath.dirname(self.path)

    @property
    def files(self) -> tuple[str, ...]:
        """The commands that write the files."""
        directories = sorted({*self.directories, *map(posixpath.dirname, self.texts)})
        put = [writing(shlex.quote(path), text) for path, text in self.texts.items()]
        made = f"mkdir -p {' '.join(map(shlex.quote, directories))}"
        return (made, *put, *(f"chmod +x {shlex.quote(each)}" for each in self.executable))

    @property
    def up(self) -> str:
        """The command that starts the services; files beside the default one are read as Compose reads them."""
        found = self.arguments.on_host(Path(self.name).parent, "")
        inside = ComposeArguments((), found.profiles, tuple(path.removeprefix("/") for path in found.env_files))
        flags = inside.flags([path.removeprefix(f"{self.home}/") for path in self.config_paths])
        return f"cd {shlex.quote(self.home)} && {' '.join(('docker compose', *flags))} up -d"

    def play(self, lab: Lab, show: Callable[[str], object] | None = None) -> Result:
        """Write the files and start the services; what fails makes the lab incomplete."""
        for line in self.files:
            lab.run(line, expected=0)
        for command in self.prepare:
            with lab.shortfall.located_at(command.file, command.line):
                lab.run(command.text, show=show, expected=0)
        since = lab.shortfall.mark()
        with lab.shortfall.located_at(self.name, 0):
            result = lab.run(self.up, show=show, expected=0)
        lab.shortfall.relocate(since, lambda failure: _with_probe(lab, self._located(failure, result.stderr)))
        lab.sleep(SETTLE_SECONDS)
        for failure in self._ended(lab) if lab.has_engine else ():
            lab.shortfall.report(failure)
        return result

    # --- where in the file -----------------------------------------------------------------------------------------

    def _located(self, failure: Failure, stderr: str) -> Failure:
        file, line = self.refused_at or self._location(failure.message, stderr)
        command = self.up.partition(" && ")[2] if failure.command == self.up else failure.command
        message = failure.message.replace(f"{self.home}/", str(Path(self.name).parent / "_")[:-1])
        if _EXTERNAL.search(message):
            message += f"; `prepare` in {NAME} can make it"
        elif "No such image: " in message:
            message += f"; `pull_policy` is never: `prepare` in {NAME} can pull it"
        return attrs.evolve(failure, file=file, line=line, command=command, message=message)

    def _location(self, message: str, stderr: str) -> tuple[str, int]:
        """File and line of what a message is about, else of the first line."""
        for section, name in self._subjects(message, stderr):
            found = self.location(section, name)
            if found is not None:
                return found
        return self.name, 1

    def _subjects(self, message: str, stderr: str) -> Iterator[tuple[str, str]]:
        for pattern, section in _NAMED:
            yield from ((section, name) for name in pattern.findall(message))
        yield from (("services", name) for name in reversed(_IMAGE_ERROR.findall(stderr)))
        begun = {"Starting": "Started", "Creating": "Created"}
        steps = _PROGRESS.findall(stderr)
        for container, step in reversed(steps):
            if step in begun and (container, begun[step]) not in steps:
                yield from (("services", name) for name in self._services if f"-{name}-" in container)

    def location(self, section: str, name: str) -> tuple[str, int] | None:
        """The user's file, and the line, of a service or a network, by its key or by its `name`."""
        for path, root in self.roots.items():
            for key, node in pairs(child(root, section)):
                given = child(node, "name")
                if name in (key.value, given.value if given is not None else ""):
                    return self.shown(path), key.line
        return None

    @cached_property
    def roots(self) -> dict[str, YamlNode]:
        """The first document of each YAML file, by the path on the host."""
        found = {}
        for path, text in self.texts.items():
            if path.endswith((".yaml", ".yml")) or path == self.path:
                try:
                    root = next(documents(text), None)
                except ComposeError:
                    continue
                if root is not None:
                    found[path] = root
        return found

    @cached_property
    def _services(self) -> list[str]:
        return [name.value for root in self.roots.values() for name, _ in pairs(child(root, "services"))]

    # --- containers that do not run --------------------------------------------------------------------------------

    def _ended(self, lab: Lab) -> Iterator[Failure]:
        """A failure for each container that ended with an error."""
        for entry in reversed(lab.docker.container_list(all=True)):
            found = _inspected(lab, entry["Id"])
            state, service = found["State"], entry["Labels"].get("com.docker.compose.service")
            if service is None or state["Status"] == "created" or not state["ExitCode"]:
                continue
            file, line = self.location("services", service) or (self.name, 1)
            name, said = found["Name"].removeprefix("/"), first_error_line(lab, entry["Id"])
            yield Failure(
                command=shlex.join([found["Path"], *found["Args"]]),
                status=state["ExitCode"],
                file=file,
                line=line,
                message=f"container {name} of service {service} is {state['Status']}{said}",
            )


def _inspected(lab: Lab, container: str) -> Mapping[str, Any]:
    """As it is when it has run for a while: one that was restarted may end again."""
    found = lab.docker.container_inspect(container)
    for _ in range(_LOOKS):
        if not (found["RestartCount"] and found["State"]["Status"] == "running"):
            break
        lab.sleep(SETTLE_SECONDS / _LOOKS)
        found = lab.docker.container_inspect(container)
    return found


def _with_probe(lab: Lab, failure: Failure) -> Failure:
    """With the output of the last probe, where a container is unhealthy."""
    found = _UNHEALTHY.search(failure.message)
    if found is None:
        return failure
    log = (lab.docker.container_inspect(found[1])["State"].get("Health") or {}).get("Log") or [{}]
    output = " ".join(str(log[-1].get("Output", "")).split())
    return attrs.evolve(failure, message=f"{failure.message} (its probe: {output})") if output else failure


def _config_paths(files: FolderFiles, path: str) -> list[str]:
    """None if Compose finds the file by itself, by its name or because `.env` names it."""
    home = posixpath.dirname(path)
    named = _of_environment(files, home)
    if named:
        return [] if path in named else [path]
    chosen = next((f"{home}/{name}" for name in DEFAULT_FILES if files.exists(f"{home}/{name}")), None)
    return [] if chosen == path else [path]


def _of_environment(files: ComposeFiles, directory: str) -> list[str]:
    """The files that COMPOSE_FILE in `.env` names."""
    path = posixpath.join(directory, ".env")
    try:
        if not files.exists(path) or files.is_directory(path):
            return []
        variables = read_files(files, [path], {}, lambda _: None)
    except ComposeError:
        return []
    separator = variables.get("COMPOSE_PATH_SEPARATOR") or ":"
    named = variables.get("COMPOSE_FILE", "")
    return [absolute(each, directory) for each in named.split(separator)] if named else []


def _shown(name: str, path: str, other: str) -> str:
    """What the user calls a file that is called `other` on the host, `name` being the user's name of `path`."""
    inside = relative(posixpath.dirname(path), other)
    if other == path or inside is None:
        return name
    return str(Path(name).parent / inside)
