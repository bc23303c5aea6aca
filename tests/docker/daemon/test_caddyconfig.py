"""The sites of a Caddyfile (test_serverconfig has recorded ones)."""

from __future__ import annotations

import pytest

from vnetsim.docker.daemon.caddyconfig import sockets


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        (":80 {\n}\n", ["80"]),
        ("a.test, b.test {\n}\n", ["443", "80"]),
        ("http://a.test:8080 {\n}\n", ["8080"]),
        ("{\n\tauto_https off\n}\na.test {\n}\n", ["443"]),
        ("{\n\thttp_port 8000\n\thttps_port 8443\n}\na.test {\n}\n", ["8000", "8443"]),
        ("(log) {\n\tlog\n}\n&(x) {\n}\n:81 {\n\timport log\n}\n", ["81"]),
        (":80 {\n\thandle {\n\t\trespond hi\n\t}\n}\n", ["80"]),
        ("# :1 {\n:82 {\n}\n", ["82"]),
        ("", []),
        ("{\n", []),
        ("}\n", []),
    ],
)
def test_the_ports_of_its_sites(text: str, ports: list[str]) -> None:
    assert sorted({str(each.port) for each in sockets(text, {}) if each.protocol == "tcp"}) == ports


def test_bind_names_the_address() -> None:
    assert [each.address for each in sockets(":80 {\n\tbind 10.0.0.2\n}\n", {})] == ["10.0.0.2"]
