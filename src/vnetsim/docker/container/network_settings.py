"""The networks of a container, with its settings on each (daemon/network/settings.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.docker.api.network import EndpointSettings
from vnetsim.docker.api.types import Json


class Attachments:
    """The networks of a container by name, in the order in which its endpoints are made.

    Go's small maps reuse the lowest slot that was freed; that order decides which interface is eth0 after a restart.
    (Go then starts at a random slot; here it is always the first.)
    """

    def __init__(self) -> None:
        self._slots: list[str | None] = []
        self._settings: dict[str, EndpointSettings] = {}

    def __iter__(self) -> Iterator[tuple[str, EndpointSettings]]:
        return iter([(name, self._settings[name]) for name in self._slots if name is not None])

    def __len__(self) -> int:
        return len(self._settings)

    def __contains__(self, name: str) -> bool:
        return name in self._settings

    def get(self, name: str) -> EndpointSettings | None:
        return self._settings.get(name)

    def set(self, name: str, settings: EndpointSettings) -> None:
        if name not in self._settings:
            if None in self._slots:
                self._slots[self._slots.index(None)] = name
            else:
                self._slots.append(name)
        self._settings[name] = settings

    def remove(self, name: str) -> None:
        if name in self._settings:
            del self._settings[name]
            self._slots[self._slots.index(name)] = None

    def json(self) -> Json:
        return {name: settings.json() for name, settings in sorted(self._settings.items())}
