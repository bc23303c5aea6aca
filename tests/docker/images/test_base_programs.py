"""The public alpine, busybox and debian, recorded on Engine 28.5.2: what stays up, what is there.

Recorded were alpine 3.20.3 and busybox 1.38.0 with the root file systems of their public repositories, and debian with
what debootstrap makes of trixie; ubuntu could not be recorded.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.docker import images
from vnetsim.docker.images import base_programs
from vnetsim.record import Recorder, lab_for
from vnetsim.verify.fidelity import reason, reasons
from vnetsim.verify.judge import judge

RECORDED = Path(__file__).parents[2] / "recorded"
REASONS = reasons(RECORDED)


@pytest.mark.parametrize("name", ["bases", "applets", "ip", "ash", "refused"])
def test_each_step_is_as_recorded_or_says_why_not(name: str) -> None:
    real = json.loads((RECORDED / "public" / f"{name}.json").read_text("utf-8"))
    script = (RECORDED / "public" / "scripts" / f"{name}.sh").read_text("utf-8")
    steps = judge(real, {"steps": Recorder(lab_for("docker", script, complete=True)).play(script)})
    wrong = {step.real.command: step.diff for step in steps if step.verdict != "same"}
    unexplained = {command: diff for command, diff in wrong.items() if not reason(REASONS, f"public/{name}", command)}
    assert unexplained == {}
    stale = [part for part in REASONS.get(f"public/{name}", {}) if not any(part in command for command in wrong)]
    assert stale == [], "these are the same by now"


@pytest.mark.parametrize(
    ("command", "status", "text"),
    [
        ("apk add curl", 127, "vnetsim: not modelled: the program apk"),
        ("sh -c 'apk add curl'", 127, "vnetsim: not modelled: the program apk"),
        ("sh -c '[[ a == a ]]'", 127, "vnetsim: not modelled"),
        ("sh -c 'A=abc; echo ${A:1:1}'", 2, "vnetsim: not modelled: the expansion"),
        ("ip tunnel", 1, "vnetsim: not modelled: busybox ip tunnel"),
        ("nslookup -type=mx web", 1, "vnetsim: not modelled: busybox nslookup -type=mx"),
        ("curl localhost", 127, 'exec: "curl": executable file not found in $PATH'),
    ],
)
def test_what_the_real_one_has_and_vnetsim_lacks_is_not_called_missing(command: str, status: int, text: str) -> None:
    lab = Lab()
    lab.run("docker run -d --name box alpine sleep infinity", expected=0)
    answer = lab.run(f"docker exec box {command}")
    assert (answer.exit_code, text in answer.output) == (status, True), answer.output


def test_every_program_that_vnetsim_runs_in_a_base_is_in_its_file_system() -> None:
    assert {"ping", "ip", "nc", "wget", "nslookup"} <= base_programs.ALPINE & base_programs.BUSYBOX
    assert not {"ip", "ping", "curl", "wget", "nc", "ss", "ps"} & base_programs.DEBIAN
    assert {"ps", "top", "sysctl"} <= base_programs.UBUNTU - base_programs.DEBIAN
    assert {image.name: image.command for image in images.BASES.values()} == {
        "alpine": ("/bin/sh",), "busybox": ("sh",), "debian": ("bash",), "ubuntu": ("/bin/bash",),
    }  # fmt: skip


def test_a_tag_changes_nothing() -> None:
    lab = Lab()
    for name, image in (("one", "alpine:3.12"), ("two", "docker.io/library/alpine"), ("three", "busybox:musl")):
        lab.run(f"docker run -d --name {name} {image}", expected=0)
    lab.sleep(1)
    assert lab.run("docker ps -a --format '{{.State}}'").stdout == "exited\n" * 3
