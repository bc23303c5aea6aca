"""To whom the client in a health check connects: host and port, from its command line.

    curl -f http://localhost:8080/ready    localhost, 8080
    pg_isready -h db                       db, 5432

Variables of the container are replaced. Not modelled: other expansions of the shell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from vnetsim.docker.container.container import Container
from vnetsim.docker.container.health import has_check
from vnetsim.docker.daemon.commandlines import name_of, programs_of, script_of

_LOOPBACK: Final = "127.0.0.1"
_HTTP: Final = ("curl", "wget")
#: Options of curl whose value may be taken for a URL.
_WITH_HOST: Final = (
    *("--noproxy", "-x", "--proxy", "-e", "--referer", "-H", "--header", "-A", "--user-agent", "-u", "--user"),
    *("--resolve", "--connect-to", "--interface", "-o", "--output", "-d", "--data"),
)
_NETCAT: Final = ("nc", "netcat", "ncat")
#: Names of the container itself.
_OWN: Final = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
_LAST_PORT: Final = 0xFFFF
#: `$NAME`, `${NAME}`, `${NAME:-default}`.
_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
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


def command_of(container: Container) -> list[str]:
    """The check's command line: CMD as it is, CMD-SHELL in a shell."""
    kind, *words = container.config["Healthcheck"]["Test"]
    return list(words) if kind == "CMD" else ["/bin/sh", "-c", *words]


def target_of(container: Container, *, http: bool) -> tuple[str, int] | None:
    """Host and port to which the check's first client connects, one of HTTP too if `http`; None if it has none."""
    command = command_of(container)
    script = expanded(script_of(command), container)
    found = _DEV_TCP.search(script)
    if found is not None:
        return found[1], int(found[2])
    for argv in programs_of(script) if script else [command]:
        name = name_of(argv[0]) if argv else ""
        if name in _CLIENTS:
            return _address(_CLIENTS[name], argv[1:])
        if name in _HTTP and http:
            return _of_url(argv[1:])
    return None


def own_port(container: Container) -> str:
    """`8080/tcp`, if the container's check connects to the container itself; "" for another, or none."""
    if not has_check(container.config):
        return ""
    found = target_of(container, http=True) or _of_netcat(container)
    if found is None or found[0] not in (*_OWN, container.name, container.hostname):
        return ""
    return f"{found[1]}/tcp" if 0 < found[1] <= _LAST_PORT else ""


def _of_netcat(container: Container) -> tuple[str, int] | None:
    """Of `nc -z HOST PORT`, which runs as it is."""
    command = command_of(container)
    script = expanded(script_of(command), container)
    for argv in programs_of(script) if script else [command]:
        if argv and name_of(argv[0]) in _NETCAT and "-u" not in argv:
            found = re.search(r"(?<!\S)([\w.:-]+)\s+([1-9]\d{0,4})$", " ".join(argv[1:]))
            return (found[1], int(found[2])) if found else None
    return None


def expanded(script: str, container: Container) -> str:
    """With the values of the container's variables."""
    values = variables_of(container)
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2]) or found[3] or "", script)


def variables_of(container: Container) -> dict[str, str]:
    return dict(each.partition("=")[::2] for each in container.config["Env"] or ())


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
    values = {index + 1 for index, word in enumerate(arguments) if word in _WITH_HOST}
    for word in (each for index, each in enumerate(arguments) if index not in values):
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
