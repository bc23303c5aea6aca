"""unshare (util-linux): run a program in a new network namespace (-n, --net).

Not modelled: other kinds of namespaces.
"""

from __future__ import annotations

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.values import define


@define
class UnshareOptions(GnuOptions):
    posix = True
    unmodelled = (
        "-m -u -i -p -U -C -T -f -r -c -S: -G: -R: -w: --mount --uts --ipc --pid --user --cgroup --time --fork "
        "--map-root-user --map-current-user --mount-proc --kill-child --propagation: --setgroups:"
    )

    net: bool = flag("-n", "--net")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = UnshareOptions.read(process)
    context = process.context
    command = list(options.operands) or ["/bin/sh"]
    if options.net and not context.sys_admin:
        raise Exit(1, f"unshare failed: {Errno.EPERM.strerror}")
    made = process.machine.new_network() if options.net else None
    try:
        if made is not None:
            files = process.machine.network_files(process.files, made)
            context = attrs.evolve(context, network=made, files=files)
        program = process.exec(command, context=context)
    except KernelError as error:
        process.error(f"unshare: failed to execute {command[0]}: {error.errno.strerror}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    finally:
        if made is not None:
            process.machine.release_network(made)
    return (yield from program)
