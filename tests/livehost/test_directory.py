"""Files of a collected host that are missing or damaged: one sentence, exit status 2."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main

ROUTER = Path(__file__).parent.parent / "recorded" / "hosts" / "router" / "host"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROUTER, tmp_path / "copy"))


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("versions", "hostname x\n", "versions: expected a line `format 1`, as the script of `vnetsim collect` writes"),
        ("namespaces", "web\n", "namespaces:1: expected DIRECTORY KIND INODE, the host's first, found 'web'"),
        ("host/link.json", None, "host/link.json: there is no such file: expected the output of `ip -j -d link show`"),
        ("host/link.json", "[{]", "host/link.json: expected the JSON of `ip -j -d link show`: "),
        ("host/link.json", '{"a": 1}', "host/link.json: expected the JSON of `ip -j -d link show`: this is no list"),
        ("host/link.json", '[{"ifindex": 1}]', "`ip -j -d link show`: an object has no 'ifname'"),
        ("host/addr.json", None, "host/addr.json: there is no such file: expected the output of `ip -j -d addr show`"),
        (
            "host/addr.json",
            '[{"ifname": "eth0", "addr_info": [{"local": 1}]}]',
            "in each addr_info of eth0",
        ),
        ("host/route4.json", '[{"dev": "eth0"}]', "`ip -j -d -4 route show table all`: an object has no 'dst'"),
        ("host/rule4.json", "[7]", "`ip -j -d -4 rule show`: this is no list of objects"),
        ("host/ss", "LISTEN\n", "host/ss:1: expected a line of `ss -lntupH`, found 'LISTEN'"),
    ],
)
def test_a_damaged_file_is_named(host: Path, file: str, text: str | None, message: str) -> None:
    if text is None:
        (host / file).unlink()
    else:
        (host / file).write_text(text, "utf-8")
    result = CliRunner().invoke(main, ["import", str(host)])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_directory_of_another_kind_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["import", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_rules_that_could_not_be_read_make_the_lab_incomplete(host: Path) -> None:
    (host / "notes").write_text("host/nft: `nft list ruleset` failed: Operation not permitted\n", "utf-8")
    result = CliRunner().invoke(main, ["reach", str(host)])
    assert result.exit_code == 2
    assert "the lab is incomplete" in result.stderr
