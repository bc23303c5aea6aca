"""What somebody meets first: names, help, completion, and words for what makes no sense."""

from __future__ import annotations

import inspect
import math
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

import vnetsim
from vnetsim import Lab
from vnetsim.cli import main
from vnetsim.docker.api.client import APIClient
from vnetsim.docker.api.synchronous import EngineClient
from vnetsim.errors import UsageError

OPTIONS = {
    "reach": ("--port", "--from", "--to", "--names", "--format", "--kind", "--seed", "--jobs", "--incomplete"),
    "why": ("--json", "--no-change", "--colour", "--incomplete"),
    "check": ("--junit", "--sarif", "--json", "--allow-vacuous", "--jobs"),
}


def test_the_package_lists_its_front_door() -> None:
    assert dir(vnetsim) == ["Lab", "__version__"]


@pytest.mark.parametrize("command", OPTIONS)
def test_help_shows_all_options_and_names_no_page(command: str) -> None:
    text = CliRunner().invoke(main, [command, "--help"]).output
    assert [option for option in OPTIONS[command] if option not in text] == []
    assert "docs/" not in text


def test_reach_diff_keeps_its_own_help() -> None:
    assert "[text|json]" in CliRunner().invoke(main, ["reach", "diff", "--help"]).output


def test_every_public_method_of_a_lab_says_what_it_does() -> None:
    methods = [name for name in dir(Lab) if not name.startswith("_")]
    assert [name for name in methods if not inspect.getdoc(getattr(Lab, name))] == []


def test_every_operation_of_the_engine_is_documented_and_runs_at_once() -> None:
    operations = [name for name in dir(APIClient) if not name.startswith("_")]
    assert [name for name in operations if not inspect.getdoc(getattr(APIClient, name))] == []
    assert [name for name in operations if inspect.isgeneratorfunction(getattr(EngineClient, name))] == []
    lab = Lab()
    network = lab.docker.network_create({"Name": "app"})
    assert lab.docker.network_inspect("app")["Id"] == network["Id"]
    with pytest.raises(TypeError, match="expected a generator, found dict"):
        lab.do(network)  # type: ignore[arg-type]


@pytest.mark.parametrize("line", [["ip", "link"], 5, None, b"ip link"])
def test_what_is_no_command_line_is_refused(line: object) -> None:
    lab = Lab()
    for call in (lab.run, lab.start):
        with pytest.raises(UsageError, match="expected a command line as one text, like 'ip link', found"):
            call(line)  # type: ignore[arg-type]
    assert lab.session() == ""


@pytest.mark.parametrize("seconds", [-1, -0.5, math.inf, math.nan])
def test_time_passes_forwards(seconds: float) -> None:
    with pytest.raises(UsageError, match="expected a number of seconds, 0 or more"):
        Lab().sleep(seconds)


@pytest.mark.parametrize(
    ("end", "meant"),
    [("dbb", "'db'"), ("container:dbb", "'db'"), ("netns:rde", "'red'"), ("hots", "'host'"), ("zzz", None)],
)
def test_a_misspelt_end_is_told_which_one_is_like_it(end: str, meant: str | None) -> None:
    lab = Lab.docker_host()
    for line in ("docker run -d --name db nginx", "ip netns add red"):
        assert lab.run(line)
    with pytest.raises(UsageError) as raised:
        lab.why("host", end, "tcp/80")
    assert str(raised.value).endswith(f"did you mean {meant}?") == (meant is not None)


@pytest.mark.parametrize(
    ("words", "environment", "coloured"),
    [
        (["--colour"], {}, True),
        (["--colour"], {"NO_COLOR": "1"}, True),
        (["--no-colour"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
    ],
)
def test_colour(words: list[str], environment: dict[str, str], coloured: bool) -> None:
    result = CliRunner(env=environment).invoke(
        main, ["why", "--no-change", *words, "-", "host", "127.0.0.1"], input="ip link set lo up\n", color=True
    )
    assert result.exit_code == 0
    assert ("\x1b[" in result.output) == coloured


def test_the_shell_completes_the_commands() -> None:
    environment = {**os.environ, "_VNETSIM_COMPLETE": "bash_complete", "COMP_WORDS": "vnetsim re", "COMP_CWORD": "1"}
    run = [sys.executable, "-c", "from vnetsim.cli import main; main(prog_name='vnetsim')"]
    found = subprocess.run(run, env=environment, capture_output=True, text=True, check=False).stdout
    assert found == "plain,reach\nplain,record\n"
