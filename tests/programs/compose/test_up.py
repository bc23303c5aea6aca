"""`up` and `create`."""

from __future__ import annotations

import pytest

from tests.programs.compose.compose_lab import SHOP, compose, lab_with


def test_create_starts_nothing_and_up_starts_what_was_created() -> None:
    lab = lab_with(SHOP)
    assert compose(lab, "create")[0] == 0
    assert set(compose(lab, "ps -a --format '{{.State}}'")[1].split()) == {"created"}
    assert "Creating" not in compose(lab, "up -d")[2]
    assert set(compose(lab, "ps -a --format '{{.State}}'")[1].split()) == {"running"}


def test_a_service_comes_with_those_that_it_depends_on() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d web")
    assert compose(lab, "ps --services")[1].split() == ["db", "web"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("up -d --force-recreate --no-recreate", "--force-recreate and --no-recreate are incompatible"),
        ("up -d --scale web", "invalid --scale option web. Should be SERVICE=NUM"),
        ("up -d --scale nope=2", "no such service: nope: not found"),
        ("up --nope", "unknown flag: --nope"),
    ],
)
def test_what_is_refused(words: str, sentence: str) -> None:
    status, _, error = compose(lab_with(SHOP), words)
    assert (status, error) == (1, f"{sentence}\n")
