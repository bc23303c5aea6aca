"""id and whoami (coreutils): every process is root's here."""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag, switch
from vnetsim.values import define


@define
class IdOptions(GnuOptions):
    ignored = "-r|--real"
    unmodelled = "-Z -z -a"

    number: bool = switch({"-u --user": True, "-g --group": True, "-G --groups": True}, False)
    name: bool = flag("-n", "--name")


@ends_by_exit
def main(process: Process) -> Program:
    if process.argv[0].rpartition("/")[2] == "whoami":
        process.write("root\n")
        return 0
    options = IdOptions.read(process)
    for name in options.operands:
        if name not in ("root", "0"):
            process.error(f"id: '{name}': no such user\n")
            return 1
    if options.number:
        process.write("root\n" if options.name else "0\n")
    else:
        process.write("uid=0(root) gid=0(root) groups=0(root)\n")
    return 0
