"""Which files, which name, which environment: the flags and variables of `docker compose` (cli/options.go)."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from vnetsim.compose import dotenv, reading, selection
from vnetsim.compose.decoding import name_of_project
from vnetsim.compose.files import ComposeFiles, DiskFiles, absolute, join, not_found
from vnetsim.compose.golang import parse_bool, quote
from vnetsim.compose.loader import (
    Loader,
    LoadOptions,
    ProjectSource,
    invalid_project_name,
    load,
    normalize_project_name,
    resolve_service_environments,
)
from vnetsim.compose.model import Project
from vnetsim.compose.paths import is_remote
from vnetsim.compose.template import Warn
from vnetsim.compose.values import ComposeError
from vnetsim.errors import NotModelled
from vnetsim.values import define

DEFAULT_FILES: Final = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
DEFAULT_OVERRIDES: Final = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
STDIN: Final = "-"


@define(kw_only=True)
class ProjectOptions:
    """The flags before the command; `directory` and `environment` are those of the process."""

    directory: str
    files: ComposeFiles = attrs.field(factory=DiskFiles)
    environment: Mapping[str, str] = attrs.field(factory=dict)
    warn: Warn = lambda _: None
    stdin: Callable[[], str] = lambda: ""
    project_name: str = ""
    project_directory: str = ""
    config_paths: list[str] = attrs.field(factory=list)
    env_files: list[str] = attrs.field(factory=list)
    profiles: list[str] = attrs.field(factory=list)
    all_resources: bool = False
    resolve_paths: bool = True
    normalize: bool = True
    consistency: bool = True
    #: The variables that files are interpolated with; filled by `project`.
    variables: dict[str, str] = attrs.field(factory=dict, init=False)

    def project(self, services: list[str] | None = None, *, resolve_environment: bool = True) -> Project:
        """ToProject: the project, of the wanted services and of the resources that they use."""
        project, loader = self._load(resolve_environment)
        if not project.name:
            raise ComposeError("project name can't be empty. Use `--project-name` to set a valid name")
        wanted = services or []
        selection.enable_services(project, wanted)
        selection.select_services(project, wanted)
        if not self.all_resources:
            selection.drop_unused_resources(project)
        if resolve_environment:
            resolve_service_environments(project, loader, discard=True)
        return project

    def _load(self, resolve_environment: bool) -> tuple[Project, Loader]:
        self._collect()
        options = LoadOptions(
            profiles=self._profiles(),
            resolve_paths=self.resolve_paths,
            normalize=self.normalize,
            consistency=self.consistency,
            resolve_environment=resolve_environment,
            discard_env_files=True,
        )
        working_dir = self._working_dir()
        loader = Loader(self.files, self.directory, options, self.warn)
        paths = self._paths(loader)
        self._name(loader, paths, working_dir)
        return load(loader, ProjectSource(working_dir, paths, self.variables)), loader

    def _collect(self) -> None:
        """The environment, `.env` files and the files to read, each from what is known before it."""
        if self.project_name != normalize_project_name(self.project_name):
            raise invalid_project_name(self.project_name)
        self.variables = {"PWD": self.directory, **self.environment}
        self._read_env_files()
        named = self.variables.get("COMPOSE_FILE")
        if not self.config_paths and named is not None:
            separator = self.variables.get("COMPOSE_PATH_SEPARATOR") or ":"
            self.config_paths = [self._existing(path) for path in named.split(separator)]
        if not self.config_paths:
            self._search()
        self._read_env_files()

    def _existing(self, path: str) -> str:
        found = path if path == STDIN else absolute(path, self.directory)
        if found != STDIN and not self.files.exists(found):
            raise not_found(found, "stat")
        return found

    def _read_env_files(self) -> None:
        paths = [absolute(path, self.directory) for path in self.env_files or self._listed_env_files()]
        if not paths:
            disabled = self.environment.get("COMPOSE_DISABLE_ENV_FILE")
            if disabled is not None and parse_bool(disabled) is None:
                raise ComposeError(f"strconv.ParseBool: parsing {quote(disabled)}: invalid syntax")
            default = join(self._working_dir(), ".env")
            usable = self.files.exists(default) and not self.files.is_directory(default)
            if not (disabled is not None and parse_bool(disabled)) and usable:
                paths = [default]
        for key, value in dotenv.read_files(self.files, paths, self.variables, self.warn).items():
            self.variables.setdefault(key, value)

    def _listed_env_files(self) -> list[str]:
        return [path for path in self.environment.get("COMPOSE_ENV_FILES", "").split(",") if path]

    def _working_dir(self) -> str:
        if self.project_directory:
            return absolute(self.project_directory, self.directory)
        for path in self.config_paths:
            if path != STDIN:
                if is_remote(path):
                    raise NotModelled(f"compose: -f {path}")
                return posixpath.dirname(absolute(path, self.directory))
        return self.directory

    def _search(self) -> None:
        """The first of the usual names in this directory or above it, and its override."""
        directory = self._working_dir()
        while True:
            found = self._candidates(DEFAULT_FILES, directory, "config")
            if found:
                overrides = self._candidates(DEFAULT_OVERRIDES, directory, "override")
                self.config_paths = [*found[:1], *overrides[:1]]
                return
            if directory == "/":
                return
            directory = posixpath.dirname(directory)

    def _candidates(self, names: tuple[str, ...], directory: str, what: str) -> list[str]:
        found = [join(directory, name) for name in names if self.files.exists(join(directory, name))]
        if len(found) > 1:
            self.warn(f"Found multiple {what} files with supported names: {', '.join(found)}")
            self.warn(f"Using {found[0]}")
        return found

    def _profiles(self) -> list[str]:
        if self.profiles:
            return self.profiles
        return [profile.strip() for profile in self.variables.get("COMPOSE_PROFILES", "").split(",")]

    def _paths(self, loader: Loader) -> list[str]:
        """Absolute paths, whose texts the loader has by now."""
        if not self.config_paths:
            raise ComposeError("no configuration file provided: not found")
        paths = []
        for path in self.config_paths:
            if path == STDIN:
                loader.contents[STDIN] = self.stdin()
            else:
                path = absolute(path, self.directory)
                loader.text(path)
            paths.append(path)
        return paths

    def _name(self, loader: Loader, paths: list[str], working_dir: str) -> None:
        """-p, COMPOSE_PROJECT_NAME, `name:` of a file, or the directory."""
        named = not self.project_name and any(_named(loader, path) for path in paths)
        from_environment = self.variables.get("COMPOSE_PROJECT_NAME", "")
        if self.project_name or from_environment:
            loader.options.project_name = self.project_name or from_environment
            loader.options.imperative = True
        elif not named:
            name = posixpath.basename(working_dir)
            if posixpath.basename(self.files.real_path(working_dir)) != name:
                self.warn(f"project has been loaded without an explicit name from a symlink. Using name {quote(name)}")
            loader.options.project_name = normalize_project_name(name)


def _named(loader: Loader, path: str) -> bool:
    """Whether the first document of a file has a name."""
    try:
        node = next(reading.documents(loader.text(path)), None)
        return node is not None and bool(name_of_project(node))
    except ComposeError as error:
        error.file, error.line = path, error.line or 1
        raise
