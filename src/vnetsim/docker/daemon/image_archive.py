"""`docker save`, `load` and `import` (image/tarexport, daemon/images/image_import.go of moby 28.5).

What an image does here is in its configuration (`images.configuration`), so that an archive is loaded as it was saved.
Of an image that another engine saved, its programs are known by the files in /bin, and what it runs is not known.
Not modelled: the formats of Docker before 1.10, the size of programs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.docker.api.build import Report
from vnetsim.docker.api.types import EngineOperation, Json
from vnetsim.docker.daemon.commit import changed
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.gotypes import timestamp
from vnetsim.docker.images import Image, ImageKind, is_id_of
from vnetsim.docker.images.archives import read_layer, read_members
from vnetsim.docker.images.configuration import made, read, written
from vnetsim.docker.images.layers import HistoryEntry, archive, chain_ids, digest, file_text
from vnetsim.docker.images.origins import with_origin
from vnetsim.docker.images.reference import Reference, parse
from vnetsim.errors import EngineError
from vnetsim.values import frozen

SAVE: Final = 200 * MILLISECOND
_TYPES: Final = "application/vnd.oci.image."
_BLOBS: Final = "blobs/sha256"


@frozen(eq=False)
class _Saved:
    image: Image
    names: list[str]


def save(daemon: Daemon, terms: Sequence[str]) -> EngineOperation[bytes]:
    """EngineError 404 for an unknown image."""
    chosen: dict[str, _Saved] = {}
    for term in terms:
        image = _find(daemon, term)
        known = chosen.setdefault(image.id, _Saved(with_origin(image, daemon.images.started), []))
        known.names.extend(name for name in _names(term, image) if name not in known.names)
    yield daemon.host.sleep(SAVE)
    for saved in chosen.values():
        daemon.events.image(saved.image, "save")
    return _Archive(daemon, list(chosen.values())).data()


def _find(daemon: Daemon, term: str) -> Image:
    try:
        return daemon.images.find(term)
    except EngineError as error:
        raise EngineError(error.status, f"No such image: {term}" if error.status == 404 else error.message) from None


def _names(term: str, image: Image) -> list[str]:
    """The tag that is asked for, or all of a repository."""
    if is_id_of(image, term):
        return []
    reference = parse(term)
    assert reference is not None
    return [] if reference.digest else [reference.familiar]


class _Archive:
    """The files of an archive of images."""

    def __init__(self, daemon: Daemon, saved: Sequence[_Saved]) -> None:
        self._daemon, self._saved = daemon, saved
        self._entries: dict[str, bytes | None] = {"blobs": None, _BLOBS: None}

    def data(self) -> bytes:
        manifest = [self._image(saved) for saved in self._saved]
        index = [one for saved in self._saved for one in self._manifests(saved)]
        self._entries |= {
            "manifest.json": _json(manifest) + b"\n",
            "index.json": _json({"schemaVersion": 2, "mediaType": f"{_TYPES}index.v1+json", "manifests": index}),
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
            "repositories": _json(self._repositories()) + b"\n",
        }
        texts = {name: None if data is None else file_text(data) for name, data in self._entries.items()}
        return archive(texts.items())

    def _blob(self, data: bytes) -> str:
        """Its digest."""
        identity = digest(data)
        self._entries[f"{_BLOBS}/{identity.removeprefix('sha256:')}"] = data
        return identity

    def _image(self, saved: _Saved) -> Json:
        origin = self._daemon.images.origin(saved.image)
        layers = [(layer.digest, layer.archive()) for layer in origin.layers]
        for _, data in layers:
            self._blob(data)
        for identity in chain_ids([identity for identity, _ in layers]):
            self._blob(_json({"id": identity.removeprefix("sha256:"), "created": timestamp(0), "os": "linux"}))
        found: Json = {
            "Config": _path(self._blob(written(saved.image))), "RepoTags": saved.names or None,
            "Layers": [_path(identity) for identity, _ in layers],
        }  # fmt: skip
        parent = self._saved_parent(saved.image)
        if parent:
            found["Parent"] = parent
        sources = {identity: _descriptor(identity, "layer.v1.tar", data) for identity, data in sorted(layers)}
        return {**found, "LayerSources": sources}

    def _saved_parent(self, image: Image) -> str:
        """The next ancestor that is saved, too."""
        known = {saved.image.id for saved in self._saved}
        above = (one.id for one in self._daemon.images.ancestors(image) if one.id != image.id)
        return next((identity for identity in above if identity in known), "")

    def _manifests(self, saved: _Saved) -> Iterator[Json]:
        """A descriptor of the image's manifest for each of its names."""
        config = written(saved.image)
        layers = [(layer.digest, layer.archive()) for layer in self._daemon.images.origin(saved.image).layers]
        data = _json(
            {
                "schemaVersion": 2,
                "mediaType": f"{_TYPES}manifest.v1+json",
                "config": _descriptor(digest(config), "config.v1+json", config),
                "layers": [_descriptor(identity, "layer.v1.tar", content) for identity, content in layers],
            }
        )
        self._blob(data)
        found = _descriptor(digest(data), "manifest.v1+json", data)
        for name in saved.names:
            reference = parse(name)
            assert reference is not None
            tag = {"io.containerd.image.name": reference.full, "org.opencontainers.image.ref.name": reference.tag}
            yield {**found, "annotations": tag}
        if not saved.names:
            yield found

    def _repositories(self) -> Json:
        found: dict[str, dict[str, str]] = {}
        for saved in self._saved:
            layers = self._daemon.images.origin(saved.image).layers
            for name in saved.names:
                repository, _, tag = name.rpartition(":")
                top = layers[-1].digest if layers else ""
                found.setdefault(repository, {})[tag] = top.removeprefix("sha256:")
        return found


