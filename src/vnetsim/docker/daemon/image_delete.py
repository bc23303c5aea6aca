"""`docker rmi` and `docker image prune` (daemon/images/image_delete.go, image_prune.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.docker.api.types import Filters, Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.filters import Matcher, labelled, read_until, wanted_dangling
from vnetsim.docker.images import Image, is_id_of
from vnetsim.docker.images.reference import parse
from vnetsim.docker.stringid import short
from vnetsim.errors import EngineError

Records = list[dict[str, str]]
_HARD: Final = ("child", "running")
_SOFT: Final = ("referenced", "stopped")


class ImageRemoval:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._store = daemon.images

    def delete(self, term: str, *, force: bool = False, prune: bool = True) -> Records:
        """What was untagged and deleted; EngineError 404, 409."""
        image = self._store.find(term)
        records: Records = []
        by_name = not is_id_of(image, term)
        if by_name:
            self._check_last_name(image, term, force)
            self._untag(image, term, records)
            if self._store.references(image):
                return records
        elif _is_single(self._store.references(image)):
            self._check(image, (*_HARD, *(() if force else ("stopped",))))
            for name in self._store.references(image):
                self._remove_name(image, name, records)
        self._delete(image, records, force=force, prune=prune, quiet=by_name)
        return records

    def _check_last_name(self, image: Image, term: str, force: bool) -> None:
        if force or not _is_single(self._store.references(image)):
            return
        user = self._user(image, lambda _container: True)
        if user is not None:
            what = f'conflict: unable to remove repository reference "{term}" (must force)'
            used = f"container {short(user.id)} is using its referenced image {_short(image)}"
            raise EngineError(409, f"{what} - {used}")

    def _untag(self, image: Image, term: str, records: Records) -> None:
        """With the digests of a repository that has no tag any more."""
        reference = parse(term)
        assert reference is not None
        self._remove_name(image, reference.familiar, records)
        left = self._store.references(image)
        own = [name for name in left if _repository(name) == reference.familiar_name]
        if not reference.digest and all("@" in name for name in own):
            for name in own:
                self._remove_name(image, name, records, quiet=True)

    def _remove_name(self, image: Image, name: str, records: Records, *, quiet: bool = False) -> None:
        self._store.untag(name)
        if not quiet:
            self._daemon.events.image(image, "untag")
        records.append({"Untagged": name})

    def _delete(self, image: Image, records: Records, *, force: bool, prune: bool, quiet: bool) -> None:
        """imageDeleteHelper."""
        try:
            self._check(image, (*_HARD, *(() if force else _SOFT)))
        except _Conflict as conflict:
            if quiet and (conflict.used or not self._is_dangling(image)):
                return
            raise
        for name in self._store.references(image):
            self._store.untag(name)
            records.append({"Untagged": name})
        parent = self._store.origin(image).parent
        chain = self._store.chain(image)
        self._store.forget(image)
        self._daemon.events.image(image, "delete")
        records.append({"Deleted": image.id})
        used = self._used_layers()
        records += [{"Deleted": layer} for layer in reversed(chain) if layer not in used]
        above = self._store.by_id(parent) if parent and prune else None
        if above is not None:
            self._delete(above, records, force=False, prune=True, quiet=True)

    def _used_layers(self) -> set[str]:
        """Those of images, and of containers whose image may be gone."""
        known = [*self._store.every_image(), *(container.image for container in self._daemon.containers)]
        return {layer for image in known for layer in self._store.chain(image)}

    def _is_dangling(self, image: Image) -> bool:
        return not self._store.references(image) and not self._store.children(image.id)

    # --- conflicts ---------------------------------------------------------------------------------------------------

    def _user(self, image: Image, fits: Callable[[Container], bool]) -> Container | None:
        users = (one for one in self._daemon.containers if one.image.id == image.id and fits(one))
        return next(users, None)

    def _check(self, image: Image, conflicts: tuple[str, ...]) -> None:
        """checkImageDeleteConflict: _Conflict for the first of these that there is."""
        running = self._user(image, lambda container: container.state.running)
        stopped = self._user(image, lambda container: not container.state.running)
        if "child" in conflicts and self._store.children(image.id):
            raise _Conflict(image, "image has dependent child images", hard=True)
        if "running" in conflicts and running is not None:
            said = f"image is being used by running container {short(running.id)}"
            raise _Conflict(image, said, hard=True, used=True)
        if "referenced" in conflicts and self._store.references(image):
            raise _Conflict(image, "image is referenced in multiple repositories")
        if "stopped" in conflicts and stopped is not None:
            raise _Conflict(image, f"image is being used by stopped container {short(stopped.id)}", used=True)

    # --- prune -------------------------------------------------------------------------------------------------------

    def prune(self, filters: Filters) -> Json:
        matcher = Matcher(filters, ("dangling", "label", "label!", "until"))
        dangling_only = wanted_dangling(matcher) is not False
        until = read_until(matcher, self._daemon.now(), 500)
        found = [image for image in self._store.every_image() if self._is_pruned(image, matcher, until)]
        found.sort(key=lambda image: self._store.origin(image).created, reverse=True)
        sizes = self._layer_sizes()
        records: Records = []
        for image in found:
            names = self._store.references(image)
            if names and dangling_only and self._store.names(image):
                continue
            for term in names or [image.id.removeprefix("sha256:")]:
                records += self._try(term)
        freed = sum(sizes.get(each.get("Deleted", ""), 0) for each in records)
        self._daemon.events.pruned("image", freed)
        return {"ImagesDeleted": records or None, "SpaceReclaimed": freed}

    def _try(self, term: str) -> Records:
        try:
            return self.delete(term)
        except EngineError:
            return []

    def _is_pruned(self, image: Image, matcher: Matcher, until: int | None) -> bool:
        is_intermediate = not self._store.references(image) and self._store.children(image.id)
        is_young = until is not None and self._store.origin(image).created > until
        return not is_intermediate and not is_young and labelled(matcher, image.labels or {})

    def _layer_sizes(self) -> dict[str, int]:
        """By the id of the chain."""
        return {
            identity: layer.size
            for image in self._store.every_image()
            for identity, layer in zip(self._store.chain(image), self._store.origin(image).layers, strict=True)
        }


class _Conflict(EngineError):
    """`used`: by a container."""

    def __init__(self, image: Image, why: str, *, hard: bool = False, used: bool = False) -> None:
        force = "cannot be forced" if hard else "must be forced"
        super().__init__(409, f"conflict: unable to delete {_short(image)} ({force}) - {why}")
        self.used = used


def _short(image: Image) -> str:
    return short(image.id.removeprefix("sha256:"))


def _repository(name: str) -> str:
    return name.partition("@")[0] if "@" in name else name.rpartition(":")[0]


def _is_single(names: list[str]) -> bool:
    """isSingleReference: one tag at most, and digests of its repository only."""
    tags = [name for name in names if "@" not in name]
    repositories = {_repository(name) for name in names if "@" in name}
    if len(names) <= 1:
        return True
    first = _repository(tags[0] if tags else names[0])
    return len(tags) <= 1 and repositories == {first}
