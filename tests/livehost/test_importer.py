"""What an import does not take over is an assumption of each answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner

from vnetsim.cli import main

HOST = Path(__file__).parent.parent / "recorded" / "hosts" / "router" / "host"
CARD = "eth0: a veth whose other end was not collected; behind it is a namespace lan of one machine"


def test_answers_name_what_is_not_taken_over(tmp_path: Path) -> None:
    host = Path(shutil.copytree(HOST, tmp_path / "copy"))
    with (host / "notes").open("a") as notes:
        notes.write("host/iptables.save: iptables-save is not installed\n")
    result = CliRunner().invoke(main, ["reach", str(host), "--format", "json", "--port", "icmp"])
    answers = json.loads(result.stdout)["assumptions"]
    assert [each for each in answers if "br_netfilter" not in each] == [
        CARD,
        "not collected: host/iptables.save: iptables-save is not installed",
    ]
    assert any(each.startswith("vm: br_netfilter is assumed to be loaded") for each in answers)


def test_so_do_those_about_the_script_of_an_import(tmp_path: Path) -> None:
    script = tmp_path / "router.sh"
    script.write_text(CliRunner().invoke(main, ["import", str(HOST)]).stdout, "utf-8")
    result = CliRunner().invoke(main, ["reach", str(script), "--port", "icmp"])
    assert f"vnetsim: {CARD}" in result.stderr