def _descriptor(identity: str, kind: str, data: bytes) -> Json:
    return {"mediaType": _TYPES + kind, "digest": identity, "size": len(data)}


def _path(identity: str) -> str:
    return f"{_BLOBS}/{identity.removeprefix('sha256:')}"


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


# --- load -------------------------------------------------------------------------------------------------------------


def load(daemon: Daemon, data: bytes, report: Report, *, quiet: bool) -> EngineOperation[None]:
    """EngineError 500 for what is no archive of images."""
    members = read_members(data)
    yield daemon.host.sleep(SAVE)
    manifest = members.get("manifest.json")
    if manifest is None:
        number = daemon.machine.random.randint(10**9, 4 * 10**9)
        where = f"/var/lib/docker/tmp/docker-import-{number}/repositories"
        raise EngineError(500, f"open {where}: no such file or directory")
    for entry in _entries(manifest):
        image = _loaded(daemon, entry, members, report if not quiet else None)
        for name in entry.get("RepoTags") or ():
            _name(daemon, image, str(name), report)
        if not entry.get("RepoTags"):
            report({"stream": f"Loaded image ID: {image.id}\n"})
        daemon.events.image(image, "load")


def _entries(manifest: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(manifest)
    except (ValueError, RecursionError) as error:
        raise EngineError(500, f"invalid manifest.json: {error}") from None
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise EngineError(500, "json: cannot unmarshal manifest.json into Go value of type []tarexport.manifestItem")
    return found


def _loaded(
    daemon: Daemon, entry: Mapping[str, Any], members: Mapping[str, bytes | None], report: Report | None
) -> Image:
    config = _member(members, entry.get("Config"))
    contents = [_member(members, path) for path in entry.get("Layers") or ()]
    known = {one for image in daemon.images.every_image() for one in daemon.images.chain(image)}
    for identity, content in zip(chain_ids([digest(one) for one in contents]), contents, strict=True):
        if report is not None and identity not in known:
            _progress(report, identity, len(content))
    identity = digest(config)
    here = daemon.images.by_id(identity)
    if here is not None:
        return here
    parent = str(entry.get("Parent") or "")
    image = read(config, [read_layer(content) for content in contents], parent if daemon.images.by_id(parent) else "")
    _check(config, contents)
    same = _same_as_here(daemon, image)
    if same is not None:
        return same
    first = next((parse(str(name)) for name in entry.get("RepoTags") or ()), None)
    image = attrs.evolve(image, name=image.name if first is None else first.familiar_name)
    daemon.images.add(image)
    return image


def _same_as_here(daemon: Daemon, image: Image) -> Image | None:
    """An image that was not made here, and whose id is no digest: it is loaded as what it was saved from."""
    for one in daemon.images.pulled():
        if digest(written(with_origin(one, daemon.images.started))) == image.id:
            return one
    return None


def _member(members: Mapping[str, bytes | None], path: object) -> bytes:
    found = members.get(str(path).removeprefix("./"))
    if found is None:
        raise EngineError(500, f"open {path}: no such file or directory")
    return found


def _check(config: bytes, contents: Sequence[bytes]) -> None:
    """Whether the layers are those of the configuration."""
    try:
        expected = list(json.loads(config)["rootfs"]["diff_ids"])
    except (ValueError, KeyError, TypeError):
        raise EngineError(500, "invalid manifest, layers length mismatch: expected 0") from None
    if len(expected) != len(contents):
        said = f"expected {len(contents)}, got {len(expected)}"
        raise EngineError(500, f"invalid manifest, layers length mismatch: {said}")
    for number, (wanted, content) in enumerate(zip(expected, contents, strict=True)):
        if digest(content) != wanted:
            said = f'expected "{wanted}", got "{digest(content)}"'
            raise EngineError(500, f"invalid diffID for layer {number}: {said}")


def _progress(report: Report, identity: str, size: int) -> None:
    detail = {"current": size, "total": size}
    report({"status": "Loading layer", "progressDetail": detail, "id": identity.removeprefix("sha256:")[:12]})


def _name(daemon: Daemon, image: Image, name: str, report: Report) -> None:
    reference = parse(name)
    if reference is None:
        raise EngineError(500, f"invalid tag {name!r}")
    try:
        before = daemon.images.find(reference.familiar)
    except EngineError:
        before = None
    if before is not None and before.id != image.id:
        said = "already exists, renaming the old one with ID"
        report({"stream": f"The image {reference.familiar} {said} {before.id} to empty string\n"})
    if before is None or before.id != image.id:
        daemon.images.tag(image, reference, daemon.now())
    report({"stream": f"Loaded image: {reference.familiar}\n"})


# --- import -----------------------------------------------------------------------------------------------------------


def import_(
    daemon: Daemon, data: bytes, reference: Reference | None, *, message: str, changes: Sequence[str], source: str
) -> EngineOperation[Image]:
    """An image of one layer; EngineError 500 for what is no archive."""
    layer = read_layer(data)
    yield daemon.host.sleep(SAVE)
    comment = message or f"Imported from {source}"
    name = "" if reference is None else reference.familiar_name
    plain = Image(name, (), environment=(), kind=ImageKind.UNKNOWN, base="", programs=layer.programs)
    now = daemon.now()
    image = made(
        attrs.evolve(changed(plain, changes), name=name), created=now, layers=[layer],
        history=[HistoryEntry(now, comment=comment)], comment=comment,
    )  # fmt: skip
    daemon.images.add(image)
    if reference is not None:
        daemon.images.tag(image, reference, now)
        daemon.events.image(image, "tag", reference.familiar)
    daemon.events.image(image, "import")
    return image
