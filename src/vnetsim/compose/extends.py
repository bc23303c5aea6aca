"""`extends`: a service starts from another one, of the same file or of another (compose-go's loader/extends.go)."""

from __future__ import annotations

import copy
import posixpath
from typing import TYPE_CHECKING

from vnetsim.compose import merge
from vnetsim.compose.files import absolute, relative
from vnetsim.compose.paths import PathResolver, is_remote
from vnetsim.compose.reading import Resets
from vnetsim.compose.values import ComposeError, YamlMap, YamlValue
from vnetsim.errors import NotModelled
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.compose.loader import FileLoader


@frozen
class CycleTracker:
    """The services that led here, with the names of their files."""

    loaded: tuple[tuple[str, str], ...] = ()

    def add(self, filename: str, service: str) -> CycleTracker:
        entry = (filename, service)
        if entry in self.loaded:
            first, *others = (*self.loaded, entry)
            lines = ["Circular reference:", f"  {first[1]} in {first[0]}"]
            lines += [f"  extends {name} in {file}" for file, name in others]
            raise ComposeError("\n".join(lines), ("services", service, "extends"))
        return CycleTracker((*self.loaded, entry))


def apply_extends(file: FileLoader, config: YamlMap, tracker: CycleTracker, resets: Resets) -> None:
    if "services" not in config:
        return
    services = config["services"]
    if not isinstance(services, dict):
        raise ComposeError("services must be a mapping", ("services",))
    for name in services:
        services[name] = _service(file, name, services, tracker, resets)


def _service(file: FileLoader, name: str, services: YamlMap, tracker: CycleTracker, resets: Resets | None) -> YamlValue:
    service = services.get(name)
    if service is None:
        return None
    if not isinstance(service, dict):
        raise ComposeError(f"services.{name} must be a mapping", ("services", name))
    if "extends" not in service:
        return service
    reference, other_file = _reference(name, service["extends"])
    filename, base_services, base_resets = file.path, services, None
    if other_file is not None:
        base_services, base_resets = _other_file(file, name, reference, other_file)
        filename = other_file
    elif reference not in services:
        raise ComposeError(
            f'cannot extend service "{name}" in {filename}: service "{reference}" not found',
            ("services", name, "extends"),
        )
    base = _service(file, reference, base_services, tracker.add(filename, name), base_resets)
    if not isinstance(base, dict):
        return service
    source = copy.deepcopy(base)
    if resets is not None:
        file.apply_resets(resets, {"services": {name: source}})
    merged = merge.extend_service(source, service)
    merged.pop("extends", None)
    services[name] = merged
    return merged


def _reference(name: str, extends: YamlValue) -> tuple[str, str | None]:
    """The service that is extended, and the file that it is in if that is another one."""
    if isinstance(extends, dict):
        reference, other_file = extends.get("service"), extends.get("file")
        if not isinstance(reference, str):
            raise ComposeError(f"extends.{name}.service is required", ("services", name, "extends"))
        return reference, other_file if isinstance(other_file, str) else None
    return extends if isinstance(extends, str) else "", None


def _other_file(file: FileLoader, name: str, reference: str, path: str) -> tuple[YamlMap, Resets]:
    if is_remote(path):
        raise NotModelled(f"compose: extends from {path}")
    local = absolute(path, file.loader_dir)
    at = ("services", name, "extends")
    if not file.loader.files.exists(local):
        raise ComposeError(f"open {local}: no such file or directory", at)
    tree, resets = file.other(local, posixpath.dirname(local)).load({}, [])
    services = tree.get("services")
    where = f'cannot extend service "{name}" in {local}'
    if "services" not in tree:
        raise ComposeError(f"{where}: no services section", at)
    if not isinstance(services, dict):
        raise ComposeError(f"{where}: services must be a mapping", at)
    if reference not in services:
        raise ComposeError(
            f'cannot extend service "{name}" in {file.path}: service "{reference}" not found in {path}', at
        )
    directory = posixpath.dirname(local)
    base = relative(file.loader_dir, directory)
    PathResolver(base if base is not None else directory, file.home(), file.loader.files).resolve(tree)
    return services, resets
