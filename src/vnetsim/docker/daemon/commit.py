"""`docker commit`, and the images that a builder makes of its containers (daemon/commit.go of moby 28.5)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.docker.api.types import EngineOperation, Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.changes import of_container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.images import Image, ImageKind
from vnetsim.docker.images.configuration import config_of, made, with_config
from vnetsim.docker.images.dockerfile import instructions
from vnetsim.docker.images.instructions import BuildStage
from vnetsim.docker.images.layers import EMPTY, HistoryEntry, ImageLayer
from vnetsim.docker.images.programs import NO_OTHERS, UNKNOWN_PROGRAM
from vnetsim.docker.images.reference import Reference
from vnetsim.errors import EngineError

COMMIT: Final = 50 * MILLISECOND
#: What `--change` may be.
_CHANGES: Final = (
    *("CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME"),
    "WORKDIR",
)


def child_of(daemon: Daemon, image: Image, config: Image, layer: ImageLayer, entry: HistoryEntry) -> Image:
    """NewChildImage: an image of `config` on `image`, with a layer and a step; it is added to the store."""
    origin = daemon.images.origin(image)
    layer = attrs.evolve(layer, time=layer.time or entry.created // 10**9)
    is_empty = layer.digest == EMPTY
    layers = origin.layers if is_empty else (*origin.layers, layer)
    lost = {posixpath.basename(path) for path in layer.removed if _is_program(path)}
    programs = (config.programs | layer.programs) - lost
    if UNKNOWN_PROGRAM in programs:
        programs -= {NO_OTHERS}
    child = made(
        attrs.evolve(config, programs=programs),
        created=entry.created, layers=layers, history=(*origin.history, attrs.evolve(entry, empty=is_empty)),
        parent=image.id, comment=entry.comment, author=entry.author,
    )  # fmt: skip
    daemon.images.add(child)
    return child


def _is_program(path: str) -> bool:
    return posixpath.dirname(path) in ("/usr/bin", "/usr/sbin")


def commit(
    daemon: Daemon, container: Container, reference: Reference | None, *, config: Json | None, changes: Sequence[str],
    comment: str, author: str,
) -> EngineOperation[Image]:  # fmt: skip
    """EngineError 400 for a change that is none; `config` are parts of Config that replace the container's."""
    base = container.image
    wanted = with_config(base, _merged(config or {}, container, base))
    wanted = changed(wanted, changes)
    if list(wanted.command) != list(base.command) or wanted.entrypoint != base.entrypoint:
        wanted = attrs.evolve(wanted, kind=ImageKind.UNKNOWN, listens=(), entry="")
    yield daemon.host.sleep(COMMIT)
    entry = HistoryEntry(daemon.now(), " ".join(container.config["Cmd"] or ()), comment, author)
    # What is committed twice is the same layer: the files are as old as the run that wrote them.
    layer = attrs.evolve(
        of_container(daemon, container), time=(container.state.started_at or container.created) // 10**9
    )
    image = child_of(daemon, base, attrs.evolve(wanted, name=_name(reference)), layer, entry)
    daemon.events.image(image, "create")
    if reference is not None:
        daemon.images.tag(image, reference, daemon.now())
        daemon.events.image(image, "tag", reference.familiar)
    shown = reference.familiar if reference is not None else ""
    daemon.events.container(container, "commit", comment=comment, imageID=image.id, imageRef=shown)
    return image


def _name(reference: Reference | None) -> str:
    return "" if reference is None else reference.familiar_name


def changed(image: Image, changes: Sequence[str]) -> Image:
    """dockerfile.BuildFromConfig: `ENV A=b`; EngineError 400."""
    stage = BuildStage.on(image)
    for one in instructions("\n".join(changes)) if any(map(str.strip, changes)) else ():
        if one.name not in _CHANGES:
            raise EngineError(400, f"{one.name} is not a valid change command")
        stage.apply(one, {}, {})
    return stage.image


def _merged(given: Mapping[str, Any], container: Container, image: Image) -> Json:
    """merge: what `given` says, the container's for the rest."""
    own = {**config_of(image), **{key: container.config.get(key) for key in config_of(image)}}
    for key in ("Healthcheck", "Shell", "StopSignal", "ExposedPorts"):
        own[key] = container.config[key]
    own["OnBuild"] = None
    merged: Json = {**own, **{key: value for key, value in given.items() if value and key in own}}
    names = {variable.partition("=")[0] for variable in given.get("Env") or ()}
    rest = [one for one in container.config["Env"] or () if one.partition("=")[0] not in names]
    merged["Env"] = [*(given.get("Env") or ()), *rest]
    for key in ("Labels", "ExposedPorts", "Volumes"):
        merged[key] = {**(own[key] or {}), **(given.get(key) or {})} or None
    return merged
