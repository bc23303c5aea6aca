"""Where known servers listen, by the configuration files that are mounted, or built into an image.

    caddy      see caddyconfig
    haproxy    `bind` of each frontend and listen section
    httpd      `Listen`
    mosquitto  `listener`, `port`; without any, 127.0.0.1 tcp/1883
    mysqld     `port` and `bind-address` in the groups of the server
    nginx      see nginxconfig
    postgres   `port` and `listen_addresses` of the file that config_file names; without the latter, localhost
    redis      `port` and `bind` of the file that is its first argument
    traefik    entrypoints, of arguments or of traefik.yml and traefik.toml

`configuration` of an image in the catalogue names one of these.  A file of which nothing is understood, or that is not
there, leaves what the image does without it.

Not modelled: whether the rest of a file is valid; files that these include, but for nginx's and httpd's; UDP (QUIC)
of IPv6 alone: it takes IPv4, too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from vnetsim.docker.daemon import caddyconfig, nginxconfig
from vnetsim.docker.daemon.listeningsocket import (
    IPV4,
    LOOPBACK,
    ONLY_IPV6,
    ListeningSocket,
    at,
    merged,
    of_text,
    with_only_ipv6,
)
from vnetsim.process.files import Files
from vnetsim.values import frozen


@frozen
class Configuration:
    """What a server finds when it starts: its arguments, its files, its variables, and where something is mounted."""

    arguments: Sequence[str]
    files: Files
    environment: Mapping[str, str]
    mounted: frozenset[str] = frozenset()

    def text(self, path: str) -> str | None:
        """None if there is no file of this name."""
        there = self.files.exists(path) and not self.files.is_directory(path)
        return self.files.read(path) if there else None

    def expanded(self, text: str) -> str:
        """With the values of `$NAME`, `${NAME}` and `"${NAME}"`."""
        return re.sub(r"\$\{?(\w+)\}?", lambda found: self.environment.get(found[1], found[0]), text)


def sockets_of(syntax: str, configuration: Configuration) -> list[ListeningSocket] | None:
    """Where the server listens; None if no file says it."""
    found = _SYNTAXES[syntax](configuration)
    if found is None:
        return None
    return merged(with_only_ipv6(found) if syntax in ONLY_IPV6 else found)


def _lines(text: str) -> Iterator[list[str]]:
    """The fields of each line, without comments."""
    for line in text.splitlines():
        fields = line.partition("#")[0].split()
        if fields:
            yield fields


def _of_ipv4(sockets: Iterable[ListeningSocket]) -> list[ListeningSocket]:
    """Of servers that take `*` and no address for all addresses of IPv4."""
    return [each._replace(address=each.address or IPV4) for each in sockets]


# --- web servers and proxies -----------------------------------------------------------------------------------------


def _nginx(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    """Its sockets are of IPv6 alone without ipv6only=off (ngx_http_core_listen)."""
    hidden = nginxconfig.PARTS in configuration.mounted
    listens = nginxconfig.listens(configuration.files, configuration.environment, hides_default=hidden)
    if listens is None:
        return None
    found = [each.split() for each in listens if each]
    return _of_ipv4(
        one
        for first, *parameters in found
        for text in nginxconfig.each_port(first)
        for one in _of_nginx(text, parameters)
    )


def _of_nginx(text: str, parameters: Sequence[str]) -> Iterable[ListeningSocket]:
    found = of_text(text, "udp" if {"udp", "quic"} & {*parameters} else "tcp")
    return found if "ipv6only=off" in parameters else with_only_ipv6(found)


def _httpd(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    root, main = "/usr/local/apache2", configuration.text("/usr/local/apache2/conf/httpd.conf")
    if main is None:
        return None
    texts = [main]
    for fields in _lines(main):
        if fields[0].lower() in ("include", "includeoptional") and len(fields) == 2:
            texts.append(configuration.text(posixpath.join(root, fields[1].strip('"'))) or "")
    lines = [each for text in texts for each in _lines(text)]
    return [one for each in lines if each[0].lower() == "listen" and len(each) > 1 for one in of_text(each[1])]


def _haproxy(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    path = option(configuration.arguments, ("-f",)) or "/usr/local/etc/haproxy/haproxy.cfg"
    text = configuration.text(path)
    if text is None:
        return None
    found = [each for each in _lines(text) if each[0] == "bind" and len(each) > 1]
    return _of_ipv4(
        one
        for each in found
        for address in configuration.expanded(each[1].replace('"', "")).split(",")
        for one in _of_haproxy(address, each[2:])
    )


def _of_haproxy(address: str, parameters: Sequence[str]) -> Iterable[ListeningSocket]:
    """v6only makes it one of IPv6 alone (the configuration manual, section 5.1)."""
    found = of_text(re.sub(r"^:::", "[::]:", address.removeprefix("ipv4@")))
    return with_only_ipv6(found) if "v6only" in parameters else found


def _caddy(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    path = option(configuration.arguments, ("--config", "-c")) or "/etc/caddy/Caddyfile"
    text = configuration.text(path)
    return None if text is None else caddyconfig.sockets(text, configuration.environment)


def _traefik(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    """The API without TLS is at the entrypoint `traefik`, tcp/8080."""
    stated = [each.lower().lstrip("-") for each in (*configuration.arguments, *_traefik_file(configuration))]
    text = [*stated, *map(_traefik_variable, configuration.environment.items())]
    addresses = [each for each in text if re.match(r"entrypoints\.[\w-]+\.address=", each)]
    found = [one for each in addresses or ["=:80"] for one in _entrypoint(each.partition("=")[2])]
    insecure = any(re.fullmatch(r"api\.insecure(?:=true)?", each) for each in text)
    has_own = any(each.startswith("entrypoints.traefik.") for each in addresses)
    return [*found, *([ListeningSocket(8080)] if insecure and not has_own else ())]


def _traefik_variable(variable: tuple[str, str]) -> str:
    """As an argument; only the name's underscores separate (traefik/paerser, env/env.go)."""
    name, value = variable
    return f"{name.lower().removeprefix('traefik_').replace('_', '.')}={value.lower()}"


