"""Bodies of responses as curl 7.88.1, wget 1.21.3 and busybox 1.35 wget take them, recorded from these programs."""

from __future__ import annotations

import pytest

from vnetsim import Lab

OK = r"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + r"Transfer-Encoding: chunked\r\n\r\n"
FIVE = r"Content-Length: 5\r\n\r\nhello"
OUTSTANDING = "curl: (18) transfer closed with outstanding read data remaining\n"
MISSING = "curl: (18) transfer closed with 5 bytes remaining to read\n"
ILLEGAL = "curl: (56) Illegal or missing hexadecimal sequence in chunked-encoding\n"
MALFORMED = "curl: (56) Malformed encoding found in chunked-encoding\n"
BROKEN = "wget: error getting response\n"
CLOSED = "wget: connection closed prematurely\n"
REFUSED = "wget: server returned error: HTTP/1.1 "

#: The response; the body, exit status and complaint of curl; body and status of wget; all three of busybox wget.
RESPONSES = {
    "lines of chunks end in LF": (
        CHUNKED + r"5\nhello\n6\n world\n0\n\n", ("hello world", 0, ""), ("hello world", 0), ("hello world", 0, ""),
    ),
    "LF and CR LF": (CHUNKED + r"5\r\nhello\n0\n\r\n", ("hello", 0, ""), ("hello", 0), ("hello", 0, "")),
    "extension and trailer": (CHUNKED + r"5;a\nhello\n0\nA: b\n\n", ("hello", 0, ""), ("hello", 0), ("hello", 0, "")),
    "no size": (CHUNKED + r"xx\r\nhello\r\n0\r\n\r\n", ("", 56, ILLEGAL), ("", 0), ("", 0, "")),
    "more than its size": (CHUNKED + r"5\nhelloX\n0\n\n", ("hello", 56, MALFORMED), ("hello", 0), ("hello", 0, "")),
    "cut in a chunk": (CHUNKED + r"a\r\nhello", ("hello", 18, OUTSTANDING), ("hello", 0), ("hello", 1, BROKEN)),
    "cut before a size": (CHUNKED + r"5\nhello\n", ("hello", 18, OUTSTANDING), ("hello", 4), ("hello", 1, BROKEN)),
    "cut in the trailer": (CHUNKED + r"5\nhello\n0\n", ("hello", 18, OUTSTANDING), ("hello", 4), ("hello", 0, "")),
    "cut in the body": (
        OK + r"Content-Length: 10\r\n\r\nhello", ("hello", 18, MISSING), ("hello", 4), ("hello", 1, CLOSED),
    ),
    "204": (r"HTTP/1.1 204 No Content\r\n\r\nhello", ("", 0, ""), ("", 0), ("hello", 0, "")),
    "204 with a length": (r"HTTP/1.1 204 No Content\r\n" + FIVE, ("", 0, ""), ("", 0), ("hello", 0, "")),
    "205": (r"HTTP/1.1 205 Reset\r\n" + FIVE, ("hello", 0, ""), ("hello", 0), ("", 1, f"{REFUSED}205 Reset\n")),
    "206": (r"HTTP/1.1 206 Part\r\n" + FIVE, ("hello", 0, ""), ("hello", 0), ("", 1, f"{REFUSED}206 Part\n")),
}  # fmt: skip


def fetch(response: str, command: str) -> tuple[str, int, str]:
    lab = Lab()
    lab.run("ip link set lo up")
    lab.start(f"printf '{response}' | nc -lN 80")
    lab.sleep(0.1)
    result = lab.run(f"{command} http://127.0.0.1/")
    return result.stdout, result.exit_code, result.stderr


@pytest.mark.parametrize("name", RESPONSES)
def test_body(name: str) -> None:
    response, curl, wget, busybox = RESPONSES[name]
    assert fetch(response, "curl -sS") == curl
    assert fetch(response, "wget -q -t 1 -O -")[:2] == wget
    assert fetch(response, "busybox wget -q -O -") == busybox


@pytest.mark.parametrize(
    ("body", "progress"), [("", ""), ("hello", f"-{'':19} 100% |{'*' * 32}|     5  0:00:00 ETA\n")]
)
def test_progress_of_busybox_is_shown_once_something_came(body: str, progress: str) -> None:
    stdout, _, stderr = fetch(rf"{OK}\r\n{body}", "busybox wget -O -")
    head = "Connecting to 127.0.0.1 (127.0.0.1:80)\nwriting to stdout\n"
    assert (stdout, stderr) == (body, f"{head}{progress}written to stdout\n")
