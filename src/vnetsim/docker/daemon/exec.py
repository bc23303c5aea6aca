"""Running further programs in a container: `docker exec` (daemon/exec.go, inspect.go of moby 28.5).

Not modelled: resizing terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.docker.api.types import EngineOperation, Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.mainprocess import NOT_FOUND
from vnetsim.docker.daemon.probes import HealthProbe
from vnetsim.docker.daemon.runtime import Runtime, exec_refusal, no_directory, refused_status
from vnetsim.docker.daemon.users import ContainerUser
from vnetsim.docker.term import parse_keys
from vnetsim.errors import EngineError, KernelError
from vnetsim.failures import Failure
from vnetsim.process import Child, Input, Output, Process, Program, Terminal, is_terminal
from vnetsim.values import define

#: How long the runtime takes to start a program, roughly as recorded.
START: Final = 45 * MILLISECOND


class ExecScreen:
    """The output of a program that has a terminal, until its client leaves."""

    def __init__(self, output: Output) -> None:
        self._output: Output | None = output
        self.terminal = is_terminal(output)

    def write(self, text: str) -> None:
        if self._output is not None:
            self._output.write(text)

    def close(self) -> None:
        """It is the client's."""

    def leave(self) -> None:
        self._output = None


@define(eq=False, kw_only=True)
class Exec:
    """`started` and then an `exit_code`: it can run only once.  `played` runs instead of the command."""

    id: str
    container: Container
    command: list[str]
    environment: Mapping[str, str]
    user: ContainerUser = ContainerUser()
    tty: bool = False
    privileged: bool = False
    attached: frozenset[str] = frozenset()
    started: bool = False
    child: Child | None = None
    refused_with: int | None = None
    played: HealthProbe | None = None
    #: With a terminal and standard input.
    terminal: Terminal | None = None
    screen: ExecScreen | None = None
    detach_keys: str = ""

    @property
    def exit_code(self) -> int | None:
        return self.refused_with if self.child is None else self.child.status

    @property
    def running(self) -> bool:
        return self.started and self.exit_code is None

    @property
    def event_text(self) -> str:
        """The command in events; Go adds the blank even where no argument follows."""
        return f"{self.command[0]} {' '.join(self.command[1:])}"

    def inspect(self) -> Json:
        return {
            "ID": self.id,
            "Running": self.running,
            "ExitCode": self.exit_code,
            "ProcessConfig": {
                "tty": self.tty,
                "entrypoint": self.command[0],
                "arguments": self.command[1:],
                "privileged": self.privileged,
            },
            "OpenStdin": "Stdin" in self.attached,
            "OpenStderr": "Stderr" in self.attached,
            "OpenStdout": "Stdout" in self.attached,
            "CanRemove": False,
            "ContainerID": self.container.id,
            "DetachKeys": self.detach_keys,
            "Pid": 0 if self.child is None else self.child.pid,
        }


