"""The `listen` directives of an nginx (test_serverconfig has those of recorded ones)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.daemon.test_serverconfig import Texts
from vnetsim.docker.daemon.nginxconfig import each_port, listens


def of(text: str, **files: str) -> list[str] | None:
    given: Any = Texts({"/etc/nginx/nginx.conf": text, **{f"/etc/nginx/{name}": each for name, each in files.items()}})
    return listens(given, {})


def test_a_server_without_listen_has_port_80_and_one_that_is_no_block_has_none() -> None:
    assert of("http { upstream a { server b:1; } server { } }") == ["80"]


def test_a_file_that_includes_itself_ends() -> None:
    assert of("include nginx.conf; http { server { listen 1; } }") == ["1"] * 11


def test_quotes_comments_and_variables_hide_no_directive() -> None:
    assert of('http { server { # listen 1;\n listen 2; add_header a "} listen 3;"; set $x ${y}z; listen 4; } }') == [
        "2",
        "4",
    ]


@pytest.mark.parametrize("text", ["http { server { listen 1;", "}}}", "{{{", "listen;", '"', "server { listen 80"])
def test_what_is_cut_off_is_read_as_far_as_it_goes(text: str) -> None:
    assert of(text) in ([], ["1"], ["80"], [""])


@pytest.mark.parametrize(
    ("address", "ports"),
    [
        ("8000-8002", ["8000", "8001", "8002"]),
        ("127.0.0.1:80-81", ["127.0.0.1:80", "127.0.0.1:81"]),
        ("[::]:80", ["[::]:80"]),
        ("[::]", ["[::]:80"]),
        ("127.0.0.1", ["127.0.0.1:80"]),
        ("localhost", ["localhost:80"]),
        ("8-x", ["8-x:80"]),
    ],
)
def test_a_range_is_each_of_its_ports(address: str, ports: list[str]) -> None:
    assert list(each_port(address)) == ports
