"""`vnetsim.yaml` beside a scenario: what images listen on, and what is there before a compose file is.

    images:
      acme/api: {listen: tcp/8000}
      acme/dns:1: {listen: [tcp/53, udp/53]}
    compose:
      prepare:
        - docker network create proxy

A name is that of an image, with its tag or for all tags, or of a service whose image is built.  It means what
`--image NAME=listen:tcp/8000` means, which comes first.  The commands of `prepare` are typed on the host before
`docker compose up`; other scenarios have commands of their own, and leave them out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.values import define, frozen

if TYPE_CHECKING:
    from vnetsim.compose.reading import YamlNode

NAME: Final = "vnetsim.yaml"
_PORT: Final = re.compile(r"(tcp|udp)/([0-9]{1,5})", re.ASCII)
_EXPECTED: Final = "expected a port like tcp/8000 or udp/53"

Images = Mapping[str, Sequence[str]]


def port_of(text: str) -> str | None:
    """`tcp/8000` as `8000/tcp`; None for what is no port."""
    found = _PORT.fullmatch(text)
    return f"{int(found[2])}/{found[1]}" if found and 0 < int(found[2]) <= 0xFFFF else None


@frozen
class PrepareCommand:
    """A command line, and where it is written."""

    text: str
    file: str
    line: int


@define
class _Declared:
    images: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    prepare: tuple[PrepareCommand, ...] = ()


def declared_images(scenario: str, images: Images | None) -> Images | None:
    """`images`, and those of the file beside the scenario; UsageError, with its line, if it makes no sense."""
    found = _beside(scenario)
    return images if found is None else {**found.images, **(images or {})}


def prepare_commands(scenario: str) -> tuple[PrepareCommand, ...]:
    """What is typed before the compose file comes up, in its order; UsageError as above."""
    found = _beside(scenario)
    return () if found is None else found.prepare


def _beside(scenario: str) -> _Declared | None:
    folder = Path(scenario) if Path(scenario).is_dir() else Path(scenario).parent
    path = folder / NAME
    return _read(path) if path.is_file() else None


def _read(path: Path) -> _Declared:
    from vnetsim.compose.reading import documents  # noqa: PLC0415 -- most scenarios have none
    from vnetsim.compose.values import ComposeError  # noqa: PLC0415

    try:
        root = next(documents(path.read_text("utf-8-sig")), None)
    except ComposeError as error:
        raise UsageError(f"{path}:{error.line or 1}: {error}") from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    found = _Declared()
    for key, node in _pairs(path, root, "a mapping `images` or `compose`"):
        if key.value == "images":
            entries = _pairs(path, node, "a mapping of names of images")
            found.images = {name.value: _listen(path, name, entry) for name, entry in entries}
        elif key.value == "compose":
            found.prepare = _prepare(path, node)
        else:
            raise UsageError(f"{path}:{key.line}: expected `images` or `compose`, found `{key.value}`")
    return found


def _prepare(path: Path, node: YamlNode) -> tuple[PrepareCommand, ...]:
    for key, commands in _pairs(path, node, "a mapping `prepare`"):
        if key.value != "prepare":
            raise UsageError(f"{path}:{key.line}: expected `prepare`, found `{key.value}`")
        if commands.kind != "sequence":
            raise UsageError(f"{path}:{commands.line}: expected a list of commands")
        return tuple(_command(path, each) for each in commands.content)
    return ()


def _command(path: Path, node: YamlNode) -> PrepareCommand:
    if node.kind != "scalar" or not node.value.strip():
        raise UsageError(f"{path}:{node.line}: expected a command, found {node.value or node.kind!r}")
    return PrepareCommand(node.value.strip(), str(path), node.line)


def _pairs(path: Path, node: YamlNode | None, expected: str) -> list[tuple[YamlNode, YamlNode]]:
    target = node.target if node is not None and node.target is not None else node
    if target is None or target.kind != "mapping":
        raise UsageError(f"{path}:{1 if target is None else target.line}: expected {expected}")
    return list(zip(target.content[::2], target.content[1::2], strict=True))


def _listen(path: Path, name: YamlNode, entry: YamlNode) -> tuple[str, ...]:
    pairs = _pairs(path, entry, f"`listen` of {name.value}")
    for key, node in pairs:
        if key.value != "listen":
            raise UsageError(f"{path}:{key.line}: expected `listen`, found `{key.value}`")
        return tuple(_port(path, each) for each in (node.content if node.kind == "sequence" else [node]))
    raise UsageError(f"{path}:{name.line}: expected `listen` of {name.value}")


def _port(path: Path, node: YamlNode) -> str:
    port = port_of(node.value) if node.kind == "scalar" else None
    if port is None:
        raise UsageError(f"{path}:{node.line}: {_EXPECTED}, found {node.value or node.kind!r}")
    return port
