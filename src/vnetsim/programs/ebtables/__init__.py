"""ebtables, ebtables-save 1.8.9 (nf_tables): rules for the frames of bridges (iptables/xtables-eb.c, nft-bridge.c).

Not modelled, and refused: ebtables-restore, `-C`, `-c`, `--check`, `--Lx`, `--Lmac2`, `-h` about extensions, what
`netfilter.ebtables.among_options` names.
"""

from __future__ import annotations

import time

from vnetsim.clock import SECOND
from vnetsim.errors import NotModelled
from vnetsim.netfilter.ebtables.errors import EbtablesRefusal
from vnetsim.netfilter.errors import VERSION
from vnetsim.process import Process
from vnetsim.programs.ebtables.arguments import EbCommandReader, EbListing
from vnetsim.programs.ebtables.listing import listed, saved
from vnetsim.programs.iptables.complaints import NOT_PERMITTED

_VERSION = "ebtables 1.8.9 (nf_tables)\n"


def main(process: Process) -> int:
    """Exit status 1: refused; 2: usage; 3: a table that is not there; 4: refused by the kernel."""
    name, arguments = process.argv[0].rpartition("/")[2], list(process.argv[1:])
    if not process.context.privileged:
        process.error(f"ebtables {VERSION}: {NOT_PERMITTED}")
        return 4
    if name.startswith("ebtables-") and not name.endswith(("-nft", "-save")):
        raise NotModelled(name)
    if name.endswith("-save"):
        if arguments:
            raise NotModelled(f"ebtables-save {arguments[0]}")
        process.write(saved(process.network.ebtables(), when(process)))
        return 0
    try:
        return _run(process, arguments)
    except EbtablesRefusal as refused:
        process.error(f"{refused}\n")
        return refused.status


def when(process: Process) -> str:
    return time.asctime(time.gmtime(process.machine.wall_clock() // SECOND))


def _run(process: Process, arguments: list[str]) -> int:
    command = EbCommandReader(process.network.ebtables(), arguments).read()
    if command.version:
        process.write(_VERSION)
        return 0
    for operation in command.operations:
        process.network.execute(operation)
    if isinstance(command.listing, EbListing):
        process.write(listed(process.network.ebtables(), command.listing))
    for operation in command.after:
        process.network.execute(operation)
    return 0
