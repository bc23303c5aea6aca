"""nft, the program of nf_tables: nftables 1.0.6.

Follows src/ of nftables 1.0.6: main.c, libnftables.c, parser_bison.y, evaluate.c, rule.c and others that the modules
name.  Not modelled: what the modules say, `include`, the interactive mode, describe, export and import,
JSON that is read.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.netfilter.nft.compat_rules import all_tables
from vnetsim.netfilter.nft.expression import SymbolExpr
from vnetsim.netfilter.nft.location import InputDescriptor, Location
from vnetsim.process import Process, Resolved
from vnetsim.programs.iptables.legacy import expect_nft
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse
from vnetsim.programs.nft.datatype import NameEnvironment, UnresolvedHost
from vnetsim.programs.nft.libnftables import NftOptions, NftSession
from vnetsim.programs.nft.parser import NftScope
from vnetsim.wire.inet import Address

_STDIN: Final = "/dev/stdin"


def main(process: Process) -> Generator[Wait, Any, int]:
    expect_nft(process)
    try:
        options = read(process.argv)
        source = yield from _source(process, options)
    except ExitEarly as ended:
        process.write(ended.output)
        process.error(ended.error)
        return ended.status
    if options.args and options.args[0].split()[:1] == ["monitor"]:
        from vnetsim.programs.nft.monitor import monitor  # noqa: PLC0415 -- few commands listen

        return (yield from monitor(process, options))
    hosts: dict[tuple[str, int], Sequence[Address] | str] = {}
    while True:
        try:
            return _session(process, options, hosts).run(source, _scope(options))
        except UnresolvedHost as unknown:
            answer: Resolved = yield process.resolve(unknown.name, unknown.version)
            hosts[unknown.name, unknown.version] = answer.addresses or answer.error or "Name or service not known"


def _source(process: Process, options: NftOptions) -> Generator[Wait, Any, InputDescriptor]:
    if options.args:
        return InputDescriptor(" ".join(options.args) + "\n", by_line=False)
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
        message = f'Could not open file "{name}": {error.errno.strerror}'
        raise ExitEarly(1, error=f"internal:0:0-0: Error: {message}\n\n\n") from None


def _scope(options: NftOptions) -> NftScope:
    """The symbols that -D defines."""
    scope = NftScope()
    for name, value in options.defines:
        source = InputDescriptor(value + "\n", "/dev/cmdline")
        scope.values[name] = SymbolExpr(value, location=Location(source, 1, 1, 1, len(value)))
    return scope


def _session(
    process: Process, options: NftOptions, hosts: dict[tuple[str, int], Sequence[Address] | str]
) -> NftSession:
    if process.network.ebtables().known:
        raise NotModelled("nft beside the rules of ebtables, which are tables of the family bridge")
    indices = {link.name: link.index for link in process.network.links()}
    return NftSession(
        process, options, all_tables(process.network.native_ruleset()), NameEnvironment(indices.get, hosts)
    )


# --- options ---------------------------------------------------------------------------------------------------------

VERSION: Final = "nftables v1.0.6 (Lester Gooch #5)\n"
_LONG_VERSION: Final = f"{VERSION}  cli:\t\teditline\n  json:\t\tyes\n  minigmp:\tno\n  libxtables:\tyes\n"

#: Letter, long name, argument and help text; a string alone is a heading.
_OPTIONS: Final = (
    "general",
    ("h", "help", "", "Show this help"),
    ("v", "version", "", "Show version information"),
    ("V", "", "", "Show extended version information"),
    "ruleset input handling",
    ("f", "file", "<filename>", "Read input from <filename>"),
    ("D", "define", "<name=value>", "Define variable, e.g. --define foo=1.2.3.4"),
    ("i", "interactive", "", "Read input from interactive CLI"),
    ("I", "includepath", "<directory>", "Add <directory> to the paths searched for include files. Default is: /etc"),
    ("c", "check", "", "Check commands validity without actually applying the changes."),
    ("o", "optimize", "", "Optimize ruleset"),
    "ruleset list formatting",
    ("a", "handle", "", "Output rule handle."),
    ("s", "stateless", "", "Omit stateful information of ruleset."),
    ("t", "terse", "", "Omit contents of sets."),
    ("S", "service", "", "Translate ports to service names as described in /etc/services."),
    ("N", "reversedns", "", "Translate IP addresses to names."),
    ("u", "guid", "", "Print UID/GID as defined in /etc/passwd and /etc/group."),
    ("n", "numeric", "", "Print fully numerical output."),
    ("y", "numeric-priority", "", "Print chain priority numerically."),
    ("p", "numeric-protocol", "", "Print layer 4 protocols numerically."),
    ("T", "numeric-time", "", "Print time values numerically."),
    "command output formatting",
    ("e", "echo", "", "Echo what has been added, inserted or replaced."),
    ("j", "json", "", "Format output in JSON"),
    (
        "d",
        "debug",
        "<level [,level...]>",
        "Specify debugging level (scanner, parser, eval, netlink, mnl, proto-ctx, segtree, all)",
    ),
)
#: In the order in which getopt_long(3) knows them.
_ORDER: Final = "hvfDiIcastSNunypTejdo"
_REFUSED: Final = "iodN"
_COLUMN: Final = 34
_BLANK_ARGUMENT: Final = ("-d", "-I", "-f", "-D")
_LONG_ARGUMENT: Final = ("--debug", "--includepath", "--define", "--file")


class ExitEarly(Exception):
    """nft prints this and exits with `status`."""

    def __init__(self, status: int, output: str = "", error: str = "") -> None:
        super().__init__(error)
        self.status, self.output, self.error = status, output, error


def read(argv: Sequence[str]) -> NftOptions:
    """ExitEarly for help, versions and errors."""
    name = argv[0]
    _check_order(argv)
    given = _given(name, argv[1:])
    defines = []
    for letter, value in given.options:
        _tell(name, letter)
        if letter == "D":
            variable, equals, content = value.partition("=")
            if not equals:
                raise ExitEarly(1, error=f"Failed to define variable '{value}'\n")
            defines.append((variable, content))
        if letter in _REFUSED:
            raise NotModelled(f"nft -{letter}")
    file = given.last("f")
    if file is None and defines:
        raise ExitEarly(1, error="Error: -D/--define can only be used with -f/--filename\n")
    if not given.operands and file is None:
        raise ExitEarly(1, error=f"{name}: no command specified\n")
    letters = frozenset(letter for letter, _ in given.options)
    return NftOptions(letters=letters, defines=tuple(defines), args=given.operands, file=file)


def _given(name: str, args: Sequence[str]) -> Parsed:
    known = {option[0]: option for option in _OPTIONS if not isinstance(option, str)}
    short = "".join(f"{letter}{':' if known[letter][2] else ''}" for letter in known)
    long = {f"{known[letter][1]}{'=' if known[letter][2] else ''}": letter for letter in _ORDER}
    try:
        return parse(args, short, long, posix=True)
    except OptionError as error:
        raise ExitEarly(1, error=f"{name}: {error}\n") from None


def _tell(name: str, letter: str) -> None:
    if letter == "h":
        raise ExitEarly(0, _usage(name))
    if letter in "vV":
        raise ExitEarly(0, VERSION if letter == "v" else _LONG_VERSION)


def _usage(name: str) -> str:
    lines = [f"Usage: {name} [ options ] [ cmds... ]"]
    for option in _OPTIONS:
        if isinstance(option, str):
            lines += ["", f"Options ({option}):"]
            continue
        letter, long, argument, meaning = option
        front = f"  -{letter}{f', --{long}' if long else ''}{f' {argument}' if argument else ''}"
        lines.append(f"{front:<{_COLUMN}}{meaning}")
    return "\n".join([*lines, "", ""])


def _check_order(argv: Sequence[str]) -> None:
    """Options come before commands, and nowhere else (nft_options_check)."""
    position, skip, seen = 0, False, False
    for number, arg in enumerate(argv[1:], start=1):
        position += len(argv[number - 1]) + 1
        if arg.startswith("{"):
            return
        if skip:
            skip = False
        elif arg.startswith("-"):
            if seen:
                line = "".join(f"{one} " for one in argv)
                message = "Error: syntax error, options must be specified before commands"
                raise ExitEarly(1, f"\n{'^':>4}{'~~':>{position - 2}}\n", f"{message}\n{line}")
            skip = arg[:2] in _BLANK_ARGUMENT or arg in _LONG_ARGUMENT
        else:
            seen = True
