"""The interpreter: lists, pipelines, functions, subshells (POSIX.1-2017, XCU 2.9).

Not modelled: job control, aliases, history; the options of `set` other than -a, -e, -f, -u, -x and pipefail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.errors import NotModelled
from vnetsim.process import BrokenPipe, Interrupted, Killed, Process
from vnetsim.shell import ast
from vnetsim.shell.builtins.table import find
from vnetsim.shell.compound import CompoundCommands
from vnetsim.shell.control import ExitShell, FatalFault, ReturnFromFunction, ShellJump
from vnetsim.shell.expansion import Expander
from vnetsim.shell.launcher import Launcher
from vnetsim.shell.parser import Parser, only_command
from vnetsim.shell.redirection import RedirectionError, Redirector, Streams
from vnetsim.shell.shell import Builtin
from vnetsim.shell.simple import SimpleCommands
from vnetsim.shell.state import Job, ShellError, ShellState
from vnetsim.shell.steps import Run
from vnetsim.shell.word_reader import ShellSyntaxError

#: Steps of the budget that a command takes besides its events.
_COMMAND_STEPS: Final = 4
_SIGINT: Final = 2
_SIGKILL: Final = 9


class Interpreter(CompoundCommands, SimpleCommands):
    """One shell process; `final`: the command is the last one of the shell, which may exec(2) it."""

    def __init__(self, process: Process, state: ShellState, streams: Streams | None = None) -> None:
        super().__init__(process, state, streams)
        self.launcher = Launcher(self, _run_subshell)
        self.expander = Expander(state, process.files, self.launcher.output_of)
        self.redirector = Redirector(process, state, self.expander)
        #: `exit` ran.
        self.exited = False
        #: The ERR trap runs.
        self._failing = False
        #: What bash becomes instead of starting it, if the command is the last one.
        self._last: ast.SimpleCommand | None = None

    def execute(self, words: list[str], streams: Streams, *, final: bool, source: str = "") -> Run:
        return (yield from self.launcher.execute(words, streams, final=final, source=source))

    def wait_for_job(self, job: Job) -> Run:
        return (yield from self.launcher.wait_for(job.child, together=job.together, source=job.source))

    def builtin(self, name: str) -> Builtin | None:
        return find(name, bash=self.state.dialect.bash)

    # --- texts -------------------------------------------------------------------------------------------------------

    def run_text(self, text: str, *, inline: bool, final: bool = False) -> Run:
        """Run a text line by line; a syntax error is reported when its line is reached."""
        only = None if "\n" in text else only_command(text, self.state.first_line, bash=self.state.dialect.bash)
        if only is not None:
            return (yield from self._line(only, final=final, inline=inline))
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
            status = yield from self._line(script, final=final and parser.at_end(), inline=inline)

    def _warn(self, parser: Parser) -> None:
        for ended, began, delimiter in parser.warnings if self.state.dialect.bash else ():
            words = f"here-document at line {began} delimited by end-of-file (wanted `{delimiter}')"
            self.tell(f"{self.state.prefix(ended)}warning: {words}\n")
        parser.warnings.clear()

    def _line(self, script: ast.Script, *, final: bool, inline: bool) -> Run:
        """Run the commands of one line; an error that makes bash discard the line ends here."""
        if final and inline:
            self._last = _last_of(script)
        try:
            return (yield from self.script(script, final=final))
        except ShellError as end:
            self.complain(end.message)
            if end.whole:
                raise FatalFault(end.status) from None
            self.outcomes.refused(end.status, script[0].source)
            self.state.status = end.status
            return end.status

    def run_line(self, text: str) -> Run:
        """Run a command typed at the prompt; `exited` is whether it ended the shell."""
        return (yield from self._until_it_ends(lambda: self.run_text(text, inline=False)))

    def run_alone(self, command: ast.Command) -> Run:
        """Run the command of this subshell."""
        self._last = _last_alone(command)
        return (yield from self.to_the_end(lambda: self.command(_without_subshell(command), final=True)))

    def to_the_end(self, run: Callable[[], Run]) -> Run:
        """Run to the end, and then the EXIT trap; bash runs that when a signal ends it, too."""
        try:
            status = yield from self._until_it_ends(run)
        except (Interrupted, Killed) as death:
            signal = (death.args or (_SIGKILL,))[0] if isinstance(death, Killed) else _SIGINT
            if self.state.dialect.bash and signal != _SIGKILL:
                yield from self._at_the_end(self.state.status)
            raise
        except BrokenPipe:
            if "PIPE" not in self.state.traps:
                raise
            status = self._gap(NotModelled("the shell's trap for PIPE, when a reader is gone"))
        status = yield from self._at_the_end(status)
        self.outcomes.end(status)
        return status

    def _at_the_end(self, status: int) -> Run:
        """The EXIT trap."""
        trap = self.state.traps.pop("EXIT", None)
        if trap is not None:
            pending, settled = self.state.pending, self.outcomes.settled
            self.state.status, self.state.pending, self.exited = status, None, False
            self.state.first_line, self.state.trap_status = 1, status
            ended = yield from self._until_it_ends(lambda: self.run_text(trap, inline=True))
            self.outcomes.overwrite()
            status = ended if self.exited else status
            self.state.pending, self.outcomes.settled = pending, settled
        return status

    def _run_trap(self, action: str, status: int, *, line: int = 1) -> Run:
        """Run the action of a trap after a command with that status, which stays."""
        state = self.state
        before = state.pending, state.first_line, state.trap_status, self.outcomes.settled
        state.status, state.pending, state.first_line, state.trap_status = status, None, line, status
        yield from self.run_text(action, inline=True)
        self.outcomes.overwrite()
        state.status = status
        state.pending, state.first_line, state.trap_status, self.outcomes.settled = before
        return status

    def _until_it_ends(self, run: Callable[[], Run]) -> Run:
        try:
            return (yield from run())
        except ExitShell as end:
            self.exited = not (self.state.interactive and isinstance(end, FatalFault))
            return end.status
        except ReturnFromFunction as end:
            return end.status
        except ShellJump:
            return self.state.status
        except ShellError as end:
            self.complain(end.message)
            return end.status
        except NotModelled as error:
            return self._gap(error)
        except RecursionError:
            self.tell("vnetsim: the commands call each other, or are nested, too deeply\n")
            return 2

    def _gap(self, error: NotModelled) -> int:
        self.process.machine.record_gap(self.process.pid, str(error))
        self.tell(f"{error}\n")
        self.outcomes.not_modelled(str(error))
        return 2

    # --- lists and pipelines -----------------------------------------------------------------------------------------

    def script(self, script: ast.Script, *, final: bool = False, checked: bool = False) -> Run:
        """`checked`: the status is tested, so that `set -e` does not apply."""
        status = 0
        for index, item in enumerate(script):
            if item.background:
                status = self.launcher.start(item)
            else:
                self.state.line = item.line
                status = yield from self._item(item, final=final and index == len(script) - 1, checked=checked)
        return status

    def _item(self, item: ast.AndOr, *, final: bool, checked: bool) -> Run:
        if not item.rest:
            return (yield from self.pipeline(item.first, final=final, checked=checked))
        last = len(item.rest) - 1
        with self.outcomes.testing():
            status = yield from self.pipeline(item.first, final=False, checked=True)
        for index, (operator, pipeline) in enumerate(item.rest):
            if (status == 0) != (operator == "&&"):
                continue
            if operator == "||":
                self.outcomes.look()
            if index == last:
                return (yield from self.pipeline(pipeline, final=final, checked=checked))
            with self.outcomes.testing():
                status = yield from self.pipeline(pipeline, final=False, checked=True)
        return status

    def pipeline(self, pipeline: ast.Pipeline, *, final: bool, checked: bool) -> Run:
        began, plain = self.process.now(), not (pipeline.negated or pipeline.timed)
        self.state.lenient += checked or pipeline.negated
        try:
            if pipeline.negated:
                status = yield from self.tested(lambda: self._joined(pipeline, final=False, checked=True))
                status = int(status == 0)
                self.outcomes.answered(status)
            else:
                status = yield from self._joined(pipeline, final=final and plain, checked=checked)
        finally:
            self.state.lenient -= checked or pipeline.negated
        if pipeline.timed:
            self._tell_time(self.process.now() - began)
        self.state.status = status
        if status and not (checked or pipeline.negated) and not _is_judged_inside(pipeline):
            yield from self._after_error(status)
            self._exit_on_error(status, pipeline.source, final=final)
        return status

    def _after_error(self, status: int) -> Run:
        """The ERR trap of bash, where `set -e` would apply."""
        action = self.state.traps.get("ERR")
        if action and not (self.state.lenient or self._failing):
            self._failing = True
            try:
                yield from self._run_trap(action, status, line=self.state.line)
            finally:
                self._failing = False
        return status

    def _exit_on_error(self, status: int, source: str, *, final: bool = False) -> None:
        """`set -e`, if it does not apply to the list around; unless the script ends here anyway, it is incomplete."""
        if self.state.options.get("errexit") and not self.state.lenient:
            if not (final or self.state.depth):
                self.outcomes.abandoned(status, source)
            raise ExitShell(status)

    def _joined(self, pipeline: ast.Pipeline, *, final: bool, checked: bool) -> Run:
        """Run the commands of a pipeline, and traps of signals that came meanwhile; their status as it is."""
        if len(pipeline.commands) != 1:
            status = yield from self.launcher.connected(pipeline)
        else:
            status = yield from self.command(pipeline.commands[0], final=final, checked=checked)
            self.state.statuses = [status]
        for action in self.traps.actions() if self.traps.pending else ():
            yield from self._run_trap(action, status)
        return status

    def _tell_time(self, took: int) -> None:
        minutes, rest = divmod(took // MILLISECOND, 60_000)
        self.tell(f"\nreal\t{minutes}m{rest // 1000}.{rest % 1000:03d}s\nuser\t0m0.000s\nsys\t0m0.000s\n")

    # --- commands ----------------------------------------------------------------------------------------------------

    def command(self, command: ast.Command, *, final: bool = False, checked: bool = False) -> Run:
        self.state.meter.charge_steps(_COMMAND_STEPS)
        match command:
            case ast.SimpleCommand():
                return (yield from self.simple(command, final=final and self._becomes(command)))
            case ast.Redirected():
                return (yield from self._redirected(command, final=final, checked=checked))
            case ast.Pipeline():
                return (yield from self.pipeline(command, final=final, checked=checked))
            case ast.CommandGroup(subshell=True):
                return (yield from self._subshell(command))
            case ast.CommandGroup():
                return (yield from self.script(command.body, final=final, checked=checked))
            case ast.FunctionDefinition():
                self.state.functions[command.name] = command.body
                self.state.function_files[command.name] = self.state.file
                return 0
        return (yield from self.compound(command, final=final, checked=checked))

    def _becomes(self, command: ast.SimpleCommand) -> bool:
        """Whether the shell becomes its last command, which then gets the signals for the shell."""
        state = self.state
        if any(state.traps.values()):
            return False
        return command is self._last if state.dialect.bash else state.depth > 0 or state.dialect.becomes_last

    def _subshell(self, command: ast.CommandGroup) -> Run:
        self.outcomes.overwrite()
        child = self.launcher.fork(command)
        source = f"( {'; '.join(item.source for item in command.body)} )"
        status = yield from self.launcher.wait_for(child, source=source)
        self.outcomes.ended([source], status, self.streams, source=source, child=child)
        return status

    def _redirected(self, command: ast.Redirected, *, final: bool, checked: bool) -> Run:
        self.state.line = command.line
        streams = self.streams.copy()
        try:
            yield from self.redirector.apply(command.redirections, streams)
        except RedirectionError as refused:
            status = self.refuse(refused)
            if not checked:
                self._exit_on_error(status, str(refused))
            return status
        before, self.streams = self.streams, streams
        try:
            return (yield from self.command(command.command, final=final, checked=checked))
        finally:
            self.streams = before


def _is_judged_inside(pipeline: ast.Pipeline) -> bool:
    """Whether `set -e` looks at the commands inside of it alone: a group, a condition, a loop."""
    only = pipeline.commands[0] if len(pipeline.commands) == 1 else None
    command = only.command if isinstance(only, ast.Redirected) else only
    if isinstance(command, ast.CommandGroup):
        return not command.subshell
    return isinstance(command, ast.If | ast.For | ast.ArithmeticFor | ast.While | ast.Case)


def _last_of(script: ast.Script) -> ast.SimpleCommand | None:
    """The last command of a list, if it is one that bash becomes (optimize_subshell_command)."""
    item = script[-1]
    pipeline = item.rest[-1][1] if item.rest else item.first
    if item.background or pipeline.negated or pipeline.timed or len(pipeline.commands) != 1:
        return None
    only = pipeline.commands[0]
    return only if isinstance(only, ast.SimpleCommand) and not only.redirections else None


def _last_alone(command: ast.Command) -> ast.SimpleCommand | None:
    """The same of a subshell: it is a simple command, also one that is redirected, or `( ... )`."""
    only = command.command if isinstance(command, ast.Redirected) else command
    if isinstance(only, ast.CommandGroup):
        return _only_of(only.body) or _last_of(only.body) if only.subshell else None
    return only if isinstance(only, ast.SimpleCommand) else None


def _only_of(script: ast.Script) -> ast.SimpleCommand | None:
    """The command of a list of one simple command."""
    item, *others = script
    pipeline = item.first
    single = not (others or item.rest or item.background or pipeline.negated or pipeline.timed)
    only = pipeline.commands[0] if single and len(pipeline.commands) == 1 else None
    return only if isinstance(only, ast.SimpleCommand) else None


def _without_subshell(command: ast.Command) -> ast.Command:
    """The same for a shell that is a subshell already: `( ... ) &` is one process."""
    if isinstance(command, ast.Redirected) and isinstance(command.command, ast.CommandGroup):
        return attrs.evolve(command, command=ast.CommandGroup(body=command.command.body))
    return ast.CommandGroup(body=command.body) if isinstance(command, ast.CommandGroup) else command


def _run_subshell(process: Process, state: ShellState, streams: Streams, command: ast.Command) -> Run:
    return Interpreter(process, state, streams).run_alone(command)
