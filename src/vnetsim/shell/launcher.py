"""Starting processes: programs, subshells, pipelines, the background, command substitution; and waiting for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from vnetsim.errors import Errno, KernelError
from vnetsim.failures import Failure
from vnetsim.process import Child, Input, Interrupted, Output, Process, Program, Suspended
from vnetsim.shell import ast, jobcontrol
from vnetsim.shell.redirection import Streams, text_input
from vnetsim.shell.shell import Shell
from vnetsim.shell.state import ShellState
from vnetsim.shell.steps import Run, Steps

#: Runs a command in a new shell process with this state and these streams.
Subshell: TypeAlias = Callable[[Process, ShellState, Streams, ast.Command], Run]


class Launcher:
    """Starts processes for one shell; `subshell` runs a command in a copy of it."""

    def __init__(self, shell: Shell, subshell: Subshell) -> None:
        self._shell, self._subshell = shell, subshell

    # --- programs ----------------------------------------------------------------------------------------------------

    def execute(self, arguments: list[str], streams: Streams, *, final: bool, source: str = "") -> Run:
        """Run a program and wait for it, or (`final`) become it."""
        shell = self._shell
        context = shell.context()
        if "/" in arguments[0] and shell.state.dialect.bash and self._is_plain(arguments[0]):
            arguments = ["bash", *arguments]
        stdin, stdout, stderr = self._standard(streams)
        try:
            if final:
                shell.process.explain(shell.outcomes.of(source))
                program = shell.process.exec(arguments, context=context, stdin=stdin, stdout=stdout, stderr=stderr)
            else:
                child = shell.process.spawn(arguments, context=context, stdin=stdin, stdout=stdout, stderr=stderr)
        except KernelError as error:
            before, shell.streams = shell.streams, streams
            try:
                status = self._cannot_execute(arguments[0], error)
                shell.missing(arguments[0], source, status)
                return status
            finally:
                shell.streams = before
        if final:
            return (yield from program)
        status = yield from self.wait_for(child, source=source)
        shell.outcomes.ended(arguments, status, streams, source=source, child=child)
        return status

    def _is_plain(self, name: str) -> bool:
        """Whether it is an executable file that names no interpreter: bash runs it."""
        path, files = self._shell.state.absolute(name), self._shell.process.files
        return files.is_executable(path) and not files.read(path).startswith("#!")

    def _standard(self, streams: Streams) -> tuple[Input, Output, Output]:
        stdin = streams.inputs.get(0) or text_input(self._shell.process, "")
        return stdin, streams.output(1), streams.output(2)

    def _cannot_execute(self, name: str, error: KernelError) -> int:
        shell = self._shell
        dialect, files = shell.state.dialect, shell.process.files
        if "/" not in name:
            shell.complain(dialect.not_found(name))
            return 127
        path = shell.state.absolute(name)
        if files.is_directory(path):
            shell.complain(dialect.is_directory(name))
            return 126
        if files.is_executable(path):
            shell.complain(dialect.no_interpreter(name))
            return 127
        if files.exists(path):
            shell.complain(f"{name}: {Errno.EACCES.strerror}")
            return 126
        shell.complain(dialect.no_such_path(name) if error.errno is Errno.ENOENT else f"{name}: {error.errno.strerror}")
        return 127

    # --- shells of their own -----------------------------------------------------------------------------------------

    def fork(
        self,
        command: ast.Command,
        *,
        stdin: Input | None = None,
        stdout: Output | None = None,
        background: Failure | None = None,
        with_jobs: bool = False,
        substituted: bool = False,
    ) -> Child:
        """Run a command in a copy of this shell; `with_jobs`: in bash it sees this shell's jobs.

        `substituted`: for `$(...)`, that does so, too, and to which `set -e` does not apply in bash (inherit_errexit),
        and applies in dash whatever becomes of its status.
        """
        shell = self._shell
        streams = shell.streams.copy()
        if stdin is not None:
            streams.inputs[0] = stdin
        if stdout is not None:
            streams.outputs[1] = stdout
        bash = shell.state.dialect.bash
        state = shell.state.copy(with_jobs=bash and (with_jobs or substituted))
        if substituted:
            state.lenient = 0
            state.options["errexit"] = not bash and state.options.get("errexit", False)

        def main(process: Process) -> Program:
            state.own_pid = process.pid
            if background is not None:
                process.leave_alone(background)
                if not shell.state.interactive:
                    _ignore_keys(process, state)
            return self._subshell(process, state, streams, command)

        standard = self._standard(streams)
        return shell.process.fork(main, stdin=standard[0], stdout=standard[1], stderr=standard[2])

    def start(self, item: ast.AndOr) -> int:
        """`... &`: it reads nothing, and the pid of its last command is `$!`."""
        shell = self._shell
        plain = item.first.commands and not (item.rest or item.first.negated or item.first.timed)
        foreground = ast.AndOr(first=item.first, rest=item.rest, source=item.source, line=item.line)
        nothing = text_input(shell.process, "")
        shell.outcomes.overwrite()
        commands = item.first.commands if plain else (ast.CommandGroup(body=(foreground,)),)
        children = self._joined(commands, stdin=nothing, background=shell.outcomes.of(item.source))
        nothing.close()
        shell.state.background = children[-1].pid
        if shell.state.dialect.announces_jobs:
            shell.state.jobs[:] = [job for job in shell.state.jobs if job.runs]
        job = jobcontrol.add(shell.state, children, item.source, item.line)
        if shell.state.dialect.announces_jobs or (shell.state.interactive and shell.state.dialect.bash):
            shell.tell(f"[{job.number}] {job.child.pid}\n")
        shell.state.status = 0
        return 0

    def connected(self, pipeline: ast.Pipeline) -> Run:
        """Run the commands of a pipeline at the same time."""
        shell = self._shell
        shell.outcomes.overwrite()
        children = self._joined(pipeline.commands)
        statuses: list[int] = []
        for child in children:
            statuses.append((yield from self.wait_for(child, together=children, job=pipeline.source)))
            if child.status is None:
                return statuses[-1]
        shell.state.statuses = statuses
        if not children:
            return 0
        counts = self._counting(statuses)
        for child in children:
            if child is not children[counts]:
                shell.outcomes.piped(child, pipeline.source)
        status = statuses[counts]
        shell.outcomes.ended([pipeline.source], status, shell.streams, source=pipeline.source, child=children[counts])
        return status

    def _joined(
        self, commands: Sequence[ast.Command], *, stdin: Input | None = None, background: Failure | None = None
    ) -> list[Child]:
        """Start commands at the same time, each reading what the one before it writes."""
        shell, upstream = self._shell, stdin
        children: list[Child] = []
        for index, command in enumerate(commands):
            last = index == len(commands) - 1
            reader, writer = (None, None) if last else shell.process.pipe()
            lists = background is None and len(commands) > 1 and _lists_jobs(command)
            children.append(self.fork(command, stdin=upstream, stdout=writer, background=background, with_jobs=lists))
            if upstream is not None and upstream is not stdin:
                upstream.close()
            if writer is not None:
                writer.close()
            upstream = reader
        return children

    def _counting(self, statuses: Sequence[int]) -> int:
        """The index of the command whose status the pipeline has: the last, with pipefail the last that is not 0."""
        if self._shell.state.options.get("pipefail"):
            return next((index for index in reversed(range(len(statuses))) if statuses[index]), -1)
        return -1

    def output_of(self, script: ast.Script) -> Steps[str]:
        """`$(...)`."""
        shell = self._shell
        if not script:
            return ""
        reading = _only_reads(script) if shell.state.dialect.bash else None
        if reading is not None:
            streams = shell.streams.copy()
            yield from shell.redirector.apply(reading, streams)
            return str((yield streams.inputs[0].read_all()))
        reader, writer = shell.process.pipe()
        child = self.fork(ast.CommandGroup(body=script, subshell=True), stdout=writer, substituted=True)
        writer.close()
        try:
            text: str = yield reader.read_all()
        except Interrupted:
            child.interrupt()
            raise
        finally:
            reader.close()
        shell.state.status = shell.substituted = yield from self.wait_for(child)
        shell.outcomes.substituted(child, shell.substituted, f"$({'; '.join(item.source for item in script)})")
        return text

    # --- waiting -----------------------------------------------------------------------------------------------------

    def wait_for(self, child: Child, *, together: Sequence[Child] = (), source: str = "", job: str = "") -> Run:
        """Wait for a process in the foreground; it and those `together` with it get SIGINT with this shell.

        So does the foreground process group of a terminal; background jobs continue.  Who kills this shell kills it
        alone: what it waits for goes on.  Ctrl-Z makes it the stopped
        job `job` (`source` if that is empty).
        """
        children = self._shell.traps.foreground = together or (child,)
        try:
            status: int = yield child.wait()
        except Interrupted:
            for one in children:
                one.interrupt()
            yield child.wait()
            raise Interrupted(child.status) from None
        except Suspended:
            return self._suspend(children, job or source)
        finally:
            self._shell.traps.foreground = ()
        self._shell.mention(child, source, self._shell.state.line)
        return status

    def _suspend(self, children: Sequence[Child], source: str) -> int:
        """Ctrl-Z: the foreground becomes a stopped job."""
        shell = self._shell
        jobcontrol.stop(shell.process.machine, children)
        job = jobcontrol.add(shell.state, children, source, shell.state.line, stopped=True)
        shell.tell(f"\n{jobcontrol.line_of(shell.state, job)}")
        return jobcontrol.SUSPENDED


def _ignore_keys(process: Process, state: ShellState) -> None:
    """A background job without job control ignores SIGINT and SIGQUIT; in bash it may catch them."""
    process.catch(lambda _signal, _group: False, process.ignored | {2, 3})
    if state.dialect.bash:
        state.traps["INT"] = ""
    else:
        state.fixed_traps = (state.fixed_traps or frozenset()) | {"INT", "QUIT"}


def _lists_jobs(command: ast.Command) -> bool:
    """Whether this element of a pipeline is the builtin `jobs`, which bash lets see the jobs of the shell."""
    return isinstance(command, ast.SimpleCommand) and command.source.split(None, 1)[:1] == ["jobs"]


def _only_reads(script: ast.Script) -> tuple[ast.Redirection, ...] | None:
    """The redirection of `$(< file)`."""
    commands = script[0].first.commands
    if len(script) > 1 or script[0].rest or len(commands) != 1:
        return None
    command = commands[0]
    if not isinstance(command, ast.SimpleCommand) or command.words or command.assignments:
        return None
    return command.redirections if [each.operator for each in command.redirections] == ["<"] else None
