"""iptables 1.8.9 on nf_tables: iptables, iptables-save, iptables-restore, and the same for IPv6; iptables-legacy.

Follows iptables/xtables.c, xtables-save.c, xtables-restore.c, xshared.c.  Not modelled: the extensions that
netfilter.registry names and has not, the long text of `--help`.
"""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs.iptables import command, legacy, restore, save


def main(process: Process) -> Program:
    """The program is selected by its name; names with `-nft` are aliases."""
    name = process.argv[0].rpartition("/")[2].removesuffix("-nft")
    if name.endswith("-legacy"):
        legacy.use(process)
        return command.run(process, name.removesuffix("-legacy"))
    legacy.expect_nft(process)
    if name.endswith("-save"):
        return save.run(process, name)
    return restore.run(process, name) if name.endswith("-restore") else command.run(process, name)
