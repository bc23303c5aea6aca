"""A compose file is a scenario; what keeps its services from running leaves questions without an answer."""

from __future__ import annotations

import io
import random
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.failures import IncompleteLab
from vnetsim.lab import Lab
from vnetsim.scenario.build import load, play_text
from vnetsim.scenario.checkpoint import load_checkpoint
from vnetsim.scenario.composefile import ComposeScenario
from vnetsim.scenario.script import ScenarioScript

SHOP = """\
services:
  web:
    image: nginx
    ports: ["8080:80"]
    networks: [front, back]
  db:
    image: postgres
    environment: [POSTGRES_PASSWORD=secret]
    networks: [back]
  client:
    image: alpine
    command: sleep infinity
    networks: [front]
    scale: 2
networks:
  front:
  back:
"""


def written(directory: Path, text: str = SHOP, name: str = "compose.yaml", **others: str) -> Path:
    path = directory / name
    path.write_text(text)
    for other, content in others.items():
        (directory / other.replace("_", ".")).write_text(content)
    return path


def containers(lab: Lab) -> list[str]:
    return sorted(lab.run("docker ps --format '{{.Names}}'").stdout.split())


MIGRATED = """\
services:
  migrate:
    image: acme/api
    command: python migrate.py
  api:
    image: acme/api
    command: gunicorn app
    expose: [8000]
    depends_on:
      migrate: {condition: service_completed_successfully}
"""


def test_a_service_that_others_await_is_assumed_to_complete(tmp_path: Path) -> None:
    lab = load(written(tmp_path, MIGRATED))
    assert [one.rpartition("-api-")[1] for one in containers(lab)] == ["-api-"]
    assert (
        "what `python migrate.py` of acme/api does is not known: assumed to end with status 0"
        in lab.shortfall.assumptions
    )


def test_a_service_that_others_await_and_that_fails_leaves_no_answer(tmp_path: Path) -> None:
    failing = MIGRATED.replace("image: acme/api\n    command: python migrate.py", "image: alpine\n    command: 'false'")
    with pytest.raises(IncompleteLab, match="didn't complete successfully: exit 1"):
        load(written(tmp_path, failing))


def test_a_mounted_file_is_readable_in_the_container(tmp_path: Path) -> None:
    mounting = SHOP.replace("image: postgres", "image: postgres\n    volumes: ['./pg.conf:/etc/pg.conf', data:/data]")
    lab = load(written(tmp_path, f"{mounting}volumes:\n  data:\n", pg_conf="port = 1\n"))
    name = next(one for one in containers(lab) if "-db-" in one)
    assert lab.run(f"docker exec {name} cat /etc/pg.conf").stdout == "port = 1\n"
    assert lab.run(f"docker exec {name} ls /data").exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no file of Windows is executable")
def test_a_mounted_script_runs_if_the_file_is_executable(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: alpine\n    command: /run.sh\n    volumes: ['./run.sh:/run.sh']\n"
    file = written(tmp_path, text, run_sh="#!/bin/sh\nexec sleep 100\n")
    with pytest.raises(IncompleteLab, match="permission denied"):
        load(file)
    (tmp_path / "run.sh").chmod(0o755)
    lab = load(file)
    assert containers(lab)
    assert not lab.shortfall.assumptions


def test_a_mounted_file_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "pg.conf").write_bytes(b"\0\xff")
    text = SHOP.replace("image: postgres", "image: postgres\n    volumes: ['./pg.conf:/etc/pg.conf']")
    assert not any(path.endswith("pg.conf") for path in ComposeScenario.of(str(written(tmp_path, text)), text).texts)


# --- what is a compose file ------------------------------------------------------------------------------------------


def test_a_file_that_only_includes_others_is_a_compose_file(tmp_path: Path) -> None:
    lab = load(written(tmp_path, "include: [shop.yaml]\n", shop_yaml=SHOP))
    assert len(containers(lab)) == 4


@pytest.mark.parametrize("text", ["include: shop.yaml\n", "includes: [shop.yaml]\n", "networks: {a: {}}\n"])
def test_an_include_that_is_no_list_is_none(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="YAML without a mapping `services`"):
        load(written(tmp_path, text))


