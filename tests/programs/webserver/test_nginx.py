"""Answers of nginx 1.30.6."""

from __future__ import annotations

import pytest

from tests.programs.webserver.asking import ask, differences
from vnetsim.errors import NotModelled


def test_answers_are_those_of_the_real_server() -> None:
    assert differences("nginx") == {}


def test_several_ranges_are_refused() -> None:
    with pytest.raises(NotModelled, match="several ranges"):
        ask("nginx", "GET /t.txt HTTP/1.0\r\nRange: bytes=0-0,2-2\r\n\r\n")


@pytest.mark.parametrize("host", ["web", "10.0.0.2", "[fd00::b]"])
def test_a_redirect_names_the_host_of_the_client_without_its_port(host: str) -> None:
    for port in ("", ":8080"):
        [answer] = ask("nginx", f"GET /sub HTTP/1.1\r\nHost: {host}{port}\r\n\r\n")
        assert f"\r\nLocation: http://{host}/sub/\r\n".encode() in answer.data


def test_a_method_in_lower_case_is_no_request() -> None:
    [answer] = ask("nginx", "get / HTTP/1.1\r\nHost: web\r\n\r\n")
    assert answer.status == 400
