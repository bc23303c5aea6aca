"""Images: name, exposed ports, environment, entrypoint and command.

RECORDED   the images of the recorded machine: layers on one base, with one file system and the same programs
BASES      the public alpine, busybox, debian and ubuntu, which end without a terminal and have their own programs
others     images of `catalogue.json`, and unknown images: `resolve` returns one for any reference

A tag or a digest does not change what an image does, but for the variants of the catalogue.  `layers` has what images
consist of.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.docker.images import base_programs, catalogue, programs, webservers
from vnetsim.docker.images.reference import Reference, familiar_name, parse
from vnetsim.docker.images.requirements import version_of
from vnetsim.errors import EngineError
from vnetsim.packagedata import data_text
from vnetsim.values import evolved, frozen

if TYPE_CHECKING:
    from vnetsim.docker.images.layers import ImageOrigin

#: The version of the modelled engine.
VERSION: Final = "28.5.2+dfsg4"

PATH: Final = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: The files of each container, besides those that the engine writes; its users are those of the recorded image.
FILES: Final = {
    "/etc/passwd": data_text("vnetsim.docker.images", "passwd"),
    "/etc/group": data_text("vnetsim.docker.images", "group"),
    "/etc/nsswitch.conf": "hosts:          files dns\n",
    "/www/index.html": "it works\n",
}


@lru_cache(1)
def _alpine_files() -> Mapping[str, str]:
    """The users of alpine-minirootfs 3.20.3."""
    own = {f"/etc/{name}": data_text("vnetsim.docker.images", f"{name}.alpine") for name in ("passwd", "group")}
    return FILES | own


def files_of(busybox: str, entry: str) -> Mapping[str, str]:
    """`FILES` with the users of images whose applets are of this version, and the page of a web server."""
    found = _alpine_files() if busybox == programs.BUSYBOXES["alpine"] else FILES
    known = catalogue.entries()[entry] if entry else None
    if known is None or not known.documents:
        return found
    return {**found, f"{known.documents}/index.html": webservers.WEB_SERVERS[known.configuration].page}


def directories_of(entry: str) -> tuple[str, ...]:
    """Those that people copy to, of an image of the catalogue."""
    return catalogue.entries()[entry].directories if entry else ()


#: The programs of the recorded images.
PROGRAMS: Final = programs.ALL


class ImageKind(enum.Enum):
    """What the main process of an image does."""

    RECORDED = "recorded"
    SERVER = "server"
    SHELL = "shell"
    APPLICATION = "application"
    TOOL = "tool"
    UNKNOWN = "unknown"


@frozen
class Image:
    """`base` is the image it was built on: all but one of the recorded ones are built on `nettools`.

    `command` is CMD, `listens` the ports of the server that replaces the main process, `subcommands` arguments that
    the entrypoint passes to it, `entry` its name in the catalogue, `version` what its tag says ("" for the latest),
    `tag` the tag of a public one ("" for `latest`): images of different tags are different ones.
    What a `declared` one listens on is known from the user.  `busybox` is the version of the busybox whose applets its
    programs are.  `origin` is None for what is not made here.
    """

    name: str
    command: tuple[str, ...]
    exposed: tuple[str, ...] = ()
    environment: tuple[str, ...] = (PATH,)
    base: str = "nettools"
    entrypoint: tuple[str, ...] = ()
    kind: ImageKind = ImageKind.RECORDED
    listens: tuple[str, ...] = ()
    subcommands: tuple[str, ...] = ()
    entry: str = ""
    version: str = ""
    tag: str = ""
    programs: frozenset[str] = PROGRAMS
    declared: bool = False
    busybox: str = ""
    health_check: Json | None = attrs.field(default=None, eq=False)
    user: str = ""
    directory: str = ""
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = attrs.field(default=None, eq=False)
    stop_signal: str = ""
    shell: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    origin: ImageOrigin | None = attrs.field(default=None, eq=False)

    @property
    def id(self) -> str:
        """A hash of the contents: images that do the same are one image with several names."""
        if self.origin is not None:
            return self.origin.id
        contents = (self.base, *self.command, *self.exposed, *self.environment)
        if self.kind is not ImageKind.RECORDED:
            contents = (self.name, *([self.tag] if self.tag else ()), *self.entrypoint, *contents)
        return "sha256:" + _digest(*contents)

    @property
    def reference(self) -> str:
        return f"{self.name}:latest"

    @property
    def names(self) -> list[str]:
        """`httpd:latest`, `nginx:latest`: those of all recorded images that are the same."""
        return sorted(other.reference for other in CATALOGUE.values() if other.id == self.id)


@lru_cache(1024)
def _digest(*contents: str) -> str:
    return hashlib.sha256("\n".join(contents).encode()).hexdigest()


_SLEEP: Final = ("sleep", "1000000")


def _web(port: int) -> tuple[str, ...]:
    return ("busybox", "httpd", "-f", "-p", str(port), "-h", "/www")


def _listener(port: int) -> tuple[str, ...]:
    return ("nc", "-lk", str(port))


CATALOGUE: Final = {
    image.name: image
    for image in (
        Image("nettools", _SLEEP, base=""),
        Image("alpine", _SLEEP),
        Image("busybox", _SLEEP),
        Image("debian", _SLEEP),
        Image("ubuntu", _SLEEP),
        Image("tomcat", _web(8080), ("8080/tcp",)),
        Image("nginx", _web(80), ("80/tcp",)),
        Image("httpd", _web(80), ("80/tcp",)),
        Image("redis", _listener(6379), ("6379/tcp",)),
        Image("postgres", _listener(5432), ("5432/tcp",)),
        Image("mysql", _listener(3306), ("3306/tcp", "33060/tcp")),
    )
}


def _shell(name: str, command: str, contained: frozenset[str]) -> Image:
    busybox = programs.BUSYBOXES.get(name, "")
    return Image(
        name, (command,), base="", kind=ImageKind.SHELL, programs=contained | {programs.NO_OTHERS}, busybox=busybox
    )


#: The public images of which the recorded machine has only the name: their command is a shell.
BASES: Final = {
    image.name: image
    for image in (
        _shell("alpine", "/bin/sh", base_programs.ALPINE),
        _shell("busybox", "sh", base_programs.BUSYBOX),
        _shell("debian", "bash", base_programs.DEBIAN),
        _shell("ubuntu", "/bin/bash", base_programs.UBUNTU),
    )
}


#: CMD of an unknown image.
_UNKNOWN_COMMAND: Final = ("<unknown>",)


@lru_cache(maxsize=256)
def resolve(reference: Reference) -> Image:
    """What a registry would have under this name; of what it does, a tag counts for which variant it names."""
    name, tag = reference.familiar_name, "" if reference.tag == "latest" else reference.tag
    if name in BASES:
        return evolved(BASES[name], tag=tag)
    entry = catalogue.entry_of(name, reference.tag)
    if entry is None and name in CATALOGUE:
        return CATALOGUE[name]
    if entry is None:
        return Image(name, _UNKNOWN_COMMAND, kind=ImageKind.UNKNOWN, base="", programs=programs.UNKNOWN, tag=tag)
    return Image(
        name, entry.command, entry.exposed, (PATH, *entry.environment),
        entrypoint=entry.entrypoint, kind=ImageKind(entry.kind),
        listens=entry.listens, programs=programs.of_base(entry.base) | entry.programs, base=entry.base,
        subcommands=entry.subcommands, health_check=entry.health_check, busybox=programs.BUSYBOXES.get(entry.base, ""),
        volumes=entry.volumes, directory=entry.directory, stop_signal=entry.stop_signal, entry=entry.name,
        version=version_of(reference.tag), tag=tag,
    )  # fmt: skip


def of_name(text: str) -> Image:
    """The image of a container, by the name in the container's request."""
    reference = parse(text)
    return find(text) if reference is None else resolve(reference)


def find(reference: str) -> Image:
    """`nginx`, `nginx:latest` or an id of a recorded image; EngineError 404 for any other."""
    if not reference:
        raise EngineError(400, "invalid reference format")
    name, tag = split_tag(reference)
    if name in CATALOGUE and tag in ("", "latest"):
        return CATALOGUE[name]
    for image in CATALOGUE.values():
        if is_id_of(image, reference):
            return image
    raise EngineError(404, f"No such image: {name}:{tag or 'latest'}")


def split_tag(reference: str) -> tuple[str, str]:
    """The familiar name and the tag."""
    path, slash, last = reference.rpartition("/")
    base, _, tag = last.partition(":")
    return familiar_name(f"{path}{slash}{base}"), tag


def is_id_of(image: Image, text: str) -> bool:
    """Whether it is the beginning of the image's id."""
    return len(text) >= 4 and image.id.removeprefix("sha256:").startswith(text.removeprefix("sha256:"))


def every_image() -> list[Image]:
    """One of each."""
    return list({image.id: image for image in CATALOGUE.values()}.values())