@pytest.mark.parametrize("name", ["compose.yaml", "docker-compose.yml", "stack.yaml", "prod.yml"])
def test_a_file_of_yaml_with_services_is_a_compose_file(name: str, tmp_path: Path) -> None:
    lab = load(written(tmp_path, name=name))
    assert [one.removeprefix(tmp_path.name) for one in containers(lab)] == ["-client-1", "-client-2", "-db-1", "-web-1"]


def test_so_is_the_directory_of_one(tmp_path: Path) -> None:
    written(tmp_path, name="docker-compose.yml")
    assert len(containers(load(tmp_path))) == 4


def test_so_is_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(SHOP))
    assert len(containers(load("-"))) == 4


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("deploy.yaml", "apiVersion: v1\nkind: Service\n", "YAML without a mapping `services`"),
        ("compose.yaml", "services: [docker]\n", "YAML without a mapping `services`"),
        ("compose.yaml", "- services\n", "YAML without a mapping `services`"),
        ("compose.yaml", "services\n", "YAML without a mapping `services`"),
        ("compose.yaml", "", "YAML without a mapping `services`"),
        ("compose.yaml", "services:\n  web: [nginx\n", r"compose.yaml:2: yaml: .*expected ',' or '\]'"),
        ("compose.yaml", "services:\n\tweb:\n", r"compose.yaml:\d: yaml: .*cannot start any token"),
        ("compose.yaml", "$ docker ps\n", "YAML without a mapping `services`"),
        ("list", "web: nginx\ndb: postgres\n", "YAML without a mapping `services`"),
    ],
)
def test_other_yaml_is_refused(name: str, text: str, words: str, tmp_path: Path) -> None:
    path = written(tmp_path, text, name)
    with pytest.raises(UsageError, match=words):
        load(path)
    for command in (["run"], ["reach"], ["why", "--no-change"]):
        result = CliRunner().invoke(main, [*command, str(path), *(["a", "b"] if "why" in command else [])])
        assert result.exit_code == 2, result.output


def test_a_directory_without_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text(SHOP)
    with pytest.raises(UsageError, match="this is a directory"):
        load(tmp_path)


def test_there_are_no_moments_in_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="brought up whole"):
        load_checkpoint(f"{written(tmp_path)}@1")


# --- which files it reads --------------------------------------------------------------------------------------------


def test_files_beside_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "db.yaml").write_text("services: {db: {image: postgres, env_file: db.env}}\n")
    (tmp_path / "parts" / "db.env").write_text("TOKEN=secret\nPOSTGRES_PASSWORD=secret\n")
    (tmp_path / "base.yaml").write_text("services: {web: {image: nginx}}\n")
    (tmp_path / "compose.override.yaml").write_text("services: {web: {container_name: front}}\n")
    text = (
        "include: [parts/db.yaml]\n"
        "services:\n  web:\n    extends: {file: base.yaml, service: web}\n    hostname: ${NAME}\n"
    )
    (tmp_path / ".env").write_text("NAME=shopfront\n")
    lab = load(written(tmp_path, text))
    assert lab.run("docker exec front hostname").stdout == "shopfront\n"
    assert "TOKEN=secret" in lab.run(f"docker exec {tmp_path.name}-db-1 env").stdout


def test_the_override_belongs_to_the_default_name_alone(tmp_path: Path) -> None:
    written(tmp_path, "services: {web: {container_name: front}}\n", "compose.override.yaml")
    written(tmp_path, "services: {web: {image: nginx}}\n")
    other = written(tmp_path, "services: {web: {image: nginx}}\n", "other.yaml")
    assert containers(load(tmp_path)) == ["front"]
    assert containers(load(other)) == [f"{tmp_path.name}-web-1"]


def test_the_environment_of_the_user_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "mine")
    monkeypatch.setenv("COMPOSE_FILE", "other.yaml")
    path = written(tmp_path, "services: {web: {image: nginx, hostname: '${NAME:-default}', container_name: web}}\n")
    assert load(path).run("docker exec web hostname").stdout == "default\n"


@pytest.mark.parametrize("where", ["../outside.env", "/etc/hostname", "link.env"])
def test_files_outside_its_folder_are_not(where: str, tmp_path: Path) -> None:
    home = tmp_path / "shop"
    home.mkdir()
    (tmp_path / "outside.env").write_text("A=b\n")
    (home / "link.env").symlink_to(tmp_path / "outside.env")
    path = written(home, f"services:\n  web:\n    image: nginx\n    env_file: {where}\n")
    with pytest.raises(UsageError, match=rf"compose.yaml:4: {where} is outside"):
        load(path)


