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


#: Recorded with Docker Engine 28.5.2; behind `dockerfile parse error on line N: ` if there is a number.
REFUSED = [
    ("FROM", 1, "FROM requires either one or three arguments"),
    ("FROM alpine AS 1x", 1, 'invalid name for build stage: "1x", name can\'t start with a number or contain symbols'),
    ("FROM alpine\nCOPY --bogus a b", 2, "unknown flag: --bogus"),
    ("FROM alpine\nCOPY --from a b", 2, "missing a value on flag: --from"),
    ("FROM alpine\nENV", 2, "ENV requires at least one argument"),
    (
        "FROM alpine\nCOPY", 2,
        "COPY requires at least two arguments, but only one was provided. Destination could not be determined",
    ),
    (
        "FROM alpine\nLABEL a=b c", 0,
        'failed to parse Dockerfile: Syntax error - can\'t find = in "c". Must be of the form: name=value',
    ),
    ("FROM alpine\nONBUILD ONBUILD RUN x", 2, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"),
    ("FROM alpine\nONBUILD FROM x", 2, "FROM isn't allowed as an ONBUILD trigger"),
    ("FROM alpine\nSHELL sh", 2, "SHELL requires the arguments to be in JSON form"),
    ('FROM alpine\nVOLUME [""]', 2, "VOLUME specified can not be an empty string"),
    ("FROM alpine\nCOPY --from=7 a b", 0, "invalid from flag value 7: index out of bounds"),
    ("FROM $A", 0, "base name ($A) should not be blank"),
    ("ARG A", 0, "no build stage in current context"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_a_dockerfile_that_makes_no_sense_is_refused_in_the_words_of_the_engine(
    text: str, line: int, message: str
) -> None:
    with pytest.raises(EngineError) as caught:
        built(Lab(), f"{text}\n", tree={"a": ""})
    assert caught.value.message == (f"dockerfile parse error on line {line}: {message}" if line else message)


def test_labels_are_a_step_and_arguments_that_nobody_wants_are_named() -> None:
    said = built(Lab(), "FROM alpine\nLABEL x=y\n", labels={"l": "m"}, args={"B": "1"}, tags=("x",))
    assert "Step 3/3 : LABEL l=m" in said
    assert "[Warning] One or more build-args [B] were not consumed\nSuccessfully built " in said


def test_a_quiet_build_says_the_id_only() -> None:
    lab = Lab()
    said = built(lab, "FROM alpine\nRUN echo 1\n", quiet=True, tags=("q",))
    assert said.endswith(f"{lab.docker.image_inspect('q')['Id']}\n")
    assert "Running in" not in said


def test_triggers_run_in_the_image_that_is_built_on_them() -> None:
    lab = Lab()
    built(lab, "FROM alpine\nONBUILD ENV A=1\nONBUILD RUN echo on > /on\n", tags=("base",))
    said = built(lab, "FROM base\n", tags=("app",))
    assert "# Executing 2 build triggers" in said
    assert "A=1" in lab.docker.image_inspect("app")["Config"]["Env"]


def test_a_stage_is_wanted_by_its_name_or_number() -> None:
    lab, text = Lab(), "FROM alpine AS one\nENV A=1\nFROM alpine AS two\nENV A=2\n"
    for target, value in (("one", "A=1"), ("0", "A=1"), ("TWO", "A=2")):
        built(lab, text, target=target, tags=("t",))
        assert value in lab.docker.image_inspect("t")["Config"]["Env"]


def test_an_image_without_layers_has_neither_directories_nor_programs() -> None:
    """Recorded: the builder keeps no container of scratch here."""
    lab = Lab()
    built(lab, "FROM scratch\nLABEL a=b\n", remove=False, tags=("scratchy",))
    found = lab.docker.image_inspect("scratchy")
    assert (found["GraphDriver"]["Data"], found["RootFS"], found["Size"]) == (None, {"Type": "layers"}, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FROM node AS b\nWORKDIR /app\nRUN npm run build\nFROM nginx\nCOPY --from=b /app/dist /usr/share/nginx/html",
         "COPY --from=b of /app/dist is not played"),
        ("FROM golang AS b\nRUN go build\nFROM scratch\nCOPY --from=b /app/*.bin /app", "of /app/*.bin is not played"),
        ("FROM debian\nCOPY --from=acme/tool /usr/bin/x /y/z /usr/bin/", "of /usr/bin/x, /y/z is not played"),
        ("FROM debian\nCOPY --from=busybox /bin/nc /usr/local/bin/nc\nRUN nc -h", ""),
    ],
)  # fmt: skip
def test_what_copy_takes_from_an_image_is_a_program_or_an_assumption(text: str, said: str) -> None:
    lab = Lab()
    built(lab, text)
    assert lab.shortfall.assumptions[-1:] == () if not said else said in lab.shortfall.assumptions[-1]


def test_what_an_image_is_known_not_to_have_is_not_copied() -> None:
    with pytest.raises(EngineError, match="stat bin/curl: file does not exist"):
        built(Lab(), "FROM debian\nCOPY --from=busybox /bin/curl /bin/")
