"""What a translated awk program calls: the record, the special variables, input and output, builtin functions.

Each iteration of a loop and each call of a function is a step of the budget; strings and arrays are charged as they
grow.  Not modelled: rand() after srand() with a seed.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from vnetsim.budget import OBJECT_BYTES
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.awk.arrays import AwkArray, BusyboxArray
from vnetsim.programs.awk.formats import Format, FormatFault
from vnetsim.programs.awk.patterns import pattern
from vnetsim.programs.awk.record import AwkRecord
from vnetsim.programs.awk.records import Records, fields, separating
from vnetsim.programs.awk.streams import AwkStreams
from vnetsim.programs.awk.tree import AwkError
from vnetsim.programs.awk.values import (
    MAWK_LARGEST,
    UNSET,
    InputText,
    Value,
    compare,
    compute,
    divide,
    integer,
    integral,
    modulo,
    number,
    octets,
    power,
    truth,
)
from vnetsim.regex import RegexMatch, RegexPattern

#: A string of more characters is charged as steps.
_LONG: Final = 4096
_BUSYBOX_LARGEST: Final = 1 << 62
_FAR: Final = 1e9


class AwkExit(Exception):
    """`exit`."""


class AwkRuntime(AwkRecord):
    """The runtime of one program."""

    def __init__(self, process: Process) -> None:
        super().__init__()
        self.process = process
        self.busybox = bool(process.context.busybox)
        self.streams = AwkStreams(process)
        self.got: Value = UNSET
        self.status = 0
        self.ranges: set[int] = set()
        self._arrays: list[weakref.ref[AwkArray]] = []
        self._grown = 0
        self._seed: Value = 0.0
        self._seeded = False
        self._source: Records | None = None
        self._argument = 0
        self._named = False
        self.variables: dict[str, Any] = {}
        self.argv = self.array()

    def names(self) -> dict[str, Any]:
        """What generated code is run with."""
        return {
            "R": self, "N": number, "S": self.text, "O": self.output, "B": truth, "U": UNSET, "J": self.join,
            "C": self.compare, "D": self.divide, "Q": modulo, "E": power, "F": compute, "I": integer,
            "K": self.step, "float": float, "len": len, "__builtins__": {},
        }  # fmt: skip

    def step(self) -> None:
        self.process.meter.charge_steps(1)

    # --- values ------------------------------------------------------------------------------------------------------

    def text(self, value: Value) -> str:
        return value if isinstance(value, str) else self._shown(value, self.CONVFMT)

    def output(self, value: Value) -> str:
        return value if isinstance(value, str) else self._shown(value, self.OFMT)

    def _shown(self, value: float, style: Value) -> str:
        found = integral(value, _BUSYBOX_LARGEST if self.busybox else MAWK_LARGEST)
        if found is not None:
            return found
        return f"{value:.6g}" if style == "%.6g" and math.isfinite(value) else self.format((style, value), "sprintf")

    def compare(self, left: Value, right: Value) -> int:
        return compare(left, right, self.text)

    def divide(self, left: float, right: float) -> float:
        if self.busybox and not right:
            raise AwkError("cmd. line:1: Division by zero")
        return divide(left, right)

    def join(self, *texts: str) -> str:
        self._check(sum(map(len, texts)))
        return "".join(texts)

    def _check(self, length: int) -> None:
        if length > _LONG:
            self.process.meter.check_string(length)
            self.process.meter.charge_steps(length >> 4)

    def array(self) -> AwkArray:
        array = (BusyboxArray if self.busybox else AwkArray)(self._grow, self.text)
        self._arrays.append(weakref.ref(array))
        return array

    def _grow(self, length: int) -> None:
        """Count anew where a share of what is allowed was added."""
        self._grown += length
        if self._grown > self.process.meter.budget.string_bytes // 8:
            self._grown = 0
            arrays = [found for each in self._arrays if (found := each()) is not None]
            self._arrays = [weakref.ref(each) for each in arrays]
            texts = (text for each in arrays for pair in each.items() for text in pair)
            total = sum(OBJECT_BYTES + (len(text) if isinstance(text, str) else 0) for text in texts)
            self.process.meter.charge_strings(self.process.pid, total)

    # --- statements --------------------------------------------------------------------------------------------------

    def print(self, texts: Sequence[str], operator: str = "", name: str = "") -> None:
        text = self.text(self.OFS).join(texts) + self.text(self.ORS)
        self._check(len(text))
        self.streams.write(text, operator, name)

    def printf(self, args: Sequence[Value], operator: str = "", name: str = "") -> None:
        try:
            self.streams.write(self.format(args, "printf"), operator, name)
        except FormatFault as fault:
            self.streams.write(fault.written, operator, name)
            raise self.fault(str(fault)) from None

    def fault(self, problem: str) -> AwkError:
        where = f'FILENAME="{self.text(self.FILENAME)}" FNR={self.text(self.FNR)} NR={self.text(self.NR)}'
        return AwkError(f"run time error: {problem}\n\t{where}")

    def format(self, args: Sequence[Value], name: str) -> str:
        try:
            text = Format(args, self.text, self._check, 64 if self.busybox else 32).apply(name)
        except FormatFault as fault:
            if name == "printf":
                raise
            raise self.fault(str(fault)) from None
        self._check(len(text))
        return text

    def exit(self, status: float | None = None) -> NoReturn:
        if status is not None:
            self.status = int(status) & 255
        raise AwkExit

    def range(self, index: int, last: bool) -> None:
        """Whether the range goes on."""
        (self.ranges.discard if last else self.ranges.add)(index)

    # --- functions ---------------------------------------------------------------------------------------------------

    def pattern(self, text: str) -> RegexPattern:
        try:
            return pattern(text, intervals=self.busybox)
        except AwkError as error:
            raise self.fault(str(error)) from None

    def occurs(self, text: str, found: RegexPattern) -> bool:
        return found.occurs(text)

    def lower(self, text: str) -> str:
        return text.encode("latin-1").lower().decode("latin-1")

    def upper(self, text: str) -> str:
        return text.encode("latin-1").upper().decode("latin-1")

    def substr(self, text: str, start: float, length: float = math.inf) -> str:
        """mawk counts from the first character on, and a start before it as a longer text."""
        if math.isnan(start) or math.isnan(length):
            return ""
        start, length = (max(-_FAR, min(_FAR, each)) for each in (start, length))
        first = max(1, int(start))
        last = first + int(length if self.busybox else length - min(0, int(start)))
        return text[first - 1 : max(first - 1, last - 1)]

    def match(self, text: str, found: RegexPattern) -> float:
        matched = found.search(text)
        self.RSTART = 0.0 if matched is None else matched.start + 1.0
        self.RLENGTH = -1.0 if matched is None else float(matched.end - matched.start)
        return self.RSTART

    def split(self, text: str, array: AwkArray, separator: str | RegexPattern) -> float:
        array.fill([InputText(each) for each in self.separate(text, separator)])
        return float(len(array))

    def separate(self, text: str, separator: str | RegexPattern, *, paragraphs: bool = False) -> list[str]:
        if isinstance(separator, str):
            found = separating(separator, paragraphs=paragraphs)
            separator = separator if found is None else self.pattern(found)
        return fields(text, separator, paragraphs=paragraphs)

    def substitute(self, found: RegexPattern, replacement: str, text: str, every: bool) -> float:
        """The number of replacements; `got` is the new text."""
        count = 0

        def replace(matched: RegexMatch) -> str:
            nonlocal count
            count += 1
            self.process.meter.check_string(count * len(replacement))
            return self._replaced(replacement, matched.matched)

        changed = found.replace(text, replace, limit=None if every else 1)
        self._check(len(changed))
        self.got = changed
        return float(count)

    def _replaced(self, replacement: str, matched: str) -> str:
        if "&" not in replacement:
            return replacement.replace("\\\\", "\\") if "\\\\" in replacement else replacement
        out = []
        position = 0
        while position < len(replacement):
            pair = replacement[position : position + 2]
            if pair in ("\\&", "\\\\"):
                out.append(pair[1])
                position += 1
            else:
                out.append(matched if pair[0] == "&" else pair[0])
            position += 1
        return "".join(out)

    def rand(self) -> float:
        if self._seeded:
            raise NotModelled("awk's rand() after srand() with a seed")
        return self.process.machine.random.random()

    def srand(self, seed: Value | None = None) -> Value:
        before, self._seed = self._seed, float(self.process.now() // 10**9) if seed is None else seed
        self._seeded = seed is not None
        return before

    def fflush(self, name: str = "") -> float:
        self.streams.flush()
        return 0.0 if self.streams.is_open(name) else -1.0

    def close(self, name: str) -> Coroutine[float]:
        return self.streams.close(name)

    def system(self, command: str) -> Coroutine[float]:
        return self.streams.system(command)

    # --- input -------------------------------------------------------------------------------------------------------

    def read(self) -> Coroutine[str | None]:
        """The next record of the files that are named, None at the end."""
        while True:
            if self._source is None:
                self._source = self._next_file()
                if self._source is None:
                    return None
            found = yield from self.record_of(self._source)
            if found is not None:
                self.NR, self.FNR = number(self.NR) + 1, number(self.FNR) + 1
                return found
            self.skip()

    def record_of(self, records: Records) -> Coroutine[str | None]:
        separator = self.text(self.RS)
        expression = self.pattern(separator) if len(separator) > 1 else None
        return records.record(separator, expression)

    def skip(self) -> None:
        """The rest of the file is not read."""
        self._source = None
        self._named = True

    def _next_file(self) -> Records | None:
        while self._argument + 1 < number(self.ARGC):
            self._argument += 1
            name = self.text(self.argv.get(str(self._argument), ""))
            if name and not self.assigns(name):
                self._named = True
                return self._open(name)
        if self._named:
            return None
        self._named = True
        self.FILENAME = InputText("-")
        return self.streams.stdin

    def _open(self, name: str) -> Records:
        self.FILENAME, self.FNR = InputText(name), 0.0
        try:
            return self.streams.stdin if name == "-" else self.streams.file(name)
        except KernelError as error:
            problem = f"cannot open {name} ({error.errno.strerror})"
            raise AwkError(
                "read error (Is a directory)" if error.errno.strerror == "Is a directory" else problem
            ) from None

    def getline(self, operator: str, name: str, whole: bool) -> Coroutine[float]:
        """1, 0 at the end, -1 where nothing can be read; the record is $0 or `got`."""
        if not operator:
            found = yield from self.read()
        else:
            try:
                found = yield from self.record_of(self.streams.reader(operator, name))
            except KernelError:
                return -1.0
        if found is None:
            return 0.0
        self.got = InputText(found)
        if whole:
            self.set_record(found)
        return 1.0

    def assigns(self, text: str) -> bool:
        """Whether that is `name=value` as an operand; if so the variable is set."""
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier() or not name.isascii():
            return False
        self.set_variable(name, octets(value))
        return True

    def set_variable(self, name: str, value: str) -> None:
        raise NotImplementedError
