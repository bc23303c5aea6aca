"""The layers and the history of images that were not made here: made up, but for those of the recorded machine.

RECORDED   one layer that was imported, and a step for EXPOSE and for CMD, each of which is an image without a name
others     one layer, and what their Dockerfiles declare; of the rest nothing is known
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import attrs

from vnetsim.docker import images
from vnetsim.docker.images import Image, ImageKind
from vnetsim.docker.images.configuration import made
from vnetsim.docker.images.layers import HistoryEntry, ImageLayer, ImageOrigin, digest

#: Bytes of the recorded image.
SIZE: Final = 125_572_423
_IMPORTED: Final = "Imported from -"
_UNKNOWN: Final = "what the steps of this image were is not known"
_BUILDKIT: Final = "buildkit.dockerfile.v0"


@lru_cache(64)
def base_layer(contained: frozenset[str], busybox: str, entry: str = "") -> ImageLayer:
    """What is in an image of these programs, or of this entry of the catalogue."""
    directories = {path for each in images.directories_of(entry) for path in _with_parents(each)}
    return ImageLayer(images.files_of(busybox, entry), tuple(sorted(directories)), (), contained, given_size=SIZE)


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")[1:]
    return ["/" + "/".join(parts[: index + 1]) for index in range(len(parts))]


def with_origin(image: Image, created: int) -> Image:
    """The image with how it was made; `created` in nanoseconds since 1970 if it was not made here."""
    if image.origin is not None:
        return image
    if image.kind is ImageKind.RECORDED and image.base in ("", *images.CATALOGUE):
        origin = _recorded(image, created)
    else:
        origin = ImageOrigin(
            image.id, created, (base_layer(image.programs, image.busybox, image.entry),), _declared(image, created)
        )
    return attrs.evolve(image, origin=origin)


def with_files(image: Image, base: Image, files: Mapping[str, str], created: int = 0) -> Image:
    """The image of a Dockerfile of which these files are known, besides those of its base."""
    below = with_origin(base, created).origin
    assert below is not None
    directories = dict.fromkeys(
        each for path in files for each in _with_parents(posixpath.dirname(path)) if each != "/"
    )
    texts = {path: text for path, text in files.items() if path not in directories}
    layer = ImageLayer(texts, tuple(directories))
    return made(
        image, created=created, layers=(*below.layers, layer), history=(HistoryEntry(created, comment=_UNKNOWN),)
    )


def intermediates(image: Image, created: int) -> list[Image]:
    """The images without a name on which a recorded one was built."""
    parent = exposing(image)
    return [] if parent is None else [with_origin_of_step(image, parent, created)]


def exposing(image: Image) -> Image | None:
    """The image that EXPOSE made, before CMD."""
    if image.kind is not ImageKind.RECORDED or not image.exposed or image.base not in images.CATALOGUE or image.origin:
        return None
    base = images.CATALOGUE[image.base]
    return attrs.evolve(base, name="", exposed=image.exposed)


def with_origin_of_step(image: Image, step: Image, created: int) -> Image:
    history = (HistoryEntry(created, comment=_IMPORTED), _step(created, _ports(image)))
    origin = ImageOrigin(
        _step_id(image), created, (base_layer(image.programs, image.busybox),), history, images.CATALOGUE[image.base].id
    )
    return attrs.evolve(step, origin=origin)


def _step_id(image: Image) -> str:
    return digest(f"EXPOSE {image.id}".encode())


def _recorded(image: Image, created: int) -> ImageOrigin:
    history = [HistoryEntry(created, comment=_IMPORTED)]
    layers = (base_layer(image.programs, image.busybox),)
    if not image.base:
        return ImageOrigin(image.id, created, layers, tuple(history), comment=_IMPORTED)
    parent = images.CATALOGUE[image.base].id
    if image.exposed:
        history.append(_step(created, _ports(image)))
        parent = _step_id(image)
    history.append(_step(created, f"CMD {_quoted(image.command)}"))
    return ImageOrigin(image.id, created, layers, tuple(history), parent)


def _step(created: int, what: str) -> HistoryEntry:
    return HistoryEntry(created, f"/bin/sh -c #(nop)  {what}", empty=True)


def _ports(image: Image) -> str:
    return f"EXPOSE {' '.join(port.removesuffix('/tcp') for port in image.exposed)}"


def _quoted(words: tuple[str, ...]) -> str:
    return "[" + " ".join(f'"{word}"' for word in words) + "]"


def _declared(image: Image, created: int) -> tuple[HistoryEntry, ...]:
    steps = []
    if image.exposed:
        steps.append(f"EXPOSE map[{' '.join(f'{port}:{{}}' for port in image.exposed)}]")
    if image.entrypoint:
        steps.append(f"ENTRYPOINT {_quoted(image.entrypoint)}")
    if image.command and image.kind is not ImageKind.UNKNOWN:
        steps.append(f"CMD {_quoted(image.command)}")
    declared = (HistoryEntry(created, step, _BUILDKIT, empty=True) for step in steps)
    return (HistoryEntry(created, comment=_UNKNOWN), *declared)
