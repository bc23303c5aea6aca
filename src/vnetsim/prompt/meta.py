"""Commands about the session itself, which no machine has: undo, back, save, reach, check.

They are taken at the prompt of any shell of the session, if they stand alone there.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import UsageError, VnetsimError
from vnetsim.prompt.session import PromptSession

_NAMES: Final = ("undo", "back", "save", "reach", "check")


def is_meta(text: str) -> bool:
    """Whether it begins with the name of one of them."""
    return text.split()[:1] in [[name] for name in _NAMES]


def run(session: PromptSession, text: str) -> bool:
    """Whether it was such a command, which has been carried out or refused in a sentence then."""
    words = text.split()
    if not is_meta(text):
        return False
    try:
        match words:
            case ["undo"]:
                session.back(1)
            case ["back", number] if is_digits(number):
                session.back(int(number))
            case ["save", _]:
                _save(session, Path(shlex.split(text)[1]))
            case ["reach"]:
                _reach(session)
            case ["check", _]:
                _check(session, shlex.split(text)[1])
            case ["reach" | "check", *_]:
                raise UsageError(f"{words[0]}: expected `reach`, or `check FILE` with a policy on this machine")
            case _:
                raise UsageError(f"{words[0]}: expected `undo`, `back NUMBER` of commands, or `save FILE`")
    except (VnetsimError, OSError, ValueError) as error:
        session.print(f"vnetsim: {error}\n")
    return True


def _reach(session: PromptSession) -> None:
    """Who reaches whom, asked of copies of the machine."""
    from vnetsim.reach.matrix.matrix import Matrix  # noqa: PLC0415 -- few sessions ask
    from vnetsim.reports.matrix import presented  # noqa: PLC0415

    for part in presented(Matrix.of(session.lab), "text"):
        session.print(part)


def _check(session: PromptSession, name: str) -> None:
    """A policy, in a file of the machine, held against copies of the machine."""
    from vnetsim.reach.policies.check import check  # noqa: PLC0415
    from vnetsim.reach.policies.policy import parse  # noqa: PLC0415
    from vnetsim.reports.policy import text  # noqa: PLC0415

    rules = parse(name, session.lab.read_file(name).decode("utf-8", "replace"))
    session.print(text(check(session.lab, rules)))


def _save(session: PromptSession, path: Path) -> None:
    """All commands so far as a session file, which `vnetsim shell`, `run`, `reach` ... take."""
    text = session.lab.session()
    if path.suffix != ".session":
        raise UsageError(f"save {path}: expected a name that ends in .session")
    path.write_text(text, encoding="utf-8")
    session.print(f"vnetsim: {len(text.splitlines())} lines in {path}\n")
