"""`docker build` in a lab; what the classic builder prints is recorded (`recorded/docker/images_build`)."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker.api.build import BuildFailed, BuildOptions
from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError

NOTHING = "assumed to succeed, and to change nothing that has a bearing on the network"


def built(lab: Lab, text: str, *, tree: dict[str, str | None] | None = None, **options: object) -> str:
    """What the builder says."""
    said: list[str] = []

    def report(message: Json) -> None:
        said.append(message.get("stream", ""))

    lab.docker.image_build({"Dockerfile": text, **(tree or {})}, BuildOptions(**options), report)  # type: ignore[arg-type]
    return "".join(said)


def test_a_server_that_is_built_answers() -> None:
    lab = Lab()
    text = "FROM alpine\nCOPY page /www/index.html\nEXPOSE 8000\nCMD busybox httpd -f -p 8000 -h /www\n"
    built(lab, text, tree={"page": "from the build\n"}, tags=("web",))
    lab.run("docker run -d --name web -p 80:8000 web")
    assert lab.run("curl -s http://127.0.0.1/").stdout == "from the build\n"
    assert lab.shortfall.assumptions == ()


def test_an_earlier_step_is_the_cache_until_something_differs() -> None:
    lab = Lab()
    first = built(lab, "FROM alpine\nRUN echo 1 > /a\nRUN echo 2 > /b\n")
    again = built(lab, "FROM alpine\nRUN echo 1 > /a\nRUN echo 3 > /b\n")
    assert (first.count("Using cache"), again.count("Using cache")) == (0, 1)
    assert built(lab, "FROM alpine\nRUN echo 1 > /a\n", no_cache=True).count("Using cache") == 0


def test_packages_bring_their_programs_and_what_is_unknown_is_said_once() -> None:
    lab = Lab()
    text = "FROM {}\nRUN apt-get update && apt-get install -y {} && echo done > /stamp\nCMD sleep 100\n"
    built(lab, text.format("debian", "iproute2"), tags=("tools",))
    lab.run("docker run -d --name tools tools")
    assert lab.run("docker exec tools ip -br link show lo").stdout.startswith("lo")
    assert lab.run("docker exec tools cat /stamp").stdout == "done\n"
    assert not list(lab.shortfall.assumptions)
    built(lab, text.format("debian", "libthing3"), tags=("other",))
    built(lab, "FROM node\nRUN make all\nCMD sleep 100\n", tags=("made",))
    assert lab.shortfall.assumptions == (
        "which programs libthing3 of debian contain is not known: assumed to be none here",
        f"RUN 'make all' on node is not played (make): {NOTHING}",
    )


def test_a_base_that_is_not_here_is_pulled_first() -> None:
    assert "Pulling from library/caddy" in built(Lab(), "FROM caddy:2\nENV A=b\n")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("FROM alpine\n", {"dockerfile": "Other"}, "Cannot locate specified Dockerfile: Other"),
        (
            "FROM alpine\n",
            {"tags": ("BAD",)},
            "invalid reference format: repository name (library/BAD) must be lowercase",
        ),
        ("FROM alpine\n", {"target": "no"}, 'target stage "no" could not be found'),
        ("FROM scratch\n", {}, "No image was generated. Is your Dockerfile empty?"),
        ("RUN a\nFROM alpine\n", {}, "no build stage in current context"),
        (" \n", {}, "the Dockerfile (Dockerfile) cannot be empty"),
    ],
)
def test_what_cannot_be_built_is_refused(text: str, options: Json, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        built(Lab(), text, **options)
    assert refused.value.message == message


def test_a_command_that_fails_ends_the_build_with_its_status() -> None:
    with pytest.raises(BuildFailed) as failed:
        built(Lab(), "FROM alpine\nRUN exit 3\n")
    assert failed.value.code == 3


def test_a_program_that_a_known_base_has_not_is_not_found() -> None:
    with pytest.raises(BuildFailed) as failed:
        built(Lab(), "FROM debian\nRUN make all\n")
    assert failed.value.code == 127
