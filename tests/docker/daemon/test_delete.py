"""Waiting for containers beside a real engine's answers (recorded/api/api_wait; Docker Engine 28.5.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.errors import EngineError

RECORDED = Path(__file__).parents[2] / "recorded" / "api" / "api_wait.json"
#: `w CONTAINER CONDITION NAME` of the script asks for /containers/CONTAINER/wait?condition=CONDITION.
_WAITS = re.compile(r"w (\w+) ([\w-]+) (\w+) &")
_ANSWER = re.compile(r'==> (\w+) <==\n(?:\{"StatusCode":(\d+)\}\n)?')


def _wait(lab: Lab, container: str, condition: str, answers: dict[str, str], name: str) -> None:
    """Begin to wait."""

    def program() -> Generator[Any, Any, int]:
        answer = yield from lab.docker.engine.container_wait(container, condition)
        answers[name] = str(answer["StatusCode"])
        return 0

    answers[name] = ""
    lab.clock.spawn(program())


def test_each_condition_is_met_when_a_real_engine_says_so() -> None:
    lab, answers, compared = Lab.docker_host(), dict[str, str](), 0
    for step in json.loads(RECORDED.read_text("utf-8"))["steps"]:
        command = step.get("cmd", "")
        for container, condition, name in _WAITS.findall(command):
            _wait(lab, container, condition, answers, name)
        if command.startswith("rm /tmp/w16/*"):
            answers.clear()
        elif command.startswith("docker"):
            assert lab.run(command).exit_code == step["rc"]
        elif "sleep" in command:
            lab.run(f"sleep {re.findall('sleep ([0-9.]+)', command)[0]}")
            assert answers == dict(_ANSWER.findall(step["stdout"]))
            compared += len(answers)
    assert compared == 3 * 13 + 3 * 8


def test_who_stops_waiting_is_forgotten() -> None:
    lab = Lab()
    lab.run("docker run -d --name web alpine sleep 1d")
    for condition in ("next-exit", "removed"):
        waiting = lab.docker.engine.container_wait("web", condition)
        next(waiting)
        waiting.close()
    lab.run("docker stop -t 0 web")
    assert lab.run("docker wait web").stdout == "137\n"


def test_what_is_removed_already_has_its_status_by_its_full_id_only() -> None:
    lab = Lab()
    identifier = lab.run("docker run -d --rm --name once alpine sh -c 'exit 3'").stdout.strip()
    lab.run("sleep 1")
    assert lab.docker.container_wait(identifier, "removed") == {"StatusCode": 3}
    with pytest.raises(EngineError, match="No such container: once"):
        lab.docker.container_wait("once", "removed")


def test_waiting_takes_no_event_of_its_own() -> None:
    """A client that waits for a day costs what one costs that waits for a second."""
    lab = Lab()
    lab.run("docker run -d --name web alpine sleep 1d")
    _wait(lab, "web", "removed", {}, "w")
    _wait(lab, "web", "next-exit", {}, "x")
    lab.run("sleep 60")  # until the neighbours of the start are known
    assert lab.clock.advance(lab.clock.now() + 600 * SECOND, 50)
