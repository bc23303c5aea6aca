"""The files of a compose file's folder that Compose and its containers read, under their paths on the host.

Files outside the folder are not read, by a symbolic link neither.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from vnetsim.compose.deployment import BuildConfig
from vnetsim.compose.files import DiskFiles, relative
from vnetsim.compose.model import Project
from vnetsim.compose.values import ComposeError
from vnetsim.errors import UsageError
from vnetsim.values import define

#: Where the folders of compose files are on the host.
PARENT: Final = "/srv"
#: How large a file may be that services mount, to be readable in their containers.
MOUNTED_BYTES: Final = 100_000
_MOUNTED_FILES: Final = 50
#: Files in which servers and frameworks have where they listen, and their main files.
_PROJECT: Final = re.compile(r"(?:package|angular)\.json|\.env[\w.]*|mkdocs\.yml|.*\.(?:py|[cm]?[jt]s|toml|sh)")
#: Besides them, what COPY takes from a build context.
_COPIED: Final = re.compile(r"Caddyfile|.*\.(?:conf|cfg|template)")
_NO_PROJECT: Final = re.compile(r"\.(?!streamlit).*|node_modules|venv|dist|__pycache__|tests?|site-packages|public")
_PROJECT_DEPTH: Final = 2
#: How many directories are read below one with the settings of servers: conf.d, provisioning/datasources.
_SETTINGS_DEPTH: Final = 2
_COPY: Final = re.compile(r"^\s*(?:COPY|ADD)\s+(.+)$", re.MULTILINE | re.IGNORECASE)
#: Where containers have the settings of their servers.
_SETTINGS: Final = re.compile(r"/etc/|/usr/local/etc/|/usr/local/apache2/conf|/mosquitto/config")


@define
class FolderFiles:
    """The files of a folder, under their paths on the host; `texts` and `directories` are those that were read.

    `given` are texts that are known already.
    """

    folder: Path
    home: str
    given: dict[str, str]
    texts: dict[str, str] = attrs.field(factory=dict)
    directories: set[str] = attrs.field(factory=set)

    def read(self, path: str) -> str:
        if path in self.given:
            text = self.given[path]
        else:
            try:
                text = DiskFiles().read(self._on_disk(path))
            except ComposeError as error:
                raise ComposeError(str(error).replace(self._on_disk(path), path), file=path, line=1) from None
        self.texts[path] = text
        return text

    def read_if_small(self, path: str) -> None:
        """A text file in the folder, unless it is large or cannot be read."""
        inside = relative(self.home, path)
        if inside is None or inside.split("/")[0] == "..":
            return
        found = self.folder / inside
        with contextlib.suppress(ComposeError, UsageError, OSError, UnicodeDecodeError):
            if found.is_file() and found.stat().st_size <= MOUNTED_BYTES and "\0" not in found.read_text("utf-8"):
                self.read(path)

    def texts_of(self, path: str, depth: int = _SETTINGS_DEPTH) -> list[str]:
        """The paths of the first files of a directory in the folder, by name, those above first."""
        inside = relative(self.home, path)
        if inside is None or inside.split("/")[0] == ".." or not (self.folder / inside).is_dir():
            return []
        here = sorted((self.folder / inside).iterdir())
        found = [f"{path}/{each.name}" for each in here if not each.is_dir()]
        for each in here if depth else ():
            if each.is_dir() and not each.is_symlink() and not _NO_PROJECT.fullmatch(each.name):
                found += self.texts_of(f"{path}/{each.name}", depth - 1)
        return found[:_MOUNTED_FILES]

    def project_texts(self, path: str, *, copied: bool = False, depth: int = _PROJECT_DEPTH) -> list[str]:
        """The paths of the files of a directory in the folder that say where servers listen, those above first."""
        inside = relative(self.home, path)
        if inside is None or inside.split("/")[0] == ".." or not (self.folder / inside).is_dir():
            return []
        here = sorted((self.folder / inside).iterdir())
        found = [f"{path}/{each.name}" for each in here if each.is_file()
                 and (_PROJECT.fullmatch(each.name) or (copied and _COPIED.fullmatch(each.name)))]  # fmt: skip
        for each in here if depth else ():
            if each.is_dir() and not each.is_symlink() and not _NO_PROJECT.fullmatch(each.name):
                found += self.project_texts(f"{path}/{each.name}", copied=copied, depth=depth - 1)
        return found[:_MOUNTED_FILES]

    def exists(self, path: str) -> bool:
        return path in self.given or self.is_directory(path) or Path(self._on_disk(path)).exists()

    def is_executable(self, path: str) -> bool:
        found = self.folder / (relative(self.home, path) or "..")
        return found.is_file() and bool(found.stat().st_mode & 0o100)

    def is_directory(self, path: str) -> bool:
        found = path not in self.given and Path(self._on_disk(path)).is_dir()
        if found:
            self.directories.add(path)
        return found

    def real_path(self, path: str) -> str:
        return path

    def _on_disk(self, path: str) -> str:
        """The user's file; UsageError for one outside the folder, by a symbolic link too."""
        inside = relative(self.home, path) or ".."
        found = self.folder / inside
        if inside.split("/")[0] == ".." or not found.resolve().is_relative_to(self.folder.resolve()):
            raise self._outside(inside if path.startswith(f"{PARENT}/") else path)
        return str(found)

    def _outside(self, path: str) -> UsageError:
        """With the location of the line that names it."""
        locations = (
            f"{self.folder / (relative(self.home, file) or file)}:{number}: "
            for file, text in {**self.given, **self.texts}.items()
            for number, line in enumerate(text.split("\n"), 1)
            if path in line
        )
        return UsageError(
            f"{next(locations, '')}{path} is outside {self.folder}, the folder of the compose file: no file "
            "outside it is read"
        )


def _of_build(files: FolderFiles, build: BuildConfig) -> Iterator[str]:
    """The Dockerfile, .dockerignore, and what COPY and ADD take from the context."""
    path = posixpath.join(build.context, build.dockerfile or "Dockerfile")
    files.read_if_small(path)
    text = build.dockerfile_inline or files.texts.get(path, "")
    yield from (path, posixpath.join(build.context, ".dockerignore"))
    for found in _COPY.finditer(text.replace("\\\n", " ")):
        words = [each.strip("[]\"',") for each in found[1].split() if not each.startswith("--")]
        if "--from=" in found[1]:
            continue
        for word in words[:-1]:
            source = posixpath.normpath(posixpath.join(build.context, word.lstrip("/")))
            yield from files.project_texts(posixpath.dirname(source) if "*" in source else source, copied=True)
            yield source


def read_mounted(files: FolderFiles, project: Project) -> None:
    """The text files in the folder that services mount, and those of secrets and configs, where they are there.

    Of a directory that is mounted below /etc and the like, those in it and in the directories below.
    """
    binds = [one for service in project.services.values() for one in service.volumes if one.type == "bind"]
    mounted = [one.source for one in binds]
    mounted += [path for one in binds if _SETTINGS.match(one.target) for path in files.texts_of(one.source)]
    mounted += [path for one in binds for path in files.project_texts(one.source)]
    for service in project.services.values():
        if service.build is not None and service.build.context.startswith("/"):
            mounted += _of_build(files, service.build)
    objects = [*project.secrets.values(), *project.configs.values()]
    for path in dict.fromkeys([*mounted, *(one.file for one in objects if one.file)]):
        files.read_if_small(path)
