"""Answers of httpd 2.4.71: recorded ones, directories without a page, and the counting of requests."""

from __future__ import annotations

import re

import pytest

from tests.programs.webserver.asking import ask, differences
from vnetsim import Lab
from vnetsim.errors import NotModelled

LISTING = """\
<ul><li><a href=".hid"> .hid</a></li>
<li><a href="A/"> A/</a></li>
<li><a href="Y.txt"> Y.txt</a></li>
<li><a href="b/"> b/</a></li>
<li><a href="z.txt"> z.txt</a></li>
</ul>
"""
EMPTY = '<h1>Index of /A</h1>\n<ul><li><a href="/"> Parent Directory</a></li>\n</ul>\n'


def test_a_directory_is_listed_and_the_client_names_host_and_port() -> None:
    lab = Lab()
    lab.run("mkdir -p /site/A /site/b && touch /site/.hid /site/Y.txt /site/z.txt", expected=0)
    lab.run("docker run -d -p 99:80 -v /site:/usr/local/apache2/htdocs:ro httpd", expected=0)
    root = lab.run("curl -s http://localhost:99/", expected=0).stdout
    assert "<h1>Index of /</h1>" in root
    assert LISTING in root
    assert EMPTY in lab.run("curl -s http://localhost:99/A/", expected=0).stdout
    assert "\r\nLocation: http://localhost:99/A/\r\n" in lab.run("curl -si http://localhost:99/A").stdout
    assert "HTTP/1.1 405 Method Not Allowed" in lab.run("curl -si -X PUT -d a http://localhost:99/none").stdout
    kept = r"GET /b/ HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
    both = lab.run(f"(printf '{kept}{kept}'; sleep 0.1) | nc -N 172.17.0.2 80", expected=0).stdout
    assert re.findall(r"max=(\d+)", both) == ["100", "99"]


def test_answers_are_those_of_the_real_server() -> None:
    assert differences("httpd") == {}


@pytest.mark.parametrize(("text", "said"), [
    ("GET /t.txt HTTP/1.0\r\nRange: bytes=0-0,2-2\r\n\r\n", "several ranges"),
    ("TRACE / HTTP/1.0\r\nHost: web\r\n\r\n", "TRACE"),
])  # fmt: skip
def test_what_is_not_modelled_is_refused(text: str, said: str) -> None:
    with pytest.raises(NotModelled, match=said):
        ask("httpd", text)


def test_a_method_in_lower_case_is_not_known() -> None:
    [answer] = ask("httpd", "get / HTTP/1.1\r\nHost: web\r\n\r\n")
    assert answer.status == 501


def test_a_line_without_cr_is_no_request() -> None:
    lab = Lab()
    lab.run("docker run -d httpd", expected=0)
    lab.run("docker run -d nginx", expected=0)
    request = r"GET / HTTP/1.1\nHost: a\n\n"
    answers = [
        lab.run(f"(printf '{request}'; sleep 0.1) | nc -N 172.17.0.{each} 80", expected=0).stdout for each in (2, 3)
    ]
    assert [each.split("\r\n")[0] for each in answers] == ["HTTP/1.1 400 Bad Request", "HTTP/1.1 200 OK"]
