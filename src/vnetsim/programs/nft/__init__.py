"""nft, the program of nf_tables: nftables 1.0.6.

Follows src/ of nftables 1.0.6: main.c, libnftables.c, parser_bison.y, evaluate.c, rule.c and others that the modules
name.  Not modelled: what the modules say, `include`, echo, the interactive mode, monitor, describe, export and import,
JSON that is read.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.netfilter.nft.compat_rules import all_tables
from vnetsim.process import Process, Resolved
from vnetsim.programs.nft.ast import Symbol
from vnetsim.programs.nft.datatype import NameEnvironment, UnresolvedHost
from vnetsim.programs.nft.erec import InputDescriptor, Location
from vnetsim.programs.nft.libnftables import NftSession
from vnetsim.programs.nft.main import ExitEarly, NftOptions, read
from vnetsim.programs.nft.parser import NftScope
from vnetsim.wire.inet import Address

_STDIN: Final = "/dev/stdin"


def main(process: Process) -> Generator[Any, Any, int]:
    try:
        options = read(process.argv)
        source = yield from _source(process, options)
    except ExitEarly as ended:
        process.write(ended.output)
        process.error(ended.error)
        return ended.status
    hosts: dict[tuple[str, int], Sequence[Address] | str] = {}
    while True:
        try:
            return _session(process, options, hosts).run(source, _scope(options))
        except UnresolvedHost as unknown:
            answer: Resolved = yield process.resolve(unknown.name, unknown.version)
            hosts[unknown.name, unknown.version] = answer.addresses or answer.error or "Name or service not known"


def _source(process: Process, options: NftOptions) -> Generator[Any, Any, InputDescriptor]:
    if options.words:
        return InputDescriptor(" ".join(options.words) + "\n", by_line=False)
    assert options.file is not None
    name = _STDIN if options.file == "-" else options.file
    if name == _STDIN:
        text: str = yield process.stdin.read_all()
        return InputDescriptor(text, name)
    try:
        return InputDescriptor(process.files.read(name), name)
    except KernelError as error:
        if error.errno is Errno.EISDIR:
            raise ExitEarly(2, error="input in flex scanner failed\n") from None
        words = f'Could not open file "{name}": {error.errno.words}'
        raise ExitEarly(1, error=f"internal:0:0-0: Error: {words}\n\n\n") from None


def _scope(options: NftOptions) -> NftScope:
    """What -D defines."""
    scope = NftScope()
    for name, value in options.defines:
        source = InputDescriptor(value + "\n", "/dev/cmdline")
        scope.values[name] = Symbol(Location(source, 1, 1, 1, len(value)), value)
    return scope


def _session(
    process: Process, options: NftOptions, hosts: dict[tuple[str, int], Sequence[Address] | str]
) -> NftSession:
    indices = {link.name: link.index for link in process.network.links()}
    return NftSession(
        process, options, all_tables(process.network.native_ruleset()), NameEnvironment(indices.get, hosts)
    )
