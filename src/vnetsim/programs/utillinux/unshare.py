"""unshare (util-linux): run a program in a new network namespace (-n, --net).

Not modelled: other kinds of namespaces.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import gnu

_UNKNOWN: Final = (
    "m u i p U C T f r c S: G: R: w: --mount --uts --ipc --pid --user --cgroup --time --fork --map-root-user "
    "--map-current-user --mount-proc --kill-child --propagation= --setgroups="
)


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "n", {"net": "n"}, unknown=_UNKNOWN, posix=True)
    if isinstance(parsed, int):
        return parsed
    context = process.context
    command = list(parsed.operands) or ["/bin/sh"]
    if "n" in parsed and not context.sys_admin:
        process.error(f"unshare: unshare failed: {Errno.EPERM.words}\n")
        return 1
    made = process.machine.new_network() if "n" in parsed else None
    try:
        if made is not None:
            files = process.machine.network_files(process.files, made)
            context = attrs.evolve(context, network=made, files=files)
        program = process.exec(command, context=context)
    except KernelError as error:
        process.error(f"unshare: failed to execute {command[0]}: {error.errno.words}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    finally:
        if made is not None:
            process.machine.release_network(made)
    return (yield from program)
