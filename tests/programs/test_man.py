"""man: pages of vnetsim's own, with the messages of man-db 2.11.2."""

from __future__ import annotations

import pytest

from tests.programs.screen.on_terminal import OnTerminal
from tests.shell.machine import Machine
from vnetsim.errors import NotModelled
from vnetsim.programs import registry

_EXAMPLE = "For example, try 'man man'.\n"


@pytest.mark.parametrize(("words", "status", "error"), [
    ("", 1, f"What manual page do you want?\n{_EXAMPLE}"),
    ("nosuch", 16, "No manual entry for nosuch\n"),
    ("8 nosuch", 16, "No manual entry for nosuch in section 8\n"),
    ("ip-nosuch", 16, "No manual entry for ip-nosuch\n"),
    ("8", 1, f"No manual entry for 8\n(Alternatively, what manual page do you want from section 8?)\n{_EXAMPLE}"),
])  # fmt: skip
def test_there_is_no_page(words: str, status: int, error: str) -> None:
    outcome = Machine().run("man", *words.split())
    assert (outcome.status, outcome.stdout, outcome.stderr) == (status, "", error)


def test_pages_are_not_searched() -> None:
    with pytest.raises(NotModelled, match="man -k"):
        Machine().run("man", "-k", "ip")


def test_a_page_tells_what_its_table_reads() -> None:
    page = Machine().run("man", "8", "pidof").stdout
    assert "       without effect here:\n         -c  -n  -x\n       not modelled:\n         -z\n" in page
    assert "pidof usage: [options] <program-name>\n" in page


def test_an_object_of_ip_has_its_usage_and_a_missing_program_says_so() -> None:
    assert "Usage: ip link add" in Machine().run("man", "ip-link").stdout
    assert "strace - is not modelled" in Machine().run("man", "strace").stdout


def test_each_program_has_a_page() -> None:
    machine = Machine()
    outcome = machine.run("man", *registry.names())
    assert outcome.status == 0
    assert outcome.stdout.count("\nNAME\n") == len(registry.names())
    assert "no description" not in outcome.stdout


def test_a_terminal_shows_it_a_window_at_a_time() -> None:
    terminal = OnTerminal(columns=80)
    assert terminal.window("man pidof")[2:4] == ["NAME", "       pidof - what vnetsim models of it"]
    assert terminal.session.reads_keys
    assert terminal.typed("q").startswith("\x1b[?1049l")
