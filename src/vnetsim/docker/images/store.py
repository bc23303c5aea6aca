"""The images of one engine, by reference and by id (daemon/images, image, reference of moby 28.5).

With a registry every reference can be pulled; without one only the recorded images are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from vnetsim.docker import images
from vnetsim.docker.images import Image, ImageKind
from vnetsim.docker.images.reference import InvalidReference, Reference, parse
from vnetsim.errors import EngineError, NotModelled
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.docker.images.instructions import Copier
    from vnetsim.docker.images.layers import ImageOrigin


@frozen
class Registry:
    """What can be pulled; `declared` are the ports on which the user says that images listen."""

    declared: Mapping[str, Sequence[str]] = attrs.field(factory=dict)

    def image(self, reference: Reference) -> Image:
        image = images.resolve(reference)
        return self.as_declared(reference, image)

    def as_declared(self, reference: Reference, image: Image) -> Image:
        for name in (reference.familiar, reference.familiar_name):
            if name in self.declared:
                ports = tuple(self.declared[name])
                return attrs.evolve(image, exposed=ports, listens=ports, kind=ImageKind.SERVER, declared=True)
        return image


class ImageStore:
    """`registry` None: no registry is reached.

    `started` is when the images that were not made here were, in nanoseconds since 1970.
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = registry
        self.started = 0
        local = images.CATALOGUE.values()
        #: By NAME:TAG and NAME@DIGEST.
        self._tags: dict[str, Image] = {image.reference: image for image in local}
        if registry is not None:
            self._tags |= {image.reference: registry.image(_official(image.name)) for image in local}
        #: Those that were made, loaded or committed, and those that lost their last name; by id, the oldest first.
        self._others: dict[str, Image] = {}
        self._tagged_at: dict[str, int] = {}

    # --- finding -----------------------------------------------------------------------------------------------------

    def find(self, term: str) -> Image:
        """By reference or by the beginning of an id; EngineError 400 or 404."""
        if not term:
            raise EngineError(400, "invalid reference format")
        try:
            reference = parse(term)
        except InvalidReference as error:
            raise EngineError(400, str(error)) from None
        if reference is not None and reference.familiar in self._tags:
            return self._tags[reference.familiar]
        for image in self.every_image(intermediate=True):
            if images.is_id_of(image, term):
                return image
        raise EngineError(404, f"No such image: {term if reference is None else reference.familiar}")

    def by_id(self, identity: str) -> Image | None:
        return next((image for image in self.every_image(intermediate=True) if image.id == identity), None)

    def every_image(self, *, intermediate: bool = False) -> list[Image]:
        """One of each; with those on which only other images are built."""
        found = {image.id: image for image in (*self._tags.values(), *self._others.values())}
        if not intermediate:
            return list(found.values())
        from vnetsim.docker.images import origins  # noqa: PLC0415 -- most labs make no images

        steps = [step for image in found.values() for step in origins.intermediates(image, self.started)]
        return list({image.id: image for image in (*steps, *found.values())}.values())

    def has(self, term: str, image: Image) -> bool:
        """Whether this is still a name of the image, or the beginning of its id."""
        known = self._tags.get(term) or self._tags.get(f"{term}:latest")
        if known is not None:
            return known.id == image.id
        try:
            return self.find(term).id == image.id
        except EngineError:
            return False

    def pulled(self) -> list[Image]:
        """Those that were not made here, once for each name."""
        return [image for image in self._tags.values() if image.origin is None]

    def names(self, image: Image) -> list[str]:
        """`httpd:latest`, `nginx:latest`: the tags of this image."""
        return sorted(tag for tag, other in self._tags.items() if other.id == image.id and "@" not in tag)

    def digests(self, image: Image) -> list[str]:
        return sorted(tag for tag, other in self._tags.items() if other.id == image.id and "@" in tag)

    def references(self, image: Image) -> list[str]:
        return [*self.names(image), *self.digests(image)]

    def origin(self, image: Image) -> ImageOrigin:
        from vnetsim.docker.images import origins  # noqa: PLC0415 -- most labs make no images

        found = origins.with_origin(image, self.started).origin
        assert found is not None
        return found

    def children(self, identity: str) -> list[Image]:
        return [one for one in self.every_image(intermediate=True) if self.origin(one).parent == identity]

    def ancestors(self, image: Image) -> Iterator[Image]:
        """The image, its parent and so on, as far as they are here."""
        found: Image | None = image
        while found is not None:
            yield found
            parent = self.origin(found).parent
            found = self.by_id(parent) if parent else None

    def chain(self, image: Image) -> list[str]:
        """The ids of its layers, the lowest first."""
        from vnetsim.docker.images.layers import chain_ids  # noqa: PLC0415 -- most labs make no images

        return chain_ids([layer.digest for layer in self.origin(image).layers])

    def tagged_at(self, image: Image) -> int:
        """When it got a name, in nanoseconds since 1970; 0 for never."""
        return self._tagged_at.get(image.id, 0 if image.origin is not None else self.started)

    # --- making ------------------------------------------------------------------------------------------------------

    def add(self, image: Image) -> None:
        """One that was made here."""
        self._others.setdefault(image.id, image)

    def replace(self, image: Image) -> None:
        """What is known of one that was made here is what this one has: its name, and what it does."""
        self._others[image.id] = image
        self._tags |= dict.fromkeys(self.references(image), image)

    def made(self) -> list[tuple[Image, ImageOrigin]]:
        """Those that were made here, with their origin, the oldest first."""
        known = {image.id: image for image in (*self._others.values(), *self._tags.values())}
        return [(image, image.origin) for image in known.values() if image.origin is not None]

    def pull(self, reference: Reference) -> list[str]:
        """Fetch an image; the lines of progress that the engine sends."""
        assert self.registry is not None
        image = self.registry.image(reference)
        known = self._tags.get(reference.familiar)
        self._tags[reference.familiar] = image
        digest = reference.digest or f"sha256:{hashlib.sha256(reference.full.encode()).hexdigest()}"
        self._tags[f"{reference.familiar_name}@{digest}"] = image
        what = reference.full if reference.digest else reference.tag or "latest"
        status = "Image is up to date" if known is not None and known.id == image.id else "Downloaded newer image"
        return [
            f"{what}: Pulling from {reference.path}",
            f"Digest: {digest}",
            f"Status: {status} for {reference.familiar}",
        ]

    def base(self, wanted: Reference) -> Image:
        """The image of FROM: a local one, or that of the registry; NotModelled where none is reached."""
        local = self._tags.get(wanted.familiar)
        if local is None and self.registry is None:
            raise NotModelled(f"a build on {wanted.familiar} where no registry is reached")
        return local if local is not None else (self.registry or Registry()).image(wanted)

    def declare(
        self, reference: Reference, text: str, args: Mapping[str, str], target: str, copier: Copier | None = None
    ) -> Image:
        """An image of what a Dockerfile declares; EngineError 400, NotModelled."""
        from vnetsim.docker.images.instructions import declared  # noqa: PLC0415 -- most labs build no images

        name = reference.familiar_name
        image = declared(text, base=self.base, name=name, args=args, target=target, copier=copier)
        if self.registry is not None:
            image = self.registry.as_declared(reference, image)
        self._tags[reference.familiar] = image
        return image

    # --- names -------------------------------------------------------------------------------------------------------

    def tag(self, image: Image, target: Reference, now: int = 0) -> None:
        """Give it a name, which another image may lose."""
        before = self._tags.get(target.familiar)
        self._tags[target.familiar] = image
        self._tagged_at[image.id] = now or self.started
        if before is not None and before.id != image.id and not self.references(before):
            self._others.setdefault(before.id, before)

    def untag(self, name: str) -> None:
        image = self._tags.pop(name)
        if not self.references(image):
            self._others.setdefault(image.id, image)

    def forget(self, image: Image) -> None:
        """The image with all its names."""
        for name in self.references(image):
            del self._tags[name]
        self._others.pop(image.id, None)
        self._tagged_at.pop(image.id, None)


def _official(name: str) -> Reference:
    return Reference("docker.io", f"library/{name}", "", "")
