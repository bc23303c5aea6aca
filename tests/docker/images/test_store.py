"""Pulled, declared and unknown images."""

from __future__ import annotations

import pytest

from vnetsim import Lab


def test_an_unknown_image_is_assumed_to_listen_on_its_exposed_ports() -> None:
    lab = Lab()
    made = lab.run("docker run -d --name api -p 8080:8000 registry.example/acme/api:1.2", expected=0)
    assert made.stderr.startswith(
        "Unable to find image 'registry.example/acme/api:1.2' locally\n1.2: Pulling from acme"
    )
    assert lab.run("curl -s localhost:8080", expected=0).stdout == "it works\n"
    lab.run("docker restart -t 0 api", expected=0)
    assert lab.shortfall.assumptions == (
        "what registry.example/acme/api:1.2 runs is not known: assumed to listen on tcp/8000",
    )
    assert lab.fork().shortfall.assumptions == lab.shortfall.assumptions
    assert not lab.failures, "an assumption is no failure"


def test_a_declared_image_listens_there_and_only_there() -> None:
    lab = Lab(images={"acme/api": ("9000/tcp",)})
    lab.run("docker run -d --name api -p 1:9000 -p 2:80 acme/api:5", expected=0)
    assert lab.run("curl -s localhost:1", expected=0).stdout == "it works\n"
    assert lab.run("curl -s localhost:2").exit_code != 0
    assert lab.shortfall.assumptions == ()


def test_an_unknown_image_runs_a_command_that_is_known() -> None:
    assert Lab().run("docker run --rm acme/tools echo hello", expected=0).stdout == "hello\n"


def test_a_tag_is_an_image_of_its_own() -> None:
    lab = Lab()
    lab.run("docker run -d --name web nginx:1.27", expected=0)
    listed = lab.run("docker images --format '{{.Repository}}:{{.Tag}} {{.ID}}' nginx", expected=0).stdout
    names, ids = zip(*map(str.split, listed.splitlines()), strict=True)
    assert set(names) == {"nginx:1.27", "nginx:latest"}
    assert len(set(ids)) == 2
    assert lab.shortfall.assumptions == ()


def test_a_prune_keeps_the_image_of_a_container_beside_another_tag() -> None:
    lab = Lab()
    lab.run("docker create --name job alpine:3.10", expected=0)
    assert "untagged: alpine:latest" in lab.run("docker image prune -af", expected=0).stdout
    assert lab.run("docker images -q alpine:3.10", expected=0).stdout


@pytest.mark.parametrize(
    ("argument", "lines"),
    [
        ("nginx", ["Using default tag: latest", "latest: Pulling from library/nginx"]),
        ("acme/api:2", ["2: Pulling from acme/api"]),
        ("-q acme/api:3", ["docker.io/acme/api:3"]),
    ],
)
def test_a_pull_tells_its_progress(argument: str, lines: list[str]) -> None:
    assert Lab().run(f"docker pull {argument}", expected=0).stdout.splitlines()[: len(lines)] == lines


def test_an_image_has_several_tags() -> None:
    lab = Lab()
    lab.run("docker tag nginx web:1", expected=0)
    assert lab.run("docker rmi web:1", expected=0).stdout == "Untagged: web:1\n"
    assert "No such image: web:1" in lab.run("docker rmi web:1").stderr


def test_an_option_behind_an_unknown_image_is_an_argument_of_its_program() -> None:
    lab = Lab()
    lab.run("docker run -d -p 1:9100 registry.example/exporter --path.rootfs=/host", expected=0)
    assert lab.run("curl -s localhost:1", expected=0).stdout == "it works\n"
