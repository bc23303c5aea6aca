"""Asks servers what nginx 1.30.6, httpd 2.4.71 and Caddy 2.11.4 were asked (recorded/servers/pages.json)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.programs.webserver.caddy import Caddy
from vnetsim.programs.webserver.httpd import Httpd
from vnetsim.programs.webserver.messages import WebAnswer, fields_of, read_line
from vnetsim.programs.webserver.nginx import Nginx
from vnetsim.programs.webserver.pages import Pages
from vnetsim.wire.inet import parse_address

RECORDED: Final = json.loads((Path(__file__).parents[2] / "recorded/servers/pages.json").read_text("utf-8"))
SINCE: Final = 1_767_225_600 * 10**9
MODIFIED: Final = "Thu, 01 Jan 2026 00:00:00 GMT"
CONTENT: Final = {
    "/index.html": "<h1>mine</h1>\n", "/a.css": "body{}\n", "/d.json": "{}", "/noext": "x\n", "/t.txt": "a b\n",
    "/sub/index.html": "sub\n", "/empty/q.txt": "q\n", "/.htaccess": "deny\n",
}  # fmt: skip


class Documents:
    """The files of the recorded servers, below /www."""

    def is_directory(self, path: str) -> bool:
        return any(f"/www{each}".startswith(f"{path}/") for each in CONTENT)

    def read(self, path: str) -> str:
        if path.removeprefix("/www") not in CONTENT:
            raise KernelError(Errno.ENOENT)
        return CONTENT[path.removeprefix("/www")]

    def list(self, path: str) -> list[str]:
        return [each.rpartition("/")[2] for each in CONTENT if f"/www{each}".rpartition("/")[0] == path]


def ask(name: str, text: str) -> list[WebAnswer]:
    """The answers to the requests of one connection."""
    made: Any = {"nginx": Nginx, "httpd": Httpd, "caddy": Caddy}[name]
    server = made({"nginx": "1.30.6", "httpd": "2.4.71", "caddy": ""}[name], lambda: SINCE)
    files: Any = Documents()
    pages = Pages(files, "/www", SINCE, server.types)
    answers: list[WebAnswer] = []
    while text and (not answers or answers[-1].stays):
        line, _, text = text.partition("\r\n")
        request = read_line(line, (parse_address("10.0.0.2"), 80), len(answers))
        if not request.is_bad and not request.is_simple:
            head, _, text = text.partition("\r\n\r\n")
            fields = fields_of(each for each in head.split("\r\n") if each)
            request = request.with_fields(fields)
            text = text[int(fields.get("content-length", 0)) :]
        answers.append(server.answer(request, pages))
    return answers


def differences(name: str) -> dict[str, tuple[str, str]]:
    """Answers that are not those of the real server, with the recorded ones."""
    wrong = {}
    for key, (recorded, closed) in RECORDED["answers"][name].items():
        etag = re.search(r"ETag: ([^\r]*)", RECORDED["answers"][name]["txt"][0], re.IGNORECASE)
        assert etag
        text = RECORDED["requests"][key].replace("MODIFIED", MODIFIED).replace("ETAG", etag[1])
        answers = ask(name, text)
        given = b"".join(answer.data for answer in answers).decode("latin-1")
        given = re.sub(r"Date: [^\r]*", "Date: NOW", given).replace(MODIFIED, "MODIFIED")
        if (given, not answers[-1].stays) != (recorded, closed):
            wrong[key] = (given, recorded)
    return wrong
