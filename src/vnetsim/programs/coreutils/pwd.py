"""pwd (coreutils): the working directory; -L, -P, which are the same where no symbolic link is followed."""

from __future__ import annotations

from vnetsim.process import Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions
from vnetsim.values import define


@define
class PwdOptions(GnuOptions):
    ignored = "-L|--logical -P|--physical"


@ends_by_exit
def main(process: Process) -> int:
    options = PwdOptions.read(process)
    if options.operands:
        process.stderr.write("pwd: ignoring non-option arguments\n")
    process.write(process.context.environment.get("PWD", "/") + "\n")
    return 0
