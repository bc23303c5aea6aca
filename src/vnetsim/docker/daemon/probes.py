"""What runs as the probe of a health check.

A command of programs that vnetsim has runs as it is.  A client of a server (`pg_isready`, `mysqladmin ping`,
`redis-cli ping`, `curl http://localhost:8080/ready` where a server replaces the main process) is played as a
connection to the address that it names: who accepts it is healthy.  Any other command is assumed to succeed.

Not modelled: what servers answer, passwords, how long a server takes until it listens.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.mainprocess import is_replaced
from vnetsim.docker.daemon.servers import name_of, programs_of, runs_others, script_of
from vnetsim.docker.images import ImageKind, programs
from vnetsim.values import frozen

_LOOPBACK: Final = "127.0.0.1"
_HTTP: Final = ("curl", "wget")
_SCHEMES: Final = {"http": 80, "https": 443}
#: Clients of servers and the port on which the server is, by the name of the program.
_CLIENTS: Final = {
    "pg_isready": 5432, "psql": 5432, "mysqladmin": 3306, "mysql": 3306, "mariadb-admin": 3306, "mariadb": 3306,
    "healthcheck.sh": 3306, "redis-cli": 6379, "valkey-cli": 6379, "mongosh": 27017, "mongo": 27017,
    "rabbitmq-diagnostics": 5672, "rabbitmqctl": 5672, "cqlsh": 9042, "kafka-topics.sh": 9092, "kafka-topics": 9092,
    "kafka-broker-api-versions.sh": 9092, "sqlcmd": 1433, "clickhouse-client": 9000, "nats-server": 4222,
}  # fmt: skip
#: Their options for the address and the port; -p is a password of MySQL's clients.
_HOSTS: Final = ("-h", "--host", "-S", "--bootstrap-server")
_PORTS: Final = ("-p", "--port", "-P")
_OF_MYSQL: Final = 3306
#: `exec 3<>/dev/tcp/127.0.0.1/8080` of bash.
_DEV_TCP: Final = re.compile(r"/dev/tcp/([\w.:-]+)/(\d{1,5})")

#: `mongodb://user@localhost:27017/test`.
_HOST_PORT: Final = re.compile(r"(?:\w+://)?(?:[^@/]*@)?([\w.-]+):(\d{1,5})(?:/\S*)?")


@frozen
class HealthProbe:
    """`command` runs in the container; `own` without what its image contains; `assumed` says what of it is assumed.

    An empty command: the probe succeeds.
    """

    command: tuple[str, ...]
    own: bool = False
    assumed: str = ""


def probe_of(container: Container) -> HealthProbe:
    command = command_of(container)
    if container.image.kind is ImageKind.RECORDED and not container.image.server:
        return HealthProbe(tuple(command))
    shown = shlex.join(command) if script_of(command) == "" else script_of(command)
    about = f"the health check `{shown}` of {container.name}"
    target = _target(container, command)
    if target is not None:
        host, port = target
        assumed = f"{about} is assumed to succeed if tcp {host}:{port} accepts a connection"
        return HealthProbe(("nc", "-z", "-w", "5", host, str(port)), own=True, assumed=assumed)
    if _is_played(command):
        return HealthProbe(tuple(command))
    return HealthProbe((), assumed=f"{about} is not played: assumed to succeed")


def command_of(container: Container) -> list[str]:
    """The check's command line: CMD as it is, CMD-SHELL in a shell."""
    kind, *words = container.config["Healthcheck"]["Test"]
    return list(words) if kind == "CMD" else ["/bin/sh", "-c", *words]


def _is_played(command: Sequence[str]) -> bool:
    name = name_of(command[0])
    return name in programs.ALL and not runs_others(script_of(command))


def _target(container: Container, command: Sequence[str]) -> tuple[str, int] | None:
    """Host and port to which the command's first client connects; None if it has none, or runs as it is."""
    script = script_of(command)
    found = _DEV_TCP.search(script)
    if found is not None:
        return found[1], int(found[2])
    for argv in programs_of(script) if script else [list(command)]:
        name = name_of(argv[0]) if argv else ""
        if name in _CLIENTS:
            return _address(_CLIENTS[name], argv[1:])
        if name in _HTTP and (is_replaced(container) or container.image.server):
            return _of_url(argv[1:])
    return None


def _address(port: int, arguments: Sequence[str]) -> tuple[str, int]:
    """From `-h HOST`, `--port=PORT` and `HOST:PORT/...`."""
    host = _LOOPBACK
    ports = ("--port", "-P") if port == _OF_MYSQL else _PORTS
    options = _HOSTS if port != _OF_MYSQL else ("-h", "--host")
    for option, value in _options(arguments):
        found = _HOST_PORT.fullmatch(value if option in options else option)
        if found is not None:
            host, port = found[1], int(found[2])
        elif option in options and value and not value.startswith(("/", "-")):
            host = value
        elif option in ports and value.isascii() and value.isdecimal():
            port = int(value)
    return host, port


def _options(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """Each argument with its value: what follows `=` of a long option, the rest of a short one, or the next one."""
    found = []
    for index, word in enumerate(arguments):
        following = arguments[index + 1] if index + 1 < len(arguments) else ""
        if word.startswith("--") and "=" in word:
            option, _, value = word.partition("=")
            found.append((option, value))
        elif re.fullmatch(r"-[a-zA-Z][^-].*", word):
            found.append((word[:2], word[2:]))
        else:
            found.append((word, following))
    return found


def _of_url(arguments: Sequence[str]) -> tuple[str, int] | None:
    for word in arguments:
        text = word if "://" in word else f"http://{word}"
        if word.startswith("-") or not re.fullmatch(r"[a-z]+://[\w.\[\]:-]+(?:[/?#]\S*)?", text):
            continue
        url = urlsplit(text)
        try:
            port = url.port or _SCHEMES.get(url.scheme)
        except ValueError:
            return None
        if url.hostname and port and ("://" in word or "." in word or ":" in word or word.startswith("localhost")):
            return url.hostname, port
    return None
