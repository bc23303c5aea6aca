"""What a campaign finds becomes a file: the smallest scenario, with the real machine's answers where they differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.backends.acts import Act, CaptureAct, CommandAct, PauseAct, StopAct
from vnetsim.errors import UsageError
from vnetsim.scenario import differences, load, play
from vnetsim.verify.keep import keep
from vnetsim.verify.outcome import Checked
from vnetsim.verify.plan import read

ACTS: tuple[Act, ...] = (CommandAct("ip link add v0 type veth peer name v1"), PauseAct(1.2), CommandAct("ip route"))
REAL = [
    {"cmd": "ip link add v0 type veth peer name v1", "rc": 0, "stdout": "", "stderr": "", "seconds": 0.01},
    {"cmd": "ip route", "rc": 0, "stdout": "default via 10.0.0.1 dev v0\n", "stderr": "", "seconds": 0.01},
]
STEP = Checked("ip route", "rc", ("-default via 10.0.0.1 dev v0",), (0, 0))


def test_it_is_a_session_that_the_simulator_plays_and_that_shows_the_difference(tmp_path: Path) -> None:
    path = keep(tmp_path / "new", 3, STEP, ACTS, REAL, [STEP])
    assert path.name == "03-ip-route.session"
    document = load(path)
    found = differences(document, play(document, Lab(docker=False)))
    assert [difference.command.text for difference in found] == ["ip route"]
    assert "default via 10.0.0.1 dev v0" in path.read_text("utf-8")
    assert read(path).acts == ACTS


def test_who_watches_frames_is_kept_as_a_script(tmp_path: Path) -> None:
    acts = (ACTS[0], CaptureAct("a", "eth0"), CommandAct("ip link"), StopAct())
    path = keep(tmp_path, 1, Checked("ip -n a neigh show dev x", "rc"), acts, REAL, [])
    assert path.name == "01-ip-neigh-show.sh"
    assert read(path).acts == acts


def test_a_place_that_is_no_directory_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written: (File exists|Not a directory)"):
        keep(tmp_path / "file", 1, STEP, ACTS, REAL, [STEP])
