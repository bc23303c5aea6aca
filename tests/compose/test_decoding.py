"""Nodes become values; merge keys, tags, and which line each key is on."""

from __future__ import annotations

import pytest

from vnetsim.compose.decoding import NodeDecoder, name_of_project
from vnetsim.compose.reading import documents
from vnetsim.compose.values import ComposeError, KeyPlaces, YamlValue


def read(text: str, places: KeyPlaces | None = None) -> YamlValue:
    return NodeDecoder("/f", places or KeyPlaces()).value(next(documents(text)))


@pytest.mark.parametrize(
    ("text", "value"),
    [("017", 15), ("0o17", 15), ("0x1f", 31), ("0b11", 3), ("1_000", 1000), ("1e3", 1000.0), ("1.", 1.0),
     ("yes", "yes"),
     ("True", True),
     ("~", None), ("", None), ("12:30", "12:30"), ("!!str 5", "5"), ("!!float 5", 5.0), ("-0x10", -16),
     ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 1.8446744073709552e19), ("!!binary aGk=", "hi")],
)  # fmt: skip
def test_a_scalar(text: str, value: YamlValue) -> None:
    assert read(f"a: {text}") == {"a": value}


def test_own_keys_go_before_merged_ones_and_the_first_source_before_the_next() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 0}\n"
    found = read(text)
    assert isinstance(found, dict)
    assert found["z"] == {"a": 0, "b": 1, "c": 2}


def test_each_key_has_its_line() -> None:
    places = KeyPlaces()
    read("a:\n  b:\n    - c\n    - d\n", places)
    assert places.lines == {
        ("a",): ("/f", 1),
        ("a", "b"): ("/f", 2),
        ("a", "b", "0"): ("/f", 3),
        ("a", "b", "1"): ("/f", 4),
    }


@pytest.mark.parametrize(("text", "name"), [("name: a", "a"), ("name: 5", "5"), ("x: 1", ""), ("", ""), ("name:", "")])
def test_the_name_of_a_project(text: str, name: str) -> None:
    assert name_of_project(next(documents(text or "~"))) == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "cannot unmarshal !!seq into cli.named"),
        ("name: [a]", "cannot unmarshal !!seq into string"),
        ("a: 1\na: 2", 'mapping key "a" already defined at line 1'),
        ("a long text", "`a long ...` into cli.named"),
    ],
)
def test_no_name(text: str, message: str) -> None:
    with pytest.raises(ComposeError, match="yaml: unmarshal errors:") as refused:
        name_of_project(next(documents(text)))
    assert message in str(refused.value)
