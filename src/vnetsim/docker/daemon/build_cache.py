"""The cache of the classic builder (image/cache, daemon/images/cache.go of moby 28.5): images of earlier builds.

With --cache-from only the named images and what they were made on are a cache; a name that is not here is none.  moby
makes a copy of a step of theirs if the same step was made again since; here it is the step itself, with its id.

Not modelled: steps of images whose own steps are not here, such as loaded ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vnetsim.docker.images import Image
from vnetsim.docker.images.store import ImageStore
from vnetsim.errors import EngineError, NotModelled


class BuildCache:
    def __init__(self, store: ImageStore, sources: Sequence[str]) -> None:
        self._store = store
        self._sources = list(_found(store, sources))
        #: None: every image is good.
        self._good: frozenset[str] | None = None
        if sources:
            self._good = frozenset(step.id for image in self._sources for step in store.ancestors(image))

    def find(self, base: Image, said: str) -> Image | None:
        """The newest image that was made of this one by this step; NotModelled."""
        hit: Image | None = None
        for image, origin in self._store.made():
            is_child = origin.parent == base.id and origin.history and origin.history[-1].created_by == said
            if is_child and (self._good is None or image.id in self._good):
                hit = image
        if hit is None:
            self._check(base, said)
        return hit

    def _check(self, base: Image, said: str) -> None:
        """NotModelled for a source that has this step in its history only."""
        before = [entry.created_by for entry in self._store.origin(base).history] if self._sources else []
        for source in self._sources:
            steps = [entry.created_by for entry in self._store.origin(source).history]
            if steps[: len(before) + 1] == [*before, said]:
                raise NotModelled("docker build --cache-from an image whose steps are not here")


def _found(store: ImageStore, names: Sequence[str]) -> Iterator[Image]:
    for name in names:
        try:
            yield store.find(name)
        except EngineError:
            continue
