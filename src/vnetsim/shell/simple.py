"""Simple commands: assignments, builtins, functions, programs (POSIX.1-2017, XCU 2.9.1)."""

from __future__ import annotations

from abc import abstractmethod

import attrs

from vnetsim.errors import KernelError
from vnetsim.failures import Failure
from vnetsim.shell import ast
from vnetsim.shell.arrays import Array
from vnetsim.shell.control import FatalFault, ReturnFromFunction
from vnetsim.shell.outcomes import KEEPING, PRINTING, RUNNING
from vnetsim.shell.quoting import quote
from vnetsim.shell.redirection import RedirectionError, Streams
from vnetsim.shell.shell import Builtin, Shell
from vnetsim.shell.steps import Run, Steps
from vnetsim.shell.variables import Variable, as_array


class SimpleCommands(Shell):
    """A shell that runs simple commands."""

    @abstractmethod
    def command(self, command: ast.Command, *, final: bool = False, checked: bool = False) -> Run:
        """Run a command of any kind."""

    def simple(self, command: ast.SimpleCommand, *, final: bool) -> Run:
        self.state.line = command.line
        if self.state.trap_status is None:
            self.state.current = command.source
        self.substituted = 0
        pending, self.outcomes.substitution = self.state.pending, None
        words = yield from self._arguments(command)
        self._take_up(words, pending)
        streams = self.streams.copy() if command.redirections else self.streams
        try:
            yield from self.redirector.apply(command.redirections, streams)
        except RedirectionError as refused:
            return self._refused(words, refused)
        if not words:
            yield from self._assign(command, traced=bool(self.state.options.get("xtrace")))
            self.outcomes.assigned(self.substituted)
            return self.substituted
        if self.state.options.get("xtrace"):
            self.tell("+ " + " ".join(quote(word) if self.state.dialect.bash else word for word in words) + "\n")
        function = self.state.functions.get(words[0])
        builtin = self.builtin(words[0])
        if function is not None or builtin is not None:
            return (yield from self._here(command, words, streams, function or builtin))
        return (yield from self._elsewhere(command, words, streams, final=final))

    def _take_up(self, words: list[str], pending: Failure | None) -> None:
        """After the expansion of a command's words: handle the status before it."""
        if not words:
            return
        if words[0] in PRINTING:
            self.state.pending = pending
        if words[0] not in KEEPING or len(words) > 1:
            self.outcomes.overwrite()
        self.outcomes.masked(words)

    def _refused(self, words: list[str], refused: RedirectionError) -> int:
        """dash ends when a redirection of a special builtin fails (XCU 2.8.1)."""
        status = self.refuse(refused)
        builtin = self.builtin(words[0]) if words else None
        if builtin is not None and builtin.special and not self.state.dialect.bash:
            raise FatalFault(status)
        return status

    def _arguments(self, command: ast.SimpleCommand) -> Steps[list[str]]:
        first = ast.plain(command.words[0]) if command.words else None
        builtin = None if first is None else self.builtin(first)
        if builtin is None or not builtin.declares:
            return (yield from self.expander.fields(command.words))
        fields: list[str] = []
        for word in command.words:
            fields.extend((yield from self._declaration(word)))
        return fields

    def _declaration(self, word: ast.Word) -> Steps[list[str]]:
        """`export X=$y`: an argument like an assignment is expanded like one."""
        text = word[0].text if word and isinstance(word[0], ast.Literal) and not word[0].quoted else ""
        if text.partition("=")[0].isidentifier() and "=" in text:
            return [(yield from self.expander.text(word))]
        return (yield from self.expander.fields([word]))

    def _assign(self, command: ast.SimpleCommand, *, traced: bool = False, exported: bool | None = None) -> Steps[None]:
        for assignment in command.assignments:
            if assignment.elements is not None or assignment.subscript is not None:
                yield from self._assign_elements(assignment)
                shown = assignment.source
            else:
                value = yield from self.expander.text(assignment.value)
                old = (self.state.get(assignment.name) or "") if assignment.append else ""
                if assignment.name in self.state.integers:
                    value = str(self.expander.number(old or "0") + self.expander.number(value or "0"))
                else:
                    value = old + value
                self.state.set(assignment.name, value, exported=exported)
                shown = f"{assignment.name}={quote(value) if value else ''}"
            if traced:
                self.tell(f"+ {shown}\n")

    def _assign_elements(self, assignment: ast.Assignment) -> Steps[None]:
        """`name=(...)` and `name[subscript]=value`."""
        name = assignment.name
        old = as_array(self.state.variables.get(name))
        if assignment.elements is not None:
            base = old if assignment.append else Array(associative=old.associative)
            array = yield from self.expander.array(base, assignment.elements)
            self.state.set_array(name, array)
            return
        assert assignment.subscript is not None
        key = yield from self.expander.key(name, assignment.subscript)
        value = yield from self.expander.text(assignment.value)
        self.state.set_element(name, key, old.items.get(key, "") * assignment.append + value)

    def _here(
        self, command: ast.SimpleCommand, words: list[str], streams: Streams, what: ast.Command | Builtin | None
    ) -> Run:
        """Run a builtin or a function: in this process, with the redirections and assignments of the command."""
        before, self.streams = self.streams, streams
        saved = {each.name: self.state.variables.get(each.name) for each in command.assignments}
        try:
            yield from self._assign(command)
            if isinstance(what, Builtin):
                status = yield from self._declare(what, words, command.arrays)
                if words[0] not in RUNNING:
                    self.outcomes.ended(words, status, streams, source=command.source)
                return status
            assert what is not None
            return (yield from self.call(what, words, source=command.source))
        except KernelError as error:
            self.streams = before
            self.complain(self.state.dialect.write_error(words[0], error.errno))
            self.outcomes.refused(1, command.source)
            return 1
        finally:
            self.streams = streams if self.keep_streams else before
            self.keep_streams = False
            self._restore(saved)

    def _declare(self, what: Builtin, words: list[str], arrays: tuple[ast.Assignment, ...]) -> Run:
        """Run a builtin; `declare` and similar ones then assign their arrays, which may be read-only afterwards."""
        for array in arrays:
            self.state.writable(array.name)
        status = yield from what.run(self, words)
        for array in arrays:
            made = self.state.variables.pop(array.name, Variable(""))
            self.state.variables[array.name] = attrs.evolve(made, readonly=False)
            yield from self._assign_elements(array)
            self.state.variables[array.name] = attrs.evolve(self.state.variables[array.name], readonly=made.readonly)
        return status

    def _restore(self, saved: dict[str, Variable | None]) -> None:
        for name, variable in saved.items():
            if variable is None:
                self.state.variables.pop(name, None)
            else:
                self.state.variables[name] = variable

    def _elsewhere(self, command: ast.SimpleCommand, words: list[str], streams: Streams, *, final: bool) -> Run:
        """Run a program, which sees the assignments of the command."""
        saved = {each.name: self.state.variables.get(each.name) for each in command.assignments}
        try:
            yield from self._assign(command, exported=True)
            return (yield from self.execute(words, streams, final=final, source=command.source))
        finally:
            self._restore(saved)

    def call(self, body: ast.Command, words: list[str], *, source: str = "") -> Run:
        """Run a function, words[0] being its name."""
        outer, self.state.parameters = self.state.parameters, words[1:]
        line, file = self.state.line, self.state.function_files.get(words[0], self.state.file)
        self.state.frames.append((words[0], line, file))
        loops, self.state.loops = self.state.loops, 0
        integers, frame = self.state.integers, dict[str, Variable | None]()
        self.state.locals.append(frame)
        asked, self.outcomes.tested = self.outcomes.tested, 0
        untraced = None if self.state.options.get("errtrace") else self.state.traps.pop("ERR", None)
        try:
            try:
                status = yield from self.command(body)
            except ReturnFromFunction as end:
                if end.explicit and end.status:
                    self.outcomes.refused(end.status, source)
                status = end.status
            self.state.line = line
            return status
        finally:
            self.outcomes.tested = asked
            if untraced is not None:
                self.state.traps.setdefault("ERR", untraced)
            self.state.frames.pop()
            self.state.leave_function()
            self.state.integers = (self.state.integers - frame.keys()) | (integers & frame.keys())
            self.state.parameters, self.state.loops = outer, loops

    def refuse(self, refused: RedirectionError) -> int:
        self.complain(str(refused))
        self.outcomes.overwrite()
        self.outcomes.refused(self.state.dialect.unredirected, str(refused))
        self.state.status = self.state.dialect.unredirected
        return self.state.status
