"""What is on the disk: layers are counted once, what containers wrote is counted."""

from __future__ import annotations

import asyncio

from tests.serve.clients import served
from vnetsim import Lab


def test_layers_of_several_images_are_counted_once() -> None:
    lab = Lab()
    lab.run("docker pull alpine")
    before = lab.docker.system_disk_usage()["LayersSize"]
    lab.run("printf 'FROM alpine\\nRUN echo 12345 > /x\\n' | docker build -t own -")
    usage = lab.docker.system_disk_usage()
    images = {one["RepoTags"][0]: one for one in usage["Images"]}
    base = images["alpine:latest"]["Size"]
    assert usage["LayersSize"] == before + 6
    assert (images["own:latest"]["Size"], images["own:latest"]["SharedSize"]) == (base + 6, base)
    assert {one["Containers"] for one in usage["Images"]} == {0}


def test_what_containers_wrote_and_who_uses_volumes() -> None:
    lab = Lab()
    lab.run(
        "docker run -d --name web -v vol:/data nginx; docker exec web sh -c 'echo 12345 > /tmp/x; echo 1 > /data/y'"
    )
    lab.run("docker create --name made nginx; docker volume create free")
    usage = lab.docker.system_disk_usage()
    assert {one["Names"][0]: one.get("SizeRw") for one in usage["Containers"]} == {"/web": 6, "/made": None}
    assert {one["Name"]: one["UsageData"]["RefCount"] for one in usage["Volumes"]} == {"vol": 1, "free": 0}


def test_the_api_shows_the_kinds_that_are_asked_for() -> None:
    async def play() -> None:
        async with served(Lab.docker_host(has_registry=False)) as client:
            whole, part = await client.get("/system/df"), await client.get("/system/df?type=volume")
            assert list(whole) == ["LayersSize", "Images", "Containers", "Volumes", "BuildCache"]
            assert whole["LayersSize"] > 0
            assert [part[key] for key in whole] == [0, None, None, [], None]
            assert (await client.ask("GET", "/system/df?type=nope")).status == 400

    asyncio.run(play())


def test_the_size_of_a_container_is_shown_where_it_is_asked_for() -> None:
    """As recorded (docker/templates_lists): a template that shows it asks for it, the format `json` does not."""
    lab = Lab()
    lab.run("docker run -d --name web alpine sleep 1d; docker exec web sh -c 'echo 12345 > /tmp/x'")
    shown = "6B (virtual 126MB)"
    for command in ("docker ps -s", "docker ps --format '{{.Size}}'", "docker ps --format '{{json .}}'"):
        assert shown in lab.run(command).stdout
    for command in ("docker ps --format json", "docker ps --size=false --format '{{.Size}}'"):
        assert shown not in lab.run(command).stdout
    assert lab.run("docker inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' web").stdout == "6 125572429\n"


def test_the_api_answers_with_sizes_where_it_is_asked_for_them() -> None:
    async def play() -> None:
        lab = Lab()
        lab.run("docker run -d --name web alpine sleep 1d; docker exec web sh -c 'echo 12345 > /tmp/x'")
        async with served(lab) as client:
            sizes = {"SizeRw": 6, "SizeRootFs": 125572429}
            assert (await client.get("/containers/json?size=1"))[0].items() >= sizes.items()
            assert (await client.get("/containers/web/json?size=1")).items() >= sizes.items()
            assert "SizeRootFs" not in (await client.get("/containers/json"))[0]

    asyncio.run(play())
