"""Tar archives of simulated files: `docker cp`, archive and export (moby's pkg/archive: copy.go, archive.go).

In an archive files are root's, 0644 or 0755, of one time; the file of a program is the line `#!vnetsim NAME`.

Not modelled: owners, modes and times; links in an archive that is unpacked (but hard ones), devices, zstd.
"""

from __future__ import annotations

import bz2
import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import EngineError, KernelError, NotModelled
from vnetsim.process.files import Files
from vnetsim.values import frozen

#: The links that there are, and what they say.
LINKS: Final = {"/bin": "usr/bin", "/sbin": "usr/sbin", "/var/run": "/run"}
#: The first line of a program's file.
_PROGRAM: Final = "#!vnetsim "
#: Bytes of an archive without its compression.
_MOST: Final = 256 << 20
_DIRECTORY_MODE: Final = 0o755
_FILE_MODE: Final = 0o644
_LINK_MODE: Final = 0o777


@frozen
class Entry:
    """A file of this text, a directory (None), or a link to `target`; `name` is relative to where it is unpacked."""

    name: str
    text: str | None = None
    target: str = ""
    is_program: bool = False


def encode(text: str) -> bytes:
    """Bytes that are no UTF-8 are surrogates in texts (PEP 383)."""
    return text.encode("utf-8", "surrogateescape")


def entries_of(files: Files, path: str, name: str, leave_out: tuple[str, ...] = ()) -> Iterator[Entry]:
    """The file or directory at `path`, and what is in it, called `name`; without paths that are left out."""
    if path in LINKS:
        yield Entry(name, target=LINKS[path])
    elif files.is_directory(path):
        yield Entry(name)
        for each in files.list(path):
            inner = posixpath.join(path, each)
            if inner not in leave_out:
                yield from entries_of(files, inner, f"{name.rstrip('/')}/{each}", leave_out)
    elif files.is_program(path):
        yield Entry(name, f"{_PROGRAM}{posixpath.basename(path)}\n", is_program=True)
    else:
        yield Entry(name, files.read(path))


def pack(entries: Iterator[Entry], time: int) -> bytes:
    """`time` of all files in seconds since 1970."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            info, data = _header(entry, time)
            tar.addfile(info, io.BytesIO(data))
        end = buffer.tell()
    return buffer.getvalue()[:end] + bytes(2 * tarfile.BLOCKSIZE)


def _header(entry: Entry, time: int) -> tuple[tarfile.TarInfo, bytes]:
    info, data = tarfile.TarInfo(entry.name), b""
    info.mtime, info.mode = time, _DIRECTORY_MODE
    info.uname = info.gname = "root"
    if entry.target:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.target, _LINK_MODE
    elif entry.text is None:
        info.type = tarfile.DIRTYPE
    else:
        data = encode(entry.text)
        info.size = len(data)
        info.mode = _DIRECTORY_MODE if entry.is_program else _FILE_MODE
    return info, data


# --- reading ---------------------------------------------------------------------------------------------------------


def unpack(data: bytes) -> list[Entry]:
    """In their order; EngineError 500 for what is no archive, NotModelled."""
    plain = _decompressed(data)
    if plain and len(plain) < tarfile.BLOCKSIZE:
        raise EngineError(500, "unexpected EOF")
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            return [_entry(tar, member) for member in tar]
    except tarfile.ReadError as error:
        if not plain.strip(b"\0"):
            return []
        message = "unexpected EOF" if "unexpected end" in str(error) else "archive/tar: invalid tar header"
        raise EngineError(500, message) from None
    except (tarfile.TarError, ValueError, KeyError, OSError, RecursionError) as error:
        raise EngineError(500, f"archive/tar: {error}") from None


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    name = posixpath.normpath(member.name.lstrip("/") or ".")
    if name == ".." or name.startswith("../"):
        raise EngineError(500, f'invalid entry name "{member.name}"')
    if member.issym() or member.isdev():
        what = "a symbolic link" if member.issym() else "a device"
        raise NotModelled(f"{what} in an archive: {member.name}")
    opened = None if member.isdir() else tar.extractfile(member)
    return Entry(name, None if opened is None else opened.read().decode("utf-8", "surrogateescape"))


def _decompressed(data: bytes) -> bytes:
    if data.startswith(b"\xfd7zXZ"):
        raise EngineError(500, 'exec: "xz": executable file not found in $PATH')
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        raise NotModelled("an archive that is compressed by zstd")
    stream: io.BytesIO | gzip.GzipFile | bz2.BZ2File = io.BytesIO(data)
    if data.startswith(b"\x1f\x8b"):
        stream = gzip.GzipFile(fileobj=stream)
    elif data.startswith(b"BZh"):
        stream = bz2.BZ2File(stream)
    try:
        plain = stream.read(_MOST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise EngineError(500, str(error)) from None
    if len(plain) > _MOST:
        raise NotModelled(f"an archive of more than {_MOST} bytes")
    return plain


# --- writing into files ----------------------------------------------------------------------------------------------


def extract(files: Files, directory: str, entries: list[Entry], *, replaces: bool) -> None:
    """Unpack into a directory that exists; EngineError 500 for a file where a directory is, or the other kind.

    `replaces`: what is there is removed.
    """
    for entry in entries:
        path = posixpath.normpath(posixpath.join(directory, entry.name))
        _make_way(files, path, directory, entry, replaces=replaces)
        try:
            _make_directories(files, posixpath.dirname(path))
            if entry.text is not None:
                files.write(path, entry.text)
            elif not files.is_directory(path):
                files.make_directory(path)
        except KernelError as error:
            raise EngineError(500, f"open {path}: {error.errno.strerror.lower()}") from None


def _make_way(files: Files, path: str, directory: str, entry: Entry, *, replaces: bool) -> None:
    if not files.exists(path) or files.is_directory(path) == (entry.text is None):
        return
    if not replaces:
        there, new = ("directory", "non-directory") if entry.text is not None else ("non-directory", "directory")
        raise EngineError(500, f'cannot overwrite {there} "{entry.name}" with {new} "{directory}"')
    remove_tree(files, path)


def remove_tree(files: Files, path: str) -> None:
    """A file, or a directory with what is in it."""
    if not files.is_directory(path):
        files.remove(path)
        return
    for name in files.list(path):
        remove_tree(files, posixpath.join(path, name))
    files.remove_directory(path)


def _make_directories(files: Files, path: str) -> None:
    if not files.is_directory(path):
        _make_directories(files, posixpath.dirname(path))
        files.make_directory(path)
