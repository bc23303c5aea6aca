"""Compose files to a project (compose-go's loader/loader.go): read, interpolate, extend, include, merge, validate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import attrs

from vnetsim.compose import checks, dotenv, merge, model, normalize, reading, schema, selection, transform, unicity
from vnetsim.compose.decoding import NodeDecoder, name_of_project
from vnetsim.compose.extends import CycleTracker, apply_extends
from vnetsim.compose.files import ComposeFiles, absolute
from vnetsim.compose.include import Inclusion, apply_include
from vnetsim.compose.interpolation import interpolate
from vnetsim.compose.model import Project
from vnetsim.compose.paths import PathResolver
from vnetsim.compose.reading import Resets
from vnetsim.compose.template import Substitution, Warn
from vnetsim.compose.values import ComposeError, KeyPlaces, YamlMap, YamlValue
from vnetsim.values import define

_NAME: Final = re.compile(r"[^a-z0-9_-]")


def normalize_project_name(name: str) -> str:
    return _NAME.sub("", name.lower()).lstrip("_-")


@define
class LoadOptions:
    """`imperative`: the name was given by -p or COMPOSE_PROJECT_NAME and goes before that of the files."""

    project_name: str = ""
    imperative: bool = False
    profiles: list[str] = attrs.field(factory=list)
    resolve_paths: bool = True
    normalize: bool = True
    consistency: bool = True
    resolve_environment: bool = True
    discard_env_files: bool = False


@define
class ProjectSource:
    """The files of one load, and the directory and environment that they are read with."""

    working_dir: str
    paths: Sequence[str]
    environment: dict[str, str]


@define
class Loader:
    """`directory` is that of the process, `directories` are those that `extends` and `include` start from."""

    files: ComposeFiles
    directory: str
    options: LoadOptions
    warn: Warn
    contents: dict[str, str] = attrs.field(factory=dict)
    places: KeyPlaces = attrs.field(factory=KeyPlaces)
    obsolete: set[str] = attrs.field(factory=set)

    def text(self, path: str) -> str:
        if path not in self.contents:
            self.contents[path] = self.files.read(path)
        return self.contents[path]

    def model(self, source: ProjectSource, loader_dir: str, included: list[str]) -> YamlMap:
        """loadYamlModel: all files merged, with defaults, checked, paths resolved."""
        tree: YamlMap = {}
        for path in source.paths:
            tree = FileLoader(self, source, loader_dir, path).load(tree, list(included))[0]
        tree = transform.set_defaults(tree)
        checks.check_tree(tree)
        if self.options.resolve_paths:
            PathResolver(source.working_dir, source.environment.get("HOME", "/root"), self.files).resolve(tree)
        _resolve_environment(tree, source.environment)
        return tree


@define
class FileLoader:
    """One file.  `partial`: it is read for a service that another file extends, and is not valid by itself."""

    loader: Loader
    source: ProjectSource
    loader_dir: str
    path: str
    partial: bool = False

    def home(self) -> str:
        return self.source.environment.get("HOME", "/root")

    def apply_resets(self, resets: Resets, tree: YamlMap) -> None:
        apply_resets(resets, tree, ())

    def other(self, path: str, loader_dir: str) -> FileLoader:
        """Of the file that a service is extended from."""
        return FileLoader(self.loader, self.source, loader_dir, path, partial=True)

    def included(self, inclusion: Inclusion, environment: dict[str, str], included: list[str]) -> YamlMap:
        source = ProjectSource(inclusion.relative_directory, inclusion.paths, environment)
        return self.loader.model(source, inclusion.project_directory, included)

    def load(self, tree: YamlMap, included: list[str]) -> tuple[YamlMap, Resets]:
        """The tree that is there, merged with each document of the file."""
        resets = Resets()
        try:
            for value, resets in self._parsed():
                tree = self._document(value, tree, resets, included)
        except ComposeError as error:
            self.loader.places.locate(error, self.path)
            raise
        return tree, resets

    def _parsed(self) -> Iterator[tuple[YamlValue, Resets]]:
        """The documents, and what they reset."""
        documents = reading.documents(self.loader.text(self.path))
        while True:
            resets = Resets()
            try:
                node = next(documents, None)
                if node is None:
                    return
                resolved = resets.resolve(node)
                if resolved is None:
                    continue
                value = NodeDecoder(self.path, self.loader.places).value(resolved)
            except ComposeError as error:
                prefix = "" if str(error).startswith("non-string key") else f"failed to parse {self.path}: "
                line = error.line or 1
                raise ComposeError(f"{prefix}{error}", error.path, file=self.path, line=line) from None
            yield value, resets

    def _document(self, value: YamlValue, tree: YamlMap, resets: Resets, included: list[str]) -> YamlMap:
        if not isinstance(value, dict):
            raise ComposeError("top-level object must be a mapping")
        substitution = Substitution(self.source.environment.get, self.loader.warn)
        config = interpolate(value, substitution)
        if not self.partial:
            apply_extends(self, config, CycleTracker(), resets)
        apply_resets(resets, tree, ())
        if not self.partial:
            included.append(self.path)
            apply_include(self, config, included)
        tree = unicity.enforce(merge.merge(tree, config))
        if not self.partial:
            self._validate(tree)
        return unicity.enforce(_omit_empty(transform.canonical(tree, self.loader.warn)))

    def _validate(self, tree: YamlMap) -> None:
        try:
            schema.validate(tree)
        except ComposeError as error:
            raise ComposeError(f"validating {self.path}: {error}", error.path) from None
        if tree.pop("version", None) is not None and self.path not in self.loader.obsolete:
            self.loader.obsolete.add(self.path)
            self.loader.warn(
                f"{self.path}: the attribute `version` is obsolete, it will be ignored, "
                "please remove it to avoid potential confusion"
            )


def apply_resets(resets: Resets, value: YamlValue, path: tuple[str, ...]) -> None:
    """ResetProcessor.Apply: delete the values of earlier files under a reset path."""
    if isinstance(value, dict):
        for key in list(value):
            if (*path, key) in resets.paths:
                del value[key]
            else:
                apply_resets(resets, value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            apply_resets(resets, item, (*path, f"[{index}]"))


def _omit_empty(tree: YamlMap) -> YamlMap:
    """OmitEmpty: a `dns` that interpolates to nothing is none."""
    services = tree.get("services")
    for service in services.values() if isinstance(services, dict) else ():
        if isinstance(service, dict) and isinstance(service.get("dns"), list):
            dns = service["dns"]
            assert isinstance(dns, list)
            service["dns"] = [item for item in dns if item not in (None, "")]
    return tree


def _resolve_environment(tree: YamlMap, environment: dict[str, str]) -> None:
    """Variables of services, secrets and configs that the environment has."""
    for section, target in (("secrets", ""), ("configs", "content")):
        for item in _items(tree, section):
            variable = item.get("environment")
            if target and isinstance(variable, str) and variable in environment:
                item[target] = environment[variable]
    for service in _items(tree, "services"):
        variables = service.get("environment")
        if isinstance(variables, list):
            service["environment"] = [
                f"{item}={environment[item]}" if isinstance(item, str) and item in environment else item
                for item in variables
            ]


def _items(tree: YamlMap, section: str) -> list[YamlMap]:
    found = tree.get(section)
    return [item for item in found.values() if isinstance(item, dict)] if isinstance(found, dict) else []


# --- the project ---------------------------------------------------------------------------------------------------


def load(loader: Loader, source: ProjectSource) -> Project:
    """LoadWithContext: a project without what its profiles disable."""
    try:
        return _load(loader, source)
    except ComposeError as error:
        loader.places.locate(error, source.paths[0])
        raise
    except RecursionError:
        raise ComposeError("yaml: exceeded max depth", file=source.paths[0], line=1) from None


def _load(loader: Loader, source: ProjectSource) -> Project:
    options = loader.options
    options.project_name = _project_name(loader, source)
    source.environment["COMPOSE_PROJECT_NAME"] = options.project_name
    tree = loader.model(source, source.working_dir, [])
    if not tree:
        raise ComposeError("empty compose file")
    if not options.project_name:
        raise ComposeError("project name must not be empty")
    if options.normalize:
        tree["name"] = options.project_name
        tree = normalize.normalize(tree, source.environment)
    project = model.from_dict({key: value for key, value in tree.items() if key != "name"})
    project.name = options.project_name
    project.working_dir = source.working_dir
    project.environment = source.environment
    project.compose_files = list(source.paths)
    selection.apply_profiles(project, options.profiles)
    if options.consistency:
        checks.check_consistency(project)
    if options.resolve_environment:
        resolve_service_environments(project, loader, discard=options.discard_env_files)
    _resolve_labels(project, loader, discard=options.discard_env_files)
    return project


def _project_name(loader: Loader, source: ProjectSource) -> str:
    options = loader.options
    if options.imperative:
        if normalize_project_name(options.project_name) != options.project_name:
            raise invalid_project_name(options.project_name)
        return options.project_name
    name = ""
    for path in source.paths:
        try:
            for node in reading.documents(loader.text(path)):
                name = name_of_project(node) or name
        except ComposeError as error:
            if not str(error).startswith(("yaml: ", "non-string")):
                raise
    interpolated = interpolate({"name": name}, Substitution(source.environment.get, loader.warn))["name"]
    return normalize_project_name(str(interpolated)) or options.project_name


def invalid_project_name(name: str) -> ComposeError:
    return ComposeError(
        f'invalid project name "{name}": must consist only of lowercase alphanumeric characters, hyphens, and '
        "underscores as well as start with a letter or number"
    )


def resolve_service_environments(project: Project, loader: Loader, *, discard: bool) -> None:
    """WithServicesEnvironmentResolved: `env_file`s below `environment`."""
    for service in project.services.values():
        for key, value in service.environment.items():
            if value is None:
                service.environment[key] = project.environment.get(key)
        own = service.environment

        def lookup(name: str, own: dict[str, str | None] = own) -> str | None:
            found = project.environment.get(name)
            return own.get(name) if found is None else found

        found = {key: value for key, value in own.items() if value is not None}
        for entry in service.env_file:
            if not loader.files.exists(absolute(entry.path, loader.directory)):
                if entry.required:
                    missing = f"env file {entry.path} not found: stat {entry.path}: no such file or directory"
                    raise ComposeError(missing, ("services", service.name, "env_file"))
                continue
            _mapping_file(loader, entry.path, entry.format, found, lookup)
        service.environment = {**found, **own}
        if discard:
            service.env_file = []


def _resolve_labels(project: Project, loader: Loader, *, discard: bool) -> None:
    for service in project.services.values():
        found: dict[str, str] = {}
        for path in service.label_file:
            if not loader.files.exists(absolute(path, loader.directory)):
                missing = f"label file {path} not found: stat {path}: no such file or directory"
                raise ComposeError(missing, ("services", service.name, "label_file"))
            labels: dict[str, str] = {}
            _mapping_file(loader, path, "", labels, found.get)
            found.update(labels)
        service.labels = {**found, **service.labels}
        if discard:
            service.label_file = []


def _mapping_file(
    loader: Loader, path: str, kind: str, found: dict[str, str], lookup: Callable[[str], str | None]
) -> None:
    text = loader.text(absolute(path, loader.directory))
    if kind == "raw":
        dotenv.parse_raw(text, path, found, lookup)
    elif kind:
        raise ComposeError(f'unsupported env_file format "{kind}"')
    else:
        dotenv.read(text, path, found, lookup, loader.warn)
