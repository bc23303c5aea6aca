"""What images consist of: layers, and the history of the steps that made them (layer, image of moby 28.5).

A layer has what one step changed.  Its digest is that of its tar archive, in which every file has one time, belongs to
root and has the mode 0644, or 0755 for a directory or a program; an image's id is the digest of its configuration.
The file of a program is a line of text that says which one it is.

Not modelled: owners, modes, times, links and devices of files, and the size of programs: each layer of an image that
was not made here has the size of the recorded one.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import attrs

from vnetsim.values import frozen

#: Before the name of a file that a layer removes (AUFS, OCI image specification).
WHITEOUT: Final = ".wh."
#: The first line of a program's file.
PROGRAM: Final = "#!vnetsim "
#: Where programs are in an archive.
_BIN: Final = "/usr/bin"
_BLOCK: Final = 512


def octets(text: str) -> bytes:
    """The bytes of a file of the simulated machine (PEP 383); surrogates that come from no bytes are `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def file_text(data: bytes) -> str:
    """The text of a file with these bytes."""
    return data.decode("utf-8", "surrogateescape")


@frozen(eq=False)
class ImageLayer:
    """Texts by path, directories, paths that are gone, names of programs.

    `given_size` None: the number of the bytes; `time` is that of the files, in seconds since 1970.  `given_archive` is
    what another engine made of it, whose digest names it.
    """

    files: Mapping[str, str] = attrs.field(factory=dict)
    directories: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    programs: frozenset[str] = frozenset()
    given_size: int | None = None
    time: int = 0
    given_archive: bytes = b""

    @property
    def digest(self) -> str:
        """The DiffID."""
        return _digest_of(self)

    @property
    def size(self) -> int:
        return sum(len(octets(text)) for text in self.files.values()) if self.given_size is None else self.given_size

    def archive(self) -> bytes:
        return self.given_archive or archive(self._entries(), self.time)

    def _entries(self) -> Iterator[tuple[str, str | None]]:
        yield from self.files.items()
        yield from ((path, None) for path in self.directories)
        for path in self.removed:
            above, _, name = path.rpartition("/")
            yield f"{above}/{WHITEOUT}{name}", ""
        own = {path.rpartition("/")[2] for path in self.files if path.rpartition("/")[0].endswith("bin")}
        yield from ((f"{_BIN}/{name}", f"{PROGRAM}{name}\n") for name in self.programs - own if name[0] != "<")


@lru_cache(1024)
def _digest_of(layer: ImageLayer) -> str:
    return digest(layer.archive())


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


#: The digest of a layer in which nothing is.
EMPTY: Final = digest(bytes(2 * _BLOCK))


def archive(entries: Iterable[tuple[str, str | None]], time: int = 0) -> bytes:
    """A tar archive of files and directories (None) by absolute path, with two blocks of zeros at its end."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, text in sorted(entries):
            _add(tar, path.lstrip("/"), None if text is None else octets(text), time)
        end = buffer.tell()
    return buffer.getvalue()[:end] + bytes(2 * _BLOCK)


def _add(tar: tarfile.TarFile, name: str, data: bytes | None, time: int) -> None:
    info = tarfile.TarInfo(name)
    info.mtime = time
    if data is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(info)
        return
    info.size, info.mode = len(data), 0o755 if data.startswith(PROGRAM.encode()) else 0o644
    tar.addfile(info, io.BytesIO(data))


def chain_ids(digests: Sequence[str]) -> list[str]:
    """layer.CreateChainID: the names of a stack of layers, by its height."""
    chain: list[str] = []
    for each in digests:
        chain.append(each if not chain else digest(f"{chain[-1]} {each}".encode()))
    return chain


def directory_of(chain_id: str) -> str:
    """The directory of a layer, whose name a real engine chooses at random."""
    return f"/var/lib/docker/overlay2/{hashlib.sha256(chain_id.encode()).hexdigest()}"


def merged(layers: Iterable[ImageLayer]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The files and directories of a stack of layers."""
    files: dict[str, str] = {}
    directories: dict[str, None] = {}
    for layer in layers:
        for path in layer.removed:
            for known in (files, directories):
                for gone in [each for each in known if each == path or each.startswith(f"{path}/")]:
                    del known[gone]
        files |= layer.files
        directories |= dict.fromkeys(layer.directories)
    return files, tuple(directories)


@frozen
class HistoryEntry:
    """One step; `created` in nanoseconds since 1970."""

    created: int
    created_by: str = ""
    comment: str = ""
    author: str = ""
    empty: bool = False


@frozen(eq=False)
class ImageOrigin:
    """How an image was made; `created` in nanoseconds since 1970, `parent` is an id or ""."""

    id: str
    created: int
    layers: tuple[ImageLayer, ...]
    history: tuple[HistoryEntry, ...]
    parent: str = ""
    comment: str = ""
    author: str = ""
    #: The JSON whose digest is the id; empty for what was not made here.
    configuration: bytes = b""
