"""nsenter (util-linux): run a program in the network namespace of a file (--net=FILE) or of a process (-t PID -n).

Not modelled: other kinds of namespaces (-m, -u, -p, -a, ... are refused).
"""

from __future__ import annotations

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.process.network import Network
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument
from vnetsim.programs.libc.setns import by_path
from vnetsim.values import define


@define
class NsenterOptions(GnuOptions):
    """`net` is the file of `-nFILE` or `--net=FILE`, empty for that of the target, None for no other network."""

    posix = True
    ignored = "-F|--no-fork"
    unmodelled = (
        "-a -m -u -i -p -U -C -T -r -w -S -G --all --mount --uts --ipc --pid --user --cgroup --time --root --wd "
        "--setuid: --setgid:"
    )

    target: str | None = argument("-t", "--target", default=None)
    net: str | None = argument("-n", "--net", optional=True, default=None, convert=lambda text: text.removeprefix("="))


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = NsenterOptions.read(process)
    network = _target(process, options)
    command = list(options.operands) or ["/bin/sh"]
    context = attrs.evolve(
        process.context, network=network, files=process.machine.network_files(process.files, network)
    )
    try:
        program = process.exec(command, context=context)
    except KernelError as error:
        process.error(f"nsenter: failed to execute {command[0]}: {error.errno.strerror}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    return (yield from program)


def _target(process: Process, options: NsenterOptions) -> Network:
    if not process.context.sys_admin:
        raise Exit(1, f"reassociate to namespaces failed: {Errno.EPERM.strerror}")
    if options.net is None:
        return process.network
    pid = options.target
    if not options.net and pid is None:
        raise Exit(1, "neither filename nor target pid supplied for ns/net")
    if pid is not None and not is_digits(pid):
        raise Exit(1, f"failed to parse pid: '{pid}'")
    path = options.net or f"/proc/{pid}/ns/net"
    try:
        return by_path(process, path)
    except KernelError as error:
        refused = error.errno is Errno.EINVAL
        message = "reassociate to namespace 'ns/net' failed" if refused else f"cannot open {path}"
        raise Exit(1, f"{message}: {error.errno.strerror}") from None
