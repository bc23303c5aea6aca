"""Servers that do not start with their configuration, as real ones did not (tests/recorded/servers/failures.json)."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from vnetsim import Lab

RECORDED = json.loads((Path(__file__).parents[2] / "recorded/servers/failures.json").read_text("utf-8"))["sessions"]
IMAGES = {"mosquitto": "eclipse-mosquitto"}
#: Which of its modules caddy names before that depends on chance.
ANY_OF_CADDY = "loading new config: "


def started(lab: Lab, recorded: dict[str, Any], name: str) -> None:
    mounts = ["-v /c/there.crt:/etc/nginx/there.crt"] if recorded["syntax"] == "nginx" else []
    for number, (path, text) in enumerate(recorded["files"].items()):
        lab.run(f"mkdir -p /c/{name}; printf %s {shlex.quote(text)} > /c/{name}/{number}")
        mounts.append(f"-v /c/{name}/{number}:{path}")
    command = recorded["command"] if recorded["syntax"] != "nginx" else ""
    image = IMAGES.get(recorded["syntax"], recorded["syntax"])
    assert lab.run(f"docker run -d --name {name} --network some {' '.join(mounts)} {image} {command}"), recorded


def ended(lab: Lab, name: str, recorded: dict[str, Any]) -> tuple[int | None, str]:
    state = lab.docker.container_inspect(name)["State"]
    printed = "".join(text for _, text in lab.docker.container_logs(name)).splitlines()
    lines = [each for each in printed if " [emerg] 1#1: " not in each]
    own = "\n".join(lines)
    text = own if recorded["syntax"] != "caddy" else own.rpartition("loading certificates")[2]
    return (None if state["Running"] else state["ExitCode"]), text


def test_it_ends_as_the_real_one_did_and_starts_where_that_did() -> None:
    lab = Lab()
    lab.run("docker network create some; mkdir -p /c; echo > /c/there.crt")
    for number, each in enumerate(RECORDED):
        started(lab, each, f"box{number}")
    lab.sleep(2)
    for number, each in enumerate(RECORDED):
        text = each["text"] if each["syntax"] != "caddy" else each["text"].rpartition("loading certificates")[2]
        assert ended(lab, f"box{number}", each) == (each["status"], text), each
    assert lab.shortfall.assumptions == ()


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Servers whose files are mounted, whose names others have, or that something else prepares."""
    lab = Lab()
    lab.run("docker network create some; mkdir -p /c/conf /c/certs /c/tls /c/d")
    pair = "server {{ listen 443 ssl; ssl_certificate {0}/a.crt; ssl_certificate_key {0}/a.key; }}"
    configurations = {
        "mounted": pair.format("/certs"), "outside": "server { location / { proxy_pass https://api.example.com; } }",
        "gateway": "upstream app { server host.docker.internal:80; }",
        "prepared": pair.format("/tls"), "made": pair.format("/tls"), "script": pair.format("/tls"),
        "late": "upstream app { server later:80; }",
    }  # fmt: skip
    for name, text in configurations.items():
        lab.run(f"mkdir -p /c/{name}; echo '{text}' > /c/{name}/default.conf")
    extra = {"mounted": "-v /c/certs:/certs", "prepared": "-v /c/d:/docker-entrypoint.d"}
    lab.run(
        "mkdir -p /b; printf 'FROM nginx\\nCOPY a /tls/other\\n' > /b/Dockerfile; echo > /b/a; docker build -t own /b"
    )
    for name in configurations:
        image = {"made": "own", "script": "nginx sh -c 'make-certs && nginx'"}.get(name, "nginx")
        mounts = f"{extra.get(name, '')} -v /c/{name}:/etc/nginx/conf.d"
        assert lab.run(f"docker run -d --name {name} --network some {mounts} {image}")
    lab.run("docker run -d --name later --network some nginx")
    lab.sleep(2)
    return lab


@pytest.mark.parametrize(
    ("name", "status", "assumed"),
    [
        ("mounted", None, "/certs/a.key, without which mounted does not start, is assumed to be there"),
        ("outside", None, "api.example.com, which outside looks up when it starts, is assumed to resolve"),
        ("late", None, "later, which late looks up when it starts, is assumed to run by then"),
        ("gateway", 1, ""),
        ("prepared", None, ""),
        ("made", None, "/tls/a.crt, without which made does not start, is assumed to be there"),
        ("script", None, ""),
    ],
)
def test_what_is_not_known_is_assumed(lab: Lab, name: str, status: int | None, assumed: str) -> None:
    state = lab.docker.container_inspect(name)["State"]
    assert (None if state["Running"] else state["ExitCode"]) == status
    assert not assumed or assumed in lab.shortfall.assumptions
    assert assumed or not any(f" {name} " in each for each in lab.shortfall.assumptions)


def test_a_server_that_its_engine_restarts_until_the_name_resolves_runs() -> None:
    lab = Lab()
    lab.run("docker network create some; mkdir -p /c; echo 'upstream a { server app; }' > /c/default.conf")
    lab.run("docker run -d --name web --network some --restart always -v /c:/etc/nginx/conf.d nginx")
    lab.sleep(3)
    lab.run("docker run -d --name app --network some traefik/whoami")
    lab.sleep(5)
    assert lab.docker.container_inspect("web")["State"]["Running"]
    assert lab.docker.container_inspect("web")["RestartCount"]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("redis --requirepass secret --save 60 1", ""),
        ("redis --save 60 1 --loglevel warning", ""),
        ("valkey/valkey --appendonly yes", ""),
        ("redis redis-server /none.conf --appendonly yes", "/none.conf"),
        ("redis redis-server --appendonly yes", ""),
    ],
)
def test_a_redis_has_a_file_as_its_first_argument_alone(command: str, path: str) -> None:
    lab = Lab()
    lab.run(f"docker run -d --name box -v /data:/data {command}")
    lab.sleep(0.5)
    state = lab.docker.container_inspect("box")["State"]
    assert (state["Running"], state["ExitCode"]) == ((True, 0) if not path else (False, 1))
    assert lab.run("docker logs box").output.strip() == (
        f"# Fatal error, can't open config file '{path}': No such file or directory" if path else ""
    )
