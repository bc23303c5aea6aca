"""Users and groups of programs in containers (daemon/oci_linux.go of moby 28.5; moby/sys/user).

Who is in /etc/passwd and /etc/group is known of the recorded images and those of Alpine, Debian and Ubuntu.  In any
other image a name that is not there is assumed to exist, with a number that is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import EngineError
from vnetsim.process.files import Files
from vnetsim.process.passwd import GroupLine, groups, passwd
from vnetsim.values import frozen

_LARGEST: Final = 2**31 - 1
#: The first number for a name that is assumed to exist; others have the numbers below it.
_MADE_UP: Final = 999
_NO_USER: Final = "unable to find user {}: no matching entries in passwd file"
_NO_GROUP: Final = "unable to find group {}: no matching entries in group file"
_RANGE: Final = f"uids and gids must be in range 0-{_LARGEST}"


@frozen
class ContainerUser:
    """`groups` has the group itself, twice where the user is a member of it."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = (0,)
    home: str = "/root"


def find_user(
    files: Files,
    spec: str,
    added: Sequence[str] = (),
    *,
    status: int = 500,
    assume: Callable[[str], None] | None = None,
) -> ContainerUser:
    """`NAME|UID[:GROUP|GID]`, and groups that are added; EngineError with `status`.

    `assume` gets names that are assumed to exist; None: there are no others than those in the files.
    """
    user, _, group = spec.partition(":")
    try:
        return _find(files, user, group, added)
    except _Unknown as error:
        if assume is None or not error.name:
            raise EngineError(status, error.sentence) from None
        _make(files, error)
        assume(f"the {error.what} {error.name} is assumed to exist, with the number {_last(files, error)}")
        return find_user(files, spec, added, status=status, assume=assume)


class _Unknown(Exception):
    """`name`: of whom there might be in another image."""

    def __init__(self, sentence: str, what: str = "", name: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.what, self.name = sentence, what, name


def _find(files: Files, user: str, group: str, added: Sequence[str]) -> ContainerUser:
    known = groups(files)
    entry = next((each for each in passwd(files) if (user or "0") in (each.name, str(each.uid))), None)
    uid = entry.uid if entry is not None else _number(user or "0", "user", _NO_USER)
    gid = entry.gid if entry is not None else 0
    others = [each.gid for each in known if entry is not None and entry.name in each.members]
    if group:
        gid, others = _gid(known, group), []
    extra = [_gid(known, each) for each in added]
    home = entry.home if entry is not None else "/"
    return ContainerUser(uid, gid, tuple(sorted((gid, *others, *extra))), home)


def _gid(known: Sequence[GroupLine], text: str) -> int:
    found = next((each.gid for each in known if text in (each.name, str(each.gid))), None)
    return _number(text, "group", _NO_GROUP) if found is None else found


def _number(text: str, what: str, sentence: str) -> int:
    """A number needs no entry."""
    if not is_digits(text.removeprefix("-")):
        raise _Unknown(sentence.format(text), what, text)
    if not 0 <= int(text) <= _LARGEST:
        raise _Unknown(_RANGE)
    return int(text)


def _make(files: Files, unknown: _Unknown) -> None:
    """Add the name to the files."""
    name = unknown.name
    taken = {each.uid for each in passwd(files)} | {each.gid for each in groups(files)}
    number = next(each for each in range(_MADE_UP, 0, -1) if each not in taken)
    if all(each.name != name for each in groups(files)):
        files.append("/etc/group", f"{name}:x:{number}:\n")
    if unknown.what == "user":
        files.append("/etc/passwd", f"{name}:x:{number}:{number}::/home/{name}:/bin/sh\n")


def _last(files: Files, unknown: _Unknown) -> int:
    return passwd(files)[-1].uid if unknown.what == "user" else groups(files)[-1].gid
