"""Whether a server replaces a container's main process, and on which ports it listens.

A server replaces the program of the image, with whatever arguments: `redis-server --appendonly yes`, `-c port=5433`
behind the entrypoint of postgres, `sh -c "... && nginx -g 'daemon off;'"`.  Options for the port and the address are
obeyed; other arguments and the rest of a script have no effect.  The servers of frameworks (`flask run`) listen where
their command line tells (see servercommands).  What other commands of an unknown image do is assumed: to listen on the
ports that are exposed, published, or looked at by the container's own health check.

Not modelled: the programs themselves, their configuration, and clients in the image of a server (`redis-cli`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.commandlines import SHELLS, name_of, runs_others, script_of, simple_command
from vnetsim.docker.daemon.listeningsocket import IPV4, ONLY_IPV6, ListeningSocket, address_of, merged, with_only_ipv6
from vnetsim.docker.daemon.probetargets import expanded, own_port, variables_of
from vnetsim.docker.daemon.serverports import ports_of
from vnetsim.docker.images import ImageKind, catalogue, programs
from vnetsim.docker.libnetwork.portbinding import exposed_ports
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.docker.daemon.projectfiles import ProjectFiles

#: Programs of entrypoints that run their arguments.
_INITS: Final = ("tini", "dumb-init", "catatonit", "__cacert_entrypoint")
#: Scripts of images that run the server.
_SCRIPTS: Final = ("run", "run.sh", "start", "start.sh", "wrapper")
_PORT: Final = re.compile(r"(?<!\S)(?:-p|--?port|port)(?:=|\s+)(\d{1,5})(?!\S)")


#: An address behind another one: redis separates them by spaces, postgres and mongo by commas.
_NEXT: Final = r"(?:\s*,\s*[^\s,'\"]+|\s+-?(?:\*|localhost|\d+(?:\.\d+){3}|\[?[0-9a-fA-F]*:[0-9a-fA-F:.*]+\]?)(?!\S))"
#: Of redis, postgres, mysql, mongo, etcd and others, compiled on first use.
_ADDRESSES: Final = (
    r"(?<!\S)(?:--?bind|--bind[-_](?:ip|address)|--listen|listen_addresses|--host|--addr)(?:=|\s+)['\"]?"
    rf"([^\s,'\"]+{_NEXT}*)"
)
#: Of minio: a second port.
_CONSOLE: Final = r"(?<!\S)--console-address(?:=|\s+)['\"]?[^\s'\"]*:(\d{1,5})"
_LOOPBACK6: Final = "::1"


@frozen
class Server:
    """`ports` are `80/tcp`, or `127.0.0.1:80/tcp`; `assumed` says what of it is an assumption, "" for nothing.

    `address`: where it listens, "" for all addresses; `stated`: the command line states it; `program`: what it is, ""
    for that of the command; `only_ipv6`: at `::` it takes no IPv4.
    """

    ports: tuple[str, ...]
    assumed: str = ""
    address: str = ""
    stated: bool = False
    program: str = ""
    only_ipv6: bool = False


def server_of(container: Container) -> Server | None:
    """The server that replaces the main process; None if the command itself runs, or ends."""
    if container.image.kind in (ImageKind.UNKNOWN, ImageKind.APPLICATION):
        return _unknown(container)
    if container.image.kind is ImageKind.SERVER:
        return _known(container)
    return None


def command_of(container: Container) -> list[str]:
    """The command without the image's entrypoint script, and without a shell that only executes the image's program."""
    entrypoint, config = list(container.image.entrypoint), container.config
    rest, own = config["Cmd"] or [], config["Entrypoint"] or []
    is_script = entrypoint and rest and own == entrypoint and _is_script(entrypoint[0])
    command = list(rest) if is_script else [*own, *rest]
    script = script_of(command) if command[2:] else ""
    inner = simple_command(script) if script else []
    return inner if inner and inner[0] in container.image.command[:1] else command


def title_of(container: Container, server: Server) -> tuple[str, ...]:
    """The arguments of the process that a server replaces, without the entrypoint that has executed it."""
    if server.program:
        return (server.program,)
    command, image = command_of(container), container.image
    if command[0].startswith("<"):
        return (name_of(image.name),)
    if command[0].startswith("-") or command[0] in image.subcommands:
        own = next((each for each in image.command[:1] if each not in image.subcommands and each[0] != "-"), "")
        return (own or name_of(image.name), *command)
    return (name_of(image.name),) if name_of(command[0]) in _SCRIPTS else tuple(command)


def _is_script(program: str) -> bool:
    name = name_of(program)
    return name.endswith(".sh") or "entrypoint" in name or name in _INITS


# --- images of servers -----------------------------------------------------------------------------------------------


def _known(container: Container) -> Server | None:
    ports, unread = ports_of(container)
    found = _by_command(container, ports)
    if found is None or found.assumed or not unread:
        return found
    return attrs.evolve(found, assumed=f"{unread}: {_listens(found.ports)}")


def _by_command(container: Container, ports: tuple[str, ...]) -> Server | None:
    image = container.image
    if container.command == [*image.entrypoint, *image.command]:
        return None if only_prints_usage(container) else _by_default(container, ports)
    command = command_of(container)
    if image.declared and not _is_here(container, command):
        return Server(ports)
    own = _own_programs(container)
    script = _script_file(container, command)
    if script:
        return Server(ports, f"what `{shlex.join(command)}` of {image.name} does is not known: {_listens(ports)}")
    if command[0].startswith("/") and name_of(command[0]) not in own | programs.ALL:
        published = _with_checked(container, tuple(container.host_config["PortBindings"] or ()))
        what = f"what `{shlex.join(command)}` of {image.name} does is not known"
        return Server(published, f"{what}: {_listens(published)}")
    has_entrypoint = container.config["Entrypoint"] == (list(image.entrypoint) or None)
    if name_of(command[0]) in own or (command[0].startswith("-") and has_entrypoint):
        console = re.search(_CONSOLE, " ".join(command))
        more = (*ports, f"{console[1]}/tcp") if console else ports
        return _at_address(container, command, _with_port(container, command, more))
    text = script_of(command)
    if any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) for name in own):
        return Server(ports, f"what `{shlex.join(command)}` does before is not known: {_listens(ports)}")
    return _by_command_line(container, command)


def only_prints_usage(container: Container) -> bool:
    """Whether the program of the image is run without the subcommand that makes a server of it."""
    image = container.image
    is_default = container.command == [*image.entrypoint, *image.command]
    return is_default and bool(image.subcommands) and not set(image.subcommands) & set(image.command)


def _by_default(container: Container, ports: tuple[str, ...]) -> Server:
    """The server with the command of its image, which may listen at loopback alone if it has no configuration."""
    entry = catalogue.entries().get(container.image.entry)
    if entry is None or not entry.local_unless:
        return Server(ports)
    configured = next(filter(None, (mounted_in(container, each) for each in entry.local_unless)), "")
    if not configured:
        return Server(ports, address="127.0.0.1")
    return Server(ports, f"{configured} of {container.config['Image']} is mounted and not read: {_listens(ports)}")


def mounted_in(container: Container, directory: str) -> str:
    """What is mounted at a directory, in it, or above it; "" for nothing."""
    paths = [str(mount["Destination"]) for mount in container.mounts]
    wanted = f"{directory}/"
    return next((path for path in paths if f"{path}/".startswith(wanted) or wanted.startswith(f"{path}/")), "")


def _own_programs(container: Container) -> set[str]:
    """The names by which the image's server is run."""
    image = container.image
    found = {name_of(each) for each in image.command[:1]}
    found |= {name_of(each) for each in image.entrypoint[:1] if not _is_script(each)}
    entry = catalogue.entries().get(image.entry)
    found |= set(entry.runs) if entry is not None else set()
    return {name for name in found if not name.startswith("-")} | set(image.subcommands)


