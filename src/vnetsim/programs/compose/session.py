"""A run of `docker compose`: the engine, the project that the flags name, and the lines of progress."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from vnetsim.clock import Wait
from vnetsim.compose.files import not_found
from vnetsim.compose.golang import quote
from vnetsim.compose.model import Project
from vnetsim.compose.options import STDIN, ProjectOptions
from vnetsim.compose.values import ComposeError
from vnetsim.errors import EngineError, KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.process.files import Files
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.session import DockerSession
from vnetsim.values import define, frozen

Json: TypeAlias = dict[str, Any]
#: An operation that takes simulated time.
Step: TypeAlias = Generator[Wait, Any, None]

VERSION: Final = "2.40.3-3"
#: As labels have it.
API_VERSION: Final = "2.40.3"

LABEL: Final = "com.docker.compose."
PROJECT_LABEL: Final = f"{LABEL}project"
SERVICE_LABEL: Final = f"{LABEL}service"
NUMBER_LABEL: Final = f"{LABEL}container-number"
HASH_LABEL: Final = f"{LABEL}config-hash"
ONEOFF_LABEL: Final = f"{LABEL}oneoff"
NETWORK_LABEL: Final = f"{LABEL}network"
VERSION_LABEL: Final = f"{LABEL}version"
IMAGE_LABEL: Final = f"{LABEL}image"
DEPENDS_LABEL: Final = f"{LABEL}depends_on"
FILES_LABEL: Final = f"{LABEL}project.config_files"

_UNQUOTED: Final = re.compile(r"[A-Za-z0-9\-._/@^+]+")


@frozen
class ProcessFiles:
    """A process's files as the loader reads them; there are no symbolic links."""

    files: Files

    def read(self, path: str) -> str:
        if self.files.is_directory(path):
            raise ComposeError(f"read {path}: is a directory", file=path, line=1)
        try:
            return self.files.read(path)
        except KernelError:
            raise not_found(path) from None

    def exists(self, path: str) -> bool:
        return self.files.exists(path)

    def is_directory(self, path: str) -> bool:
        return self.files.is_directory(path)

    def real_path(self, path: str) -> str:
        return path


@define(eq=False)
class ComposeSession:
    """One run of `docker compose`; `globals` are the flags before the command."""

    docker: DockerSession
    globals: ParsedFlags
    #: No progress is printed.
    quiet: bool = False

    @property
    def process(self) -> Process:
        return self.docker.process

    def options(self) -> ProjectOptions:
        """The project's options in the global flags and the environment."""
        if STDIN in self.globals.texts("file"):
            raise NotModelled("docker compose -f -")
        environment = self.process.context.environment
        return ProjectOptions(
            directory=environment.get("PWD", "/"),
            files=ProcessFiles(self.process.files),
            environment=environment,
            warn=self.warn,
            project_name=self.globals.text("project-name"),
            project_directory=self.globals.text("project-directory"),
            config_paths=self.globals.texts("file"),
            env_files=self.globals.texts("env-file"),
            profiles=self.globals.texts("profile"),
            all_resources=self.globals.switch("all-resources"),
        )

    def project(self, services: list[str] | None = None) -> Project:
        """ToProject, with the labels that its containers get."""
        options = self.options()
        project = options.project(services)
        files = ",".join(project.compose_files)
        for name, service in project.services.items():
            service.custom_labels = {
                PROJECT_LABEL: project.name,
                SERVICE_LABEL: name,
                VERSION_LABEL: API_VERSION,
                f"{PROJECT_LABEL}.working_dir": project.working_dir,
                FILES_LABEL: files,
                ONEOFF_LABEL: "False",
            }
            if options.env_files:
                paths = [posixpath.join(options.directory, path) for path in options.env_files]
                service.custom_labels[f"{PROJECT_LABEL}.environment_file"] = ",".join(paths)
        return project

    def project_or_name(self, services: list[str] | None = None) -> tuple[Project | None, str]:
        """The project if files are named or none is needed to know its name, else -p alone."""
        name = self.globals.text("project-name")
        if name and not self.globals.texts("file"):
            return None, name
        project = self.project(services)
        return project, project.name

    # --- what is printed -------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.process.write(f"{text}\n")

    def warn(self, text: str) -> None:
        """As logrus prints it without a terminal."""
        now = datetime.fromtimestamp(self.process.machine.wall_clock() // 1_000_000_000, UTC)
        message = text if _UNQUOTED.fullmatch(text) else quote(text)
        self.process.error(f'time="{now:%Y-%m-%dT%H:%M:%SZ}" level=warning msg={message}\n')

    def event(self, what: str, status: str, text: str = "") -> None:
        """One line of progress, as the plain writer has it."""
        if not self.quiet:
            self.process.error(f" {what} {text} {status}\n")

    def progress(
        self, what: str, begun: str, done: str, operation: Generator[Wait, Any, object], *, failed: str = ""
    ) -> Step:
        """The two lines of progress of an operation, or `failed` after an error of the engine."""
        self.event(what, begun)
        try:
            yield from operation
        except EngineError:
            if failed:
                self.event(what, failed)
            raise
        self.event(what, done)

    # --- several things at a time ----------------------------------------------------------------------------------

    def together(self, steps: list[Step]) -> Step:
        """Run all of them at the same time; raises the first failure."""
        if len(steps) == 1:
            yield from steps[0]
            return
        failures: list[Exception] = []
        children = [self.process.fork(_thread(step, failures)) for step in steps]
        for child in children:
            yield child.wait()
        if failures:
            raise failures[0]

    def in_order(self, graph: Mapping[str, set[str]], visit: Callable[[str], Step]) -> Step:
        """InDependencyOrder: each as soon as those that it depends on are done, at the same time as others.

        After a failure no step begins, and those that run are awaited.
        """
        waiting = {name: {other for other in needs if other in graph} for name, needs in graph.items()}
        running: dict[str, Any] = {}
        failures: list[Exception] = []
        while running or (waiting and not failures):
            ready = [] if failures else sorted(name for name, needs in waiting.items() if not needs)
            for name in ready:
                del waiting[name]
                running[name] = self.process.fork(_thread(visit(name), failures))
            yield self.process.any_of([child.wait() for child in running.values()])
            for name in [name for name, child in running.items() if child.status is not None]:
                del running[name]
                for needs in waiting.values():
                    needs.discard(name)
        if failures:
            raise failures[0]


def _thread(step: Step, failures: list[Exception]) -> Callable[[Process], Program]:
    def main(_process: Process) -> Program:
        try:
            yield from step
        except (EngineError, CommandError, ComposeError) as error:
            failures.append(error)
        return 0

    return main


def require_services(project: Project | None, names: list[str], suffix: str = "") -> None:
    """CommandError if the project has no such service."""
    for name in names:
        if project is not None and name not in project.services:
            raise CommandError(f"no such service: {name}{suffix}")


def graph_of(project: Project, *, restart_only: bool = False) -> dict[str, set[str]]:
    """Each service and those that it depends on."""
    return {
        name: {other for other, dependency in service.depends_on.items() if dependency.restart or not restart_only}
        for name, service in project.services.items()
    }


def reversed_graph(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {name: {other for other, needs in graph.items() if name in needs} for name in graph}
