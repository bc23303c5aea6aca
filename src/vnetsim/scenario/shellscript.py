"""Files that begin with `#!` and a shell: they are run whole, by that shell, as `./setup.sh` would be.

Others are scripts of commands, each of which has a shell of its own, unless a line is there for those behind it: a
variable, `cd`, `set`, a function, a loop or here-document that goes on.  These are run whole by bash; and by
`vnetsim run`, all whose names end in `.sh`.

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
#: Lines that do something for the lines behind them, or go on there.
_FOR_LATER: Final = re.compile(
    r"""^(?:(?:export|readonly|declare)[ \t]+)?[A-Za-z_]\w*\+?="""
    r"""(?:"[^"\n]*"|'[^'\n]*'|\$\(.*\)|[^\s"'();|&]*)[ \t]*(?:\#.*)?$"""
    r"""|^(?:cd|set|source|\.|shopt|trap|alias|unset|export)[ \t]|^(?:function[ \t]+)?[A-Za-z_][\w-]*[ \t]*\(\)"""
    r"""|(?:\\|[;\s](?:do|then|in)|\{)[ \t]*$|<<""",
    re.MULTILINE,
)
#: What only a script of commands has: `@capture`, `@stop`, `@sleep`.
_OF_COMMANDS: Final = re.compile(r"^@", re.MULTILINE)
_DIRECTORY: Final = "/tmp"


def is_shell_script(text: str) -> bool:
    """Whether the first line (`#!`) names a shell."""
    return _SHEBANG.match(text) is not None


def is_run_whole(text: str) -> bool:
    """Whether the commands of a script share one shell."""
    return is_shell_script(text) or (_FOR_LATER.search(text) is not None and _OF_COMMANDS.search(text) is None)


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
