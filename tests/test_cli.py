"""The command line: what each command does, and one sentence for bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vnetsim import __version__
from vnetsim.cli import main
from vnetsim.lab import Lab

SESSION = "# Words.\n\n$ echo hello\nhello\n$ false\n[1]\n"


def vnetsim(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(words), input=stdin)


def test_its_version() -> None:
    assert vnetsim("--version").output == f"vnetsim {__version__}\n"


def test_a_session_that_comes_out_as_written_ends_with_0(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    path.write_text(SESSION)
    result = vnetsim("run", str(path))
    assert result.exit_code == 0
    assert result.output == (f"Words.\n\n$ echo hello\nhello\n$ false\n[1]\n{path}: 2 commands, all as written\n")
    assert vnetsim("run", "--quiet", str(path)).output == f"{path}: 2 commands, all as written\n"


def test_a_session_that_does_not_ends_with_1_and_a_diff(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("```console\n$ echo hello\nbye\n```\n")
    result = vnetsim("run", "--quiet", str(path))
    assert result.exit_code == 1
    assert f"@@ {path}:2: $ echo hello @@\n-bye\n+hello\n" in result.output


def test_update_rewrites_outputs_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Words.\n\n  - item\n\n    ```console\n    $ echo hello\n    bye\n    $ false\n    ```\nEnd.\n")
    assert vnetsim("run", "--update", "--quiet", str(path)).exit_code == 0
    assert path.read_text() == (
        "Words.\n\n  - item\n\n    ```console\n    $ echo hello\n    hello\n    $ false\n    [1]\n    ```\nEnd.\n"
    )
    assert vnetsim("run", "--quiet", str(path)).exit_code == 0


def test_update_keeps_the_line_ends_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    path.write_bytes(b"# Words.\r\n$ echo hello\r\nbye\r\n")
    assert vnetsim("run", "--update", "--quiet", str(path)).exit_code == 0
    assert path.read_bytes() == b"# Words.\r\n$ echo hello\r\nhello\r\n"


def test_a_command_that_does_not_end_is_interrupted_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    path.write_text("$ sleep 700\nvnetsim: interrupted after 600 simulated seconds\n[124]\n")
    assert vnetsim("run", str(path)).exit_code == 0


def test_a_fault_of_vnetsim_itself_is_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.session"
    path.write_text("$ true\n\n$ echo hello\nhello\n")

    def broken(_lab: Lab, line: str, **_: object) -> None:
        raise AssertionError(line)

    monkeypatch.setattr(Lab, "run", broken)
    result = vnetsim("run", str(path))
    assert result.exit_code == 3
    assert "in line 1 of the session: $ true" in result.output
    assert result.output.endswith("please report it with the command that led to it\n")


def test_each_file_has_a_machine_of_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / "a.session", tmp_path / "b.session"]
    for path in paths:
        path.write_text("$ echo x >> /tmp/x; cat /tmp/x\nx\n")
    assert vnetsim("run", *map(str, paths)).exit_code == 0


def test_files_that_are_played_at_once_are_shown_in_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.session" for number in range(3)]
    for path in paths:
        path.write_text(f"$ echo {path.stem}\n{path.stem}\n", "utf-8")
    one_by_one = vnetsim("run", *map(str, paths))
    at_once = vnetsim("run", "-j", "2", *map(str, paths))
    assert (at_once.exit_code, at_once.output) == (one_by_one.exit_code, one_by_one.output) == (0, at_once.output)
    assert vnetsim("run", "-j", "0", str(paths[0])).exit_code == 2


def test_pauses_let_simulated_time_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    path.write_text("$ date +%s > /tmp/x\n@ +300s\n$ echo $(( $(date +%s) - $(cat /tmp/x) ))\n300\n")
    assert vnetsim("run", str(path)).exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["run", "/nosuch.md"],
        ["run", "/"],
        ["run"],
        ["run", "--nosuch", "x"],
        ["nosuch"],
        ["record", "kernel", "/nosuch.sh", "-o", "/tmp"],
        ["record", "other", "/nosuch.sh", "-o", "/tmp"],
        ["record", "kernel", "/nosuch.sh"],
        ["tutorial", "nosuch"],
        ["shell", "--seed", "x"],
        ["shell", "--patience", "nan"],
    ],
    ids=" ".join,
)
def test_bad_input_ends_with_2_and_a_sentence(words: list[str]) -> None:
    result = vnetsim(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert result.output.strip()


def test_the_packaged_scenarios_are_found() -> None:
    listed = vnetsim("tutorial", "--list").output.split()
    assert listed
    assert listed == sorted(listed)
    assert vnetsim("tutorial", "--list", listed[0][:2]).output.split() == [listed[0]]


def test_a_recording_has_the_shape_of_a_real_one(tmp_path: Path) -> None:
    script = tmp_path / "small.sh"
    script.write_text(
        "# title\necho out; echo err >&2; exit 3\n@sleep 2\nsleep 100 &\nsleep 50\n@capture - lo\n@stop\n"
    )
    result = vnetsim("record", "kernel", str(script), "-o", str(tmp_path / "out"))
    assert result.output == "small.json: 5 steps, 1 non-zero, 1 timed out\n"
    recording = json.loads((tmp_path / "out" / "small.json").read_text())
    assert list(recording) == ["name", "recorded_on", "steps"]
    assert recording["name"] == "small"
    assert recording["steps"] == [
        {"note": "title"},
        {"cmd": "echo out; echo err >&2; exit 3", "rc": 3, "stdout": "out\n", "stderr": "err\n", "seconds": 0.001},
        {"cmd": "sleep 100 &"},
        {"cmd": "sleep 50", "rc": None, "stdout": "", "stderr": "TIMEOUT", "seconds": 40.0},
        {"capture": {"netns": "-", "dev": "lo", "frames": []}},
    ]


def test_the_shell_reads_lines_where_there_is_no_terminal() -> None:
    lines = "cd /tmp\npwd\nX=5\nfor i in 1 2\ndo echo $i$X; done\nnosuch\nexit 3\necho never\n"
    result = vnetsim("shell", stdin=lines)
    assert result.output == "/tmp\n15\n25\nbash: nosuch: command not found\n"
    assert result.exit_code == 3


def test_the_shell_knows_declared_images() -> None:
    lines = "docker run -d --name api acme/api\ndocker exec api ss -lnt\n"
    result = vnetsim("shell", "--image", "acme/api=listen:tcp/8000", stdin=lines)
    assert ":8000" in result.stdout
