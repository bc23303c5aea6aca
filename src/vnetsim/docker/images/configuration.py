"""The configuration of an image, whose digest is its id (image/image.go of moby 28.5, OCI image specification).

`written` makes the JSON of an image, `read` an image of JSON.  The member `vnetsim` has what an image does here and a
real one does not say; what an image without it does is not known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import parse_timestamp, timestamp
from vnetsim.docker.images import VERSION, Image, ImageKind
from vnetsim.docker.images.layers import HistoryEntry, ImageLayer, ImageOrigin, digest
from vnetsim.errors import EngineError

#: What of an image is in Config, or has a member of its own.
_CONFIGURED: Final = (
    *("command", "exposed", "environment", "entrypoint", "health_check", "user", "directory", "volumes", "labels"),
    *("stop_signal", "shell", "triggers", "kind", "programs", "origin"),
)
#: What an image does here.
_BEHAVIOUR: Final = tuple(field.name for field in attrs.fields(Image) if field.name not in _CONFIGURED)


def config_of(image: Image) -> Json:
    """Config of `docker image inspect`."""
    config: Json = {
        "Cmd": list(image.command) or None,
        "Entrypoint": list(image.entrypoint) or None,
        "Env": list(image.environment) or None,
    }
    if image.health_check is not None:
        config["Healthcheck"] = image.health_check
    if image.exposed:
        config["ExposedPorts"] = {port: {} for port in image.exposed}
    labels = dict(sorted(image.labels.items())) if image.labels else None
    config |= {"Labels": labels, "OnBuild": list(image.triggers) or None}
    if image.shell:
        config["Shell"] = list(image.shell)
    if image.stop_signal:
        config["StopSignal"] = image.stop_signal
    volumes: Json = {path: {} for path in image.volumes}
    return {**config, "User": image.user, "Volumes": volumes or None, "WorkingDir": image.directory}


def with_config(image: Image, config: Json) -> Image:
    """The image with another Config."""

    def words(key: str) -> tuple[str, ...]:
        return tuple(config.get(key) or ())

    return attrs.evolve(
        image, command=words("Cmd"), entrypoint=words("Entrypoint"), environment=words("Env"),
        exposed=tuple(sorted(config.get("ExposedPorts") or ())), volumes=tuple(sorted(config.get("Volumes") or ())),
        health_check=config.get("Healthcheck"), labels=config.get("Labels") or None, triggers=words("OnBuild"),
        user=config.get("User") or "", directory=config.get("WorkingDir") or "", shell=words("Shell"),
        stop_signal=config.get("StopSignal") or "",
    )  # fmt: skip


def made(
    image: Image, *, created: int, layers: Sequence[ImageLayer], history: Sequence[HistoryEntry], parent: str = "",
    comment: str = "", author: str = "",
) -> Image:  # fmt: skip
    """The image with its origin, and so with its id."""
    origin = ImageOrigin("", created, tuple(layers), tuple(history), parent, comment, author)
    unnamed = attrs.evolve(image, origin=origin)
    data = written(unnamed)
    return attrs.evolve(image, origin=attrs.evolve(origin, id=digest(data), configuration=data))


def written(image: Image) -> bytes:
    """The configuration of an image that has an origin: of one that was made here it is the one it was made with."""
    origin = image.origin
    assert origin is not None
    if origin.configuration:
        return origin.configuration
    behaviour: Json = {key: _plain(getattr(image, key)) for key in _BEHAVIOUR}
    if not image.version:
        del behaviour["version"]
    behaviour |= {"kind": image.kind.value, "programs": sorted(image.programs)}
    behaviour["sizes"] = [layer.given_size for layer in origin.layers]
    found: Json = {"architecture": "amd64"}
    if origin.author:
        found["author"] = origin.author
    found["config"] = config_of(image)
    if origin.comment:
        found["comment"] = origin.comment
    found |= {
        "created": timestamp(origin.created), "docker_version": VERSION,
        "history": [_entry(each) for each in origin.history], "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in origin.layers]}, "vnetsim": behaviour,
    }  # fmt: skip
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _entry(entry: HistoryEntry) -> Json:
    found: Json = {
        "created": timestamp(entry.created), "created_by": entry.created_by, "author": entry.author,
        "comment": entry.comment, "empty_layer": entry.empty,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def read(data: bytes, layers: Sequence[ImageLayer], parent: str = "") -> Image:
    """EngineError 400 for what is no configuration."""
    try:
        found = json.loads(data)
        own: Mapping[str, Any] = found.get("vnetsim") or {}
        history = tuple(_read_entry(each) for each in found.get("history") or ())
        created = parse_timestamp(str(found.get("created") or "0001-01-01T00:00:00Z"))
        image = _behaving(with_config(Image("", ()), found.get("config") or {}), own, layers)
        sizes = own.get("sizes") or [None] * len(layers)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise EngineError(400, f"invalid image configuration: {error}") from None
    sized = tuple(attrs.evolve(layer, given_size=size) for layer, size in zip(layers, sizes, strict=True))
    comment = str(found.get("comment") or (history[-1].comment if history else ""))
    author = str(found.get("author") or "")
    origin = ImageOrigin(digest(data), created, sized, history, parent, comment, author, data)
    return attrs.evolve(image, origin=origin)


def _behaving(image: Image, own: Mapping[str, Any], layers: Sequence[ImageLayer]) -> Image:
    """What an image does, from the member `vnetsim`; without that it has the programs that are in its layers."""
    if not own:
        contained = frozenset(name for layer in layers for name in layer.programs)
        return attrs.evolve(image, kind=ImageKind.UNKNOWN, base="", programs=contained)
    known = {"version": "", **own}
    changes: dict[str, Any] = {
        key: tuple(value) if isinstance(value := known[key], list) else value for key in _BEHAVIOUR
    }
    return attrs.evolve(image, **changes, kind=ImageKind(own["kind"]), programs=frozenset(own["programs"]))


def _read_entry(entry: Mapping[str, Any]) -> HistoryEntry:
    return HistoryEntry(
        parse_timestamp(str(entry.get("created") or "0001-01-01T00:00:00Z")), str(entry.get("created_by") or ""),
        str(entry.get("comment") or ""), str(entry.get("author") or ""), bool(entry.get("empty_layer")),
    )  # fmt: skip
