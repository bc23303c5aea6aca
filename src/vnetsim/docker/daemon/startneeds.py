"""What a server needs to start, by its configuration: names that resolve, and files that are there.

A real server with a configuration that names a host which does not resolve, or a certificate that is missing, prints a
message and ends; messages and statuses are those of nginx 1.22, haproxy 2.6, caddy 2.6, redis 7.0 and mosquitto 2.0,
without versions, process ids and what only names the line of a message.

    nginx      see nginxneeds
    haproxy    see haproxyneeds
    httpd      see httpdneeds
    caddy      the files of `tls CERTIFICATE KEY`; the Caddyfile that its arguments name
    redis      the file that is its first argument
    mosquitto  the file of -c

traefik needs none: from version 2 on it logs what is missing and goes on (traefik/traefik issue 7080).  Not modelled:
traefik 1, which ends without its certificates (issue 2897), other errors of a configuration,
files with contents that are not what they should be, and the files of images that were built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon import haproxyneeds, httpdneeds, nginxneeds
from vnetsim.docker.daemon.caddyconfig import certificates
from vnetsim.docker.daemon.nginxconfig import PARTS
from vnetsim.docker.daemon.serverconfig import Configuration, option, redis_arguments
from vnetsim.docker.daemon.servers import mounted_in
from vnetsim.docker.daemon.startneed import Need
from vnetsim.process import Coroutine, Main, Process, Program
from vnetsim.process.files import Files
from vnetsim.process.machine import Machine

#: How often a name is looked up, and how often and after what time the answer is looked for.
_ATTEMPTS: Final = 10
_LOOKS: Final = 20
_PAUSE: Final = 5_000_000
_NANOSECONDS: Final = 1_000_000_000


class Failed(NamedTuple):
    """What a server prints that does not start, and its status."""

    text: str
    status: int


def needs_of(syntax: str, configuration: Configuration) -> Iterator[Need]:
    """In the order in which the server looks at them."""
    found = _SYNTAXES.get(syntax)
    yield from found(configuration) if found is not None else ()


def failure(
    machine: Machine, process: Process, container: Container, needs: Iterable[Need]
) -> Coroutine[Failed | None]:
    """What it prints, and with which status it ends, if one of them is not met; what is not known is assumed."""
    failed: list[Need] = []
    for need in needs:
        if failed and (not need.group or need.group != failed[0].group):
            break
        met = yield from _is_met(machine, process, container, need)
        if not met:
            failed.append(need)
    if not failed:
        return None
    text = "".join(_stamped(machine, each) + each.text for each in failed)
    return Failed(text + failed[-1].closing, failed[0].status)


def _stamped(machine: Machine, need: Need) -> str:
    now = datetime.fromtimestamp(machine.wall_clock() // _NANOSECONDS, UTC)
    return f"{now:%Y/%m/%d %H:%M:%S}{need.stamped}" if need.stamped else ""


def _is_met(machine: Machine, process: Process, container: Container, need: Need) -> Coroutine[bool]:
    if need.file:
        return _has_file(machine, process.context.files, container, need.file)
    if not need.host:
        return False
    found = yield from _resolves(process, need.host)
    who = f"{need.host}, which {container.name} looks up when it starts,"
    if found == "later":
        machine.assume(f"{who} is assumed to run by then")
    elif found == "never" and _may_resolve(need.host):
        machine.assume(f"{who} is assumed to resolve")
        return True
    return found != "never"


def _has_file(machine: Machine, files: Files, container: Container, path: str) -> bool:
    """Of an image that was made here, and of what is mounted, not all files are known."""
    mounted = mounted_in(container, path)
    if files.exists(path) and not (files.is_directory(path) and mounted == path):
        return True
    if mounted or container.image.origin is not None:
        machine.assume(f"{path}, without which {container.name} does not start, is assumed to be there")
        return True
    return False


def _resolves(process: Process, name: str) -> Coroutine[Literal["at once", "later", "never"]]:
    """Whether the name resolves: `later` if it does within a second, in which other containers were started.

    A name server that is outside of the lab does not answer: each lookup gets a tenth of a second.
    """
    for attempt in range(1 if "." in name else _ATTEMPTS):
        found: list[bool] = []
        lookup = process.fork(_lookup(name, found))
        for _ in range(_LOOKS):
            yield process.sleep(_PAUSE)
            if any(found):
                return "later" if attempt else "at once"
        if lookup.status is None:
            lookup.kill()
    return "never"


def _lookup(name: str, found: list[bool]) -> Main:
    def main(process: Process) -> Program:
        answer = yield process.resolve(name)
        found.append(bool(answer.addresses))
        return 0

    return main


def _may_resolve(name: str) -> bool:
    """Whether a name that does not resolve in the lab may do so elsewhere: one with a domain, of machines outside."""
    return "." in name and not name.endswith((".docker.internal", ".invalid"))


def _nginx(configuration: Configuration) -> Iterator[Need]:
    mounted = PARTS in configuration.mounted
    yield from nginxneeds.needs(configuration.files, configuration.environment, hides_default=mounted)


def _haproxy(configuration: Configuration) -> Iterator[Need]:
    path = option(configuration.arguments, ("-f",)) or "/usr/local/etc/haproxy/haproxy.cfg"
    text = configuration.text(path)
    if text is not None:
        yield from haproxyneeds.needs(text, path, configuration.expanded)


def _caddy(configuration: Configuration) -> Iterator[Need]:
    path = option(configuration.arguments, ("--config", "-c")) or "/etc/caddy/Caddyfile"
    if path != "/etc/caddy/Caddyfile":
        yield Need(file=path, text=f"Error: reading config file: open {path}: no such file or directory\n")
    text = configuration.text(path)
    where = "loading initial config: loading new config: loading tls app module: provision tls: loading certificates"
    for each in certificates(text or "", configuration.environment):
        yield Need(file=each, text=f"Error: {where}: open {each}: no such file or directory\n")


def _httpd(configuration: Configuration) -> Iterator[Need]:
    yield from httpdneeds.needs(configuration.files, configuration.expanded)


def _redis(configuration: Configuration) -> Iterator[Need]:
    path, _ = redis_arguments(configuration.arguments)
    if path:
        yield Need(file=path, text=f"# Fatal error, can't open config file '{path}': No such file or directory\n")


def _mosquitto(configuration: Configuration) -> Iterator[Need]:
    path = option(configuration.arguments, ("-c", "--config-file"))
    if path and path != "/mosquitto/config/mosquitto.conf":
        yield Need(file=path, text=f"Error: Unable to open config file {path}.\n", status=3)


_SYNTAXES: Final[Mapping[str, Callable[[Configuration], Iterator[Need]]]] = {
    "caddy": _caddy, "haproxy": _haproxy, "httpd": _httpd, "mosquitto": _mosquitto, "nginx": _nginx, "redis": _redis,
}  # fmt: skip
