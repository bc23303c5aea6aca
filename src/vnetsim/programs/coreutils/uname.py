"""uname (coreutils): a Linux machine, the one whose kernel the recordings were made on."""

from __future__ import annotations

from typing import Final

from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.values import define

RELEASE: Final = "6.18.44"


@define
class UnameOptions(GnuOptions):
    all: bool = flag("-a", "--all")
    kernel_name: bool = flag("-s", "--kernel-name")
    nodename: bool = flag("-n", "--nodename")
    kernel_release: bool = flag("-r", "--kernel-release")
    kernel_version: bool = flag("-v", "--kernel-version")
    machine: bool = flag("-m", "--machine")
    processor: bool = flag("-p", "--processor")
    hardware_platform: bool = flag("-i", "--hardware-platform")
    operating_system: bool = flag("-o", "--operating-system")


@ends_by_exit
def main(process: Process) -> Program:
    options = UnameOptions.read(process)
    if options.operands:
        raise options.misused(f"extra operand '{options.operands[0]}'")
    facts = (
        (options.all or options.kernel_name, "Linux"),
        (options.all or options.nodename, process.context.hostname),
        (options.all or options.kernel_release, RELEASE),
        (options.all or options.kernel_version, "#1 SMP"),
        (options.all or options.machine, "x86_64"),
        (options.processor, "unknown"),
        (options.hardware_platform, "unknown"),
        (options.all or options.operating_system, "GNU/Linux"),
    )
    shown = [fact for wanted, fact in facts if wanted] or ["Linux"]
    process.write(" ".join(shown) + "\n")
    return 0
