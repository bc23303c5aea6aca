"""Archives of contexts and layers."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile

import pytest

from vnetsim.docker.images.archives import read_layer, read_tree
from vnetsim.docker.images.layers import archive
from vnetsim.errors import EngineError, NotModelled

DATA = archive([("/a/b", "text\udcff"), ("/c", None)])


@pytest.mark.parametrize("data", [DATA, gzip.compress(DATA, mtime=0), bz2.compress(DATA), lzma.compress(DATA)])
def test_archives_are_read_whatever_their_compression(data: bytes) -> None:
    assert read_tree(data) == {"a/b": "text\udcff", "c": None}


def test_a_layer_tells_what_is_gone_and_which_programs_it_has() -> None:
    files = {"/d/.wh.x": "", "/e/.wh..wh..opq": "", "/bin/ls": "\x7fELF...", "/usr/bin/ip": "#!vnetsim ip\n", "/f": "1"}
    layer = read_layer(archive(files.items()))
    assert layer.removed == ("/d/x", "/e")
    assert layer.programs == {"ls", "ip"}
    assert layer.files == {"/f": "1"}


def test_a_link_is_what_it_leads_to() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, target in (("../../out", ""), ("there", ""), ("link", "there"), ("lost", "nowhere")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = (
                tarfile.SYMTYPE if target else tarfile.REGTYPE,
                target,
                0 if target else 1,
            )
            tar.addfile(info, None if target else io.BytesIO(b"x"))
    assert read_tree(buffer.getvalue()) == {"out": "x", "there": "x", "link": "x"}


@pytest.mark.parametrize("data", [b"garbage", gzip.compress(DATA, mtime=0)[:40], b"x" * 600])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(EngineError):
        read_tree(data)


def test_another_compression_is_not_modelled() -> None:
    with pytest.raises(NotModelled):
        read_tree(b"\x28\xb5\x2f\xfd")
