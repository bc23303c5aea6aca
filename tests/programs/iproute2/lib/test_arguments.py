"""How words are read and output is written, whatever the object: laws."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, matches, number, signed
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output, JsonWriter
from vnetsim.programs.iproute2.lib.prefixes import get_addr, get_prefix
from vnetsim.wire.inet import InterfaceAddress, IPv4, IPv6

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_a_document_means_what_was_written(value: object, pretty: bool) -> None:
    writer = JsonWriter(pretty=pretty)
    writer.value(None, value)  # type: ignore[arg-type]
    assert json.loads(writer.text()) == value


def test_oneline_and_json_are_chosen_by_the_printer() -> None:
    printers = Iproute2Output(), Iproute2Output(oneline=True), Iproute2Output(json=True)
    for printer in printers:
        printer.open_object()
        printer.both("key", "text", 1)
        printer.line()
        printer.close_object()
    assert [printer.result() for printer in printers] == ["text\n", "text\\", '[{"key":1}]\n']


@given(st.text("abc", min_size=1, max_size=4), st.text("abc", max_size=4))
def test_every_beginning_of_a_keyword_is_the_keyword(beginning: str, rest: str) -> None:
    assert matches(beginning, beginning + rest)
    assert not matches(beginning + rest + "x", beginning + rest)
    assert not matches("", beginning)


@given(st.integers(0, 2**32 - 1))
def test_numbers_are_read_in_every_base(value: int) -> None:
    assert number(str(value)) == number(hex(value)) == number(f"0{value:o}") == value
    assert number(f"{value}x") is None
    assert number(f"-{value}") == (0 if value == 0 else None)


@pytest.mark.parametrize("text", ["", " ", "x", "1 ", "1_0", "0b1", "08", "4294967296", "+-1", "١"])
def test_what_strtoul_does_not_read_to_its_end_is_no_number(text: str) -> None:
    assert number(text) is None


def test_signed_numbers_are_ints() -> None:
    assert (signed("-5"), signed("0x10"), signed("2147483648"), signed("abc")) == (-5, 16, None, None)


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_ipv4_prefixes_are_read_with_lengths_and_masks(value: int, length: int) -> None:
    address = IPv4(value)
    mask = IPv4((1 << 32) - (1 << 32 - length))
    for text in (f"{address}/{length}", f"{address}/{mask}"):
        word = get_prefix(text)
        assert (word.address, word.length, word.length_given, word.version) == (address, length, True, 4)
    assert get_prefix(str(address)).length == 32
    assert not get_prefix(str(address)).length_given


@given(st.integers(0, 2**128 - 1), st.integers(0, 128))
def test_ipv6_prefixes_are_read(value: int, length: int) -> None:
    word = get_prefix(str(InterfaceAddress(IPv6(value), length)))
    assert (word.address, word.length, word.version) == (value, length, 6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", "10.0.0.0"),
        ("10.9", "10.9.0.0"),
        ("10.9.1", "10.9.1.0"),
        ("0x0a.5.0.1", "10.5.0.1"),
        ("010.6", "8.6.0.0"),
    ],
)
def test_what_is_missing_of_an_address_is_zero(text: str, value: str) -> None:
    assert get_addr(text) == IPv4.parse(value)


@pytest.mark.parametrize("text", ["", "10.0.0.256", "1.2.3.4.5", "10..1", "hello", "10.0.0.1 ", "fd00::1%eth0", "::g"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Iproute2Error, match="any valid address is expected rather than"):
        get_addr(text)


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("02:00:00:00:00:01", b"\2\0\0\0\0\1"),
        ("2:0:0:0:0:1", b"\2\0\0\0\0\1"),
        ("02:00:00:00:00:0x1", b"\2\0\0\0\0\1"),
        ("bogus", b"\x0b"),
        ("02-00-00-00-00-01", b"\2"),
        ("10.0.0.1", b"\x0a\0\0\1"),
    ],
)
def test_link_layer_addresses_are_read_as_generously_as_scanf_reads(text: str, octets: bytes) -> None:
    assert ll_addr.parse(text) == octets


def test_words_are_taken_from_left_to_right() -> None:
    words = Args(["dev", "v0", "up"])
    assert [(word, words.next_arg() if word == "dev" else None) for word in words] == [("dev", "v0"), ("up", None)]
    with pytest.raises(Iproute2Error, match="Command line is not complete"):
        words.next_arg()
    words.back()
    assert (words.peek, len(words), words.rest) == ("up", 1, ("up",))
    assert words.take_if("down", "up")
    assert not words
