"""`wg`: configuration of WireGuard devices (wireguard-tools 1.0.20210914).

`umask` has no effect here, so that it does not change whether `genkey` warns of a file that all users may read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import WireguardConfig
from vnetsim.operations.wireguard import SetWireguard
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.streams import FileOutput, StreamSource
from vnetsim.programs.resources import resource
from vnetsim.programs.wireguardtools import show
from vnetsim.programs.wireguardtools.config import differences, read_command, read_file
from vnetsim.programs.wireguardtools.encoding import KEY_LENGTH, NO_KEY, key_of, key_text, refused
from vnetsim.protocols import x25519

_VERSION: Final = "wireguard-tools v1.0.20210914 - https://git.zx2c4.com/wireguard-tools/\n"
_WARNING: Final = "Warning: writing to world accessible file.\nConsider setting the umask to 077 and trying again.\n"


@ends_by_exit
def main(process: Process) -> Program:
    words = list(process.argv[1:]) or ["show"]
    if words[0] in ("-v", "--version", "version"):
        process.write(_VERSION)
        return 0
    if words[0] in ("-h", "--help", "help"):
        process.write(resource("wireguardtools", "wg"))
        return 0
    command = _COMMANDS.get(words[0])
    if command is None:
        raise refused(f"Invalid subcommand: `{words[0]}'\n{resource('wireguardtools', 'wg').rstrip()}")
    return command(process, words)


def _usage(command: str) -> str:
    lines = resource("wireguardtools", "commands").splitlines()
    return f"Usage: wg {next(line for line in lines if line.split()[0] == command)}"


def _misused(command: str) -> Exit:
    return refused(_usage(command))


# --- show ---------------------------------------------------------------------------------------------------------


def _get(process: Process, name: str) -> WireguardConfig:
    """KernelError(EPERM) for those that may not see the keys."""
    if not process.context.privileged:
        raise KernelError(Errno.EPERM)
    return process.network.wireguard(name)


def _get_one(process: Process, name: str) -> WireguardConfig:
    try:
        return _get(process, name)
    except KernelError as error:
        raise refused(f"Unable to access interface: {error.errno.strerror}") from None


def _show(process: Process, words: list[str]) -> Program:
    environment = process.context.environment
    if environment.get("WG_COLOR_MODE") == "always":
        raise NotModelled("the colours of wg")
    if len(words) > 3:
        raise _misused("show")
    target, field = [*words[1:], *("all", "")[len(words) - 1 :]]
    if target in ("-h", "--help", "help"):
        process.error(f"{_usage('show')}\n")
        return 0
    names = [link.name for link in process.network.links() if link.kind == "wireguard"]
    if target == "interfaces":
        if field:
            raise _misused("show")
        process.write(" ".join(names) + "\n" * bool(names))
        return 0
    hidden = environment.get("WG_HIDE_KEYS") != "never"
    if target != "all":
        process.write(_shown(process, _get_one(process, target), field, hidden=hidden, several=False))
        return 0
    return _show_all(process, names, field, hidden=hidden)


def _show_all(process: Process, names: list[str], field: str, *, hidden: bool) -> int:
    texts = []
    status = 0
    for name in names:
        try:
            texts.append(_shown(process, _get(process, name), field, hidden=hidden, several=True))
        except KernelError as error:
            process.error(f"Unable to access interface {name}: {error.errno.strerror}\n")
            status = 1
    process.write(("" if field else "\n").join(texts))
    return status


def _shown(process: Process, config: WireguardConfig, field: str, *, hidden: bool, several: bool) -> str:
    if not field:
        return show.pretty(config, process.machine.wall_clock(), hidden=hidden)
    if field not in show.FIELDS:
        raise refused(f"Invalid parameter: `{field}'\n{_usage('show')}")
    return show.ugly(config, field, with_interface=several)


def _show_configuration(process: Process, words: list[str]) -> Program:
    if len(words) != 2:
        raise _misused("showconf")
    process.write(show.configuration(_get_one(process, words[1])))
    return 0


# --- set ----------------------------------------------------------------------------------------------------------


def _execute(process: Process, request: SetWireguard) -> int:
    try:
        if not process.context.privileged:
            raise KernelError(Errno.EPERM)
        process.network.execute(request)
    except KernelError as error:
        raise refused(f"Unable to modify interface: {error.errno.strerror}") from None
    return 0


def _set(process: Process, words: list[str]) -> Coroutine[int]:
    if len(words) < 3:
        raise _misused("set")
    return _execute(process, (yield from read_command(process, words[1], words[2:])))


def _set_configuration(process: Process, words: list[str]) -> Coroutine[int]:
    """setconf_main: of addconf and syncconf, too."""
    command = words[0]
    if len(words) != 3:
        raise _misused(command)
    request = yield from read_file(process, words[1], words[2], append=command == "addconf")
    if command == "syncconf":
        request = differences(request, _get_one(process, words[1]))
    return _execute(process, request)


# --- keys ---------------------------------------------------------------------------------------------------------


def _generate(process: Process, words: list[str]) -> Program:
    if len(words) != 1:
        raise _misused(words[0])
    if isinstance(process.stdout, FileOutput):
        process.error(_WARNING)
    key = process.machine.random.randbytes(len(NO_KEY))
    process.write(f"{key_text(x25519.clamped(key) if words[0] == 'genkey' else key)}\n")
    return 0


def _public_key(process: Process, words: list[str]) -> Coroutine[int]:
    if len(words) != 1:
        raise _misused("pubkey")
    text = yield from StreamSource(process.stdin).rest()
    key = key_of(text[:KEY_LENGTH])
    if key is None:
        raise Exit(1, "Key is not the correct length or format")
    if text[KEY_LENGTH:].strip():
        raise Exit(1, "Trailing characters found after key")
    process.write(f"{key_text(x25519.public_key(key))}\n")
    return 0


_COMMANDS: Final[dict[str, Callable[[Process, list[str]], Program]]] = {
    "show": _show, "showconf": _show_configuration, "set": _set,
    **dict.fromkeys(("setconf", "addconf", "syncconf"), _set_configuration),
    **dict.fromkeys(("genkey", "genpsk"), _generate), "pubkey": _public_key,
}  # fmt: skip