def _with_port(container: Container, command: Sequence[str], ports: tuple[str, ...]) -> Server:
    found = _PORT.search(" ".join(command[1:] if not command[0].startswith("-") else command))
    wanted = f"{found[1]}/tcp" if found else ""
    if not found or not ports or wanted in ports:
        return Server(ports)
    moved = (wanted, *ports[1:])
    return Server(moved, f"{container.config['Image']} runs with `{found[0]}`: {_listens(moved)}", stated=True)


def _at_address(container: Container, command: Sequence[str], server: Server) -> Server:
    """At the addresses that an option names; what is no address is not known.

    Of several ::1 is left out: whether IPv6 is there is not looked at.
    """
    found = re.search(_ADDRESSES, " ".join(command))
    texts = re.split(r"[\s,]+", found[1]) if found else []
    addresses = [_address_of(container, text) for text in texts]
    if None in addresses:
        what = f"{container.config['Image']} runs with `{texts[addresses.index(None)]}` as its address"
        assumed = " and ".join(filter(None, (server.assumed, f"{what}: assumed to listen at all addresses")))
        return attrs.evolve(server, assumed=assumed, stated=False)
    sockets = (ListeningSocket(1, address) for address in addresses if address is not None)
    entry = catalogue.entries().get(container.image.entry)
    only_ipv6 = entry is not None and entry.configuration in ONLY_IPV6
    found_at = merged(with_only_ipv6(sockets) if only_ipv6 else sockets)
    known = [each.address for each in found_at]
    if not known or "" in known:
        return server
    known = [each for each in known if each != _LOOPBACK6] or known[:1]
    server = attrs.evolve(server, only_ipv6=only_ipv6)
    if len(known) == 1:
        return attrs.evolve(server, address=known[0])
    return attrs.evolve(server, ports=tuple(_port_at(port, each) for port in server.ports for each in known))


