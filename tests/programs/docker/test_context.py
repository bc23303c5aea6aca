"""`docker context`: recorded in `recorded/engine/contexts`; here: what the environment changes, what is refused."""

from __future__ import annotations

import pytest

from vnetsim import Lab

HOST = "unix:///var/run/docker.sock"
WARNING = "Warning: DOCKER_HOST environment variable overrides the active context."


def test_the_endpoint_is_that_of_the_environment() -> None:
    shown = Lab().run(f"DOCKER_HOST={HOST} docker context ls --format '{{{{.Name}}}} {{{{.DockerEndpoint}}}}'")
    assert (shown.exit_code, shown.stdout) == (0, f"default {HOST}\n")
    assert shown.stderr.startswith(WARNING)
    assert Lab().run("docker context inspect -f '{{.Endpoints.docker.Host}}'").stdout == f"{HOST}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("context create other --docker host=tcp://h:1", "vnetsim: not modelled: docker context create other"),
        ("context export default", "vnetsim: not modelled: docker context export"),
        ("context ls --format '{{json .}}'", "vnetsim: not modelled: {{json}} in a template for contexts"),
    ],
)
def test_what_is_refused(words: str, message: str) -> None:
    refused = Lab().run(f"docker {words}")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", f"{message}\n")
