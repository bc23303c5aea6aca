r"""Tables of commands: `commands.txt` of docker and of docker compose.  A command is a block of lines.

    container stop  lifecycle:run_stop 1+ [OPTIONS] CONTAINER [CONTAINER...]
        Stop one or more running containers
        signal,s  string  -  Signal to send to the container

The first line has the name, the function (MODULE:NAME in the package of the table), the arity (`1`, `0-1`, `1+`),
`passes-on` if nothing after the first argument is a flag, and the use.  A command with a name alone is not modelled.
The second line is the description.  The others are flags: NAME[,SHORT] TYPE ATTRIBUTES USAGE.  Attributes are separated
by commas, `-` for none: `field=` (of the request, see `flags.Flag`), `default=`, `initial=`, `sets=` (the flag whose
value an alias sets), `hidden`, `unmodelled`, `windows`, `deprecated` (its usage is the message).  `@NAME` includes the
flags below that name.  `\n` is a new line.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

import attrs

from vnetsim.errors import NotModelled
from vnetsim.packagedata import data_text
from vnetsim.programs.docker import flags, validators
from vnetsim.programs.docker.cobra import Arity, CobraCommand
from vnetsim.programs.docker.flags import BadValue, Flag, FlagType, listing, switch, text
from vnetsim.programs.docker.mount_opts import read_mount
from vnetsim.programs.docker.network_flag import NETWORK
from vnetsim.values import define

if TYPE_CHECKING:
    from vnetsim.process import Program

_CGROUP_RULE: Final = re.compile(r"[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}")


def _check_cgroup_rule(rule: str) -> str:
    if not _CGROUP_RULE.fullmatch(rule):
        raise BadValue(f"invalid device cgroup format '{rule}'")
    return rule


_TYPES: Final = {
    "array": listing(name="stringArray"),
    "attach": listing(validators.check_attach),
    "bool": flags.BOOL,
    "bytes": flags.BYTES,
    "cgroup-rule": listing(_check_cgroup_rule),
    "decimal": flags.DECIMAL,
    "dns-search": listing(validators.check_dns_search),
    "duration": flags.DURATION,
    "env": listing(validators.check_env),
    "extra-host": listing(validators.check_extra_host),
    "filter": flags.FILTER,
    "gpu-request": FlagType("gpu-request", str, many=True),
    "int": flags.INT,
    "ip": listing(validators.check_ip),
    "label": listing(validators.check_label),
    "link": listing(validators.check_link),
    "list": listing(),
    "map": listing(name="map"),
    "mount": FlagType("mount", read_mount, many=True),
    "network": NETWORK,
    "scale": listing(name="scale"),
    "string": flags.STRING,
    "string-filter": attrs.evolve(flags.FILTER, name="string"),
    "strings": flags.STRINGS,
    "swap-bytes": flags.SWAP_BYTES,
    "tag": listing(validators.check_tag),
    "sysctl": listing(validators.check_sysctl, "map"),
    "uint16": flags.UINT16,
    "uint64": flags.UINT64,
    "ulimit": FlagType("ulimit", validators.check_ulimit, many=True),
}


@define
class CommandTable:
    """The commands of `PACKAGE/commands.txt`; their functions are in the modules of the package."""

    package: str
    _read: dict[str, tuple[Flag, ...]] = attrs.field(init=False, factory=dict)

    @cached_property
    def _blocks(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in data_text("vnetsim.programs", f"{self.package}/commands.txt").splitlines():
            if line.startswith(" "):
                next(reversed(found.values())).append(line.strip().replace("\\n", "\n"))
            elif line and not line.startswith("#"):
                name, _, rest = line.partition("  ")
                found[name] = [rest]
        return found

    def names(self, group: str = "") -> list[str]:
        """The commands of a group (without its name), in the order of its help."""
        prefix = f"{group} " if group else ""
        return [name.removeprefix(prefix) for name in self._blocks if name.startswith(prefix) and name[0] != "@"]

    def short(self, name: str) -> str:
        return self._blocks[name][1].partition("\n")[0]

    def flags(self, name: str) -> tuple[Flag, ...]:
        """The flags of a command, or those below `@NAME`."""
        found = self._read.get(name)
        if found is None:
            lines = self._blocks[name][1 if name.startswith("@") else 2 :]
            found = self._read[name] = tuple(self._flags(lines))
        return found

    def _flags(self, lines: list[str]) -> Iterator[Flag]:
        for line in lines:
            yield from self.flags(line) if line.startswith("@") else (_read_flag(line),)

    def command(self, name: str, path: str) -> CobraCommand:
        """The command called `path`; NotModelled if the table has no function for it."""
        head = self._blocks[name][0]
        if not head:
            raise NotModelled(path)
        function, arity, use = f"{head} ".split(" ", 2)
        least, separator, most = arity.partition("-")
        return CobraCommand(
            use.removesuffix(" ").removeprefix("passes-on ").replace("\\n\\t", "\n\t"),
            self._blocks[name][1],
            function,
            Arity(int(least.rstrip("+")), None if least.endswith("+") else int(most if separator else least)),
            self.flags(name),
            passes_on=use.startswith("passes-on "),
        )

    def function(self, command: CobraCommand) -> Callable[..., Program]:
        module, _, name = command.function.partition(":")
        found = importlib.import_module(f"vnetsim.programs.{self.package}.{module}")
        return cast("Callable[..., Program]", getattr(found, name))


def _read_flag(line: str) -> Flag:
    names, kind, given, *usages = line.split(maxsplit=3)
    name, _, short = names.partition(",")
    usage = "".join(usages)
    attributes = {key: value for key, _, value in (each.partition("=") for each in given.split(","))}
    default, field = attributes.get("default", ""), attributes.get("field", "")
    if kind == "string" and default:
        return text(name, usage, short, default, field)
    if kind == "bool" and default:
        return switch(name, usage, short, default=default == "true", field=field)
    deprecated = "deprecated" in attributes
    return Flag(
        name, _TYPES[kind], "" if deprecated else usage, short, default=default, field=field,
        sets=attributes.get("sets", ""), initial=int(attributes["initial"]) if "initial" in attributes else None,
        hidden="hidden" in attributes, deprecated=usage if deprecated else "",
        modelled="unmodelled" not in attributes, platform="windows" if "windows" in attributes else "",
    )  # fmt: skip
