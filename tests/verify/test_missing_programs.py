"""What the machine lacks the program for is not played, and says so by the program's name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if not sys.platform.startswith("linux"):  # pragma: no cover
    pytest.skip("there is no Linux kernel here", allow_module_level=True)

from vnetsim import Lab
from vnetsim.backends.linux import Kernel
from vnetsim.backends.linux.kernel import KernelUnavailable
from vnetsim.verify.hostside import needed, translated
from vnetsim.verify.plan import possible, programs, read

SCENARIO = Path(__file__).parent.parent.parent / "scenarios" / "09-published-ports.md"


def reasons(*absent: str) -> dict[str, str]:
    """Why commands of the scenario are skipped on a machine without these programs."""
    plan = possible(read(SCENARIO), frozenset(absent))
    return dict(translated(plan, Lab(docker=False), frozenset(absent)).plan.skipped)


def test_a_scenario_ends_where_a_container_runs_a_program_that_is_missing() -> None:
    told = reasons("busybox")
    assert told["curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8080/"] == (
        "this machine has no busybox, which runs in container web"
    )
    assert not any("busybox" in reason for reason in reasons().values())


def test_nothing_is_played_without_what_plays_the_engine() -> None:
    told = reasons("nsenter")
    assert set(told) >= set(read(SCENARIO).commands)
    assert all("this machine has no nsenter" in told[line] for line in read(SCENARIO).commands)


def test_a_command_is_skipped_whose_program_is_missing() -> None:
    assert (
        reasons("curl")["curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8080/"]
        == "this machine has no curl"
    )


def test_what_a_scenario_needs_is_asked_for() -> None:
    asked = {*programs(read(SCENARIO)), *needed(read(SCENARIO))}
    assert asked >= {"curl", "iptables", "ip", "busybox", "nsenter", "ss"}


@pytest.mark.parametrize("name", ["bash", "ip"])
def test_a_machine_without_a_shell_or_ip_is_no_machine_to_play_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "vnetsim.backends.linux.kernel.shutil.which", lambda asked, **_: None if asked == name else f"/bin/{asked}"
    )
    with pytest.raises(KernelUnavailable, match=f"cannot be played on this machine: it has no {name}"):
        Kernel()
