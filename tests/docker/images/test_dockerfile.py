"""Dockerfiles, as the builder of Engine 28.5.2 took them (recorded), and what containers of such images do."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker.images import Image, ImageKind, programs
from vnetsim.docker.images.dockerfile import instructions
from vnetsim.docker.images.instructions import declared
from vnetsim.docker.images.store import Registry
from vnetsim.errors import EngineError

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STAGES = """\
ARG BASE=alpine
FROM ${BASE} AS one
ARG PORT=9000
EXPOSE $PORT
ENV PORT=$PORT
ENTRYPOINT nc -lk $PORT
HEALTHCHECK --interval=5s CMD true
FROM one AS two
CMD ["x"]
FROM nginx AS three
"""


def built(text: str, target: str = "", **args: str) -> Image:
    return declared(text, base=Registry().image, name="x", args=args, target=target)


def test_an_image_has_what_its_base_and_its_instructions_have() -> None:
    image = built('FROM nginx\nEXPOSE 8000 53/udp\nENV A=1 B="two words"\nCMD ["nc","-lk","8000"]\n')
    assert image.exposed == ("53/udp", "80/tcp", "8000/tcp")
    assert image.environment == (PATH, "A=1", "B=two words")
    assert image.command == ("nc", "-lk", "8000")


def test_stages_arguments_and_targets() -> None:
    image = built(STAGES, "two", PORT="7000")
    assert (image.exposed, image.environment) == (("7000/tcp",), (PATH, "PORT=7000"))
    assert (image.entrypoint, image.command) == (("/bin/sh", "-c", "nc -lk $PORT"), ("x",))
    assert built(STAGES, "one").exposed == ("9000/tcp",)
    assert built(STAGES, BASE="redis", PORT="1").exposed != built(STAGES, "two", BASE="redis", PORT="1").exposed


def test_the_server_of_the_base_is_kept_while_nothing_else_is_run() -> None:
    assert built("FROM nginx\nCOPY . /www\nRUN true\n").entry == "nginx"
    assert built("FROM nginx\nEXPOSE 8080\n").kind is ImageKind.UNKNOWN
    assert built("FROM mongo\nCOPY x /x\n").kind is ImageKind.SERVER


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("EXPOSE 80\n", "no build stage in current context"),
        ("FROM alpine\nNONSENSE x\n", "dockerfile parse error on line 2: unknown instruction: NONSENSE"),
        ("# only a comment\n", "failed to parse Dockerfile: file with no instructions"),
        ("FROM alpine\nEXPOSE abc\n", "Invalid containerPort: abc"),
        ("FROM alpine\nENV A\n", "failed to parse Dockerfile: ENV must have two arguments"),
        ("FROM a b\n", "dockerfile parse error on line 1: FROM requires either one or three arguments"),
        ("FROM ?\n", 'failed to parse stage name "?": invalid reference format'),
    ],
)
def test_what_is_no_dockerfile_is_refused_as_recorded(text: str, refusal: str) -> None:
    with pytest.raises(EngineError) as refused:
        built(text)
    assert refused.value.message == refusal


def test_a_target_that_is_not_there_is_refused_as_recorded() -> None:
    with pytest.raises(EngineError, match='target stage "nosuch" could not be found'):
        built(STAGES, "nosuch")


def test_the_texts_of_heredocs_are_no_instructions() -> None:
    text = "FROM alpine\nRUN <<EOF\ntrue\nEXPOSE 1\nEOF\nCOPY <<-'A' /x\n\ttext\n\tA\nEXPOSE 2\n"
    assert built(text).exposed == ("2/tcp",)


def test_variables_without_values_are_empty_and_arguments_without_defaults_are_given() -> None:
    image = built("ARG BASE\nFROM $BASE\nARG A\nENV A ${A}\nENV B=${A:-b} C=$A\nEXPOSE ${NO}\n", BASE="nginx")
    assert (image.environment, image.entry) == ((PATH, "A=", "B=b", "C="), "nginx")


def test_a_line_is_continued_over_comments() -> None:
    (_, run, command) = instructions("FROM a\nRUN x \\\n# why\n  y\nCMD z\n")
    assert (run.line, run.text, command.line) == (2, "x   y", 5)


def test_a_command_that_is_no_list_of_texts_is_given_to_the_shell() -> None:
    assert built('FROM alpine\nCMD [ "a", b ]\n').command == ("/bin/sh", "-c", '[ "a", b ]')


COMPOSE = """\
services:
  api: {build: .}
  old: {build: {context: ., target: nosuch}}
"""


def lab_of(compose: str, dockerfile: str) -> Lab:
    return Lab(docker=True, files={"/srv/b/compose.yaml": compose, "/srv/b/Dockerfile": dockerfile})


def test_a_service_that_is_built_listens_where_its_dockerfile_says() -> None:
    lab = lab_of(COMPOSE, 'FROM python:3\nEXPOSE 8000\nCMD ["python", "app.py"]\n')
    assert lab.run("cd /srv/b && docker compose up -d api")
    assert lab.run("docker exec b-api-1 true")
    assert lab.shortfall.assumptions == ("what b-api runs is not known: assumed to listen on tcp/8000",)
    assert "8000/tcp" in lab.run("docker ps").stdout


def test_a_build_that_is_refused_is_a_failure() -> None:
    result = lab_of(COMPOSE, "FROM python:3\n").run("cd /srv/b && docker compose build old", expected=None)
    assert (result.exit_code, result.stderr) == (
        1,
        'Error response from daemon: target stage "nosuch" could not be found\n',
    )


@pytest.mark.parametrize(
    ("step", "complete", "applets"),
    [("ENV A=1", True, True), ("RUN apk add curl", False, True), ("RUN apk add iputils", False, False)],
)
def test_what_a_step_installs_is_not_called_missing(step: str, complete: bool, applets: bool) -> None:
    made = declared(f"FROM alpine\n{step}\n", base=Registry().image, name="app", args={})
    assert (programs.NO_OTHERS in made.programs, bool(made.busybox)) == (complete, applets)
    assert ("curl" in made.programs) is not complete
