"""Tar archives of simulated files: what goes in comes out, and what is not modelled is refused."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim.docker.archive import Entry, encode, pack, unpack
from vnetsim.errors import EngineError, NotModelled

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=9).filter(
    lambda name: name not in (".", "..")
)
TEXTS = st.binary(max_size=600).map(lambda data: data.decode("utf-8", "surrogateescape"))


@settings(max_examples=examples(30))
@given(st.dictionaries(NAMES, st.none() | TEXTS, max_size=4))
def test_what_is_packed_is_unpacked(content: dict[str, str | None]) -> None:
    entries = [Entry(name, text) for name, text in content.items()]
    packed = pack(iter(entries), 1)
    assert unpack(packed) == unpack(gzip.compress(packed)) == unpack(bz2.compress(packed)) == entries


@settings(max_examples=examples(60))
@given(st.binary(max_size=1500))
def test_garbage_is_no_fault_of_ours(data: bytes) -> None:
    with contextlib.suppress(EngineError):
        assert unpack(data) == [] or len(data) >= tarfile.BLOCKSIZE


def member(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "elsewhere"
        tar.addfile(info)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"garbage", "unexpected EOF"),
        (b"\1" * 600, "archive/tar: invalid tar header"),
        (member("../x"), 'invalid entry name "../x"'),
        (b"\xfd7zXZ\0", 'exec: "xz": executable file not found in $PATH'),
        (gzip.compress(b"x" * 999, mtime=0)[:20], "Compressed file ended before the end-of-stream marker was reached"),
    ],
)
def test_what_is_no_archive(data: bytes, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        unpack(data)
    assert (refused.value.status, refused.value.message) == (500, message)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (member("l", tarfile.SYMTYPE), "a symbolic link in an archive: l"),
        (member("d", tarfile.CHRTYPE), "a device in an archive: d"),
        (b"\x28\xb5\x2f\xfd", "an archive that is compressed by zstd"),
    ],
)
def test_what_is_not_modelled_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(NotModelled, match=what):
        unpack(data)


def test_bytes_that_are_no_utf_8_are_kept() -> None:
    assert encode(b"\xff\0a".decode("utf-8", "surrogateescape")) == b"\xff\0a"
