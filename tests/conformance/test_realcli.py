"""A few recordings with the real docker program; all of them: `python -m tests.conformance.realcli`.

Its floors are of docker 28.2.2 of Docker Inc.: another version says some things in other words.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.conformance.realcli import FLOOR, REASONS, VERSION
from tests.conformance.realcli.play import differences, play
from tests.recorded.floor import HERE
from vnetsim.verify.fidelity import reason
from vnetsim.verify.judge import steps_of

#: Short ones: names and errors, an attached run, files of the host, an engine that is stopped and started.
SAMPLE = ("bridge_internal", "dns_short_id", "seed_walkthrough")


def client() -> str:
    """The docker program, or the test is skipped."""
    found = shutil.which("docker")
    if found is None or sys.platform == "win32":
        pytest.skip("there is no docker program here")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    if f" {VERSION}," not in said:
        pytest.skip(f"docker {VERSION} is needed, this is {said.strip() or 'none'}")
    return found


@pytest.mark.parametrize("name", SAMPLE)
def test_the_real_client_answers_as_vnetsims_own(name: str) -> None:
    played = play(f"docker/{name}", client())
    steps = differences(f"docker/{name}", played)
    others = [f"$ {step.real.command}\n" + "\n".join(step.diff) for step in steps if step.verdict != "same"]
    assert len(steps) - len(others) >= json.loads(FLOOR.read_text("utf-8"))[name], "\n".join(others)
    assert played.complaints == ()
    assert played.calls


def test_each_recording_whose_steps_differ_has_a_reason_that_fits_one_of_them() -> None:
    known, floor = json.loads(REASONS.read_text("utf-8")), json.loads(FLOOR.read_text("utf-8"))
    assert floor.keys() == {path.stem for path in (HERE / "docker").glob("*.json")}
    for name, same in floor.items():
        steps = steps_of(json.loads((HERE / f"docker/{name}.json").read_text("utf-8")))
        commands = [step.command for step in steps if not step.varies]
        assert same == len(commands) or name in known, f"say why in reasons.json: {name}"
        for part in known.get(name, {}):
            assert any(part in command for command in commands), (name, part)
        covered = sum(reason(known, name, command) is not None for command in commands)
        assert same >= len(commands) - covered, f"say why in reasons.json: {name}"


def test_a_program_that_is_no_client_is_told_apart() -> None:
    """The comparison would see it: nothing is the same."""
    client()
    steps = differences("docker/bridge_internal", play("docker/bridge_internal", shutil.which("false") or "false"))
    assert not any(step.verdict == "same" for step in steps if step.real.command.startswith("docker network create"))
