"""Where an nginx listens, by its configuration: the `listen` directives of its servers (ngx_http_core_module).

    server { listen 8080; listen 127.0.0.1:81; }    all addresses tcp/8080, 127.0.0.1 tcp/81
    server { root /www; }                           tcp/80

Files that `include` names are read; templates become files of conf.d as the image's 20-envsubst-on-templates.sh makes
them.  `nginxneeds` has what it needs to start.  Not modelled: whether the rest of the configuration is valid.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from vnetsim.process.files import Files
from vnetsim.values import frozen

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


@frozen
class Directive:
    """`inside` are the directives of its block, None for one that ends with `;`; `line` is where that `;` is."""

    name: str
    parameters: tuple[str, ...]
    file: str
    line: int
    inside: tuple[Directive, ...] | None = None


@frozen
class _Reader:
    """Reads files with what they include: an `include` stays, before the directives of its files."""

    files: Files
    own: Mapping[str, str]

    def read(self, path: str) -> str:
        return self.own[path] if path in self.own else self.files.read(path)

    def names(self, pattern: str) -> list[str]:
        """The files that `include` names."""
        folder, name = posixpath.split(full_name(pattern))
        there = self.files.list(folder) if self.files.is_directory(folder) else ()
        beside = [posixpath.basename(each) for each in self.own if posixpath.dirname(each) == folder]
        found = fnmatch.filter(dict.fromkeys([*there, *beside]), name)
        return sorted(f"{folder}/{each}" for each in found if not self.files.is_directory(f"{folder}/{each}"))

    def parsed(self, text: str, file: str, depth: int = 0) -> tuple[Directive, ...]:
        return tuple(self._block(_directives(text), file, depth))

    def _block(self, directives: Iterator[tuple[list[str], str, int]], file: str, depth: int) -> Iterator[Directive]:
        for words, end, line in directives:
            name, parameters = (words or [""])[0], tuple(words[1:])
            if end == "{":
                yield Directive(name, parameters, file, line, tuple(self._block(directives, file, depth)))
            elif end == "}":
                break
            else:
                yield Directive(name, parameters, file, line)
                if name == "include" and len(parameters) == 1 and depth < _DEEPEST:
                    yield from self._included(parameters[0], depth)

    def _included(self, pattern: str, depth: int) -> Iterator[Directive]:
        for path in self.names(pattern):
            yield from self.parsed(self.read(path), path, depth + 1)


def full_name(path: str) -> str:
    """ngx_conf_full_name: relative to the directory of nginx.conf."""
    return posixpath.join(posixpath.dirname(MAIN), path)


def _directives(text: str) -> Iterator[tuple[list[str], str, int]]:
    """The name and the parameters of each directive, what ends it (`;`, `{` or `}`), and the line of that."""
    directive: list[str] = []
    line, position = 1, 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token.startswith("#"):
            continue
        if token in ("{", "}", ";"):
            line, position = line + text.count("\n", position, found.start()), found.start()
            yield directive, token, line
            directive = []
        else:
            directive.append(token.strip("\"'"))


def walked(directives: Iterable[Directive]) -> Iterator[Directive]:
    """All, those in blocks too, in the order of the text."""
    for each in directives:
        yield each
        yield from walked(each.inside or ())


def listens(files: Files, environment: Mapping[str, str], *, hides_default: bool = False) -> list[str] | None:
    """The parameters of `listen` (`8080 ssl`) of each server, 80 for one without.

    None where nothing of the configuration differs from the image's.
    """
    found = parsed(files, environment, hides_default=hides_default)
    return None if found is None else _listens_of(found)


def _listens_of(directives: Iterable[Directive]) -> list[str]:
    servers = [each.inside for each in walked(directives) if each.name == "server" and each.inside is not None]
    return [text for inside in servers for text in (_stated(inside) or ["80"])]


def _stated(inside: Iterable[Directive]) -> list[str]:
    return [" ".join(each.parameters) for each in inside if each.name == "listen" and each.inside is None]


def parsed(
    files: Files, environment: Mapping[str, str], *, hides_default: bool = False
) -> tuple[Directive, ...] | None:
    """The whole configuration; None where nothing of it differs from the image's.

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
    return _Reader(files, own).parsed(main or _OF_IMAGE, MAIN)


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
