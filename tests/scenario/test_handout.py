"""Lab files: what students get, as a scenario of each command."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.errors import UsageError
from vnetsim.scenario.build import load
from vnetsim.scenario.checkpoint import load_checkpoint
from vnetsim.scenario.handout import Handout, encoded, opened
from vnetsim.scenario.script import ScenarioScript
from vnetsim.scenario.session import PlayOptions, run_files

TEXT = "# A\n\n```console\n$ ip link add v0 type veth peer name v1\n$ ip netns add red\n```\n"


def handout(tmp_path: Path, seed: int = 7) -> Path:
    path = tmp_path / "a.vlab"
    path.write_text(encoded(Handout("A", seed, TEXT)), encoding="utf-8")
    return path


def addresses(lab_or_seed: object) -> str:
    return str(lab_or_seed.run("cat /sys/class/net/v0/address").output)  # type: ignore[attr-defined]


def test_a_lab_file_is_what_was_written(tmp_path: Path) -> None:
    assert opened(str(handout(tmp_path))) == Handout("A", 7, TEXT)


def test_a_lab_file_is_a_scenario_with_its_seed(tmp_path: Path) -> None:
    path = str(handout(tmp_path))
    script = ScenarioScript.load(path)
    labs = [load(path), load_checkpoint(f"{path}@1"), script.play(script.lines)]
    assert len(set(map(addresses, labs))) == 1
    assert addresses(load(path, seed=8)) != addresses(labs[0])
    assert addresses(load(path, seed=0)) == addresses(load(handout(tmp_path, seed=0)))
    assert labs[0].run("ip netns").output == "red\n"


def test_run_plays_it_and_does_not_write_it(tmp_path: Path) -> None:
    path, text = handout(tmp_path), list[str]()
    assert run_files([path], text.append) == 0
    assert "".join(text).splitlines()[-1] == f"{path}: 2 commands, all as written"
    with pytest.raises(UsageError, match="a lab file is written by `vnetsim lesson LESSON --handout FILE`"):
        run_files([path], text.append, PlayOptions(update=True))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected a lab file, which is JSON"),
        ("[]", "expected a lab file, a JSON object with `vlab`"),
        ('{"vlab": 2}', "a lab file of form 2; this vnetsim reads form 1"),
        ('{"vlab": 1, "title": "A"}', "expected `title` and `lesson`, which are texts, and `seed`, a number"),
        (
            '{"vlab": 1, "title": "A", "seed": true, "lesson": ""}',
            "expected `title` and `lesson`, which are texts, and",
        ),
    ],
)
def test_what_is_no_lab_file_is_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.vlab"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        opened(str(path))
    assert str(caught.value).startswith(f"{path}: {sentence}")


def test_a_file_that_is_too_large_or_missing_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.vlab"
    path.write_bytes(b" " * 4_000_001)
    with pytest.raises(UsageError, match="expected a lab file of up to 4000000 bytes, found 4000001"):
        opened(str(path))
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        opened(str(tmp_path / "none.vlab"))
