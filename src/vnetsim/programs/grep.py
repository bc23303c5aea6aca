"""grep (GNU grep 3.8): -E -F -G -v -i -c -o -q -n -w -x -l -L -h -H -s -m -A -B -C -e, on files and standard input.

Not modelled: recursion (-r), Perl's expressions (-P), colours, files of patterns (-f).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, arguments, flag, letters, switch
from vnetsim.programs.libc.streams import Source, source
from vnetsim.regex import BadExpression, RegexPattern, compile_lines
from vnetsim.values import define

#: As good as any larger number of lines.
_MANY: Final = 2**31 - 1
_USAGE: Final = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n"


def _number(text: str, problem: str) -> int:
    if not is_digits(text):
        raise Exit(2, problem)
    return min(int(text), _MANY)


@define
class GrepOptions(GnuOptions):
    """`dialect` is the letter of -E, -F or -G; `digits` those of a context length given as `-3`."""

    status = 2
    ignored = "-a|--text --line-buffered --color: --colour:"
    unmodelled = (
        "-r -R -P -f: -z -Z -b -u -U -T -d: -D: -y --recursive --perl-regexp --file: --include: --exclude: --null"
    )

    dialect: str = switch({"-E --extended-regexp": "E", "-F --fixed-strings": "F", "-G --basic-regexp": "G"}, "G")
    invert: bool = flag("-v", "--invert-match")
    ignore_case: bool = flag("-i", "--ignore-case")
    count: bool = flag("-c", "--count")
    only_matching: bool = flag("-o", "--only-matching")
    quiet: bool = flag("-q", "--quiet", "--silent")
    line_number: bool = flag("-n", "--line-number")
    word_regexp: bool = flag("-w", "--word-regexp")
    line_regexp: bool = flag("-x", "--line-regexp")
    with_match: bool = flag("-l", "--files-with-matches")
    without_match: bool = flag("-L", "--files-without-match")
    no_filename: bool = flag("-h", "--no-filename")
    with_filename: bool = flag("-H", "--with-filename")
    no_messages: bool = flag("-s", "--no-messages")
    max_count: str | None = argument("-m", "--max-count", default=None)
    after: str | None = argument("-A", "--after-context", default=None)
    before: str | None = argument("-B", "--before-context", default=None)
    context: str | None = argument("-C", "--context", default=None)
    patterns: tuple[str, ...] = arguments("-e", "--regexp")
    digits: str = letters(*(f"-{digit}" for digit in range(10)))

    def __attrs_post_init__(self) -> None:
        self.dialect = {"egrep": "E", "fgrep": "F"}.get(self.program, "G")

    def lines_around(self, text: str | None) -> int:
        text = text or self.context or self.digits or "0"
        return _number(text, f"{text}: invalid context length argument")


@define
class _GrepSearch:
    """What is looked for, and how what is found is shown."""

    process: Process
    pattern: RegexPattern | None
    options: GrepOptions
    named: bool
    after: int
    before: int
    limit: int | None
    shown: int = 0

    def matches(self, line: str) -> bool:
        found = self.pattern is not None and self.pattern.occurs(line)
        return found != self.options.invert


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = GrepOptions.read(process)
    patterns, names = options.patterns, list(options.operands)
    if not patterns:
        if not names:
            raise Exit(2, stderr=_USAGE)
        patterns = (names.pop(0),)
    try:
        search = _search(process, options, patterns, names)
    except BadExpression as error:
        raise Exit(2, str(error)) from None
    return (yield from _all(search, names or ["-"]))


def _search(process: Process, options: GrepOptions, patterns: Sequence[str], names: list[str]) -> _GrepSearch:
    lines = [line for pattern in patterns for line in pattern.split("\n")]
    limit = options.max_count
    return _GrepSearch(
        process=process,
        pattern=_compile(process, lines, options),
        options=options,
        named=(options.with_filename or len(names) > 1) and not options.no_filename,
        after=options.lines_around(options.after),
        before=options.lines_around(options.before),
        limit=None if limit is None else _number(limit, "invalid max count"),
    )


def _compile(process: Process, lines: list[str], options: GrepOptions) -> RegexPattern | None:
    """All patterns as one."""
    within = "x" if options.line_regexp else "w" if options.word_regexp else ""
    pattern = compile_lines(lines, options.dialect, ignore_case=options.ignore_case, within=within)
    for warning in pattern.warnings:
        process.error(f"grep: warning: {warning}\n")
    return pattern


def _all(search: _GrepSearch, names: list[str]) -> Coroutine[int]:
    found, failed = False, False
    for name in names:
        try:
            opened = source(search.process, name)
        except KernelError as error:
            failed = True
            if not search.options.no_messages:
                directory = error.errno is Errno.EISDIR
                search.process.error(f"grep: {name}: {error.errno.strerror}\n")
                failed = not directory or failed
            continue
        found = (yield from _one(search, opened, "(standard input)" if name == "-" else name)) or found
        if found and search.options.quiet:
            return 0
    return 2 if failed else 0 if found else 1


def _one(search: _GrepSearch, opened: Source, name: str) -> Coroutine[bool]:
    """Search one file; whether a line was selected."""
    count, number, due = 0, 0, 0
    earlier: deque[tuple[int, str]] = deque(maxlen=search.before or None)
    options = search.options
    silent = options.count or options.quiet or options.with_match or options.without_match
    last_shown = 0
    while search.limit is None or count < search.limit or due:
        line = yield from opened.line()
        if not line:
            break
        number += 1
        text = line.removesuffix("\n")
        if (search.limit is None or count < search.limit) and search.matches(text):
            count += 1
            if search.options.quiet:
                return True
            if not silent:
                last_shown = _show_match(search, name, number, text, earlier, last_shown)
            due = search.after
        elif due:
            due -= 1
            if not silent:
                _show(search, name, number, text, "-")
                last_shown = number
        elif search.before:
            earlier.append((number, text))
    if silent:
        _summarise(search, name, count)
    return count > 0


def _show_match(
    search: _GrepSearch, name: str, number: int, text: str, earlier: deque[tuple[int, str]], last_shown: int
) -> int:
    """A selected line with what comes before it; the number of the last line shown."""
    context = search.before or search.after
    start = earlier[0][0] if earlier else number
    if context and search.shown and start > last_shown + 1 and not search.options.only_matching:
        search.process.write("--\n")
    for other, before in earlier:
        _show(search, name, other, before, "-")
    earlier.clear()
    if search.options.only_matching:
        for piece in _pieces(search, text):
            _show(search, name, number, piece, ":")
    else:
        _show(search, name, number, text, ":")
    search.shown += 1
    return number


def _pieces(search: _GrepSearch, text: str) -> Iterator[str]:
    if search.pattern is not None and not search.options.invert:
        yield from (found.matched for found in search.pattern.matches(text) if found.matched)


def _show(search: _GrepSearch, name: str, number: int, text: str, separator: str) -> None:
    if separator == "-" and search.options.only_matching:
        return
    prefix = f"{name}{separator}" if search.named else ""
    prefix += f"{number}{separator}" if search.options.line_number else ""
    search.process.write(f"{prefix}{text}\n")


def _summarise(search: _GrepSearch, name: str, count: int) -> None:
    if search.options.count and not (search.options.with_match or search.options.without_match):
        search.process.write(f"{name}:{count}\n" if search.named else f"{count}\n")
    elif (search.options.with_match and count) or (search.options.without_match and not count):
        search.process.write(f"{name}\n")
