"""`vnetsim serve`: the Engine API over HTTP, for the clients that people have already."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vnetsim.budget import Budget
from vnetsim.cli.options import one_sentence, with_budget, with_dockerd, with_images, with_incomplete, with_seed


def _speed(_context: click.Context, _parameter: click.Parameter, text: str) -> float | None:
    """None for `max`."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed <= 1e6:
        raise click.BadParameter(f"{text!r}: expected a positive number, or max")
    return speed


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "-H",
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="Where to listen: tcp://127.0.0.1:2375 (unless said), unix://PATH.  May be said again.",
)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="SCENARIO",
    help="Play this first: a session, a script, a compose file.",
)
@click.option(
    "--speed",
    default="1",
    callback=_speed,
    show_default=True,
    metavar="FACTOR",
    help="How fast simulated time passes; max: no client waits for it.",
)
@click.option(
    "--expose",
    is_flag=False,
    flag_value="host",
    type=click.Choice(["host", "lan"]),
    help="Open published ports on this computer's loopback; real clients are on the simulated host (or `lan`).",
)
@click.option(
    "--bridge",
    multiple=True,
    metavar="NAME=HOST:PORT",
    help="Let a name of the simulation stand for a real server on this computer's loopback.  May be said again.",
)
@click.option("--once", is_flag=True, help="End when the first client has closed its connection.")
@click.option("--anywhere", is_flag=True, help="Allow addresses that others reach: they command the lab.")
@click.option("--tls", is_flag=True, help="Speak TLS; clients are not asked who they are.")
@click.option("--tlsverify", is_flag=True, help="Speak TLS, with clients that --tlscacert has signed.")
@click.option("--tlscacert", type=click.Path(path_type=Path), default=Path("ca.pem"), show_default=True)
@click.option("--tlscert", type=click.Path(path_type=Path), default=Path("cert.pem"), show_default=True)
@click.option("--tlskey", type=click.Path(path_type=Path), default=Path("key.pem"), show_default=True)
@with_seed
@with_dockerd
@with_budget
@with_images
@with_incomplete
@one_sentence
def serve(
    command: tuple[str, ...], hosts: tuple[str, ...], scenario: Path | None, speed: float | None,
    expose: str | None, bridge: tuple[str, ...], once: bool,
    anywhere: bool, tls: bool, tlsverify: bool, tlscacert: Path, tlscert: Path, tlskey: Path, seed: int,
    docker_flags: tuple[str, ...], budget: Budget | None, images: dict[str, tuple[str, ...]], incomplete: bool,
) -> None:  # fmt: skip
    """Answer the Engine API over HTTP, as dockerd does: `export DOCKER_HOST=tcp://127.0.0.1:2375`.

    With a COMMAND (behind --) it runs with DOCKER_HOST set, and its end is that of the server.
    """
    from vnetsim.serve.daemon import ServeOptions, serve_lab  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.serve.exposed import Origin  # noqa: PLC0415
    from vnetsim.serve.listeners import Tls  # noqa: PLC0415

    secured = Tls(certificate=tlscert, key=tlskey, authority=tlscacert, verify=tlsverify) if tls or tlsverify else None
    options = ServeOptions(
        hosts=hosts, command=command, scenario=scenario, speed=speed, once=once, anywhere=anywhere, tls=secured,
        expose=None if expose is None else Origin(expose), bridge=bridge,
    )  # fmt: skip
    sys.exit(
        serve_lab(options, seed=seed, docker_flags=docker_flags, budget=budget, images=images, incomplete=incomplete)
    )
