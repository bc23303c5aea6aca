"""find, as findutils 4.9 answered for the same files (lines of walks sorted)."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab

FILES = "mkdir -p t/sub/deep t/void; echo hi > t/a.txt; touch t/sub/b.log; echo x > t/sub/deep/.c.txt"
#: What is asked, and what is answered.
WALKS = {
    "t": "t t/a.txt t/sub t/sub/b.log t/sub/deep t/sub/deep/.c.txt t/void",
    "t/ -maxdepth 1": "t/ t/a.txt t/sub t/void",
    "t -mindepth 1 -maxdepth 1 -type d": "t/sub t/void",
    "-name deep": "./t/sub/deep",
    "/srv/t/a.txt . -name 'a*'": "./t/a.txt /srv/t/a.txt",
    "t -type f -name '*.txt'": "t/a.txt t/sub/deep/.c.txt",
    "t -type d,f -maxdepth 1": "t t/a.txt t/sub t/void",
    "t -name sub -prune -o -print": "t t/a.txt t/void",
    "t -empty": "t/sub/b.log t/void",
    r"t \( -name '*.log' -o -iname 'A*' \)": "t/a.txt t/sub/b.log",
    "t ! -type d -not -name 'b*'": "t/a.txt t/sub/deep/.c.txt",
    "t -path '*/deep/*'": "t/sub/deep/.c.txt",
    r"t -type f -exec echo got x{} \;": "got xt/a.txt|got xt/sub/b.log|got xt/sub/deep/.c.txt",
    "t -type f -exec echo all {} +": "all t/a.txt t/sub/b.log t/sub/deep/.c.txt",
    r"t -exec false \; -print": "",
    "t/a.txt -name a.txt -maxdepth 1 -print0": "t/a.txt\0",
}
REFUSED = {
    "nope": "'nope': No such file or directory",
    "t/a.txt/": "'t/a.txt/': No such file or directory",
    "''": "'': No such file or directory",
    "t -bogus": "unknown predicate `-bogus'",
    "t -name": "missing argument to `-name'",
    "t -exec echo {}": "missing argument to `-exec'",
    "t -type q": "Unknown argument to -type: q",
    "t -type ff": "Must separate multiple arguments to -type using: ','",
    "t -type f,": "Last file type in list argument to -type is missing, i.e., list is ending on: ','",
    "t -maxdepth x": "Expected a positive decimal integer argument to -maxdepth, but got 'x'",
    r"t \( -name a": "invalid expression; I was expecting to find a ')' somewhere but did not see one.",
    r"t -name a \)": "you have too many ')'",
    "t -o -name a": "invalid expression; you have used a binary operator '-o' with nothing before it.",
    "t !": "expected an expression after '!'",
    "t -name sub -delete": "cannot delete 't/sub': Directory not empty",
}


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run(f"cd /srv; {FILES}")
    return lab


def test_it_walks_through_what_there_is(lab: Lab) -> None:
    for asked, answer in WALKS.items():
        lines = sorted(lab.run(f"cd /srv; find {asked}").stdout.splitlines())
        assert lines == sorted(answer.split("|" if "got" in answer or "all" in answer else None)), asked


def test_it_refuses_what_findutils_refuses(lab: Lab) -> None:
    for asked, answer in REFUSED.items():
        result = lab.run(f"cd /srv; find {asked}", expected=None)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"find: {answer}\n"), asked


def test_programs_that_fail_are_a_status_only_with_plus(lab: Lab) -> None:
    result = lab.run(r"find /srv/t/a.txt -exec nope {} \;")
    assert result.stderr == "find: 'nope': No such file or directory\n"
    assert lab.run("find /srv/t/void -exec false {} +", expected=None).exit_code == 1


def test_what_is_deleted_goes_with_what_is_in_it() -> None:
    lab = Lab()
    lab.run(f"cd /srv; {FILES}; find t -type f -delete; find t/sub t/void -delete")
    assert lab.run("cd /srv; find t").stdout == "t\n"


@pytest.mark.parametrize("asked", ["/", "/proc", "/usr/bin", "/srv -size +1k", "/srv -newermt today", "/srv -type l"])
def test_what_would_be_incomplete_is_refused(lab: Lab, asked: str) -> None:
    result = lab.run(f"find {asked} -name x", expected=None)
    assert (result.exit_code, "not modelled: find" in result.stderr) == (1, True)
