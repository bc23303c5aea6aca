"""Uniform resource locators as curl and wget parse their arguments (RFC 3986).

Not modelled: percent-encoding what must not be in one, internationalised names, links of link-local addresses.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.values import frozen

_PORTS: Final = {"http": 80, "https": 443, "ftp": 21, "telnet": 23, "ftps": 990, "ws": 80, "wss": 443}


class BadUrl(ValueError):
    """There is no host in it, or the port is none."""


@frozen
class Url:
    """`target` is path and query as they go into a request; `host` without the brackets of an IPv6 address."""

    scheme: str
    host: str
    port: int
    target: str
    user: str | None = None

    @classmethod
    def parse(cls, text: str, default: str = "http") -> Url:
        found = re.fullmatch(r"(?:([A-Za-z][\w+.-]*)://)?(?:([^/?#@]*)@)?([^/?#]*)([^#]*)(?:#.*)?", text, re.DOTALL)
        if found is None:
            raise BadUrl(text)
        scheme, user, authority, target = (found[1] or default).lower(), found[2], found[3], found[4]
        if re.match(r"\[[0-9A-Fa-f:.]+%", authority):
            raise NotModelled(f"{authority} in a URL")
        netloc = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(\d*))?", authority)
        if netloc is None or (not netloc[1] and scheme != "file"):
            raise BadUrl(text)
        port = int(netloc[2]) if netloc[2] else _PORTS.get(scheme, 0)
        if port > 65_535:
            raise BadUrl(text)
        if not target.startswith("/"):
            target = "/" + target
        return cls(scheme, netloc[1].strip("[]"), port, target, user)

    @property
    def bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """As in the Host field: the port only where it is not the usual one."""
        usual = _PORTS.get(self.scheme) == self.port
        return self.bracketed if usual else f"{self.bracketed}:{self.port}"

    def without_dots(self) -> Url:
        """RFC 3986, 5.2.4, as curl does it unless --path-as-is."""
        path, question, query = self.target.partition("?")
        clean = posixpath.normpath(path) if re.search(r"/\.\.?(/|$)", path) else path
        if path.endswith(("/", "/.", "/..")) and not clean.endswith("/"):
            clean += "/"
        return attrs.evolve(self, target=clean + question + query)

    def join(self, reference: str) -> Url:
        """Where a Location leads."""
        if re.match(r"[A-Za-z][\w+.-]*://", reference):
            return Url.parse(reference)
        if reference.startswith("//"):
            return Url.parse(f"{self.scheme}:{reference}")
        if not reference.startswith("/"):
            reference = self.target.partition("?")[0].rpartition("/")[0] + "/" + reference
        return attrs.evolve(self, target=reference.partition("#")[0])

    def __str__(self) -> str:
        user = "" if self.user is None else f"{self.user}@"
        return f"{self.scheme}://{user}{self.authority}{self.target}"
