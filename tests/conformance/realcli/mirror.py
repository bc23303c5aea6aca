"""Files of the simulated machine for a program of the computer, in a directory that stands for the root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vnetsim.errors import KernelError
from vnetsim.process import Context
from vnetsim.programs.libc.octets import Decoder, encode

#: Where people keep files: what else there is belongs to the machine.
_PLACES: Final = ("/tmp", "/root", "/srv", "/home", "/opt")
#: Commands of docker whose arguments are paths of the host, and flags whose value is one.
_COMMANDS: Final = re.compile(
    r"(image |container |context )?(build|cp|import|load|save|export)\b|compose\b|image-?save\b"
)
_FLAGS: Final = re.compile(r"--(cidfile|env-file|label-file|iidfile|config)")


class Mirror:
    """The files below `root`: written before a program runs, and read back when it has ended."""

    def __init__(self, root: Path) -> None:
        self._root = root
        #: None for directories.
        self._written: dict[str, bytes | None] = {}

    def directory(self, context: Context) -> Path:
        """The program's working directory."""
        found = self._at(context.environment.get("PWD", "/"))
        found.mkdir(parents=True, exist_ok=True)
        return found

    def write(self, context: Context) -> None:
        """Make what is there that of the simulated machine."""
        there = dict(self._simulated(context))
        for path in sorted(self._written.keys() - there.keys(), reverse=True):
            self._remove(path)
        for path, data in there.items():
            if data is None:
                self._at(path).mkdir(parents=True, exist_ok=True)
            elif self._written.get(path) != data:
                self._at(path).write_bytes(data)
        for place in _PLACES:
            self._at(place).mkdir(parents=True, exist_ok=True)
        self._written = there

    def read_back(self, context: Context) -> None:
        """Give the simulated machine the files that the program wrote."""
        for path in sorted(self._root.rglob("*")):
            name = "/" + path.relative_to(self._root).as_posix()
            if path.is_dir() and not context.files.exists(name):
                context.files.make_directory(name)
            elif path.is_file() and self._written.get(name) != (data := path.read_bytes()):
                context.files.write(name, Decoder().decode(data))
                self._written[name] = data

    def translated(self, argv: list[str]) -> list[str]:
        """Arguments in which the paths of the host are those below the root."""
        if _COMMANDS.match(" ".join(argv)):
            return [argument if ":/" in argument else self._moved(argument) for argument in argv]
        flags = [bool(_FLAGS.match(argument)) for argument in argv]
        return [
            self._moved(argument) if mine or before else argument
            for argument, mine, before in zip(argv, flags, [False, *flags], strict=False)
        ]

    def original(self, text: str) -> str:
        """What the program printed, in the paths of the simulated machine."""
        return text.replace(str(self._root), "")

    def _moved(self, argument: str) -> str:
        return re.sub(rf"(^|=)(?=(?:{'|'.join(_PLACES)})(?:/|$))", rf"\g<1>{self._root}", argument)

    def _remove(self, path: str) -> None:
        if self._written.pop(path) is None:
            self._at(path).rmdir()
        else:
            self._at(path).unlink(missing_ok=True)

    def _at(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def _simulated(self, context: Context) -> Iterator[tuple[str, bytes | None]]:
        own = context.environment.get("PWD", "/")
        for place in {*_PLACES, *([own] if own != "/" else [])}:
            yield from _below(place, context)


def _below(path: str, context: Context) -> Iterator[tuple[str, bytes | None]]:
    """The content of files; None for directories."""
    files = context.files
    if not files.exists(path):
        return
    if not files.is_directory(path):
        try:
            yield path, encode(files.read(path))
        except KernelError:
            return  # no file that has a content
    else:
        yield path, None
        for name in files.list(path):
            yield from _below(f"{path}/{name}", context)
