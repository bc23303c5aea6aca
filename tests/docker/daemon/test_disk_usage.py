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
