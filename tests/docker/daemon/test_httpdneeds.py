"""What an httpd needs (test_startneeds has what recorded ones did)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.daemon.test_serverconfig import Texts
from vnetsim.docker.daemon.httpdneeds import MAIN, needs

SSL = "LoadModule ssl_module modules/mod_ssl.so\n"
OWN = "/usr/local/apache2/conf/own.conf"


def of(text: str, **files: str) -> list[str]:
    given: Any = Texts({MAIN: text, **({OWN: files["own"]} if files else {})})
    return [each.file or each.text.splitlines()[-1] for each in needs(given, lambda line: line.replace("$C", "/c"))]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (f"{SSL}SSLCertificateFile $C/a.crt", ["/c/a.crt"]),
        (f"{SSL}# SSLCertificateFile /b\n<IfDefine X>\nSSLCertificateFile /d\n</IfDefine>", []),
        (
            f"{SSL}<IfModule mod_ssl.c>\nSSLCertificateFile /b\n</IfModule>\n<IfModule !mod_ssl.c>\nX\n</IfModule>",
            ["/b"],
        ),
        ("<IfModule ssl_module>\nSSLEngine on\n</IfModule>", []),
        ("LoadModule jk_module /m/mod_jk.so", ["/m/mod_jk.so"]),
        ("Include conf/extra/httpd-vhosts.conf\nInclude conf/extra/*.conf\nIncludeOptional conf/x/*.conf", []),
        ("ServerRoot /srv\nInclude a.conf", ["/srv/a.conf"]),
        ("Include", []),
    ],
)
def test_what_is_active_needs_its_file(text: str, needed: list[str]) -> None:
    assert of(text) == needed


def test_an_included_file_is_read_and_one_that_includes_itself_ends() -> None:
    assert of("Include conf/own.conf", own=f"{SSL}SSLCertificateFile /a\n") == ["/a"]
    assert of("Include conf/*.conf", own="Include conf/own.conf\nLoadModule x_module /x.so")[0] == "/x.so"


def test_without_a_file_nothing_is_needed() -> None:
    nothing: Any = Texts({})
    assert list(needs(nothing, str)) == []
