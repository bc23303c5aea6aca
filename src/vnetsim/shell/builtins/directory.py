"""Builtins about the working directory: cd, pwd; umask."""

from __future__ import annotations

from vnetsim.errors import Errno
from vnetsim.shell.shell import Shell


def pwd(shell: Shell, _words: list[str]) -> int:
    shell.write(shell.state.directory + "\n")
    return 0


def cd(shell: Shell, words: list[str]) -> int:
    state, dialect = shell.state, shell.state.dialect
    arguments = [word for word in words[1:] if word not in ("-L", "-P", "--")]
    if len(arguments) > 1 and dialect.bash:
        shell.complain("cd: too many arguments")
        return 1
    target = arguments[0] if arguments else state.get("HOME")
    back = target == "-"
    if back:
        target = state.get("OLDPWD")
    if target is None:
        if dialect.bash:
            shell.complain(f"cd: {'OLDPWD' if back else 'HOME'} not set")
            return 1
        return 0
    path = state.absolute(target) if target else state.directory
    files = shell.process.files
    if not files.is_directory(path):
        errno = Errno.ENOTDIR if files.exists(path) else Errno.ENOENT
        shell.complain(dialect.cannot_change_directory(target, errno))
        return dialect.fatal
    state.set("OLDPWD", state.directory)
    state.directory = path
    state.set("PWD", path)
    if back:
        shell.write(path + "\n")
    return 0


def umask(shell: Shell, words: list[str]) -> int:
    """New files have the modes that the mask 022 gives them."""
    if len(words) == 1:
        shell.write("0022\n")
    elif words[1].lstrip("0") != "22":
        shell.process.machine.assume("owners and modes of files are not kept")
    return 0
