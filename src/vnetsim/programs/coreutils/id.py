"""id, whoami and groups (coreutils): the user and the groups of a process, or of a user of /etc/passwd."""

from __future__ import annotations

from collections.abc import Sequence

from vnetsim.process import Process, Program
from vnetsim.process.passwd import group_name, groups, passwd, user_name
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag, switch
from vnetsim.values import define, frozen


@define
class IdOptions(GnuOptions):
    ignored = "-r|--real"
    unmodelled = "-Z -z -a"

    number: str = switch({"-u --user": "u", "-g --group": "g", "-G --groups": "G"}, "")
    name: bool = flag("-n", "--name")


@frozen
class _Identity:
    uid: int
    gid: int
    #: With `gid`.
    groups: tuple[int, ...]


def _own(process: Process) -> _Identity:
    context = process.context
    known = tuple(sorted(context.groups))
    if not context.busybox:
        known = tuple(dict.fromkeys((context.gid, *known)))
    return _Identity(context.uid, context.gid, known)


def _of(process: Process, name: str) -> _Identity | None:
    """A user by name or number."""
    entry = next((each for each in passwd(process.files) if name in (each.name, str(each.uid))), None)
    if entry is None:
        return None
    others = sorted(group.gid for group in groups(process.files) if entry.name in group.members)
    return _Identity(entry.uid, entry.gid, tuple(dict.fromkeys((entry.gid, *others))))


@ends_by_exit
def main(process: Process) -> Program:
    called = process.argv[0].rpartition("/")[2]
    if called == "whoami":
        return _whoami(process)
    if called == "groups" and len(process.argv) == 1:
        return _names(process, "groups", _own(process).groups)
    options = IdOptions.read(process)
    status = 0
    for name in options.operands or [None]:
        found = _own(process) if name is None else _of(process, name)
        if found is None:
            process.error(f"id: '{name}': no such user\n")
            status = 1
        else:
            status = _print(process, options, found) or status
    return status


def _whoami(process: Process) -> int:
    name = user_name(process.files, process.context.uid)
    if name is None:
        process.error(f"whoami: cannot find name for user ID {process.context.uid}\n")
        return 1
    process.write(f"{name}\n")
    return 0


def _print(process: Process, options: IdOptions, found: _Identity) -> int:
    if not options.number:
        process.write(f"{_all(process, found)}\n")
        return 0
    numbers = {"u": (found.uid,), "g": (found.gid,), "G": found.groups}[options.number]
    if not options.name:
        process.write(" ".join(map(str, numbers)) + "\n")
        return 0
    if options.number != "u":
        return _names(process, "id", numbers)
    name = user_name(process.files, found.uid)
    process.write(f"{name or found.uid}\n")
    if name is None:
        process.error(f"id: cannot find name for user ID {found.uid}\n")
    return int(name is None)


def _names(process: Process, program: str, numbers: Sequence[int]) -> int:
    names = [group_name(process.files, number) for number in numbers]
    process.write(" ".join(name or str(number) for name, number in zip(names, numbers, strict=True)) + "\n")
    unknown = [number for name, number in zip(names, numbers, strict=True) if name is None]
    for number in unknown:
        process.error(f"{program}: cannot find name for group ID {number}\n")
    return int(bool(unknown))


def _all(process: Process, found: _Identity) -> str:
    user, group = user_name(process.files, found.uid), group_name(process.files, found.gid)
    others = ",".join(_named(number, group_name(process.files, number)) for number in found.groups)
    return f"uid={_named(found.uid, user)} gid={_named(found.gid, group)} groups={others}"


def _named(number: int, name: str | None) -> str:
    return f"{number}({name})" if name else str(number)
