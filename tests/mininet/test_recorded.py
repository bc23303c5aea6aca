"""Programs that ran with the real Mininet print the same on a simulated machine (tests/recorded/mininet)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vnetsim.mininet.dropin import main

RECORDED = Path(__file__).parents[1] / "recorded" / "mininet"
#: What is a machine's own: times, numbers of processes and devices, random addresses, loaded modules.
_OWN = (
    (r"\r\n", "\n"),
    (r"^Warning: Linux bridge may not work .*\n", ""),
    (r"^vnetsim: .*\n|^  \S+\.py:\d+: .*\n", ""),
    (r"time=[\d.]+ ms", "time=T"),
    (r"time \d+ms", "time T"),
    (r"= [\d.]+(/[\d.]+){3} ms", "= R"),
    (r"[\d.]+ ms", "T ms"),
    (r"pid=\d+", "pid=P"),
    (r"@if\d+ *", "@ifN "),
    (r"link-netns(id)? \w+", "link-netns X"),
    (r"\b\d+: (\w)", r"N: \1"),
    (r"(?!00:00:00|ff)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", "M"),
)


def comparable(text: str) -> str:
    for pattern, replacement in _OWN:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def ran(script: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """Both outputs of a program, in the order in which they were written."""
    main([str(script)])
    captured = capfd.readouterr()
    assert not captured.err
    return captured.out


@pytest.mark.parametrize("name", sorted(path.stem for path in RECORDED.glob("*.script")))
def test_a_program_prints_what_it_printed_with_mininet(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / f"{name}.py"
    script.write_text((RECORDED / f"{name}.script").read_text("utf-8"), "utf-8")
    monkeypatch.setattr("sys.stderr", __import__("sys").stdout)
    assert comparable(ran(script, capfd)) == comparable((RECORDED / f"{name}.recorded").read_text("utf-8"))


def test_a_program_that_prints_something_else_is_seen() -> None:
    recorded = (RECORDED / "router.recorded").read_text("utf-8")
    assert comparable(recorded) != comparable(recorded.replace("0% dropped", "50% dropped"))
    assert comparable(recorded) != comparable(recorded.replace("172.16.0.1", "172.16.0.2"))
