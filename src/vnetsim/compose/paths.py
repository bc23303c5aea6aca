"""Relative paths, made absolute or relative to the file that includes them (compose-go's paths)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.compose.files import ComposeFiles, join
from vnetsim.compose.values import ComposeError, Path, YamlMap, YamlValue, matches
from vnetsim.values import define

_REMOTE: Final = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")


def is_remote(path: str) -> bool:
    """What only Git or a registry has."""
    return path.startswith((*_REMOTE, "oci://"))


@define
class PathResolver:
    """`base` is the directory that paths are relative to, `home` is that of `~`."""

    base: str
    home: str
    files: ComposeFiles

    def resolve(self, tree: YamlMap) -> None:
        for key, value in tree.items():
            tree[key] = self._value(value, (key,))

    def _value(self, value: YamlValue, path: Path) -> YamlValue:
        for pattern, resolver in _RESOLVERS.items():
            if matches(path, pattern):
                return resolver(self, value)
        if isinstance(value, dict):
            for key, item in value.items():
                value[key] = self._value(item, (*path, key))
        elif isinstance(value, list):
            return [self._value(item, (*path, "[]")) for item in value]
        return value

    def _user(self, path: str) -> str:
        return join(self.home, path[1:]) if path.startswith("~") else path

    def absolute(self, value: YamlValue) -> YamlValue:
        if isinstance(value, list):
            return [self.absolute(item) for item in value]
        if not isinstance(value, str):
            return value
        path = self._user(value)
        return path if path.startswith("/") or not path else join(self.base, path)

    def context(self, value: YamlValue) -> YamlValue:
        remote = isinstance(value, str) and ("://" in value or value.startswith(("service:", *_REMOTE)))
        return value if remote else self.absolute(value)

    def extends(self, value: YamlValue) -> YamlValue:
        return value if isinstance(value, str) and is_remote(value) else self.absolute(value)

    def maybe_unix(self, value: YamlValue) -> YamlValue:
        """An absolute path of Windows stays as it is."""
        if not isinstance(value, str):
            return value
        path = self._user(value)
        windows = path[1:2] == ":" and path[2:3] in ("\\", "/") and path[:1].isalpha()
        return path if path.startswith(("/", "\\\\")) or windows else join(self.base, path)

    def symbolic_link(self, value: YamlValue) -> YamlValue:
        path = self.absolute(value)
        return self.files.real_path(path) if isinstance(path, str) and path.startswith("/") else path

    def volume_mount(self, value: YamlValue) -> YamlValue:
        if isinstance(value, dict) and value.get("type") == "bind":
            if "source" not in value:
                raise ComposeError('invalid mount config for type "bind": field Source must not be empty')
            value["source"] = self.maybe_unix(value["source"])
        return value

    def driver_options(self, value: YamlValue) -> YamlValue:
        if isinstance(value, dict) and value.get("driver") == "local":
            options = value.get("driver_opts")
            if isinstance(options, dict) and options.get("o") == "bind" and "device" in options:
                options["device"] = self.maybe_unix(options["device"])
        return value


_RESOLVERS: Final[dict[str, Callable[[PathResolver, YamlValue], YamlValue]]] = {
    "services.*.build.context": PathResolver.context,
    "services.*.build.additional_contexts.*": PathResolver.context,
    "services.*.build.ssh.*": PathResolver.maybe_unix,
    "services.*.env_file.*.path": PathResolver.absolute,
    "services.*.label_file.*": PathResolver.absolute,
    "services.*.extends.file": PathResolver.extends,
    "services.*.develop.watch.*.path": PathResolver.symbolic_link,
    "services.*.volumes.*": PathResolver.volume_mount,
    "configs.*.file": PathResolver.maybe_unix,
    "secrets.*.file": PathResolver.maybe_unix,
    "include.path": PathResolver.absolute,
    "include.project_directory": PathResolver.absolute,
    "include.env_file": PathResolver.absolute,
    "volumes.*": PathResolver.driver_options,
}
