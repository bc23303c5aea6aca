"""Options as getopt_long(3) reads them."""

from __future__ import annotations

import pytest

from vnetsim.programs.libc.getopt import OptionError, parse

LONG = {"lines=": "n", "verbose": "v", "version": "V"}


@pytest.mark.parametrize(
    ("words", "options", "operands"),
    [
        (["-n", "5", "f"], [("n", "5")], ["f"]),
        (["-n5", "f"], [("n", "5")], ["f"]),
        (["-vn5"], [("v", ""), ("n", "5")], []),
        (["f", "-v", "g"], [("v", "")], ["f", "g"]),
        (["--lines=5", "--verbose"], [("n", "5"), ("v", "")], []),
        (["--lines", "5"], [("n", "5")], []),
        (["--li", "5", "--verb"], [("n", "5"), ("v", "")], []),
        (["--", "-v"], [], ["-v"]),
        (["-"], [], ["-"]),
    ],
)
def test_options_and_operands(words: list[str], options: list[tuple[str, str]], operands: list[str]) -> None:
    parsed = parse(words, "n:v", LONG)
    assert (list(parsed.options), list(parsed.operands)) == (options, operands)


def test_posix_options_end_at_the_first_operand() -> None:
    parsed = parse(["-v", "cmd", "-n"], "n:v", posix=True)
    assert parsed.operands == ("cmd", "-n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["-x"], "invalid option -- 'x'"),
        (["-n"], "option requires an argument -- 'n'"),
        (["--nosuch"], "unrecognized option '--nosuch'"),
        (["--lines"], "option '--lines' requires an argument"),
        (["--verbose=1"], "option '--verbose' doesn't allow an argument"),
        (["--ver"], "option '--ver' is ambiguous; possibilities: '--verbose' '--version'"),
    ],
)
def test_wrong_options_are_refused_in_the_words_of_getopt(words: list[str], complaint: str) -> None:
    with pytest.raises(OptionError, match=complaint.replace("(", r"\(").replace("?", r"\?")):
        parse(words, "n:v", LONG)


def test_an_argument_may_be_missing() -> None:
    def options(*args: str) -> list[tuple[str, str]]:
        return list(parse(args, "n::v", {"net==": "n"}).options)

    assert options("-n", "file") == options("--net", "file") == [("n", "")]
    assert options("-nfile") == options("--net=file") == [("n", "file")]


def test_abbreviations_of_one_option_are_not_ambiguous() -> None:
    assert parse(["--u"], "u", {"utc": "u", "universal": "u"}).options == (("u", ""),)


def test_getopt_knows_no_long_options() -> None:
    with pytest.raises(OptionError, match="invalid option -- '-'"):
        parse(["--verbose"], "v", None)
