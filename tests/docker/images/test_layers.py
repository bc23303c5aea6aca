"""Layers and their names."""

from __future__ import annotations

import io
import tarfile

from vnetsim.docker.images.layers import EMPTY, ImageLayer, chain_ids, merged


def test_a_layer_without_changes_has_the_digest_that_a_real_one_has() -> None:
    assert ImageLayer().digest == EMPTY == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


def test_names_of_stacks_are_those_of_the_image_specification() -> None:
    above = "sha256:86095f8fe4f778dd9cd1eaa8351228c07b0476d1635c04d136b40abfd6fa0fef"
    assert chain_ids(["sha256:1", "sha256:2"]) == ["sha256:1", above]


def test_a_layer_removes_what_is_below() -> None:
    lower = ImageLayer(files={"/d/a": "1", "/e": "2"}, directories=("/d",))
    assert merged([lower, ImageLayer(removed=("/d",), files={"/e": "3"})]) == ({"/e": "3"}, ())


def test_a_file_that_is_named_like_a_program_is_in_its_layer_once() -> None:
    layer = ImageLayer({"/usr/local/bin/nc": "x"}, programs=frozenset({"nc", "ip"}))
    with tarfile.open(fileobj=io.BytesIO(layer.archive())) as found:
        names = found.getnames()
    assert names == ["usr/bin/ip", "usr/local/bin/nc"]
