"""The command line `vnetsim`: words in, calls out.  The only module that knows click."""

from __future__ import annotations

import math
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from vnetsim import __version__
from vnetsim.errors import VnetsimError

_P = ParamSpec("_P")
_T = TypeVar("_T")

_seed = click.option("--seed", type=int, default=0, show_default=True, help="Decides everything random.")
_docker = click.option(
    "--docker/--no-docker",
    default=None,
    help="Start the Docker engine with the machine, or have none.  Unless said, it starts when docker is first used.",
)


#: Exit statuses: what was given to vnetsim makes no sense; vnetsim itself has a fault; Ctrl-C.
_BAD_INPUT, _FAULT, _INTERRUPTED = 2, 3, 130


def _one_sentence(call: Callable[_P, _T]) -> Callable[_P, _T]:
    """What is wrong with a user's input is said in one sentence, and the exit status is 2.

    A fault of vnetsim itself is told apart from a session that came out otherwise than written.
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="vnetsim %(version)s")
def main() -> None:
    """Linux and Docker networking, simulated packet by packet."""


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--update", is_flag=True, help="Write what happened into the files.")
@click.option("--quiet", is_flag=True, help="Show only what differs.")
@_seed
@_docker
@_one_sentence
def run(files: tuple[Path, ...], update: bool, quiet: bool, seed: int, docker: bool | None) -> None:
    """Play session FILES and compare them with what happens; exit status 1 if they differ."""
    from vnetsim.scenario.session import run_files  # noqa: PLC0415 -- `vnetsim --help` waits for nothing

    sys.exit(run_files(files, _write, update=update, quiet=quiet, seed=seed, docker=docker))


@main.command()
@click.argument("names", nargs=-1)
@click.option("--list", "listing", is_flag=True, help="Only tell which scenarios there are.")
@click.option("--quiet", is_flag=True, help="Show only what differs.")
@_seed
@_one_sentence
def tutorial(names: tuple[str, ...], listing: bool, quiet: bool, seed: int) -> None:
    """Play the scenarios that come with vnetsim: all of them, or those of these NAMES."""
    from vnetsim.scenario import tutorial as packaged  # noqa: PLC0415
    from vnetsim.scenario.session import run_files  # noqa: PLC0415

    files = [packaged.find(name) for name in names] or packaged.paths()
    if listing:
        _write("".join(f"{path.stem}\n" for path in files))
        return
    sys.exit(run_files(files, _write, quiet=quiet, seed=seed))


@main.command()
@_seed
@_docker
@click.option(
    "--patience",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Simulated seconds after which a command gets Ctrl-C.",
)
@_one_sentence
def shell(seed: int, docker: bool | None, patience: float) -> None:
    """Type commands on a simulated machine."""
    from vnetsim import prompt  # noqa: PLC0415

    if not math.isfinite(patience):
        raise click.BadParameter("expected a number of seconds", param_hint="'--patience'")
    sys.exit(prompt.run(seed, docker, patience))


@main.command()
@click.argument("kind", type=click.Choice(["kernel", "docker"]))
@click.argument("scripts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "directory", required=True, type=click.Path(path_type=Path), help="Where the JSON goes."
)
@_seed
@_one_sentence
def record(kind: str, scripts: tuple[Path, ...], directory: Path, seed: int) -> None:
    """Write what the simulated machine answers to SCRIPTS of commands, as JSON: DIR/NAME.json for each NAME.sh."""
    from vnetsim.record import record_file  # noqa: PLC0415

    for path in scripts:
        _write(record_file(kind, path, directory, seed) + "\n")


def _write(text: str) -> None:
    click.echo(text, nl=False)


if __name__ == "__main__":
    main()
