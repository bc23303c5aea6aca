"""`tc`: queueing disciplines and classes of htb (iproute2 6.1: tc/tc.c).

Not modelled: chains and actions by themselves, lists of actions but empty ones; `monitor`, `exec`, files of `-names`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.iproute2.lib.arguments import (
    Args,
    Iproute2Error,
    Request,
    matches,
    usage_text,
)
from vnetsim.programs.iproute2.lib.batch import run_batch
from vnetsim.programs.iproute2.tc import actions, qdisc, tcfilter, tclass
from vnetsim.programs.iproute2.tc.options import TcOptions

_KERNEL_REFUSED: Final = 2
_OBJECTS: Final = ("qdisc", "class", "filter", "chain", "actions", "monitor", "exec", "help")


def main(process: Process) -> Program:
    try:
        options = TcOptions.read(process)
        return _command(options, options.args) if options.batch_file is None else _batch(options)
    except (Iproute2Error, KernelError, NotModelled) as error:
        return _report(process, error)


def _report(process: Process, error: Iproute2Error | KernelError | NotModelled) -> int:
    if str(error):
        process.error(f"{error}\n")
    return error.status if isinstance(error, Iproute2Error) else _KERNEL_REFUSED


def _command(options: TcOptions, args: Args) -> Program:
    """One object and its arguments."""
    arg, process = args.take(), options.process
    if arg is None:
        process.error(usage_text("tc"))
        return 0
    name = next((name for name in _OBJECTS if matches(arg, name)), None)
    if name is None:
        raise Iproute2Error(255, f'Object "{arg}" is unknown, try "tc help".')
    if name == "help":
        process.error(usage_text("tc"))
        return 0
    request = Request(process, options.network, args, options)
    if name == "filter":
        return tcfilter.main(request, options)
    if name == "class":
        return tclass.main(request, options)
    if name in ("chain", "actions"):
        return tcfilter.chains(request) if name == "chain" else actions.main(request)
    if name != "qdisc":
        raise NotModelled(f"tc {name}{'' if args.peek is None else f' {args.peek}'}")
    return qdisc.main(request, options)


def _batch(options: TcOptions) -> Coroutine[int]:
    try:
        return (yield from run_batch(options, lambda line: _run_line(options, line)))
    except Iproute2Error as error:
        return _report(options.process, error)


def _run_line(options: TcOptions, line: Sequence[str]) -> Program:
    try:
        return _command(options, Args(line))
    except (Iproute2Error, KernelError, NotModelled) as error:
        return _report(options.process, error)
