"""The options of jq 1.6, and its exit statuses."""

from __future__ import annotations

import shlex

import pytest

from tests.shell.machine import Machine
from vnetsim import Lab

GIVEN = '[{"Name":"a","Net":{"ip":"10.0.0.1","n":[1,2]},"e":[]},{"Name":"b \\"q\\"","Net":null}]'


@pytest.mark.parametrize(
    ("command", "status", "output", "error"),
    [
        ("jq '.[0].Net'", 0, '{\n  "ip": "10.0.0.1",\n  "n": [\n    1,\n    2\n  ]\n}\n', ""),
        ("jq --indent 1 -c '.[0].e'", 0, "[]\n", ""),
        ("jq -r '.[].Name'", 0, 'a\nb "q"\n', ""),
        ("jq -j '.[].Name'", 0, 'ab "q"', ""),
        ("jq -cS '.[0]'", 0, '{"Name":"a","Net":{"ip":"10.0.0.1","n":[1,2]},"e":[]}\n', ""),
        ("jq -s length", 0, "1\n", ""),
        ("jq -R length", 0, "85\n", ""),
        ("jq -n -r --arg x 5 --argjson y '[1]' '\"\\($x)\\($y[0])\"'", 0, "51\n", ""),
        ("jq -e '.[0].Nope'", 1, "null\n", ""),
        ("jq -n -e empty", 4, "", ""),
        ("jq '.[0].Name.x'", 5, "", 'jq: error (at <stdin>:1): Cannot index string with string "x"\n'),
        ("jq --indent 0 '.[0].e'", 0, "[]\n", ""),
        ("jq --version", 0, "jq-1.6\n", ""),
        ("jq -n 'reduce range(12) as $i (10; .*.)'", 0, "1.7976931348623157e+308\n", ""),
        ("jq -c '.[1e400], ([1,true]-[true])'", 0, "null\n[1]\n", ""),
        ("jq . /nosuch", 2, "", "jq: error: Could not open file /nosuch: No such file or directory\n"),
    ],
)
def test_options(command: str, status: int, output: str, error: str) -> None:
    outcome = Machine().run("bash", "-c", f"printf '%s\\n' {shlex.quote(GIVEN)} | {command}")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (status, output, error)


def test_what_ip_and_docker_print_is_read() -> None:
    lab = Lab()
    lab.run("docker run -d --name web nginx")
    addresses = lab.run("ip -j addr show docker0 | jq -r '.[].addr_info[] | select(.family == \"inet\") | .local'")
    assert addresses.stdout == "172.17.0.1\n"
    inspected = lab.run("docker inspect web | jq -r '.[0].NetworkSettings.Networks.bridge.IPAddress'")
    assert inspected.stdout == "172.17.0.2\n"


@pytest.mark.parametrize(
    "command",
    [
        "echo '{' | jq .",
        "jq --stream .",
        "jq -n 'input'",
        "printf '[%.0s' {1..3000} | jq .",
        'jq -n \'"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"|test("(a+)+$")\'',
        "jq -n '[3]|.[1e9]=1'",
        "jq -n '1e400%3'",
    ],
)
def test_what_is_not_modelled_is_said(command: str) -> None:
    refused = Lab().run(command)
    assert refused.exit_code != 0
    assert "vnetsim: not modelled: " in refused.stderr
