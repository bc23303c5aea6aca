"""What a haproxy needs to start: the certificates and files of its configuration, and servers whose names resolve.

    bind :443 ssl crt /etc/ssl/site.pem     the file, or the directory, is there
    server a app:8000                       app resolves
    server a app:8000 init-addr none        nothing; and so with `last,libc,none`, a `default-server` with one of them,
                                            or `resolvers`, with which the server is down until its name resolves

It looks at all files, and then at all names.  Not modelled: other errors of the configuration, `crt-base`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from vnetsim.docker.daemon.startneed import Need
from vnetsim.values import define
from vnetsim.wire.inet import parse_address

_SECTIONS: Final = ("backend", "defaults", "frontend", "global", "listen", "peers", "resolvers", "userlist", "cache")


@define
class _Section:
    """`init` is what `init-addr` of its default-server says, `name` the backend's."""

    kind: str = ""
    name: str = ""
    init: str = ""


def needs(text: str, path: str, expanded: Callable[[str], str]) -> Iterator[Need]:
    lines = [(number, expanded(line.replace('"', "")).partition("#")[0].split())
             for number, line in enumerate(text.splitlines(), 1)]  # fmt: skip
    lines = [(number, words) for number, words in lines if words]
    yield from _files(lines, path)
    yield from _servers(lines, path)


def _files(lines: list[tuple[int, list[str]]], path: str) -> Iterator[Need]:
    closing = f"[ALERT]    (1) : config : Error(s) found in configuration file : {path}\n"
    closing += "[ALERT]    (1) : config : Fatal errors found in configuration.\n"
    section = ""
    for number, words in lines:
        section = words[0] if words[0] in _SECTIONS else section
        where = f"[ALERT]    (1) : config : parsing [{path}:{number}] : "
        if words[0] == "bind":
            for file in (value for word, value in pairwise(words) if word == "crt" and value.startswith("/")):
                what = f"'bind {words[1]}' in section '{section}' : unable to stat SSL certificate from file '{file}'"
                text = f"{where}{what} : No such file or directory.\n"
                yield Need(file=file, text=text, group="files", closing=closing)
        elif words[0] == "errorfile" and len(words) > 2:
            text = f"{where}errorfile : error opening file '{words[2]}'.\n"
            yield Need(file=words[2], text=text, group="files", closing=closing)


def _servers(lines: list[tuple[int, list[str]]], path: str) -> Iterator[Need]:
    closing = "[ALERT]    (1) : config : Failed to initialize server(s) addr.\n"
    inherited, section = "", _Section()
    for number, words in lines:
        if words[0] in _SECTIONS:
            inherited = section.init if section.kind == "defaults" else inherited
            section = _Section(words[0], " ".join(words[1:2]), "" if words[0] == "defaults" else inherited)
        elif words[0] == "default-server":
            section.init = _init(words) or section.init
        elif words[0] in ("server", "server-template") and section.kind in ("backend", "listen"):
            template = words[0] == "server-template"
            for name, address in _named(words, template=template):
                if "none" in (_init(words) or section.init).split(","):
                    continue
                what = f"[{path}:{number}] : 'server {section.name}/{name}' : could not resolve address '{address}'."
                yield Need(host=address, text=f"[ALERT]    (1) : config : {what}\n", group="names", closing=closing)


def _named(words: list[str], *, template: bool) -> Iterator[tuple[str, str]]:
    """The servers whose address is a name."""
    place = 3 if template else 2
    address = (words[place] if len(words) > place else "").rpartition("@")[2]
    host = address.rpartition(":")[0] if ":" in address else address
    if not host or "$" in host or host.startswith(("/", "unix")) or _is_address(host):
        return
    count = words[2].rpartition("-")[2] if template else "1"
    for index in range(1, 1 + (int(count) if count.isdecimal() else 1)):
        yield (f"{words[1]}{index}" if template else words[1]), host


def _is_address(host: str) -> bool:
    try:
        parse_address(host.strip("[]"))
    except ValueError:
        return host in ("*", "localhost")
    return True


def _init(words: list[str]) -> str:
    """What init-addr says; servers with resolvers wait for their name."""
    if "init-addr" in words[:-1]:
        return words[words.index("init-addr") + 1]
    return "none" if "resolvers" in words else ""
