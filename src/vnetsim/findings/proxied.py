"""Addresses of other machines in the configuration of reverse proxies that services mount, or that their images copy.

    proxy_pass http://api:8000;          nginx, also of fastcgi, uwsgi, grpc, and `server api:8000;` of an upstream
    reverse_proxy api:8000               Caddy
    server one api:8000 check            haproxy

Not seen are addresses with a variable, and those of files that are not read (see scenario/folderfiles).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from vnetsim.compose.service import ServiceConfig
from vnetsim.findings.references import ServiceReference
from vnetsim.findings.yamllocations import YamlLocation

#: Where the images of proxies have their configuration.
_MOUNTED: Final = re.compile(r"/etc/nginx(?:/|$)|/etc/caddy(?:/|$)|/usr/local/etc/haproxy(?:/|$)|/etc/haproxy(?:/|$)")
_COPIED: Final = re.compile(r".*\.(?:conf|conf\.template|cfg)|Caddyfile")
_ADDRESS: Final = r"(?P<host>[A-Za-z0-9][\w.-]*)(?::(?P<port>\d{1,5}))?(?=[\s;/]|$)"
_PASS: Final = re.compile(
    rf"(?<![\w-])(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass\s+(?:(?P<scheme>https?|grpcs?)://)?{_ADDRESS}"
)
_SERVER: Final = re.compile(rf"(?:^|[{{;])\s*server\s+{_ADDRESS}")
_BACKEND: Final = re.compile(rf"^\s*server\s+[\w.-]+\s+(?:ipv4@)?{_ADDRESS}")
_CADDY: Final = re.compile(r"(?<![\w-])reverse_proxy\s+(?P<upstreams>[^{\n]+)")
_UPSTREAM: Final = re.compile(rf"(?:(?P<scheme>https?|h2c)://)?{_ADDRESS}")
_PORTS: Final = {"https": 443, "grpcs": 443}


def proxied(services: Mapping[str, ServiceConfig], texts: Mapping[str, str]) -> Iterator[ServiceReference]:
    """`texts` are the files that were read, by their paths on the host."""
    for service in services.values():
        for path in dict.fromkeys(_paths(service, texts)):
            yield from _of(service.name, path, texts[path])


def _paths(service: ServiceConfig, texts: Mapping[str, str]) -> Iterator[str]:
    for mount in service.volumes:
        if mount.type == "bind" and _MOUNTED.match(mount.target):
            yield from (path for path in texts if path == mount.source or path.startswith(f"{mount.source}/"))
    if service.build is not None and service.build.context.startswith("/"):
        inside = (path for path in texts if path.startswith(f"{service.build.context}/"))
        yield from (path for path in inside if _COPIED.fullmatch(posixpath.basename(path)))


def _of(service: str, path: str, text: str) -> Iterator[ServiceReference]:
    own = set(re.findall(r"(?<!\w)upstream\s+([\w.-]+)", text))
    for number, line in enumerate(text.splitlines(), 1):
        for scheme, host, port in _in_line(line.partition("#")[0], posixpath.basename(path)):
            if host not in own:
                default = _PORTS.get(scheme, 80)
                yield ServiceReference(
                    service=service, key=posixpath.basename(path), value=line.strip(), scheme="", host=host,
                    port=int(port or default), explicit=bool(port), location=YamlLocation(path, number),
                )  # fmt: skip


def _in_line(line: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Scheme, host and port, "" for what is not written."""
    if name.endswith("Caddyfile"):
        for found in _CADDY.finditer(line):
            for word in found["upstreams"].split():
                upstream = _UPSTREAM.fullmatch(word)
                if upstream is not None and (upstream["port"] or upstream["scheme"]):
                    yield upstream["scheme"] or "", upstream["host"], upstream["port"] or ""
        return
    patterns = (_BACKEND,) if name.endswith(".cfg") else (_PASS, _SERVER)
    for found in (one for pattern in patterns for one in pattern.finditer(line)):
        scheme = found.groupdict().get("scheme") or ""
        if scheme or found["port"] or not line.lstrip().startswith(("fastcgi", "uwsgi", "scgi")):
            yield scheme, found["host"], found["port"] or ""
