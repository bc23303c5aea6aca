"""References of images (github.com/distribution/reference): the grammar, familiar and full forms."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.values import frozen

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
#: Digits of a digest, by algorithm.
_DIGITS: Final = {"sha256": 64, "sha384": 96, "sha512": 128}


class InvalidReference(ValueError):
    """A text that is no reference; `str` is the library's message."""


@frozen
class Reference:
    """An empty `tag` was not given."""

    domain: str
    path: str
    tag: str
    digest: str

    @property
    def familiar(self) -> str:
        """`alpine:latest`: always with a tag or a digest."""
        return self.familiar_name + self._suffix

    @property
    def familiar_name(self) -> str:
        """Without tag and digest."""
        return self.path.removeprefix("library/") if self.domain == _HUB else f"{self.domain}/{self.path}"

    @property
    def full(self) -> str:
        """`docker.io/library/alpine:latest`."""
        return f"{self.domain}/{self.path}{self._suffix}"

    @property
    def _suffix(self) -> str:
        return f"@{self.digest}" if self.digest else f":{self.tag or 'latest'}"


def parse(text: str) -> Reference | None:
    """A name, None for an image's id; InvalidReference."""
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
        raise InvalidReference(f"invalid reference format: repository name ({name}) must be lowercase")
    match = _REFERENCE.fullmatch(f"{first}/{rest}")
    if match is None:
        raise InvalidReference("invalid reference format")
    if match["digest"]:
        _check_digest(match["digest"])
    return Reference(match["domain"], match["path"], match["tag"] or "", match["digest"] or "")


def _check_digest(digest: str) -> None:
    """digest.Validate of opencontainers/go-digest."""
    algorithm, _, digits = digest.partition(":")
    if algorithm not in _DIGITS:
        raise InvalidReference("unsupported digest algorithm")
    if len(digits) != _DIGITS[algorithm]:
        raise InvalidReference("invalid checksum digest length")
    if digits != digits.lower():
        raise InvalidReference("invalid checksum digest format")


def familiar_name(name: str) -> str:
    """reference.FamiliarName of a name without a tag."""
    return name.removeprefix("docker.io/").removeprefix("library/")
