"""Images by the API."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from typing import Any

import pytest

from tests.serve.clients import Reply, served


def test_a_pull_reports_its_progress_in_lines_of_json() -> None:
    async def main() -> None:
        async with served() as client:
            body = (await client.ask("POST", "/images/create?fromImage=alpine&tag=3.10")).body
            lines = [json.loads(line) for line in body.splitlines()]
            assert lines[0] == {"status": "Pulling from library/alpine", "id": "3.10"}
            assert lines[-1] == {"status": "Status: Downloaded newer image for alpine:3.10"}
            assert "alpine:3.10" in (await client.get("/images/alpine:3.10/json"))["RepoTags"]

    asyncio.run(main())


def archive(**files: str) -> bytes:
    """A context: the files by their names, with `_` for a dot."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("_", "."))
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def lines(reply: Reply) -> list[dict[str, Any]]:
    return [json.loads(line) for line in reply.body.splitlines()]


def test_an_image_is_built_run_saved_removed_and_loaded() -> None:
    async def main() -> None:
        async with served() as client:
            context = archive(Dockerfile="FROM alpine\nARG A=1\nENV B=$A\nCOPY a.txt /a\nEXPOSE 80\n", a_txt="hello")
            built = await client.ask("POST", '/build?t=app:1&buildargs={"A":"2"}&labels={"x":"y"}', context)
            assert built.status == 200
            assert lines(built)[-1] == {"stream": "Successfully tagged app:1\n"}
            config = (await client.get("/images/app:1/json"))["Config"]
            assert ("B=2" in config["Env"], config["Labels"], list(config["ExposedPorts"])) == (
                True,
                {"x": "y"},
                ["80/tcp"],
            )
            history = await client.get("/images/app:1/history")
            assert "EXPOSE 80" in history[1]["CreatedBy"] or "EXPOSE map[80" in history[1]["CreatedBy"]
            saved = await client.ask("GET", "/images/app:1/get")
            with tarfile.open(fileobj=io.BytesIO(saved.body)) as tar:
                assert "manifest.json" in tar.getnames()
            assert (await client.ask("DELETE", "/images/app:1?force=1")).status == 200
            assert (await client.ask("GET", "/images/app:1/json")).status == 404
            assert lines(await client.ask("POST", "/images/load", saved.body))[-1] == {
                "stream": "Loaded image: app:1\n"
            }
            assert (await client.ask("GET", "/images/app:1/json")).status == 200

    asyncio.run(main())


def test_a_build_that_fails_says_so_in_its_stream() -> None:
    async def main() -> None:
        async with served() as client:
            reply = await client.ask("POST", "/build", archive(Dockerfile="FROM alpine\nRUN exit 3\n"))
            assert reply.status == 200
            message = "The command '/bin/sh -c exit 3' returned a non-zero code: 3"
            assert lines(reply)[-1] == {"errorDetail": {"code": 3, "message": message}, "error": message}

    asyncio.run(main())


def test_what_is_not_modelled_ends_the_stream_of_a_build_that_has_begun() -> None:
    async def main() -> None:
        async with served() as client:
            dockerfile = "FROM alpine\nADD https://example.com/a.tar.gz /tmp/\n"
            reply = await client.ask("POST", "/build", archive(Dockerfile=dockerfile))
            message = "vnetsim: not modelled: ADD of https://example.com/a.tar.gz"
            assert reply.status == 200
            assert lines(reply)[0] == {"stream": "Step 1/2 : FROM alpine"}
            assert lines(reply)[-1] == {"errorDetail": {"message": message}, "error": message}

    asyncio.run(main())


@pytest.mark.parametrize(("asked", "count"), [("/build", 1), ("/build?q=1", 0)])
def test_a_run_that_is_not_played_is_a_warning_in_the_stream_unless_it_is_quiet(asked: str, count: int) -> None:
    said: list[str] = []

    async def main() -> Reply:
        async with served(complain=said.append) as client:
            return await client.ask("POST", asked, archive(Dockerfile="FROM alpine\nRUN true\nRUN find x\n"))

    reply = asyncio.run(main())
    [sentence] = said
    assert sentence.startswith("vnetsim: RUN 'find x' on alpine is not played (find): assumed to succeed")
    assert [line for line in lines(reply) if "Warning" in line.get("stream", "")] == [
        {"stream": f"[Warning] {sentence}\n"}
    ] * count


def test_an_archive_that_is_none_is_an_error_in_the_stream() -> None:
    async def main() -> None:
        async with served() as client:
            reply = await client.ask("POST", "/images/load", b"abc")
            assert (reply.status, lines(reply)[-1]["error"]) == (200, lines(reply)[-1]["errorDetail"]["message"])

    asyncio.run(main())


def test_an_image_without_layers_is_inspected_as_recorded() -> None:
    async def main() -> None:
        async with served() as client:
            await client.ask("POST", "/build?t=scratchy&rm=False", archive(Dockerfile="FROM scratch\nLABEL a=b\n"))
            found = await client.get("/images/scratchy/json")
            assert (found["GraphDriver"], found["RootFS"]) == ({"Data": None, "Name": "overlay2"}, {"Type": "layers"})

    asyncio.run(main())


def test_a_container_is_committed_and_a_file_system_imported() -> None:
    async def main() -> None:
        async with served() as client:
            made = await client.ask("POST", "/containers/create?name=box", json.dumps({"Image": "alpine"}).encode())
            assert made.status == 201
            committed = await client.ask("POST", "/commit?container=box&repo=mine&tag=2&comment=hi")
            assert committed.status == 201
            assert (await client.get("/images/mine:2/json"))["Comment"] == "hi"
            imported = await client.ask("POST", "/images/create?fromSrc=-&repo=fs&tag=1", archive(a_txt="x"))
            assert lines(imported)[-1]["status"].startswith("sha256:")
            assert "fs:1" in (await client.get("/images/fs:1/json"))["RepoTags"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/images/none/get", 404), ("POST", "/commit?container=none", 404),
     ("POST", "/build", 500), ("POST", "/build?buildargs=x", 400), ("POST", "/build?buildargs=[]", 400)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(method: str, path: str, status: int) -> None:
    async def main() -> None:
        async with served() as client:
            reply = await client.ask(method, path)
            assert (reply.status, bool(reply.message)) == (status, True)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/images/nginx/push"), ("GET", "/images/search"), ("POST", "/build?version=2"),
     ("POST", "/build?remote=http://x"), ("POST", "/images/create?fromSrc=http://x"), ("POST", "/grpc"),
     ("POST", "/images/create?fromImage=moby/buildkit&tag=buildx-stable-1")],
)  # fmt: skip
def test_what_is_not_modelled_is_refused_by_name(method: str, path: str) -> None:
    async def main() -> None:
        async with served() as client:
            reply = await client.ask(method, path, headers={"upgrade": "h2c"})
            assert reply.status == 501
            assert reply.message.startswith("vnetsim: not modelled: ")

    asyncio.run(main())
