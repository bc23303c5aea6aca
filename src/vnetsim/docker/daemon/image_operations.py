"""The operations of the Engine API on images (daemon/images, api/server/router/image of moby 28.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND
from vnetsim.docker.api.types import NO_FILTERS, EngineOperation, Filters, Json
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.filters import Matcher, read_until
from vnetsim.docker.daemon.pull import pull, read_reference
from vnetsim.errors import EngineError

if TYPE_CHECKING:
    from vnetsim.docker.api.build import BuildOptions, FileTree, Report
    from vnetsim.docker.daemon.create import Creation
    from vnetsim.docker.daemon.start import Starter
    from vnetsim.docker.daemon.stop import Stopper

#: How long a build takes of which only what is declared is done.
DECLARE: Final = 1000 * MILLISECOND


_UNTIL: Final = "failed to prune build cache: \"until\" filter expects a duration (e.g., '24h') or a timestamp: "


class ImageOperations:
    """Part of the engine."""

    _daemon: Daemon
    _creation: Creation
    _starter: Starter
    _stopper: Stopper

    def image_list(self, all: bool = False, filters: Filters = NO_FILTERS) -> list[Json]:  # noqa: A002
        from vnetsim.docker.daemon import list_images  # noqa: PLC0415 -- most labs make no images

        return list_images.select_images(self._daemon.images, self._daemon.now(), filters, everything=all)

    def image_inspect(self, image: str) -> Json:
        from vnetsim.docker.daemon import list_images  # noqa: PLC0415 -- most labs make no images

        return list_images.inspect(self._daemon.images, self._daemon.images.find(image))

    def image_history(self, image: str) -> list[Json]:
        from vnetsim.docker.daemon import list_images  # noqa: PLC0415 -- most labs make no images

        return list_images.history(self._daemon.images, self._daemon.images.find(image))

    def image_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        from vnetsim.docker.daemon.image_delete import ImageRemoval  # noqa: PLC0415 -- most labs make no images

        yield from ()
        return ImageRemoval(self._daemon).prune(filters)

    def build_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        """There is never a cache: filters choose nothing from it."""
        try:
            read_until(Matcher(filters, tuple(filters)), self._daemon.now())
        except EngineError as error:
            raise EngineError(400, f"{_UNTIL}{error.message}") from None
        self._daemon.events.pruned("builder")
        yield from ()
        return {"CachesDeleted": None, "SpaceReclaimed": 0}

    def image_create(self, image: str) -> EngineOperation[list[str]]:
        return (yield from pull(self._daemon, image))

    def image_declare(
        self, image: str, text: str, args: Mapping[str, str], target: str = "", context: FileTree | None = None
    ) -> EngineOperation[Json]:
        yield self._daemon.host.sleep(DECLARE)
        from vnetsim.docker.daemon.copying import lenient_copier  # noqa: PLC0415 -- most labs make no images

        copier = lenient_copier(context) if context else None
        return {"Id": self._daemon.images.declare(read_reference(image), text, args, target, copier).id}

    def image_tag(self, image: str, target: str) -> EngineOperation[None]:
        reference = read_reference(target)
        found = self._daemon.images.find(image)
        self._daemon.images.tag(found, reference, self._daemon.now())
        self._daemon.events.image(found, "tag", reference.familiar)
        yield from ()

    def image_delete(self, image: str, force: bool = False, prune: bool = True) -> EngineOperation[list[Json]]:
        from vnetsim.docker.daemon.image_delete import ImageRemoval  # noqa: PLC0415 -- most labs make no images

        yield from ()
        return list(ImageRemoval(self._daemon).delete(image, force=force, prune=prune))

    def image_commit(
        self, container: str, image: str = "", *, comment: str = "", author: str = "", changes: Sequence[str] = (),
        config: Json | None = None,
    ) -> EngineOperation[Json]:  # fmt: skip
        from vnetsim.docker.daemon.commit import commit  # noqa: PLC0415 -- most labs make no images

        reference = read_reference(image) if image else None
        if not container:
            raise EngineError(400, 'invalid name or ID supplied: ""')
        found = self._daemon.containers.find(container)
        made = yield from commit(
            self._daemon, found, reference, config=config, changes=changes, comment=comment, author=author
        )
        return {"Id": made.id}

    def image_build(self, context: FileTree, options: BuildOptions, report: Report) -> EngineOperation[str]:
        from vnetsim.docker.daemon.build_options import check_options  # noqa: PLC0415 -- most labs make no images
        from vnetsim.docker.daemon.build_run import RunContainers  # noqa: PLC0415 -- most labs make no images
        from vnetsim.docker.daemon.builder import Builder  # noqa: PLC0415 -- most labs make no images

        check_options(options)
        containers = RunContainers(self._daemon, self._creation, self._starter, self._stopper)
        image = yield from Builder(self._daemon, containers, context, options, report).build()
        return image.id

    def image_save(self, images: Sequence[str]) -> EngineOperation[bytes]:
        from vnetsim.docker.daemon.image_archive import save  # noqa: PLC0415 -- most labs make no images

        return (yield from save(self._daemon, images))

    def image_load(self, archive: bytes, report: Report, quiet: bool = False) -> EngineOperation[None]:
        from vnetsim.docker.daemon.image_archive import load  # noqa: PLC0415 -- most labs make no images

        yield from load(self._daemon, archive, report, quiet=quiet)

    def image_import(
        self, archive: bytes, image: str = "", *, message: str = "", changes: Sequence[str] = (), source: str = "-"
    ) -> EngineOperation[str]:
        from vnetsim.docker.daemon.image_archive import import_  # noqa: PLC0415 -- most labs make no images

        reference = read_reference(image) if image else None
        operation = import_(self._daemon, archive, reference, message=message, changes=changes, source=source)
        return (yield from operation).id
