"""which (debianutils): -a."""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs import registry


def main(process: Process) -> Program:
    words = [word for word in process.argv[1:] if word not in ("-a", "--")]
    paths = [registry.path_of(word, process.context) for word in words]
    process.write("".join(f"{path}\n" for path in paths if path is not None))
    return 1 if None in paths or not words else 0
