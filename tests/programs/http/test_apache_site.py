"""apache2 2.4.71 of Debian 12, as it answered curl 7.88.1 and nc on Linux 6.18; of dates only the form."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab

HEAD = "HTTP/1.1 {}\r\nDate: DATE\r\nServer: Apache/2.4.71 (Debian)\r\n"
PAGE = HEAD.format("200 OK") + 'Last-Modified: DATE\r\nETag: "TAG"\r\nAccept-Ranges: bytes\r\n'
ERROR = """\
<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head>
<title>{0}</title>
</head><body>
<h1>{1}</h1>
<p>{2}</p>
<hr>
<address>Apache/2.4.71 (Debian) Server at {3} Port 80</address>
</body></html>
"""
HTML = "Content-Type: text/html; charset=iso-8859-1\r\n\r\n"
MISSING = ("404 Not Found", "Not Found", "The requested URL was not found on this server.")
KEPT = (
    "Content-Length: 2\r\nKeep-Alive: timeout=5, max=100\r\nConnection: Keep-Alive\r\nContent-Type: text/html\r\n\r\n"
)
BAD = ("400 Bad Request", "Bad Request", "Your browser sent a request that this server could not understand.<br />\n")
MOVED = ("301 Moved Permanently", "Moved Permanently")
SITE = {
    "index.html": "hello\n",
    "sub/a.txt": "sub\n",
    "dir/index.html": "x\n",
    **{f"f{size}.html": "a" * size for size in (68, 69)},
    "noext": "a" * 100,
    "a.js": "a" * 100,
}


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("ip link set lo up; mkdir -p /var/www/html/sub /var/www/html/dir")
    for name, text in SITE.items():
        lab.run(f"printf '{text.replace(chr(10), chr(92) + 'n')}' > /var/www/html/{name}")
    assert lab.run("service apache2 start").stdout == "Starting Apache httpd web server: apache2.\n"
    return lab


def shown(text: str) -> str:
    """With dates and times of files replaced."""
    text = re.sub(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "DATE", text)
    return re.sub(r'"([0-9a-f]+)-[0-9a-f]+"', '"TAG"', text)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("/", f"{PAGE}Content-Length: 6\r\nContent-Type: text/html\r\n\r\nhello\n"),
        ("/sub/a.txt", f"{PAGE}Content-Length: 4\r\nContent-Type: text/plain\r\n\r\nsub\n"),
        ("/dir/?a=b", f"{PAGE}Content-Length: 2\r\nContent-Type: text/html\r\n\r\nx\n"),
        ("/ -d x=1", f"{PAGE}Content-Length: 6\r\nContent-Type: text/html\r\n\r\nhello\n"),
        ("/f68.html -I", f"{PAGE}Content-Length: 68\r\nContent-Type: text/html\r\n\r\n"),
        ("/f69.html -I", f"{PAGE}Content-Length: 69\r\nVary: Accept-Encoding\r\nContent-Type: text/html\r\n\r\n"),
        ("/a.js -I", f"{PAGE}Content-Length: 100\r\nVary: Accept-Encoding\r\nContent-Type: text/javascript\r\n\r\n"),
        ("/noext -I", f"{PAGE}Content-Length: 100\r\n\r\n"),
        ("/nosuch", HEAD.format("404 Not Found") + f"Content-Length: 311\r\n{HTML}"
         + ERROR.format(*MISSING, "127.0.0.1")),
        ("/dir/index.html/ -I", HEAD.format("404 Not Found") + f"Content-Length: 311\r\n{HTML}"),
        ("/sub", HEAD.format("301 Moved Permanently") + "Location: http://127.0.0.1/sub/\r\n"
         + f"Content-Length: 344\r\n{HTML}"
         + ERROR.format(*MOVED, 'The document has moved <a href="http://127.0.0.1/sub/">here</a>.', "127.0.0.1")),
        ("/.htaccess -I", HEAD.format("403 Forbidden") + f"Content-Length: 314\r\n{HTML}"),
    ],
)  # fmt: skip
def test_what_it_answers(lab: Lab, request_: str, answer: str) -> None:
    assert shown(lab.run(f"curl -si http://127.0.0.1{request_}").stdout) == answer


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("GET / HTTP/1.0\\r\\n\\r\\n",
         f"{PAGE}Content-Length: 6\r\nConnection: close\r\nContent-Type: text/html\r\n\r\nhello\n"),
        ("junk\\r\\n\\r\\n", HEAD.format("400 Bad Request") + f"Content-Length: 341\r\nConnection: close\r\n{HTML}"
         + ERROR.format(*BAD, "127.0.0.1")),
        ("GET /dir/ HTTP/1.0\\r\\nConnection: keep-alive\\r\\n\\r\\n", PAGE + KEPT + "x\n"),
        ("GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\nGET /nosuch HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n",
         f"{PAGE}Content-Length: 6\r\nContent-Type: text/html\r\n\r\nhello\n" + HEAD.format("404 Not Found")
         + f"Content-Length: 303\r\nConnection: close\r\n{HTML}" + ERROR.format(*MISSING, "x")),
    ],
)  # fmt: skip
def test_connections(lab: Lab, request_: str, answer: str) -> None:
    assert shown(lab.run(f"printf '{request_}' | timeout 6 nc -q 5 127.0.0.1 80").stdout) == answer


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        ("/sub/", "apache2: what it answers without /var/www/html/sub/index.html"),
        ("/icons/", "apache2: /icons"),
        ("/ -X PUT", "apache2: the method PUT"),
        ("/ -r 0-1", "apache2: requests with Range"),
    ],
)
def test_what_a_request_may_not_ask_for(lab: Lab, request_: str, refusal: str) -> None:
    mark = lab.shortfall.mark()
    lab.run(f"curl -s http://127.0.0.1{request_}")
    assert any(refusal in str(failure) for failure in lab.shortfall.since(mark))
