"""The containers of a build."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker.api.build import BuildFailed, BuildOptions
from vnetsim.errors import EngineError


@pytest.mark.parametrize(("remove", "force", "left"), [(True, False, 1), (False, False, 1), (True, True, 0)])
def test_the_container_of_a_command_that_failed_stays_unless_it_is_to_go(remove: bool, force: bool, left: int) -> None:
    lab = Lab()
    options = BuildOptions(remove=remove, force_remove=force)
    with pytest.raises(BuildFailed):
        lab.docker.image_build({"Dockerfile": "FROM alpine\nRUN exit 1\n"}, options, lambda _message: None)
    assert len(lab.docker.container_list(all=True)) == left


def test_a_run_has_the_network_that_is_asked_for() -> None:
    lab = Lab()
    lab.run("docker network create app; docker run -d --name db --network app redis")
    text = "FROM alpine\nRUN nc -z db 6379 && echo reached > /result\n"
    said: list[str] = []
    lab.docker.image_build({"Dockerfile": text}, BuildOptions(network="app"), lambda message: said.append(str(message)))
    with pytest.raises(BuildFailed):
        lab.docker.image_build({"Dockerfile": text}, BuildOptions(network="none", no_cache=True), lambda _message: None)


def test_nothing_runs_on_nothing() -> None:
    with pytest.raises(EngineError, match="stat /bin/sh: no such file or directory"):
        Lab().docker.image_build({"Dockerfile": "FROM scratch\nRUN a\n"}, BuildOptions(), lambda _message: None)


@pytest.mark.parametrize("before", ["", "RUN true\n"])
def test_the_first_command_too_finds_the_files_of_the_image(before: str) -> None:
    lab = Lab()
    page, parts = "/usr/share/nginx/html/index.html", "/etc/nginx/conf.d"
    text = f"FROM nginx:alpine\n{before}RUN grep -q nginx {page} && echo mine > {page} && ls {parts}\n"
    lab.docker.image_build({"Dockerfile": text}, BuildOptions(tags=("own",)), lambda _message: None)
    lab.run("docker run -d own", expected=0)
    assert lab.run("curl -s 172.17.0.2", expected=0).stdout == "mine\n"
