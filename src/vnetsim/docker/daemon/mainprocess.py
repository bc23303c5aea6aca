"""A container's main process: its standard input, and replacements for programs that vnetsim lacks.

Without -i and -t standard input is /dev/null.  With -i it is a pipe that stays open, with -t a terminal; as long as
no client is attached nothing comes out of either, so that a shell or `cat` waits (daemon/start.go, container/stream of
moby 28.5).

Not modelled: what `top` shows, and what reaches the log of a container only by a terminal's echo.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.docker import images
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.commandlines import name_of
from vnetsim.docker.daemon.entrypoint import leave_marks, refusal, requirements_of, runs_server
from vnetsim.docker.daemon.listeningsocket import ListeningSocket, with_only_ipv6
from vnetsim.docker.daemon.serverports import settings_of
from vnetsim.docker.daemon.servers import Server, command_of, mounted_in, only_prints_usage, server_of, title_of
from vnetsim.docker.images import ImageKind, catalogue
from vnetsim.docker.images.webservers import WEB_SERVERS, release_of
from vnetsim.docker.libnetwork.nlwrap import Idle
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Context, Coroutine, Input, Main, Process, Program, Service
from vnetsim.process.files import Files, Mount
from vnetsim.process.machine import Machine
from vnetsim.values import evolved

if TYPE_CHECKING:
    from vnetsim.docker.daemon.serverconfig import Configuration
    from vnetsim.docker.daemon.startneeds import Failed
    from vnetsim.docker.images.catalogue import CatalogueEntry

NOT_FOUND: Final = 127
#: Of a server whose port another program has.
NO_PORT: Final = 1
#: How long a server takes to bind.
_BINDING: Final = 5_000_000
_TOP: Final = "top"
#: What answers as the web servers of images do.
_WEB: Final = "webserver"
_UNKNOWN: Final = "unknown"
#: The syntaxes of configurations that say what is answered to HTTP.
_ANSWERING: Final = ("caddy", "haproxy", "httpd", "nginx", "traefik")
#: The scripts that the entrypoint of nginx runs first.
_PREPARATIONS: Final = "/docker-entrypoint.d"
SHELLS: Final = ("bash", "sh", "dash", "ash")


def standard_input(machine: Machine, container: Container) -> Input | None:
    """The standard input of the main process; None: end of file at once."""
    config = container.config
    if container.terminal is not None:
        return container.terminal
    if container.stdin is not None or not (config["OpenStdin"] or config["Tty"]):
        return container.stdin
    container.stdin, container.stdin_end = machine.pipe()
    return container.stdin


def needs_program(container: Container) -> bool:
    """Whether the container's command runs itself, without a replacement."""
    replaced = (
        server_of(container)
        or only_prints_usage(container)
        or (_is_interpreter(container) and not _is_shell(container))
    )
    return not (_is_images_own(container) or replaced)


def _is_interpreter(container: Container) -> bool:
    """Whether the main process reads its standard input to the end (a shell, an interpreter), or reads nothing."""
    kind = container.image.kind
    if kind in (ImageKind.APPLICATION, ImageKind.SHELL):
        return command_of(container) == list(container.image.command)
    return kind is ImageKind.TOOL


def _is_shell(container: Container) -> bool:
    """Whether the main process is a shell that has something to read commands from."""
    reads = container.config["OpenStdin"] or container.config["Tty"]
    return reads and name_of(command_of(container)[0]) in SHELLS


def _is_images_own(container: Container) -> bool:
    return container.image.kind is ImageKind.RECORDED and container.command == list(container.image.command)


def is_replaced(container: Container) -> bool:
    """Whether a server of vnetsim's own runs in place of the container's."""
    return not _is_images_own(container) and server_of(container) is not None


def stand_in(machine: Machine, container: Container) -> Main | None:
    """The program that runs instead of the command's; None: the command's own."""
    _note_host_trees(machine, container)
    if _is_images_own(container):
        return _server(machine, container)
    if only_prints_usage(container):
        return _ends
    server = server_of(container)
    if server is not None and server.assumed and container.expected_to_complete:
        what = shlex.join(container.command)
        machine.assume(f"what `{what}` of {container.config['Image']} does is not known: assumed to end with status 0")
        return _ends
    if server is not None:
        return _listeners(machine, container, server)
    if _is_interpreter(container) and not _is_shell(container):
        return _ends if not (container.config["OpenStdin"] or container.config["Tty"]) else Idle
    if name_of(command_of(container)[0]) == _TOP:
        return _display(container)
    return None


def _ends(process: Process) -> Program:
    """A program that does its work at once, or reads the end of its standard input."""
    del process
    yield from ()
    return 0


