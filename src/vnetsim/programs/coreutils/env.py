"""env (coreutils): print the environment, or run a program in a changed one; -i, -u NAME, -C DIR, -0."""

from __future__ import annotations

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, arguments, flag
from vnetsim.values import define


@define
class EnvOptions(GnuOptions):
    posix = True
    status = 125
    unmodelled = "-C: -S: -v --chdir: --split-string: --debug"

    ignore_environment: bool = flag("-i", "--ignore-environment")
    unset: tuple[str, ...] = arguments("-u", "--unset")
    null: bool = flag("-0", "--null")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = EnvOptions.read(process)
    environment = {} if options.ignore_environment else dict(process.context.environment)
    for name in options.unset:
        environment.pop(name, None)
    args = list(options.operands)
    if args[:1] == ["-"]:
        environment, args = {}, args[1:]
    while args and "=" in args[0]:
        name, _, value = args.pop(0).partition("=")
        environment[name] = value
    if not args:
        end = "\0" if options.null else "\n"
        process.write("".join(f"{name}={value}{end}" for name, value in environment.items()))
        return 0
    try:
        program = process.exec(args, context=attrs.evolve(process.context, environment=environment))
    except KernelError as error:
        process.error(f"env: '{args[0]}': {error.errno.strerror}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    return (yield from program)
