"""`python3 -m http.server [PORT] [-b ADDRESS] [-d DIRECTORY]`: the only thing that this python3 can do (Python 3.11).

Not modelled: programs, the prompt, other modules; the traceback above the error by which a server that cannot start
ends.
"""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.http import server as httpserver
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse

_VERSION: Final = "Python 3.11.2\n"
_LONG: Final = {"bind=": "b", "directory=": "d", "protocol=": "p", "cgi": "c", "help": "h"}
_USAGE: Final = "usage: server.py [-h] [--cgi] [-b ADDRESS] [-d DIRECTORY] [-p VERSION] [port]\n"


def main(process: Process) -> Program:
    args = [arg for arg in process.argv[1:] if arg != "-u"]
    if args[:1] in (["-V"], ["--version"]):
        process.write(_VERSION)
        return 0
    module = args[1] if args[:1] == ["-m"] and len(args) > 1 else None
    if module != "http.server":
        raise NotModelled("python3 other than `python3 -m http.server`")
    try:
        parsed = parse(args[2:], "b:d:p:h", _LONG)
    except OptionError as error:
        return _refuse(process, f"unrecognized arguments: {str(error).rpartition(' ')[2]}")
    return _start(process, parsed)


def _start(process: Process, parsed: Parsed) -> Program:
    if "c" in parsed or "p" in parsed or "h" in parsed:
        raise NotModelled("python3 -m http.server --cgi, -p and -h")
    port = parsed.operands[0] if parsed.operands else "8000"
    if not is_digits(port):
        return _refuse(process, f"argument port: invalid int value: '{port}'")
    return httpserver.run(process, parsed.last("b"), int(port), parsed.last("d") or ".")


def _refuse(process: Process, text: str) -> int:
    process.error(f"{_USAGE}server.py: error: {text}\n")
    return 2
