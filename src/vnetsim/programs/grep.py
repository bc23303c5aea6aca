"""grep (GNU grep 3.8): -E -F -G -v -i -c -o -q -n -w -x -l -L -h -H -s -m -A -B -C -e, on files and standard input.

Not modelled: recursion (-r), Perl's expressions (-P), colours, files of patterns (-f).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from typing import Any, Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.streams import Source, source
from vnetsim.regex import BadExpression, Pattern, compile_lines

#: As good as any larger number of lines.
_MANY: Final = 2**31 - 1
_SHORT: Final = "EFGvicoqnwxlLhHsm:A:B:C:e:a0123456789"
_LONG: Final = {
    "extended-regexp": "E", "fixed-strings": "F", "basic-regexp": "G", "invert-match": "v", "ignore-case": "i",
    "count": "c", "only-matching": "o", "quiet": "q", "silent": "q", "line-number": "n", "word-regexp": "w",
    "line-regexp": "x", "files-with-matches": "l", "files-without-match": "L", "no-filename": "h",
    "with-filename": "H", "no-messages": "s", "max-count=": "m", "after-context=": "A", "before-context=": "B",
    "context=": "C", "regexp=": "e", "text": "a", "line-buffered": "a", "color=": "color", "colour=": "color",
}  # fmt: skip
_UNKNOWN: Final = "r R P f: z Z b u U T d: D: y --recursive --perl-regexp --file= --include= --exclude= --null"
_USAGE: Final = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n"


@attrs.define
class _Search:
    """What is looked for, and how what is found is shown."""

    process: Process
    pattern: Pattern | None
    options: Parsed
    named: bool
    after: int
    before: int
    limit: int | None
    shown: int = 0

    def matches(self, line: str) -> bool:
        found = self.pattern is not None and self.pattern.occurs(line)
        return found != ("v" in self.options)


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, _SHORT, _LONG, unknown=_UNKNOWN, status=2)
    if isinstance(parsed, int):
        return parsed
    patterns, names = parsed.all("e"), list(parsed.operands)
    if not patterns:
        if not names:
            process.error(_USAGE)
            return 2
        patterns = [names.pop(0)]
    try:
        search = _search(process, parsed, patterns, names)
    except BadExpression as error:
        process.error(f"grep: {error}\n")
        return 2
    except ValueError as error:
        process.error(f"grep: {error}\n")
        return 2
    return (yield from _all(search, names or ["-"]))


def _search(process: Process, parsed: Parsed, patterns: list[str], names: list[str]) -> _Search:
    name = process.argv[0].rpartition("/")[2]
    kind = next(
        (given for given, _ in reversed(parsed.options) if given in "EFG"), {"egrep": "E", "fgrep": "F"}.get(name)
    )
    lines = [line for pattern in patterns for line in pattern.split("\n")]
    limit = parsed.last("m")
    return _Search(
        process=process,
        pattern=_compile(process, lines, parsed, kind or "G"),
        options=parsed,
        named=("H" in parsed or len(names) > 1) and "h" not in parsed,
        after=_context(parsed, "A"),
        before=_context(parsed, "B"),
        limit=None if limit is None else _number(limit, "invalid max count"),
    )


def _number(text: str, complaint: str) -> int:
    if not is_digits(text):
        raise ValueError(complaint)
    return min(int(text), _MANY)


def _context(parsed: Parsed, letter: str) -> int:
    digits = "".join(given for given, _ in parsed.options if is_digits(given))
    text = parsed.last(letter) or parsed.last("C") or digits or "0"
    return _number(text, f"{text}: invalid context length argument")


def _compile(process: Process, lines: list[str], parsed: Parsed, kind: str) -> Pattern | None:
    """All patterns as one."""
    within = "x" if "x" in parsed else "w" if "w" in parsed else ""
    pattern = compile_lines(lines, kind, ignore_case="i" in parsed, within=within)
    for warning in pattern.warnings:
        process.error(f"grep: warning: {warning}\n")
    return pattern


def _all(search: _Search, names: list[str]) -> Generator[Any, Any, int]:
    found, failed = False, False
    for name in names:
        try:
            opened = source(search.process, name)
        except KernelError as error:
            failed = True
            if "s" not in search.options:
                directory = error.errno is Errno.EISDIR
                search.process.error(f"grep: {name}: {error.errno.words}\n")
                failed = not directory or failed
            continue
        found = (yield from _one(search, opened, "(standard input)" if name == "-" else name)) or found
        if found and "q" in search.options:
            return 0
    return 2 if failed else 0 if found else 1


def _one(search: _Search, opened: Source, name: str) -> Generator[Any, Any, bool]:
    """Search one file; whether a line was selected."""
    count, number, due = 0, 0, 0
    earlier: deque[tuple[int, str]] = deque(maxlen=search.before or None)
    silent = any(letter in search.options for letter in "cqlL")
    last_shown = 0
    while search.limit is None or count < search.limit or due:
        line = yield from opened.line()
        if not line:
            break
        number += 1
        text = line.removesuffix("\n")
        if (search.limit is None or count < search.limit) and search.matches(text):
            count += 1
            if "q" in search.options:
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
    search: _Search, name: str, number: int, text: str, earlier: deque[tuple[int, str]], last_shown: int
) -> int:
    """A selected line with what comes before it; the number of the last line shown."""
    context = search.before or search.after
    start = earlier[0][0] if earlier else number
    if context and search.shown and start > last_shown + 1 and "o" not in search.options:
        search.process.write("--\n")
    for other, before in earlier:
        _show(search, name, other, before, "-")
    earlier.clear()
    if "o" in search.options:
        for piece in _pieces(search, text):
            _show(search, name, number, piece, ":")
    else:
        _show(search, name, number, text, ":")
    search.shown += 1
    return number


def _pieces(search: _Search, text: str) -> Iterator[str]:
    if search.pattern is not None and "v" not in search.options:
        yield from (found.matched for found in search.pattern.matches(text) if found.matched)


def _show(search: _Search, name: str, number: int, text: str, separator: str) -> None:
    if separator == "-" and "o" in search.options:
        return
    prefix = f"{name}{separator}" if search.named else ""
    prefix += f"{number}{separator}" if "n" in search.options else ""
    search.process.write(f"{prefix}{text}\n")


def _summarise(search: _Search, name: str, count: int) -> None:
    if "c" in search.options and not ("l" in search.options or "L" in search.options):
        search.process.write(f"{name}:{count}\n" if search.named else f"{count}\n")
    elif ("l" in search.options and count) or ("L" in search.options and not count):
        search.process.write(f"{name}\n")
