"""`docker build` of a user; what it prints is recorded (`recorded/docker/images_build`, `images_dockerfile`)."""

from __future__ import annotations

import pytest

from vnetsim import Lab

NOTICE = """\
DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
            Install the buildx component to build images with BuildKit:
            https://docs.docker.com/go/buildx/

"""


def test_a_dockerfile_may_be_elsewhere_and_its_id_in_a_file() -> None:
    lab = Lab()
    lab.run("mkdir /tmp/app; echo 1 > /tmp/app/one; printf 'FROM alpine\\nCOPY one /\\n' > /tmp/Else")
    built = lab.run("docker build -q --iidfile /tmp/id -f /tmp/Else -t app /tmp/app")
    assert built.stdout.strip() == lab.run("cat /tmp/id").stdout.strip() == lab.docker.image_inspect("app")["Id"]


def test_paths_are_those_of_the_working_directory() -> None:
    lab = Lab()
    lab.run("mkdir -p /tmp/app/in; printf 'FROM alpine\\nCOPY one /\\n' > /tmp/app/File; echo 1 > /tmp/app/in/one")
    built = lab.run("cd /tmp/app && docker build -q -f File --iidfile id in && docker build -q -f ../app/File ./in")
    assert built.stdout.splitlines() == [lab.run("cat /tmp/app/id").stdout.strip()] * 2
    refused = lab.run("cd /tmp/app && docker build nope")
    assert refused.stderr.endswith('unable to prepare context: path "nope" not found\n')


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("https://example.org/x.git", "vnetsim: not modelled: a build of https://example.org/x.git"),
        ("--squash .", '"--squash" is only supported on a Docker daemon with experimental features enabled'),
        ("/etc/hostname", "unable to prepare context: context must be a directory: /etc/hostname"),
    ],
)
def test_what_is_refused(words: str, message: str) -> None:
    refused = Lab().run(f"docker build {words}")
    assert (refused.exit_code, refused.stderr) == (1, f"{NOTICE}{message}\n")
