"""jq 1.6: JSON filtered by programs of its language.

Follows main.c, parser.y, execute.c and builtin.jq; `syntax` and `builtins` say what is not modelled.  Regular
expressions are Python's, which scripts' are, too.  Not modelled: --stream, --seq, --slurpfile, --rawfile, -L, -C.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.jq.nodes import METER, JqFilter
from vnetsim.programs.jq.syntax import JqParser
from vnetsim.programs.jq.values import JqBreak, JqError, Value, dumps, is_true, loads, number
from vnetsim.programs.libc.streams import absolute, source
from vnetsim.values import define

_FLAGS: Final = {
    "r": "raw-output", "c": "compact-output", "n": "null-input", "e": "exit-status", "s": "slurp", "R": "raw-input",
    "j": "join-output", "a": "ascii-output", "S": "sort-keys", "M": "monochrome-output",
}  # fmt: skip
_VERSION: Final = "jq-1.6\n"
_USAGE: Final = "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n"


@define
class JqOptions:
    """What the command line says; `variables` are named with their `$`."""

    flags: set[str] = attrs.field(factory=set)
    indent: str | None = "  "
    variables: dict[str, Value] = attrs.field(factory=dict)
    program: str | None = None
    program_file: str | None = None
    files: list[str] = attrs.field(factory=list)


class _Version(Exception):
    """`--version`, `-V`."""


class _Misused(Exception):
    """With what jq prints, and exit status 2."""


def main(process: Process) -> Coroutine[int]:
    """Exit status 5: an error in the program as it ran; 2: of the command line, or of the input; 3: no program."""
    try:
        options = _read(list(process.argv[1:]))
        program = JqParser(_program(process, options), list(options.variables)).program()
    except _Version:
        process.write(_VERSION)
        return 0
    except _Misused as misused:
        process.error(str(misused))
        return 2
    text, status = yield from _texts(process, options)
    scope = {**options.variables, "$ENV": dict(process.context.environment), METER: process.meter}
    try:
        return _run(process, options, program, scope, text) or status
    except RecursionError:
        raise NotModelled("jq: values or functions that are nested so deeply") from None


def _read(words: list[str]) -> JqOptions:
    options = JqOptions()
    while words:
        word = words.pop(0)
        if word.startswith("--") and len(word) > 2:
            _long(options, word[2:], words)
        elif word.startswith("-") and word[1:2].isalpha():
            for letter in word[1:]:
                _short(options, letter, words)
        elif options.program is None and options.program_file is None:
            options.program = word
        else:
            options.files.append(word)
    return options


def _short(options: JqOptions, letter: str, words: list[str]) -> None:
    if letter == "f":
        options.program_file = _argument("f", words)
    elif letter in _FLAGS:
        options.flags.add(letter)
    elif letter == "V":
        raise _Version
    elif letter in "hCL":
        raise NotModelled(f"jq -{letter}")
    else:
        raise _Misused(f"jq: Unknown option -{letter}\n{_USAGE}")


def _argument(name: str, words: list[str]) -> str:
    if not words:
        raise _Misused(f"jq: -{name} takes a parameter (e.g. -{name} file)\n{_USAGE}")
    return words.pop(0)


def _long(options: JqOptions, name: str, words: list[str]) -> None:
    letter = next((letter for letter, full in _FLAGS.items() if full == name), None)
    if letter is not None:
        options.flags.add(letter)
    elif name in ("arg", "argjson"):
        if len(words) < 2:
            example = "value" if name == "arg" else "text"
            raise _Misused(f"jq: --{name} takes two parameters (e.g. --{name} varname {example})\n{_USAGE}")
        variable, text = words.pop(0), words.pop(0)
        options.variables[f"${variable}"] = text if name == "arg" else _json(text)
    elif name == "tab":
        options.indent = "\t"
    elif name == "indent":
        options.indent = _indent(words)
    elif name == "from-file":
        options.program_file = _argument("f", words)
    elif name == "version":
        raise _Version
    else:
        raise NotModelled(f"jq --{name}")


def _indent(words: list[str]) -> str | None:
    """None for the compact form."""
    if not words:
        raise _Misused(f"jq: --indent takes one parameter\n{_USAGE}")
    text = words.pop(0)
    if text not in map(str, range(8)):
        raise _Misused(f"jq: --indent takes a number between -1 and 7\n{_USAGE}")
    return " " * int(text) or None


def _json(text: str) -> Value:
    try:
        return loads(text)
    except ValueError:
        raise _Misused(f"jq: Invalid JSON text passed to --argjson\n{_USAGE}") from None


def _program(process: Process, options: JqOptions) -> str:
    if options.program_file is not None:
        if options.program is not None:
            options.files.insert(0, options.program)
        try:
            return process.files.read(absolute(process, options.program_file))
        except KernelError as error:
            raise _Misused(f"jq: error: Could not open {options.program_file}: {error.errno.strerror}\n") from None
    return "." if options.program is None else options.program


def _texts(process: Process, options: JqOptions) -> Coroutine[tuple[str, int]]:
    """All input, and the exit status because of files that are not there."""
    if "n" in options.flags:
        return "", 0
    text, status = "", 0
    for name in options.files or ["-"]:
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"jq: error: Could not open file {name}: {error.errno.strerror}\n")
            status = 2
            continue
        while line := (yield from opened.line()):
            text += line
    return text, status


# --- running ---------------------------------------------------------------------------------------------------------


def _run(process: Process, options: JqOptions, program: JqFilter, scope: dict[str, Value], text: str) -> int:
    status, last, some = 0, None, False
    for value, where in _inputs(options, text):
        try:
            for last in program.run(scope, value):
                some = True
                process.write(_shown(options, last))
        except JqError as error:
            process.error(f"jq: error (at {where}){_complaint(error.value)}\n")
            status = 5
        except JqBreak:
            process.error(f"jq: error (at {where}): break\n")
            status = 5
    if "e" in options.flags and not status:
        return 0 if is_true(last) else 1 if some else 4
    return status


def _complaint(value: Value) -> str:
    return f": {value}" if isinstance(value, str) else f" (not a string): {dumps(value)}"


def _inputs(options: JqOptions, text: str) -> Iterator[tuple[Any, str]]:
    """Values, and where they end in the input."""
    if "n" in options.flags:
        yield None, "<unknown>"
        return
    if "R" in options.flags:
        lines = text.split("\n")[: -1 if text.endswith("\n") else None] if text else []
        found: list[Any] = [text] if "s" in options.flags else lines
        yield from ((each, f"<stdin>:{number}") for number, each in enumerate(found, 1))
        return
    values = list(_documents(text))
    if "s" in options.flags:
        values = [([value for value, _ in values], text.count("\n"))]
    yield from ((value, f"<stdin>:{line}") for value, line in values)


def _documents(text: str) -> Iterator[tuple[Any, int]]:
    """One JSON text after another, with the number of the newlines that jq has read by then."""
    decoder = json.JSONDecoder(parse_int=number)
    at = 0
    while True:
        while text[at : at + 1].isspace():
            at += 1
        if at == len(text):
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            raise NotModelled("jq's message about input that is no JSON") from None
        newline = text.find("\n", at)
        yield value, text.count("\n") if newline < 0 else text.count("\n", 0, newline + 1)


def _shown(options: JqOptions, value: Value) -> str:
    flags = options.flags
    raw = isinstance(value, str) and bool(flags & {"r", "j"})
    indent = None if "c" in flags else options.indent
    text = value if raw else dumps(value, indent=indent, sort="S" in flags, ascii_only="a" in flags)
    return text if "j" in flags else f"{text}\n"