class Execs:
    def __init__(self, daemon: Daemon, runtime: Runtime) -> None:
        self._daemon = daemon
        self._runtime = runtime
        self._execs: dict[str, Exec] = {}

    def create(self, term: str, body: Json) -> Exec:
        container = self._daemon.containers.running(term)
        command: list[str] = list(body.get("Cmd") or ())
        if not command:
            raise EngineError(400, "No exec command specified")
        user = self._user(container, body.get("User") or "")
        directory = body.get("WorkingDir") or container.config["WorkingDir"]
        tty = bool(body.get("Tty"))
        variables = self._runtime.link_variables(container)
        given = dict(variable.split("=", 1) for variable in body.get("Env") or () if "=" in variable)
        made = Exec(
            id=self._daemon.new_id(),
            container=container,
            command=command,
            tty=tty,
            environment={
                **self._runtime.environment(container, variables, tty, user.home),
                **_directory(directory),
                **given,
            },
            user=user,
            privileged=bool(body.get("Privileged")),
            attached=frozenset(stream for stream in _STREAMS if body.get(f"Attach{stream}")),
            terminal=self._daemon.machine.terminal() if tty and body.get("AttachStdin") else None,
            detach_keys=_keys(body.get("DetachKeys") or ""),
        )
        self._execs[made.id] = made
        container.execs.append(made.id)
        self._daemon.events.container(container, f"exec_create: {made.event_text}", execID=made.id)
        return made

    def _user(self, container: Container, spec: str) -> ContainerUser:
        """EngineError 400; without a name it is the container's, with the groups that were added."""
        if spec:
            return self._runtime.find_user(container, spec, status=400)
        added = container.host_config["GroupAdd"] or ()
        return self._runtime.find_user(container, container.config["User"], added, status=400)

    def find(self, exec_id: str) -> Exec:
        try:
            return self._execs[exec_id]
        except KeyError:
            raise EngineError(404, f"No such exec instance: {exec_id}") from None

    def start(
        self, exec_id: str, stdin: Input | None, stdout: Output | None, stderr: Output | None, detach: bool
    ) -> EngineOperation[int | None]:
        wanted = self.find(exec_id)
        self._daemon.containers.running(wanted.container.id)
        if wanted.started:
            message = "is already running" if wanted.running else "has already run"
            raise EngineError(409, f"exec command {exec_id} {message}")
        wanted.started = True
        self._daemon.events.container(wanted.container, f"exec_start: {wanted.event_text}", execID=exec_id)
        yield self._daemon.host.sleep(START)
        known = len(self._daemon.machine.gaps)
        if wanted.played is not None and not wanted.played.command:
            wanted.refused_with = 0
            self._end(wanted, 0)
            return 0
        if not self._has_directory(wanted):
            return self._refuse(wanted, stdout, no_directory(wanted.environment["PWD"]), NOT_FOUND)
        try:
            child = self._begin(wanted, stdin, stdout, stderr)
        except KernelError as error:
            return self._refuse(wanted, stdout, exec_refusal(wanted.command[0], error), refused_status(error))
        if detach:
            name = wanted.container.name
            child.leave_alone(Failure(command=f"docker exec -d {name} {' '.join(wanted.command)}"))
            self._daemon.host.run(self._waiter(wanted, child), "containerd-shim", self._daemon.machine.host)
            yield from self._runtime.first_steps(child, known, f"exec in {wanted.container.name}")
            return None
        try:
            status: int = yield child.wait()
        except BaseException:  # the client goes, the program stays
            self._daemon.host.run(self._waiter(wanted, child), "containerd-shim", self._daemon.machine.host)
            raise
        self._end(wanted, status)
        return status

    @staticmethod
    def _has_directory(wanted: Exec) -> bool:
        run = wanted.container.run
        return run is None or run.context.files.is_directory(wanted.environment.get("PWD", "/"))

    def _refuse(self, wanted: Exec, stdout: Output | None, message: str, status: int) -> int:
        wanted.refused_with = status
        self._forget(wanted)
        if stdout is not None:
            stdout.write(message)
        return status

    def _begin(self, wanted: Exec, stdin: Input | None, stdout: Output | None, stderr: Output | None) -> Child:
        container = wanted.container
        run = container.run
        if run is None:
            raise EngineError(409, f"container {container.id} is not running")
        context = self._runtime.exec_context(container, wanted.environment, wanted.user, privileged=wanted.privileged)
        where = stdout if wanted.tty else stderr
        if wanted.terminal is not None and stdout is not None:
            stdout = where = wanted.screen = ExecScreen(stdout)
        command, played = wanted.command, wanted.played
        if played is not None:
            command = list(played.command)
            context = self._runtime.with_all_programs(context) if played.own else context
        child = self._runtime.spawn(command, context, wanted.terminal or stdin, stdout, where)
        wanted.child = child
        if wanted.terminal is not None:
            wanted.terminal.leader = child.pid
        run.execs.append(child.pid)
        return child

    def detach(self, exec_id: str) -> None:
        """The client leaves the terminal; there is no event."""
        screen = self.find(exec_id).screen
        if screen is not None:
            screen.leave()

    def _waiter(self, wanted: Exec, child: Child) -> Callable[[Process], Program]:
        """A thread that waits for a detached program and records its exit."""

        def main(process: Process) -> Program:
            del process
            status = yield child.wait()
            self._end(wanted, status)
            return 0

        return main

    def _end(self, wanted: Exec, status: int) -> None:
        self._forget(wanted)
        self._daemon.events.container(wanted.container, "exec_die", execID=wanted.id, exitCode=str(status))

    @staticmethod
    def _forget(wanted: Exec) -> None:
        """Keep the container's list of running execs."""
        if wanted.id in wanted.container.execs:
            wanted.container.execs.remove(wanted.id)


def _keys(text: str) -> str:
    """The text itself; EngineError 500 for what are no keys."""
    try:
        parse_keys(text or "ctrl-p,ctrl-q")
    except ValueError:
        raise EngineError(500, f"Invalid escape keys ({text}) provided") from None
    return text


def _directory(path: str) -> dict[str, str]:
    """PWD, from which a process takes its working directory."""
    return {"PWD": path} if path else {}


_STREAMS: Final = ("Stdin", "Stdout", "Stderr")
