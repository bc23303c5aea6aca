"""`vnetsim lesson` and `vnetsim grade`: the way from the teacher to the student and back."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from vnetsim.cli import main


def vnetsim(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=typed)


def test_a_lab_is_handed_out_worked_on_and_graded(tmp_path: Path) -> None:
    lab, work, page = tmp_path / "cable.vlab", tmp_path / "anna.work", tmp_path / "class.html"
    assert vnetsim("lesson", "1", "--handout", str(lab)).exit_code == 0
    typed = "ip link add veth-red type veth peer name veth-blue netns blue\nip link set veth-red netns red\ncheck\n"
    going = vnetsim("lesson", str(lab), typed=f"{typed}solution\nsave {work}\n")
    assert "done: Each namespace has an end of a cable\n" in going.output
    assert "vnetsim: solution: this file has none for this step\n" in going.output
    assert going.exit_code == 1
    found = vnetsim("grade", "1", str(work), str(work), "--json", "--html", str(page), "-j", "2")
    assert [each["points"] for each in json.loads(found.output)["works"]] == [1, 1]
    assert found.exit_code == 0
    assert "<table>" in page.read_text()


def test_the_exit_status_tells_a_bad_mark_from_none(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.sh", tmp_path / "bad.work"
    good.write_text("#!/bin/sh\nip netns list\n")
    bad.write_text("{}")
    assert vnetsim("grade", "1", str(good)).exit_code == 0
    assert vnetsim("grade", "1", str(good), "--pass", "50").exit_code == 1
    found = vnetsim("grade", "1", str(good), str(bad))
    assert found.exit_code == 2
    assert f"{bad}: {bad}: expected the work of a student" in found.output


def test_without_works_the_solution_is_graded() -> None:
    assert vnetsim("grade", "1").output.startswith("solution: 3 of 3 points\n")


def test_what_makes_no_sense_is_one_sentence(tmp_path: Path) -> None:
    assert vnetsim("lesson", "1", "--handout", str(tmp_path / "a.txt")).output == (
        f"vnetsim: --handout {tmp_path / 'a.txt'}: expected a name that ends in .vlab\n"
    )
    found = vnetsim("lesson", "zero")
    assert (found.exit_code, found.output[:40]) == (2, "vnetsim: there is no lesson 'zero'; ther")


def test_the_list_names_all() -> None:
    assert vnetsim("lesson", "--list").output.splitlines()[0] == "01-two-namespaces"