def _traefik_file(configuration: Configuration) -> Iterator[str]:
    """Its static configuration, YAML or TOML, as arguments."""
    named = option(configuration.arguments, ("--configfile", "--configFile"))
    paths = [f"/etc/traefik/traefik.{each}" for each in ("yml", "yaml", "toml")]
    text = next((found for path in ([named] if named else paths) if (found := configuration.text(path))), "")
    name = ""
    for each in text.splitlines():
        line = each.partition("#")[0].strip()
        name = line.strip("[]:").rpartition(".")[2] if line.endswith((":", "]")) else name
        address = re.match(r"address\s*[:=]\s*[\"']?([^\"'\s]+)", line)
        if address is not None:
            yield f"entrypoints.{name}.address={address[1]}"
        elif re.match(r"insecure\s*[:=]\s*true", line) and name == "api":
            yield "api.insecure=true"


def _entrypoint(text: str) -> Iterator[ListeningSocket]:
    address, _, protocol = text.partition("/")
    yield from of_text(address, protocol or "tcp", is_go=True)


# --- data stores and brokers -----------------------------------------------------------------------------------------


def _postgres(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    named = re.search(r"(?<!\S)(?:--)?config[-_]file=(\S+)", " ".join(configuration.arguments))
    text = configuration.text(named[1]) if named else None
    if text is None:
        return None
    port, addresses = "5432", "localhost"
    for line in text.splitlines():
        setting = re.match(r"\s*(\w+)\s*(?:=\s*|\s)'?([^'#]*)", line)
        if setting is not None and setting[1] == "port":
            port = setting[2].strip()
        elif setting is not None and setting[1] == "listen_addresses":
            addresses = setting[2].strip()
    return [one for host in addresses.split(",") if host for one in at(host.strip(), int(port))]


def redis_arguments(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The file that is its first argument ("" for none), and the options; the entrypoint puts redis-server before."""
    first = arguments[0] if arguments else ""
    given = list(arguments if first.startswith("-") or first.endswith(".conf") else arguments[1:])
    return ("", given) if not given or given[0].startswith("-") else (given[0], given[1:])


def _redis(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    path, options = redis_arguments(configuration.arguments)
    text = configuration.text(path) if path else None
    if text is None:
        return None
    port, addresses = "6379", [""]
    stated = [*_lines(text), *_redis_options(options)]
    for name, *values in stated:
        port = values[0] if name.lower() == "port" and values else port
        addresses = values if name.lower() == "bind" and values else addresses
    every = {"*": IPV4, "::*": "::"}
    hosts = [every.get(each.lstrip("-"), each.lstrip("-")) for each in addresses]
    return [one for host in hosts if host != "::1" for one in at(host, int(port))] if port.isdecimal() else []


def _redis_options(arguments: Sequence[str]) -> Iterator[list[str]]:
    """`--bind 127.0.0.1 ::1` as a line of the file."""
    line: list[str] = []
    for each in [*arguments, "--"]:
        if each.startswith("--"):
            if line:
                yield line
            line = [each.removeprefix("--")]
        else:
            line.append(each)


def _mosquitto(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    path = option(configuration.arguments, ("-c", "--config-file")) or "/mosquitto/config/mosquitto.conf"
    text = configuration.text(path)
    if text is None:
        return None
    found = [each for each in _lines(text) if each[0] in ("listener", "port") and len(each) > 1 and each[1].isdecimal()]
    if not found:
        return [ListeningSocket(1883, LOOPBACK)]
    return [one for _, port, *host in found for one in at(host[0] if host else "", int(port))]


def _mysqld(configuration: Configuration) -> Iterable[ListeningSocket] | None:
    """Of the groups of the server in my.cnf and conf.d; what the command line says is known without them."""
    port, address, known = "3306", "", False
    for fields in _option_files(configuration):
        name, _, value = "".join(fields).partition("=")
        if name.replace("_", "-") == "port":
            port, known = value, True
        elif name.replace("_", "-") == "bind-address":
            address, known = value, True
    if not known or not port.isdecimal():
        return None
    return list(at(address, int(port)))


def _option_files(configuration: Configuration) -> Iterator[list[str]]:
    """The lines of the groups that mysqld reads."""
    folders = ("/etc/mysql/conf.d", "/etc/mysql/mariadb.conf.d")
    listed = [f"{each}/{name}" for each in folders if configuration.files.is_directory(each)
              for name in configuration.files.list(each)]  # fmt: skip
    for path in ("/etc/my.cnf", "/etc/mysql/my.cnf", *listed):
        group = ""
        for fields in _lines(configuration.text(path) or ""):
            group = fields[0].strip("[]") if fields[0].startswith("[") else group
            if group in ("mysqld", "server", "mariadb", "mariadbd"):
                yield fields


def option(arguments: Sequence[str], names: Sequence[str]) -> str:
    """The value of the first of these options; "" if there is none."""
    for index, each in enumerate(arguments):
        name, equals, value = each.partition("=")
        if name in names:
            return value if equals else next(iter(arguments[index + 1 : index + 2]), "")
    return ""


_SYNTAXES: Final[Mapping[str, Callable[[Configuration], Iterable[ListeningSocket] | None]]] = {
    "caddy": _caddy, "haproxy": _haproxy, "httpd": _httpd, "mosquitto": _mosquitto, "mysqld": _mysqld, "nginx": _nginx,
    "postgres": _postgres, "redis": _redis, "traefik": _traefik,
}  # fmt: skip
