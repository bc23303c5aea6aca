"""The images of one engine, by reference (daemon/images, reference of moby 28.5).

With a registry every reference can be pulled; without one only the recorded images are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import attrs

from vnetsim.docker import images
from vnetsim.docker.images import Image, ImageKind, dockerfile
from vnetsim.docker.images.reference import InvalidReference, Reference, parse
from vnetsim.errors import EngineError, NotModelled
from vnetsim.values import frozen


@frozen
class Registry:
    """What can be pulled; `declared` are the ports on which the user says that images listen."""

    declared: Mapping[str, Sequence[str]] = attrs.field(factory=dict)

    def image(self, reference: Reference) -> Image:
        image = images.resolve(reference)
        image = attrs.evolve(image, server=images.SERVERS.get(image.name, image.server))
        return self.as_declared(reference, image)

    def as_declared(self, reference: Reference, image: Image) -> Image:
        for name in (reference.familiar, reference.familiar_name):
            if name in self.declared:
                ports = tuple(self.declared[name])
                return attrs.evolve(image, exposed=ports, listens=ports, kind=ImageKind.SERVER, declared=True)
        return image


class ImageStore:
    """`registry` None: no registry is reached."""

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = registry
        local = images.CATALOGUE.values()
        self._tags: dict[str, Image] = {image.reference: image for image in local}
        if registry is not None:
            self._tags |= {image.reference: registry.image(_official(image.name)) for image in local}

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
        for image in self._tags.values():
            if images.is_id_of(image, term):
                return image
        raise EngineError(404, f"No such image: {term if reference is None else reference.familiar}")

    def every_image(self) -> list[Image]:
        """One of each."""
        return list({image.id: image for image in self._tags.values()}.values())

    def names(self, image: Image) -> list[str]:
        """`httpd:latest`, `nginx:latest`: the tags of this image."""
        return sorted(tag for tag, other in self._tags.items() if other.id == image.id and "@" not in tag)

    def digests(self, image: Image) -> list[str]:
        return sorted(tag for tag, other in self._tags.items() if other.id == image.id and "@" in tag)

    def pull(self, reference: Reference) -> list[str]:
        """Fetch an image; the lines of progress that the engine sends."""
        assert self.registry is not None
        image = self.registry.image(reference)
        known = self._tags.get(reference.familiar)
        self._tags[reference.familiar] = image
        digest = reference.digest or f"sha256:{hashlib.sha256(reference.full.encode()).hexdigest()}"
        what = reference.full if reference.digest else reference.tag or "latest"
        status = "Image is up to date" if known is not None and known.id == image.id else "Downloaded newer image"
        return [
            f"{what}: Pulling from {reference.path}",
            f"Digest: {digest}",
            f"Status: {status} for {reference.familiar}",
        ]

    def build(self, reference: Reference, text: str, args: Mapping[str, str], target: str) -> Image:
        """An image from a Dockerfile; EngineError 400, NotModelled."""
        registry = self.registry

        def base(wanted: Reference) -> Image:
            local = self._tags.get(wanted.familiar)
            if local is None and registry is None:
                raise NotModelled(f"a build on {wanted.familiar} where no registry is reached")
            return local if local is not None else (registry or Registry()).image(wanted)

        image = dockerfile.build(text, base=base, name=reference.familiar_name, args=args, target=target)
        if registry is not None:
            image = registry.as_declared(reference, image)
        self._tags[reference.familiar] = image
        return image

    # --- names ------------------------------------------------------------------------------------------------------

    def tag(self, source: str, target: Reference) -> None:
        self._tags[target.familiar] = self.find(source)

    def remove(self, term: str, in_use: Sequence[str]) -> list[dict[str, str]]:
        """`docker rmi`: what was untagged and deleted; `in_use` are ids of images of containers."""
        image = self.find(term)
        tags = [*self.names(image), *self.digests(image)]
        reference = parse(term)
        named = reference is not None and reference.familiar in tags
        if not named and len(tags) > 1:
            message = "image is referenced in multiple repositories"
            raise EngineError(409, f"conflict: unable to delete {term} (must be forced) - {message}")
        gone = reference.familiar if named and reference is not None else tags[0]
        del self._tags[gone]
        answer = [{"Untagged": gone}]
        return answer if len(tags) > 1 or image.id in in_use else [*answer, {"Deleted": image.id}]


def _official(name: str) -> Reference:
    return Reference("docker.io", f"library/{name}", "", "")
