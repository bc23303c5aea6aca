"""The ports at which a server of the catalogue listens, by the variables and options that it is started with.

    -e KC_HTTP_PORT=8081        moves a port of its image (`moves`)
    -e REGISTRY_HTTP_ADDR=127.0.0.1:5000        and may give it an address
    start-dev                   opens one that is closed otherwise (`when`)

A port is `80/tcp`, or `127.0.0.1:80/tcp` where the server listens at one address.

Not modelled: configuration files, and variables that the image's own documents do not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.docker.container.container import Container
from vnetsim.docker.images import catalogue
from vnetsim.docker.images.catalogue import CatalogueEntry
from vnetsim.docker.images.requirements import StartSettings

if TYPE_CHECKING:
    from vnetsim.docker.daemon.listeningsocket import ListeningSocket

#: Compiled on first use.
_ENDPOINT: Final = r"(?:\w+://)?(?:(?P<host>[^/\s]*):)?(?P<port>\d{1,5})/?(?P<protocol>/udp|/tcp)?"


def settings_of(container: Container) -> StartSettings:
    return StartSettings.of(container.config["Env"] or (), container.command, container.host_config)


def ports_of(container: Container) -> tuple[tuple[str, ...], str]:
    """Where the server of the image listens with these settings, and what of it could not be read, "" for nothing."""
    image, entry = container.image, catalogue.entries().get(container.image.entry)
    if entry is None or image.declared or not (entry.when or entry.moves):
        return image.listens, ""
    given = settings_of(container)
    ports = [
        port for port in image.listens if any(map(given.has, entry.when.get(port, ("",)))) or port not in entry.when
    ]
    unread = ""
    decided: set[str] = set()
    for name, value, replaced in _moved(entry, given):
        found = list(_endpoints(value, next(iter(replaced), "/tcp").partition("/")[2], name, entry))
        if None in found:
            unread = f"{name}={value} of {container.config['Image']} is not read"
            continue
        here = [port for port in replaced if port in ports and port not in decided]
        if replaced and not here:
            continue  # of a port that is closed, or that another setting decides
        decided.update(replaced)
        ports = [port for port in ports if port not in here] + [each for each in found if each is not None]
    return tuple(dict.fromkeys(ports)), unread


def _moved(entry: CatalogueEntry, given: StartSettings) -> Iterator[tuple[str, str, list[str]]]:
    """The settings that move ports; of several for one port, all are joined."""
    for pattern, ports in entry.moves.items():
        found = given.values_of(pattern)
        if found:
            yield found[0][0], ",".join(value for _, value in found), list(ports)


def _endpoints(value: str, protocol: str, name: str, entry: CatalogueEntry) -> Iterator[str | None]:
    """`0.0.0.0:8001, [::]:8444 ssl` -> `8001/tcp`, `8444/tcp`; None for what is not understood.

    The ports of what is only advertised are those at which the server listens at all addresses.
    """
    from vnetsim.docker.daemon.listeningsocket import at  # noqa: PLC0415 -- few containers move their ports

    for part in value.split(","):
        word = (part.split() or [""])[0]
        if word.lower() in ("", "off", "none"):
            continue
        found = re.fullmatch(_ENDPOINT, word)
        if found is None or not 0 < int(found["port"]) < 65536:
            yield None
            continue
        kind = (found["protocol"] or "").strip("/") or protocol
        host = "" if "ADVERTISED" in name else found["host"] or ""
        sockets = [*at(host, int(found["port"]), kind, is_go=entry.is_go)]
        if not sockets and entry.own_names:
            sockets = [*at("", int(found["port"]), kind)]
        yield next(map(_port, sockets), None)


def _port(socket: ListeningSocket) -> str:
    host = f"[{socket.address}]" if ":" in socket.address else socket.address
    return f"{host}:{socket.port}/{socket.protocol}" if host else f"{socket.port}/{socket.protocol}"
