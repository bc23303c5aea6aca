"""The catalogue of images: references, ids and names."""

from __future__ import annotations

import pytest

from vnetsim.docker import images
from vnetsim.docker.images.store import ImageStore
from vnetsim.errors import EngineError

# --- images --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term", ["nginx", "nginx:latest", "docker.io/nginx", "library/nginx", images.find("nginx").id[:20]]
)
def test_an_image_is_found(term: str) -> None:
    assert images.find(term).exposed == ("80/tcp",)


@pytest.mark.parametrize(("term", "told"), [("nosuch", "nosuch:latest"), ("nginx:1.27", "nginx:1.27")])
def test_an_image_that_is_not_there(term: str, told: str) -> None:
    with pytest.raises(EngineError) as refused:
        images.find(term)
    assert (refused.value.status, refused.value.message) == (404, f"No such image: {told}")


def test_no_name_is_no_image() -> None:
    with pytest.raises(EngineError) as refused:
        images.find("")
    assert (refused.value.status, refused.value.message) == (400, "invalid reference format")


def test_images_that_do_the_same_are_one_with_two_names() -> None:
    store = ImageStore()
    assert store.names(images.find("nginx")) == ["httpd:latest", "nginx:latest"]
    assert len(images.every_image()) < len(images.CATALOGUE)
