"""`docker cp`, `export`, `diff`: recorded in `recorded/engine/copied_files`; here is what was not."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name web nginx; echo hello > /tmp/a")
    return lab


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("cp web:/bin /tmp/bin", "vnetsim: not modelled: a symbolic link in an archive: bin"),
        ("cp /tmp/a web:/proc/", "vnetsim: not modelled: docker cp to /proc"),
        ("cp web:/nowhere -", "Error response from daemon: Could not find the file /nowhere in container web"),
        ("cp web:/etc/hosts /nowhere/x", 'invalid output path: directory "/nowhere" does not exist'),
        ("export -o /no/x web", "failed to export container: invalid output path: stat /no: no such file or directory"),
        ("diff nope", "Error response from daemon: No such container: nope"),
    ],
)  # fmt: skip
def test_what_is_refused(lab: Lab, words: str, message: str) -> None:
    refused = lab.run(f"docker {words}")
    assert (refused.exit_code, refused.stderr) == (1, f"{message}\n")


def test_a_link_is_followed_where_that_is_asked(lab: Lab) -> None:
    assert lab.run("docker cp -L web:/bin /tmp/programs; ls /tmp/programs").stdout != ""


def test_an_archive_goes_through_a_pipe(lab: Lab) -> None:
    lab.run("docker run -d --name other nginx; docker cp /tmp/a web:/srv/a")
    assert lab.run("docker cp web:/srv/a - | docker cp - other:/opt").exit_code == 0
    assert lab.run("docker exec other cat /opt/a").stdout == "hello\n"


def test_copying_to_oneself_is_refused(lab: Lab) -> None:
    assert lab.run("docker cp web:/a web:/b").stderr == "copying between containers is not supported\n"
