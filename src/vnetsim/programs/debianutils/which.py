"""which (debianutils): -a."""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs import registry


def main(process: Process) -> Program:
    everywhere = "-a" in process.argv[1:]
    names = [arg for arg in process.argv[1:] if arg not in ("-a", "--")]
    found = [registry.paths_of(name, process.context) for name in names]
    process.write("".join(f"{path}\n" for paths in found for path in (paths if everywhere else paths[:1])))
    return 0 if found and all(found) else 1
