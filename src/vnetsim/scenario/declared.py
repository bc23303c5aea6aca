"""`vnetsim.yaml` beside a scenario: what images listen on.

    images:
      acme/api: {listen: tcp/8000}
      acme/dns:1: {listen: [tcp/53, udp/53]}

A name is that of an image, with its tag or for all tags, or of a service whose image is built.  It means what
`--image NAME=listen:tcp/8000` means, which comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vnetsim.errors import UsageError

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


def declared_images(scenario: str, images: Images | None) -> Images | None:
    """`images`, and those of the file beside the scenario; UsageError, with its line, if it makes no sense."""
    folder = Path(scenario) if Path(scenario).is_dir() else Path(scenario).parent
    path = folder / NAME
    if not path.is_file():
        return images
    return {**_read(path), **(images or {})}


def _read(path: Path) -> Images:
    from vnetsim.compose.reading import documents  # noqa: PLC0415 -- most scenarios have none
    from vnetsim.compose.values import ComposeError  # noqa: PLC0415

    try:
        root = next(documents(path.read_text("utf-8-sig")), None)
    except ComposeError as error:
        raise UsageError(f"{path}:{error.line or 1}: {error}") from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    found: dict[str, tuple[str, ...]] = {}
    for key, node in _pairs(path, root, "a mapping `images`"):
        if key.value != "images":
            raise UsageError(f"{path}:{key.line}: expected `images`, found `{key.value}`")
        for name, entry in _pairs(path, node, "a mapping of names of images"):
            found[name.value] = _listen(path, name, entry)
    return found


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