def test_a_text_without_a_file_is_given(tmp_path: Path) -> None:
    assert len(containers(play_text(str(tmp_path / "compose.yaml"), SHOP))) == 4


# --- what leaves the lab incomplete ----------------------------------------------------------------------------------


LOOP = """services:
  web: {image: nginx, restart: always, volumes: ["./site.conf:/etc/nginx/conf.d/default.conf"]}
  app: {image: traefik/whoami}
"""


def test_one_that_is_restarted_again_and_again_does_not_run(tmp_path: Path) -> None:
    site = "upstream a { server nosuch; }"
    words = "is restarting (it said: 2026/01/01 00:00:0"
    assert words in refusal(written(tmp_path, LOOP, site_conf=site))
    assert refusal(written(tmp_path, LOOP, site_conf=site.replace("nosuch", "app"))) == ""


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("services:\n  a:\n    image: nginx\n    networks: [y]\n", 4, 'service "a" refers to undefined network y'),
        ("services:\n  a: {image: nginx}\nnetworks:\n  default: {name: x, external: true}\n", 4, "x declared"),
        ("services:\n  a: {image: nginx}\n  b: {image: 'No:Such:Image'}\n", 3, "invalid reference format"),
        ("services:\n  a: {image: alpine}\n  b: {image: alpine, command: nosuch}\n", 3, '"nosuch": executable file'),
        ("services:\n  a: {image: alpine}\n  b: {provider: {type: x}}\n", 3, "not modelled: docker compose"),
        ("services:\n  a: {image: alpine, command: 'true'}\n  b: {image: alpine, command: 'false'}\n", 3, "service b"),
        ("services:\n  a:\n    image: nginx\n    nosuch: 1\n", 2, "additional properties 'nosuch' not allowed"),
        ("services:\n  a:\n    image: nginx\n    env_file: no.env\n", 4, "no.env not found"),
        ("services:\n  a: {image: nosuch/a, pull_policy: never}\n", 1, "`prepare` in vnetsim.yaml can pull it"),
        ("services:\n", 1, "compose"),
    ],
)
def test_a_failure_has_its_place_in_the_file(text: str, line: int, words: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(IncompleteLab) as refused:
        load(path)
    [failure] = refused.value.failures
    assert (failure.location, words in f"{failure.message} {failure.command}") == (f"{path}:{line}", True), str(failure)
    policy = tmp_path / "policy"
    policy.write_text("lan -> a\n")
    for command in (["reach"], ["why", "lan", "a"], ["check", str(policy)], ["explore", str(policy)]):
        result = CliRunner().invoke(main, [command[0], str(path), *command[1:]])
        assert (result.exit_code, f"{path}:{line}: " in result.output) == (2, True), result.output
    result = CliRunner().invoke(main, ["run", "--quiet", str(path)])
    assert (result.exit_code, f"{path}:{line}: " in result.output) == (1, True)


def test_a_failure_in_another_file_has_its_place_there(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("services:\n  b:\n    image: alpine\n    command: nosuch\n")
    path = written(tmp_path, "include: [part.yaml]\nservices:\n  a: {image: alpine}\n")
    with pytest.raises(IncompleteLab, match=f"{tmp_path / 'part.yaml'}:2: "):
        load(path)


def test_the_rest_is_answered_for_if_that_is_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "services:\n  a: {image: nginx}\n  b: {image: alpine, command: 'false'}\n")
    result = CliRunner().invoke(main, ["reach", "--incomplete", "--from", "lan", str(path)])
    assert (result.exit_code, "incomplete" in result.output) == (0, True)


# --- services are names ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("shop") / "shop"
    directory.mkdir()
    return written(directory)


def test_a_service_is_an_end(shop: Path) -> None:
    lab = load(shop)
    assert lab.reaches("web", "db", "tcp/5432")
    assert lab.reaches("shop-web-1", "db", "tcp/5432")
    assert not lab.reaches("shop-client-1", "db", "tcp/5432")
    answer = lab.why("shop-client-1", "db:5432", change=False)
    assert "by its name db" in CliRunner().invoke(main, ["why", str(shop), "shop-client-1", "db:5432"]).output
    assert not answer.arrives


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (("client", "web"), "'client' may be container:shop-client-"),
        (("web", "dbs"), "did you mean 'db'?"),
        (("wbe", "db"), "did you mean 'web'?"),
    ],
)
def test_a_service_that_is_unclear_is_refused(ends: tuple[str, str], words: str, shop: Path) -> None:
    result = CliRunner().invoke(main, ["why", str(shop), *ends])
    assert (result.exit_code, words in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    ("rule", "status", "words"),
    [
        ("web -> db: tcp/5432", 0, "holds"),
        ("* !-> db except web: tcp/5432", 0, "holds"),
        ("shop-client-2 -> web: tcp/80", 0, "holds"),
        ("client -> db: tcp/5432", 1, "the rule is broken, 2 times"),
        ("clinet -> db", 2, "did you mean 'client'?"),
        ("container:client -> db", 2, "there is no container"),
    ],
)
def test_a_service_in_a_policy_means_its_containers(
    rule: str, status: int, words: str, shop: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy"
    policy.write_text(f"{rule}\n")
    result = CliRunner().invoke(main, ["check", str(shop), str(policy)])
    assert (result.exit_code, words in result.output) == (status, True), result.output


def test_the_matrix_is_asked_for_by_service(shop: Path) -> None:
    result = CliRunner().invoke(main, ["reach", str(shop), "--from", "client", "--to", "web"])
    assert (result.exit_code, result.output.count("shop-client-")) == (0, 2)
    result = CliRunner().invoke(main, ["reach", str(shop), "--from", "clients"])
    assert (result.exit_code, "did you mean 'client'?" in result.output) == (2, True)


# --- it is played again ----------------------------------------------------------------------------------------------


def test_a_copy_of_the_lab_is_the_same(shop: Path) -> None:
    lab = load(shop)
    assert lab.fork().run("docker ps").stdout == lab.run("docker ps").stdout


def test_what_explore_plays_are_lines_of_a_session(shop: Path) -> None:
    script = ScenarioScript.load(str(shop))
    assert containers(script.play(script.lines)) == containers(load(shop))


def test_run_shows_what_docker_compose_prints(shop: Path) -> None:
    result = CliRunner().invoke(main, ["run", str(shop.parent)])
    assert (result.exit_code, " Container shop-web-1  Started\n" in result.output) == (0, True)


def test_commands_name_the_folder_and_quote_it() -> None:
    scenario = ComposeScenario.of("my shop/stack.yaml", SHOP)
    assert scenario.up == "cd '/srv/my shop' && docker compose -f stack.yaml up -d"
    assert scenario.files[0] == "mkdir -p '/srv/my shop'"


# --- other doors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["docker", "kernel"])
def test_it_is_no_script_of_any_kind(kind: str, shop: Path) -> None:
    assert len(containers(load(shop, kind=kind))) == 4


# --- mutated files -------------------------------------------------------------------------------------------------

_DOCUMENTS = Path(__file__).parents[2] / "docs" / "shop"
_SCRAPS = ("", ":", "-", "\n", "  ", "\t", "[", "}", '"', "*x", "&x", "<<: ", "!reset ", "$", "${A", "0x", "null", "\0")


def mutated(text: str, source: random.Random) -> str:
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(text) + 1)
        text = text[:at] + source.choice(_SCRAPS) + text[min(len(text), at + source.choice((0, 1, 3))) :]
    return text


def refusal(path: Path) -> str:
    """ "" for a file that comes up."""
    try:
        load(path)
    except (UsageError, IncompleteLab) as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("seed", range(4))
def test_a_mutated_file_is_an_answer_or_a_sentence_with_its_line(seed: int, tmp_path: Path) -> None:
    source = random.Random(seed)
    texts = [SHOP, MIGRATED, *(path.read_text() for path in sorted(_DOCUMENTS.glob("*.yaml")))]
    path = tmp_path / "compose.yaml"
    found = []
    for _ in range(10):
        path.write_text(mutated(source.choice(texts), source))
        found.append(refusal(path))
    located = re.compile(rf"{re.escape(str(path))}:(\d+: | this is YAML without a mapping `services`)")
    assert [each for each in found if each and not located.search(each)] == []
    assert any(found)
