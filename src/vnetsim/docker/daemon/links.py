"""`--link` on the default bridge: the links of containers, and their environment variables (daemon/links of moby).

On user-defined networks a link is only a name that the linking container alone resolves (see dns.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vnetsim.docker.nat import ContainerPort
from vnetsim.errors import EngineError

if TYPE_CHECKING:
    from vnetsim.docker.container.container import Container


def parse_link(text: str) -> tuple[str, str]:
    """`db:database`, or `db` for `db:db`: the linked container and its alias."""
    parts = text.split(":")
    if not text:
        raise EngineError(500, "empty string specified for links")
    if len(parts) > 2:
        raise EngineError(500, f"bad format for links: {text}")
    if len(parts) == 1:
        return text, text
    # `/db:/web/db` is how an engine writes it down.
    if parts[0].startswith("/"):
        return parts[0][1:], parts[1].rsplit("/", 1)[-1]
    return parts[0], parts[1]


class LinkIndex:
    """Links of containers on the default bridge, by the linking container and the alias."""

    def __init__(self) -> None:
        self._children: dict[Container, dict[str, Container]] = {}

    def add(self, parent: Container, alias: str, child: Container) -> None:
        self._children.setdefault(parent, {})[alias] = child

    def children(self, parent: Container) -> list[tuple[str, Container]]:
        """Alias and linked container, by alias."""
        return sorted(self._children.get(parent, {}).items(), key=lambda item: item[0])

    def parents(self, child: Container) -> list[tuple[str, Container]]:
        """Alias and linking container."""
        return [
            (alias, parent)
            for parent, links in self._children.items()
            for alias, linked in links.items()
            if linked is child
        ]

    def named(self, link: str) -> Container | None:
        """The container that `/app/db` leads to."""
        return next((links[link] for links in self._children.values() if link in links), None)

    def rename(self, parent: Container, old: str, new: str) -> None:
        """Aliases begin with the linking container's name."""
        links = self._children.get(parent, {})
        self._children[parent] = {new + alias.removeprefix(old): child for alias, child in links.items()}

    def remove_link(self, parent: Container, alias: str) -> None:
        self._children.get(parent, {}).pop(alias, None)

    def remove(self, container: Container) -> None:
        """Remove a container's own links; links to it stay, and their containers fail to start."""
        self._children.pop(container, None)


def environment(name: str, address: str, child_environment: Iterable[str], ports: Sequence[ContainerPort]) -> list[str]:
    """Variables for a link called `name` (`/app/db`) to `address` with these exposed ports."""
    alias = name.rsplit("/", 1)[-1].upper().replace("-", "_")
    variables: list[str] = []
    ordered = sorted(ports, key=lambda port: (port.protocol != "tcp", port.protocol, port.number))
    for index, port in enumerate(ordered):
        url = f"{port.protocol}://{address}:{port.number}"
        if index == 0:
            variables.append(f"{alias}_PORT={url}")
        prefix = f"{alias}_PORT_{port.number}_{port.protocol.upper()}"
        variables += [
            f"{prefix}={url}",
            f"{prefix}_ADDR={address}",
            f"{prefix}_PORT={port.number}",
            f"{prefix}_PROTO={port.protocol}",
        ]
    variables += _runs(alias, address, ordered)
    variables.append(f"{alias}_NAME={name}")
    for variable in child_environment:
        key, equals, value = variable.partition("=")
        if equals and key not in ("HOME", "PATH"):
            variables.append(f"{alias}_ENV_{key}={value}")
    return variables


def _runs(alias: str, address: str, ports: Sequence[ContainerPort]) -> list[str]:
    """First and last of ports that follow each other."""
    variables: list[str] = []
    start = 0
    for index in range(1, len(ports) + 1):
        last = ports[index - 1]
        follows = index < len(ports) and ports[index] == ContainerPort(number=last.number + 1, protocol=last.protocol)
        if follows:
            continue
        first = ports[start]
        if first != last:
            prefix = f"{alias}_PORT_{first.number}_{first.protocol.upper()}"
            variables += [
                f"{prefix}_START={first.protocol}://{address}:{first.number}",
                f"{prefix}_PORT_START={first.number}",
                f"{prefix}_END={last.protocol}://{address}:{last.number}",
                f"{prefix}_PORT_END={last.number}",
            ]
        start = index
    return variables
