"""References of images as the command line reads them."""

from __future__ import annotations

from vnetsim.docker.images import reference
from vnetsim.docker.images.reference import InvalidReference, Reference
from vnetsim.programs.docker.flags import BadOption


def parse(text: str) -> Reference | None:
    """A name, None for an image's id, BadOption for neither."""
    try:
        return reference.parse(text)
    except InvalidReference as error:
        raise BadOption(str(error)) from None
