"""The configuration of an image, from which it is read again."""

from __future__ import annotations

import pytest

from vnetsim.docker.images import Image, ImageKind
from vnetsim.docker.images.configuration import config_of, made, read, with_config, written
from vnetsim.docker.images.layers import HistoryEntry, ImageLayer, digest
from vnetsim.errors import EngineError

IMAGE = Image(
    "web", ("serve",), ("80/tcp",), kind=ImageKind.SERVER, listens=("81/tcp",), user="app", directory="/srv",
    volumes=("/data",), labels={"a": "b"}, stop_signal="INT", shell=("bash", "-c"), triggers=("RUN x",),
    health_check={"Test": ["NONE"]}, programs=frozenset({"ip"}),
)  # fmt: skip


def test_an_image_is_what_its_configuration_says() -> None:
    layer = ImageLayer(files={"/a": "1"}, given_size=7)
    image = made(IMAGE, created=1, layers=[layer], history=[HistoryEntry(1, "RUN x")], comment="c", author="a")
    again = read(written(image), [layer])
    assert (again, again.id, again.labels) == (image, image.id, image.labels)
    assert image.id == digest(written(image))
    assert again.origin is not None
    assert (again.origin.layers[0].size, again.origin.history[0].created_by) == (7, "RUN x")


def test_a_configuration_is_that_of_docker_image_inspect() -> None:
    assert with_config(IMAGE, config_of(IMAGE)) == IMAGE


def test_of_an_image_of_another_engine_the_programs_are_known_and_what_it_runs_is_not() -> None:
    image = read(b'{"config":{"Cmd":["ls"]}}', [ImageLayer(programs=frozenset({"ls"}))])
    assert image.programs == {"ls"}
    assert (image.kind, image.command) == (ImageKind.UNKNOWN, ("ls",))


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b'{"created": "then"}', b'{"history": [1]}', b'{"config": 1}'])
def test_what_is_no_configuration_is_refused(data: bytes) -> None:
    with pytest.raises(EngineError, match="invalid image configuration"):
        read(data, [])
