"""The containers of a build: those in which RUN runs, and those that other instructions only name."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.docker.api.build import BuildFailed, BuildOptions, Report
from vnetsim.docker.api.types import EngineOperation, Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.changes import of_container
from vnetsim.docker.daemon.create import Creation
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.start import Starter
from vnetsim.docker.daemon.stop import Stopper
from vnetsim.docker.images import PROGRAMS, Image, ImageKind
from vnetsim.docker.images.layers import ImageLayer
from vnetsim.docker.images.origins import with_origin
from vnetsim.docker.images.packages import RunScript, read_run
from vnetsim.docker.images.programs import NO_OTHERS, UNKNOWN_PROGRAM
from vnetsim.docker.stringid import short
from vnetsim.errors import EngineError
from vnetsim.values import frozen

#: How long a RUN takes that is not played.
_NOT_PLAYED: Final = 1000 * MILLISECOND
_NO_SHELL: Final = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init"
)
_SHELLS: Final = ("sh", "bash", "dash", "ash")
#: Of which the outcome depends on files of the image itself, which vnetsim has not.
_OF_FILES: Final = ("base64", "cp", "find", "jq", "mv", "xxd")


class RunContainers:
    def __init__(self, daemon: Daemon, creation: Creation, starter: Starter, stopper: Stopper) -> None:
        self._daemon, self._creation, self._starter, self._stopper = daemon, creation, starter, stopper

    def begin(self, image: Image, said: str, *, keeps: bool) -> str:
        """The id of the container of an instruction that runs nothing; it is there only if the build `keeps` it.

        Of scratch none is kept here.
        """
        if not keeps or not image.id:
            return self._daemon.new_id()
        return self._create(image, [said], [], BuildOptions()).id

    def run(
        self, image: Image, command: Sequence[str], environment: list[str], options: BuildOptions, report: Report
    ) -> EngineOperation[ImageLayer]:
        """What a RUN changes; BuildFailed."""
        script = self._script(image, command)
        container = self._create(image, list(command), environment, options)
        if not options.quiet:
            report({"stream": f" ---> Running in {short(container.id)}\n"})
        if script.lacking:
            layer = yield from self._assume(container, image, command, script)
        else:
            try:
                layer = yield from self._play(container, command, script, report if not options.quiet else None)
            except EngineError:
                if options.force_remove:
                    self._remove(container, options, report)
                raise
        if script.unknown:
            packages = ", ".join(script.unknown)
            self._assumed(f"which programs {packages} of {image.name} contain is not known: assumed to be none here")
        if options.remove or options.force_remove:
            self._remove(container, options, report)
        others = {UNKNOWN_PROGRAM} if script.lacking or script.unknown else set()
        return attrs.evolve(layer, programs=layer.programs | script.programs | others)

    def _remove(self, container: Container, options: BuildOptions, report: Report) -> None:
        self._starter.forget(container, volumes=True)
        if not options.quiet:
            report({"stream": f" ---> Removed intermediate container {short(container.id)}\n"})

    def _script(self, image: Image, command: Sequence[str]) -> RunScript:
        """The script of the shell form, or the one command of the exec form."""
        is_shell = len(command) == 3 and command[0].rsplit("/", 1)[-1] in _SHELLS
        text = command[2] if is_shell else shlex.join(command)
        run = read_run(text, lambda name: self._is_played(name, image.programs))
        if not run.unknown:
            return run
        return read_run(text, lambda name: self._is_played(name, image.programs - {NO_OTHERS}))

    def _is_played(self, program: str, contained: frozenset[str]) -> bool:
        """Whether vnetsim has it, or it is known that the image has not: then it is not found, as in a real build."""
        machine = self._daemon.machine
        is_recorded = self._daemon.images.registry is None and contained == PROGRAMS
        if (is_recorded or NO_OTHERS in contained) and program not in contained:
            return True
        return program not in _OF_FILES and machine.is_modelled(program, machine.host)

    def _assumed(self, sentence: str) -> None:
        self._daemon.machine.assume(sentence)

    def _assume(
        self, container: Container, image: Image, command: Sequence[str], script: RunScript
    ) -> EngineOperation[ImageLayer]:
        """A RUN that is not played."""
        del container
        lacking = ", ".join(script.lacking)
        said = f"RUN {shlex.join(command[-1:])} on {image.name} is not played ({lacking})"
        self._assumed(f"{said}: assumed to succeed, and to change nothing that has a bearing on the network")
        yield self._daemon.host.sleep(_NOT_PLAYED)
        return ImageLayer()

    def _create(self, image: Image, command: list[str], environment: list[str], options: BuildOptions) -> Container:
        names = {variable.partition("=")[0] for variable in environment}
        own = [one for one in image.environment if one.partition("=")[0] not in names]
        host_config = {"NetworkMode": options.network or "default", "ExtraHosts": list(options.extra_hosts) or None}
        body: Json = {
            "Image": image.id, "Cmd": command, "Entrypoint": [""], "Env": [*own, *environment], "User": image.user,
            "WorkingDir": image.directory, "Healthcheck": {"Test": ["NONE"]}, "HostConfig": host_config,
        }  # fmt: skip
        if not image.id:
            raise EngineError(400, f'{_NO_SHELL}: exec: "{command[0]}": stat {command[0]}: no such file or directory')
        container, _ = self._creation.create(body, None)
        # The command runs as it is, whatever the main process of the image would be, among the image's files.
        known = with_origin(container.image, 0)
        plain = attrs.evolve(known, kind=ImageKind.RECORDED, entry="", entrypoint=(), command=("<none>",))
        container.image = plain
        return container

    def _play(
        self, container: Container, command: Sequence[str], script: RunScript, report: Report | None
    ) -> EngineOperation[ImageLayer]:
        container.image = attrs.evolve(container.image, programs=container.image.programs | script.programs)
        if len(command) == 3:
            container.config["Cmd"] = [*command[:2], script.text]
        if report is not None:
            container.stdout.attached.append(_StepOutput(report, ""))
            container.stderr.attached.append(_StepOutput(report, "\x1b[91m"))
        yield from self._starter.start(container)
        yield from self._stopper.await_clearance(container.run)
        container.config["Cmd"] = list(command)
        code = container.state.exit_code
        if code:
            raise BuildFailed(code, f"The command '{' '.join(command)}' returned a non-zero code: {code}")
        layer = of_container(self._daemon, container)
        return attrs.evolve(layer, programs=layer.programs - script.programs)


@frozen(eq=False)
class _StepOutput:
    """Implements process.Output: what a command writes, as a part of the stream, standard error in red."""

    report: Report
    color: str

    def write(self, text: str) -> None:
        if text:
            self.report({"stream": f"{self.color}{text}\x1b[0m" if self.color else text})

    def close(self) -> None:
        """The stream goes on."""
