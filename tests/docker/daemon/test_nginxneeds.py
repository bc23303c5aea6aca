"""What an nginx needs (test_startneeds has what recorded ones did)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.daemon.test_serverconfig import Texts
from vnetsim.docker.daemon.nginxneeds import needs


def of(text: str) -> list[str]:
    """The hosts and the files, in the order in which they are looked at."""
    given: Any = Texts({"/etc/nginx/nginx.conf": text})
    return [each.host or each.file or "wrong" for each in needs(given, {})]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("http { upstream a { server b:1; server unix:/x; server 10.0.0.1; server [::1]:8; } }", ["b"]),
        ("http { upstream a { server b resolve; server c:80 weight=5; } }", ["c"]),
        ("http { server { location / { proxy_pass https://B.example:8443/x; } } }", ["B.example"]),
        ("http { server { location / { proxy_pass http://a; } } upstream a { server b; } }", ["b"]),
        ("http { server { location / { proxy_pass http://$host; proxy_pass http://10.1.1.1; } } }", []),
        ("stream { server { listen 1; proxy_pass db:5432; } }", ["db"]),
        ("include mime.types; include conf.d/*.conf; include x.conf;", ["/etc/nginx/x.conf"]),
        ("http { server { ssl_certificate c; ssl_certificate_key k; } }", ["/etc/nginx/c", "/etc/nginx/k"]),
        ("http { server { ssl_certificate /c; } }", ["wrong"]),
        ("http { ssl_certificate /c; ssl_certificate_key /k; server { ssl_certificate /d; } }", ["/d", "/k"]),
        ("http { server { ssl_certificate data:x; ssl_certificate_key $k; } }", []),
        ("http { server { proxy_pass; ssl_certificate; include; } upstream; }", []),
    ],
)
def test_a_host_or_a_file_is_needed_where_nginx_looks_at_it(text: str, needed: list[str]) -> None:
    assert of(text) == needed


def test_without_a_configuration_nothing_is_needed() -> None:
    nothing: Any = Texts({})
    assert list(needs(nothing, {})) == []
