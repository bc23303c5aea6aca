"""`docker commit`, `save`, `load`, `import`, `image prune`: recorded in `recorded/docker/images_commit`."""

from __future__ import annotations

import pytest

from vnetsim import Lab


def test_an_image_goes_through_a_pipe() -> None:
    lab = Lab()
    lab.run("printf 'FROM alpine\\nENV A=b\\n' | docker build -t app -; docker save app > /tmp/app.tar; docker rmi app")
    assert lab.run("cat /tmp/app.tar | docker load").stdout == "Loaded image: app:latest\n"


def test_a_prune_is_confirmed() -> None:
    lab = Lab()
    asked = lab.run("echo n | docker image prune")
    assert asked.stdout.startswith("WARNING! This will remove all dangling images.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("save --platform linux/arm64 nginx", "vnetsim: not modelled: an image of the platform linux/arm64"),
        ("import http://example.org/x", "vnetsim: not modelled: docker import of http://example.org/x"),
        ("load -i /nowhere", "open /nowhere: no such file or directory"),
    ],
)
def test_what_is_refused(words: str, message: str) -> None:
    refused = Lab().run(f"docker {words}")
    assert (refused.exit_code, refused.stderr) == (1, f"{message}\n")
