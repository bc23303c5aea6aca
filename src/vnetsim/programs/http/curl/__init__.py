"""`curl`: HTTP (curl 7.88.1 of Debian 12; with the texts of 8.23 in containers).

    curl [-sSvfiILGkO46] [-m SECONDS] [--connect-timeout SECONDS] [-o FILE] [-w FORMAT] [-X METHOD] [-d DATA] [-H FIELD]
         [-A AGENT] [-u USER:PASSWORD] [-r RANGE] [--local-port PORT] [--interface WHERE] [--resolve H:P:A] URL...

Not modelled: HTTPS and all other protocols but file:, cookies, proxies, uploads, retries, configuration files.
"""

from __future__ import annotations

from typing import Final

from vnetsim.process import Coroutine, Process
from vnetsim.programs.http.curl.easy import CurlEasy
from vnetsim.programs.http.curl.options import CurlOptionError, CurlOptions, parse
from vnetsim.programs.http.curl.output import CurlOutput
from vnetsim.programs.http.curl.transfer import Transfer
from vnetsim.programs.http.curl.version import TRY
from vnetsim.programs.resources import resource

_BUFFER: Final = 4096


def main(process: Process) -> Coroutine[int]:
    """Exit status: libcurl's error number, of the last URL."""
    try:
        options = parse(process.argv[1:])
    except CurlOptionError as error:
        process.error(f"curl: {error}\n{TRY}")
        return 2
    if options.show_version:
        process.write(resource("http", f"curl-version.{process.context.release}"))
        return 0
    if not options.urls:
        newer = process.context.release != "bookworm"
        process.error(TRY if len(process.argv) == 1 or newer else f"curl: no URL specified!\n{TRY}")
        return 2
    return (yield from _run(process, options))


class _Buffered:
    """Standard output by stdio: what is no terminal gets it at the end of a transfer, or when it is much."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._text = ""

    def write(self, text: str) -> None:
        self._text += text
        if len(self._text) >= _BUFFER:
            self.close()

    def close(self) -> None:
        text, self._text = self._text, ""
        self._process.write(text)


def _run(process: Process, options: CurlOptions) -> Coroutine[int]:
    status = 0
    connections = 0
    stdout = _Buffered(process)
    known_hosts: list[str] = []
    for index, url in enumerate(options.urls):
        easy = CurlEasy(process, options, url, connections, known_hosts)
        output = CurlOutput(easy, options.outputs[index] if index < len(options.outputs) else None, stdout)
        status = yield from Transfer(easy, output, stdout).run()
        connections = easy.connections
        stdout.close()
    return status
