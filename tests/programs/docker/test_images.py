"""`docker tag` and `docker rmi`: what they print and refuse, as recorded."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("tag nosuch web:2", "Error response from daemon: No such image: nosuch:latest\n"),
        ("tag nginx web@sha256:" + "0" * 64, "refusing to create a tag with a digest reference\n"),
        (
            "tag nginx Bad",
            (
                'Error parsing reference: "Bad" is not a valid repository/tag: invalid reference format: '
                "repository name (library/Bad) must be lowercase\n"
            ),
        ),
        ("rmi nosuch:2", "Error response from daemon: No such image: nosuch:2\n"),
    ],
)
def test_what_is_refused(words: str, message: str) -> None:
    refused = Lab().run(f"docker {words}")
    assert (refused.exit_code, refused.stderr) == (1, message)
