"""Addresses of other machines in the configuration of a service: in its environment and in its command.

    DATABASE_URL=postgres://app:secret@db:5432/app        a URL, of any scheme (RFC 3986), several with commas
    CACHE=cache:6379                                      a host and a port, several with commas
    DB_HOST=db, DB_PORT=5432                              a variable for each

    WORDPRESS_DB_HOST=localhost                           a loopback address, at the port of what the variable names

Not seen are addresses in mounted files but those of reverse proxies and of monitoring (see proxied, monitored), in
images, and those that a program of the image has built in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vnetsim.compose.model import Project
from vnetsim.compose.service import ServiceConfig
from vnetsim.findings.yamllocations import YamlLocation
from vnetsim.values import evolved, frozen

#: Ports of URLs without one (IANA's registry of URI schemes and service names, and the defaults of the servers).
_PORTS: Final = {
    "amqp": 5672, "amqps": 5671, "clickhouse": 9000, "elasticsearch": 9200, "ftp": 21, "http": 80, "https": 443,
    "imap": 143, "ldap": 389, "mariadb": 3306, "memcache": 11211, "memcached": 11211, "mongodb": 27017, "mqtt": 1883,
    "mssql": 1433, "mysql": 3306, "mysql2": 3306, "nats": 4222, "pgsql": 5432, "postgis": 5432, "postgres": 5432,
    "postgresql": 5432, "redis": 6379, "rediss": 6379, "smtp": 25, "sqlserver": 1433, "ws": 80, "wss": 443,
}  # fmt: skip
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?"
_URL: Final = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^\s/,]*@)?(?P<hosts>{_NAME}(?::\d+)?(?:,{_NAME}(?::\d+)?)*)"
    r"(?![\w.\\-])"  # no regular expression
)
#: Not the time of a day.
_HOST_PORTS: Final = re.compile(rf"(?!\d+:){_NAME}:\d{{2,5}}(?:,\s*{_NAME}:\d{{2,5}})*")
_HOST: Final = re.compile(_NAME)
_HOST_KEY: Final = re.compile(r"(?P<stem>(?:.*_)?)(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)")
#: Variables with addresses at which the service listens itself, or that are for clients outside.
_OWN: Final = re.compile(
    r"(?:^|_)(?:LISTEN|LISTENERS?|BIND|ADVERTISED?|PUBLIC|EXTERNAL|ORIGINS?|ALLOWED|CORS|SERVER_NAME|VIRTUAL_HOST|ROOT_URL"
    r"|BASE_URL)(?:_|$)"
)
#: The port of what a variable with a host names, where none is written beside it.
_STEM_PORTS: Final = (
    (re.compile(r"WORDPRESS_DB|MYSQL|MARIADB"), 3306), (re.compile(r"POSTGRES|PG"), 5432), (re.compile("REDIS"), 6379),
    (re.compile("MONGO"), 27017), (re.compile("RABBITMQ|AMQP"), 5672), (re.compile("MEMCACHED?"), 11211),
    (re.compile("ELASTICSEARCH"), 9200),
)  # fmt: skip
_NO_HOST: Final = frozenset(("null", "none", "false", "disabled"))
_LOOPBACK: Final = frozenset(("localhost", "127.0.0.1"))
HOST_GATEWAY: Final = "host.docker.internal"


@frozen(kw_only=True)
class ServiceReference:
    """An address that `service` uses; `key` is where: a variable, or `command`; `port` 0 if it is not given."""

    service: str
    key: str
    value: str
    scheme: str
    host: str
    port: int
    #: Whether the port is written, and not the default of the scheme or of a variable beside it.
    explicit: bool = False
    #: Where it is written, if not in the service's environment or command.
    location: YamlLocation | None = None
    #: Whether the port is only the usual one of what the variable's name names.
    guessed: bool = False

    @property
    def is_loopback(self) -> bool:
        return self.host in _LOOPBACK

    @property
    def target(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host

    def __str__(self) -> str:
        return f"{self.service} uses {self.target} ({self.key})"


def references(project: Project) -> list[ServiceReference]:
    """Those of all services, in the order of the file; each address once for each variable."""
    found = (each for service in project.services.values() for each in _of(service, project))
    return list(dict.fromkeys(found))


def quoted(project: Project) -> list[ServiceReference]:
    """Addresses of which the quotes are a part: `- DB_HOST="db"` in a list keeps them."""
    found = []
    for service in project.services.values():
        for key, value in service.environment.items():
            if value and len(value) > 2 and value[0] == value[-1] and value[0] in "\"'":
                inner = {**service.environment, key: value[1:-1]}
                plain = {name: each for name, each in inner.items() if each}
                found += list(_in_value(service.name, key, value[1:-1], plain, project))
    return found


def _of(service: ServiceConfig, project: Project) -> Iterator[ServiceReference]:
    variables = {key: value for key, value in service.environment.items() if value}
    for key, value in variables.items():
        if not _OWN.search(key.upper()):
            yield from _in_value(service.name, key, value, variables, project)
    for argument in service.command or ():
        yield from _urls(service.name, "command", argument)


def _in_value(
    service: str, key: str, value: str, variables: Mapping[str, str], project: Project
) -> Iterator[ServiceReference]:
    if "://" in value:
        yield from _urls(service, key, value)
    elif _HOST_PORTS.fullmatch(value):
        yield from (_reference(service, key, value, "", text) for text in re.split(r",\s*", value))
    elif (found := _HOST_KEY.fullmatch(key.upper())) and _HOST.fullmatch(value):
        port = next((variables[name] for name in variables if name.upper() == f"{found['stem']}PORT"), "")
        # A value that is no name of a service may be anything, unless a port beside it makes it an address.
        if value.lower() in _NO_HOST:
            return
        if port.isdigit() or value in {*project.services, *project.disabled} or value in _LOOPBACK:
            guessed = _port_of(found["stem"]) if value in _LOOPBACK and not port.isdigit() else 0
            yield ServiceReference(
                service=service, key=key, value=value, scheme="", host=value,
                port=int(port) if port.isdigit() else guessed, guessed=bool(guessed),
            )  # fmt: skip


def _port_of(stem: str) -> int:
    """0 if it is not known."""
    return next((port for named, port in _STEM_PORTS if named.search(stem)), 0)


def url_references(service: str, key: str, text: str, location: YamlLocation) -> Iterator[ServiceReference]:
    """Those of the URLs in a line of a file, which no browser opens."""
    return (evolved(each, scheme="", location=location) for each in _urls(service, key, text))


def _urls(service: str, key: str, text: str) -> Iterator[ServiceReference]:
    for found in _URL.finditer(text):
        scheme = found["scheme"].split("+")[0].rpartition(":")[2]
        yield from (_reference(service, key, text, scheme, host) for host in found["hosts"].split(","))


def _reference(service: str, key: str, value: str, scheme: str, text: str) -> ServiceReference:
    host, _, port = text.partition(":")
    return ServiceReference(
        service=service, key=key, value=value, scheme=scheme, host=host, port=int(port or _PORTS.get(scheme, 0)),
        explicit=bool(port),
    )  # fmt: skip
