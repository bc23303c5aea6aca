"""COPY and ADD: which files of the build context, or of another image, go where (builder/dockerfile/copy.go).

Not modelled: ADD of URLs, of git repositories and of archives, --chown (every file is root's), links.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from vnetsim.docker import images
from vnetsim.docker.api.build import FileTree
from vnetsim.docker.daemon.list_images import path_match
from vnetsim.docker.images import Image, programs
from vnetsim.docker.images.layers import ImageLayer, octets
from vnetsim.errors import EngineError, NotModelled
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.docker.images.dockerfile import Instruction
    from vnetsim.docker.images.instructions import BuildStage, Copier

_REMOTE: Final = ("http://", "https://", "ftp://", "git@", "git://", "ssh://")
#: The directories of PATH.
_PATH: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_ARCHIVES: Final = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@frozen(eq=False)
class Copied:
    """The layer, and what the history says of its source: `file:HASH`, `dir:HASH`, `multi:HASH`."""

    layer: ImageLayer
    source: str


def copy(name: str, words: list[str], tree: FileTree, directory: str, existing: Collection[str]) -> Copied:
    """`name` is ADD or COPY, `directory` the working directory, `existing` the directories of the image.

    EngineError 400.
    """
    *sources, destination = words
    if not sources or all(word.startswith("<<") for word in sources):
        raise EngineError(400, f"{name} failed: no source files were specified")
    found = [path for source in sources for path in _matching(name, source, tree)]
    target = posixpath.normpath(posixpath.join("/", directory, destination))
    is_directory = destination.endswith("/") or destination in (".", "..") or target in existing
    if len(found) > 1 and not is_directory:
        said = "the destination must be a directory and end with a /"
        raise EngineError(400, f"When using {name} with more than one source file, {said}")
    files: dict[str, str] = {}
    directories: list[str] = []
    for path in found:
        _place(path, tree, target, is_directory, files, directories)
    own = [one for one in directories if one not in existing]
    layer = ImageLayer(files=files, directories=tuple(dict.fromkeys(own)), programs=_programs(files))
    return Copied(layer, _described(found, tree))


def lenient_copier(tree: FileTree) -> Copier:
    """COPY of what is known of a context: what is not there may be there, and is left out."""
    given = without_ignored(tree)

    def copied(stage: BuildStage, one: Instruction, find: Callable[[str], BuildStage | None]) -> Mapping[str, str]:
        *sources, destination = [stage.expanded(word) for word in one.words]
        where = destination if len(sources) == 1 else f"{destination}/"
        source_tree: FileTree = given
        if one.flag("from"):
            earlier = find(stage.expanded(one.flag("from")))
            source_tree = {path.lstrip("/"): text for path, text in (earlier.files if earlier else {}).items()}
        own = (each for path in stage.files for each in _above(path))
        existing = {*images.directories_of(stage.base.entry), *own, *_above(f"{stage.image.directory}/x"), "/"}
        found: dict[str, str] = {}
        for source in sources:
            with suppress(EngineError, NotModelled):
                tree = _with_directories(source_tree)
                found |= copy(one.name, [source, where], tree, stage.image.directory, existing).layer.files
        return found

    return copied


def _with_directories(tree: FileTree) -> FileTree:
    directories = (each.lstrip("/") for path in tree for each in _above(f"/{path}"))
    return {**dict.fromkeys(directories), **tree}


class Taken(NamedTuple):
    """What COPY takes from an image besides its known files: programs, and paths of which nothing is known."""

    programs: frozenset[str]
    unknown: tuple[str, ...]
    #: As in the history.
    source: str


def of_image(words: list[str], tree: FileTree, image: Image) -> tuple[list[str], Taken]:
    """The arguments of COPY without the sources that are no known files of the image it takes from.

    What an image is known not to have stays, and is refused: a program of one whose programs are known.
    """
    *sources, destination = words
    kept, found, unknown = [], set(), []
    for source in sources:
        path = posixpath.normpath(posixpath.join("/", source))
        directory, name = posixpath.split(path)
        is_complete = programs.NO_OTHERS in image.programs and programs.UNKNOWN_PROGRAM not in image.programs
        if path == "/" or path.lstrip("/") in tree or any(path_match(path.lstrip("/"), each) for each in tree):
            kept.append(source)
        elif directory in _PATH and name in image.programs:
            found.add(posixpath.basename(destination.rstrip("/")) if destination[-1] != "/" else name)
        elif directory in _PATH and is_complete:
            kept.append(source)
        else:
            unknown.append(source)
            found.add(programs.UNKNOWN_PROGRAM)
    said = hashlib.sha256(" ".join((image.id, *sources)).encode()).hexdigest()
    return [*kept, destination], Taken(frozenset(found), tuple(unknown), f"multi:{said}")


def _programs(paths: Collection[str]) -> frozenset[str]:
    """Those that vnetsim has, of the files in directories of PATH."""
    return programs.ALL & {posixpath.basename(path) for path in paths if posixpath.dirname(path) in _PATH}


def _matching(name: str, source: str, tree: FileTree) -> list[str]:
    if source.startswith(_REMOTE):
        raise NotModelled(f"{name} of {source}")
    path = posixpath.normpath(source.lstrip("/") or ".")
    if path == ".." or path.startswith("../"):
        raise EngineError(400, f"{name} failed: forbidden path outside the build context: {source} ()")
    if path == "." or path in tree:
        if name == "ADD" and path.endswith(_ARCHIVES):
            raise NotModelled(f"ADD of the archive {source}")
        return [path]
    if any(character in path for character in "*?["):
        found = [each for each in sorted(tree) if path_match(path, each)]
        if found:
            return found
        raise EngineError(400, f"{name} failed: no source files were specified")
    said = "file not found in build context or excluded by .dockerignore"
    raise EngineError(400, f"{name} failed: {said}: stat {path}: file does not exist")


def _place(
    path: str, tree: FileTree, target: str, is_directory: bool, files: dict[str, str], directories: list[str]
) -> None:
    """A file, or what is in a directory."""
    text = tree.get(path) if path != "." else None
    if text is not None:
        where = posixpath.join(target, posixpath.basename(path)) if is_directory else target
        files[where] = text
        directories += _above(where)
        return
    directories += [*_above(target), target]
    below = "" if path == "." else f"{path}/"
    for inner, content in tree.items():
        if not inner.startswith(below) or inner == path:
            continue
        where = posixpath.join(target, inner[len(below) :])
        directories += _above(where)
        if content is None:
            directories.append(where)
        else:
            files[where] = content


def _above(path: str) -> list[str]:
    parts = path.strip("/").split("/")[:-1]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def _described(found: list[str], tree: FileTree) -> str:
    hashes = [_hash(path, tree) for path in found]
    if len(found) > 1:
        return f"multi:{hashlib.sha256(','.join(hashes).encode()).hexdigest()}"
    kind = "dir" if found[0] == "." or tree[found[0]] is None else "file"
    return f"{kind}:{hashes[0]}"


def _hash(path: str, tree: FileTree) -> str:
    text = tree.get(path) if path != "." else None
    if text is not None:
        return hashlib.sha256(octets(text)).hexdigest()
    below = "" if path == "." else f"{path}/"
    parts = sorted((inner, content) for inner, content in tree.items() if inner.startswith(below))
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def without_ignored(tree: FileTree, kept: Collection[str] = ()) -> dict[str, str | None]:
    """The context without what its .dockerignore names but for what is `kept`.

    The client keeps the Dockerfile and .dockerignore, the builder takes them out once it has read them
    (removeDockerfile of builder/remotecontext).
    """
    rules = _rules(tree.get(".dockerignore") or "")
    return {path: text for path, text in tree.items() if path in kept or not _is_ignored(path, text, rules, tree)}


def _rules(text: str) -> list[tuple[str, bool]]:
    """Patterns, and whether each is an exception."""
    lines = (line.strip() for line in text.splitlines() if not line.startswith("#"))
    found = []
    for line in filter(None, lines):
        is_exception = line.startswith("!")
        pattern = posixpath.normpath(line.removeprefix("!").strip()).lstrip("/")
        found.append((pattern, is_exception))
    return found


def _is_ignored(path: str, text: str | None, rules: list[tuple[str, bool]], tree: Mapping[str, str | None]) -> bool:
    """A directory stays while something in it does."""
    if text is None:
        inner = [each for each in tree if each.startswith(f"{path}/") and tree[each] is not None]
        if inner:
            return all(_is_ignored(each, "", rules, {}) for each in inner)
    ignored = False
    for pattern, is_exception in rules:
        if ignored == is_exception and _matches(pattern, path):
            ignored = not is_exception
    return ignored


def _matches(pattern: str, path: str) -> bool:
    """The path itself, or a directory that it is in."""
    parts = path.split("/")
    return any(_matches_exactly(pattern, "/".join(parts[: count + 1])) for count in range(len(parts)))


def _matches_exactly(pattern: str, path: str) -> bool:
    if pattern.startswith("**/"):
        rest = pattern.removeprefix("**/")
        parts = path.split("/")
        return any(_matches_exactly(rest, "/".join(parts[index:])) for index in range(len(parts)))
    if pattern == "**":
        return True
    return path_match(pattern.replace("/**", "/*"), path)
