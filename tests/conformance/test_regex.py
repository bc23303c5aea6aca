"""Random expressions, held against the GNU grep and sed of this machine."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest

from vnetsim.regex import compile_lines, compile_posix

_ATOMS = ("a", "b", "c", "ab", ".", "[ab]", "[^a]", "[[:alpha:]]", "\\w", "x")
_COUNT = 120


def _is_gnu(tool: str) -> bool:
    path = shutil.which(tool)
    if path is None:
        return False
    return "GNU" in subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout


def _expression(rng: random.Random, depth: int = 0) -> str:
    kind = rng.random()
    if depth > 3 or kind < 0.4:
        return rng.choice(_ATOMS)
    if kind < 0.6:
        return _expression(rng, depth + 1) + _expression(rng, depth + 1)
    if kind < 0.8:
        return f"({_expression(rng, depth + 1)}|{_expression(rng, depth + 1)})"
    return f"({_expression(rng, depth + 1)}){rng.choice(('*', '+', '?', '{2}', '{,2}'))}"


def _cases() -> list[tuple[str, list[str]]]:
    rng = random.Random(7)
    cases = []
    for _ in range(_COUNT):
        expression = rng.choice(("", "", "", "^")) + _expression(rng) + rng.choice(("", "", "", "$"))
        cases.append((expression, ["".join(rng.choices("aabbc x", k=rng.randrange(10))) for _ in range(6)]))
    return cases


def _said(words: list[str], texts: list[str]) -> list[str]:
    ended = subprocess.run(
        words,
        input="\n".join(texts) + "\n",
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )
    assert ended.returncode in (0, 1), ended.stderr
    return ended.stdout.removesuffix("\n").split("\n")


@pytest.mark.skipif(not _is_gnu("sed"), reason="there is no GNU sed here")
def test_sed_replaces_the_same() -> None:
    for expression, texts in _cases():
        pattern = compile_posix(expression, extended=True, dialect="sed")
        ours = [pattern.replace(text, lambda found: f"<{found.matched}>") for text in texts]
        assert (expression, ours) == (expression, _said(["sed", "-E", f"s/{expression}/<&>/g"], texts))


@pytest.mark.skipif(not _is_gnu("grep"), reason="there is no GNU grep here")
@pytest.mark.parametrize("within", ["", "w", "x"])
def test_grep_finds_the_same(within: str) -> None:
    for expression, texts in _cases():
        pattern = compile_lines([expression], "E", ignore_case=True, within=within)
        ours = [found.matched for text in texts for found in pattern.matches(text) if found.matched]
        words = ["grep", "-E", "-i", "-o", *([f"-{within}"] if within else []), "-e", expression]
        assert (expression, "\n".join(ours)) == (expression, "\n".join(_said(words, texts)))