def _listeners(machine: Machine, container: Container, server: Server) -> Main:
    """A process for each port: HTTP on TCP, the programs and files that they need are not the container's."""
    requirements = requirements_of(container)

    def main(process: Process) -> Coroutine[int | Service]:
        context = process.context
        for requirement in requirements:
            refused = refusal(machine, requirement, context.files, settings_of(container))
            container.stderr.write(refused)
            if refused:
                return requirement.status
        leave_marks(requirements, context.files)
        _note_host(machine, container)
        failed = yield from _failure(machine, process, container)
        if failed is not None:
            container.stderr.write(failed.text)
            return failed.status
        programs = images.PROGRAMS | {_WEB}
        files = machine.new_files(context.network, images.FILES, programs)
        known = web_server_of(container, context.files)
        files = _with_documents(machine, container, files, context.files, known=bool(known))
        served = evolved(context, files=files, available=programs, environment={})
        sockets = _sockets(machine, container, server, context)
        title = title_of(container, server)
        web = known or _unknown_answers(container)
        listeners = [
            process.spawn(
                _listener(each, web),
                context=evolved(served, only_ipv6=each.only_ipv6),
                title=title,
                stdout=container.stdout,
            )
            for each in sockets
        ]
        yield process.sleep(_BINDING)
        if any(listener.status for listener in listeners):
            program = name_of(command_of(container)[0])
            container.stderr.write(f"{program}: {process.complaint.partition(': ')[2].strip()}\n")
            return NO_PORT
        return Idle(process)

    return main


def _failure(machine: Machine, process: Process, container: Container) -> Coroutine[Failed | None]:
    """Why it does not start, by its configuration; None where it starts, or something else runs before it."""
    entry, found = catalogue.entries().get(container.image.entry), _configuration(container, process.context)
    if entry is None or found is None or not runs_server(container, entry) or mounted_in(container, _PREPARATIONS):
        return None
    from vnetsim.docker.daemon.startneeds import failure, needs_of  # noqa: PLC0415 -- few containers have one

    syntax, configuration = found
    return (yield from failure(machine, process, container, needs_of(syntax, configuration)))


def _sockets(machine: Machine, container: Container, server: Server, context: Context) -> Sequence[ListeningSocket]:
    """Where it listens: as its configuration says, or as its image does; what of that is an assumption is noted."""
    found = None if server.stated else _configured(container, context)
    if found is not None:
        return found
    unread = _note_settings(machine, container) or _names_configuration(container) or _assumes_ports(container)
    container.ports_known = server.stated or not (unread or server.assumed)
    if server.assumed:
        machine.assume(server.assumed)
    sockets = (_socket(port, server.address) for port in server.ports if port.endswith(("/tcp", "/udp")))
    return list(with_only_ipv6(sockets) if server.only_ipv6 else sockets)


def _socket(port: str, address: str) -> ListeningSocket:
    """Of `80/tcp` at an address, or `127.0.0.1:80/tcp` at its own."""
    where, _, protocol = port.partition("/")
    own, _, number = where.rpartition(":")
    return ListeningSocket(int(number), own.strip("[]") or address, protocol)


def _names_configuration(container: Container) -> bool:
    """Whether arguments that are not the image's name a file, which may say where the server listens."""
    own = {*container.image.entrypoint, *container.image.command}
    return any(_FILE.search(each) for each in container.command if each not in own)


def _configured(container: Container, context: Context) -> Sequence[ListeningSocket] | None:
    """As its configuration says; None if it has none but its image's, or none that is read."""
    found = _configuration(container, context)
    if found is None:
        return None
    from vnetsim.docker.daemon.serverconfig import sockets_of  # noqa: PLC0415 -- few containers have one

    return sockets_of(*found)


def _configuration(container: Container, context: Context) -> tuple[str, Configuration] | None:
    """Its syntax, and what it is read from; None if there is none but the image's, or none that is read."""
    image = container.image
    entry = catalogue.entries().get(image.entry)
    is_images_own = container.command == [*image.entrypoint, *image.command] and image.origin is None
    if entry is None or not entry.configuration or (is_images_own and not container.mounts and container.pristine):
        return None
    from vnetsim.docker.daemon.serverconfig import Configuration  # noqa: PLC0415 -- few containers have one

    mounted = frozenset(str(mount["Destination"]).rstrip("/") for mount in container.mounts)
    return entry.configuration, Configuration(command_of(container), context.files, context.environment, mounted)


def stops_of(container: Container) -> tuple[str, ...]:
    """The signals on which a server that is replaced ends with status 0."""
    entry = catalogue.entries().get(container.image.entry)
    return entry.stops if entry is not None and is_replaced(container) else ()


def _with_documents(machine: Machine, container: Container, files: Files, own: Files, *, known: bool) -> Files:
    """What the server serves: the container's documents, if there are any; `known`: its answers are.

    What another configuration makes of the image's own page is not known.
    """
    entry = catalogue.entries().get(container.image.entry)
    if entry is None or not entry.documents or not own.is_directory(entry.documents):
        return files
    if not known and _is_first_page(entry, own):
        return files
    return machine.mounted_files(files, [Mount("/www", own, entry.documents)])


def _is_first_page(entry: CatalogueEntry, files: Files) -> bool:
    """Whether the documents are those of the image."""
    try:
        page = files.read(f"{entry.documents}/index.html")
    except KernelError:
        return False
    return page == WEB_SERVERS[entry.configuration].page and files.list(entry.documents) == ["index.html"]


