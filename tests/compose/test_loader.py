"""What a file does to the loader: an answer or one sentence with a place, whatever is in it."""

from __future__ import annotations

import random

import attrs
import pytest

from tests.compose.compose_recordings import Case, MemoryFiles, cases
from vnetsim.compose.options import ProjectOptions
from vnetsim.compose.values import ComposeError
from vnetsim.errors import VnetsimError

CASES = [case for case in cases() if case.files]
#: What is put into a file at a random place.
SCRAPS = (
    "", " ", "\n", "\t", ":", "- ", "{", "}", "[", "]", '"', "'", "|", ">", "&a", "*a", "!reset ", "!!int ", "<<: ",
    "${", "$", "${A:?x}", "null", "5", "1e999", "true", "2001-01-01", "\x00", "\u2028", "é😀", "---\n", "? ", "#", "%",
    "services", "extends: a", "0x", "-1", "9" * 30,
)  # fmt: skip


def mutated(text: str, source: random.Random) -> str:
    for _ in range(source.randint(1, 4)):
        start = source.randrange(len(text) + 1)
        end = min(len(text), start + source.choice((0, 0, 1, 3, 20)))
        text = text[:start] + source.choice(SCRAPS) + text[end:]
    return text


def outcome(case: Case, files: MemoryFiles, name: str) -> str:
    options = ProjectOptions(directory=case.directory, files=files, config_paths=[name])
    try:
        options.project()
    except VnetsimError as error:
        sentence = error.located() if isinstance(error, ComposeError) else str(error)
        return sentence or "nothing was said"
    return ""


@pytest.mark.parametrize("seed", range(10))
def test_a_mutated_file_is_an_answer_or_one_sentence(seed: int) -> None:
    """A thousand files in ten tests."""
    source = random.Random(seed)
    for _ in range(100):
        case = source.choice(CASES)
        files = case.memory()
        path = source.choice([path for path in files.texts if path != "/dev/null"])
        main = source.choice([name for name in case.files if name.endswith((".yaml", ".yml"))] or [path])
        files.texts[path] = mutated(files.texts[path], source)
        found = outcome(case, files, main)
        assert "\n" not in found
        assert found != "nothing was said"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("services:\n  web:\n    image: x\n    ports: ['80/icmp']\n", "/p/compose.yaml:4: Invalid proto: icmp"),
        (
            "services:\n  web:\n    image: x\n    imag: y\n",
            "/p/compose.yaml:2: validating /p/compose.yaml: services.web",
        ),
        (
            "services:\n  web:\n    image: x\n    networks: [n]\n",
            '/p/compose.yaml:4: service "web" refers to undefined',
        ),
        ("a: [1\nb: 2\n", "/p/compose.yaml:2: yaml: line 1: did not find"),
        ("services:\n\n  1: {image: x}\n", "/p/compose.yaml:3: non-string key in services: 1"),
        ("services:\n  a:\n    image: ${A:?no}\n", "/p/compose.yaml:3: error while interpolating services.a.image"),
        ("", "/p/compose.yaml:1: empty compose file"),
    ],
)
def test_an_error_has_file_and_line(text: str, place: str) -> None:
    case = Case("/p", {"compose.yaml": text}, "", attrs.evolve(CASES[0].real))
    assert outcome(case, case.memory(), "compose.yaml").startswith(place)


def test_nesting_and_aliases_have_an_end() -> None:
    deep = "a: " + "[" * 5000
    bomb = "x-0: &a [1,1,1,1,1,1,1,1,1,1]\n"
    for level in range(1, 9):
        bomb += f"x-{level}: &{chr(97 + level)} [{','.join([f'*{chr(96 + level)}'] * 10)}]\n"
    for text in (deep, bomb, "services: {a: &a {b: *a}}"):
        case = Case("/p", {"compose.yaml": text}, "", CASES[0].real)
        assert outcome(case, case.memory(), "compose.yaml")


def test_a_file_that_is_not_there_is_named() -> None:
    case = Case("/p", {"x": ""}, "", CASES[0].real)
    assert outcome(case, case.memory(), "none.yaml") == "/p/none.yaml:1: open /p/none.yaml: no such file or directory"
