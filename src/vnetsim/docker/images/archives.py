"""Reading tar archives: the context of a build, the layers of an image, a file system that is imported.

Not modelled: devices, owners, modes and times; a link in an archive is what it leads to, if that is in the archive.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

from vnetsim.docker.images.layers import PROGRAM, WHITEOUT, ImageLayer, file_text, octets
from vnetsim.errors import EngineError, NotModelled

#: Bytes of an archive without its compression.
MOST: Final = 256 << 20
_OPAQUE: Final = f"{WHITEOUT}{WHITEOUT}.opq"
_LINKS: Final = (("/var/run", "/run"), ("/bin", "/usr/bin"), ("/sbin", "/usr/sbin"))
_BIN: Final = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
_ELF: Final = "\x7fELF"


def read_members(data: bytes) -> dict[str, bytes | None]:
    """Files and directories (None) by their path without a slash in front; EngineError 500 for what is no archive."""
    plain = _decompressed(data)
    if plain and len(plain) < tarfile.BLOCKSIZE:
        raise EngineError(500, "unexpected EOF")
    found: dict[str, bytes | None] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for name, content in _members(tar):
                found[name] = content
    except tarfile.ReadError as error:
        if plain.strip(b"\0"):
            raise EngineError(500, f"archive/tar: invalid tar header ({error})") from None
    except (tarfile.TarError, ValueError, KeyError, OSError, RecursionError) as error:
        raise EngineError(500, f"archive/tar: {error}") from None
    return found


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes | None]]:
    for member in tar:
        name = posixpath.normpath("/" + member.name).lstrip("/")
        if not name:
            continue
        if member.isdir():
            yield name, None
        elif member.isfile() or member.islnk() or member.issym():
            content = _content(tar, member)
            if content is not None:
                yield name, content


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | None:
    """None for a link that leads to nothing in the archive."""
    try:
        opened = tar.extractfile(member)
    except (KeyError, RecursionError):
        return None
    return None if opened is None else opened.read()


def _decompressed(data: bytes) -> bytes:
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        raise NotModelled("an archive that is compressed by zstd")
    try:
        with _opened(data) as stream:
            plain = stream.read(MOST + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise EngineError(500, str(error)) from None
    if len(plain) > MOST:
        raise NotModelled(f"an archive of more than {MOST} bytes")
    return plain


def _opened(data: bytes) -> IO[bytes] | gzip.GzipFile:
    stream = io.BytesIO(data)
    if data.startswith(b"\x1f\x8b"):
        return gzip.open(stream, "rb")
    if data.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    return lzma.LZMAFile(stream) if data.startswith(b"\xfd7zXZ") else stream


def read_tree(data: bytes) -> dict[str, str | None]:
    """The files of a build's context."""
    return {name: None if content is None else file_text(content) for name, content in read_members(data).items()}


def read_layer(data: bytes) -> ImageLayer:
    """A layer; files of programs are programs, whoever made them."""
    files: dict[str, str] = {}
    directories: list[str] = []
    removed: list[str] = []
    programs: set[str] = set()
    for name, content in read_members(data).items():
        path = _normal(f"/{name}")
        above, last = posixpath.split(path)
        if last == _OPAQUE:
            removed.append(above)
        elif last.startswith(WHITEOUT):
            removed.append(posixpath.join(above, last.removeprefix(WHITEOUT)))
        elif content is None:
            directories.append(path)
        elif content.startswith(octets(PROGRAM)) or (above in _BIN and content.startswith(octets(_ELF))):
            programs.add(last)
        else:
            files[path] = file_text(content)
    return ImageLayer(files, tuple(directories), tuple(removed), frozenset(programs), given_archive=data)


def _normal(path: str) -> str:
    for old, new in _LINKS:
        if path == old or path.startswith(f"{old}/"):
            return new + path[len(old) :]
    return path
