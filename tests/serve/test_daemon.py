"""`vnetsim serve` as people start it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main

_ASKS = """
import http.client, os, sys
host = os.environ["DOCKER_HOST"].removeprefix("tcp://")
client = http.client.HTTPConnection(host)
client.request("GET", sys.argv[1])
print(client.getresponse().read().decode())
sys.exit(int(sys.argv[2]))
"""


def test_a_command_finds_the_engine_and_its_status_is_that_of_serve(capfd: pytest.CaptureFixture[str]) -> None:
    ran = CliRunner().invoke(main, ["serve", "--speed", "max", "--", sys.executable, "-c", _ASKS, "/_ping", "5"])
    assert ran.exit_code == 5
    assert capfd.readouterr().out == "OK\n"


def test_it_starts_with_a_scenario(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scenario = tmp_path / "one.session"
    scenario.write_text("$ docker network create shop | wc -c\n65\n", "utf-8")
    args = ["serve", "--scenario", str(scenario), "--", sys.executable, "-c", _ASKS, "/networks/shop", "0"]
    ran = CliRunner().invoke(main, args)
    assert ran.exit_code == 0, ran.output
    assert '"Name":"shop"' in capfd.readouterr().out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-H", "tcp://0.0.0.0:1"], "--anywhere"),
        (["-H", "http://x"], "expected tcp://HOST:PORT or unix://PATH"),
        (["--tls", "--tlscert", "none.pem"], "could not load X509 key pair"),
        (["--scenario", "none.session"], "none.session"),
        (["--dockerd", "--nosuch"], "nosuch"),
        (["--speed", "0"], "expected a positive number, or max"),
        (["--expose=wan"], "'wan' is not one of 'host', 'lan'"),
        (["--bridge", "api=192.0.2.1:80"], "not a loopback address; --anywhere allows it"),
        (["--bridge", "api=127.0.0.1:80", "--bridge", "api=127.0.0.1:80"], "given twice"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(args: list[str], message: str) -> None:
    ran = CliRunner().invoke(main, ["serve", *args])
    assert ran.exit_code == 2
    assert message in ran.output
    assert "Traceback" not in ran.output


def test_a_command_that_is_not_there_is_not_found(capfd: pytest.CaptureFixture[str]) -> None:
    assert CliRunner().invoke(main, ["serve", "--", "/no/such/program"]).exit_code == 127
    del capfd


@pytest.mark.parametrize("option", ["--expose=lan", "--bridge=api=127.0.0.1:80"])
def test_a_scenario_without_a_lan_has_nothing_outside(option: str, tmp_path: Path) -> None:
    scenario = tmp_path / "one.session"
    scenario.write_text("$ true\n", "utf-8")
    ran = CliRunner().invoke(main, ["serve", "--scenario", str(scenario), option, "--", "true"])
    assert ran.exit_code == 2
    assert "it has no machine `lan`, which --bridge and --expose=lan need" in ran.output


def test_a_port_of_a_scenario_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    scenario = tmp_path / "one.session"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        scenario.write_text(f"$ docker run -d -p {port}:80 nginx | wc -c\n65\n", "utf-8")
        ran = CliRunner().invoke(main, ["serve", "--scenario", str(scenario), "--expose", "--", "true"])
    assert ran.exit_code == 2
    assert "--expose: a published port cannot be opened: address already in use" in ran.output
