"""Files that begin with `#!` and a shell: they are run whole, by that shell, as `./setup.sh` would be.

Others are scripts of commands, each of which has a shell of its own, if that makes no difference
(vnetsim.scenario.separable).  The rest is run whole by bash; and by `vnetsim run`, all whose names end in `.sh`.

They come as two commands, one that writes the file on the simulated machine and one that runs it, so that whoever
replays the commands, on a real machine too, needs nothing else.
"""

from __future__ import annotations

import re
from itertools import count
from pathlib import PurePath
from typing import Final

#: `#!/bin/bash`, `#! /bin/sh -e`, `#!/usr/bin/env bash`.
_SHEBANG: Final = re.compile(r"#!\s*(?:\S*/env\s+(?:-\S+\s+)*)?(?:\S*/)?(bash|dash|sh)\b[ \t]*(\S*)")
#: Lines that only a script of commands has.
OF_COMMANDS: Final = re.compile(r"^@(capture|sleep|stop)\b.*", re.MULTILINE)
_DIRECTORY: Final = "/tmp"


def is_shell_script(text: str) -> bool:
    """Whether the first line (`#!`) names a shell."""
    return _SHEBANG.match(text) is not None


def is_run_whole(text: str) -> bool:
    """Whether the commands of a script share one shell."""
    if is_shell_script(text):
        return True
    if OF_COMMANDS.search(text) is not None:
        return False
    from vnetsim.scenario.separable import is_separable  # noqa: PLC0415 -- most scenarios are no such scripts

    return not is_separable(text)


def commands_of(name: str, text: str) -> tuple[str, str]:
    """What is typed to have the script on the machine, and to run it: by bash unless it names another shell."""
    found = _SHEBANG.match(text)
    shell, option = found.groups() if found else ("bash", "")
    path = path_of(name)
    return writing(path, "\n".join([*text.splitlines(), ""])), " ".join(filter(None, (shell, option, path)))


def writing(path: str, text: str) -> str:
    """The command that writes a text, which ends with a newline then, into a file."""
    lines = text.removesuffix("\n").split("\n")
    end = next(name for name in (f"END{number or ''}" for number in count()) if name not in lines)
    body = "\n".join(lines)
    return f"cat >{path} <<'{end}'\n{body}\n{end}"


def path_of(name: str) -> str:
    """Where the script is on the machine."""
    stem = re.sub(r"[^\w.-]", "_", PurePath(name).name, flags=re.ASCII) or "script"
    return f"{_DIRECTORY}/{'script.sh' if stem == '-' else stem}"
