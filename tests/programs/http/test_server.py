"""`python3 -m http.server`, as Python 3.11.2 answered curl 7.88.1 and nc on Linux 6.18; of dates only the form."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab

HEAD = "HTTP/1.0 {}\r\nServer: SimpleHTTP/0.6 Python/3.11.2\r\nDate: DATE\r\n"
LISTING = """\
<!DOCTYPE HTML>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Directory listing for /</title>
</head>
<body>
<h1>Directory listing for /</h1>
<hr>
<ul>
<li><a href="a.txt">a.txt</a></li>
<li><a href="b.bin">b.bin</a></li>
<li><a href="page.html">page.html</a></li>
<li><a href="sp%20ace%26.txt">sp ace&amp;.txt</a></li>
<li><a href="sub/">sub/</a></li>
</ul>
<hr>
</body>
</html>
"""
ERROR = """\
<!DOCTYPE HTML>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: {0}</p>
        <p>Message: {1}.</p>
        <p>Error code explanation: {0} - {2}.</p>
    </body>
</html>
"""
MISSING = ERROR.format(404, "File not found", "Nothing matches the given URI")
POSTED = ERROR.format(501, "Unsupported method ('POST')", "Server does not support this operation")
CLOSE = "Connection: close\r\nContent-Type: text/html;charset=utf-8\r\n"
ANSWERS = [
    ("/", HEAD.format("200 OK") + f"Content-type: text/html; charset=utf-8\r\nContent-Length: 388\r\n\r\n{LISTING}",
     '"GET / HTTP/1.1" 200 -'),
    ("/a.txt?x=1", HEAD.format("200 OK") + "Content-type: text/plain\r\nContent-Length: 6\r\n"
     "Last-Modified: DATE\r\n\r\nhello\n", '"GET /a.txt?x=1 HTTP/1.1" 200 -'),
    ("/sub", HEAD.format("301 Moved Permanently") + "Location: /sub/\r\nContent-Length: 0\r\n\r\n",
     '"GET /sub HTTP/1.1" 301 -'),
    ("/nope", HEAD.format("404 File not found") + CLOSE + f"Content-Length: 335\r\n\r\n{MISSING}",
     'code 404, message File not found\n"GET /nope HTTP/1.1" 404 -'),
    ("/ -d x=1", HEAD.format("501 Unsupported method ('POST')") + CLOSE + f"Content-Length: 357\r\n\r\n{POSTED}",
     "code 501, message Unsupported method ('POST')\n\"POST / HTTP/1.1\" 501 -"),
    ("/page.html -I", HEAD.format("200 OK") + "Content-type: text/html\r\nContent-Length: 10\r\n"
     "Last-Modified: DATE\r\n\r\n",
     '"HEAD /page.html HTTP/1.1" 200 -'),
    ("/a.txt -H 'If-Modified-Since: Fri, 27 Nov 2099 00:00:00 GMT'", HEAD.format("304 Not Modified") + "\r\n",
     '"GET /a.txt HTTP/1.1" 304 -'),
]  # fmt: skip


@pytest.fixture
def lab() -> Lab:
    made = Lab(docker=False)
    assert made.run(
        "ip link set lo up; mkdir -p /www/sub; cd /www; echo hello > a.txt; echo '<p>hi</p>' > page.html; "
        "printf 'x\\0y' > b.bin; echo sub > sub/c.txt; echo 'a b' > 'sp ace&.txt'"
    )
    made.start("cd /www; python3 -m http.server 8000 > /out 2> /log")
    made.sleep(0.1)
    return made


def undated(text: str) -> str:
    return re.sub(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "DATE", text)


@pytest.mark.parametrize(("request_", "answer", "logged"), ANSWERS)
def test_it_answers_as_it_answers(lab: Lab, request_: str, answer: str, logged: str) -> None:
    assert undated(lab.run(f"curl -sS -i http://127.0.0.1:8000{request_}").stdout) == answer
    told = [line.partition("] ")[2] for line in lab.run("cat /log").stdout.splitlines()]
    assert "\n".join(told) == logged


def test_it_knows_requests_without_a_version(lab: Lab) -> None:
    assert lab.run(r"(printf 'GET /a.txt\r\n\r\n'; sleep 0.1) | nc 127.0.0.1 8000").stdout == "hello\n"
    garbage = lab.run(r"(printf 'garbage\r\n\r\n'; sleep 0.1) | nc 127.0.0.1 8000").stdout
    assert garbage == ERROR.format(400, "Bad request syntax ('garbage')", "Bad request syntax or unsupported method")
    future = lab.run(r"(printf 'GET / HTTP/9.9\r\n\r\n'; sleep 0.1) | nc 127.0.0.1 8000").stdout
    assert future == ERROR.format(505, "Invalid HTTP version (9.9)", "Cannot fulfill request")
    assert lab.run("cat /log").stdout.splitlines()[0] == '127.0.0.1 - - [01/Jan/2026 00:00:00] "GET /a.txt" 200 -'


def test_bytes_arrive_as_they_are(lab: Lab) -> None:
    lab.run("curl -s -o /got http://127.0.0.1:8000/b.bin; curl -s 'http://127.0.0.1:8000/sp%20ace%26.txt' > /text")
    assert lab.read_file("/got") == b"x\0y"
    assert lab.read_file("/text") == b"a b\n"


def test_nobody_gets_out_of_its_directory(lab: Lab) -> None:
    told = lab.run("curl -sS --path-as-is -o /dev/null -w '%{http_code}' http://127.0.0.1:8000/../etc/hosts").stdout
    assert told == "404"


def test_how_it_begins_and_ends(lab: Lab) -> None:
    assert lab.run("cat /out").stdout == "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n"
    assert lab.run("ss -tlnH").stdout.split()[:4] == ["LISTEN", "0", "5", "0.0.0.0:8000"]
    again = lab.run("python3 -m http.server")
    assert (again.stderr, again.exit_code) == ("OSError: [Errno 98] Address already in use\n", 1)
    ended = lab.run("timeout -s INT 1 python3 -m http.server -b 127.0.0.1 81")
    assert ended.stdout == (
        "Serving HTTP on 127.0.0.1 port 81 (http://127.0.0.1:81/) ...\n\nKeyboard interrupt received, exiting.\n"
    )
    assert lab.run("python3 x.py").stderr.startswith("vnetsim: not modelled: python3")
