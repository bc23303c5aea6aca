"""Go's values: JSON, fmt, times and sizes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.docker.go import encode, printing, times
from vnetsim.programs.docker.go.values import (
    BOOL,
    FLOAT64,
    INT,
    STRING,
    STRING_MAP,
    STRINGS,
    GoField,
    GoType,
    GoValue,
    Json,
    boolean,
    decode,
    integer,
    is_true,
    pointer_to,
    slice_of,
    string,
    strings,
    structure,
    untyped,
    zero,
)

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PAIR = structure("lab.Pair", GoField("Key", STRING, "key"), GoField("Value", INT, "value", omit_empty=True))


# --- JSON ------------------------------------------------------------------------------------------------------------


@given(DOCUMENTS)
def test_json_can_be_read_back(document: Json) -> None:
    assert json.loads(encode.document(document)) == document
    assert json.loads(encode.indented(document)) == document
    assert json.loads(encode.marshal(untyped(document))) == document


@given(DOCUMENTS)
def test_json_of_values_is_sorted_by_key_and_escapes_html(document: Json) -> None:
    text = encode.marshal(untyped(document))
    assert not set("<>&") & set(text)
    assert text == encode.marshal(untyped(json.loads(text)))
    orders: list[list[str]] = []
    json.loads(text, object_pairs_hook=lambda pairs: orders.append([key for key, _ in pairs]))
    assert orders == [sorted(order) for order in orders]


def test_documents_keep_their_order_and_values_are_sorted() -> None:
    document: Json = {"b": 1, "a": [True, None, "<x>"], "empty": {}, "none": []}
    assert encode.document(document) == '{"b":1,"a":[true,null,"\\u003cx\\u003e"],"empty":{},"none":[]}'
    assert encode.marshal(untyped(document)) == '{"a":[true,null,"\\u003cx\\u003e"],"b":1,"empty":{},"none":[]}'
    assert encode.marshal(string("<x>"), escape_html=False) == '"<x>"'
    assert encode.indented(document) == (
        '{\n    "b": 1,\n    "a": [\n        true,\n        null,\n        "\\u003cx\\u003e"\n    ],\n'
        '    "empty": {},\n    "none": []\n}'
    )


def test_structures_keep_the_order_of_their_fields_and_leave_out_what_is_empty() -> None:
    assert encode.marshal(decode(PAIR, {"value": 3, "key": "a"})) == '{"key":"a","value":3}'
    assert encode.marshal(decode(PAIR, {"value": 0})) == '{"key":""}'
    assert encode.marshal(zero(pointer_to(PAIR))) == "null"
    assert encode.marshal(None) == "null"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (1.0, "1"), (1.5, "1.5"), (-2.25, "-2.25"), (1e20, "100000000000000000000"), (1e21, "1e+21")],
)
def test_floats_in_json(number: float, text: str) -> None:
    assert encode.marshal(GoValue(FLOAT64, number)) == text


# --- fmt -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (boolean(True), "true"),
        (integer(-3), "-3"),
        (string("a b"), "a b"),
        (strings(["a", "b"]), "[a b]"),
        (zero(STRINGS), "[]"),
        (zero(STRING_MAP), "map[]"),
        (decode(STRING_MAP, {"b": "2", "a": "1"}), "map[a:1 b:2]"),
        (decode(PAIR, {"key": "a", "value": 1}), "{a 1}"),
        (decode(pointer_to(PAIR), {"key": "a", "value": 1}), "&{a 1}"),
        (zero(pointer_to(PAIR)), "<nil>"),
        (untyped({"a": None, "b": [1, "x"]}), "map[a:<nil> b:[1 x]]"),
        (decode(slice_of(pointer_to(PAIR)), [None]), "[<nil>]"),
        (GoValue(FLOAT64, 1e21), "1e+21"),
        (GoValue(FLOAT64, 100000.0), "100000"),
        (GoValue(FLOAT64, 1e6), "1e+06"),
        (GoValue(FLOAT64, -1234567.5), "-1.2345675e+06"),
        (GoValue(FLOAT64, 1e-300), "1e-300"),
        (GoValue(FLOAT64, 0.1), "0.1"),
        (GoValue(FLOAT64, 1e-7), "1e-07"),
        (None, "<nil>"),
    ],
)
def test_values_print_as_percent_v(value: GoValue | None, text: str) -> None:
    assert printing.text_of(value) == text


@pytest.mark.parametrize(
    ("form", "values", "text"),
    [
        ("%s %d %t", (string("a"), integer(1), boolean(True)), "a 1 true"),
        ("%v|%+v", (decode(PAIR, {"key": "a"}), decode(PAIR, {"key": "a"})), "{a 0}|{Key:a Value:0}"),
        ("%q %x %X %c", (string("a\n"), integer(255), integer(255), integer(65)), '"a\\n" ff FF A'),
        ("%5d|%-5d|%05d|%+d", tuple(integer(42) for _ in range(4)), "   42|42   |00042|+42"),
        ("%.2f %e %g", (GoValue(FLOAT64, 1.5), GoValue(FLOAT64, 1.5), GoValue(FLOAT64, 1.5)), "1.50 1.500000e+00 1.5"),
        ("%.2s|%*d", (string("abc"), integer(4), integer(1)), "ab|   1"),
        ("%T %T", (string("a"), strings([])), "string []string"),
        ("%d%%", (integer(5),), "5%"),
        ("%d", (string("a"),), "%!d(string=a)"),
        ("%s", (integer(1),), "%!s(int=1)"),
        ("%s", (), "%!s(MISSING)"),
        ("x", (integer(1), string("a")), "x%!(EXTRA int=1, string=a)"),
        ("100%", (), "100%!(NOVERB)"),
        ("%s", (strings(["a", "b"]),), "[a b]"),
        ("%q", (strings(["a", "b"]),), '["a" "b"]'),
    ],
)
def test_printf(form: str, values: tuple[GoValue, ...], text: str) -> None:
    assert printing.sprintf(form, values) == text


@given(st.text())
def test_a_quoted_text_is_printable_and_says_everything(text: str) -> None:
    quoted = printing.quote(text)
    assert quoted.isprintable()
    assert quoted[0] == quoted[-1] == '"'


def test_print_puts_spaces_between_what_is_no_string() -> None:
    assert printing.sprint((integer(1), integer(2), string("a"), integer(3), boolean(False))) == "1 2a3 false"


# --- truth -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [BOOL, INT, STRING, STRINGS, STRING_MAP, pointer_to(PAIR)])
def test_zero_values_are_false(kind: GoType) -> None:
    assert not is_true(zero(kind))


def test_structures_are_true_whatever_they_hold() -> None:
    assert is_true(zero(PAIR))
    assert not is_true(None)


# --- times and sizes -------------------------------------------------------------------------------------------------


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_a_time_is_read_back(nanos: int) -> None:
    assert times.nanoseconds(times.rfc3339(nanos)) == nanos
    assert times.nanoseconds(times.rfc3339(nanos, digits=9)) == nanos


def test_times_print_as_go_prints_them() -> None:
    assert times.printed("2026-11-24T06:37:17.733902550Z") == "2026-11-24 06:37:17.73390255 +0000 UTC"
    assert times.printed("0001-01-01T00:00:00Z") == "0001-01-01 00:00:00 +0000 UTC"
    assert times.printed_seconds(1_795_507_536) == "2026-11-24 08:05:36 +0000 UTC"
    assert times.rfc3339(1_795_507_536_610_000_000) == "2026-11-24T08:05:36.61Z"
    assert times.nanoseconds("2026-11-24T09:05:36+01:00") == 1_795_507_536_000_000_000


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0B"), (999, "999B"), (1234, "1.234kB"), (125_572_423, "125.6MB"), (10**12, "1TB")]
)
def test_sizes(size: int, text: str) -> None:
    assert times.human_size(size) == text


def test_sizes_in_powers_of_two() -> None:
    assert times.bytes_size(25_276_502_016) == "23.54GiB"
    assert times.human_size(125_572_423, 3) == "126MB"
