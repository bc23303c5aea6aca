"""`docker commit`, whose answers are recorded (`recorded/docker/images_commit`)."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import EngineError


def committed() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name web -e Q=1 -l of=us alpine sleep 100")
    lab.run("docker exec web sh -c 'rm /etc/group; echo new > /new; rm /usr/bin/ping'")
    return lab


def test_an_image_has_what_the_container_had_changed() -> None:
    lab = committed()
    lab.docker.image_commit("web", "mine:1", comment="why", author="me", changes=["ENV A=b"])
    image = lab.docker.image_inspect("mine:1")
    assert image["Config"]["Env"][0] == "Q=1"
    assert (image["Config"]["Env"][-1], image["Config"]["Cmd"], image["Config"]["Labels"]) == (
        *("A=b", ["sleep", "100"]),
        {"of": "us"},
    )
    assert (image["Comment"], image["Author"]) == ("why", "me")
    lab.run("docker run -d --name two mine:1")
    assert lab.run("docker exec two cat /new").stdout == "new\n"
    assert not lab.run("docker exec two cat /etc/group")
    assert not lab.run("docker exec two ping -c 1 127.0.0.1")


def test_parts_of_a_configuration_replace_the_containers() -> None:
    lab = committed()
    lab.docker.image_commit("web", "mine:2", config={"Cmd": ["true"], "Env": ["X=y"]})
    config = lab.docker.image_inspect("mine:2")["Config"]
    assert (config["Cmd"], config["Env"][:2]) == (["true"], ["X=y", "Q=1"])


@pytest.mark.parametrize(
    ("container", "image", "change", "message"),
    [
        ("web", "", "RUN x", "RUN is not a valid change command"),
        ("web", "BAD", "", "invalid reference format: repository name (library/BAD) must be lowercase"),
        ("no", "", "", "No such container: no"),
        ("", "", "", 'invalid name or ID supplied: ""'),
    ],
)
def test_what_is_refused(container: str, image: str, change: str, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        committed().docker.image_commit(container, image, changes=[change])
    assert refused.value.message == message
