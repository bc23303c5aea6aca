"""The files, pipes and commands of an awk program (mawk's files.c).

What is printed is written at once; once the program writes to a command, only where mawk empties its buffers: at the
end, before another command starts, and by fflush(), so that what both write is in the same order.
"""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import Child, Coroutine, Input, Output, Process
from vnetsim.programs.awk.records import Records
from vnetsim.programs.awk.tree import AwkError
from vnetsim.programs.awk.values import characters
from vnetsim.programs.libc.streams import StreamSource, absolute, create, source

_KILLED = 256
_SIGNAL = 128


class _Errors:
    """Standard error."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def write(self, text: str) -> None:
        self._process.error(text)

    def close(self) -> None:
        """It stays open."""


class AwkStreams:
    """What is open, by name; `held` is what standard output waits with."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._outputs: dict[str, Output] = {}
        self._inputs: dict[str, Records] = {}
        self._children: dict[str, Child] = {}
        self._pending: dict[str, list[str]] = {}
        self._held: list[str] | None = None
        self.stdin = Records(source(process, "-"))

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, text: str, operator: str = "", name: str = "") -> None:
        text = characters(text)
        if not operator or (name in ("-", "/dev/stdout") and operator != "|"):
            if self._held is None:
                self._process.write(text)
            else:
                self._held.append(text)
            return
        if name not in self._outputs:
            self._outputs[name] = self._open(operator, name)
        if name in self._pending:
            self._pending[name].append(text)
        else:
            self._outputs[name].write(text)

    def _open(self, operator: str, name: str) -> Output:
        process = self._process
        process.meter.charge_steps(10)
        if operator == "|":
            self.flush()
            self._held, self._pending[name] = [], []
            reader, writer = process.pipe()
            self._children[name] = self._start(name, stdin=reader)
            reader.close()
            return writer
        if name == "/dev/stderr":
            return _Errors(process)
        try:
            return create(process.context, absolute(process, characters(name)), append=operator == ">>")
        except KernelError as error:
            raise AwkError(f'cannot open "{name}" for output ({error.errno.strerror})') from None

    def _start(self, command: str, stdin: Input | None = None, stdout: Output | None = None) -> Child:
        return self._process.spawn(["sh", "-c", characters(command)], stdin=stdin, stdout=stdout)

    def flush(self) -> None:
        """Everything that waits is written."""
        if self._held:
            self._process.write("".join(self._held))
            self._held.clear()
        for name, texts in self._pending.items():
            if texts:
                self._outputs[name].write("".join(texts))
                texts.clear()

    def is_open(self, name: str) -> bool:
        return not name or name in self._outputs or name == "/dev/stdout"

    # --- reading -----------------------------------------------------------------------------------------------------

    def reader(self, operator: str, name: str) -> Records:
        """The file, or what the command writes; KernelError."""
        if operator == "<" and name in ("-", "/dev/stdin"):
            return self.stdin
        if name not in self._inputs:
            self._inputs[name] = self._command(name) if operator == "|" else self.file(name)
        return self._inputs[name]

    def file(self, name: str) -> Records:
        return Records(source(self._process, characters(name)))

    def _command(self, name: str) -> Records:
        self._process.meter.charge_steps(10)
        self.flush()
        reader, writer = self._process.pipe()
        self._children[name] = self._start(name, stdout=writer)
        writer.close()
        return Records(StreamSource(reader))

    # --- the end -----------------------------------------------------------------------------------------------------

    def close(self, name: str) -> Coroutine[float]:
        """The exit status of a command, 0 for a file, -1 for what is not open."""
        if name not in self._outputs and name not in self._inputs:
            return -1.0
        texts = self._pending.pop(name, [])
        if name in self._outputs:
            output = self._outputs.pop(name)
            if texts:
                output.write("".join(texts))
            output.close()
        if name in self._inputs:
            self._inputs.pop(name).source.close()
        child = self._children.pop(name, None)
        return 0.0 if child is None else (yield from _status(child))

    def system(self, command: str) -> Coroutine[float]:
        self.flush()
        return (yield from _status(self._start(command)))

    def end(self) -> Coroutine[None]:
        """Close everything, what was opened last first."""
        for name in [*reversed(self._outputs), *self._inputs]:
            yield from self.close(name)
        self.flush()


def _status(child: Child) -> Coroutine[float]:
    status: int = yield child.wait()
    return float(status if child.signal is None else status - _SIGNAL + _KILLED)
