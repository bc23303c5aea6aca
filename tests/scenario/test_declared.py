"""`vnetsim.yaml` beside a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.scenario.build import load
from vnetsim.scenario.declared import declared_images, port_of
from vnetsim.scenario.script import ScenarioScript

COMPOSE = """\
services:
  web: {image: nginx, environment: {API_URL: "http://api:8000"}}
  api: {build: ., command: run --fast}
"""
DECLARED = "images:\n  api: {listen: tcp/8000}\n"


def checked(directory: Path, *flags: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["check", str(directory), *flags])
    return found.exit_code, found.output


def test_a_port_is_a_protocol_and_a_number() -> None:
    assert [port_of(text) for text in ("tcp/80", "udp/65535", "tcp/080")] == ["80/tcp", "65535/udp", "80/tcp"]
    assert {port_of(text) for text in ("80/tcp", "tcp/0", "tcp/65536", "tcp/", "sctp/1", "tcp/1 ", "tcp/１")} == {None}


def test_an_address_without_an_answer_is_no_green_answer(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    status, output = checked(tmp_path)
    assert status == 2
    assert "not known: web uses api:8000 (API_URL): at which ports api listens is not known" in output
    assert "--allow-unknown" in output
    assert checked(tmp_path, "--allow-unknown")[0] == 0


@pytest.mark.parametrize("how", ["file", "flag"])
def test_what_is_declared_is_an_answer(how: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    if how == "file":
        (tmp_path / "vnetsim.yaml").write_text(DECLARED)
    status, output = checked(tmp_path, *(["--image", "api=listen:tcp/8000"] if how == "flag" else []))
    assert (status, output.splitlines()[-1]) == (0, f"{tmp_path / 'compose.yaml'}: no findings (1 address tried)")


def test_a_wrong_address_of_a_declared_image_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    status, output = checked(tmp_path, "--image", "api=listen:tcp/9000")
    assert (status, "[nothing-listens]" in output) == (1, True)


def test_the_flag_comes_before_the_file_and_scripts_have_it_too(tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text("docker run -d --name aa acme/api:2\n")
    (tmp_path / "vnetsim.yaml").write_text("images:\n  acme/api: {listen: [tcp/8000, udp/53]}\n")
    assert declared_images(str(script), None) == {"acme/api": ("8000/tcp", "53/udp")}
    assert declared_images(str(script), {"acme/api": ("1/tcp",)}) == {"acme/api": ("1/tcp",)}
    assert "8000/tcp" in load(script).run("docker ps").stdout


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", ":1: expected a mapping `images` or `compose`"),
        ("- x", ":1: expected a mapping `images` or `compose`"),
        ("ports: {}", ":1: expected `images` or `compose`, found `ports`"),
        ("compose: [x]", ":1: expected a mapping `prepare`"),
        ("compose:\n  before: []", ":2: expected `prepare`, found `before`"),
        ("compose:\n  prepare: docker ps", ":2: expected a list of commands"),
        ("compose:\n  prepare:\n    - docker ps\n    - [a]", ":4: expected a command, found 'sequence'"),
        ("compose:\n  prepare:\n    - ' '", ":3: expected a command, found ' '"),
        ("images: 3", ":1: expected a mapping of names of images"),
        ("images:\n  a:\n    lisen: x", ":3: expected `listen`, found `lisen`"),
        ("images:\n  a: {}", ":2: expected `listen` of a"),
        ("images:\n  a: {listen: tcp/70000}", ":2: expected a port like tcp/8000 or udp/53, found 'tcp/70000'"),
        ("images:\n  a: {listen: [{b: c}]}", ":2: expected a port like tcp/8000 or udp/53, found 'mapping'"),
        ("images: [", ":2: yaml: line 1: did not find expected node content"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(text: str, refusal: str, tmp_path: Path) -> None:
    (tmp_path / "vnetsim.yaml").write_text(f"{text}\n")
    with pytest.raises(UsageError) as refused:
        declared_images(str(tmp_path / "a.sh"), None)
    assert str(refused.value) == f"{tmp_path / 'vnetsim.yaml'}{refusal}"


EXTERNAL = """\
services:
  web: {image: nginx, networks: [proxy], volumes: ["certs:/c"]}
networks: {proxy: {external: true, name: "edge"}}
volumes: {certs: {external: true}}
"""
PREPARE = """\
compose:
  prepare:
    - docker network create --subnet 10.77.0.0/24 edge
    - docker volume create certs
    - docker run -d --name traefik --network edge traefik/whoami
"""


def test_what_a_compose_file_does_not_make_is_prepared(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(EXTERNAL)
    (tmp_path / "vnetsim.yaml").write_text(PREPARE)
    lab = load(tmp_path)
    assert {"traefik", "edge"} <= set(lab.run("docker ps --format '{{.Names}} {{.Networks}}'").stdout.split())
    assert CliRunner().invoke(main, ["why", str(tmp_path), "traefik", "web:80"]).exit_code == 0
    script = ScenarioScript.load(str(tmp_path))
    assert (
        "10.77.0.3"
        in script.play(script.lines).run("docker exec traefik-web-1 true; docker network inspect edge").stdout
    )
    assert checked(tmp_path)[0] == 0


def test_without_it_the_refusal_names_it(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(EXTERNAL)
    status, output = checked(tmp_path)
    assert (status, "compose.yaml:3: " in output) == (2, True)
    assert "network edge declared as external, but could not be found; `prepare` in vnetsim.yaml can make it" in output
    (tmp_path / "vnetsim.yaml").write_text("\n".join(PREPARE.splitlines()[:3]))
    assert 'external volume "certs" not found; `prepare` in vnetsim.yaml can make it' in checked(tmp_path)[1]


def test_a_prepare_command_that_fails_leaves_no_answer(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    (tmp_path / "vnetsim.yaml").write_text("compose:\n  prepare:\n    - docker network create -d overlay x\n")
    status, output = checked(tmp_path)
    assert (status, f"{tmp_path / 'vnetsim.yaml'}:3: `docker network create -d overlay x` ended with 1" in output) == (
        2,
        True,
    )


def test_other_scenarios_leave_it_out(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("docker network ls\n")
    (tmp_path / "vnetsim.yaml").write_text(PREPARE)
    assert "edge" not in load(tmp_path / "a.sh").run("docker network ls").stdout
