"""What a set has no room for is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.netfilter.ipset.sets import Sets
from vnetsim.netfilter.ipset.refusals import IpsetRefusal


@pytest.mark.parametrize(
    ("option", "given", "code"),
    [
        ("timeout", {"timeout": 0}, "TIMEOUT"),
        ("counters", {"bytes": 1}, "COUNTER"),
        ("comment", {"comment": ""}, "COMMENT"),
        ("skbinfo", {"skbqueue": 0}, "SKBINFO"),
    ],
)
def test_extensions_need_their_option(option: str, given: dict[str, Any], code: str) -> None:
    sets = Sets()
    sets.create("without", "hash:ip")
    options: dict[str, Any] = {option: 5 if option == "timeout" else True}
    sets.create("with", "hash:ip", **options)
    assert sets.refusal("add", "without", "10.0.0.1", **given) == code
    assert sets.refusal("add", "with", "10.0.0.1", **given) == ""
    assert str(IpsetRefusal(code)) == f"ipset: {code}"
