"""--cache-from, as recorded on a real engine 28.5.2 with the classic builder."""

from __future__ import annotations

from typing import Final

import pytest

from vnetsim import Lab

FIRST: Final = "FROM alpine\\nENV FOO=bar\\nRUN touch /baz\\n"
#: Options, the last lines of the Dockerfile, how many steps are from the cache.
RECORDED: Final = [
    ("--cache-from build1", "RUN touch /bax", 3),
    ("--cache-from nosuchtag", "RUN touch /bax", 0),
    ("--cache-from nosuchtag --cache-from build1", "RUN touch /bax", 3),
    ("--cache-from build1", "RUN touch /other", 2),
    ("--cache-from build1", "RUN touch /bax\\nRUN touch /more", 3),
    ("--cache-from alpine", "RUN touch /bax\\nRUN touch /more", 0),
    ("--cache-from Bad:", "RUN touch /bax\\nRUN touch /more", 0),
    ("--no-cache --cache-from build1", "RUN touch /bax\\nRUN touch /more", 0),
]


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab.docker_host(has_registry=False)
    lab.run(f"mkdir /tmp/c; printf '{FIRST}RUN touch /bax' > /tmp/c/Dockerfile; docker build -q -t build1 /tmp/c")
    return lab


def test_only_the_named_images_are_a_cache(lab: Lab) -> None:
    for number, (options, last, cached) in enumerate(RECORDED, 2):
        lab.run(f"printf '{FIRST}{last}' > /tmp/c/Dockerfile")
        result = lab.run(f"docker build -t build{number} {options} /tmp/c")
        assert (options, result.exit_code, result.stdout.count("Using cache")) == (options, 0, cached)
    assert len(set(lab.run("docker inspect -f '{{.Id}}' build1 build2 build4").stdout.split())) == 1


def test_steps_of_a_loaded_image_are_refused(lab: Lab) -> None:
    other = Lab.docker_host(has_registry=False)
    other.run(f"mkdir /tmp/c; printf '{FIRST}' > /tmp/c/Dockerfile")
    other.docker.image_load(lab.docker.image_save(["build1"]), lambda _: None)
    result = other.run("docker build --cache-from build1 /tmp/c")
    assert "not modelled: docker build --cache-from an image whose steps are not here" in result.stderr
    assert result.exit_code != 0
