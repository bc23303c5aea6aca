"""An archive of `docker save` of a real engine (recorded/engine/saved_image; Docker Engine 28.5.2), loaded here."""

from __future__ import annotations

import base64
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.errors import EngineError

STEPS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "recorded" / "engine" / "saved_image.json").read_text("utf-8")
)["steps"]


def _output(command: str, number: int = 0) -> str:
    """Of the recorded steps that begin so."""
    found = [step["stdout"] for step in STEPS if step.get("cmd", "").startswith(command)]
    text: str = found[number]
    return text


def _archive(command: str) -> bytes:
    return lzma.decompress(base64.b64decode(_output(command)))


THREE = "docker save small:1 derived:2 registry.example/d:3"
SMALL, DERIVED = (json.loads(_output("docker inspect small:1"))[number] for number in (0, 1))
HISTORY = "docker history --no-trunc --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' derived:2"


def _load(archive: bytes) -> tuple[Lab, str]:
    """A lab, and what `docker load` prints."""
    lab, lines = Lab(), list[str]()
    lab.docker.image_load(archive, lambda message: lines.append(message.get("stream", "")))
    return lab, "".join(lines)


def test_a_real_engines_images_have_their_ids_here() -> None:
    lab, printed = _load(_archive(THREE))
    assert printed == "Loaded image: small:1\nLoaded image: derived:2\nLoaded image: registry.example/d:3\n"
    for name, real in (("small:1", SMALL), ("derived:2", DERIVED)):
        mine = lab.docker.image_inspect(name)
        for field in ("Id", "Created", "Size", "RootFS", "Config", "Comment", "Architecture", "Os"):
            assert mine[field] == real[field], field
    assert lab.run(HISTORY).stdout == _output("docker history", 1)
    assert lab.docker.image_inspect("registry.example/d:3")["Id"] == DERIVED["Id"]


def test_an_image_without_a_name_is_loaded_by_its_id() -> None:
    lab, printed = _load(_archive("docker save $(docker images -q small:1)"))
    assert printed == f"Loaded image ID: {SMALL['Id']}\n"
    assert lab.docker.image_inspect(SMALL["Id"])["RepoTags"] == []


def test_it_is_the_same_image_after_it_was_saved_here_too() -> None:
    """Its layers stay the bytes that the real engine wrote: their digests are in its configuration."""
    lab, _ = _load(_archive(THREE))
    again, _ = _load(lab.docker.image_save(["small:1", "derived:2", "registry.example/d:3"]))
    assert [again.docker.image_inspect(name)["Id"] for name in ("small:1", "derived:2")] == [SMALL["Id"], DERIVED["Id"]]
    assert again.run(HISTORY).stdout == _output("docker history", 1)


def test_its_files_are_those_of_the_real_image() -> None:
    lab, _ = _load(_archive(THREE))
    lab.run("docker create --name one derived:2; docker cp one:/etc/two /two; docker cp one:/program /program")
    assert lab.run("cat /two /program").stdout == "hello\n#!/bin/sh\necho run\n"


def test_a_damaged_layer_is_refused() -> None:
    with pytest.raises(EngineError, match="invalid diffID for layer 0"):
        _load(_archive(THREE).replace(b"hello\n", b"hallo\n"))
