"""The operations of the Engine API on files of containers (router/container/copy.go, export.go of moby 28.5)."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from vnetsim.docker.api.types import Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.mounted import put_file

if TYPE_CHECKING:
    from vnetsim.docker.daemon.archive import Archives


class FileOperations:
    """Part of the engine."""

    _daemon: Daemon

    @abstractmethod
    def _find(self, container: str) -> Container: ...

    def _archives(self) -> Archives:
        from vnetsim.docker.daemon.archive import Archives  # noqa: PLC0415 -- most labs copy no files

        return Archives(self._daemon)

    def container_stat_path(self, container: str, path: str) -> Json:
        return self._archives().stat(self._find(container), path, container)

    def container_get_archive(self, container: str, path: str) -> tuple[Json, bytes]:
        return self._archives().get(self._find(container), path, container)

    def container_put_archive(self, container: str, path: str, archive: bytes, replaces: bool = True) -> None:
        self._archives().put(self._find(container), path, archive, container, replaces=replaces)

    def container_export(self, container: str) -> bytes:
        return self._archives().export(self._find(container))

    def container_changes(self, container: str) -> list[Json] | None:
        return self._archives().changes(self._find(container))

    def container_size(self, container: str) -> Json:
        from vnetsim.docker.daemon.disk_usage import container_size  # noqa: PLC0415 -- most labs do not ask

        return container_size(self._daemon, self._find(container))

    def container_put_file(self, container: str, path: str, text: str) -> None:
        put_file(self._find(container), path, text)
