"""`tc`: queueing disciplines (iproute2 6.1: tc/tc.c).

Not modelled: classes, filters, chains and actions, of which there are none to be listed; `monitor`, `exec`, `-names`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program, Wait
from vnetsim.programs.iproute2.lib.arguments import CommandError, Request, Words, matches, usage_text
from vnetsim.programs.iproute2.lib.batch import run_batch
from vnetsim.programs.iproute2.tc import qdisc
from vnetsim.programs.iproute2.tc.options import TcOptions

_KERNEL_REFUSED: Final = 2
_OBJECTS: Final = ("qdisc", "class", "filter", "chain", "actions", "monitor", "exec", "help")


def main(process: Process) -> Program:
    try:
        options = TcOptions.read(process)
        return _command(options, options.words) if options.batch_file is None else _batch(options)
    except (CommandError, KernelError, NotModelled) as error:
        return _report(process, error)


def _report(process: Process, error: CommandError | KernelError | NotModelled) -> int:
    if str(error):
        process.error(f"{error}\n")
    return error.status if isinstance(error, CommandError) else _KERNEL_REFUSED


def _command(options: TcOptions, words: Words) -> Program:
    """One object and its words."""
    word, process = words.take(), options.process
    if word is None:
        process.error(usage_text("tc"))
        return 0
    name = next((name for name in _OBJECTS if matches(word, name)), None)
    if name is None:
        raise CommandError(255, f'Object "{word}" is unknown, try "tc help".')
    if name == "help":
        process.error(usage_text("tc"))
        return 0
    request = Request(process, options.network, words, options)
    return qdisc.main(request, options) if name == "qdisc" else _without(request, name)


def _without(request: Request, name: str) -> Program:
    """What cannot be made can be listed: there is none."""
    word = request.words.take()
    if name == "class" and word is not None and matches(word, "help"):
        request.process.error(usage_text("tc-class"))
        return 0
    listing = word is None or any(matches(word, keyword) for keyword in ("list", "show", "lst", "ls"))
    if name in ("monitor", "exec") or not listing:
        raise NotModelled(f"tc {name}{'' if word is None else f' {word}'}")
    request.process.write(request.printer().result())
    return 0


def _batch(options: TcOptions) -> Generator[Wait, Any, int]:
    try:
        return (yield from run_batch(options, lambda line: _run_line(options, line)))
    except CommandError as error:
        return _report(options.process, error)


def _run_line(options: TcOptions, line: Sequence[str]) -> Program:
    try:
        return _command(options, Words(line))
    except (CommandError, KernelError, NotModelled) as error:
        return _report(options.process, error)
