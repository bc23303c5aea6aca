"""Where a Caddy listens, by its Caddyfile: the addresses of its sites (caddyserver.com/docs/caddyfile/concepts).

    :8080                                   all addresses tcp/8080
    http://shop.example.com                 tcp/80
    shop.example.com { bind 10.0.0.2 }      10.0.0.2 tcp/443, udp/443, and tcp/80 to redirect

Of the global options http_port, https_port and auto_https are read.  Not modelled: files that `import` names,
certificates, other application modules (layer4), the administration endpoint at 127.0.0.1 tcp/2019.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from vnetsim.docker.daemon.listeningsocket import ListeningSocket, at
from vnetsim.values import frozen

_SITE: Final = re.compile(r"(?:(?P<scheme>https?)://)?(?P<host>\[[^\]]*\]|[^:/\s]*)(?::(?P<port>\d{1,5}))?(?:/\S*)?")
_VARIABLE: Final = re.compile(r"\{\$(\w+)(?::([^}]*))?\}")


@frozen
class _Block:
    """The arguments before `{`, and those of each directive directly in it."""

    addresses: tuple[str, ...]
    directives: tuple[tuple[str, ...], ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        """The arguments of a directive; () if there is none."""
        return next((each[1:] for each in self.directives if each[0] == name), ())


@frozen
class _Options:
    http: int = 80
    https: int = 443
    redirects: bool = True


def sockets(text: str, environment: Mapping[str, str]) -> Iterator[ListeningSocket]:
    blocks = list(_blocks(_VARIABLE.sub(lambda found: environment.get(found[1]) or found[2] or "", text)))
    options = _Options()
    for block in blocks:
        if not block.addresses:
            options = _options(block)
        elif not block.addresses[0].startswith(("(", "&")):
            for address in block.addresses:
                yield from _of_site(address, block.values("bind"), options)


def certificates(text: str, environment: Mapping[str, str]) -> Iterator[str]:
    """The files of `tls CERTIFICATE KEY` of its sites."""
    for block in _blocks(_VARIABLE.sub(lambda found: environment.get(found[1]) or found[2] or "", text)):
        files = block.values("tls")
        if len(files) == 2 and block.addresses and not block.addresses[0].startswith(("(", "&")):
            yield from (each for each in files if each.startswith("/"))


def _blocks(text: str) -> Iterator[_Block]:
    """Of a file without braces: its first line, and the others."""
    lines = [line.split() for line in re.sub(r"(?m)(?:^|(?<=\s))#.*", "", text).splitlines() if line.split()]
    if lines and not any({"{", "}"} & {*line} for line in lines):
        yield _Block(_addresses(lines[0]), tuple(map(tuple, lines[1:])))
        return
    block, depth = _Block(()), 0
    for line in lines:
        opens = line[-1] == "{"
        if depth == 0 and opens:
            block = _Block(_addresses(line[:-1]))
        elif depth == 1 and line[0] != "}":
            block = attrs.evolve(block, directives=(*block.directives, tuple(line)))
        depth += opens - (line[0] == "}")
        if depth == 0 and line[0] == "}":
            yield block


def _addresses(line: list[str]) -> tuple[str, ...]:
    return tuple(each for each in " ".join(line).replace(",", " ").split())


def _options(block: _Block) -> _Options:
    http, https = (next(iter(block.values(each)), "") for each in ("http_port", "https_port"))
    return _Options(
        int(http) if http.isdecimal() else 80,
        int(https) if https.isdecimal() else 443,
        not {"off", "disable_redirects"} & {*block.values("auto_https")},
    )


def _of_site(address: str, hosts: tuple[str, ...], options: _Options) -> Iterator[ListeningSocket]:
    found = _SITE.fullmatch(address)
    if found is None:
        return
    port = int(found["port"] or 0)
    secure = found["scheme"] == "https" or (
        found["scheme"] is None and port != options.http and (port == options.https or bool(found["host"]))
    )
    for host in hosts or ("",):
        if secure:
            yield from at(host, port or options.https)
            yield from at(host, port or options.https, "udp")
        if not secure or (found["host"] and options.redirects):
            yield from at(host, options.http if secure else port or options.http)
