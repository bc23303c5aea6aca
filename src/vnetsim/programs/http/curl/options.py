"""curl's command line (src/tool_getparam.c): options and URLs in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.values import define

_MILLISECONDS: Final = 1_000_000


class CurlOptionError(Exception):
    """An option is invalid; the text is the reason."""


@define
class CurlOptions:
    """Times are in nanoseconds; `outputs` belong to the URLs in order, `-` and None being standard output."""

    urls: list[str] = attrs.field(factory=list)
    outputs: list[str | None] = attrs.field(factory=list)
    silent: bool = False
    show_error: bool = False
    verbose: bool = False
    fail: bool = False
    include: bool = False
    head: bool = False
    follow: bool = False
    get: bool = False
    as_is: bool = False
    http09: bool = False
    old_version: bool = False
    show_version: bool = False
    version: int | None = None
    max_time: int | None = None
    connect_timeout: int | None = None
    method: str | None = None
    data: list[str] = attrs.field(factory=list)
    headers: list[str] = attrs.field(factory=list)
    agent: str | None = None
    user: str | None = None
    byte_range: str | None = None
    #: --local-port: the first that is free.
    local_ports: range = range(0)
    interface: str | None = None
    resolve: list[str] = attrs.field(factory=list)
    write_out: str | None = None
    most_redirects: int = 50
    referer: str | None = None


#: Options without an argument, and the field that each sets.
_SWITCHES: Final = {
    "s silent": "silent",
    "S show-error": "show_error",
    "v verbose": "verbose",
    "f fail": "fail",
    "i include": "include",
    "I head": "head",
    "L location": "follow",
    "G get": "get",
    "path-as-is": "as_is",
    "http0.9": "http09",
    "0 http1.0": "old_version",
    "V version": "show_version",
}
#: Options with an argument, and the field that it goes to.
_WITH_VALUE: Final = {
    "o output": "output",
    "m max-time": "max_time",
    "connect-timeout": "connect_timeout",
    "X request": "method",
    "d data data-raw data-ascii": "data",
    "H header": "headers",
    "A user-agent": "agent",
    "u user": "user",
    "r range": "byte_range",
    "local-port": "local_ports",
    "interface": "interface",
    "resolve": "resolve",
    "w write-out": "write_out",
    "max-redirs": "most_redirects",
    "url": "urls",
    "e referer": "referer",
    "noproxy": "noproxy",
    "keepalive-time": "keepalive-time",
}
#: Options without an effect on what is modelled.
_IGNORED: Final = """
k insecure N no-buffer no-progress-meter g globoff http1.1 compressed tcp-nodelay no-keepalive q disable noproxy
keepalive-time
"""
#: Other options of curl.
_UNMODELLED: Final = """
b cookie c cookie-jar F form T upload-file x proxy K config E cert cacert C continue-at D dump-header retry
retry-delay limit-rate y Y z t Q P U trace trace-ascii data-binary data-urlencode unix-socket dns-servers key json
output-dir stderr connect-to preproxy socks5 haproxy-protocol a j l p B J R Z # progress-bar n M manual h help 1 2 3
http2 http3 fail-with-body create-dirs parallel remove-on-error retry-connrefused raw tlsv1.2 next :
"""
_FLAGS: Final = {name: field for names, field in _SWITCHES.items() for name in names.split()}
_ARGUMENTS: Final = {name: field for names, field in _WITH_VALUE.items() for name in names.split()}
_NUMBERS: Final = frozenset({"max_time", "connect_timeout"})


def parse(args: Sequence[str]) -> CurlOptions:
    options, rest = CurlOptions(), list(args)
    while rest:
        arg = rest.pop(0)
        if arg == "--":
            options.urls += rest
            break
        if arg.startswith("--"):
            _long(options, arg, rest)
        elif arg.startswith("-") and arg != "-":
            _short(options, arg, rest)
        else:
            options.urls.append(arg)
    return options


def _long(options: CurlOptions, arg: str, rest: list[str]) -> None:
    name = arg[2:]
    positive = name.removeprefix("no-")
    if name in ("ipv4", "ipv6"):
        options.version = int(name[-1])
    elif name == "remote-name":
        options.outputs.append("")
    elif name in _FLAGS:
        setattr(options, _FLAGS[name], True)
    elif positive in _FLAGS:
        setattr(options, _FLAGS[positive], False)
    elif name in _ARGUMENTS:
        _set(options, arg, _ARGUMENTS[name], _value(arg, rest))
    elif name not in _IGNORED.split():
        _other(name, arg)


def _short(options: CurlOptions, arg: str, rest: list[str]) -> None:
    letters = arg[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in "46":
            options.version = int(letter)
        elif letter == "O":
            options.outputs.append("")
        elif letter in _FLAGS:
            setattr(options, _FLAGS[letter], True)
        elif letter in _ARGUMENTS:
            _set(options, f"-{letter}", _ARGUMENTS[letter], letters or _value(f"-{letter}", rest))
            return
        elif letter not in _IGNORED.split():
            _other(letter, arg)


def _other(name: str, arg: str) -> None:
    if name in _UNMODELLED.split():
        raise NotModelled(f"curl {'-' if len(name) == 1 else '--'}{name}")
    raise CurlOptionError(f"option {arg}: is unknown")


def _value(arg: str, rest: list[str]) -> str:
    if not rest:
        raise CurlOptionError(f"option {arg}: requires parameter")
    return rest.pop(0)


def _set(options: CurlOptions, arg: str, name: str, value: str) -> None:
    if name == "output":
        options.outputs.append(value)
    elif name in ("urls", "data", "headers", "resolve"):
        getattr(options, name).append(value)
    elif name in _NUMBERS:
        setattr(options, name, _seconds(arg, value))
    elif name == "local_ports":
        first = _matched(arg, value, r"(\d+)(?:-\d+)?")
        options.local_ports = range(int(first), int(value.rpartition("-")[2]) + 1)
    elif name == "most_redirects":
        options.most_redirects = int(_matched(arg, value, r"(-?\d+)"))
    elif name not in _IGNORED.split():
        setattr(options, name, value)


def _seconds(arg: str, value: str) -> int:
    seconds = float(_matched(arg, value, r"(\d*\.?\d+)"))
    # The resolution is a millisecond.
    return int(seconds * 1000) * _MILLISECONDS


def _matched(arg: str, value: str, pattern: str) -> str:
    found = re.fullmatch(pattern, value)
    if found is None:
        raise CurlOptionError(f"option {arg}: expected a proper numerical parameter")
    return found[1]
