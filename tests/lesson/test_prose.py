"""Lines of lessons in terminals."""

from __future__ import annotations

import pytest

from vnetsim.lesson import lessons
from vnetsim.lesson.prose import wrapped
from vnetsim.scenario.document import Prose

TEXT = """\
# A heading that is longer

One two three four
five six.

- a list of several words
- b
  more of b

| a table | of two columns |
"""
WRAPPED = """\
# A heading
that is longer

One two three
four five six.

- a list of
  several words
- b
  more of b

| a table | of two columns |
"""


def test_paragraphs_are_broken_between_words_and_other_lines_stay() -> None:
    assert wrapped(TEXT, 15) == WRAPPED


@pytest.mark.parametrize("columns", [0, -1])
def test_without_columns_it_is_as_it_was_written(columns: int) -> None:
    assert wrapped(TEXT, columns) == TEXT


def test_a_word_that_is_too_long_stays_whole() -> None:
    assert wrapped("a /sys/class/net/veth-red b", 10) == "a\n/sys/class/net/veth-red\nb"


@pytest.mark.parametrize("columns", [1, 40, 80])
def test_lessons_keep_their_words(columns: int) -> None:
    for path in lessons.paths():
        for step in lessons.load(str(path)).steps:
            for part in step.parts:
                if isinstance(part, Prose):
                    assert wrapped(part.text, columns).split() == part.text.split()
