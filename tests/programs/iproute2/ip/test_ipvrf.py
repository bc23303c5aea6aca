"""`ip vrf`: lists, programs inside, errors.  Texts and statuses were captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.ip.ip_host import cases
from vnetsim import Lab

CASES = cases(
    """
$ ip vrf show nosuch  [255]
Invalid VRF
$ ip vrf exec  [1]
No VRF name specified
$ ip vrf exec red  [1]
No command specified
$ ip vrf exec nosuch true  [255]
Invalid VRF name
$ ip vrf exec red nosuchprogram  [1]
exec of "nosuchprogram" failed: No such file or directory
$ ip vrf foo  [255]
Command "foo" is unknown, try "ip vrf help".
$ ip vrf pids red  [2]
vnetsim: not modelled: ip vrf pids
$ ip vrf identify 1  [2]
vnetsim: not modelled: ip vrf identify of another process
"""
)


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(docker=False)
    lab.run("ip link add red type vrf table 10")
    return lab


@pytest.mark.parametrize(("command", "status", "text"), CASES)
def test_what_is_refused(lab: Lab, command: str, status: int, text: str) -> None:
    result = lab.run(command)
    assert (result.exit_code, result.output.rstrip("\n")) == (status, text.rstrip("\n"))


def test_vrfs_are_listed_with_their_tables(lab: Lab) -> None:
    assert lab.run("ip vrf").stdout == f"Name              Table\n{'-' * 23}\nred                 10\n"
    assert lab.run("ip vrf show red").stdout == "red 10\n"
    assert lab.run("ip -j vrf show").stdout == '[{"name":"red","table":10}]\n'


def test_programs_know_the_vrf_that_they_run_in(lab: Lab) -> None:
    assert lab.run("ip vrf exec red ip vrf identify").stdout == "red\n"
    assert lab.run("ip vrf exec red ip vrf exec default ip vrf identify").stdout == ""
