"""What a shell does with the values of `ast`: lists, conditions, loops, functions, commands (POSIX.1-2017, XCU 2.9).

Not modelled: job control, aliases, history; the options of `set` other than -a, -e, -f, -u, -x and pipefail.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import Any, Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.errors import KernelError, NotModelled
from vnetsim.failures import Failure
from vnetsim.process import Process
from vnetsim.shell import ast
from vnetsim.shell.arrays import Array
from vnetsim.shell.builtins.table import find
from vnetsim.shell.conditions import holds
from vnetsim.shell.control import BreakLoop, ContinueLoop, ExitShell, ReturnFromFunction, ShellJump
from vnetsim.shell.expansion import Expander
from vnetsim.shell.launcher import Launcher
from vnetsim.shell.lexer import ShellSyntaxError
from vnetsim.shell.outcomes import KEEPING, PRINTING, RUNNING
from vnetsim.shell.parser import Parser
from vnetsim.shell.pattern import matches
from vnetsim.shell.quoting import quote
from vnetsim.shell.redirection import RedirectionError, Redirector, Streams
from vnetsim.shell.shell import Builtin, Run, Shell
from vnetsim.shell.state import ShellError, ShellState
from vnetsim.shell.variables import Variable, as_array

#: What one turn of a loop costs, so that a loop of builtins lets time pass and others run.
TURN_NS: Final = MILLISECOND
#: So many turns of one shell cost that; each later one costs more, so that a loop without end reaches the time limit
#: of its command after some seconds of the wall clock.
_TURNS: Final = 50_000
_LATE_TURN_NS: Final = 50 * MILLISECOND

#: What a command costs of the budget beside the events that it waits for.
_COMMAND_STEPS: Final = 4


class Interpreter(Shell):
    """One shell process; `final` says that a command is the last thing it does, so that exec(2) will do."""

    def __init__(self, process: Process, state: ShellState, streams: Streams | None = None) -> None:
        super().__init__(process, state, streams)
        self.launcher = Launcher(self, _run_subshell)
        self.expander = Expander(state, process.files, self.launcher.output_of)
        self.redirector = Redirector(process, state, self.expander)
        #: `exit` ran.
        self.exited = False
        self._turns = 0

    def execute(self, words: list[str], streams: Streams, *, final: bool, source: str = "") -> Run:
        return (yield from self.launcher.execute(words, streams, final=final, source=source))

    def builtin(self, name: str) -> Builtin | None:
        return find(name, bash=self.state.dialect.bash)

    # --- texts -------------------------------------------------------------------------------------------------------

    def run_text(self, text: str, *, inline: bool, final: bool = False) -> Run:
        """Run a text line by line; what is wrong with it is said when it is reached."""
        parser = Parser(text, bash=self.state.dialect.bash, first_line=self.state.first_line)
        status = 0
        while True:
            try:
                script = parser.next_command()
            except ShellSyntaxError as problem:
                self.tell(self.state.dialect.malformed(problem, inline=inline))
                return status if inline and self.state.dialect.bash and status else 2
            self._warn(parser)
            if script is None:
                return status
            status = yield from self._line(script, final=final and parser.at_end())

    def _warn(self, parser: Parser) -> None:
        for ended, began, delimiter in parser.warnings if self.state.dialect.bash else ():
            words = f"here-document at line {began} delimited by end-of-file (wanted `{delimiter}')"
            self.tell(f"{self.state.dialect.prefix(ended)}warning: {words}\n")
        parser.warnings.clear()

    def _line(self, script: ast.Script, *, final: bool) -> Run:
        """Run the commands of one line; an error that makes bash give up its line ends here."""
        try:
            return (yield from self.script(script, final=final))
        except ShellError as end:
            self.complain(end.message)
            if end.whole:
                raise ExitShell(end.status) from None
            self.outcomes.refused(end.status, script[0].source)
            self.state.status = end.status
            return end.status

    def run_alone(self, command: ast.Command) -> Run:
        """All that this subshell does."""
        return (yield from self.to_the_end(lambda: self.command(command, final=True)))

    def to_the_end(self, run: Callable[[], Run]) -> Run:
        """Run, whatever way it ends, and do what the EXIT trap says."""
        status = yield from self._until_it_ends(run)
        trap = self.state.traps.pop("EXIT", None)
        if trap is not None:
            pending, settled = self.state.pending, self.outcomes.settled
            self.state.status, self.state.pending, self.exited = status, None, False
            ended = yield from self._until_it_ends(lambda: self.run_text(trap, inline=True))
            self.outcomes.overwrite()
            status = ended if self.exited else status
            self.state.pending, self.outcomes.settled = pending, settled
        self.outcomes.end(status)
        return status

    def _until_it_ends(self, run: Callable[[], Run]) -> Run:
        try:
            return (yield from run())
        except ExitShell as end:
            self.exited = True
            return end.status
        except ReturnFromFunction as end:
            return end.status
        except ShellJump:
            return self.state.status
        except ShellError as end:
            self.complain(end.message)
            return end.status
        except NotModelled as error:
            self.process.machine.record_gap(self.process.pid, str(error))
            self.tell(f"{error}\n")
            self.outcomes.not_modelled(str(error))
            return 2
        except RecursionError:
            self.tell("vnetsim: the commands call each other, or are nested, too deeply\n")
            return 2

    # --- lists and pipelines -----------------------------------------------------------------------------------------

    def script(self, script: ast.Script, *, final: bool = False, checked: bool = False) -> Run:
        """`checked`: somebody looks at the status, so that `set -e` does not apply."""
        status = 0
        for index, item in enumerate(script):
            if item.background:
                status = self.launcher.start(item)
            else:
                status = yield from self._item(item, final=final and index == len(script) - 1, checked=checked)
        return status

    def _item(self, item: ast.AndOr, *, final: bool, checked: bool) -> Run:
        if not item.rest:
            return (yield from self.pipeline(item.first, final=final, checked=checked))
        last = len(item.rest) - 1
        with self.outcomes.asking():
            status = yield from self.pipeline(item.first, final=False, checked=True)
        for index, (operator, pipeline) in enumerate(item.rest):
            if (status == 0) != (operator == "&&"):
                continue
            if operator == "||":
                self.outcomes.look()
            if index == last:
                return (yield from self.pipeline(pipeline, final=final, checked=checked))
            with self.outcomes.asking():
                status = yield from self.pipeline(pipeline, final=False, checked=True)
        return status

    def _asked(self, run: Callable[[], Run]) -> Run:
        """Run something whose status decides how it goes on."""
        with self.outcomes.asking():
            status = yield from run()
        self.outcomes.look()
        return status

    def pipeline(self, pipeline: ast.Pipeline, *, final: bool, checked: bool) -> Run:
        began, plain = self.process.now(), not (pipeline.negated or pipeline.timed)
        if pipeline.negated:
            status = yield from self._asked(lambda: self._joined(pipeline, final=False, checked=True))
            status = int(status == 0)
            self.outcomes.answered(status)
        else:
            status = yield from self._joined(pipeline, final=final and plain, checked=checked)
        if pipeline.timed:
            self._tell_time(self.process.now() - began)
        self.state.status = status
        if status and self.state.options.get("errexit") and not (checked or pipeline.negated):
            raise ExitShell(status)
        return status

    def _joined(self, pipeline: ast.Pipeline, *, final: bool, checked: bool) -> Run:
        """The commands of a pipeline, whatever is made of their status."""
        if len(pipeline.commands) != 1:
            return (yield from self.launcher.connected(pipeline))
        status = yield from self.command(pipeline.commands[0], final=final, checked=checked)
        self.state.statuses = [status]
        return status

    def _tell_time(self, took: int) -> None:
        minutes, rest = divmod(took // MILLISECOND, 60_000)
        self.tell(f"\nreal\t{minutes}m{rest // 1000}.{rest % 1000:03d}s\nuser\t0m0.000s\nsys\t0m0.000s\n")

    # --- commands ----------------------------------------------------------------------------------------------------

    def command(self, command: ast.Command, *, final: bool = False, checked: bool = False) -> Run:
        self.state.meter.charge_steps(_COMMAND_STEPS)
        match command:
            case ast.SimpleCommand():
                return (yield from self._simple(command, final=final and not self.state.traps))
            case ast.Redirected():
                return (yield from self._redirected(command, checked=checked))
            case ast.Pipeline():
                return (yield from self.pipeline(command, final=final, checked=checked))
            case ast.CommandGroup(subshell=True):
                return (yield from self._subshell(command))
            case ast.CommandGroup():
                return (yield from self.script(command.body, final=final, checked=checked))
            case ast.FunctionDefinition():
                self.state.functions[command.name] = command.body
                return 0
        return (yield from self._compound(command, checked=checked))

    def _subshell(self, command: ast.CommandGroup) -> Run:
        self.outcomes.overwrite()
        child = self.launcher.fork(ast.CommandGroup(body=command.body))
        source = f"( {'; '.join(item.source for item in command.body)} )"
        status = yield from self.launcher.wait_for(child, source=source)
        self.outcomes.ended([source], status, self.streams, source=source, child=child)
        return status

    def _compound(self, command: ast.Compound, *, checked: bool) -> Run:
        match command:
            case ast.If():
                return (yield from self._if(command, checked=checked))
            case ast.For():
                return (yield from self._for(command, checked=checked))
            case ast.ArithmeticFor():
                return (yield from self._count(command, checked=checked))
            case ast.While():
                return (yield from self._while(command, checked=checked))
            case ast.Case():
                return (yield from self._case(command, checked=checked))
            case ast.ConditionalCommand():
                return (yield from self._answer(holds(self, command)))
            case ast.ArithmeticCommand():
                return (yield from self._answer(self._calculated(command)))
        raise AssertionError(command)

    def _calculated(self, command: ast.ArithmeticCommand) -> Run:
        value = yield from self.expander.calculate(command.expression)
        return int(value == 0)

    def _answer(self, run: Run) -> Run:
        """`[[ ... ]]` or `(( ... ))`, which may look at `$?` and at the text of a substitution."""
        status = yield from run
        self.outcomes.overwrite()
        self.outcomes.substitution = None
        self.outcomes.answered(status)
        return status

    def _redirected(self, command: ast.Redirected, *, checked: bool) -> Run:
        self.state.line = command.line
        streams = self.streams.copy()
        try:
            yield from self.redirector.apply(command.redirections, streams)
        except RedirectionError as refused:
            return self._refuse(refused)
        before, self.streams = self.streams, streams
        try:
            return (yield from self.command(command.command, checked=checked))
        finally:
            self.streams = before

    def _refuse(self, refused: RedirectionError) -> int:
        self.complain(str(refused))
        self.outcomes.overwrite()
        self.outcomes.refused(self.state.dialect.fatal, str(refused))
        self.state.status = self.state.dialect.fatal
        return self.state.status

    def _if(self, command: ast.If, *, checked: bool) -> Run:
        for condition, body in command.branches:
            status = yield from self._asked(functools.partial(self.script, condition, checked=True))
            if status == 0:
                return (yield from self.script(body, checked=checked))
        return (yield from self.script(command.otherwise, checked=checked)) if command.otherwise else 0

    def _case(self, command: ast.Case, *, checked: bool) -> Run:
        text = yield from self.expander.text(command.word)
        self.outcomes.substitution = None
        status, through = 0, False
        for clause in command.clauses:
            chosen = through or (yield from self._chosen(clause, text))
            if chosen:
                status = yield from self.script(clause.body, checked=checked)
                if clause.end == ";;":
                    break
            through = chosen and clause.end == ";&"
        return status

    def _chosen(self, clause: ast.Clause, text: str) -> Generator[Any, Any, bool]:
        for word in clause.patterns:
            pieces = yield from self.expander.pattern_of(word)
            if matches(text, pieces):
                return True
        return False

    # --- loops -------------------------------------------------------------------------------------------------------

    def _for(self, command: ast.For, *, checked: bool) -> Run:
        if command.words is None:
            values = list(self.state.parameters)
        else:
            values = yield from self.expander.fields(command.words)
            self.outcomes.masked(["for"])
        status = 0
        for value in values:
            self.state.set(command.name, value)
            if self.state.options.get("xtrace") and self.state.dialect.bash:
                self.tell(f"+ for {command.source}\n")
            status, ended = yield from self._turn(command.body, checked=checked)
            if ended:
                break
        return status

    def _count(self, command: ast.ArithmeticFor, *, checked: bool) -> Run:
        yield from self.expander.calculate(command.start)
        status = 0
        while not command.condition or (yield from self.expander.calculate(command.condition)):
            status, ended = yield from self._turn(command.body, checked=checked)
            if ended:
                break
            yield from self.expander.calculate(command.step)
        return status

    def _while(self, command: ast.While, *, checked: bool) -> Run:
        status, ended = 0, False
        while not ended:
            condition, ended = yield from self._condition(command)
            if ended or (condition == 0) == command.until:
                break
            status, ended = yield from self._turn(command.body, checked=checked)
        return status

    def _condition(self, command: ast.While) -> Generator[Any, Any, tuple[int, bool]]:
        with self.outcomes.asking():
            answer = yield from self._turn(command.condition, checked=True, free=True)
        self.outcomes.look()
        return answer

    def _turn(self, body: ast.Script, *, checked: bool, free: bool = False) -> Generator[Any, Any, tuple[int, bool]]:
        """One turn of a loop: its status, and whether it was the last."""
        if not free:
            self._turns += 1
            yield self.process.sleep(TURN_NS if self._turns <= _TURNS else _LATE_TURN_NS)
        self.state.loops += 1
        try:
            return (yield from self.script(body, checked=checked)), False
        except (BreakLoop, ContinueLoop) as jump:
            jump.levels -= 1
            if jump.levels > 0 and self.state.loops > 1:
                raise
            return 0, isinstance(jump, BreakLoop)
        finally:
            self.state.loops -= 1

    # --- simple commands ---------------------------------------------------------------------------------------------

    def _simple(self, command: ast.SimpleCommand, *, final: bool) -> Run:
        self.state.line = command.line
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
        """The words of a command are known: what becomes of the status before it."""
        if not words:
            return
        if words[0] in PRINTING:
            self.state.pending = pending
        if words[0] not in KEEPING or len(words) > 1:
            self.outcomes.overwrite()
        self.outcomes.masked(words)

    def _refused(self, words: list[str], refused: RedirectionError) -> int:
        """dash ends when a redirection of a special builtin fails (XCU 2.8.1)."""
        status = self._refuse(refused)
        builtin = self.builtin(words[0]) if words else None
        if builtin is not None and builtin.special and not self.state.dialect.bash:
            raise ExitShell(status)
        return status

    def _arguments(self, command: ast.SimpleCommand) -> Generator[Any, Any, list[str]]:
        first = ast.plain(command.words[0]) if command.words else None
        builtin = None if first is None else self.builtin(first)
        if builtin is None or not builtin.declares:
            return (yield from self.expander.fields(command.words))
        fields: list[str] = []
        for word in command.words:
            fields.extend((yield from self._declaration(word)))
        return fields

    def _declaration(self, word: ast.Word) -> Generator[Any, Any, list[str]]:
        """`export X=$y`: what looks like an assignment is expanded like one."""
        text = word[0].text if word and isinstance(word[0], ast.Literal) and not word[0].quoted else ""
        if text.partition("=")[0].isidentifier() and "=" in text:
            return [(yield from self.expander.text(word))]
        return (yield from self.expander.fields([word]))

    def _assign(
        self, command: ast.SimpleCommand, *, traced: bool = False, exported: bool | None = None
    ) -> Generator[Any, Any, None]:
        for assignment in command.assignments:
            if assignment.elements is not None or assignment.subscript is not None:
                yield from self._assign_elements(assignment)
                shown = assignment.source
            else:
                value = yield from self.expander.text(assignment.value)
                if assignment.append:
                    value = (self.state.get(assignment.name) or "") + value
                self.state.set(assignment.name, value, exported=exported)
                shown = f"{assignment.name}={quote(value) if value else ''}"
            if traced:
                self.tell(f"+ {shown}\n")

    def _assign_elements(self, assignment: ast.Assignment) -> Generator[Any, Any, None]:
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
            return (yield from self.call(what, words[1:], source=command.source))
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
        """Run a builtin; `declare` and its kin are given their arrays, which may be read-only from then on."""
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

    def call(self, body: ast.Command, arguments: list[str], *, source: str = "") -> Run:
        """Run a function."""
        outer, self.state.parameters = self.state.parameters, arguments
        loops, self.state.loops = self.state.loops, 0
        self.state.locals.append({})
        asked, self.outcomes.asked = self.outcomes.asked, 0
        try:
            return (yield from self.command(body))
        except ReturnFromFunction as end:
            if end.explicit and end.status:
                self.outcomes.refused(end.status, source)
            return end.status
        finally:
            self.outcomes.asked = asked
            self.state.leave_function()
            self.state.parameters, self.state.loops = outer, loops


def _run_subshell(process: Process, state: ShellState, streams: Streams, command: ast.Command) -> Run:
    return Interpreter(process, state, streams).run_alone(command)
