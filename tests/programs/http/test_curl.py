"""What curl says: its meter, -w, and options.  The rest is in recordings: http_curl, tools_in_containers."""

from __future__ import annotations

from typing import Any, cast

import attrs
import pytest

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.http.curl.meter import ProgressMeter
from vnetsim.programs.http.curl.options import CurlOptionError, parse
from vnetsim.programs.http.curl.output import write_out


@attrs.define
class Terminal:
    time: int = 0
    text: str = ""

    def now(self) -> int:
        return self.time

    def error(self, text: str) -> None:
        self.text += text


def meter(*, older: bool, shown: bool = True) -> tuple[ProgressMeter, Terminal]:
    terminal = Terminal()
    return ProgressMeter(cast(Process, cast(Any, terminal)), shown=shown, older=older), terminal


def lines(terminal: Terminal) -> list[str]:
    """Without the title."""
    return terminal.text.split("\r")[1:]


def test_the_older_meter_of_an_upload() -> None:
    it, terminal = meter(older=True)
    it.start(connected=False)
    terminal.time = MILLISECOND
    it.received, it.sent = 124, 7
    it.end(failed=False)
    assert lines(terminal) == [
        "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0",
        "100   131    0   124  100     7   121k   7000 --:--:-- --:--:-- --:--:--  127k\n",
    ]


def test_the_older_meter_of_a_download_that_takes_a_while() -> None:
    it, terminal = meter(older=True)
    it.start(connected=False)
    it.total, it.received = 2000, 500
    terminal.time = 3 * SECOND
    it.show()
    assert lines(terminal)[-1] == " 25  2000   25   500    0     0    166      0 --:--:--  0:00:03 --:--:--   166"


def test_the_newer_meter_waits_until_something_is_connected() -> None:
    it, terminal = meter(older=False)
    it.start(connected=False)
    it.end(failed=True)
    assert terminal.text == ""
    it.start(connected=True)
    terminal.time = 12 * MILLISECOND
    it.total = it.received = 2691
    it.end(failed=False)
    begins = "  0      0   0      0   0      0      0      0                              0"
    ends = "100   2691 100   2691   0      0 218.9k      0                              0"
    assert lines(terminal) == [begins, ends, ends, ends + "\n"]


def test_the_newer_meter_of_a_failure() -> None:
    it, terminal = meter(older=False)
    it.start(connected=True)
    terminal.time = SECOND
    it.show()
    it.end(failed=True)
    assert lines(terminal) == [
        "  0      0   0      0   0      0      0      0                              0",
        "  0      0   0      0   0      0      0      0           00:01              0\n",
    ]


def test_no_meter_with_silence() -> None:
    it, terminal = meter(older=True, shown=False)
    it.start(connected=True)
    it.show()
    it.end(failed=False)
    assert terminal.text == ""


@pytest.mark.parametrize(
    ("text", "said", "complaint"),
    [
        ("%{http_code}\\n", "200\n", ""),
        ("100%%", "100%", ""),
        ("%{nosuch}", "", "curl: unknown --write-out variable: 'nosuch'\n"),
        ("\\t\\r\\\\\\x", "\t\r\\\\x", ""),
        ("50% {http_code}", "50% {http_code}", ""),
        ("", "", ""),
    ],
)
def test_what_is_written_out(text: str, said: str, complaint: str) -> None:
    complaints: list[str] = []
    assert write_out(text, {"http_code": "200"}, complaints.append) == said
    assert "".join(complaints) == complaint


def test_options() -> None:
    options = parse(["-sSL", "-m1.5", "-X", "PUT", "-Hfoo: bar", "--data", "a", "-d", "b", "-o", "x", "url", "other"])
    assert (options.silent, options.show_error, options.follow) == (True, True, True)
    assert (options.max_time, options.method, options.headers) == (1500 * MILLISECOND, "PUT", ["foo: bar"])
    assert (options.data, options.outputs, options.urls) == (["a", "b"], ["x"], ["url", "other"])


@pytest.mark.parametrize(
    ("word", "ports"), [("80", range(80, 81)), ("42000-42003", range(42000, 42004)), ("0", range(1))]
)
def test_local_ports(word: str, ports: range) -> None:
    assert parse(["--local-port", word, "url"]).local_ports == ports


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--nosuch"], "option --nosuch: is unknown"),
        (["-m"], "option -m: requires parameter"),
        (["-m", "x"], "option -m: expected a proper numerical parameter"),
        (["--local-port", "x"], "option --local-port: expected a proper numerical parameter"),
    ],
)
def test_options_that_are_refused(words: list[str], complaint: str) -> None:
    with pytest.raises(CurlOptionError) as refused:
        parse(words)
    assert str(refused.value) == complaint


@pytest.mark.parametrize("word", ["-T", "--cookie", "-x"])
def test_options_that_are_not_modelled(word: str) -> None:
    with pytest.raises(NotModelled):
        parse([word, "x", "url"])
