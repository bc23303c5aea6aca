"""YAML as go-yaml writes it: what is written reads back as the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.compose.decoding import NodeDecoder
from vnetsim.compose.kinds import Fields, Plain
from vnetsim.compose.reading import documents
from vnetsim.compose.values import KeyPlaces, YamlValue
from vnetsim.compose.yamlwriter import to_yaml

#: go-yaml escapes what is beyond the basic plane; line breaks other than \n do not survive in literal texts.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\x85\u2028\u2029\ufeff"), max_size=20)
KEY = TEXT.filter(lambda key: "\n" not in key)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=10,
)


def read(text: str) -> YamlValue:
    return NodeDecoder("f", KeyPlaces()).value(next(documents(text)))


@given(st.dictionaries(st.sampled_from("abcd"), PLAIN, min_size=1))
def test_what_is_written_reads_back(tree: dict[str, Plain]) -> None:
    assert read(to_yaml(tree)) == tree


def test_keys_of_maps_are_sorted_with_numbers_as_numbers_and_fields_keep_their_order() -> None:
    tree: dict[str, Plain] = dict.fromkeys(("k10", "k9", "a", "B", "k01", ""), 1)
    assert [line.partition(":")[0] for line in to_yaml(tree).splitlines()] == ['""', "B", "a", "k01", "k9", "k10"]
    assert to_yaml(Fields((("z", []), ("a", {}), ("m", None)))) == "z: []\na: {}\nm: null\n"


def test_blocks_within_blocks() -> None:
    tree: dict[str, Plain] = {"a": [{"b": 1, "c": ["x", ["z"]]}, "t\nu\n"], "d": {"e": "f\n\n"}}
    assert to_yaml(tree) == "a:\n  - b: 1\n    c:\n      - x\n      - - z\n  - |\n    t\n    u\nd:\n  e: |+\n    f\n\n"
