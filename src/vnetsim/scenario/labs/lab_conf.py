"""Reading `lab.conf` (kathara-lab.conf(5); Kathara: parser/netkit/LabParser.py, model/Machine.py), and `lab.dep`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.values import define, frozen

_LINE: Final = re.compile(
    r"(?P<key>[a-z0-9_]{1,30})\[(?P<arg>\w+)\]=([\"\']?)(?P<value>[^\"\']+)(\3)(\s+#.*)?", re.ASCII
)
_METADATA: Final = re.compile(r"LAB_(NAME|DESCRIPTION|VERSION|AUTHOR|EMAIL|WEB)=")
_RESERVED: Final = ("shared", "_test")
_MAC: Final = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_MOST_DIGITS: Final = 4
_DEPENDENCY: Final = re.compile(r"(?P<key>\w+):\s?(?P<deps>(\w+ ?)+)")


@frozen
class KatharaInterface:
    """ethNUMBER, in a collision domain."""

    number: int
    domain: str
    mac: str | None
    line: int


@frozen
class KatharaOption:
    """`machine[name]="value"`."""

    name: str
    value: str
    line: int


@define
class KatharaMachine:
    """`line` is the first that names it."""

    name: str
    line: int
    interfaces: dict[int, KatharaInterface] = attrs.field(factory=dict)
    options: list[KatharaOption] = attrs.field(factory=list)

    def values(self, name: str) -> list[KatharaOption]:
        return [option for option in self.options if option.name == name]

    def last(self, name: str) -> KatharaOption | None:
        """The option, of which a later value replaces an earlier one."""
        return next(reversed(self.values(name)), None)

    def is_true(self, name: str, file: str) -> bool:
        option = self.last(name)
        if option is None:
            return False
        match option.value.strip().lower():
            case "y" | "yes" | "t" | "true" | "on" | "1":
                return True
            case "n" | "no" | "f" | "false" | "off" | "0":
                return False
        raise UsageError(f"{file}:{option.line}: expected true or false for {name}, found {option.value!r}")


def parse(file: str, text: str) -> list[KatharaMachine]:
    """The machines, in the order in which they are named; UsageError, with the line, for what Kathará refuses."""
    machines: dict[str, KatharaMachine] = {}
    for number, line in enumerate(text.split("\n"), 1):
        found = _LINE.fullmatch(line.strip())
        if found is not None:
            _assign(file, number, machines, found["key"], found["arg"], found["value"].strip())
        elif line.strip() and not line.startswith("#") and not _METADATA.match(line):
            expected = 'expected DEVICE[NUMBER]="DOMAIN", DEVICE[OPTION]="VALUE" or a comment'
            raise UsageError(f"{file}:{number}: {expected}, found {line.strip()!r}")
    if not machines:
        raise UsageError(f'{file}: there is no device in this file: no line like pc1[0]="A"')
    for machine in machines.values():
        _check_numbers(file, machine)
    return list(machines.values())


def _assign(file: str, line: int, machines: dict[str, KatharaMachine], name: str, arg: str, value: str) -> None:
    if name in _RESERVED:
        raise UsageError(f"{file}:{line}: {name} is a name that Kathará reserves: expected another one")
    machine = machines.setdefault(name, KatharaMachine(name, line))
    if arg.isdecimal() and len(arg) > _MOST_DIGITS:
        raise UsageError(f"{file}:{line}: expected the number of an interface, found {arg[:20]}")
    if not arg.isdecimal():
        machine.options.append(KatharaOption(arg, value, line))
        return
    interface = _interface(file, line, int(arg), value)
    if interface.number in machine.interfaces:
        first = machine.interfaces[interface.number].line
        raise UsageError(f"{file}:{line}: eth{arg} of {name} is in a collision domain already, by line {first}")
    for other in machine.interfaces.values():
        if other.domain == interface.domain:
            at = f"by line {other.line}: expected another collision domain"
            raise UsageError(f"{file}:{line}: {name} is in {interface.domain} already, {at}")
    machine.interfaces[interface.number] = interface


def _interface(file: str, line: int, number: int, value: str) -> KatharaInterface:
    domain, *rest = [part for part in value.split("/") if part] if "/" in value else [value]
    if len(rest) > ("/" in value) or ("/" in value and not rest) or not re.fullmatch(r"\w+", domain):
        raise UsageError(f"{file}:{line}: expected a collision domain, as A or A/02:42:ac:11:00:02, found {value!r}")
    if rest and not _MAC.fullmatch(rest[0]):
        raise UsageError(f"{file}:{line}: expected a MAC address like 02:42:ac:11:00:02, found {rest[0]!r}")
    return KatharaInterface(number, domain, rest[0].lower() if rest else None, line)


def _check_numbers(file: str, machine: KatharaMachine) -> None:
    for expected, number in enumerate(sorted(machine.interfaces)):
        if number != expected:
            line = machine.interfaces[number].line
            raise UsageError(f"{file}:{line}: {machine.name} has eth{number} and no eth{expected}: expected {expected}")


def ordered(machines: Iterable[KatharaMachine], dependencies: Path) -> list[KatharaMachine]:
    """The machines in the order of `lab.dep`: those that others wait for first."""
    left = {machine.name: machine for machine in machines}
    waits = _dependencies(dependencies)
    found: list[KatharaMachine] = []
    while left:
        free = [name for name in left if not any(other in left for other in waits.get(name, ()))]
        if not free:
            names = ", ".join(left)
            raise UsageError(f"{dependencies}: {names} wait for each other: expected dependencies without a loop")
        found.append(left.pop(free[0]))
    return found


def _dependencies(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if path.is_file():
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            match = _DEPENDENCY.fullmatch(line.strip())
            if match is not None:
                found[match["key"]] = match["deps"].split()
            elif line.strip() and not line.strip().startswith("#"):
                raise UsageError(f"{path}:{number}: expected DEVICE: DEVICE ..., found {line.strip()!r}")
    return found
