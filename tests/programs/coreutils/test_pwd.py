"""pwd as a program: `docker exec -w DIR ... pwd` has no shell (answers of coreutils 9.1)."""

from __future__ import annotations

from vnetsim.lab import Lab


def test_the_working_directory_is_shown() -> None:
    lab = Lab()
    lab.run("docker run -d --name web alpine sleep 1d")
    assert lab.run("docker exec -w /etc web pwd").stdout == "/etc\n"
    assert lab.run("docker run --rm -w /srv/new alpine pwd -P").stdout == "/srv/new\n"
    assert lab.run("cd /usr/bin && env pwd").stdout == "/usr/bin\n"


def test_operands_are_passed_over_and_other_options_refused() -> None:
    lab = Lab()
    ended = lab.run("cd /tmp && env pwd there")
    assert (ended.stdout, ended.stderr) == ("/tmp\n", "pwd: ignoring non-option arguments\n")
    refused = lab.run("env pwd -x", expected=None)
    assert (refused.exit_code, refused.stderr) == (
        1, "pwd: invalid option -- 'x'\nTry 'pwd --help' for more information.\n",
    )  # fmt: skip
