"""Options of builds beside a real engine's answers (recorded/api/build_options; engine 28.5.2 with client 28.2.2)."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.serve.clients import served
from vnetsim import Lab
from vnetsim.docker.api.build import BuildOptions
from vnetsim.docker.daemon.build_options import check_options
from vnetsim.docker.images.layers import archive
from vnetsim.errors import EngineError, NotModelled

DOCKERFILE = "FROM nettools\nENV a=b\nRUN true\n"
RECORDING = Path(__file__).parents[2] / "recorded" / "api" / "build_options.json"
STEPS: list[dict[str, Any]] = [step for step in json.loads(RECORDING.read_text("utf-8"))["steps"] if "cmd" in step]
#: A real engine builds with these what is not modelled here, or is told that no JSON is one in another sentence.
REFUSED = ("--platform linux/arm64", "--platform nope/nope", "--platform windows",
           "platform=linux/arm64", "version=2")  # fmt: skip
OTHERWISE = ("cachefrom=nope", "ulimits=nope")


def test_the_client_answers_as_the_real_one() -> None:
    lab = Lab.docker_host(has_registry=False)
    lab.run(f"mkdir /tmp/bo; printf '{DOCKERFILE}' > /tmp/bo/Dockerfile")
    for step in STEPS:
        if "docker build" not in step["cmd"]:
            continue
        result = lab.run(step["cmd"])
        if any(words in step["cmd"] for words in REFUSED):
            assert "vnetsim: not modelled: docker build --" in result.stderr
        else:
            said = [text.rpartition("\n\n")[2] for text in (result.stderr, step["stderr"])]
            assert (step["cmd"], result.exit_code, said[0]) == (step["cmd"], step["rc"], said[1])


def test_the_engine_answers_as_the_real_one() -> None:
    body = archive([("Dockerfile", DOCKERFILE)])

    async def play() -> None:
        async with served(Lab.docker_host(has_registry=False)) as client:
            for step in STEPS:
                target = re.search(r"http://d/v1\.51(/build\?\S+)'", step["cmd"])
                if target is None:
                    continue
                reply = await client.ask("POST", target[1], body)
                *lines, status = step["stdout"].splitlines()
                if any(words in target[1] for words in REFUSED):
                    assert (reply.status, reply.message[:8]) == (501, "vnetsim:")
                elif any(words in target[1] for words in OTHERWISE):
                    assert reply.status == int(status)
                else:
                    shown = reply.body.decode().splitlines()
                    assert (reply.status, blurred(shown)) == (int(status), blurred(lines)), target[1]

    asyncio.run(play())


def blurred(lines: list[str]) -> list[Any]:
    return [json.loads(re.sub(r"[0-9a-f]{64}|\b[0-9a-f]{12}\b", "ID", line)) for line in lines]


@pytest.mark.parametrize("platform", ["", "linux", "linux/amd64", "Linux/AMD64", "linux/x86_64"])
def test_the_platform_of_the_machine_is_taken(platform: str) -> None:
    check_options(BuildOptions(platform=platform, isolation="default"))


@pytest.mark.parametrize("options", [{"platform": "linux/arm64"}, {"platform": "windows"}])
def test_what_is_not_modelled_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(NotModelled):
        check_options(BuildOptions(**options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"squash": True}, "squash is only supported with experimental mode"),
        ({"platform": "a/b/c/d"}, '"a/b/c/d": cannot parse platform specifier: invalid argument'),
        ({"isolation": "hyperv"}, 'unsupported isolation: "hyperv"'),
        ({"security": ("label=x",)}, "security options are not supported on linux"),
    ],
)
def test_what_the_engine_refuses(options: dict[str, Any], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        check_options(BuildOptions(**options))
    assert (refused.value.status, refused.value.message) == (400, message)