def web_server_of(container: Container, files: Files) -> list[str]:
    """The program and its first arguments where the answers are known: a web server with its image's configuration."""
    entry = catalogue.entries().get(container.image.entry)
    if entry is None or not entry.documents or command_of(container) != list(entry.command):
        return []
    known = WEB_SERVERS[entry.configuration]
    if any(_has_files(files, each) or mounted_in(container, each) for each in known.configured_in):
        return []
    return [_WEB, entry.configuration, release_of(entry.configuration, container.image.version)]


def _unknown_answers(container: Container) -> list[str]:
    """The program and its first arguments for a web server or a proxy whose answers are not known; [] for others."""
    entry = catalogue.entries().get(container.image.entry)
    if entry is None or entry.configuration not in _ANSWERING:
        return []
    said = "answers HTTP as its configuration says, which is not modelled: assumed to answer `it works` or its files"
    return [_WEB, _UNKNOWN, f"{container.config['Image']} {said}"]


def _has_files(files: Files, directory: str) -> bool:
    """Whether there is a file somewhere below it."""
    if not files.is_directory(directory):
        return False
    paths = [f"{directory}/{name}" for name in files.list(directory)]
    return any(_has_files(files, path) if files.is_directory(path) else True for path in paths)


def _listener(socket: ListeningSocket, web: Sequence[str]) -> list[str]:
    """The program that listens there."""
    port, address, protocol, _ = socket
    if protocol == "udp":
        return ["nc", "-u", *(["-s", address] if address else []), "-lk", str(port)]
    host = f"[{address}]" if ":" in address else address
    if web:
        return [*web, f"{host}:{port}"]
    return ["busybox", "httpd", "-f", "-p", f"{host}:{port}" if host else str(port), "-h", "/www"]


def check_modelled(command: Sequence[str]) -> None:
    """NotModelled for options of `top` that make it end by itself."""
    if name_of(command[0]) == _TOP and any(option.startswith("-") and option != "-b" for option in command[1:]):
        raise NotModelled(f"{' '.join(command)} in a container")


def _server(machine: Machine, container: Container) -> Main:
    """An image's own main process; where vnetsim lacks the program, an idle process replaces it."""
    _note_settings(machine, container)

    def main(process: Process) -> Coroutine[int | Service]:
        status: int | Service = NOT_FOUND
        with contextlib.suppress(KernelError):
            status = yield from process.exec_service(
                container.command,
                stdin=standard_input(machine, container),
                stdout=container.stdout,
                stderr=container.stderr,
            )
        return Idle(process) if status == NOT_FOUND else status

    return main


def _note_settings(machine: Machine, container: Container) -> bool:
    """Mounted files may say on which ports the server listens: whether there are some, which are not read."""
    entry = catalogue.entries().get(container.image.entry)
    if entry is not None and entry.local_unless:
        return False  # the assumption about its ports covers them
    own = container.image.volumes
    destinations = [each for mount in container.mounts if (each := str(mount["Destination"])) not in own]
    if entry is not None and entry.unrelated:
        below = tuple(f"{each}/" for each in entry.unrelated)
        destinations = [each for each in destinations if not f"{each}/".startswith(below)]
    found = [each for each in destinations if each.startswith("/etc/") or each.endswith(_SETTINGS)]
    for each in found:
        image = container.config["Image"]
        machine.assume(f"{each} of {image} is mounted and not read: assumed to listen as without it")
    return bool(found)


_FILE: Final = re.compile(r"config|defaults-file|\.(?:conf|cfg|cnf|ya?ml|toml|ini)$")
_SETTINGS: Final = (".conf", ".cfg", ".toml", ".yml", ".yaml", ".json", ".ini", "Caddyfile")


def _note_host(machine: Machine, container: Container) -> None:
    """What a server needs of the host, which is not modelled."""
    for text in _assumed(container):
        machine.assume(f"{text} ({container.name})")


def _assumes_ports(container: Container) -> bool:
    """Whether a setting that is not read says at which ports the server listens."""
    return any("the ports of" in text for text in _assumed(container))


def _assumed(container: Container) -> list[str]:
    """What is assumed of the image's server with the settings of its container."""
    entry = catalogue.entries().get(container.image.entry)
    if entry is None or not entry.assumes:
        return []
    given = settings_of(container)
    return [text for text, settings in entry.assumes.items() if all(map(given.has, settings))]


def _note_host_trees(machine: Machine, container: Container) -> None:
    """The host's /proc and /sys in place of the container's own."""
    for mount in container.mounts:
        if mount["Destination"] in _TREES:
            image = container.config["Image"]
            machine.assume(f"{mount['Destination']} of {image} is mounted: its programs see the container's own")


_TREES: Final = ("/proc", "/sys")


def _display(container: Container) -> Main:
    """`top`: that of procps 4.0 ends at once without a terminal unless it has -b; that of busybox runs."""
    runs = container.config["Tty"] or container.image.busybox or "-b" in container.command[1:]

    def main(process: Process) -> int | Idle:
        if not runs:
            return 1
        container.stderr.write(f"{NotModelled('what top shows')}\n")
        return Idle(process)

    return main
