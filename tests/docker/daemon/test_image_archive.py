"""`docker save`, `load` and `import`."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim import Lab
from vnetsim.docker.api.types import Json
from vnetsim.docker.images.layers import archive
from vnetsim.errors import EngineError

DOCKERFILE = "FROM redis\\nRUN echo kept > /kept && rm /etc/group\\nLABEL a=b\\n"


def made() -> Lab:
    lab = Lab()
    lab.run(f"printf '{DOCKERFILE}' | docker build -t db:1 -")
    return lab


def loaded(lab: Lab, data: bytes, *, quiet: bool = True) -> list[Json]:
    said: list[Json] = []
    lab.docker.image_load(data, said.append, quiet)
    return said


def test_an_image_is_loaded_in_another_lab_as_it_was_saved() -> None:
    first, second = made(), Lab()
    data = first.docker.image_save(["db:1"])
    assert loaded(second, data) == [{"stream": "Loaded image: db:1\n"}]
    assert second.docker.image_inspect("db:1")["Id"] == first.docker.image_inspect("db:1")["Id"]
    second.run("docker run -d --name db db:1; docker run -d --name client --link db alpine sleep 100")
    assert second.run("docker exec db cat /kept").stdout == "kept\n"
    assert second.run("docker exec client nc -z db 6379")


def test_an_archive_is_that_of_a_real_engine_in_form() -> None:
    data = made().docker.image_save(["db:1"])
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        names = tar.getnames()
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
    assert {"index.json", "manifest.json", "oci-layout", "repositories"} <= set(names)
    assert set(manifest[0]["Layers"]) | {manifest[0]["Config"]} <= set(names)


def test_a_layer_that_is_not_the_configurations_is_refused() -> None:
    data = made().docker.image_save(["db:1"]).replace(b"kept\n", b"other")
    with pytest.raises(EngineError, match="invalid diffID for layer 1"):
        loaded(Lab(), data)


def test_a_file_system_is_imported_with_its_programs() -> None:
    lab = Lab()
    files = {"/bin/sh": "#!vnetsim sh\n", "/usr/bin/cat": "#!vnetsim cat\n", "/hello": "hi\n", "/srv": None}
    lab.docker.image_import(archive(files.items()), "small", changes=['CMD ["cat", "/hello"]'])
    assert lab.run("docker run --rm small").stdout == "hi\n"
    assert lab.run("docker run --rm small ls").exit_code == 127


@settings(max_examples=25)
@given(st.binary(max_size=600) | st.binary(max_size=40).map(lambda data: archive([("/manifest.json", data.hex())])))
def test_what_is_no_archive_of_images_is_refused(data: bytes) -> None:
    with pytest.raises(EngineError):
        loaded(LAB, data)


LAB = Lab()
