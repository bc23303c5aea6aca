"""A compose file as a plan: what its commands make is what `docker compose up` makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.failures import IncompleteLab
from vnetsim.scenario.build import load
from vnetsim.verify.plan import read

SHOP = """services:
  web: {image: nginx, ports: ["8080:80"], networks: [front, back], volumes: ["data:/x"]}
  db: {image: postgres, entrypoint: [sleep], command: infinity, networks: {back: {ipv4_address: 172.30.1.9}}}
  client: {image: alpine, command: sleep infinity, networks: [front]}
networks:
  front:
  back: {internal: true, ipam: {config: [{subnet: 172.30.1.0/24}]}}
volumes: {data: }
"""
_ADDRESSES = "docker inspect -f '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{$e.IPAddress}} {{end}}' "


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "compose.yaml").write_text(SHOP)
    return tmp_path / "shop"


def test_the_commands_make_the_same_lab(shop: Path) -> None:
    plan, composed, typed = read(shop), load(shop), Lab.docker_host()
    for line in plan.commands:
        if line.startswith(("docker network c", "docker create", "docker start")):
            typed.run(line, expected=0)
    for name in ("shop-web-1", "shop-db-1", "shop-client-1"):
        assert typed.run(_ADDRESSES + name).stdout == composed.run(_ADDRESSES + name).stdout
    assert typed.run("docker port shop-web-1").stdout == composed.run("docker port shop-web-1").stdout
    assert [plan.kind, plan.session] == ["docker", False]


def test_it_asks_who_reaches_whom_and_says_what_it_leaves_out(shop: Path) -> None:
    plan = read(shop / "compose.yaml")
    assert {"docker port shop-web-1", "iptables -t nat -S", "nc -z -w 2 127.0.0.1 8080"} <= set(plan.commands)
    assert "docker exec shop-client-1 ping -c 1 -W 1 shop-db-1" in plan.commands
    assert not any("com.docker.compose" in line or "/x" in line for line in plan.commands)
    assert [what for what, _ in plan.skipped] == ["the volumes of shop-web-1", "the volumes of shop-db-1"]


def test_a_file_that_does_not_come_up_has_no_plan(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx, networks: [gone]}}\n")
    with pytest.raises(IncompleteLab, match="gone"):
        read(tmp_path / "compose.yaml")


def test_what_was_prepared_is_made_as_it_was_typed(shop: Path) -> None:
    (shop / "compose.yaml").write_text(SHOP.replace("front:\n", "front: {external: true, name: edge}\n"))
    network, container = "docker network create edge", "docker run -d --name proxy --network edge nginx"
    (shop / "vnetsim.yaml").write_text(
        "".join(
            [
                "compose:\n  prepare:\n",
                *(f"    - {each}\n" for each in (network, container, "docker volume create data")),
            ]
        )
    )
    plan = read(shop)
    assert plan.commands[:3] == (
        network,
        container,
        "docker network create --internal --subnet 172.30.1.0/24 shop_back",
    )
    assert not any(
        "--name proxy" in line or line.startswith("docker network create edge") for line in plan.commands[2:]
    )
    assert [what for what, _ in plan.skipped] == [
        "`docker volume create data`",
        "the volumes of shop-web-1",
        "the volumes of shop-db-1",
    ]
