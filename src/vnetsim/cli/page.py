"""`vnetsim play`: the page with the machine in a browser, from this computer and for it alone, or for a static host."""

from __future__ import annotations

from pathlib import Path

import click

from vnetsim.cli.options import one_sentence, write


@click.command()
@click.argument("lab", required=False, type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=8640, show_default=True, help="0: one that is free.")
@click.option(
    "--pyodide", "unpacked", type=click.Path(path_type=Path), metavar="DIR",
    help="An unpacked npm package pyodide, instead of downloading it once into the user's cache.",
)  # fmt: skip
@click.option(
    "--write", "target", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write the files of the page for a static host, and serve nothing.",
)  # fmt: skip
@one_sentence
def play(lab: Path | None, port: int, unpacked: Path | None, target: Path | None) -> None:
    """Serve the page: a terminal on a simulated host in the browser, the player beside it, the lessons.

    LAB (a session, a script, a lesson, a lab file) is opened in it; it travels in the URL.  Only this computer gets
    the page.  Ctrl-C ends it.
    """
    from vnetsim.browser import assembly, pyodide, serving  # noqa: PLC0415 -- `vnetsim --help` waits for nothing

    fragment = serving.fragment_of(lab)
    if unpacked is None:
        files = pyodide.cached_files(pyodide.cache_directory(), note=lambda text: click.echo(text, err=True, nl=False))
    else:
        files = pyodide.files_in(unpacked)
    page = assembly.page_files(files)
    if target is not None:
        assembly.write(page, target)
        size = sum(len(data) for data in page.values()) / 1e6
        write(f"{target}: {len(page)} files, {size:.1f} MB{f'; open it with #{fragment}' if fragment else ''}\n")
        return
    with serving.serving(page, port) as server:
        write(f"{serving.address_of(server, fragment)}\n")
        serving.serve(server)
