"""nft, the program of nf_tables: nftables 1.0.6.

Follows src/ of nftables 1.0.6: main.c, libnftables.c, parser_bison.y, evaluate.c, rule.c and others that the modules
name.  Not modelled: what the modules say, `include`, echo, the interactive mode, monitor, describe, export and import,
JSON that is read.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.netfilter.nft.translate import all_tables
from vnetsim.process import Process, Resolved
from vnetsim.programs.nft.options import Ended, Options, read
from vnetsim.programs.nft.reader import Scope
from vnetsim.programs.nft.session import Session
from vnetsim.programs.nft.source import Location, Source
from vnetsim.programs.nft.syntax import Symbol
from vnetsim.programs.nft.values import NameEnvironment, Unresolved
from vnetsim.wire.inet import Address

_STDIN: Final = "/dev/stdin"


def main(process: Process) -> Generator[Any, Any, int]:
    try:
        options = read(process.argv)
        source = yield from _source(process, options)
    except Ended as ended:
        process.write(ended.output)
        process.error(ended.error)
        return ended.status
    hosts: dict[tuple[str, int], Sequence[Address] | str] = {}
    while True:
        try:
            return _session(process, options, hosts).run(source, _scope(options))
        except Unresolved as unknown:
            answer: Resolved = yield process.resolve(unknown.name, unknown.version)
            hosts[unknown.name, unknown.version] = answer.addresses or answer.error or "Name or service not known"


def _source(process: Process, options: Options) -> Generator[Any, Any, Source]:
    if options.words:
        return Source(" ".join(options.words) + "\n", by_line=False)
    assert options.file is not None
    name = _STDIN if options.file == "-" else options.file
    if name == _STDIN:
        text: str = yield process.stdin.read_all()
        return Source(text, name)
    try:
        return Source(process.files.read(name), name)
    except KernelError as error:
        if error.errno is Errno.EISDIR:
            raise Ended(2, error="input in flex scanner failed\n") from None
        words = f'Could not open file "{name}": {error.errno.words}'
        raise Ended(1, error=f"internal:0:0-0: Error: {words}\n\n\n") from None


def _scope(options: Options) -> Scope:
    """What -D defines."""
    scope = Scope()
    for name, value in options.defines:
        source = Source(value + "\n", "/dev/cmdline")
        scope.values[name] = Symbol(Location(source, 1, 1, 1, len(value)), value)
    return scope


def _session(process: Process, options: Options, hosts: dict[tuple[str, int], Sequence[Address] | str]) -> Session:
    indices = {link.name: link.index for link in process.network.links()}
    return Session(process, options, all_tables(process.network.native_ruleset()), NameEnvironment(indices.get, hosts))
