"""killall as psmisc 23.6 has it: messages recorded on Debian 12."""

from __future__ import annotations

from vnetsim import Lab


def test_a_program_without_processes() -> None:
    result = Lab().run("killall -9 iperf nosuch")
    assert (result.exit_code, result.output) == (1, "iperf: no process found\nnosuch: no process found\n")
    assert Lab().run("killall -q nosuch").output == ""


def test_all_processes_of_a_name_end() -> None:
    lab = Lab()
    lab.run("sleep 100 & sleep 100 & tail -f /dev/null &")
    result = lab.run("killall -v sleep")
    assert (result.exit_code, result.output.count("Killed sleep(")) == (0, 2)
    assert result.output.count(") with signal 15\n") == 2
    assert lab.run("pgrep sleep").exit_code == 1
    assert lab.run("killall -s KILL tail; pgrep tail").exit_code == 1


def test_arguments_that_make_no_sense() -> None:
    assert Lab().run("killall").output.startswith("Usage: killall [OPTION]... [--] NAME...\n")
    assert Lab().run("killall -l").output.startswith("HUP INT QUIT ILL TRAP")


def test_what_is_not_modelled_is_refused() -> None:
    lab = Lab()
    assert "vnetsim: not modelled" in lab.run("killall -r 'slee.*'").stderr
    assert lab.failures
