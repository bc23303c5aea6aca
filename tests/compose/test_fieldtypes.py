"""Fields of all types: what they accept, and how they are written."""

from __future__ import annotations

from typing import Any

import pytest

from vnetsim.compose import fieldtypes as types
from vnetsim.compose.kinds import FieldError, FieldKind, Plain
from vnetsim.compose.values import YamlValue


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (types.STRING, 5, "5"),
        (types.BOOL, "yes", True),
        (types.UNIT_BYTES, "1k", "1024"),
        (types.DURATION, "90s", "1m30s"),
        (types.DEVICE_COUNT, "all", -1),
        (types.FILE_MODE, "0440", "0440"),
        (types.FILE_MODE, 0o444, "0444"),
        (types.LABELS, ["a=b", "c"], {"a": "b", "c": ""}),
        (types.MAPPING_WITH_EQUALS, ["a=b", "c", "d="], {"a": "b", "c": None, "d": ""}),
        (types.MAPPING_WITH_EQUALS, {"a": 1.50, "b": True}, {"a": "1.5", "b": "true"}),
        (types.OPTIONS, {"a": 1, "b": None}, {"a": "1", "b": ""}),
        (types.MULTI_OPTIONS, {"a": [1, 2], "b": "c"}, {"a": ["1", "2"], "b": ["c"]}),
        (types.STRING_LIST, "a", ["a"]),
        (types.STRING_OR_NUMBER_LIST, [1, "2"], ["1", "2"]),
        (types.HEALTH_TEST, "curl x", ["CMD-SHELL", "curl x"]),
        (types.SHELL_COMMAND, "a 'b c'", ["a", "b c"]),
        (types.HOSTS, ["b=1.1.1.1,2.2.2.2", "a:[::1]"], ["a=::1", "b=1.1.1.1", "b=2.2.2.2"]),
        (types.SSH, {"default": None, "k": "/k"}, ["default", "k: /k"]),
    ],
)
def test_a_value(kind: FieldKind[Any], value: YamlValue, written: Plain) -> None:
    assert kind.encode(kind.decode(value, "f"), False) == written


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (types.STRING, 1.5, "expected type 'string', got unconvertible type 'float64'"),
        (types.UINT64, -1, "cannot parse value as 'uint64': -1 overflows uint"),
        (types.UINT64, "1", "expected type 'uint64', got unconvertible type 'string'"),
        (types.HOSTS, ["a"], "invalid additional host, missing IP: a"),
        (types.HOSTS, {"a:b": "1.1.1.1"}, "bad host name 'a:b'"),
        (types.DEVICE_COUNT, "some", "invalid value \"some\", the only value allowed is 'all' or a number"),
        (types.MAPPING_WITH_EQUALS, ["A =1"], "environment variable A  is declared with a trailing space"),
        (types.SHELL_COMMAND, "a 'b", "invalid command line string"),
    ],
)
def test_what_is_refused(kind: FieldKind[Any], value: YamlValue, message: str) -> None:
    with pytest.raises(FieldError) as refused:
        kind.decode(value, "f")
    assert str(refused.value) == f"decoding failed due to the following error(s):\n\n'f' {message}"
