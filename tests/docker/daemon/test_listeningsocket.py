"""Addresses and ports as configuration files write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.docker.daemon.listeningsocket import ListeningSocket, merged, of_text

PORTS, ADDRESSES = st.sampled_from([80, 81]), st.sampled_from(["", "0.0.0.0", "::", "127.0.0.1"])
SOCKETS = st.lists(st.tuples(PORTS, ADDRESSES).map(lambda parts: ListeningSocket(*parts)), max_size=6)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("80", [ListeningSocket(80)]),
        (":80", [ListeningSocket(80)]),
        ("*:80", [ListeningSocket(80)]),
        ("localhost:80", [ListeningSocket(80, "127.0.0.1")]),
        ("[::1]:80", [ListeningSocket(80, "::1")]),
        ("0.0.0.0:80", [ListeningSocket(80, "0.0.0.0")]),
        ("unix:/run/x.sock", []),
        ("shop.example.com:80", []),
        ("0", []),
        ("65536", []),
        ("$PORT", []),
    ],
)
def test_a_text_is_one_socket_or_none(text: str, found: list[ListeningSocket]) -> None:
    assert list(of_text(text)) == found


@given(SOCKETS)
def test_merged_sockets_can_be_bound_beside_each_other(sockets: list[ListeningSocket]) -> None:
    left = merged(sockets)
    assert {each.port for each in left} == {each.port for each in sockets}
    for port in {each.port for each in left}:
        addresses = [each.address for each in left if each.port == port]
        assert len(set(addresses)) == len(addresses)
        assert "" not in addresses or addresses == [""]
