r"""Tables of flags in `flagtables/`: a flag is one line, NAME[,SHORT] TYPE ATTRIBUTES USAGE.

Attributes are separated by commas, `-` for none: `field=` (of the request, see `flags.Flag`), `default=`, `initial=`,
`sets=` (the flag whose value an alias sets), `hidden`, `unmodelled`, `windows`.  A `\n` in the usage is a new line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.programs.docker import flags
from vnetsim.programs.docker.flags import Flag, FlagType, switch, text
from vnetsim.programs.resources import resource

_TYPES: Final = {
    "bool": flags.BOOL,
    "bytes": flags.BYTES,
    "decimal": flags.DECIMAL,
    "duration": flags.DURATION,
    "int": flags.INT,
    "list": flags.LIST,
    "map": flags.MAP,
    "string": flags.STRING,
    "swap-bytes": flags.SWAP_BYTES,
    "uint16": flags.UINT16,
    "uint64": flags.UINT64,
}


def read_flags(name: str, types: Mapping[str, FlagType] | None = None) -> tuple[Flag, ...]:
    """The flags of `flagtables/NAME.txt`, where `types` are known besides those of pflag."""
    lines = resource(f"docker/flagtables/{name}.txt").splitlines()
    known = {**_TYPES, **(types or {})}
    return tuple(_read(line, known) for line in lines if not line.startswith("#"))


def _read(line: str, types: Mapping[str, FlagType]) -> Flag:
    names, kind, given, *usages = line.split(maxsplit=3)
    name, _, short = names.partition(",")
    usage = "".join(usages).replace("\\n", "\n")
    attributes = {key: value for key, _, value in (each.partition("=") for each in given.split(","))}
    default, field = attributes.get("default", ""), attributes.get("field", "")
    if kind == "string" and default:
        return text(name, usage, short, default, field)
    if kind == "bool" and default:
        return switch(name, usage, short, default=default == "true", field=field)
    return Flag(
        name, types[kind], usage, short, default=default, field=field, sets=attributes.get("sets", ""),
        initial=int(attributes["initial"]) if "initial" in attributes else None, hidden="hidden" in attributes,
        modelled="unmodelled" not in attributes, platform="windows" if "windows" in attributes else "",
    )  # fmt: skip
