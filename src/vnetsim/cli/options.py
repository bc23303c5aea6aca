"""What all commands of `vnetsim` share: options, and how a user's mistake is reported."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import click

from vnetsim.budget import Budget
from vnetsim.errors import UsageError, VnetsimError

#: Seconds after which a command reports its progress.
_PATIENCE: Final = 2.0

_P = ParamSpec("_P")
_T = TypeVar("_T")

with_seed = click.option("--seed", type=int, default=0, show_default=True, help="Decides everything random.")
#: `seed`: None unless it was given.
with_scenario_seed = click.option(
    "--seed", type=int, help="Decides everything random, instead of the lab file's seed; 0 in other scenarios."
)
with_docker = click.option(
    "--docker/--no-docker",
    default=None,
    help="Start the Docker engine with the machine, or have none.  Unless said, it starts when docker is first used.",
)


with_dockerd = click.option(
    "--dockerd", "docker_flags", multiple=True, metavar="FLAG", help="A flag for the engine: --dockerd --icc=false."
)

with_jobs = click.option(
    "--jobs", type=click.IntRange(min=1), help="Processes; as many as there are cores unless said."
)
_with_kind = click.option(
    "--kind", type=click.Choice(["kernel", "docker"]), help="SCENARIO is a script of commands for such a machine."
)


with_incomplete = click.option(
    "--incomplete", is_flag=True, help="Answer although commands of SCENARIO failed or are not modelled, and say so."
)


def _budget(_context: click.Context, _parameter: click.Parameter, settings: tuple[str, ...]) -> Budget | None:
    try:
        return Budget.parse(settings) if settings else None
    except UsageError as error:
        raise click.BadParameter(str(error)) from None


#: `budget`: None unless it was given.
with_budget = click.option(
    "--budget",
    multiple=True,
    callback=_budget,
    metavar="LIMIT=NUMBER",
    help="What a scenario may use before it is ended: wall_seconds=60, steps=1000000, string_bytes, file_bytes, "
    "output_bytes, frames, processes, devices.  May be said again.",
)


def _images(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """NAME=listen:tcp/8000,udp/53 as ports by name: `8000/tcp`."""
    from vnetsim.scenario.declared import port_of  # noqa: PLC0415 -- `vnetsim --help` waits for nothing

    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, _, words = text.partition("=listen:")
        ports = tuple(map(port_of, words.split(",")))
        if not name or None in ports:
            raise click.BadParameter(f"{text!r}: expected NAME=listen:tcp/PORT or udp/PORT, several with commas")
        found[name] = (*found.get(name, ()), *(port for port in ports if port is not None))
    return found


with_images = click.option(
    "--image",
    "images",
    multiple=True,
    callback=_images,
    metavar="NAME=listen:tcp/PORT",
    help="On which ports an image listens that vnetsim does not know.  May be said again.",
)


_with_file = click.option(
    "--file", "-f", "compose_files", multiple=True, metavar="FILE",
    help="A further compose file, merged into SCENARIO as `docker compose -f` does it.",
)  # fmt: skip
_with_profile = click.option(
    "--profile", "profiles", multiple=True, metavar="NAME", help="A profile of the compose file to enable."
)
_with_env_file = click.option(
    "--env-file", "env_files", multiple=True, metavar="FILE", help="Instead of the `.env` beside the compose file."
)


def with_compose(command: Callable[..., _T]) -> Callable[..., _T]:
    """--file, --profile and --env-file as the argument `compose`, None unless one is given."""

    @wraps(command)
    def call(
        *args: Any, compose_files: tuple[str, ...], profiles: tuple[str, ...], env_files: tuple[str, ...],
        **kwargs: Any,
    ) -> _T:  # fmt: skip
        from vnetsim.scenario.composearguments import ComposeArguments  # noqa: PLC0415 -- for compose files only

        given = ComposeArguments(compose_files, profiles, env_files) if compose_files or profiles or env_files else None
        return command(*args, compose=given, **kwargs)

    return _with_file(_with_profile(_with_env_file(call)))


class ProgressLine:
    """`12 of 100 examples` on a terminal, of what takes longer than two seconds; nothing where it is no terminal."""

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        self._what, self._began, self._shown = what, time.monotonic(), ""
        self._quiet = quiet or not sys.stderr.isatty()

    def __call__(self, done: int, of: int) -> None:
        self.clear()
        if not self._quiet and done < of and time.monotonic() - self._began > _PATIENCE:
            self._shown = f"{done} of {of} {self._what}"
            click.echo(self._shown, nl=False, err=True)

    def clear(self) -> None:
        """Erase the line."""
        if self._shown:
            click.echo(f"\r{' ' * len(self._shown)}\r", nl=False, err=True)
            self._shown = ""

    def write(self, text: str) -> None:
        """Clear the line and print."""
        if text:
            self.clear()
            write(text)


@contextmanager
def progress_line(what: str) -> Iterator[ProgressLine]:
    """One that is erased in the end."""
    progress = ProgressLine(what)
    try:
        yield progress
    finally:
        progress.clear()


def note_assumptions(assumptions: Sequence[str]) -> None:
    """Print on what an answer is built."""
    for each in assumptions:
        click.echo(f"vnetsim: {each}", err=True)


def with_lab_options(command: Callable[..., _T]) -> Callable[..., _T]:
    """How a SCENARIO is played: the keywords of `LabOptions`."""
    of_lab = with_budget(with_images(with_incomplete(with_compose(command))))
    return _with_kind(with_scenario_seed(with_docker(with_dockerd(of_lab))))


#: Exit statuses: what was given to vnetsim makes no sense; vnetsim itself has a fault; Ctrl-C.
_BAD_INPUT: Final = 2
_FAULT: Final = 3
_INTERRUPTED: Final = 130


def one_sentence(call: Callable[_P, _T]) -> Callable[_P, _T]:
    """An error in a user's input is reported in one sentence, with exit status 2.

    A fault of vnetsim itself is distinguished from a session that came out otherwise than written.
    """

    @wraps(call)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return call(*args, **kwargs)
        except VnetsimError as error:
            text = str(error)
            click.echo(text if text.startswith("vnetsim: ") else f"vnetsim: {text}", err=True)
            sys.exit(_BAD_INPUT)
        except KeyboardInterrupt:
            click.echo("vnetsim: interrupted", err=True)
            sys.exit(_INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, OSError):
            raise
        except Exception:
            traceback.print_exc()
            click.echo("vnetsim: a fault of vnetsim itself; please report it with the command that led to it", err=True)
            sys.exit(_FAULT)

    return wrapped


def write(text: str) -> None:
    click.echo(text, nl=False)


def write_all(parts: Iterable[str]) -> None:
    """The same of a long text, by some thousand parts at a time."""
    texts = iter(parts)
    while some := "".join(islice(texts, 4096)):
        write(some)


def save(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
