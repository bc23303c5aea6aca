"""Requests and their bodies, read as the engine reads them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import EngineError
from vnetsim.serve.messages import ApiRequest, json_line, parse_query


def request(query: str = "", body: bytes = b"", kind: str | None = None) -> ApiRequest:
    headers = {} if kind is None else {"content-type": kind}
    return ApiRequest(method="GET", path="/", version=(1, 51), query=parse_query(query), headers=headers, body=body)


@pytest.mark.parametrize(
    ("query", "flag"),
    [("", False), ("a=", False), ("a=0", False), ("a=no", False), ("a=False", False), ("a=none", False), ("a=1", True),
     ("a=true", True), ("a=x", True)],
)  # fmt: skip
def test_a_flag_is_true_unless_it_says_otherwise(query: str, flag: bool) -> None:
    assert request(query).flag("a") is flag


@pytest.mark.parametrize(
    ("text", "filters"),
    [("", {}), ('{"name":["web"]}', {"name": ["web"]}), ('{"name":{"web":true,"db":false}}', {"name": ["web"]})],
)
def test_filters_have_two_forms(text: str, filters: dict[str, list[str]]) -> None:
    assert request(f"filters={text}").filters() == filters


@pytest.mark.parametrize("text", ["x", "[]", "3", '{"a":1}', "[" * 100_000])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(EngineError, match="invalid filter") as refused:
        request(f"filters={text}").filters()
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"{}", None, "unsupported Content-Type header (): must be 'application/json'"),
        (b"{}", "text/plain", "unsupported Content-Type header (text/plain): must be 'application/json'"),
        (b'{"a"', "application/json", "invalid JSON: unexpected EOF"),
        (b"{} {}", "application/json", "unexpected content after JSON"),
        (b"[]", "application/json", "json: cannot unmarshal array into Go value of type object"),
        (b"[" * 100_000, "application/json", "invalid JSON: exceeded max depth"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(body: bytes, kind: str | None, message: str) -> None:
    with pytest.raises(EngineError) as refused:
        request(body=body, kind=kind).json()
    assert (refused.value.status, refused.value.message) == (400, message)


@given(st.binary(max_size=40))
def test_any_body_is_an_object_or_refused(body: bytes) -> None:
    with suppress(EngineError):
        assert isinstance(request(body=body, kind="application/json; charset=utf-8").json(), dict)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_json_is_one_line(value: Any) -> None:
    line = json_line(value)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    json.loads(line)
