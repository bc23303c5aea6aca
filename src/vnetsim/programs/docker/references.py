"""Names of images (github.com/distribution/reference): what is one, and its familiar and full forms."""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.programs.docker.flags import BadOption

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST: Final = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN: Final = rf"(?:{_HOST}(?:\.{_HOST})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_TAG: Final = r"\w[\w.-]{0,127}"
_DIGEST: Final = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE: Final = re.compile(
    rf"(?P<domain>{_DOMAIN})/(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?",
    re.ASCII,
)
_IDENTIFIER: Final = re.compile(r"[a-f0-9]{64}")
_HUB: Final = "docker.io"


@attrs.frozen
class Reference:
    """`familiar` is the name without what everybody leaves out; a tag of "" was not given."""

    domain: str
    path: str
    tag: str
    digest: str

    @property
    def familiar(self) -> str:
        """`alpine:latest`: always with a tag or a digest."""
        name = self.path.removeprefix("library/") if self.domain == _HUB else f"{self.domain}/{self.path}"
        return name + self._suffix

    @property
    def full(self) -> str:
        """`docker.io/library/alpine:latest`."""
        return f"{self.domain}/{self.path}{self._suffix}"

    @property
    def _suffix(self) -> str:
        return f"@{self.digest}" if self.digest else f":{self.tag or 'latest'}"


def parse(text: str) -> Reference | None:
    """A name, None for an image's id, BadOption for neither."""
    if _IDENTIFIER.fullmatch(text):
        return None
    first, slash, rest = text.partition("/")
    if not slash or not (set(".:") & set(first) or first == "localhost" or first != first.lower()):
        first, rest = _HUB, text
    if first in (_HUB, "registry.invalid"):
        first = _HUB
        rest = rest if "/" in rest else f"library/{rest}"
    name = rest.partition(":")[0]
    if name != name.lower():
        raise BadOption(f"invalid reference format: repository name ({name}) must be lowercase")
    match = _REFERENCE.fullmatch(f"{first}/{rest}")
    if match is None:
        raise BadOption("invalid reference format")
    return Reference(match["domain"], match["path"], match["tag"] or "", match["digest"] or "")
