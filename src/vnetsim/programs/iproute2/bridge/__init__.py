"""`bridge`: ports and forwarding databases of bridges (iproute2 6.1: bridge/bridge.c).

Not modelled: `mdb` (multicast groups), VLAN filtering (no kernel option here has it, so `vlan show` is empty), `vni`,
`monitor`, `-batch`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Network, Process, Program
from vnetsim.programs.iproute2.bridge import fdb, link
from vnetsim.programs.iproute2.lib.arguments import (
    CommandError,
    Options,
    Request,
    Words,
    matches,
    unknown_command,
    usage,
)
from vnetsim.programs.iproute2.lib.ll_map import index_of
from vnetsim.programs.libc.setns import check_names


def main(process: Process) -> Program:
    """Every refusal is exit status 255, unless the object says otherwise."""
    try:
        return _run(process)
    except CommandError as error:
        if error.message:
            process.error(f"{error}\n")
        return error.status
    except KernelError as error:
        process.error(f"{error}\n")
        return 255
    except NotModelled as error:
        process.error(f"{error}\n")
        return 2


def _run(process: Process) -> Program:
    words = Words(process.argv[1:])
    options, network = Options(), process.network
    for word in words:
        option = word[1:] if word.startswith("--") and word != "--" else word
        if word == "--":
            break
        if not word.startswith("-"):
            words.back()
            break
        if matches(option, "-netns") and option != "-":
            network = _network(process, words.take() or "(null)")
        else:
            options = _option(process, options, option)
    name = words.take()
    if name is None:
        raise usage("bridge")
    for keyword, command in _OBJECTS.items():
        if matches(name, keyword):
            return command(Request(process, network, words, options))
    raise CommandError(255, f'Object "{name}" is unknown, try "bridge help".')


def _network(process: Process, name: str) -> Network:
    check_names(process)
    try:
        return process.machine.namespace(name)
    except KernelError as error:
        text = f'Cannot open network namespace "{name}": {error.errno.words}'
        raise CommandError(255, text) from None


def _option(process: Process, options: Options, option: str) -> Options:
    """The options after this one."""
    if matches(option, "-help"):
        raise usage("bridge")
    if matches(option, "-Version"):
        process.write("bridge utility, 6.1.0\n")
        raise CommandError(0)
    for keyword, change in _SWITCHES.items():
        if matches(option, keyword):
            return change(options)
    if matches(option, "-batch") or matches(option, "-family"):
        raise NotModelled(f"bridge {option}")
    raise CommandError(255, f'Option "{option}" is unknown, try "bridge help".')


_SWITCHES: Final[dict[str, Callable[[Options], Options]]] = {
    "-stats": lambda options: attrs.evolve(options, stats=options.stats + 1),
    "-statistics": lambda options: attrs.evolve(options, stats=options.stats + 1),
    "-details": lambda options: attrs.evolve(options, details=True),
    "-oneline": lambda options: attrs.evolve(options, oneline=True),
    "-timestamp": lambda options: options,
    "-4": lambda options: attrs.evolve(options, family=4),
    "-6": lambda options: attrs.evolve(options, family=6),
    "-color": lambda options: attrs.evolve(options, color=True),
    "-compressvlans": lambda options: options,
    "-force": lambda options: attrs.evolve(options, force=True),
    "-json": lambda options: attrs.evolve(options, json=True),
    "-pretty": lambda options: attrs.evolve(options, pretty=True),
}


def _vlan(request: Request) -> Program:
    """No port has VLANs."""
    word = request.words.take()
    if word is None or matches(word, "show") or matches(word, "lst") or matches(word, "list"):
        _check_device(request)
        request.process.write("[]\n" if request.options.json else "port              vlan-id  \n")
        return 0
    if matches(word, "help"):
        raise usage("bridge-vlan")
    if word in ("add", "delete", "del", "set", "tunnelshow", "global"):
        raise NotModelled("VLAN filtering of bridges")
    raise unknown_command(word, "bridge vlan help")


def _mdb(request: Request) -> Program:
    word = request.words.take()
    if word is not None and matches(word, "help"):
        raise usage("bridge-mdb")
    if word is not None and not any(matches(word, command) for command in ("add", "delete", "show", "lst", "list")):
        raise unknown_command(word, "bridge mdb help")
    _check_device(request)
    raise NotModelled("multicast groups of bridges (bridge mdb)")


def _check_device(request: Request) -> None:
    words = request.words
    for word in words:
        if word == "dev" and not index_of(request.network.links(), name := words.next_arg()):
            raise CommandError(255, f'Cannot find device "{name}"')


def _monitor(request: Request) -> Program:
    word = request.words.peek
    known = ("file", "link", "fdb", "mdb", "vlan", "vni", "all", "help")
    if word is not None and not any(matches(word, keyword) for keyword in known):
        raise CommandError(255, f'Argument "{word}" is unknown, try "bridge monitor help".')
    if word is not None and matches(word, "help"):
        raise usage("bridge-monitor")
    raise NotModelled("bridge monitor")


def _vni(_: Request) -> Program:
    raise NotModelled("bridge vni")


def _help(_: Request) -> Program:
    raise usage("bridge")


_OBJECTS: Final[dict[str, Callable[[Request], Program]]] = {
    "link": link.main, "fdb": fdb.main, "mdb": _mdb, "vlan": _vlan, "vni": _vni, "monitor": _monitor, "help": _help,
}  # fmt: skip