def _address_of(container: Container, text: str) -> str | None:
    """ "" for all addresses; redis has a minus before one that may be missing, and ::* for all of IPv6."""
    text = text.removeprefix("-")
    entry = catalogue.entries().get(container.image.entry)
    return address_of("::" if text == "::*" else text, is_go=entry is not None and entry.is_go)


def _port_at(port: str, address: str) -> str:
    """Of `80/tcp`; one that has an address of its own keeps it."""
    return port if ":" in port or not address else f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


# --- other images ----------------------------------------------------------------------------------------------------


def _unknown(container: Container) -> Server | None:
    command = command_of(container)
    is_default = container.image.kind is ImageKind.APPLICATION and command == list(container.image.command)
    if is_default or _is_here(container, command):
        return None
    ports = _with_checked(container, tuple(map(str, exposed_ports(container.config))))
    return _by_command_line(container, command) or Server(
        ports, f"what {container.config['Image']} runs is not known: {_listens(ports)}"
    )


def _by_command_line(container: Container, command: Sequence[str]) -> Server | None:
    """The server of a framework, which listens where its command line tells."""
    from vnetsim.docker.daemon.projectfiles import ProjectFiles, assigned  # noqa: PLC0415 -- few images need it
    from vnetsim.docker.daemon.servercommands import commands_of, listening_of  # noqa: PLC0415 -- few images need it

    files = container.files if container.run is None else container.run.context.files
    project = ProjectFiles(files, str(container.config["WorkingDir"] or "/"), variables_of(container))
    script = script_of(command) or _text_of_script(command, project)
    project = attrs.evolve(project, environment={**project.environment, **assigned(script)})
    found = listening_of(commands_of(command, expanded(script, container)), project)
    if found is None:
        return None
    one = len({each.address for each in found.sockets}) == 1
    address = found.sockets[0].address if one else ""
    ports = tuple(f"{each.port}/{each.protocol}" if one else _port_at(f"{each.port}/{each.protocol}", each.address)
                  for each in found.sockets)  # fmt: skip
    where = f" of {address} alone" if address and address != IPV4 else ""
    assumed = f"{container.config['Image']} runs `{found.command}`: {_listens(ports)}{where}"
    only_ipv6 = one and found.sockets[:1] != () and found.sockets[0].only_ipv6
    return Server(ports, assumed, address, stated=True, program=found.command.split()[0], only_ipv6=only_ipv6)


def _text_of_script(command: Sequence[str], project: ProjectFiles) -> str:
    """Of the script of a shell that is run, or that a shell is given; "" for anything else."""
    words = [each for each in command if not each.startswith("-")]
    path = next(iter(words[1:] if name_of(words[0]) in SHELLS else words), "") if words else ""
    return project.text(path) or "" if path.endswith(".sh") else ""


def _with_checked(container: Container, ports: tuple[str, ...]) -> tuple[str, ...]:
    """With the port at which the container's health check finds the container itself."""
    checked = own_port(container)
    return ports if not checked or checked in ports else (*ports, checked)


def _is_here(container: Container, command: Sequence[str]) -> bool:
    """Whether vnetsim has the program, and those that a script runs."""
    if command[0].startswith("-") or _script_file(container, command):
        return False
    return name_of(command[0]) in programs.ALL and not runs_others(script_of(command))


def _script_file(container: Container, command: Sequence[str]) -> str:
    """A file of the image, or a mounted one, that is run or that a shell is given: what it does is not known."""
    words = list(command)
    if _is_modelled_script(container, words):
        return ""
    if name_of(words[0]) in SHELLS and len(words) > 1 and not words[1].startswith("-"):
        path = words[1]
        is_mounted = any(path.startswith(mount["Destination"]) for mount in container.mounts)
        return path if is_mounted or container.image.kind is not ImageKind.RECORDED else ""
    is_mounted = any(words[0].startswith(mount["Destination"]) for mount in container.mounts)
    return words[0] if words[0].startswith("/") and is_mounted else ""


def _is_modelled_script(container: Container, words: list[str]) -> bool:
    """Whether a shell is given a file of which vnetsim has the text, and every program that it runs."""
    files = container.files if container.run is None else container.run.context.files
    if container.image.kind is ImageKind.SERVER or files is None or name_of(words[0]) not in SHELLS or len(words) < 2:
        return False
    path = words[1]
    if not files.exists(path) or files.is_directory(path) or files.is_program(path):
        return False
    return not runs_others(files.read(path))


def _listens(ports: Sequence[str]) -> str:
    where = ", ".join("/".join(reversed(port.split("/"))) for port in ports) or "no port"
    return f"assumed to listen on {where}"
