"""`docker stats --no-stream` and `docker top` beside a real engine's (recorded/engine/stats_top), figures aside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.record import record

RECORDED = Path(__file__).parents[2] / "recorded" / "engine"
#: What ps prints with these is not modelled.
NOT_MODELLED = ("top web -Z-9", "top web -l", "top web -p 1")


def blurred(text: str) -> str:
    text = re.sub(r"\b[0-9a-f]{64}\b", "ID", text)
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b", "SHORT", text)
    return re.sub(r" +", " ", re.sub(r"\b\d+(:\d\d|\.\d+)?[kKMG]?i?B?\b", "N", text))


def test_all_but_figures_is_as_recorded() -> None:
    real = json.loads((RECORDED / "stats_top.json").read_text("utf-8"))["steps"]
    script = (RECORDED / "scripts" / "stats_top.sh").read_text("utf-8")
    ours = record("docker", "stats_top", script)["steps"]
    for one, other in zip(real, ours, strict=True):
        if not one.get("cmd", "").endswith(NOT_MODELLED) and "cmd" in one:
            expected = (one["cmd"], one["rc"], blurred(one["stdout"]), blurred(one["stderr"]))
            assert (other["cmd"], other["rc"], blurred(other["stdout"]), blurred(other["stderr"])) == expected


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("docker run -d --name web -m 64m nginx; docker run -d --name shut --network none nginx")
    return lab


def test_packets_are_counted_and_limits_shown(lab: Lab) -> None:
    before = lab.docker.container_usage("web")["networks"]["eth0"]["rx_bytes"]
    lab.run("docker run --rm alpine ping -c 1 172.17.0.2")
    assert lab.docker.container_usage("web")["networks"]["eth0"]["rx_bytes"] > before
    shown = lab.run("docker stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.NetIO}}' shut web").stdout
    assert re.fullmatch(r"shut 0B / \d+GiB 0B / 0B\nweb 0B / 64MiB [\d.]+k?B / [\d.]+k?B\n", shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("stats web", "vnetsim: not modelled: docker stats without --no-stream"),
        ("stats --no-stream web nope", "Error response from daemon: No such container: nope"),
        ("stats --no-stream --format '{{.}}' web", "vnetsim: not modelled: {{.}} in a template for rows"),
    ],
)
def test_what_is_refused(lab: Lab, words: str, message: str) -> None:
    refused = lab.run(f"docker {words}")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", f"{message}\n")
