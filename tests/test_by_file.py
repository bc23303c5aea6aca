"""Tests that workers collect file by file have the names and outcomes that they have without workers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = {
    "one": """
        import pytest
        @pytest.fixture(scope="module")
        def numbers():
            return []
        @pytest.mark.parametrize("number", [1, 2, 3])
        def test_counts(numbers, number):
            numbers.append(number)
            assert numbers == list(range(1, number + 1))
        class TestInside:
            def test_is_wrong(self):
                assert 1 == 2
    """,
    "two": "import pytest; pytest.skip('none of these', allow_module_level=True)",
    "three": "import nothing_of_that_name",
    "four": """
        import pytest
        @pytest.mark.skip(reason="not this one")
        def test_skipped(): pass
        def test_right(): pass
    """,
}


def outcomes(pytester: pytest.Pytester, *args: str) -> tuple[dict[str, int], Sequence[str]]:
    quick = [
        word
        for plugin in ("cacheprovider", "hypothesispytest", "vnetsim.pytest_plugin")
        for word in ("-p", f"no:{plugin}")
    ]
    ran = pytester.runpytest_subprocess("-p", "tests.by_file", *quick, "-rA", *args)
    lines = (line.partition(" - ")[0] for line in ran.outlines)
    names = sorted(line for line in lines if line.startswith(("PASSED", "FAILED", "ERROR ", "SKIPPED")))
    return ran.parseoutcomes(), [*names, str(ran.ret)]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(**{f"tests/test_{name}": text for name, text in FILES.items()})
    return pytester


def test_the_outcomes_are_those_without_workers_and_a_file_that_cannot_be_collected_is_an_error(
    suite: pytest.Pytester,
) -> None:
    broken = "tests/test_three.py"
    counts, names = outcomes(suite, f"--ignore={broken}", "tests")
    assert counts == {"passed": 4, "failed": 1, "skipped": 2}
    assert outcomes(suite, "-n", "2", "tests") == (counts | {"errors": 1}, [f"ERROR {broken}", *names])


def test_tests_are_chosen_as_without_workers(suite: pytest.Pytester) -> None:
    counts, names = outcomes(suite, "-n", "1", "--ignore=tests/test_three.py", "-k", "right", "tests")
    assert counts == {"passed": 1, "skipped": 1}
    assert "PASSED tests/test_four.py::test_right" in names


def test_the_first_failure_ends_a_file(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_both="def test_a(): assert 0\ndef test_b(): assert 0")
    counts, _ = outcomes(suite, "-n", "1", "-x", "--ignore=tests", ".")
    assert counts == {"failed": 1}
