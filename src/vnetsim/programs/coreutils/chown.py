"""chown, chgrp and chmod (coreutils): owners and modes as `ls -l` shows them.

Afterwards users other than root may read and write there, whatever the mode: that is an assumption of answers.  But for
+x and -x, which say who may run it.

Not modelled: options other than -R, -f and -h, `--reference`, other users than those in /etc/passwd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.process.passwd import groups, passwd
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define

_MODE: Final = re.compile(
    r"[0-7]{1,5}|([ugoa]*([-+=]([rwxXst]*|[ugo]))+)(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*", re.ASCII
)
#: A mode, though it looks like an option.
_REMOVED: Final = re.compile(r"-[rwxXst]+")
_NAMES: Final = re.compile(r"[\w.-]*([:.][\w.-]*)?", re.ASCII)
#: The bits of each class, with those of the sticky bit and of set-id.
_CLASSES: Final = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
_LETTERS: Final = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}
#: Of devices and the like, and of users that only a real machine has.
NOT_KEPT: Final = "owners and modes of files are not kept"
_UMASK: Final = 0o022
_SET_IDS: Final = 0o6000


@define
class ChownOptions(GnuOptions):
    ignored = "-f|--silent|--quiet -h|--no-dereference --dereference -H -L -P"
    unmodelled = "-v|--verbose -c|--changes --reference: --from: --preserve-root --no-preserve-root"

    recursive: bool = flag("-R", "--recursive")


@ends_by_exit
def main(process: Process) -> Program:
    name, args = process.argv[0].rsplit("/", 1)[-1], list(process.argv[1:])
    removed = [each for each in args if name == "chmod" and _REMOVED.fullmatch(each)][:1]
    args = [each for each in args if each not in removed]
    options = ChownOptions.read(process, args)
    if not (removed or options.operands):
        raise options.misused("missing operand")
    wanted, *paths = [*removed, *options.operands]
    if not paths:
        raise options.misused(f"missing operand after '{wanted}'")
    if name == "chmod" and not _MODE.fullmatch(wanted):
        raise options.misused(f"invalid mode: '{wanted}'")
    user, group = (None, None) if name == "chmod" else _owner(process, name, wanted)
    status = 0
    for operand in paths:
        path = absolute(process, operand)
        if not process.files.exists(path):
            process.error(f"{name}: cannot access '{operand}': {Errno.ENOENT.strerror}\n")
            status = 1
            continue
        try:
            for each in _below(process, path) if options.recursive else (path,):
                _change(process, each, wanted if name == "chmod" else "", user, group)
        except KernelError as error:
            what = "permissions" if name == "chmod" else "ownership"
            process.error(f"{name}: changing {what} of '{operand}': {error.errno.strerror}\n")
            status = 1
    return status


def _below(process: Process, path: str) -> Iterator[str]:
    yield path
    if process.files.is_directory(path):
        for each in process.files.list(path):
            yield from _below(process, f"{path.rstrip('/')}/{each}")


def _change(process: Process, path: str, mode: str, user: int | None, group: int | None) -> None:
    files = process.files
    try:
        before = files.status(path)
    except NotModelled:
        process.machine.assume(NOT_KEPT)
        return
    if mode:
        given = _mode(mode, before.mode, directory=before.directories is not None)
        files.set_status(path, mode=given)
        if given ^ before.mode in (0, _LETTERS["x"]):
            return
    else:
        owner = (before.owner[0] if user is None else user, before.owner[1] if group is None else group)
        gone = 0 if before.directories is not None else _SET_IDS if before.mode & 0o010 else 0o4000
        files.set_status(path, before.mode & ~gone, owner)
    files.give_away(path)
    process.machine.assume("who may read or write a file is not judged by its owner and mode")


def _mode(wanted: str, mode: int, *, directory: bool) -> int:
    """chmod(1): a directory keeps its set-id bits under a number of four digits or fewer."""
    if is_digits(wanted):
        return int(wanted, 8) | (mode & _SET_IDS if directory and len(wanted) < len("00755") else 0)
    for clause in wanted.split(","):
        classes = re.split("[-+=]", clause)[0]
        who = _CLASSES["a"] if "a" in classes else sum({_CLASSES[each] for each in classes})
        for sign, letters in re.findall("([-+=])([^-+=]*)", clause):
            mode = _changed(mode, sign, letters, who, directory=directory)
    return mode


def _changed(mode: int, sign: str, letters: str, who: int, *, directory: bool) -> int:
    if letters in ("u", "g", "o"):
        shift = {"u": 6, "g": 3, "o": 0}[letters]
        bits = (mode >> shift & 0o7) * 0o111
    elif "X" in letters and not directory and not mode & 0o111:
        bits = sum(_LETTERS[each] for each in set(letters) - {"X"})
    else:
        bits = sum({_LETTERS[each.lower()] for each in letters})
    bits &= who or (_CLASSES["a"] if sign == "-" else ~_UMASK)
    if sign == "+":
        return mode | bits
    if sign == "-":
        if not who and mode & bits & _UMASK:
            raise NotModelled(f"chmod -{letters}, which does not take it from all")
        return mode & ~bits
    kept = mode & _SET_IDS if directory else 0
    return mode & ~(who or _CLASSES["a"]) | kept | bits


def _owner(process: Process, name: str, wanted: str) -> tuple[int | None, int | None]:
    """USER, USER:GROUP, USER: (with the user's group) or :GROUP as numbers; chgrp takes a group."""
    if not _NAMES.fullmatch(wanted):
        raise Exit(1, stderr=f"{name}: invalid {'group' if name == 'chgrp' else 'user'}: '{wanted}'\n")
    user, colon, group = ("", ":", wanted) if name == "chgrp" else wanted.partition(":")
    if "." in user:
        raise NotModelled(f"{name} {wanted}")
    known = {line.name: line for line in passwd(process.files)}
    uid = _number(process, user, {line.name: line.uid for line in known.values()})
    if colon and user in known and not group:
        return uid, known[user].gid
    return uid, _number(process, group, {line.name: line.gid for line in groups(process.files)})


def _number(process: Process, name: str, known: Mapping[str, int]) -> int | None:
    """None for no name, and for one that a real machine may have."""
    if not name or name in known or is_digits(name):
        return None if not name else known[name] if name in known else int(name)
    process.machine.assume(NOT_KEPT)
    return None
