"""What single instructions make of an image, and their line in its history (recorded: `images_build`)."""

from __future__ import annotations

import pytest

from vnetsim.docker.images.dockerfile import instructions
from vnetsim.docker.images.instructions import BuildStage
from vnetsim.docker.images.reference import parse
from vnetsim.docker.images.store import Registry
from vnetsim.errors import EngineError


def stage() -> BuildStage:
    reference = parse("alpine")
    assert reference is not None
    return BuildStage.on(Registry().image(reference))


@pytest.mark.parametrize(
    ("text", "line", "attribute", "value"),
    [
        ('CMD ["nc", "-l"]', 'CMD ["nc" "-l"]', "command", ("nc", "-l")),
        ("ENTRYPOINT run me", 'ENTRYPOINT ["/bin/sh" "-c" "run me"]', "entrypoint", ("/bin/sh", "-c", "run me")),
        ("EXPOSE 80-81 53/udp", "EXPOSE 53/udp 80-81", "exposed", ("53/udp", "80/tcp", "81/tcp")),
        ("WORKDIR x", "WORKDIR /x", "directory", "/x"),
        ("USER app:app", "USER app:app", "user", "app:app"),
        ('VOLUME ["/a", "/b"]', "VOLUME [/a /b]", "volumes", ("/a", "/b")),
        ("STOPSIGNAL SIGINT", "STOPSIGNAL SIGINT", "stop_signal", "SIGINT"),
        ('LABEL "k k"="v v" n=m', "LABEL k k=v v n=m", "labels", {"k k": "v v", "n": "m"}),
        ('SHELL ["/bin/bash", "-c"]', "SHELL [/bin/bash -c]", "shell", ("/bin/bash", "-c")),
        ("ONBUILD RUN echo hi", "ONBUILD RUN echo hi", "triggers", ("RUN echo hi",)),
        ("HEALTHCHECK NONE", "HEALTHCHECK &{[NONE] 0s 0s 0s 0s 0}", "health_check", {"Test": ["NONE"]}),
    ],
)
def test_what_an_instruction_makes(text: str, line: str, attribute: str, value: object) -> None:
    one = stage()
    assert one.apply(instructions(text)[0], {}, {}) == line
    assert getattr(one.image, attribute) == value


def test_arguments_that_env_does_not_set_are_those_of_run() -> None:
    one = stage()
    for each in instructions("ARG A=1\nARG B\nARG C\nENV C=3\n"):
        one.apply(each, {"B": "2", "HTTP_PROXY": "p"}, {})
    assert one.arguments({"B": "2", "HTTP_PROXY": "p"}) == {"A": "1", "B": "2", "HTTP_PROXY": "p"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("STOPSIGNAL NOPE", "invalid signal: NOPE"),
        ("EXPOSE 99999", "Invalid containerPort: 99999"),
    ],
)
def test_what_is_refused_when_it_is_obeyed(text: str, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        stage().apply(instructions(text)[0], {}, {})
    assert refused.value.message == message
