r"""awk as POSIX.1-2017 has it, with the messages of mawk 1.3.4 20200120 (Debian 12), or in alpine those of busybox.

`lexer`, `grammar` and `statements` read a program, `names` finds which of its names are arrays, `translation` makes it
Python, and `execution` is what that calls.  Not modelled: time functions, mawk's options -W, gawk's additions.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.awk.arrays import AwkArray
from vnetsim.programs.awk.execution import AwkExit, AwkRuntime
from vnetsim.programs.awk.lexer import unescaped
from vnetsim.programs.awk.names import SPECIAL, Names
from vnetsim.programs.awk.patterns import pattern
from vnetsim.programs.awk.statements import AwkParser
from vnetsim.programs.awk.translation import AwkTranslation, StatementWriter
from vnetsim.programs.awk.tree import AwkError, AwkProgram
from vnetsim.programs.awk.values import UNSET, InputText, octets
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, arguments
from vnetsim.programs.libc.streams import source
from vnetsim.regex import RegexPattern
from vnetsim.values import define

_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_USAGE: Final = "usage: awk [-F value][-v var=value][--][program text][file ...]\n"


@define
class AwkOptions(GnuOptions):
    posix = True
    unmodelled = "-W:"

    separator: str | None = argument("-F", default=None)
    assignments: tuple[str, ...] = arguments("-v")
    files: tuple[str, ...] = arguments("-f")

    def misused(self, problem: str) -> Exit:
        letter = problem[-2]
        if problem.startswith("invalid"):
            given = next((each for each in self.process.argv if each.startswith("--") and each != "--"), f"-{letter}")
            return Exit(2, f"not an option: {given if letter == '-' else f'-{letter}'}")
        return Exit(2, f"option -{letter} lacks argument")


class _AwkProcess(AwkRuntime):
    """A program that runs."""

    def __init__(self, process: Process, program: AwkProgram, translation: AwkTranslation) -> None:
        super().__init__(process)
        self._program, self._translation = program, translation
        names: dict[str, Any] = self.names()
        names.update({f"v_{name}": UNSET for name in translation.scalars})
        names.update({f"v_{name}": self.array() for name in translation.arrays})
        names.update({f"x{index}": _constant(each, self.busybox) for index, each in enumerate(translation.patterns)})
        environment: AwkArray = names["v_ENVIRON"]
        for name, text in process.context.environment.items():
            environment.put(octets(name), InputText(octets(text)))
        self.argv = names["v_ARGV"]
        self.variables = names
        exec(compile(translation.source, "<awk>", "exec"), names)

    def set_variable(self, name: str, value: str) -> None:
        given = InputText(unescaped(value))
        if name in SPECIAL:
            self.assign(name, given)
        elif isinstance(self.variables.get(f"v_{name}"), AwkArray) or name in self._program.functions:
            raise AwkError(f"cannot command line assign to {name}\n\ttype clash or keyword")
        else:
            self.variables[f"v_{name}"] = given

    def run(self) -> Coroutine[None]:
        """BEGIN, all records, END."""
        program = self._program
        try:
            yield from self._call("begin")
            while program.rules or program.end:
                text = yield from self.read()
                if text is None:
                    break
                self.set_record(text)
                yield from self._call("main")
        except AwkExit:
            pass
        with suppress(AwkExit):
            yield from self._call("end")
        yield from self.streams.end()

    def _call(self, name: str) -> Coroutine[None]:
        result = self.variables[name]()
        if name in self._translation.waiting:
            yield from result


def _constant(found: tuple[str, int], intervals: bool) -> RegexPattern:
    text, line = found
    try:
        return pattern(text, intervals=intervals)
    except AwkError as error:
        raise AwkError(f"line {line}: {error}") from None


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = AwkOptions.read(process)
    operands = list(options.operands)
    if not options.files and not operands:
        raise Exit(2, stderr=_USAGE)
    running: _AwkProcess | None = None
    try:
        text = (yield from _files(process, options.files)) if options.files else operands.pop(0)
        running = _prepared(process, octets(text), options, operands)
        yield from running.run()
        return running.status
    except AwkError as error:
        if running is not None:
            running.streams.flush()
        if process.context.busybox:
            raise NotModelled(f"what busybox's awk does where mawk has the error {error}") from None
        process.error("".join(f"{options.program}: {each}\n" for each in error.args))
        return 2
    except RecursionError:
        raise NotModelled("awk functions that call each other this deep") from None


def _files(process: Process, names: tuple[str, ...]) -> Coroutine[str]:
    texts = []
    for name in names:
        try:
            texts.append((yield from source(process, name).rest()))
        except KernelError as error:
            raise AwkError(f"cannot open {name} ({error.errno.strerror})") from None
    return "\n".join(texts)


def _prepared(process: Process, text: str, options: AwkOptions, operands: list[str]) -> _AwkProcess:
    program = AwkParser(text, busybox=bool(process.context.busybox)).program()
    try:
        running = _AwkProcess(process, program, StatementWriter(program, Names(program)).translate())
    except (SyntaxError, MemoryError):
        raise NotModelled("an awk program that is nested so deep") from None
    for assignment in options.assignments:
        if not running.assigns(assignment):
            raise AwkError(f"improper assignment: -v {assignment}")
    if options.separator is not None:
        running.FS = unescaped(octets(options.separator))
    for index, operand in enumerate([options.program, *operands]):
        running.argv.put(float(index), InputText(octets(operand)))
    running.ARGC = float(len(operands) + 1)
    return running
