"""`tc actions` (recorded with iproute2 6.1 on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.tc.test_tcfilter import with_clsact
from vnetsim import Lab
from vnetsim.programs.iproute2.lib.arguments import usage_text


@pytest.mark.parametrize(
    ("command", "status", "stderr"),
    [
        ("tc actions", 0, ""),
        ("tc actions ls", 255, usage_text("tc-actions")),
        ("tc actions foo", 255, 'Command "foo" is unknown, try "tc actions help".\n'),
        ("tc actions ls action gact", 0, ""),
        ("tc actions ls action foo", 2, "vnetsim: not modelled: tc actions ls action foo\n"),
        ("tc actions flush action gact", 2, "vnetsim: not modelled: tc actions flush\n"),
    ],
)
def test_what_is_said(command: str, status: int, stderr: str) -> None:
    result = Lab(docker=False).run(command)
    assert (result.exit_code, result.stderr, result.stdout) == (status, stderr, "")


def test_actions_of_filters_are_not_listed() -> None:
    lab = with_clsact()
    assert lab.run("tc filter add dev v0 ingress matchall action drop")
    assert lab.run("tc actions ls action gact").stderr == "vnetsim: not modelled: tc actions ls action gact\n"
    assert lab.run("tc actions ls action mirred").output == ""
    assert lab.run("tc -j actions ls action mirred").output == "[]\n"
