"""The targets of arptables: mangle, MARK, CLASSIFY (libarpt_mangle.c, libxt_MARK.c, libxt_CLASSIFY.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.nft.statement import XtTargetStmt
from vnetsim.programs.arptables.conditions import addresses, base
from vnetsim.programs.arptables.rule import FIELDS
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.mac import Mac

#: The options of targets, by the target.
OPTIONS: Final = {
    "MARK": ("set-mark", "and-mark", "or-mark"),
    "CLASSIFY": ("set-class",),
    "mangle": ("mangle-ip-s", "mangle-ip-d", "mangle-mac-s", "mangle-mac-d", "mangle-target"),
}
ALL_MARKS: Final = 0xFFFF_FFFF
#: The fields that mangle sets, by the option, as they are shown.
_MANGLED: Final = {"mangle-ip-s": "s", "mangle-mac-s": "src-mac", "mangle-ip-d": "d", "mangle-mac-d": "dst-mac"}


def build(name: str, found: list[tuple[str, str]], hosts: Mapping[str, Sequence[Address]]) -> XtTargetStmt:
    """Of options and their arguments; ArgumentError as arptables complains."""
    if name == "mangle":
        return _mangle(found, hosts)
    return _mark(found) if name == "MARK" else _classify(found)


def _mark(found: list[tuple[str, str]]) -> XtTargetStmt:
    """Without an option it keeps all."""
    kept, exchanged = ALL_MARKS, 0
    for number, (name, text) in enumerate(found):
        value = base(16)(text)
        if value is None:
            raise ArgumentError(f"Bad mark value `{text}'")
        if not 0 <= value <= ALL_MARKS:
            raise NotModelled(f"arptables --{name} {text}")
        if number:
            raise ArgumentError(f"MARK: Can't specify --{name} twice")
        kept, exchanged = {"set-mark": (0, value), "and-mark": (value, 0), "or-mark": (ALL_MARKS & ~value, value)}[name]
    shown = (
        f"--and-mark {kept:x}"
        if not exchanged
        else f"--set-mark {exchanged:x}"
        if not kept
        else f"--or-mark {exchanged:x}"
    )
    return XtTargetStmt("target", "MARK", "xt target MARK", shown, mark=(kept, exchanged))


def _classify(found: list[tuple[str, str]]) -> XtTargetStmt:
    if not found:
        raise ArgumentError('CLASSIFY: option "--set-class" must be specified\n')
    if len(found) > 1:
        raise ArgumentError('CLASSIFY: option "--set-class" can only be used once.\n')
    text = found[0][1]
    parts = text.split(":")
    numbers = [base(16)(part) for part in parts[:2]]
    if len(parts) < 2 or None in numbers:
        raise ArgumentError(f'Bad class value "{text}"')
    major, minor = (number or 0 for number in numbers)
    shown = f"{major:x}:{minor:x}"
    return XtTargetStmt(
        "target", "CLASSIFY", f"meta priority set {shown}", f"--set-class {shown}", priority=major << 16 | minor
    )


def _mangle(found: list[tuple[str, str]], hosts: Mapping[str, Sequence[Address]]) -> XtTargetStmt:
    """An option that is given again replaces the first."""
    given = dict(found)
    verdict = given.pop("mangle-target", "ACCEPT")
    if verdict not in ("DROP", "ACCEPT", "CONTINUE"):
        raise ArgumentError("bad target for --mangle-target")
    values = {name: _mangled(name, given[name], hosts) for name in _MANGLED if name in given}
    changes = tuple((FIELDS[_MANGLED[name]][0], int(value)) for name, value in values.items())
    shown = [f"--{name} {value}" for name, value in values.items()]
    shown += [f"--mangle-target {verdict}"] if verdict != "ACCEPT" else []
    return XtTargetStmt(
        "target", "mangle", "xt target mangle", " ".join(shown), changes=changes, verdict=verdict.lower()
    )


def _mangled(name: str, text: str, hosts: Mapping[str, Sequence[Address]]) -> IPv4 | Mac:
    if name.startswith("mangle-ip"):
        return IPv4(addresses(text, hosts)[0])
    try:
        return Mac.parse(text)
    except ValueError:
        raise ArgumentError(f"invalid {'source' if name[-1] == 's' else 'target'} MAC") from None
