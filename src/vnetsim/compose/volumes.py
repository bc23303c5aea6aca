"""The short syntax of a service's volumes, `SOURCE:TARGET:OPTIONS` (compose-go's format/volume.go)."""

from __future__ import annotations

from typing import Final

from vnetsim.compose.files import clean
from vnetsim.compose.values import ComposeError, YamlMap

_PROPAGATION: Final = ("rprivate", "private", "rshared", "shared", "rslave", "slave")


def parse(spec: str) -> YamlMap:
    """The long form, with fields in compose's order."""
    if not spec:
        raise ComposeError("invalid empty volume spec")
    if len(spec.encode("utf-8", "surrogateescape")) <= 2:
        return {"type": "volume", "target": spec}
    volume: YamlMap = {}
    parts = _sections(spec)
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        try:
            _section(volume, part, last)
        except ComposeError as error:
            raise ComposeError(f"invalid spec: {spec}: {error}") from None
    return _typed(volume)


def _sections(spec: str) -> list[str]:
    """The parts between colons, but for those of a Windows drive and those within `${...}`."""
    parts, buffer, nested = [], "", 0
    for index, char in enumerate(spec):
        if char == "$" and spec[index + 1 : index + 2] == "{":
            nested += 1
        elif char == "}" and nested:
            nested -= 1
        elif char == ":" and not nested and not (len(buffer) == 1 and buffer.isalpha()):
            parts.append(buffer)
            buffer = ""
            continue
        buffer += char
    return parts if nested else [*parts, buffer]


def _section(volume: YamlMap, part: str, last: bool) -> None:
    if not part:
        raise ComposeError("empty section between colons")
    if not volume.get("source"):
        volume["target" if last else "source"] = part
    elif not volume.get("target"):
        volume["target"] = part
    elif not last:
        raise ComposeError("too many colons")
    else:
        _options(volume, part)


def _options(volume: YamlMap, text: str) -> None:
    bind: YamlMap = {}
    for option in text.split(","):
        if option in ("ro", "rw"):
            volume["read_only"] = option == "ro"
        elif option == "nocopy":
            volume["volume"] = {"nocopy": True}
        elif option in _PROPAGATION:
            bind["propagation"] = option
        elif option in ("z", "Z"):
            bind["selinux"] = option
    if bind:
        volume["bind"] = bind


def _typed(volume: YamlMap) -> YamlMap:
    source = volume.get("source", "")
    assert isinstance(source, str)
    if is_file_path(source):
        bind = volume.get("bind")
        volume["bind"] = {**(bind if isinstance(bind, dict) else {}), "create_host_path": True}
        volume["type"] = "bind"
    else:
        volume["type"] = "volume"
        volume.setdefault("volume", {})
    return volume


def is_file_path(source: str) -> bool:
    if not source:
        return False
    drive = source[0].isalpha() and source[1:2] == ":"
    return source[0] in "./~" or source.startswith("\\\\") or drive


def short_form(spec: str) -> YamlMap:
    volume = parse(spec)
    target = volume.get("target")
    if isinstance(target, str) and target:
        volume["target"] = clean(target)
    if volume.get("read_only") is False:
        del volume["read_only"]
    return volume
