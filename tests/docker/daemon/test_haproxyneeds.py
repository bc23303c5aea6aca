"""What a haproxy needs (test_startneeds has what recorded ones did)."""

from __future__ import annotations

import pytest

from vnetsim.docker.daemon.haproxyneeds import needs


def of(text: str) -> list[str]:
    return [each.host or each.file for each in needs(text, "/h.cfg", lambda line: line.replace("$NAME", "named"))]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("backend b\n server s app:80 # c\n server t 10.0.0.1:80\n server u [::1]:80\n server v unix@/x", ["app"]),
        ('listen l\n server s ipv4@app:80\n server t "$NAME":80\n server u $OTHER:80', ["app", "named"]),
        ("frontend f\n server s app:80", []),
        (
            "defaults\n default-server init-addr none\nbackend b\n server s a:1\ndefaults\nbackend c\n server s c:1",
            ["c"],
        ),
        ("backend b\n default-server resolvers r\n server s a:1\n server t c:1 init-addr libc", ["c"]),
        ("backend b\n server-template s 1-2 app:80 check", ["app", "app"]),
        ("frontend f\n bind :443 ssl crt /a crt /b\n bind :444 ssl crt c\n errorfile 503 /d", ["/a", "/b", "/d"]),
        ("backend b\n server\n server s\nerrorfile", []),
    ],
)
def test_a_server_needs_its_name_and_a_bind_its_certificate(text: str, needed: list[str]) -> None:
    assert of(text) == needed
