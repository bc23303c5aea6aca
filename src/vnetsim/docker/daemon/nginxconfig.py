"""Where an nginx listens, by its configuration: the `listen` directives of its servers (ngx_http_core_module).

    server { listen 8080; listen 127.0.0.1:81; }    all addresses tcp/8080, 127.0.0.1 tcp/81
    server { root /www; }                           tcp/80

Files that `include` names are read; templates become files of conf.d as the image's 20-envsubst-on-templates.sh makes
them.  Not modelled: whether the rest of the configuration is valid, certificates and upstream hosts that are missing.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from vnetsim.process.files import Files
from vnetsim.values import define

MAIN: Final = "/etc/nginx/nginx.conf"
PARTS: Final = "/etc/nginx/conf.d"
TEMPLATES: Final = "/etc/nginx/templates"
_SUFFIX: Final = ".template"
_DEFAULT: Final = f"{PARTS}/default.conf"
#: What the nginx.conf of the image says of its parts.
_OF_IMAGE: Final = f"http {{ include {PARTS}/*.conf; }}"
_TOKEN: Final = re.compile(r"#[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[{};]|(?:\\.|\$\{\w*\}|[^\s{};\\\"'#])+")
_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_DEEPEST: Final = 10
_LAST_PORT: Final = 0xFFFF


@define
class _Reader:
    """`listens` gets what each server listens on: the parameters of `listen`, [] for none."""

    files: Files
    own: Mapping[str, str]
    listens: list[str] = attrs.field(factory=list)

    def read(self, path: str) -> str:
        return self.own[path] if path in self.own else self.files.read(path)

    def names(self, pattern: str) -> list[str]:
        """The files that `include` names."""
        path = posixpath.join(posixpath.dirname(MAIN), pattern)
        folder, name = posixpath.split(path)
        there = self.files.list(folder) if self.files.is_directory(folder) else ()
        beside = [posixpath.basename(each) for each in self.own if posixpath.dirname(each) == folder]
        found = fnmatch.filter(dict.fromkeys([*there, *beside]), name)
        return sorted(f"{folder}/{each}" for each in found if not self.files.is_directory(f"{folder}/{each}"))

    def walk(self, text: str, depth: int = 0) -> None:
        self._block(_directives(text), depth)

    def _block(self, directives: Iterator[tuple[list[str], str]], depth: int) -> list[str]:
        """The `listen` directives of one block; those of the servers in it are noted."""
        listens = []
        for directive, end in directives:
            name, *parameters = directive or [""]
            if end == "{":
                inside = self._block(directives, depth)
                if name == "server":
                    self.listens += inside or ["80"]
            elif end == "}":
                break
            elif name == "listen":
                listens.append(" ".join(parameters))
            elif name == "include" and len(parameters) == 1 and depth < _DEEPEST:
                listens += self._included(parameters[0], depth)
        return listens

    def _included(self, pattern: str, depth: int) -> list[str]:
        found = []
        for path in self.names(pattern):
            found += self._block(_directives(self.read(path)), depth + 1)
        return found


def _directives(text: str) -> Iterator[tuple[list[str], str]]:
    """The name and the parameters of each directive, and what ends it: `;`, `{` or `}`."""
    directive: list[str] = []
    for token in _TOKEN.findall(text):
        if token.startswith("#"):
            continue
        if token in ("{", "}", ";"):
            yield directive, token
            directive = []
        else:
            directive.append(token.strip("\"'"))


def listens(files: Files, environment: Mapping[str, str], *, hides_default: bool = False) -> list[str] | None:
    """The parameters of `listen` (`8080 ssl`); None where nothing of the configuration differs from the image's.

    `hides_default`: what is mounted at conf.d hides the image's default.conf.
    """
    templates = _templates(files, environment)
    main = files.read(MAIN) if _is_file(files, MAIN) else ""
    parts = files.is_directory(PARTS) and bool(files.list(PARTS))
    if not (main or parts or templates):
        return None
    own = dict(templates)
    if not (hides_default or _DEFAULT in own or _is_file(files, _DEFAULT)):
        own[_DEFAULT] = "server { listen 80; }"
    reader = _Reader(files, own)
    reader.walk(main or _OF_IMAGE)
    return reader.listens


def each_port(address: str) -> Iterator[str]:
    """`8000-8002` and `127.0.0.1:8000-8002` port by port."""
    host, colon, ports = address.rpartition(":") if not address.endswith("]") else (address, ":", "80")
    if not colon and not re.match(r"\d+(-\d+)?$", ports):
        host, colon, ports = address, ":", "80"
    first, dash, last = ports.partition("-")
    if not dash:
        yield f"{host}{colon}{first}"
    elif first.isdecimal() and last.isdecimal():
        yield from (f"{host}{colon}{port}" for port in range(int(first), min(int(last), _LAST_PORT) + 1))


def _is_file(files: Files, path: str) -> bool:
    return files.exists(path) and not files.is_directory(path)


def _templates(files: Files, environment: Mapping[str, str]) -> dict[str, str]:
    """The files of conf.d that templates make, with the values of variables that are set."""
    if not files.is_directory(TEMPLATES):
        return {}
    names = [each for each in files.list(TEMPLATES) if each.endswith(_SUFFIX)]
    return {
        f"{PARTS}/{name.removesuffix(_SUFFIX)}": _VARIABLE.sub(
            lambda found: environment.get(found[1] or found[2], found[0]), files.read(f"{TEMPLATES}/{name}")
        )
        for name in names
    }
